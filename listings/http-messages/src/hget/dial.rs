//! From a name to a connection.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// The most addresses that are tried; a name may have hundreds.
const MAX_ADDRESSES: usize = 16;

// ANCHOR: dial
/// Connects to the first address of `host` that answers, in the order in which the resolver gives
/// them. `limit` is for everything together.
pub(crate) fn dial(host: &str, port: u16, limit: Duration) -> Result<TcpStream, Failure> {
    let deadline = Instant::now() + limit;
    let addresses = resolve(host, port, limit)?;
    let mut tried = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        // One that swallows packets must not use up the time of those behind it.
        let others = (addresses.len() - index) as u32;
        let share = deadline.saturating_duration_since(Instant::now()) / others;
        if share.is_zero() {
            return Err(Failure::Timeout { what: "not connected", limit });
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) => tried.push((address, error)),
        }
    }
    Err(unreachable(&tried, limit))
}
// ANCHOR_END: dial

/// The system's resolver has a time limit of its own, which may be minutes. So it is asked on a
/// thread that is left behind if it takes too long.
fn resolve(host: &str, port: u16, limit: Duration) -> Result<Vec<SocketAddr>, Failure> {
    let (sender, receiver) = mpsc::channel();
    let name = (host.to_owned(), port);
    thread::spawn(move || {
        let found = name.to_socket_addrs();
        // Nobody listens any more if it took too long.
        let _ = sender.send(found.map(|all| all.take(MAX_ADDRESSES).collect::<Vec<_>>()));
    });
    match receiver.recv_timeout(limit) {
        Ok(Ok(addresses)) if !addresses.is_empty() => Ok(addresses),
        Ok(Ok(_)) => Err(Failure::Unreachable(format!("{host} has no address"))),
        Ok(Err(error)) => Err(Failure::Unreachable(format!("cannot resolve {host}: {error}"))),
        Err(_) => Err(Failure::Timeout { what: "the name is not resolved", limit }),
    }
}

fn unreachable(tried: &[(&SocketAddr, io::Error)], limit: Duration) -> Failure {
    if tried.iter().all(|(_, error)| error.kind() == io::ErrorKind::TimedOut) {
        return Failure::Timeout { what: "not connected", limit };
    }
    let each: Vec<_> = tried.iter().map(|(address, error)| format!("{address}: {error}")).collect();
    Failure::Unreachable(format!("cannot connect to {}", each.join("; ")))
}
