//! UDP (RFC 768) on the stack of `link-and-ip`: sockets, without a kernel and without a clock.
//!
//! [`Endpoint`] stands on a [`Stack`] and is a [`Node`] as the stack is, so it runs on a TAP device
//! and on a link in memory. What UDP adds to IP is small: two ports, a length, a checksum. What a
//! host has to add is more: who gets a datagram, how much may wait, who is told of an error.
//!
//! ```
//! use std::time::Duration;
//! use link_and_ip::link::memory::Memory;
//! use link_and_ip::link::network::Network;
//! use link_and_ip::stack::{Config, Interface, Stack};
//! use udp_dns::udp::Endpoint;
//!
//! let host = |last: u8| {
//!     let mut stack = Stack::new(Config::default());
//!     let mac = addresses::Mac([2, 0, 0, 0, 0, last]);
//!     let addresses = vec![([192, 0, 2, last].into(), 24)];
//!     stack.add_interface(&Interface { mac, mtu: 1500, addresses }).unwrap();
//!     Endpoint::new(stack, || 7) // a real one asks the system for random numbers
//! };
//! let mut net = Network::pair([host(1), host(2)], Memory::hub(2, Default::default(), 1));
//!
//! let server = net.nodes[1].bind(None, 53)?;
//! let client = net.nodes[0].bind(None, 0)?;
//! net.nodes[0].send_to(client, b"who?", "192.0.2.2:53".parse()?, Duration::ZERO)?;
//! net.run(Duration::from_secs(1))?;
//!
//! let question = net.nodes[1].recv_from(server).unwrap();
//! assert_eq!((&question.data[..], question.from.ip()), (&b"who?"[..], [192, 0, 2, 1].into()));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What it leaves out: multicast groups, options (RFC 9868), UDP-Lite, and two sockets on one port
//! unless one has an address that the other has not.

mod counters;
mod socket;

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::net::{IpAddr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use link_and_ip::link::Node;
use link_and_ip::stack::{
    DeliveryError, ErrorKind, Event, InterfaceId, Outgoing, Packet, SendError, Stack,
};
use link_and_ip::wire::Protocol;
use link_and_ip::wire::udp::{self, Datagram};

pub use counters::Counters;
use socket::{Fit, Socket};
pub use socket::{MAX_BYTES, MAX_DATAGRAMS, Problem, Received, SocketId};

/// The ports that nobody registers (RFC 6335 §6): from which a client's is drawn. RFC 6056 §3.2
/// asks for all from 1024 on, two bits more to guess; the resolver, on kernel sockets, does so.
pub const EPHEMERAL: std::ops::RangeInclusive<u16> = 49_152..=65_535;

/// Sockets of one endpoint, at most.
pub const MAX_SOCKETS: usize = 1024;

/// Events of the stack that are not ours wait for the owner, up to so many.
const MAX_EVENTS: usize = 64;

/// Why there is no such socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BindError {
    #[error("the port is taken: another socket has it at this address, or at all")]
    Taken,
    #[error("the address is none of ours")]
    NotOurs,
    #[error("all ephemeral ports are taken: close sockets")]
    NoPort,
    #[error("more than {MAX_SOCKETS} sockets: close some")]
    TooMany,
}

/// Why a datagram was not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum UdpError {
    #[error("the socket is closed")]
    Closed,
    #[error("the socket has no peer: connect it, or say where to send")]
    NotConnected,
    #[error("the socket is connected to another peer")]
    OtherPeer,
    #[error("port 0 is no destination")]
    PortZero,
    #[error("{0} bytes do not fit into a datagram: send less, or use TCP")]
    TooLong(usize),
    #[error(transparent)]
    Stack(#[from] SendError),
}

/// Sockets on a stack.
pub struct Endpoint {
    stack: Stack,
    sockets: BTreeMap<SocketId, Socket>,
    next: SocketId,
    /// Where port numbers come from. An off-path attacker must not guess them (RFC 6056 §3), so it
    /// is the caller who says how good they are: a test counts, a program asks the system.
    random: Box<dyn FnMut() -> u16 + Send>,
    /// Ping's answers and the like, which are not UDP's.
    events: VecDeque<Event>,
    counters: Counters,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint")
            .field("stack", &self.stack)
            .field("sockets", &self.sockets)
            .field("counters", &self.counters)
            .finish_non_exhaustive()
    }
}

impl Endpoint {
    /// UDP on `stack`, which has its interfaces already. `random` gives each number of 16 bits with
    /// the same probability.
    pub fn new(mut stack: Stack, random: impl FnMut() -> u16 + Send + 'static) -> Self {
        stack.register(Protocol::UDP);
        Self {
            stack,
            sockets: BTreeMap::new(),
            next: SocketId::default(),
            random: Box::new(random),
            events: VecDeque::new(),
            counters: Counters::default(),
        }
    }

