//! `wrong_source`: a server on all addresses answers from one of them, and it may be another one.
//!
//! On Linux every address of 127.0.0.0/8 is ours; elsewhere only 127.0.0.1 is.

use std::io;
use std::net::{Ipv4Addr, UdpSocket};
use std::time::Duration;

/// The client asks the second address of the host.
const ASKED: Ipv4Addr = Ipv4Addr::new(127, 0, 0, 2);

fn main() -> anyhow::Result<()> {
    for bound in [Ipv4Addr::UNSPECIFIED, ASKED] {
        println!("the server is bound to {bound}");
        for connected in [false, true] {
            println!("  {}", trial(bound, connected)?);
        }
    }
    Ok(())
}

// ANCHOR: trial
fn trial(bound: Ipv4Addr, connected: bool) -> io::Result<String> {
    let server = UdpSocket::bind((bound, 0))?;
    let address = (ASKED, server.local_addr()?.port());
    let client = UdpSocket::bind("127.0.0.1:0")?;
    client.set_read_timeout(Some(Duration::from_millis(100)))?;
    if connected {
        client.connect(address)?;
    }
    client.send_to(b"question", address)?;

    let mut buffer = [0; 16];
    let (_, who) = server.recv_from(&mut buffer)?;
    server.send_to(b"answer", who)?;

    Ok(match client.recv_from(&mut buffer) {
        Ok((_, from)) => format!("asked {ASKED}, answered by {}", from.ip()),
        Err(_) => format!("connected to {ASKED}: no answer"),
    })
}
// ANCHOR_END: trial
