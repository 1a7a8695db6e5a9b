//! `routes TABLE ADDRESS…`: which route of the table applies to each address, and who is the next
//! hop. With `--walk`, also the nodes of the trie that the lookup passes.
//!
//! The table is a file with a route a line, such as `10.0.0.0/8 via 192.0.2.1 dev 1`.

use std::error::Error;
use std::fs::File;
use std::io::Read;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::PathBuf;
use std::process::ExitCode;

use addresses::Address;
use addresses::route::RoutingTable;
use clap::Parser;

/// The file is read whole, so its size is bounded, in bytes.
const MAX_FILE: u64 = 16 << 20;

#[derive(Parser)]
struct Arguments {
    /// Show the nodes of the trie that each lookup passes
    #[arg(long)]
    walk: bool,
    /// A file with a route a line
    table: PathBuf,
    /// The destinations, all of the table's version of IP
    #[arg(required = true)]
    addresses: Vec<String>,
}

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("routes: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<(), Box<dyn Error>> {
    let failed = |error| format!("{}: {error}", arguments.table.display());
    let mut text = String::new();
    let file = File::open(&arguments.table).map_err(|error| failed(error.to_string()))?;
    file.take(MAX_FILE + 1).read_to_string(&mut text)?;
    if text.len() as u64 > MAX_FILE {
        return Err(failed(format!("larger than {MAX_FILE} bytes")).into());
    }
    if arguments.addresses[0].contains(':') {
        let table: RoutingTable<Ipv6Addr> =
            text.parse().map_err(|error| failed(format!("{error}")))?;
        answer(&table, arguments)
    } else {
        let table: RoutingTable<Ipv4Addr> =
            text.parse().map_err(|error| failed(format!("{error}")))?;
        answer(&table, arguments)
    }
}

fn answer<A: Address>(
    table: &RoutingTable<A>,
    arguments: &Arguments,
) -> Result<(), Box<dyn Error>> {
    for text in &arguments.addresses {
        let destination = A::parse(text)?;
        match (table.table().longest_match(destination), table.next_hop(destination)) {
            (Some((prefix, route)), Some(hop)) => {
                println!("{destination} is in {prefix} {route}: the next hop is {}", hop.neighbor);
            }
            _ => println!("{destination} is in no prefix: there is no next hop"),
        }
        if arguments.walk {
            for (prefix, route) in table.table().walk(destination) {
                let route = route.map_or("a fork".to_owned(), ToString::to_string);
                println!("  {:<20} {route}", prefix.to_string());
            }
        }
    }
    Ok(())
}