    /// The stack below, to configure it or to look at it.
    pub fn stack(&mut self) -> &mut Stack {
        &mut self.stack
    }

    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Opens a socket at one of our addresses, or at all of them. Port 0 takes a random one.
    pub fn bind(&mut self, address: Option<IpAddr>, port: u16) -> Result<SocketId, BindError> {
        if self.sockets.len() >= MAX_SOCKETS {
            return Err(BindError::TooMany);
        }
        if address.is_some_and(|address| !self.stack.is_own(address)) {
            return Err(BindError::NotOurs);
        }
        let port = match port {
            0 => self.free_port(address)?,
            port if self.is_taken(address, port) => return Err(BindError::Taken),
            port => port,
        };
        let id = self.next;
        self.next = id.next();
        self.sockets.insert(id, Socket::new(address, port));
        Ok(id)
    }

    /// RFC 6056 §3.3.1: begin at a random port, and go on from there until one is free.
    fn free_port(&mut self, address: Option<IpAddr>) -> Result<u16, BindError> {
        let (first, count) = (*EPHEMERAL.start(), EPHEMERAL.len() as u16);
        let start = (self.random)() % count; // a power of two: no port is more likely
        let ports = (0..count).map(|step| first + (start + step) % count);
        let mut free = ports.filter(|port| !self.is_taken(address, *port));
        free.next().ok_or(BindError::NoPort)
    }

    /// A wildcard and an address may share a port: the more specific one wins. Two of the same
    /// sort would have to share datagrams.
    fn is_taken(&self, address: Option<IpAddr>, port: u16) -> bool {
        self.sockets.values().any(|socket| socket.is_at(address, port))
    }

    /// From now on only `peer`'s datagrams come in, and [`Endpoint::send`] needs no address. Those
    /// that wait already and are from others go.
    pub fn connect(&mut self, socket: SocketId, peer: SocketAddr) -> Result<(), UdpError> {
        if peer.port() == 0 {
            return Err(UdpError::PortZero);
        }
        let known = self.sockets.get_mut(&socket).ok_or(UdpError::Closed)?;
        self.counters.filtered += known.connect(peer);
        Ok(())
    }

    /// Where the socket is: an unspecified address is all of ours.
    pub fn local(&self, socket: SocketId) -> Option<(Option<IpAddr>, u16)> {
        self.sockets.get(&socket).map(|socket| (socket.address, socket.port))
    }

    /// What waits in it is gone.
    pub fn close(&mut self, socket: SocketId) {
        self.sockets.remove(&socket);
    }

    /// Sends to the peer that the socket is connected to.
    pub fn send(&mut self, socket: SocketId, data: &[u8], now: Duration) -> Result<(), UdpError> {
        let known = self.sockets.get(&socket).ok_or(UdpError::Closed)?;
        let peer = known.peer.ok_or(UdpError::NotConnected)?;
        self.send_to(socket, data, peer, now)
    }

    /// Sends one datagram; large ones go in fragments. The scope of an IPv6 address is the
    /// interface's number plus one, as in [`Received::from`].
    pub fn send_to(
        &mut self,
        socket: SocketId,
        data: &[u8],
        to: SocketAddr,
        now: Duration,
    ) -> Result<(), UdpError> {
        self.answer(socket, data, None, to, now)
    }

    /// The same from a given address: an answer has to come from where the question went, or a
    /// client that looks will not take it (RFC 1122 §4.1.3.5).
    pub fn answer(
        &mut self,
        socket: SocketId,
        data: &[u8],
        source: Option<IpAddr>,
        to: SocketAddr,
        now: Duration,
    ) -> Result<(), UdpError> {
        let known = self.sockets.get(&socket).ok_or(UdpError::Closed)?;
        if known.peer.is_some_and(|peer| !socket::same(peer, to)) {
            return Err(UdpError::OtherPeer);
        }
        if to.port() == 0 {
            return Err(UdpError::PortZero);
        }
        let (destination, interface, port) = (to.ip(), interface_of(to), known.port);
        let source = match source.or(known.address) {
            Some(source) => source,
            None => self.stack.source_for(destination, interface)?,
        };
        if source.is_ipv4() != destination.is_ipv4() {
            return Err(SendError::MixedVersions.into());
        }
        let mut payload = Vec::with_capacity(udp::HEADER_LENGTH + data.len());
        udp::write((source, port), (destination, to.port()), data, &mut payload)
            .ok_or(UdpError::TooLong(data.len()))?;
        let packet = Outgoing {
            source: Some(source),
            interface,
            ..Outgoing::new(destination, Protocol::UDP, &payload)
        };
        self.stack.send(&packet, now)?;
        self.counters.sent += 1;
        Ok(())
    }

    /// The next datagram that came for the socket.
    pub fn recv_from(&mut self, socket: SocketId) -> Option<Received> {
        self.sockets.get_mut(&socket)?.pop()
    }

