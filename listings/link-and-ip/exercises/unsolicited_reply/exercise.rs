//! Exercise: an ARP reply that nobody asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use addresses::Mac;
use link_and_ip::wire::arp::Packet;

// ANCHOR: exercise
/// What a host knows of its neighbors.
#[derive(Default)]
pub(crate) struct Cache {
    known: BTreeMap<Ipv4Addr, Mac>,
    /// Whom we have asked for, and who has not answered yet.
    asked: BTreeSet<Ipv4Addr>,
}

impl Cache {
    /// We send an ARP request for `address`.
    pub(crate) fn ask(&mut self, address: Ipv4Addr) {
        self.asked.insert(address);
    }

    /// Where packets for `address` go.
    pub(crate) fn lookup(&self, address: Ipv4Addr) -> Option<Mac> {
        self.known.get(&address).copied()
    }

    /// Reads an ARP packet. `own` is our address.
    pub(crate) fn receive(&mut self, packet: &Packet, own: Ipv4Addr) {
        let _ = own;
        // RFC 826 looks at the sender before it looks at the operation: the latest news is the
        // best.
        self.asked.remove(&packet.sender_ip);
        self.known.insert(packet.sender_ip, packet.sender_mac);
    }
}
// ANCHOR_END: exercise
