//! Neighbor discovery (RFC 4861): who has this address, and which routers are here.

use std::net::Ipv6Addr;

use addresses::Mac;

use super::icmpv4::{CHECKSUM, CODE, TYPE};
use super::icmpv6::seal;
use super::ipv6::Packet;
use super::{Malformed, split};
use crate::field::{Field, Table};

const RESERVED: Field = CHECKSUM.then("reserved", 32);
const SOLICITED_TARGET: Field = RESERVED.then("target address", 128);

/// RFC 4861 §4.3.
pub const SOLICITATION: Table = Table::new(
    "neighbor-solicitation",
    "RFC 4861 §4.3",
    &[TYPE, CODE, CHECKSUM, RESERVED, SOLICITED_TARGET],
)
.followed_by("options");

const ROUTER: Field = CHECKSUM.then("R", 1);
const SOLICITED: Field = ROUTER.then("S", 1);
const OVERRIDE: Field = SOLICITED.then("O", 1);
const ADVERTISEMENT_RESERVED: Field = OVERRIDE.then("reserved", 29);
const TARGET: Field = ADVERTISEMENT_RESERVED.then("target address", 128);

/// RFC 4861 §4.4.
pub const ADVERTISEMENT: Table = Table::new(
    "neighbor-advertisement",
    "RFC 4861 §4.4",
    &[TYPE, CODE, CHECKSUM, ROUTER, SOLICITED, OVERRIDE, ADVERTISEMENT_RESERVED, TARGET],
)
.followed_by("options");

const OPTION_TYPE: Field = Field::first("type", 8);
const OPTION_LENGTH: Field = OPTION_TYPE.then("length", 8);
const LINK_ADDRESS: Field = OPTION_LENGTH.then("link-layer address", 48);

/// The options with an Ethernet address (RFC 4861 §4.6.1). The length counts units of 8 bytes.
pub const OPTION: Table =
    Table::new("nd-option", "RFC 4861 §4.6.1", &[OPTION_TYPE, OPTION_LENGTH, LINK_ADDRESS]);

/// RFC 4861 §4.1.
pub const ROUTER_SOLICITATION: Table =
    Table::new("router-solicitation", "RFC 4861 §4.1", &[TYPE, CODE, CHECKSUM, RESERVED])
        .followed_by("options");

const CURRENT_HOP_LIMIT: Field = CHECKSUM.then("current hop limit", 8);
const MANAGED: Field = CURRENT_HOP_LIMIT.then("M", 1);
const OTHER_CONFIGURATION: Field = MANAGED.then("O", 1);
const ROUTER_RESERVED: Field = OTHER_CONFIGURATION.then("reserved", 6);
const LIFETIME: Field = ROUTER_RESERVED.then("router lifetime", 16);
const REACHABLE_TIME: Field = LIFETIME.then("reachable time", 32);
const RETRANS_TIMER: Field = REACHABLE_TIME.then("retrans timer", 32);

/// RFC 4861 §4.2.
pub const ROUTER_ADVERTISEMENT: Table = Table::new(
    "router-advertisement",
    "RFC 4861 §4.2",
    &[
        TYPE,
        CODE,
        CHECKSUM,
        CURRENT_HOP_LIMIT,
        MANAGED,
        OTHER_CONFIGURATION,
        ROUTER_RESERVED,
        LIFETIME,
        REACHABLE_TIME,
        RETRANS_TIMER,
    ],
)
.followed_by("options");

const ROUTER_SOLICITATION_TYPE: u8 = 133;
const ROUTER_ADVERTISEMENT_TYPE: u8 = 134;
const NEIGHBOR_SOLICITATION_TYPE: u8 = 135;
const NEIGHBOR_ADVERTISEMENT_TYPE: u8 = 136;

const SOURCE_LINK_ADDRESS: u8 = 1;
const TARGET_LINK_ADDRESS: u8 = 2;

/// The hop limit of every message: a router would have made it smaller, so the sender is a neighbor
/// (RFC 4861 §7.1).
pub const HOP_LIMIT: u8 = 255;

/// How many options of one message are looked at.
pub const MAX_OPTIONS: usize = 16;

/// A message, received or to be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Message {
    RouterSolicitation {
        source_mac: Option<Mac>,
    },
    RouterAdvertisement(Router),
    NeighborSolicitation {
        target: Ipv6Addr,
        /// The sender's, so that it need not be asked for in turn.
        source_mac: Option<Mac>,
    },
    NeighborAdvertisement {
        /// The sender is a router.
        router: bool,
        /// It answers a solicitation.
        solicited: bool,
        /// What the receiver knows so far is to be replaced.
        overriding: bool,
        target: Ipv6Addr,
        target_mac: Option<Mac>,
    },
    /// A redirect, which we do not follow.
    Other {
        kind: u8,
    },
}

