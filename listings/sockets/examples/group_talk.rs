//! `group_talk`: one datagram for everyone on the link, and one for those who have joined a group. Both
//! stay on the loopback interface.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::broadcast()?;
    for narrow in [false, true] {
        linux::multicast(narrow)?;
    }
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("only Linux broadcasts on its loopback interface");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
    use std::time::Duration;

    use socket2::{Domain, SockRef, Socket, Type};

    const LO: Ipv4Addr = Ipv4Addr::LOCALHOST;
    /// Two groups that anybody may use within an organization (RFC 2365 §6.2).
    const NEWS: Ipv4Addr = Ipv4Addr::new(239, 192, 0, 1);
    const SPORT: Ipv4Addr = Ipv4Addr::new(239, 192, 0, 2);

    /// A socket on an address and port that others may have, too.
    fn shared(address: Ipv4Addr, port: u16) -> io::Result<UdpSocket> {
        let socket = Socket::new(Domain::IPV4, Type::DGRAM, None)?;
        socket.set_reuse_address(true)?;
        socket.bind(&SocketAddrV4::new(address, port).into())?;
        let socket = UdpSocket::from(socket);
        socket.set_read_timeout(Some(Duration::from_millis(50)))?;
        Ok(socket)
    }

    fn hears(socket: &UdpSocket) -> &'static str {
        if socket.recv(&mut [0; 16]).is_ok() { "hears it" } else { "nothing" }
    }

    // ANCHOR: broadcast
    pub(super) fn broadcast() -> io::Result<()> {
        let first = shared(Ipv4Addr::UNSPECIFIED, 0)?;
        let port = first.local_addr()?.port();
        let second = shared(Ipv4Addr::UNSPECIFIED, port)?;
        let everyone = SocketAddrV4::new(Ipv4Addr::new(127, 255, 255, 255), port);

        let sender = UdpSocket::bind((LO, 0))?;
        if let Err(error) = sender.send_to(b"all", everyone) {
            println!("to everyone: {error}");
        }
        sender.set_broadcast(true)?;
        sender.send_to(b"all", everyone)?;
        println!("with SO_BROADCAST: first {}, second {}", hears(&first), hears(&second));
        Ok(())
    }
    // ANCHOR_END: broadcast

    // ANCHOR: multicast
    pub(super) fn multicast(narrow: bool) -> io::Result<()> {
        let bind = |group, port| shared(if narrow { group } else { Ipv4Addr::UNSPECIFIED }, port);
        let news = bind(NEWS, 0)?;
        let port = news.local_addr()?.port();
        let sport = bind(SPORT, port)?;
        news.join_multicast_v4(&NEWS, &LO)?;
        sport.join_multicast_v4(&SPORT, &LO)?;

        let sender = UdpSocket::bind((LO, 0))?;
        SockRef::from(&sender).set_multicast_if_v4(&LO)?;
        sender.send_to(b"headline", (NEWS, port))?;
        let bound = if narrow { "the group" } else { "0.0.0.0" };
        println!("bound to {bound}: news {}, sport {}", hears(&news), hears(&sport));
        Ok(())
    }
    // ANCHOR_END: multicast
}
