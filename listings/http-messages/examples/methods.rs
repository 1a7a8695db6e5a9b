//! `methods [NAME…]`: what the codec knows about methods; by default, about all that it knows.

use std::process::ExitCode;

use http_messages::Method;

const KNOWN: [&str; 10] =
    ["GET", "HEAD", "OPTIONS", "TRACE", "QUERY", "PUT", "DELETE", "POST", "PATCH", "CONNECT"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let names: Vec<&str> = match &arguments[..] {
        [] => KNOWN.to_vec(),
        names => names.iter().map(String::as_str).collect(),
    };
    println!("method   safe  idempotent  cacheable");
    for name in names {
        let Some(method) = Method::parse(name) else {
            eprintln!("methods: {name:?} is not a token (RFC 9110 §5.6.2)");
            return ExitCode::FAILURE;
        };
        let yes = |property: bool| if property { "yes" } else { "no" };
        println!(
            "{name:<7}  {:<4}  {:<10}  {}",
            yes(method.is_safe()),
            yes(method.is_idempotent()),
            yes(method.is_cacheable())
        );
    }
    ExitCode::SUCCESS
}
