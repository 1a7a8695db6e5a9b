//! Two listeners on one port, and a hundred clients.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpStream};

use socket2::{Domain, Socket, Type};

const CLIENTS: usize = 100;

fn listen(address: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// How many connections wait.
fn count(listener: &Socket) -> usize {
    std::iter::from_fn(|| listener.accept().ok()).count()
}

fn main() -> io::Result<()> {
    let first = listen((Ipv4Addr::LOCALHOST, 0).into())?;
    let address = first.local_addr()?.as_socket().expect("an IPv4 address");
    let second = listen(address)?;
    let clients: Vec<_> =
        (0..CLIENTS).map(|_| TcpStream::connect(address)).collect::<Result<_, _>>()?;
    let (first, second) = (count(&first), count(&second));
    println!("{} clients, {} accepted", clients.len(), first + second);
    for (name, share) in [("first", first), ("second", second)] {
        let share = if (10..=90).contains(&share) { "between 10 and 90" } else { "hardly any" };
        println!("the {name} listener: {share}");
    }
    Ok(())
}
