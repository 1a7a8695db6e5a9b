//! The way in: is the frame for us, and who reads on?

use std::time::Duration;

use addresses::Mac;

use super::counters::Fate;
use super::interface::Cast;
use super::{Discard, InterfaceId, Stack};
use crate::wire::ethernet::{EtherType, Frame};

/// What the layers above need to know of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) interface: InterfaceId,
    pub(super) from: Mac,
    pub(super) cast: Cast,
    pub(super) now: Duration,
}

impl Stack {
    // ANCHOR: receive
    /// A frame came in at `now`, which is any time since a zero of the caller's.
    ///
    /// What becomes of it is counted: [`Stack::counters`].
    pub fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration) {
        self.counters.received += 1;
        let fate = self.take_frame(interface, frame, now);
        self.counters.count(fate);
    }

    fn take_frame(
        &mut self,
        interface: InterfaceId,
        frame: &[u8],
        now: Duration,
    ) -> Result<Fate, Discard> {
        let card = self.interfaces.get(interface as usize).ok_or(Discard::NoInterface)?;
        let frame = Frame::parse(frame)?;
        let from = frame.source();
        if from.is_group() || from == card.mac {
            return Err(Discard::OwnMac);
        }
        let router = self.config.forwarding;
        let cast = card.accepts(frame.destination(), router).ok_or(Discard::NotOurFrame)?;
        let arrival = Arrival { interface, from, cast, now };
        match frame.ether_type() {
            EtherType::ARP => self.receive_arp(arrival, frame.payload()),
            EtherType::IPV4 => self.receive_ipv4(arrival, frame.payload()),
            EtherType::IPV6 => self.receive_ipv6(arrival, frame.payload()),
            _ => Err(Discard::EtherType),
        }
    }
    // ANCHOR_END: receive
}

impl Arrival {
    /// For a packet that was received some time ago.
    pub(super) fn again(interface: InterfaceId, cast: Cast, now: Duration) -> Self {
        Self { interface, from: Mac([0; 6]), cast, now }
    }
}
