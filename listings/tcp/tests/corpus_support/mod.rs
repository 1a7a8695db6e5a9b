//! Segments that Linux sent, in the frames that carried them.

// Each test crate uses a part of this.
#![allow(dead_code, unreachable_pub)]

use std::fs;
use std::net::IpAddr;
use std::path::Path;

use link_and_ip::wire::ethernet::{EtherType, Frame};
use link_and_ip::wire::{ipv4, ipv6};

/// A frame of the corpus.
pub struct Case {
    pub name: String,
    pub frame: Vec<u8>,
    pub from: IpAddr,
    pub to: IpAddr,
    /// Header and data.
    pub segment: Vec<u8>,
}

/// All frames, in order of their names.
pub fn corpus() -> Vec<Case> {
    corpus_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"))
}

pub fn corpus_in(folder: &Path) -> Vec<Case> {
    let entries = fs::read_dir(folder).expect("the corpus");
    let mut cases: Vec<Case> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "hex"))
        .map(|path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let frame = from_hex(&fs::read_to_string(&path).expect("a readable file"));
            let (from, to, segment) = inside(&frame).expect("a packet");
            Case { name, frame, from, to, segment }
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

fn inside(frame: &[u8]) -> Option<(IpAddr, IpAddr, Vec<u8>)> {
    let frame = Frame::parse(frame).ok()?;
    match frame.ether_type() {
        EtherType::IPV4 => {
            let packet = ipv4::Packet::parse(frame.payload()).ok()?;
            let (from, to) = (packet.source().into(), packet.destination().into());
            Some((from, to, packet.payload().to_vec()))
        }
        EtherType::IPV6 => {
            let packet = ipv6::Packet::parse(frame.payload()).ok()?;
            let (from, to) = (packet.source().into(), packet.destination().into());
            Some((from, to, packet.chain().ok()?.payload.to_vec()))
        }
        _ => None,
    }
}
