//! `overrun`: sends faster than the other end reads, and counts what is left.

use std::io::ErrorKind;
use std::net::UdpSocket;

use socket2::SockRef;

/// How many datagrams are sent, and how long each is, in bytes.
const COUNT: u32 = 1000;
const LENGTH: usize = 1000;

fn main() -> anyhow::Result<()> {
    // ANCHOR: overrun
    let receiver = UdpSocket::bind("127.0.0.1:0")?;
    SockRef::from(&receiver).set_recv_buffer_size(100_000)?;
    let sender = UdpSocket::bind("127.0.0.1:0")?;
    sender.connect(receiver.local_addr()?)?;
    for number in 0..COUNT {
        let mut datagram = [0; LENGTH];
        datagram[..4].copy_from_slice(&number.to_be_bytes());
        sender.send(&datagram)?;
    }
    println!("{COUNT} sent, and every send said Ok");
    // ANCHOR_END: overrun

    receiver.set_nonblocking(true)?;
    let mut count = 0;
    let mut last = 0;
    let mut datagram = [0; LENGTH];
    loop {
        match receiver.recv(&mut datagram) {
            Ok(_) => {
                count += 1;
                last = datagram[3].into();
                last += 256 * u32::from(datagram[2]);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => break,
            Err(error) => return Err(error.into()),
        }
    }
    let which = if last + 1 == count { "the first ones" } else { "with gaps" };
    println!("{count} received, {which}");
    println!("{} lost", COUNT - count);
    Ok(())
}
