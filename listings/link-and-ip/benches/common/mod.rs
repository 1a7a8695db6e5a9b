//! Two hosts that answer echo requests, ours and smoltcp's, each on port 1 of a link in memory; and
//! a client on port 0 that knows only frames.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use addresses::Mac;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::stack::{Config, Interface, Stack};
use link_and_ip::wire::arp::{self, Operation};
use link_and_ip::wire::ethernet::{self, EtherType};
use link_and_ip::wire::icmpv4::{self, Echo};
use link_and_ip::wire::{Protocol, icmpv6, ipv4, ipv6, ndp};
use smoltcp::iface::{Config as SmolConfig, Interface as SmolInterface, SocketSet};
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr};

pub(crate) const CLIENT: Mac = Mac([2, 0, 0, 0, 0, 1]);
pub(crate) const SERVER: Mac = Mac([2, 0, 0, 0, 0, 2]);
pub(crate) const CLIENT_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const SERVER_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
pub(crate) const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
pub(crate) const SERVER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

const MTU: usize = 1500;

/// A host that answers.
pub(crate) trait Peer {
    fn name(&self) -> &'static str;

    /// Takes all frames that have arrived at port 1 and sends its answers there.
    fn poll(&mut self, link: &mut Memory, now: Duration);
}

pub(crate) fn link() -> Memory {
    Memory::hub(2, Conditions::default(), 1)
}

/// Ours.
pub(crate) struct Ours(Stack);

impl Ours {
    pub(crate) fn new() -> Self {
        let mut stack = Stack::new(Config::default());
        let addresses = vec![(IpAddr::V4(SERVER_V4), 24), (IpAddr::V6(SERVER_V6), 64)];
        let interface = Interface { mac: SERVER, mtu: MTU, addresses };
        stack.add_interface(&interface).expect("a usual interface");
        Self(stack)
    }
}

impl Peer for Ours {
    fn name(&self) -> &'static str {
        "link-and-ip"
    }

    fn poll(&mut self, link: &mut Memory, now: Duration) {
        if self.0.deadline().is_some_and(|deadline| deadline <= now) {
            self.0.handle_timeout(now);
        }
        while let Some(frame) = link.receive(1, now) {
            self.0.receive(0, &frame, now);
            self.0.recycle(frame);
            while let Some((_, answer)) = self.0.next_frame() {
                link.send(1, answer, now);
            }
        }
    }
}

/// smoltcp, with a device that takes its buffers from the frames that it has received, as ours
/// does.
pub(crate) struct Smol {
    interface: SmolInterface,
    sockets: SocketSet<'static>,
    spare: RefCell<Vec<Vec<u8>>>,
}

impl Smol {
    pub(crate) fn new() -> Self {
        let mut link = link();
        let spare = RefCell::default();
        let mut port = Port { link: &mut link, now: Duration::ZERO, spare: &spare };
        let config = SmolConfig::new(EthernetAddress(SERVER.0).into());
        let mut interface = SmolInterface::new(config, &mut port, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            for (address, length) in [(IpAddr::V4(SERVER_V4), 24), (IpAddr::V6(SERVER_V6), 64)] {
                addresses.push(IpCidr::new(address.into(), length)).expect("room for two");
            }
        });
        Self { interface, sockets: SocketSet::new(Vec::new()), spare }
    }
}

impl Peer for Smol {
    fn name(&self) -> &'static str {
        "smoltcp"
    }

    fn poll(&mut self, link: &mut Memory, now: Duration) {
        let mut port = Port { link, now, spare: &self.spare };
        let time = Instant::from_micros(now.as_micros() as i64);
        self.interface.poll(time, &mut port, &mut self.sockets);
    }
}

/// Port 1 of the link.
struct Port<'a> {
    link: &'a mut Memory,
    now: Duration,
    spare: &'a RefCell<Vec<Vec<u8>>>,
}

struct Received<'a> {
    frame: Vec<u8>,
    spare: &'a RefCell<Vec<Vec<u8>>>,
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
    spare: &'a RefCell<Vec<Vec<u8>>>,
}

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let mut frame = self.spare.borrow_mut().pop().unwrap_or_default();
        frame.resize(length, 0);
        let result = write(&mut frame);
        self.link.send(1, frame, self.now);
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
        let frame = self.link.receive(1, self.now)?;
        let Self { link, now, spare } = self;
        Some((Received { frame, spare }, Sending { link, now: *now, spare }))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        let Self { link, now, spare } = self;
        Some(Sending { link, now: *now, spare })
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU + ethernet::LENGTH;
        capabilities
    }
}

fn frame(ether_type: EtherType, destination: Mac) -> Vec<u8> {
    let mut frame = Vec::new();
    ethernet::Header { destination, source: CLIENT, ether_type }.write(&mut frame);
    frame
}

/// Asks for the server's MAC address. Who is asked so, knows the client's.
pub(crate) fn arp_request() -> Vec<u8> {
    let mut frame = frame(EtherType::ARP, Mac::BROADCAST);
    let (operation, target_mac) = (Operation::Request, Mac([0; 6]));
    arp::Packet {
        operation,
        sender_mac: CLIENT,
        sender_ip: CLIENT_V4,
        target_mac,
        target_ip: SERVER_V4,
    }
    .write(&mut frame);
    frame
}

/// The same for IPv6.
pub(crate) fn neighbor_solicitation() -> Vec<u8> {
    let group = ndp::solicited_node(SERVER_V6);
    let message =
        ndp::Message::NeighborSolicitation { target: SERVER_V6, source_mac: Some(CLIENT) };
    let mut bytes = Vec::new();
    message.write(CLIENT_V6, group, &mut bytes);
    let mut frame = frame(EtherType::IPV6, ndp::multicast_mac(group));
    let header = ipv6::Header::new(Protocol::ICMPV6, CLIENT_V6, group, bytes.len());
    ipv6::Header { hop_limit: ndp::HOP_LIMIT, ..header }.write(&mut frame);
    frame.extend(bytes);
    frame
}

pub(crate) fn echo_v4(sequence: u16, data: &[u8]) -> Vec<u8> {
    let message = icmpv4::Message::EchoRequest(Echo { identifier: 0x1234, sequence, data });
    let mut frame = frame(EtherType::IPV4, SERVER);
    ipv4::Header::new(Protocol::ICMP, CLIENT_V4, SERVER_V4, message.length()).write(&mut frame);
    message.write(&mut frame);
    frame
}

pub(crate) fn echo_v6(sequence: u16, data: &[u8]) -> Vec<u8> {
    let message = icmpv6::Message::EchoRequest(Echo { identifier: 0x1234, sequence, data });
    let mut frame = frame(EtherType::IPV6, SERVER);
    ipv6::Header::new(Protocol::ICMPV6, CLIENT_V6, SERVER_V6, message.length()).write(&mut frame);
    message.write(CLIENT_V6, SERVER_V6, &mut frame);
    frame
}

/// Sends a frame and returns all answers.
pub(crate) fn exchange(peer: &mut dyn Peer, link: &mut Memory, frame: Vec<u8>) -> Vec<Vec<u8>> {
    let now = Duration::from_millis(1);
    link.send(0, frame, now);
    peer.poll(link, now);
    std::iter::from_fn(|| link.receive(0, now)).collect()
}
