//! The way out: a frame for a neighbor, the neighbor's MAC address, the queue.

use std::collections::VecDeque;
use std::net::IpAddr;
use std::time::Duration;

use addresses::route::NextHop;
use addresses::{Address, Mac};

use super::{Discard, Event, InterfaceId, Stack};
use crate::neighbor::{Cache, Failure, Output};
use crate::wire::ethernet::{self, EtherType};

/// How many frames wait for [`Stack::next_frame`]. The largest packet needs 45 of an Ethernet.
const FRAMES: usize = 1024;
/// How many events wait for [`Stack::next_event`].
const EVENTS: usize = 256;
/// How many buffers are kept for later, and how large one may be to be kept. A TCP that sends half a
/// megabyte at once needs 350 of an Ethernet's.
const SPARE: usize = 512;
const SPARE_SIZE: usize = 4096;

/// What waits to be taken by the owner, and the buffers that it gave back.
#[derive(Debug, Default)]
pub(super) struct Queues {
    pub(super) frames: VecDeque<(InterfaceId, Vec<u8>)>,
    pub(super) events: VecDeque<Event>,
    spare: Vec<Vec<u8>>,
}

impl Queues {
    /// An empty buffer, a used one if there is one.
    pub(super) fn buffer(&mut self) -> Vec<u8> {
        self.spare.pop().unwrap_or_default()
    }

    pub(super) fn recycle(&mut self, mut buffer: Vec<u8>) {
        if self.spare.len() < SPARE && buffer.capacity() <= SPARE_SIZE {
            buffer.clear();
            self.spare.push(buffer);
        }
    }
}

/// The two versions of IP, where the stack does the same for both.
pub(super) trait Version: Address {
    fn neighbors(stack: &mut Stack, interface: InterfaceId) -> &mut Cache<Self, Vec<u8>>;

    /// Asks the link for the MAC address of `target`: everyone, or only the card that had it.
    fn solicit(stack: &mut Stack, interface: InterfaceId, target: Self, to: Option<Mac>);

    /// A packet found no neighbor on the interface's link: its sender wants to know.
    fn unreachable(stack: &mut Stack, interface: InterfaceId, packet: &[u8], now: Duration);

    fn into_ip(self) -> IpAddr;
}

impl Stack {
    /// A buffer that begins with an Ethernet header whose destination is still open.
    pub(super) fn frame(&mut self, interface: InterfaceId, ether_type: EtherType) -> Vec<u8> {
        self.frame_to(interface, ether_type, Mac([0; 6]))
    }

    /// A buffer that begins with an Ethernet header.
    pub(super) fn frame_to(
        &mut self,
        interface: InterfaceId,
        ether_type: EtherType,
        destination: Mac,
    ) -> Vec<u8> {
        let mut frame = self.queues.buffer();
        let source = self.interfaces[interface as usize].mac;
        ethernet::Header { destination, source, ether_type }.write(&mut frame);
        frame
    }

    // ANCHOR: transmit
    /// Sends a frame to a neighbor as soon as its MAC address is known.
    pub(super) fn transmit<A: Version>(
        &mut self,
        hop: NextHop<A>,
        frame: Vec<u8>,
        now: Duration,
    ) -> Result<(), Discard> {
        let neighbors = A::neighbors(self, hop.interface);
        if let Some((mac, frame)) = neighbors.resolve(hop.neighbor, frame, now) {
            return self.enqueue_to(hop.interface, mac, frame);
        }
        self.run_neighbors::<A>(hop.interface, now);
        Ok(())
    }
    // ANCHOR_END: transmit

    /// Fills in the destination, which a frame has first, and queues it.
    pub(super) fn enqueue_to(
        &mut self,
        interface: InterfaceId,
        destination: Mac,
        mut frame: Vec<u8>,
    ) -> Result<(), Discard> {
        if let Some(open) = frame.first_chunk_mut() {
            *open = destination.0;
        }
        self.enqueue(interface, frame)
    }

    pub(super) fn enqueue(
        &mut self,
        interface: InterfaceId,
        frame: Vec<u8>,
    ) -> Result<(), Discard> {
        if self.queues.frames.len() >= FRAMES {
            self.counters.frames_lost += 1;
            self.queues.recycle(frame);
            return Err(Discard::OutputFull);
        }
        self.counters.sent += 1;
        self.queues.frames.push_back((interface, frame));
        Ok(())
    }

    pub(super) fn tell(&mut self, event: Event) -> Result<(), Discard> {
        if self.queues.events.len() >= EVENTS {
            self.counters.events_lost += 1;
            return Err(Discard::EventsFull);
        }
        self.queues.events.push_back(event);
        Ok(())
    }

    /// Does what the neighbor cache wants done. A queue that is full counts what it loses.
    pub(super) fn run_neighbors<A: Version>(&mut self, interface: InterfaceId, now: Duration) {
        // An error may ask for a neighbor in turn and come back here, so it has to wait until this
        // loop is over: else each failure would lie on the call stack of the one before.
        let mut undelivered = Vec::new();
        while let Some(output) = A::neighbors(self, interface).next_output() {
            match output {
                Output::Solicit { address, to } => A::solicit(self, interface, address, to),
                Output::Transmit { mac, packet } => {
                    let _ = self.enqueue_to(interface, mac, packet);
                }
                Output::Failed { packet, why, .. } => {
                    self.counters.unresolved += 1;
                    match why {
                        Failure::NoAnswer => undelivered.push(packet),
                        Failure::QueueFull | Failure::TableFull => self.queues.recycle(packet),
                    }
                }
                Output::Conflict { address, claimed: claimed_by, .. } => {
                    let address = address.into_ip();
                    let _ = self.tell(Event::Conflict { interface, address, claimed_by });
                }
                Output::Changed { .. } | Output::Lost { .. } => {}
            }
        }
        for packet in undelivered {
            if let Some(ip) = packet.get(ethernet::LENGTH..) {
                A::unreachable(self, interface, ip, now);
            }
            self.queues.recycle(packet);
        }
    }
}
