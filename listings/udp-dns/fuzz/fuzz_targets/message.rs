//! Any bytes as a message: shown whole; and what is accepted is written and read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use udp_dns::Message;
use udp_dns::message::dissect::{dissect, render};
use udp_dns::message::{CLASSIC_LIMIT, MAX_MESSAGE, TooLong};
use udp_dns_fuzz::write_seeds;

fuzz_target!(
    init: write_seeds("message", |bytes| Some(bytes.to_vec())),
    |bytes: &[u8]| {
        let parts = dissect(bytes);
        assert!(parts.iter().flat_map(|part| part.bytes).eq(bytes));
        // Text takes long to make, and a long message's is more of the same.
        if bytes.len() < 200 {
            render(&parts);
        }
        let message = match Message::parse(bytes) {
            Ok(message) => message,
            Err(fault) => {
                assert!(fault.offset() <= bytes.len() + 65_536);
                return;
            }
        };
        // Pointers to pointers, and case, can make a message longer when it is written again.
        match message.encode(MAX_MESSAGE) {
            Ok(bytes) => {
                let again = Message::parse(&bytes).expect("what we wrote");
                if !again.flags.truncated {
                    assert_eq!(format!("{again:?}"), format!("{message:?}"));
                }
            }
            Err(error) => assert_eq!(error, TooLong::Message),
        }
        if let Ok(bytes) = message.encode(CLASSIC_LIMIT) {
            assert!(bytes.len() <= CLASSIC_LIMIT);
            Message::parse(&bytes).expect("what we wrote");
        }
    }
);
