//! A non-blocking connect by hand: what "writable" means, and what it does not.

use std::io::{self, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

use rustix::event::{PollFd, PollFlags, poll};
use rustix::io::Errno;
use socket2::{Domain, Socket, Type};

fn main() -> anyhow::Result<()> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    let open = listener.local_addr()?;
    let closed = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?; // and closed again

    println!("a port where nobody listens");
    let mut stream = naive_connect(closed)?;
    println!("  naive: connected");
    println!("  write: {}", text(stream.write(b"hello")));
    println!("  asked: {}", text(connect(closed)));

    println!("connect, again and again");
    let socket = start(open)?;
    println!("  1: in progress");
    writable(&socket)?;
    println!("  2: {}", text(socket.connect(&open.into())));
    println!("  3: {}", text(socket.connect(&open.into())));
    Ok(())
}

// ANCHOR: naive
fn naive_connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = start(address)?;
    writable(&socket)?;
    Ok(socket.into()) // writable, so we are connected
}
// ANCHOR_END: naive

// ANCHOR: connect
fn connect(address: SocketAddr) -> io::Result<TcpStream> {
    let socket = start(address)?;
    writable(&socket)?;
    match socket.take_error()? {
        None => Ok(socket.into()),
        Some(error) => Err(error),
    }
}

fn start(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    socket.set_nonblocking(true)?;
    match socket.connect(&address.into()) {
        Err(error) if Errno::from_io_error(&error) == Some(Errno::INPROGRESS) => Ok(socket),
        result => result.map(|()| socket),
    }
}

fn writable(socket: &Socket) -> io::Result<()> {
    poll(&mut [PollFd::new(socket, PollFlags::OUT)], None)?;
    Ok(())
}
// ANCHOR_END: connect

fn text<T>(result: io::Result<T>) -> String {
    match result {
        Ok(_) => "done".to_owned(),
        Err(error) => error.to_string(),
    }
}