/// What a router says of itself (RFC 4861 §4.2). Its prefixes are left out: nothing here configures
/// addresses from them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Router {
    /// 0: unspecified.
    pub hop_limit: u8,
    pub managed: bool,
    pub other: bool,
    /// Seconds for which it is a default router; 0: it is none.
    pub lifetime: u16,
    /// Milliseconds; 0: unspecified.
    pub reachable_time: u32,
    /// Milliseconds; 0: unspecified.
    pub retrans_timer: u32,
    pub source_mac: Option<Mac>,
}

impl Message {
    // ANCHOR: parse
    /// Reads an `ICMPv6` message that `packet` carries, and checks all that RFC 4861 §6.1 and §7.1
    /// want checked. The checksum is right already: see
    /// [`icmpv6::Message`](super::icmpv6::Message).
    pub fn parse(message: &[u8], packet: &Packet<'_>) -> Result<Self, Malformed> {
        if packet.hop_limit() != HOP_LIMIT {
            return Err(Malformed::NdpHopLimit);
        }
        let (header, _): (&[u8; ROUTER_SOLICITATION.length()], _) =
            split(message, Malformed::NdpShort)?;
        let kind = TYPE.u8(header);
        if CODE.u8(header) != 0 {
            return Err(Malformed::NdpCode);
        }
        match kind {
            ROUTER_SOLICITATION_TYPE => router_solicitation(message, packet),
            ROUTER_ADVERTISEMENT_TYPE => router_advertisement(message, packet),
            NEIGHBOR_SOLICITATION_TYPE => neighbor_solicitation(message, packet),
            NEIGHBOR_ADVERTISEMENT_TYPE => neighbor_advertisement(message, packet),
            _ => Ok(Self::Other { kind }),
        }
    }
    // ANCHOR_END: parse

    /// Appends it, with its checksum for a packet between the two addresses. The packet's hop limit
    /// has to be [`HOP_LIMIT`]. Nothing is written for [`Message::Other`].
    pub fn write(&self, source: Ipv6Addr, destination: Ipv6Addr, out: &mut Vec<u8>) {
        let start = out.len();
        match *self {
            Self::RouterSolicitation { source_mac } => {
                let mut header = [0; ROUTER_SOLICITATION.length()];
                TYPE.set(&mut header, ROUTER_SOLICITATION_TYPE.into());
                out.extend_from_slice(&header);
                write_option(SOURCE_LINK_ADDRESS, source_mac, out);
            }
            Self::RouterAdvertisement(router) => {
                let mut header = [0; ROUTER_ADVERTISEMENT.length()];
                TYPE.set(&mut header, ROUTER_ADVERTISEMENT_TYPE.into());
                CURRENT_HOP_LIMIT.set(&mut header, router.hop_limit.into());
                MANAGED.set(&mut header, router.managed.into());
                OTHER_CONFIGURATION.set(&mut header, router.other.into());
                LIFETIME.set(&mut header, router.lifetime.into());
                REACHABLE_TIME.set(&mut header, router.reachable_time.into());
                RETRANS_TIMER.set(&mut header, router.retrans_timer.into());
                out.extend_from_slice(&header);
                write_option(SOURCE_LINK_ADDRESS, router.source_mac, out);
            }
            Self::NeighborSolicitation { target, source_mac } => {
                let mut header = [0; SOLICITATION.length()];
                TYPE.set(&mut header, NEIGHBOR_SOLICITATION_TYPE.into());
                SOLICITED_TARGET.set_bytes(&mut header, target.octets());
                out.extend_from_slice(&header);
                write_option(SOURCE_LINK_ADDRESS, source_mac, out);
            }
            Self::NeighborAdvertisement { router, solicited, overriding, target, target_mac } => {
                let mut header = [0; ADVERTISEMENT.length()];
                TYPE.set(&mut header, NEIGHBOR_ADVERTISEMENT_TYPE.into());
                ROUTER.set(&mut header, router.into());
                SOLICITED.set(&mut header, solicited.into());
                OVERRIDE.set(&mut header, overriding.into());
                TARGET.set_bytes(&mut header, target.octets());
                out.extend_from_slice(&header);
                write_option(TARGET_LINK_ADDRESS, target_mac, out);
            }
            Self::Other { .. } => {}
        }
        seal(&mut out[start..], source, destination);
    }
}

/// RFC 4861 §6.1.1.
fn router_solicitation(message: &[u8], packet: &Packet<'_>) -> Result<Message, Malformed> {
    let (_, options): (&[u8; ROUTER_SOLICITATION.length()], _) =
        split(message, Malformed::NdpShort)?;
    let source_mac = link_address(options, SOURCE_LINK_ADDRESS)?;
    if packet.source().is_unspecified() && source_mac.is_some() {
        return Err(Malformed::NdpSource);
    }
    Ok(Message::RouterSolicitation { source_mac })
}

