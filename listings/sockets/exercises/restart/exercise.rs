//! Exercise: a server that can be started again at once.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

// ANCHOR: exercise
/// A listener on `address`, also when a server has ended there a moment ago. Two servers at the
/// same time cannot have it.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Let others on the port.
    socket.set_reuse_port(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}
// ANCHOR_END: exercise
