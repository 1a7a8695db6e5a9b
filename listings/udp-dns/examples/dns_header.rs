//! `dns_header NAME`: the picture of a part of a DNS message, drawn from the table that the code
//! reads it with. `dns_header` alone lists the names.

use std::process::ExitCode;

use udp_dns::message::tables::TABLES;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match &arguments[..] {
        [] => {
            for table in TABLES {
                println!("{:12}{}", table.name, table.reference);
            }
            ExitCode::SUCCESS
        }
        [name] => {
            let Some(table) = TABLES.iter().find(|table| table.name == name) else {
                eprintln!("dns_header: no table is called {name}; `dns_header` lists the names");
                return ExitCode::from(2);
            };
            print!("{}", table.picture());
            ExitCode::SUCCESS
        }
        _ => {
            eprintln!("usage: dns_header [NAME]");
            ExitCode::from(2)
        }
    }
}
