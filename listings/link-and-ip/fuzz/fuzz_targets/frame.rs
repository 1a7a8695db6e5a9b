//! Any frame: read through the views, and dissected.
#![no_main]

use libfuzzer_sys::fuzz_target;
use link_and_ip::wire::dissect::{dissect, render};
use link_and_ip::wire::ethernet::{EtherType, Frame};
use link_and_ip::wire::{icmpv4, ipv4};
use link_and_ip_fuzz::wire_support::{Seen, see};
use link_and_ip_fuzz::write_seeds;

fuzz_target!(
    init: write_seeds("frame", |case| Some(case.frame.clone())),
    |frame: &[u8]| {
        let parts = dissect(frame);
        assert!(parts.iter().flat_map(|part| part.bytes).eq(frame));
        // Text takes long to make, and a long frame's is more of the same.
        if frame.len() < 200 {
            render(&parts);
        }
        match see(frame) {
            Ok(Seen::Icmpv4(header, message)) => {
                let mut out = Vec::new();
                header.write(&mut out);
                message.write(&mut out);
                let packet = ipv4::Packet::parse(&out).expect("a packet");
                assert_eq!(icmpv4::Message::parse(packet.payload()), Ok(message));
            }
            Ok(_) => {}
            Err(reason) => assert!(!reason.to_string().is_empty()),
        }
        let Ok(frame) = Frame::parse(frame) else { return };
        if frame.ether_type() != EtherType::IPV4 {
            return;
        }
        let Ok(packet) = ipv4::Packet::parse(frame.payload()) else { return };
        let mut forwarded = packet.bytes().to_vec();
        if ipv4::decrement_ttl(&mut forwarded).is_some() {
            let one_less = ipv4::Packet::parse(&forwarded).expect("its checksum is right again");
            assert_eq!(one_less.ttl() + 1, packet.ttl());
        }
        for fragment in packet.fragments(68) {
            let mut out = Vec::new();
            fragment.write(&mut out);
            // Offsets behind the largest packet's end do not fit into 13 bits.
            if fragment.header.fragment_offset < 65_536 {
                ipv4::Packet::parse(&out).expect("a fragment");
            }
        }
    }
);
