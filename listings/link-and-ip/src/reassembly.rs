//! Fragments put together again, of IPv4 (RFC 791 §3.2) and of IPv6 (RFC 8200 §4.5).
//!
//! Every byte here was sent by someone who may never send the rest, so all is bounded: how many
//! packets wait, how many bytes, how many pieces of one packet, and for how long ([`Limits`]). Only
//! bytes that have come are stored; a piece from the end of a packet does not make room for what
//! should stand before it.
//!
//! When there is no room, the oldest packets go. Refusing the new ones instead would be worse: then 64
//! pieces a minute would keep everyone else's out.
//!
//! Pieces that overlap have no use but to show different bytes to a filter and to the host behind it.
//! RFC 8200 §4.5 (after RFC 5722) wants the whole packet discarded, pieces to come included. RFC 791
//! would let the later one win; we do for IPv4 what IPv6 demands, as Linux does. Only a piece that is
//! there already, byte for byte, is a duplicate, and harmless.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::time::Duration;

use crate::wire::{Malformed, Protocol, ipv4, ipv6};

// ANCHOR: limits
/// How much waits, and how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Packets that are not complete yet. One more pushes the oldest out.
    pub packets: usize,
    /// Bytes of all pieces together. More push the oldest packets out.
    pub bytes: usize,
    /// Pieces of one packet.
    pub fragments: usize,
    /// From the first piece to the last (RFC 1122 §3.3.2: 60 to 120 s; RFC 8200 §4.5: 60 s).
    pub lifetime: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self { packets: 64, bytes: 256 << 10, fragments: 64, lifetime: Duration::from_secs(60) }
    }
}
// ANCHOR_END: limits

/// The headers before a piece, in bytes. They are kept beside [`Limits::bytes`], so a sender must not
/// choose how many there are: with options of IPv6 it could be a whole frame for each packet.
const MAX_PREFIX: usize = 256;

/// Packets of which some pieces are here.
#[derive(Debug, Default)]
pub struct Reassembly {
    limits: Limits,
    /// The oldest first. So few that looking at each of them is fast enough.
    packets: Vec<Pending>,
    /// Of all pieces together.
    bytes: usize,
    evicted: u64,
}

/// Which pieces belong together (RFC 791 §3.2, RFC 8200 §4.5).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    V4 {
        source: Ipv4Addr,
        destination: Ipv4Addr,
        protocol: Protocol,
        identification: u16,
    },
    /// The link counts only where the source is an address of that link alone.
    V6 {
        source: Ipv6Addr,
        destination: Ipv6Addr,
        identification: u32,
        link: Option<u32>,
    },
}

/// A packet that is not complete.
#[derive(Debug)]
struct Pending {
    key: Key,
    /// Where its first piece came in.
    interface: u32,
    /// When its first piece came.
    since: Duration,
    /// What stood before the data of the fragment with offset 0: the whole packet's headers.
    prefix: Vec<u8>,
    /// Where the data ends, which the last fragment says.
    end: Option<usize>,
    /// In order, without overlap.
    pieces: Vec<Piece>,
    /// All pieces together, in bytes.
    have: usize,
    /// It has had a bad piece: the rest is dropped as it comes, until its time is over.
    refused: Option<Malformed>,
}

#[derive(Debug)]
struct Piece {
    start: usize,
    bytes: Vec<u8>,
}

/// A fragment of either version.
#[derive(Clone, Copy)]
struct Part<'a> {
    key: Key,
    interface: u32,
    offset: usize,
    more: bool,
    prefix: &'a [u8],
    data: &'a [u8],
}

/// A packet that did not become complete in time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Where its first piece came in, for IPv6: a link-local sender is on that link alone.
    pub interface: u32,
    /// Its first fragment as it came, if that has come: what "time exceeded" quotes. Without it no
    /// error is sent (RFC 792, RFC 8200 §4.5).
    pub first: Option<Vec<u8>>,
}

impl Reassembly {
    pub fn new(limits: Limits) -> Self {
        Self { limits, ..Self::default() }
    }

