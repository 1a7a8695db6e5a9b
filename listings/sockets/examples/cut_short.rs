//! `cut_short`: how long was the datagram that a short buffer cut, and how long may one be?

use std::net::UdpSocket;

use rustix::net::{RecvFlags, recv};

fn main() -> anyhow::Result<()> {
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    sender.connect(receiver.local_addr()?)?;

    // ANCHOR: cut
    sender.send(b"message in a bottle")?;
    let mut buffer = [0; 7];
    let peek = RecvFlags::PEEK | RecvFlags::TRUNC;
    let (filled, length) = recv(&receiver, &mut buffer, peek)?;
    println!("{filled} bytes fit, and there are {length}");
    let filled = receiver.recv(&mut buffer)?;
    println!("recv says {filled}: {:?}", String::from_utf8_lossy(&buffer));
    // ANCHOR_END: cut

    for length in [65_507, 65_508] {
        match sender.send(&vec![0; length]) {
            Ok(sent) => println!("a datagram of {length}: sent {sent}"),
            Err(error) => println!("a datagram of {length}: {error}"),
        }
    }
    Ok(())
}
