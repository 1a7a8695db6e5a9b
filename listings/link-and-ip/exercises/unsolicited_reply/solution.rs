//! Solution: an answer counts if there was a question, and once.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;

use addresses::Mac;
use link_and_ip::wire::arp::{Operation, Packet};

// ANCHOR: solution
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
        // A forger has to guess when we ask, and to be faster than the one whom we asked for.
        let answer = packet.operation == Operation::Reply && self.asked.remove(&packet.sender_ip);
        if answer && packet.target_ip == own {
            self.known.insert(packet.sender_ip, packet.sender_mac);
        }
        // Who asks for us will want our answer. It may be learned, but not changed that way.
        if packet.operation == Operation::Request && packet.target_ip == own {
            self.known.entry(packet.sender_ip).or_insert(packet.sender_mac);
        }
    }
}
// ANCHOR_END: solution