    /// Takes a fragment, and gives the whole packet when it was the last that was missing.
    pub fn add_v4(
        &mut self,
        packet: &ipv4::Packet<'_>,
        now: Duration,
    ) -> Result<Option<Vec<u8>>, Malformed> {
        let (offset, data) = (packet.fragment_offset(), packet.payload());
        let first_of_tcp = packet.protocol() == Protocol::TCP && offset == 0;
        // The flags of TCP must not come in a second fragment (RFC 1858 §3), nor be overwritten by
        // one (§4).
        let tiny =
            first_of_tcp && data.len() < 16 || packet.protocol() == Protocol::TCP && offset == 8;
        if tiny {
            return Err(Malformed::FragmentTiny);
        }
        let key = Key::V4 {
            source: packet.source(),
            destination: packet.destination(),
            protocol: packet.protocol(),
            identification: packet.identification(),
        };
        let prefix = &packet.bytes()[..packet.header_length()];
        let interface = 0; // no error over IPv4 asks for it: a route says where it goes
        let part = Part { key, interface, offset, more: packet.more_fragments(), prefix, data };
        let Some(whole) = self.add(part, now)? else { return Ok(None) };
        if whole.prefix.len() + whole.have > ipv4::MAX_PACKET {
            return Err(Malformed::FragmentTooLarge);
        }
        let mut bytes = whole.prefix;
        ipv4::unfragment(&mut bytes, whole.have);
        append(&mut bytes, &whole.pieces);
        Ok(Some(bytes))
    }

    /// The same for IPv6. `chain` is the packet's; if it is not a fragment's, there is nothing to do.
    /// `interface` is where it came in.
    pub fn add_v6(
        &mut self,
        packet: &ipv6::Packet<'_>,
        chain: &ipv6::Chain<'_>,
        interface: u32,
        now: Duration,
    ) -> Result<Option<Vec<u8>>, ipv6::Refusal> {
        let Some(fragment) = chain.fragment else { return Ok(None) };
        let data_at = fragment.header_at + ipv6::FRAGMENT_LENGTH;
        // All headers must be in the first fragment, so that a filter sees them (RFC 7112 §5).
        if fragment.offset == 0 && !packet.is_complete_behind(&fragment) {
            return Err(fragment.refuse(Malformed::FragmentTiny));
        }
        let key = Key::V6 {
            source: packet.source(),
            destination: packet.destination(),
            identification: fragment.identification,
            link: packet.source().is_unicast_link_local().then_some(interface),
        };
        let part = Part {
            key,
            interface,
            offset: fragment.offset,
            more: fragment.more,
            prefix: &packet.bytes()[..data_at],
            data: chain.payload,
        };
        let whole = self.add(part, now).map_err(|reason| fragment.refuse(reason))?;
        let Some(whole) = whole else { return Ok(None) };
        let mut bytes = whole.prefix;
        if !ipv6::unfragment(&mut bytes, whole.have) {
            return Err(fragment.refuse(Malformed::FragmentTooLarge));
        }
        append(&mut bytes, &whole.pieces);
        Ok(Some(bytes))
    }

    // ANCHOR: add
    /// What both versions share.
    fn add(&mut self, part: Part<'_>, now: Duration) -> Result<Option<Pending>, Malformed> {
        let end = part.offset + part.data.len();
        if part.data.is_empty() {
            return Err(Malformed::FragmentEmpty);
        }
        if part.more && !part.data.len().is_multiple_of(8) {
            return Err(Malformed::FragmentLength);
        }
        if end > ipv4::MAX_PACKET {
            return Err(Malformed::FragmentTooLarge);
        }
        if part.prefix.len() > MAX_PREFIX {
            return Err(Malformed::FragmentMemory);
        }
        let at = self.find(&part, now);
        let packet = &mut self.packets[at];
        match packet.place(&part, self.limits.fragments) {
            Ok(None) => Ok(None),
            Ok(Some(place)) => {
                let Some(at) = self.make_room(at, part.data.len()) else {
                    return Err(Malformed::FragmentMemory);
                };
                self.bytes += part.data.len();
                let packet = &mut self.packets[at];
                packet.insert(place, &part);
                if packet.end != Some(packet.have) {
                    return Ok(None);
                }
                Ok(Some(self.remove(at)))
            }
            Err(reason) => {
                self.bytes -= packet.have;
                packet.refuse(reason);
                Err(reason)
            }
        }
    }
    // ANCHOR_END: add

