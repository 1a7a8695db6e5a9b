//! `header NAME`: the picture of a header, drawn from the table that the code reads it with.
//! `header` alone lists the names.

use std::process::ExitCode;

use link_and_ip::wire::TABLES;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => {
            for table in TABLES {
                println!("{:24}{}", table.name, table.reference);
            }
            ExitCode::SUCCESS
        }
        [name] => {
            let Some(table) = TABLES.iter().find(|table| table.name == name) else {
                eprintln!("header: no header is called {name}; `header` lists the names");
                return ExitCode::from(2);
            };
            print!("{}", table.picture());
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: header [NAME]");
            ExitCode::from(2)
        }
    }
}
