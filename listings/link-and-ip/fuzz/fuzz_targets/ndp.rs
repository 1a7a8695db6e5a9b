//! Any bytes as a message of neighbor discovery: what is accepted is written and read as the same.
#![no_main]

use std::net::Ipv6Addr;

use libfuzzer_sys::fuzz_target;
use link_and_ip::wire::Protocol;
use link_and_ip::wire::ipv6::{Header, Packet};
use link_and_ip::wire::ndp::{HOP_LIMIT, Message};
use link_and_ip_fuzz::write_seeds;

const SOURCES: [Ipv6Addr; 2] = [Ipv6Addr::UNSPECIFIED, Ipv6Addr::new(0xfe80, 0, 0, 0, 0, 0, 0, 1)];
const DESTINATION: Ipv6Addr = Ipv6Addr::new(0xff02, 0, 0, 0, 0, 1, 0xff00, 1);

fuzz_target!(
    init: write_seeds("ndp", |case| {
        let message = case.frame.get(54..).filter(|message| (133..=137).contains(&message[0]))?;
        Some(message.to_vec())
    }),
    |message: &[u8]| {
        for source in SOURCES {
            let header = Header::new(Protocol::ICMPV6, source, DESTINATION, 0);
            let mut bytes = Vec::new();
            Header { hop_limit: HOP_LIMIT, ..header }.write(&mut bytes);
            let packet = Packet::parse(&bytes).expect("a header");
            let Ok(read) = Message::parse(message, &packet) else { continue };
            if let Message::Other { .. } = read {
                continue;
            }
            let mut out = Vec::new();
            read.write(source, DESTINATION, &mut out);
            assert_eq!(Message::parse(&out, &packet), Ok(read));
        }
    }
);
