//! Any segment: the checksum is put right, or no input would come past it.
#![no_main]

use std::net::{IpAddr, Ipv4Addr};

use libfuzzer_sys::fuzz_target;
use link_and_ip::wire::Protocol;
use link_and_ip::wire::checksum::Sum;
use tcp::segment::{MAX_WINDOW_SCALE, Segment};
use tcp_fuzz::write_seeds;

const FROM: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const TO: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

fuzz_target!(
    init: write_seeds("segment", |case| case.segment.clone()),
    |input: &[u8]| {
        let mut bytes = input.to_vec();
        if let Some(checksum) = bytes.get_mut(16..18) {
            checksum.fill(0);
            let sum = Sum::pseudo_v4(FROM, TO, Protocol::TCP, bytes.len()).with(&bytes).finish();
            bytes[16..18].copy_from_slice(&sum.to_be_bytes());
        }
        let [from, to] = [FROM, TO].map(IpAddr::from);
        let Ok(segment) = Segment::parse(&bytes, from, to) else { return };
        let options = segment.header.options;
        assert!(options.window_scale.is_none_or(|scale| scale <= MAX_WINDOW_SCALE));
        assert!(segment.header.length() <= 60);
        let mut out = Vec::new();
        let (one, two) = segment.payload.split_at(segment.payload.len() / 3);
        segment.header.write(from, to, [one, two], &mut out);
        assert_eq!(Segment::parse(&out, from, to), Ok(segment));
    }
);
