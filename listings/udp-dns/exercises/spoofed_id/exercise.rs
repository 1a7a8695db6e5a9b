//! Exercise: a forged answer changes nothing, not even the time that we wait.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

use udp_dns::message::Message;

// ANCHOR: exercise
/// Asks once and returns the answer, and how many others came before it and were ignored
/// (RFC 5452 §9.1). Whatever comes, it is over after `limit`.
pub(crate) fn ask(
    socket: &UdpSocket,
    server: SocketAddr,
    query: &Message,
    limit: Duration,
) -> io::Result<(Message, u32)> {
    let bytes = query.encode(512).map_err(io::Error::other)?;
    socket.send_to(&bytes, server)?;
    socket.set_read_timeout(Some(limit))?;
    let mut buffer = [0; 512];
    let (length, _) = socket.recv_from(&mut buffer)?;
    let answer = Message::parse(&buffer[..length]).map_err(io::Error::other)?;
    if answer.id != query.id {
        return Err(io::Error::other("wrong ID: somebody forges answers"));
    }
    Ok((answer, 0))
}
// ANCHOR_END: exercise