    /// Where the packet stands that a piece belongs to; a new one's place is the last.
    fn find(&mut self, part: &Part<'_>, now: Duration) -> usize {
        let Part { key, interface, .. } = *part;
        if let Some(at) = self.packets.iter().position(|packet| packet.key == key) {
            if now < self.packets[at].since.saturating_add(self.limits.lifetime) {
                return at;
            }
            self.remove(at);
        }
        if self.packets.len() >= self.limits.packets.max(1) {
            self.remove(0);
            self.evicted += 1;
        }
        self.packets.push(Pending {
            key,
            interface,
            since: now,
            prefix: Vec::new(),
            end: None,
            pieces: Vec::new(),
            have: 0,
            refused: None,
        });
        self.packets.len() - 1
    }

    /// Lets the oldest packets go until `more` bytes fit, but not the one at `at`. Gives that one's
    /// new place.
    fn make_room(&mut self, mut at: usize, more: usize) -> Option<usize> {
        while self.bytes + more > self.limits.bytes {
            let oldest = usize::from(at == 0);
            if oldest >= self.packets.len() {
                return None;
            }
            self.remove(oldest);
            self.evicted += 1;
            at -= usize::from(oldest < at);
        }
        Some(at)
    }

    fn remove(&mut self, at: usize) -> Pending {
        let packet = self.packets.remove(at);
        self.bytes -= packet.have;
        packet
    }

    /// Removes a packet whose time is over at `now`. To be called until there is none.
    pub fn expire(&mut self, now: Duration) -> Option<Expired> {
        self.deadline().filter(|deadline| *deadline <= now)?;
        let mut packet = self.remove(0);
        let first = packet.pieces.first().filter(|piece| piece.start == 0).map(|piece| {
            packet.prefix.extend_from_slice(&piece.bytes);
            packet.prefix
        });
        Some(Expired { interface: packet.interface, first })
    }

    /// When [`expire`](Self::expire) has something to do.
    pub fn deadline(&self) -> Option<Duration> {
        self.packets.first().map(|oldest| oldest.since.saturating_add(self.limits.lifetime))
    }

    /// Packets that were pushed out by newer ones so far.
    pub fn evicted(&self) -> u64 {
        self.evicted
    }

    /// Bytes that wait now.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Packets that wait now.
    pub fn packets(&self) -> usize {
        self.packets.len()
    }
}

impl Pending {
    // ANCHOR: place
    /// Where among the pieces the part belongs; `None` if it is there already.
    fn place(&self, part: &Part<'_>, most: usize) -> Result<Option<usize>, Malformed> {
        if let Some(reason) = self.refused {
            return Err(reason);
        }
        let end = part.offset + part.data.len();
        let known = self.pieces.last().map_or(0, Piece::end);
        let place = self.pieces.partition_point(|piece| piece.end() <= part.offset);
        if let Some(next) = self.pieces.get(place).filter(|next| next.start < end) {
            let same = next.start == part.offset && next.bytes == part.data;
            return if same { Ok(None) } else { Err(Malformed::FragmentOverlap) };
        }
        let beyond = self.end.is_some_and(|last| end > last || !part.more);
        if beyond || !part.more && known > end {
            return Err(Malformed::FragmentEnd);
        }
        if self.pieces.len() >= most {
            return Err(Malformed::FragmentTooMany);
        }
        Ok(Some(place))
    }
    // ANCHOR_END: place

    fn insert(&mut self, place: usize, part: &Part<'_>) {
        if part.offset == 0 {
            self.prefix = part.prefix.to_vec();
        }
        if !part.more {
            self.end = Some(part.offset + part.data.len());
        }
        self.have += part.data.len();
        self.pieces.insert(place, Piece { start: part.offset, bytes: part.data.to_vec() });
    }

    /// Forgets all but the key and the reason.
    fn refuse(&mut self, reason: Malformed) {
        self.refused = Some(reason);
        self.pieces = Vec::new();
        self.prefix = Vec::new();
        self.have = 0;
    }
}

impl Piece {
    fn end(&self) -> usize {
        self.start + self.bytes.len()
    }
}

fn append(packet: &mut Vec<u8>, pieces: &[Piece]) {
    packet.reserve_exact(pieces.iter().map(|piece| piece.bytes.len()).sum());
    for piece in pieces {
        packet.extend_from_slice(&piece.bytes);
    }
}
