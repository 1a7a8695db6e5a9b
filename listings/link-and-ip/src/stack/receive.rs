//! The way in: is the frame for us, and who reads on?

use std::time::Duration;

use addresses::Mac;

use super::counters::Fate;
use super::interface::Cast;
use super::{Discard, Event, InterfaceId, Packet, Stack};
use crate::wire::ethernet::{EtherType, Frame};

/// What the layers above need to know of a frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Arrival {
    pub(super) interface: InterfaceId,
    pub(super) from: Mac,
    pub(super) cast: Cast,
    pub(super) now: Duration,
}

/// What was in a frame.
#[derive(Clone, Copy, Debug)]
pub(super) enum Taken<'f> {
    Done(Fate),
    /// A packet for the owner.
    Packet(Packet<&'f [u8]>),
}

impl Stack {
    // ANCHOR: receive
    /// A frame came in at `now`, which is any time since a zero of the caller's.
    ///
    /// What becomes of it is counted: [`Stack::counters`].
    pub fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration) {
        self.counters.received += 1;
        let fate = self.take_frame(interface, frame, now).and_then(|taken| self.queue(taken));
        self.counters.count(fate);
    }

    fn take_frame<'f>(
        &mut self,
        interface: InterfaceId,
        frame: &'f [u8],
        now: Duration,
    ) -> Result<Taken<'f>, Discard> {
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
            EtherType::ARP => self.receive_arp(arrival, frame.payload()).map(Taken::Done),
            EtherType::IPV4 => self.receive_ipv4(arrival, frame.payload()),
            EtherType::IPV6 => self.receive_ipv6(arrival, frame.payload()),
            _ => Err(Discard::EtherType),
        }
    }
    // ANCHOR_END: receive

    /// The same for an owner that looks at each packet at once. What else would become an
    /// [`Event::Packet`] is given to it where it lies, in the frame, and need not be copied. A packet
    /// that came in fragments lies nowhere else, and is an event all the same.
    pub fn receive_packet<'f>(
        &mut self,
        interface: InterfaceId,
        frame: &'f [u8],
        now: Duration,
    ) -> Option<Packet<&'f [u8]>> {
        self.counters.received += 1;
        match self.take_frame(interface, frame, now) {
            Ok(Taken::Packet(packet)) => {
                self.counters.count(Ok(Fate::Delivered));
                return Some(packet);
            }
            Ok(Taken::Done(fate)) => self.counters.count(Ok(fate)),
            Err(reason) => self.counters.count(Err(reason)),
        }
        None
    }

    /// Keeps a packet until its owner asks for the next event.
    pub(super) fn queue(&mut self, taken: Taken<'_>) -> Result<Fate, Discard> {
        let packet = match taken {
            Taken::Packet(packet) => packet,
            Taken::Done(fate) => return Ok(fate),
        };
        let mut bytes = self.queues.buffer();
        bytes.extend_from_slice(packet.bytes);
        self.tell(Event::Packet(packet.with(bytes)))?;
        Ok(Fate::Delivered)
    }
}

impl Arrival {
    /// For a packet that was received some time ago.
    pub(super) fn again(interface: InterfaceId, cast: Cast, now: Duration) -> Self {
        Self { interface, from: Mac([0; 6]), cast, now }
    }
}
