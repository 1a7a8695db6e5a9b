//! The stack: frames and time in, frames and events out.
//!
//! Nothing here reads, writes, waits or looks at a clock. The owner hands in each frame that came
//! ([`Stack::receive`]), sends each that is to go ([`Stack::next_frame`]), looks at what happened
//! ([`Stack::next_event`]) and comes back in time ([`Stack::deadline`],
//! [`Stack::handle_timeout`]). So the same code serves a TAP device, an in-memory link, and a test
//! that invents its own time.
//!
//! One file is one layer's work: `receive` the frame, `arp` and `nd` the neighbors, `ipv4` and
//! `ipv6` the packets, `icmp` and `complain` the messages about them, `forward` the router, `send`
//! and `output` the way out.
//!
//! Everything that strangers can make grow has a limit: 1024 frames and 256 events wait, packets
//! wait for a neighbor and fragments for each other as [`neighbor::Config`] and
//! [`reassembly::Limits`](crate::reassembly::Limits) say, and errors go out at
//! [`Limiter`]'s rate.
//!
//! [`neighbor::Config`]: crate::neighbor::Config

mod arp;
mod complain;
mod counters;
mod event;
mod forward;
mod icmp;
mod identification;
mod interface;
mod ipv4;
mod ipv6;
mod nd;
mod output;
mod path;
mod receive;
mod route;
mod send;

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use addresses::Mac;
use addresses::route::RoutingTable;
use fastrand::Rng;

pub use counters::{Counters, Discard};
pub use event::{DeliveryError, Echo, ErrorKind, Event, Outgoing, Packet, SendError};
pub use interface::{Interface, InterfaceId, SetupError};

use crate::limiter::Limiter;
use crate::neighbor::{self, State};
use crate::reassembly::Reassembly;
use crate::wire::Protocol;
use identification::Identifications;
use interface::Attached;
use output::{Queues, Version};
use path::Paths;
use route::Way;

/// What a stack is like.
#[derive(Clone, Debug)]
pub struct Config {
    /// Whether packets for others are forwarded: a router does, a host does not.
    pub forwarding: bool,
    /// Whether a router forwards a packet only if its source is where an answer would go
    /// (RFC 3704 §2.2). Networks with two ways between two points need it off.
    pub source_validation: bool,
    /// How ARP and Neighbor Discovery work, and whom they believe.
    pub neighbors: neighbor::Config,
    /// How many ICMP errors are sent. "Too big" has as many again for itself.
    pub errors: Limiter,
    /// What the "random" waiting times and identifications are made from: the same seed gives the
    /// same run. On a real network it has to be one that nobody can guess.
    pub seed: u64,
}

impl Default for Config {
    /// A host.
    fn default() -> Self {
        Self {
            forwarding: false,
            source_validation: true,
            neighbors: neighbor::Config::default(),
            errors: Limiter::default(),
            seed: 0,
        }
    }
}

impl Config {
    /// A router.
    pub fn router() -> Self {
        Self { forwarding: true, ..Self::default() }
    }
}

/// A host or a router.
#[derive(Debug)]
pub struct Stack {
    config: Config,
    interfaces: Vec<Attached>,
    routes_v4: RoutingTable<Ipv4Addr>,
    routes_v6: RoutingTable<Ipv6Addr>,
    /// Whose packets the owner takes, by number.
    protocols: [bool; 256],
    reassembly: Reassembly,
    /// "Too big" is no mere courtesy: whoever misses it sends large packets into a hole. So a flood
    /// that uses up the other errors must not use up these.
    too_big: Limiter,
    paths: Paths,
    identifications: Identifications,
    /// For waiting times. It is fast and can be foreseen: nothing that it gives may be seen outside.
    random: Rng,
    queues: Queues,
    counters: Counters,
}

/// An entry of a neighbor cache, to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbor {
    pub interface: InterfaceId,
    pub address: IpAddr,
    /// `None` as long as nobody has answered.
    pub mac: Option<Mac>,
    pub state: State,
}

impl Stack {
    /// A stack without interfaces.
    pub fn new(config: Config) -> Self {
        Self {
            identifications: Identifications::new(config.seed),
            random: Rng::with_seed(config.seed),
            too_big: config.errors.clone(),
            config,
            interfaces: Vec::new(),
            routes_v4: RoutingTable::default(),
            routes_v6: RoutingTable::default(),
            protocols: [false; 256],
            reassembly: Reassembly::default(),
            paths: Paths::default(),
            queues: Queues::default(),
            counters: Counters::default(),
        }
    }

