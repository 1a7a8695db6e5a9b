//! Two hosts that answer echo requests, ours and smoltcp's, each on port 1 of a link in memory; and
//! a client on port 0 that knows only frames.

mod port;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use addresses::Mac;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::stack::{Config, Interface, Stack};
use link_and_ip::wire::arp::{self, Operation};
use link_and_ip::wire::ethernet::{self, EtherType};
use link_and_ip::wire::icmpv4::{self, Echo};
use link_and_ip::wire::{Protocol, icmpv6, ipv4, ipv6, ndp};
use port::{MTU, Port, Spare};
use smoltcp::iface::{Config as SmolConfig, Interface as SmolInterface, SocketSet};
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpCidr};

pub(crate) const CLIENT: Mac = Mac([2, 0, 0, 0, 0, 1]);
pub(crate) const SERVER: Mac = Mac([2, 0, 0, 0, 0, 2]);
pub(crate) const CLIENT_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const SERVER_V4: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
pub(crate) const CLIENT_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 1);
pub(crate) const SERVER_V6: Ipv6Addr = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2);

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

/// smoltcp.
pub(crate) struct Smol {
    interface: SmolInterface,
    sockets: SocketSet<'static>,
    spare: Spare,
}

impl Smol {
    pub(crate) fn new() -> Self {
        let mut link = link();
        let spare = Spare::default();
        let mut port = Port { link: &mut link, now: Duration::ZERO, number: 1, spare: &spare };
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
        let mut port = Port { link, now, number: 1, spare: &self.spare };
        self.interface.poll(port::time(now), &mut port, &mut self.sockets);
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
