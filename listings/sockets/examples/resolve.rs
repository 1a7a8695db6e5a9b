//! The addresses of a name, in the order in which to try them.

use std::env;
use std::net::ToSocketAddrs;

// ANCHOR: main
fn main() -> std::io::Result<()> {
    let name = env::args().nth(1).expect("usage: resolve NAME:PORT");
    for address in name.to_socket_addrs()? {
        println!("{address}");
    }
    Ok(())
}
// ANCHOR_END: main
