//! The same with smoltcp at both ends.

#[path = "../../../link-and-ip/benches/common/port.rs"]
mod port;

use std::net::IpAddr;
use std::time::Duration;

use link_and_ip::link::memory::Memory;
use port::{Port, Spare, time};
use smoltcp::iface::{Config, Interface, PollResult, SocketHandle, SocketSet};
use smoltcp::socket::tcp::{CongestionControl, Socket, SocketBuffer};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr};

pub(crate) use port::MTU;

use crate::{BUFFER, PIECE, PORT, address, mac};

pub(crate) fn reno(link: &mut Memory, total: usize) -> Duration {
    transfer(link, total, CongestionControl::Reno)
}

pub(crate) fn none(link: &mut Memory, total: usize) -> Duration {
    transfer(link, total, CongestionControl::None)
}

struct Host {
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    port: usize,
}

impl Host {
    fn new(last: u8, link: &mut Memory, spare: &Spare, control: CongestionControl) -> Self {
        let port = usize::from(last) - 1;
        let mut device = Port { link, now: Duration::ZERO, number: port, spare };
        let config = Config::new(EthernetAddress(mac(last).0).into());
        let mut interface = Interface::new(config, &mut device, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            addresses.push(IpCidr::new(address(last).into(), 24)).expect("room for one");
        });
        let buffer = || SocketBuffer::new(vec![0; BUFFER]);
        let mut socket = Socket::new(buffer(), buffer());
        socket.set_congestion_control(control);
        let mut sockets = SocketSet::new(Vec::new());
        let socket = sockets.add(socket);
        Self { interface, sockets, socket, port }
    }

    fn poll(&mut self, link: &mut Memory, spare: &Spare, now: Duration) {
        let mut device = Port { link, now, number: self.port, spare };
        self.interface.poll(time(now), &mut device, &mut self.sockets);
        // A poll makes one frame. Ours gives all that it may send at once, and so does this one.
        while self.interface.poll_egress(time(now), &mut device, &mut self.sockets)
            == PollResult::SocketStateChanged
        {}
    }

    fn socket(&mut self) -> &mut Socket<'static> {
        self.sockets.get_mut(self.socket)
    }

    fn deadline(&mut self, now: Duration) -> Option<Duration> {
        let at = self.interface.poll_at(time(now), &self.sockets)?;
        Some(Duration::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)))
    }
}

fn transfer(link: &mut Memory, total: usize, control: CongestionControl) -> Duration {
    let spare = Spare::default();
    let mut hosts = [1, 2].map(|last| Host::new(last, link, &spare, control));
    let [client, server] = &mut hosts;
    server.socket().listen(PORT).expect("a port");
    let remote: (IpAddr, u16) = (address(2), PORT);
    let socket = client.sockets.get_mut::<Socket<'_>>(client.socket);
    socket.connect(client.interface.context(), remote, 49_152).expect("a way");
    let (mut now, mut sent, mut got) = (Duration::ZERO, 0, 0);
    let (piece, mut buffer) = (vec![7; PIECE], vec![0; PIECE]);
    loop {
        for host in [&mut *client, &mut *server] {
            host.poll(link, &spare, now);
        }
        while sent < total && client.socket().can_send() {
            let most = PIECE.min(total - sent);
            match client.socket().send_slice(&piece[..most]) {
                Ok(count) if count > 0 => sent += count,
                _ => break,
            }
        }
        while server.socket().can_recv() {
            got += server.socket().recv_slice(&mut buffer).unwrap_or(0);
        }
        if got >= total {
            return now;
        }
        for host in [&mut *client, &mut *server] {
            host.poll(link, &spare, now);
        }
        let deadlines = [client.deadline(now), server.deadline(now), link.next_arrival()];
        let next = deadlines.into_iter().flatten().min().expect("something happens");
        // Its clock counts microseconds, and a deadline may lie before the present one.
        let passed = link.next_arrival().is_some_and(|arrival| arrival <= now);
        now = if passed { now } else { next.max(now + Duration::from_micros(1)) };
        assert!(now < Duration::from_secs(3600), "it stands still");
    }
}
