//! Produces the errors of the socket calls, each with as little as possible.
//!
//! `errors` runs all that need no lab, `errors EPIPE EMFILE` these, `errors --lab` those that would
//! send something into a reader's network. With `--kinds`, it prints what std makes of them.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, Signal, getpid, getrlimit, kill_process, setrlimit};
use socket2::{Domain, SockAddr, Socket, Type};

type Cause = (&'static str, fn() -> io::Result<()>);

const CAUSES: &[Cause] = &[
    ("ECONNREFUSED", refused),
    ("ETIMEDOUT", timed_out),
    ("EADDRINUSE", in_use),
    ("EADDRNOTAVAIL", not_available),
    ("EAFNOSUPPORT", family),
    ("EINVAL", bound_twice),
    ("EACCES", no_permission),
    ("EINPROGRESS", in_progress),
    ("EALREADY", already),
    ("EISCONN", connected),
    ("ENOTCONN", not_connected),
    ("EDESTADDRREQ", no_destination),
    ("ECONNRESET", reset),
    ("EPIPE", broken_pipe),
    ("EAGAIN", again),
    ("EINTR", interrupted),
    ("EMSGSIZE", too_long),
    ("EMFILE", too_many),
    ("EOPNOTSUPP", unsupported),
    ("EAI_NONAME", no_name),
];

const IN_A_LAB: &[Cause] = &[("ENETUNREACH", no_network), ("EHOSTUNREACH", no_route)];

fn main() -> anyhow::Result<()> {
    let (flags, names): (Vec<_>, Vec<_>) =
        std::env::args().skip(1).partition(|word| word.starts_with("--"));
    let flag = |name: &str| flags.iter().any(|flag| flag == name);
    let causes = if flag("--lab") { IN_A_LAB } else { CAUSES };
    for name in &names {
        let known = causes.iter().any(|(cause, _)| cause == name);
        anyhow::ensure!(known, "{name} is not one of the errors here: run it without a name");
    }
    for (name, cause) in causes {
        if names.is_empty() || names.iter().any(|one| one == name) {
            show(name, cause(), flag("--kinds"));
        }
    }
    Ok(())
}

fn show(name: &str, result: io::Result<()>, kind: bool) {
    let text = match result {
        Ok(()) => "no error".to_owned(),
        Err(error) if kind => format!("{:?}", error.kind()),
        Err(error) => error.to_string(),
    };
    // The numbers are another system's, and the name says as much.
    let text = text.split(" (os error").next().unwrap_or_default();
    println!("{name:13}  {text}");
}

// ANCHOR: connecting
fn refused() -> io::Result<()> {
    let nobody = TcpListener::bind("127.0.0.1:0")?.local_addr()?; // closed again
    TcpStream::connect(nobody).map(drop)
}

fn in_use() -> io::Result<()> {
    let first = TcpListener::bind("127.0.0.1:0")?;
    TcpListener::bind(first.local_addr()?).map(drop)
}

fn not_available() -> io::Result<()> {
    TcpListener::bind("192.0.2.1:0").map(drop) // somebody else's address
}

fn family() -> io::Result<()> {
    tcp()?.connect(&address("[::1]:80")) // from an IPv4 socket
}

fn bound_twice() -> io::Result<()> {
    let socket = tcp()?;
    socket.bind(&address("127.0.0.1:0"))?;
    socket.bind(&address("127.0.0.1:0"))
}

fn no_permission() -> io::Result<()> {
    // To everybody, without SO_BROADCAST.
    UdpSocket::bind("127.0.0.1:0")?.send_to(b"all", "127.255.255.255:9").map(drop)
}

fn in_progress() -> io::Result<()> {
    let (_held, full) = full_queue()?;
    let socket = tcp()?;
    socket.set_nonblocking(true)?;
    socket.connect(&full.into())
}

fn already() -> io::Result<()> {
    let (_held, full) = full_queue()?;
    let socket = tcp()?;
    socket.set_nonblocking(true)?;
    let _in_progress = socket.connect(&full.into());
    socket.connect(&full.into())
}

fn connected() -> io::Result<()> {
    let (near, _far) = pair()?;
    let server = near.peer_addr()?;
    Socket::from(near).connect(&server.into())
}

fn no_name() -> io::Result<()> {
    TcpStream::connect("two..dots:80").map(drop)
}
// ANCHOR_END: connecting

// ANCHOR: lab
fn no_network() -> io::Result<()> {
    TcpStream::connect("192.0.2.1:80").map(drop) // a lab has no route to it
}

fn no_route() -> io::Result<()> {
    TcpStream::connect("203.0.113.1:80").map(drop) // needs `ip route add unreachable 203.0.113.0/24`
}
// ANCHOR_END: lab

// ANCHOR: moving
fn reset() -> io::Result<()> {
    let (mut near, far) = pair()?;
    near.write_all(b"unread")?;
    drop(far); // closed with data that nobody has read
    near.read(&mut [0; 1]).map(drop)
}

fn broken_pipe() -> io::Result<()> {
    let (mut near, _far) = pair()?;
    near.shutdown(Shutdown::Write)?;
    near.write_all(b"more")
}

fn again() -> io::Result<()> {
    let (mut near, _far) = pair()?;
    near.set_nonblocking(true)?;
    near.read(&mut [0; 1]).map(drop) // nobody has written
}

fn interrupted() -> io::Result<()> {
    let (mut near, _far) = pair()?;
    // A read with a timeout is not restarted after a signal, whatever the handler's flags.
    near.set_read_timeout(Some(Duration::from_secs(10)))?;
    ctrlc::set_handler(|| {}).map_err(io::Error::other)?;
    let over = AtomicBool::new(false);
    thread::scope(|threads| {
        threads.spawn(|| {
            while !over.load(Ordering::Relaxed) {
                thread::sleep(Duration::from_millis(10));
                let _ = kill_process(getpid(), Signal::INT);
            }
        });
        let result = near.read(&mut [0; 1]).map(drop);
        over.store(true, Ordering::Relaxed);
        result
    })
}

fn not_connected() -> io::Result<()> {
    tcp()?.shutdown(Shutdown::Write)
}

fn no_destination() -> io::Result<()> {
    UdpSocket::bind("127.0.0.1:0")?.send(b"to whom?").map(drop)
}

fn too_long() -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.send_to(&vec![0; 65_508], socket.local_addr()?).map(drop)
}
// ANCHOR_END: moving

