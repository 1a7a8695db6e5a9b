//! Any pieces in any order: the limits hold, and what comes out is made of the pieces.
#![no_main]

use std::net::Ipv4Addr;
use std::time::Duration;

use libfuzzer_sys::fuzz_target;
use link_and_ip::reassembly::{Limits, Reassembly};
use link_and_ip::wire::{Protocol, ipv4};
use link_and_ip_fuzz::write_seeds;

const LIMITS: Limits =
    Limits { packets: 3, bytes: 400, fragments: 6, lifetime: Duration::from_secs(60) };

// Six bytes are a piece: whose, where, how long, the last or not, filled with what, and how much later.
fuzz_target!(
    init: write_seeds("reassembly", |case| {
        let pieces = [1, 0, 16, 1, 7, 0, 1, 2, 16, 1, 8, 0, 1, 4, 9, 0, 9, 0];
        (case.name == "fragment-1").then(|| pieces.to_vec())
    }),
    |input: &[u8]| {
        let mut reassembly = Reassembly::new(LIMITS);
        let mut now = Duration::ZERO;
        for [whose, offset, length, more, fill, later] in input.as_chunks().0 {
            let header = ipv4::Header {
                identification: (whose % 5).into(),
                more_fragments: more % 2 == 1,
                fragment_offset: usize::from(*offset) * 8,
                ..ipv4::Header::new(
                    Protocol::UDP,
                    Ipv4Addr::LOCALHOST,
                    Ipv4Addr::LOCALHOST,
                    usize::from(*length),
                )
            };
            let mut bytes = Vec::new();
            header.write(&mut bytes);
            bytes.resize(bytes.len() + usize::from(*length), *fill);
            now += Duration::from_secs(u64::from(*later) / 8);
            while reassembly.expire(now).is_some() {}
            let piece = ipv4::Packet::parse(&bytes).expect("a piece");
            if let Ok(Some(whole)) = reassembly.add_v4(&piece, now) {
                let packet = ipv4::Packet::parse(&whole).expect("a packet");
                assert!(!packet.is_fragment() && packet.payload().len() <= LIMITS.bytes);
                assert_eq!(packet.identification(), header.identification);
            }
            assert!(reassembly.bytes() <= LIMITS.bytes);
            assert!(reassembly.packets() <= LIMITS.packets);
            assert!(reassembly.deadline().is_none_or(|deadline| deadline > now));
        }
    }
);
