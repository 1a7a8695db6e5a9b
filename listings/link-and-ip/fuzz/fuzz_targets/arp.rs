//! Any bytes as an ARP packet: what is accepted is written as it was.
#![no_main]

use libfuzzer_sys::fuzz_target;
use link_and_ip::wire::arp::{LENGTH, Packet};
use link_and_ip_fuzz::write_seeds;

fuzz_target!(
    init: write_seeds("arp", |case| case.name.starts_with("arp").then(|| case.frame[14..].to_vec())),
    |bytes: &[u8]| {
        let Ok(packet) = Packet::parse(bytes) else { return };
        let mut out = Vec::new();
        packet.write(&mut out);
        assert_eq!(out, bytes[..LENGTH]);
    }
);
