//! Any IPv6 packet: where its extension headers lead, and what an error about them points to.
#![no_main]

use libfuzzer_sys::fuzz_target;
use link_and_ip::wire::ipv6::{LENGTH, Packet};
use link_and_ip_fuzz::write_seeds;

fuzz_target!(
    init: write_seeds("ipv6_chain", |case| {
        (case.frame[12..14] == [0x86, 0xdd]).then(|| case.frame[14..].to_vec())
    }),
    |bytes: &[u8]| {
        // The length is set right, so that all that differs is in the chain.
        let mut bytes = bytes.to_vec();
        if bytes.len() >= LENGTH {
            bytes[0] = 0x60;
            let length = (bytes.len() - LENGTH) as u16;
            bytes[4..6].copy_from_slice(&length.to_be_bytes());
        }
        let Ok(packet) = Packet::parse(&bytes) else { return };
        match packet.chain() {
            Ok(chain) => {
                let at = bytes.len() - chain.payload.len();
                assert!(chain.named_at < at && at >= LENGTH);
                assert_eq!(bytes[chain.named_at], chain.protocol.0);
            }
            Err(refusal) => {
                if let Some(answer) = refusal.answer {
                    assert!(answer.pointer < bytes.len());
                }
            }
        }
    }
);
