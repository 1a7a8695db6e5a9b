//! Fetches a file for somebody who must not reach the inside: with a filter on the text of the
//! address, and with one on the address itself.
//!
//! ```console
//! $ guard text HOST PORT PATH
//! $ guard address HOST PORT PATH
//! ```

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::time::Duration;

use addresses::special::is_global;
use anyhow::{Context, Result, bail, ensure};

/// How long a server may be silent.
const PATIENCE: Duration = Duration::from_secs(5);
/// How much of the response is read, in bytes.
const MAX_RESPONSE: u64 = 64 << 10;

// ANCHOR: text
/// The tempting way: looks at the text, then connects to what the text says.
fn by_text(host: &str, port: u16) -> Result<TcpStream> {
    let inside = ["localhost", "127.", "10.", "192.168.", "169.254.", "::1"];
    for forbidden in inside {
        ensure!(!host.starts_with(forbidden), "{host} is inside");
    }
    Ok(TcpStream::connect((host, port))?)
}
// ANCHOR_END: text

// ANCHOR: address
/// Looks at the addresses that the text means, then connects to one of these.
fn by_address(host: &str, port: u16) -> Result<TcpStream> {
    let addresses: Vec<SocketAddr> = (host, port).to_socket_addrs()?.collect();
    for address in &addresses {
        ensure!(is_global(address.ip()), "{host} is {}, which is inside", address.ip());
    }
    Ok(TcpStream::connect(&addresses[..])?)
}
// ANCHOR_END: address

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [filter, host, port, path] = &arguments[..] else {
        bail!("usage: guard text|address HOST PORT PATH");
    };
    let port = port.parse().context("the port is a number up to 65535")?;
    let mut stream = match filter.as_str() {
        "text" => by_text(host, port)?,
        "address" => by_address(host, port)?,
        other => bail!("{other:?} is no filter; write text or address"),
    };
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(format!("GET {path} HTTP/1.0\r\n\r\n").as_bytes())?;
    let mut response = String::new();
    stream.take(MAX_RESPONSE).read_to_string(&mut response)?;
    let (_, content) = response.split_once("\r\n\r\n").context("no HTTP response")?;
    print!("{content}");
    Ok(())
}
