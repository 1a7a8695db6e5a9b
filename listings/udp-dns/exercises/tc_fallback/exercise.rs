//! Exercise: an answer that did not fit is fetched over TCP.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use udp_dns::message::Message;

const LIMIT: Duration = Duration::from_secs(2);

// ANCHOR: exercise
/// Asks over UDP. If the answer says that it was truncated, the same question goes over TCP to the
/// same server (RFC 7766 §5), each message after its length in two bytes (§8).
pub(crate) fn ask(server: SocketAddr, query: &Message) -> io::Result<Message> {
    let bytes = query.encode(512).map_err(io::Error::other)?;
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(LIMIT))?;
    socket.send(&bytes)?;
    let mut buffer = [0; 512];
    let length = socket.recv(&mut buffer)?;
    let answer = Message::parse(&buffer[..length]).map_err(io::Error::other)?;
    if answer.flags.truncated { over_tcp(server, &bytes) } else { Ok(answer) }
}

fn over_tcp(server: SocketAddr, query: &[u8]) -> io::Result<Message> {
    let mut stream = TcpStream::connect_timeout(&server, LIMIT)?;
    stream.set_read_timeout(Some(LIMIT))?;
    stream.write_all(query)?;
    let mut buffer = [0; 512];
    let length = stream.read(&mut buffer)?;
    Message::parse(&buffer[..length]).map_err(io::Error::other)
}
// ANCHOR_END: exercise
