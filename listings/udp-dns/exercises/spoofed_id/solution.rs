//! Solution: what does not fit is counted and waited past, with what is left of the time.

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use udp_dns::message::Message;

// ANCHOR: solution
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
    let deadline = Instant::now() + limit;
    let mut buffer = [0; 512];
    for ignored in 0.. {
        let left = deadline.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left))?;
        let (length, from) = socket.recv_from(&mut buffer)?;
        match Message::parse(&buffer[..length]) {
            Ok(answer) if from == server && fits(&answer, query) => return Ok((answer, ignored)),
            _ => {}
        }
    }
    Err(io::ErrorKind::TimedOut.into())
}

fn fits(answer: &Message, query: &Message) -> bool {
    answer.flags.response && answer.id == query.id && answer.questions == query.questions
}
// ANCHOR_END: solution