    /// Packets of `protocol` become [`Event::Packet`]; those of others are answered with an error.
    /// Both versions of ICMP are ours.
    pub fn register(&mut self, protocol: Protocol) {
        self.protocols[usize::from(protocol.0)] = true;
    }

    fn is_registered(&self, protocol: Protocol) -> bool {
        self.protocols[usize::from(protocol.0)]
    }

    // ANCHOR: edge
    /// The next frame to send.
    pub fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        self.queues.frames.pop_front()
    }

    /// Gives the buffer of a frame or a packet back, so that the next one needs no allocation.
    pub fn recycle(&mut self, buffer: Vec<u8>) {
        self.queues.recycle(buffer);
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<Event> {
        self.queues.events.pop_front()
    }

    /// When [`Stack::handle_timeout`] wants to be called at the latest. It may then turn out to
    /// have nothing to do.
    pub fn deadline(&self) -> Option<Duration> {
        let caches = self.interfaces.iter().flat_map(|interface| {
            [interface.v4.neighbors.deadline(), interface.v6.neighbors.deadline()]
        });
        caches.chain([self.reassembly.deadline()]).flatten().min()
    }

    /// Does what is due at `now`: retries, expiries.
    pub fn handle_timeout(&mut self, now: Duration) {
        for interface in 0..self.interfaces.len() as InterfaceId {
            Ipv4Addr::neighbors(self, interface).handle_timeout(now);
            self.run_neighbors::<Ipv4Addr>(interface, now);
            Ipv6Addr::neighbors(self, interface).handle_timeout(now);
            self.run_neighbors::<Ipv6Addr>(interface, now);
        }
        while let Some(expired) = self.reassembly.expire(now) {
            self.counters.incomplete += 1;
            if let Some(first) = expired.first {
                self.complain_incomplete(expired.interface, &first, now);
            }
        }
    }
    // ANCHOR_END: edge

    /// What became of every frame so far.
    pub fn counters(&self) -> &Counters {
        &self.counters
    }

    /// What is known about the neighbors at `now`.
    pub fn neighbors(&self, now: Duration) -> impl Iterator<Item = Neighbor> + '_ {
        self.interfaces.iter().zip(0..).flat_map(move |(attached, interface)| {
            let v4 = attached.v4.neighbors.neighbors(now).map(move |n| Neighbor {
                interface,
                address: n.address.into(),
                mac: n.mac,
                state: n.state,
            });
            let v6 = attached.v6.neighbors.neighbors(now).map(move |n| Neighbor {
                interface,
                address: n.address.into(),
                mac: n.mac,
                state: n.state,
            });
            v4.chain(v6)
        })
    }

    /// Sets a neighbor's MAC address, which no frame changes. Returns whether there was room. Packets
    /// that wait for it already are lost: call it before.
    pub fn set_neighbor(&mut self, interface: InterfaceId, address: IpAddr, mac: Mac) -> bool {
        let Some(attached) = self.interfaces.get_mut(interface as usize) else { return false };
        match address {
            IpAddr::V4(v4) => attached.v4.neighbors.insert_permanent(v4, mac),
            IpAddr::V6(v6) => attached.v6.neighbors.insert_permanent(v6, mac),
        }
    }

    /// News from a transport protocol: an answer came from `address`, so what we send to it
    /// arrives (RFC 1122 §2.3.2.1, RFC 4861 §7.3.1). Saves a question to its neighbor.
    /// A link-local address needs the `interface`, as in [`Outgoing`].
    pub fn confirm(&mut self, address: IpAddr, interface: Option<InterfaceId>, now: Duration) {
        match address {
            IpAddr::V4(v4) => {
                if let Ok(Way::Neighbor(hop)) = self.way_v4(v4, interface) {
                    Ipv4Addr::neighbors(self, hop.interface).confirm(hop.neighbor, now);
                }
            }
            IpAddr::V6(v6) => {
                if let Ok(Way::Neighbor(hop)) = self.way_v6(v6, interface) {
                    Ipv6Addr::neighbors(self, hop.interface).confirm(hop.neighbor, now);
                }
            }
        }
    }
}
