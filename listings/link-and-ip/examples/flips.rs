//! `flips`: flips each bit of a frame, one at a time, and lists those that no check notices. The
//! frame is hex digits on standard input, where `#` begins a comment.

use std::io::{self, Read};

use anyhow::{Context, ensure};
use link_and_ip::wire::ethernet::{self, EtherType, Frame};
use link_and_ip::wire::{Malformed, Protocol, arp, icmpv4, icmpv6, ipv4, ipv6, ndp};

fn main() -> anyhow::Result<()> {
    let mut text = String::new();
    io::stdin().take(1 << 20).read_to_string(&mut text)?;
    let lines = text.lines().map(|line| line.split('#').next().unwrap_or_default());
    let bytes = lines.flat_map(str::split_whitespace).map(|byte| u8::from_str_radix(byte, 16));
    let mut frame: Vec<u8> = bytes.collect::<Result<_, _>>().context("bytes are hex: 0a ff")?;
    ensure!(checks(&frame)?, "none of this stack's protocols");
    let table = match Frame::parse(&frame)?.ether_type() {
        EtherType::ARP => arp::HEADER,
        EtherType::IPV4 => ipv4::HEADER,
        _ => ipv6::HEADER,
    };

    // How many bits of each field nobody looks after.
    let mut unnoticed = vec![(ethernet::HEADER, vec![0; ethernet::HEADER.fields.len()])];
    unnoticed.push((table, vec![0; table.fields.len()]));
    let mut noticed = 0;
    for bit in 0..frame.len() * 8 {
        frame[bit / 8] ^= 0x80 >> (bit % 8);
        if checks(&frame).unwrap_or(false) {
            let inside = bit >= ethernet::LENGTH * 8;
            let bit = bit - if inside { ethernet::LENGTH * 8 } else { 0 };
            let (table, counts) = &mut unnoticed[usize::from(inside)];
            let field = table.fields.iter().position(|field| bit < field.end());
            counts[field.context("a bit behind the header")?] += 1;
        } else {
            noticed += 1;
        }
        frame[bit / 8] ^= 0x80 >> (bit % 8);
    }

    println!("{noticed} of {} bits are noticed; not noticed are", frame.len() * 8);
    for (table, counts) in unnoticed {
        for (field, count) in table.fields.iter().zip(counts).filter(|(_, count)| *count > 0) {
            println!("{count:>5}  {} {}", table.name, field.name);
        }
    }
    Ok(())
}

/// Whether a receiver takes the frame for what it was.
fn checks(frame: &[u8]) -> Result<bool, Malformed> {
    let frame = Frame::parse(frame)?;
    match frame.ether_type() {
        EtherType::ARP => arp::Packet::parse(frame.payload()).map(|_| true),
        EtherType::IPV4 => {
            let packet = ipv4::Packet::parse(frame.payload())?;
            icmpv4::Message::parse(packet.payload())?;
            Ok(packet.protocol() == Protocol::ICMP)
        }
        EtherType::IPV6 => {
            let packet = ipv6::Packet::parse(frame.payload())?;
            let chain = packet.chain().map_err(|refusal| refusal.reason)?;
            if chain.protocol != Protocol::ICMPV6 {
                return Ok(false);
            }
            let (from, to) = (packet.source(), packet.destination());
            if let icmpv6::Message::NeighborDiscovery(bytes) =
                icmpv6::Message::parse(chain.payload, from, to)?
            {
                ndp::Message::parse(bytes, &packet)?;
            }
            Ok(true)
        }
        _ => Ok(false),
    }
}
