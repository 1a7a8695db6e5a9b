//! Solution: the option that asks about the past, not about the present.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Socket, Type};

// ANCHOR: solution
/// A listener on `address`, also when a server has ended there a moment ago. Two servers at the
/// same time cannot have it.
pub(crate) fn listen(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    // Addresses of connections that are over may be taken; those of a listener may not.
    socket.set_reuse_address(true)?;
    socket.bind(&address.into())?;
    socket.listen(128)?;
    Ok(socket.into())
}
// ANCHOR_END: solution
