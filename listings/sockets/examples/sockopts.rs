//! `sockopts`: the options of a new socket, of a listener on which they were set, and of a connection
//! that it has accepted.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("the numbers, and two of the options, are Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::net::TcpStream;
    use std::time::Duration;

    use anyhow::Context;
    use socket2::{Domain, SockAddr, Socket, Type};

    type Get = fn(&Socket) -> io::Result<String>;

    // ANCHOR: options
    const OPTIONS: [(&str, Get); 11] = [
        ("TCP_NODELAY", |s| Ok(yes(s.tcp_nodelay()?))),
        ("SO_KEEPALIVE", |s| Ok(yes(s.keepalive()?))),
        ("TCP_KEEPIDLE", |s| Ok(time(s.tcp_keepalive_time()?))),
        ("TCP_KEEPINTVL", |s| Ok(time(s.tcp_keepalive_interval()?))),
        ("TCP_KEEPCNT", |s| Ok(s.tcp_keepalive_retries()?.to_string())),
        ("TCP_USER_TIMEOUT", |s| Ok(s.tcp_user_timeout()?.map_or("-".into(), time))),
        ("SO_RCVBUF", |s| Ok(s.recv_buffer_size()?.to_string())),
        ("SO_REUSEADDR", |s| Ok(yes(s.reuse_address()?))),
        ("SO_LINGER", |s| Ok(s.linger()?.map_or("-".into(), time))),
        ("SO_RCVTIMEO", |s| Ok(s.read_timeout()?.map_or("-".into(), time))),
        ("O_NONBLOCK", |s| Ok(yes(s.nonblocking()?))),
    ];

    fn set_all(socket: &Socket) -> io::Result<()> {
        let keepalive = socket2::TcpKeepalive::new()
            .with_time(Duration::from_secs(60))
            .with_interval(Duration::from_secs(10))
            .with_retries(3);
        socket.set_tcp_keepalive(&keepalive)?; // and SO_KEEPALIVE
        socket.set_tcp_nodelay(true)?;
        socket.set_tcp_user_timeout(Some(Duration::from_secs(30)))?;
        socket.set_recv_buffer_size(50_000)?;
        socket.set_reuse_address(true)?;
        socket.set_linger(Some(Duration::from_secs(5)))?;
        socket.set_read_timeout(Some(Duration::from_secs(20)))?;
        socket.set_nonblocking(true)
    }
    // ANCHOR_END: options

    pub(super) fn main() -> anyhow::Result<()> {
        let new = || Socket::new(Domain::IPV4, Type::STREAM, None);
        let fresh = new()?;
        let listener = new()?;
        set_all(&listener)?;
        listener.bind(&SockAddr::from("127.0.0.1:0".parse::<std::net::SocketAddrV4>()?))?;
        listener.listen(1)?;
        let address = listener.local_addr()?.as_socket().context("an IPv4 address")?;
        let _client = TcpStream::connect(address)?;
        let (accepted, _) = listener.accept()?;

        println!("{:<18}{:>8}{:>10}{:>10}", "", "new", "listener", "accepted");
        for (name, get) in OPTIONS {
            let [new, listener, accepted] = [get(&fresh)?, get(&listener)?, get(&accepted)?];
            println!("{name:<18}{new:>8}{listener:>10}{accepted:>10}");
        }
        Ok(())
    }

    fn yes(value: bool) -> String {
        if value { "yes" } else { "-" }.to_owned()
    }

    fn time(value: Duration) -> String {
        format!("{} s", value.as_secs())
    }
}