// ANCHOR: descriptors
fn too_many() -> io::Result<()> {
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(0), ..limit })?;
    let result = tcp();
    setrlimit(Resource::Nofile, limit)?;
    result.map(drop)
}

fn unsupported() -> io::Result<()> {
    Socket::new(Domain::IPV4, Type::DGRAM, None)?.listen(1)
}
// ANCHOR_END: descriptors

// ANCHOR: timed_out
#[cfg(target_os = "linux")]
fn timed_out() -> io::Result<()> {
    let (_held, full) = full_queue()?;
    let socket = tcp()?;
    // The default is two minutes.
    rustix::net::sockopt::set_tcp_user_timeout(&socket, 500)?;
    socket.connect(&full.into())
}

/// A listener whose queue is full: it is silent to whoever comes now.
fn full_queue() -> io::Result<((Socket, TcpStream), SocketAddr)> {
    let listener = tcp()?;
    listener.bind(&address("127.0.0.1:0"))?;
    listener.listen(0)?; // Linux keeps one connection more than that
    let server = listener.local_addr()?.as_socket().ok_or(ErrorKind::InvalidData)?;
    let queued = TcpStream::connect(server)?;
    Ok(((listener, queued), server))
}
// ANCHOR_END: timed_out

#[cfg(not(target_os = "linux"))]
fn timed_out() -> io::Result<()> {
    Err(io::Error::other("has no short way here: connect to a host that is switched off, and wait"))
}

fn tcp() -> io::Result<Socket> {
    Socket::new(Domain::IPV4, Type::STREAM, None)
}

/// An address that is written down here, and so is one.
fn address(text: &str) -> SockAddr {
    let address: SocketAddr = text.parse().expect("an address and a port");
    address.into()
}

/// Two ends of a connection.
fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    Ok((near, far))
}
