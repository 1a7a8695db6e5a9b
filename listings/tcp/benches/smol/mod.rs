//! The same with smoltcp at both ends.

use std::cell::RefCell;
use std::net::IpAddr;
use std::time::Duration;

use link_and_ip::link::memory::Memory;
use link_and_ip::wire::ethernet;
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::socket::tcp::{CongestionControl, Socket, SocketBuffer};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr};

use crate::{BUFFER, MTU, PIECE, PORT, address, mac};

pub(crate) fn reno(link: Memory, total: usize) -> Duration {
    transfer(link, total, CongestionControl::Reno)
}

pub(crate) fn none(link: Memory, total: usize) -> Duration {
    transfer(link, total, CongestionControl::None)
}

struct Host {
    interface: Interface,
    sockets: SocketSet<'static>,
    socket: SocketHandle,
    port: usize,
}

fn time(now: Duration) -> Instant {
    Instant::from_micros(now.as_micros() as i64)
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
    }

    fn socket(&mut self) -> &mut Socket<'static> {
        self.sockets.get_mut(self.socket)
    }

    fn deadline(&mut self, now: Duration) -> Option<Duration> {
        let at = self.interface.poll_at(time(now), &self.sockets)?;
        Some(Duration::from_micros(u64::try_from(at.total_micros()).unwrap_or(0)))
    }
}

fn transfer(mut link: Memory, total: usize, control: CongestionControl) -> Duration {
    let spare = Spare::default();
    let mut hosts = [1, 2].map(|last| Host::new(last, &mut link, &spare, control));
    let [client, server] = &mut hosts;
    server.socket().listen(PORT).expect("a port");
    let remote: (IpAddr, u16) = (address(2), PORT);
    let socket = client.sockets.get_mut::<Socket<'_>>(client.socket);
    socket.connect(client.interface.context(), remote, 49_152).expect("a way");
    let (mut now, mut sent, mut got) = (Duration::ZERO, 0, 0);
    let (piece, mut buffer) = (vec![7; PIECE], vec![0; PIECE]);
    loop {
        for host in [&mut *client, &mut *server] {
            host.poll(&mut link, &spare, now);
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
            host.poll(&mut link, &spare, now);
        }
        let deadlines = [client.deadline(now), server.deadline(now), link.next_arrival()];
        let next = deadlines.into_iter().flatten().min().expect("something happens");
        // Its clock counts microseconds, and a deadline may lie before the present one.
        let passed = link.next_arrival().is_some_and(|arrival| arrival <= now);
        now = if passed { now } else { next.max(now + Duration::from_micros(1)) };
        assert!(now < Duration::from_secs(3600), "it stands still");
    }
}

/// Buffers for frames, so that neither side is charged for the allocator.
type Spare = RefCell<Vec<Vec<u8>>>;

/// An end of the link.
struct Port<'a> {
    link: &'a mut Memory,
    now: Duration,
    number: usize,
    spare: &'a Spare,
}

struct Received<'a> {
    frame: Vec<u8>,
    spare: &'a Spare,
}

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let result = read(&self.frame);
        self.spare.borrow_mut().push(self.frame);
        result
    }
}

struct Sending<'a> {
    link: &'a mut Memory,
    now: Duration,
    number: usize,
    spare: &'a Spare,
}

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut frame = self.spare.borrow_mut().pop().unwrap_or_default();
        frame.resize(length, 0);
        let result = write(&mut frame);
        self.link.send(self.number, frame, self.now);
        result
    }
}

impl Device for Port<'_> {
    type RxToken<'a>
        = Received<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Sending<'a>
    where
        Self: 'a;

    fn receive(&mut self, _: Instant) -> Option<(Received<'_>, Sending<'_>)> {
        let frame = self.link.receive(self.number, self.now)?;
        let Self { link, now, number, spare } = self;
        Some((Received { frame, spare }, Sending { link, now: *now, number: *number, spare }))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        let Self { link, now, number, spare } = self;
        Some(Sending { link, now: *now, number: *number, spare })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU + ethernet::LENGTH;
        capabilities
    }
}
