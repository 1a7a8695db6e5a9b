//! `raw_copy`: what a raw ICMP socket gets to see, and who may have one. For a lab: on a host, other
//! people's pings would be in the output.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("needs a lab, and labs are Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io::{self, ErrorKind, Read};
    use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
    use std::time::Duration;

    use rustix::thread::{CapabilitySet, capabilities, set_capabilities};
    use socket2::{Domain, Protocol, Socket, Type};

    const NOBODY: SocketAddrV4 = SocketAddrV4::new(Ipv4Addr::LOCALHOST, 9);

    pub(super) fn main() -> anyhow::Result<()> {
        let mut raw = Socket::new(Domain::IPV4, Type::RAW, Some(Protocol::ICMPV4))?;
        raw.set_read_timeout(Some(Duration::from_millis(100)))?;

        // Somebody else's business: a datagram to a port that is closed.
        let other = UdpSocket::bind("127.0.0.1:0")?;
        other.connect(NOBODY)?;
        other.send(b"hello?")?;

        raw.send_to(&echo_request(), &NOBODY.into())?;
        show(&mut raw)?;

        let mut rights = capabilities(None)?;
        rights.effective.remove(CapabilitySet::NET_RAW);
        set_capabilities(None, rights)?;
        for (name, kind) in [("a raw socket", Type::RAW), ("a ping socket", Type::DGRAM)] {
            match Socket::new(Domain::IPV4, kind, Some(Protocol::ICMPV4)) {
                Ok(_) => println!("{name} without CAP_NET_RAW: Ok"),
                Err(error) => println!("{name} without CAP_NET_RAW: {error}"),
            }
        }
        Ok(())
    }

    // ANCHOR: show
    fn show(raw: &mut Socket) -> io::Result<()> {
        let mut packet = [0; 1500];
        loop {
            let length = match raw.read(&mut packet) {
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                read => read?,
            };
            // The IPv4 header comes first; its length in 32-bit words is in the first byte.
            let header = usize::from(packet[0] & 0x0f) * 4;
            let meaning = match packet[header] {
                0 => "echo reply",
                3 => "destination unreachable",
                8 => "echo request",
                _ => "something else",
            };
            println!("{length} bytes: type {} ({meaning})", packet[header]);
        }
    }
    // ANCHOR_END: show

    /// Type 8, code 0, a checksum over these 8 bytes, identifier 1, sequence number 1.
    fn echo_request() -> [u8; 8] {
        let [high, low] = (!0x0802_u16).to_be_bytes();
        [8, 0, high, low, 0, 1, 0, 1]
    }
}
