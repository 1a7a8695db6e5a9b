//! Frames that Linux sent, and a receiver that reads them as far as the views go.

// Each test crate uses a part of this.
#![allow(dead_code, unreachable_pub)]

use std::fs;
use std::path::Path;

use link_and_ip::wire::ethernet::{EtherType, Frame};
use link_and_ip::wire::ipv6::Refusal;
use link_and_ip::wire::{Malformed, Protocol, arp, icmpv4, icmpv6, ipv4, ipv6, ndp};

/// A frame of the corpus.
pub struct Case {
    pub name: String,
    pub frame: Vec<u8>,
}

/// All frames of the folder, in order of their names.
pub fn corpus_in(folder: &Path) -> Vec<Case> {
    let mut cases: Vec<Case> = fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hex"))
        .map(|path| Case {
            name: path.file_stem().expect("a name").to_string_lossy().into_owned(),
            frame: from_hex(&fs::read_to_string(&path).expect("a readable file")),
        })
        .collect();
    cases.sort_by(|one, other| one.name.cmp(&other.name));
    cases
}

fn from_hex(text: &str) -> Vec<u8> {
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    let bytes = lines.flat_map(str::split_whitespace);
    bytes.map(|byte| u8::from_str_radix(byte, 16).expect("a byte in hex")).collect()
}

/// What a frame turned out to be.
#[derive(Debug, PartialEq)]
pub enum Seen<'a> {
    Arp(arp::Packet),
    Icmpv4(ipv4::Header, icmpv4::Message<'a>),
    Icmpv6(ipv6::Header, icmpv6::Message<'a>),
    Ndp(ipv6::Header, ndp::Message),
    Fragment,
    Other(Protocol),
    OtherType(EtherType),
}

/// Reads a frame as far as there are views.
pub fn see(frame: &[u8]) -> Result<Seen<'_>, Malformed> {
    let frame = Frame::parse(frame)?;
    match frame.ether_type() {
        EtherType::ARP => arp::Packet::parse(frame.payload()).map(Seen::Arp),
        EtherType::IPV4 => {
            let packet = ipv4::Packet::parse(frame.payload())?;
            match packet.protocol() {
                _ if packet.is_fragment() => Ok(Seen::Fragment),
                Protocol::ICMP => {
                    let message = icmpv4::Message::parse(packet.payload())?;
                    Ok(Seen::Icmpv4(packet.header(), message))
                }
                other => Ok(Seen::Other(other)),
            }
        }
        EtherType::IPV6 => {
            let packet = ipv6::Packet::parse(frame.payload())?;
            let chain = packet.chain().map_err(|Refusal { reason, .. }| reason)?;
            match chain.protocol {
                _ if chain.fragment.is_some() => Ok(Seen::Fragment),
                Protocol::ICMPV6 => see_icmpv6(&packet, chain.payload),
                other => Ok(Seen::Other(other)),
            }
        }
        other => Ok(Seen::OtherType(other)),
    }
}

fn see_icmpv6<'a>(packet: &ipv6::Packet<'a>, payload: &'a [u8]) -> Result<Seen<'a>, Malformed> {
    let message = icmpv6::Message::parse(payload, packet.source(), packet.destination())?;
    match message {
        icmpv6::Message::NeighborDiscovery(bytes) => {
            Ok(Seen::Ndp(packet.header(), ndp::Message::parse(bytes, packet)?))
        }
        message => Ok(Seen::Icmpv6(packet.header(), message)),
    }
}
