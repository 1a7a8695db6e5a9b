//! `statuses CODE…`: what a client makes of a status code, known or not.

use std::process::ExitCode;

use http_messages::Status;

fn main() -> ExitCode {
    println!("code  class          acts as");
    for argument in std::env::args().skip(1) {
        let Some(status) = argument.parse().ok().and_then(Status::new) else {
            eprintln!("statuses: {argument:?} is not a number of up to three digits");
            return ExitCode::FAILURE;
        };
        let generic = status.generic();
        let class = format!("{:?}", status.class());
        println!("{status}   {class:<13}  {generic} {}", generic.reason());
    }
    ExitCode::SUCCESS
}
