//! From a name to a connection.

use std::io;
use std::net::{SocketAddr, TcpStream, ToSocketAddrs};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use crate::failure::Failure;

/// The most addresses that are tried; a name may have hundreds.
const MAX_ADDRESSES: usize = 16;

/// Connects to `host`. `limit` is for finding its addresses and for trying them together.
pub(crate) fn dial(host: &str, port: u16, limit: Duration) -> Result<TcpStream, Failure> {
    let deadline = Instant::now() + limit;
    let addresses = resolve(host, port, limit)?;
    first_that_answers(&addresses, deadline, limit)
}

/// Connects to the first address that answers, in the order in which the resolver gives them.
fn first_that_answers(
    addresses: &[SocketAddr],
    deadline: Instant,
    limit: Duration,
) -> Result<TcpStream, Failure> {
    let mut tried = Vec::new();
    for (index, address) in addresses.iter().enumerate() {
        // One that swallows packets must not use up the time of those behind it.
        let others = (addresses.len() - index) as u32;
        let share = deadline.saturating_duration_since(Instant::now()) / others;
        if share.is_zero() {
            break;
        }
        match TcpStream::connect_timeout(address, share) {
            Ok(stream) => return Ok(stream),
            Err(error) => tried.push((address, error)),
        }
    }
    Err(unreachable(&tried, limit))
}

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

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use socket2::{Domain, Socket, Type};

    use super::*;

    const LIMIT: Duration = Duration::from_millis(500);

    fn try_all(addresses: &[SocketAddr]) -> Result<SocketAddr, Failure> {
        let stream = first_that_answers(addresses, Instant::now() + LIMIT, LIMIT)?;
        Ok(stream.peer_addr().unwrap())
    }

    #[test]
    fn the_first_address_that_answers_is_taken() {
        let (first, second) = (listener(), listener());
        let (first, second) = (first.local_addr().unwrap(), second.local_addr().unwrap());
        let nobody = listener().local_addr().unwrap();
        assert_eq!(try_all(&[first, second]).unwrap(), first);
        assert_eq!(try_all(&[nobody, second]).unwrap(), second);
        let failure = try_all(&[nobody, nobody]).unwrap_err().to_string();
        assert_eq!(failure.matches(&format!("{nobody}: Connection refused")).count(), 2);
    }

    #[test]
    fn an_address_that_is_silent_leaves_time_for_the_next() {
        // The kernel takes one connection more than it is told, and lets others knock in vain.
        let silent = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        silent.bind(&SocketAddr::from((Ipv4Addr::LOCALHOST, 0)).into()).unwrap();
        silent.listen(0).unwrap();
        let address = silent.local_addr().unwrap().as_socket().unwrap();
        let waiting = TcpStream::connect(address).unwrap();
        let answering = listener();
        let second = answering.local_addr().unwrap();
        assert_eq!(try_all(&[address, second]).unwrap(), second);
        let failure = first_that_answers(&[address], Instant::now() + LIMIT / 5, LIMIT / 5);
        assert!(matches!(failure, Err(Failure::Timeout { .. })));
        drop(waiting);
    }

    fn listener() -> TcpListener {
        TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap()
    }
}
