//! Solution: on a stream the length tells where a message ends; a read does not.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpStream, UdpSocket};
use std::time::Duration;

use udp_dns::message::Message;

const LIMIT: Duration = Duration::from_secs(2);

// ANCHOR: solution
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
    let length = u16::try_from(query.len()).map_err(io::Error::other)?;
    stream.write_all(&[&length.to_be_bytes(), query].concat())?;
    loop {
        let mut length = [0; 2];
        stream.read_exact(&mut length)?;
        let mut answer = vec![0; u16::from_be_bytes(length).into()];
        stream.read_exact(&mut answer)?;
        // Other questions may be answered first (RFC 7766 §7). A server that sends nothing else for
        // ever is stopped by nobody here: a client for the world would count.
        if answer.first_chunk() == query.first_chunk::<2>() {
            return Message::parse(&answer).map_err(io::Error::other);
        }
    }
}
// ANCHOR_END: solution
