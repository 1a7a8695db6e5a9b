//! `pieces OFFSET+LENGTH …` gives pieces of one IPv4 packet to the reassembly, in this order, and
//! prints what becomes of each. A dot behind a piece says that it is the last of its packet. The
//! packet is UDP's; `pieces --tcp …` makes it TCP's.
//!
//! `pieces --flood N` gives it N first pieces, each of another packet.

use std::net::Ipv4Addr;
use std::time::Duration;

use anyhow::{Context, bail};
use link_and_ip::reassembly::Reassembly;
use link_and_ip::wire::{Protocol, ipv4};

const FROM: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const TO: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match &arguments[..] {
        [] => bail!("usage: pieces [--tcp] OFFSET+LENGTH[.] …, or pieces --flood N"),
        ["--flood", number] => flood(number.parse().context("how many?")?),
        ["--tcp", pieces @ ..] => put_together(Protocol::TCP, pieces),
        pieces => put_together(Protocol::UDP, pieces),
    }
}

fn put_together(protocol: Protocol, pieces: &[&str]) -> anyhow::Result<()> {
    let mut reassembly = Reassembly::default();
    for (number, text) in pieces.iter().enumerate() {
        let (offset, rest) = text.split_once('+').context("write it so: 1480+1048.")?;
        let length = rest.trim_end_matches('.').parse()?;
        // The same piece again has the same bytes, any other has its own.
        let fill = pieces.iter().position(|piece| piece == text).unwrap_or(number) as u8;
        let header = ipv4::Header {
            fragment_offset: offset.parse()?,
            more_fragments: !rest.ends_with('.'),
            ..ipv4::Header::new(protocol, FROM, TO, length)
        };
        println!("{text:>12}  {}", verdict(&mut reassembly, &header, &vec![fill; length]));
    }
    waiting(&reassembly);
    Ok(())
}

fn verdict(reassembly: &mut Reassembly, header: &ipv4::Header, data: &[u8]) -> String {
    let mut bytes = Vec::new();
    header.write(&mut bytes);
    bytes.extend_from_slice(data);
    let packet = match ipv4::Packet::parse(&bytes) {
        Ok(packet) => packet,
        Err(reason) => return format!("refused: {reason}"),
    };
    match reassembly.add_v4(&packet, Duration::ZERO) {
        Ok(Some(whole)) => format!("complete: {} bytes", whole.len()),
        Ok(None) => "waits".to_owned(),
        Err(reason) => format!("refused: {reason}"),
    }
}

fn flood(packets: u32) -> anyhow::Result<()> {
    let mut reassembly = Reassembly::default();
    for number in 0..packets {
        let header = ipv4::Header {
            source: Ipv4Addr::from_bits(number),
            more_fragments: true,
            ..ipv4::Header::new(Protocol::UDP, FROM, TO, 1480)
        };
        let said = verdict(&mut reassembly, &header, &[0; 1480]);
        anyhow::ensure!(said == "waits", "{number}: {said}");
    }
    waiting(&reassembly);
    println!("packets pushed out: {}", reassembly.evicted());
    Ok(())
}

fn waiting(reassembly: &Reassembly) {
    println!("packets that wait: {}, with {} bytes", reassembly.packets(), reassembly.bytes());
}