/// RFC 4861 §6.1.2.
fn router_advertisement(message: &[u8], packet: &Packet<'_>) -> Result<Message, Malformed> {
    let (header, options): (&[u8; ROUTER_ADVERTISEMENT.length()], _) =
        split(message, Malformed::NdpShort)?;
    if !packet.source().is_unicast_link_local() {
        return Err(Malformed::NdpSource);
    }
    Ok(Message::RouterAdvertisement(Router {
        hop_limit: CURRENT_HOP_LIMIT.u8(header),
        managed: MANAGED.is_set(header),
        other: OTHER_CONFIGURATION.is_set(header),
        lifetime: LIFETIME.u16(header),
        reachable_time: REACHABLE_TIME.u32(header),
        retrans_timer: RETRANS_TIMER.u32(header),
        source_mac: link_address(options, SOURCE_LINK_ADDRESS)?,
    }))
}

/// RFC 4861 §7.1.1.
fn neighbor_solicitation(message: &[u8], packet: &Packet<'_>) -> Result<Message, Malformed> {
    let (header, options): (&[u8; SOLICITATION.length()], _) = split(message, Malformed::NdpShort)?;
    let target = Ipv6Addr::from(SOLICITED_TARGET.bytes(header));
    if target.is_multicast() {
        return Err(Malformed::NdpTarget);
    }
    let source_mac = link_address(options, SOURCE_LINK_ADDRESS)?;
    // Somebody who has no address yet asks whether it is free: no one can answer to him alone.
    if packet.source().is_unspecified() {
        if source_mac.is_some() {
            return Err(Malformed::NdpSource);
        }
        if !is_solicited_node(packet.destination()) {
            return Err(Malformed::NdpDestination);
        }
    }
    Ok(Message::NeighborSolicitation { target, source_mac })
}

/// RFC 4861 §7.1.2.
fn neighbor_advertisement(message: &[u8], packet: &Packet<'_>) -> Result<Message, Malformed> {
    let (header, options): (&[u8; ADVERTISEMENT.length()], _) =
        split(message, Malformed::NdpShort)?;
    let target = Ipv6Addr::from(TARGET.bytes(header));
    if target.is_multicast() {
        return Err(Malformed::NdpTarget);
    }
    let solicited = SOLICITED.is_set(header);
    if solicited && packet.destination().is_multicast() {
        return Err(Malformed::NdpDestination);
    }
    Ok(Message::NeighborAdvertisement {
        router: ROUTER.is_set(header),
        solicited,
        overriding: OVERRIDE.is_set(header),
        target,
        target_mac: link_address(options, TARGET_LINK_ADDRESS)?,
    })
}

/// The address in the first option of `kind`. Options of other kinds are skipped (RFC 4861 §4.6).
fn link_address(mut options: &[u8], kind: u8) -> Result<Option<Mac>, Malformed> {
    let mut found = None;
    for _ in 0..MAX_OPTIONS {
        if options.is_empty() {
            return Ok(found);
        }
        let [this, units, ..] = options else { return Err(Malformed::NdpOption) };
        let length = usize::from(*units) * 8;
        let Some((option, rest)) = options.split_at_checked(length).filter(|_| length > 0) else {
            return Err(Malformed::NdpOption);
        };
        if *this == kind && found.is_none() {
            let (option, _): (&[u8; OPTION.length()], _) = split(option, Malformed::NdpOption)?;
            found = Some(Mac(LINK_ADDRESS.bytes(option)));
        }
        options = rest;
    }
    if options.is_empty() { Ok(found) } else { Err(Malformed::NdpTooManyOptions) }
}

fn write_option(kind: u8, mac: Option<Mac>, out: &mut Vec<u8>) {
    let Some(mac) = mac else { return };
    let mut option = [0; OPTION.length()];
    OPTION_TYPE.set(&mut option, kind.into());
    OPTION_LENGTH.set(&mut option, 1);
    LINK_ADDRESS.set_bytes(&mut option, mac.0);
    out.extend_from_slice(&option);
}

// ANCHOR: groups
/// The group that a host with `address` listens to: the address's last 24 bits in `ff02::1:ff00:0/104`
/// (RFC 4291 §2.7.1).
pub const fn solicited_node(address: Ipv6Addr) -> Ipv6Addr {
    let [.., a, b, c] = address.octets();
    Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00 | a as u16, (b as u16) << 8 | c as u16)
}

/// Whether it is such a group.
pub const fn is_solicited_node(address: Ipv6Addr) -> bool {
    matches!(address.octets(), [0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, _, _, _])
}

/// The Ethernet address of an IPv6 group: 33:33 and the group's last 32 bits (RFC 2464 §7).
pub const fn multicast_mac(group: Ipv6Addr) -> Mac {
    let [.., a, b, c, d] = group.octets();
    Mac([0x33, 0x33, a, b, c, d])
}
// ANCHOR_END: groups
