//! Any bytes as a request: an answer is a good message, and over UDP within the factor.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use udp_dns::message::Message;
use udp_dns::server::{FACTOR, Settings, Transport, answer};
use udp_dns::zone::Zone;

static ZONE: LazyLock<Zone> = LazyLock::new(|| {
    let text = include_str!("../../demo/example.test.zone");
    Zone::parse("demo", text, &"example.test".parse().expect("a name")).expect("a good zone")
});

fuzz_target!(|request: &[u8]| {
    for transport in [Transport::Udp, Transport::Tcp] {
        let Some(said) = answer(&ZONE, &Settings::default(), request, transport) else { return };
        let message = Message::parse(&said).expect("a good answer");
        assert!(message.flags.response && said[..2] == request[..2]);
        assert!(transport == Transport::Tcp || said.len() <= FACTOR * request.len());
    }
});
