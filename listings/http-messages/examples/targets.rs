//! `targets METHOD TARGET`: the form of a request target and its parts, or why it is refused.

use std::process::ExitCode;

use http_messages::{Method, Target};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [name, text] = &arguments[..] else {
        eprintln!("usage: targets METHOD TARGET");
        return ExitCode::from(2);
    };
    let Some(method) = Method::parse(name) else {
        eprintln!("targets: {name:?} is not a method");
        return ExitCode::from(2);
    };
    let target = match Target::new(&method, text) {
        Ok(target) => target,
        Err(refusal) => {
            println!("refused    {refusal}");
            return ExitCode::FAILURE;
        }
    };
    println!("form       {:?}", target.form());
    if let Some(authority) = target.authority() {
        println!("authority  {authority}");
    }
    println!("path       {}", target.path());
    if let Some(query) = target.query() {
        println!("query      {query}");
    }
    ExitCode::SUCCESS
}