    /// The next error about a datagram that the socket sent. RFC 1122 §4.1.3.3: the application is
    /// told of all of them, and what it makes of that is its own affair.
    pub fn take_problem(&mut self, socket: SocketId) -> Option<Problem> {
        self.sockets.get_mut(&socket)?.problems.pop_front()
    }

    /// What the stack reports and UDP has no use for.
    pub fn next_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Sorts what the stack has for us.
    fn take_events(&mut self, now: Duration) {
        while let Some(event) = self.stack.next_event() {
            match event {
                Event::Packet(packet) if packet.protocol == Protocol::UDP => {
                    self.take_packet(&packet, now);
                    self.stack.recycle(packet.into_buffer());
                }
                Event::Error(error) if error.protocol == Protocol::UDP => {
                    self.take_error(&error, now);
                }
                other if self.events.len() < MAX_EVENTS => self.events.push_back(other),
                _ => self.counters.events_lost += 1,
            }
        }
    }

    // ANCHOR: take_packet
    /// A datagram goes to one socket: to the one that says most about whose datagrams it wants.
    fn take_packet(&mut self, packet: &Packet, now: Duration) {
        let datagram = match Datagram::parse(packet.payload(), packet.source, packet.destination) {
            Ok(datagram) => datagram,
            Err(why) => return self.counters.malformed(why),
        };
        let from = peer_of(packet, datagram.source_port);
        let (to, port) = (packet.destination, datagram.destination_port);
        let fits = self.sockets.values_mut().map(|socket| (socket.fit(to, port, from), socket));
        match fits.max_by_key(|(fit, _)| *fit) {
            Some((Fit::Nobody, _)) | None => {
                self.counters.no_port += 1;
                self.stack.port_unreachable(packet, now);
            }
            // There is somebody, only not for this peer. As the kernel does, we say "nobody": else
            // a stranger could tell a port in use from a free one.
            Some((Fit::OtherPeer, _)) => {
                self.counters.filtered += 1;
                self.stack.port_unreachable(packet, now);
            }
            Some((_, socket)) => {
                let (data, interface) = (datagram.data.to_vec(), packet.interface);
                let kept = socket.push(Received { from, to, interface, data });
                self.counters.delivered += u64::from(kept);
                self.counters.queue_full += u64::from(!kept);
            }
        }
    }
    // ANCHOR_END: take_packet

    // ANCHOR: take_error
    /// An ICMP error quotes the beginning of what we sent: our port comes first there.
    fn take_error(&mut self, error: &DeliveryError, now: Duration) {
        let Some((port, peer_port)) = udp::ports(&error.quoted) else {
            self.counters.errors_unclaimed += 1;
            return;
        };
        let peer = SocketAddr::new(error.destination, peer_port);
        let fits = self.sockets.values_mut();
        let fits = fits.map(|socket| (socket.fit(error.source, port, peer), socket));
        let best = fits.max_by_key(|(fit, _)| *fit);
        let Some((Fit::Wildcard | Fit::Address | Fit::Peer, socket)) = best else {
            self.counters.errors_unclaimed += 1;
            return;
        };
        // Routers cut what we send over IPv4, so nobody there has to be believed. Over IPv6 nobody
        // cuts but us; and what a forger can do is make pieces of 1280 bytes (RFC 8200 §5).
        if let (ErrorKind::TooBig { mtu }, true) = (error.kind, error.destination.is_ipv6()) {
            self.stack.lower_path_mtu(error.destination, mtu, now);
        }
        let told = socket.tell(Problem { reporter: error.reporter, peer, kind: error.kind });
        self.counters.errors_delivered += u64::from(told);
        self.counters.queue_full += u64::from(!told);
    }
    // ANCHOR_END: take_error
}

impl Node for Endpoint {
    fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration) {
        self.stack.receive(interface, frame, now);
        self.take_events(now);
    }

    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        self.stack.next_frame()
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        self.stack.recycle(frame);
    }

    fn deadline(&self) -> Option<Duration> {
        self.stack.deadline()
    }

    fn handle_timeout(&mut self, now: Duration) {
        self.stack.handle_timeout(now);
        self.take_events(now);
    }
}

/// Whose datagram it is. An address of one link only is told apart by the link.
fn peer_of(packet: &Packet, port: u16) -> SocketAddr {
    match packet.source {
        IpAddr::V6(v6) if v6.is_unicast_link_local() => {
            SocketAddrV6::new(v6, port, 0, packet.interface + 1).into()
        }
        source => SocketAddr::new(source, port),
    }
}

fn interface_of(address: SocketAddr) -> Option<InterfaceId> {
    match address {
        SocketAddr::V6(v6) => v6.scope_id().checked_sub(1),
        SocketAddr::V4(_) => None,
    }
}
