//! Any text as a name: what is accepted is printed and read as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use udp_dns::Message;
use udp_dns::name::{MAX_NAME, Name};
use udp_dns_fuzz::write_seeds;

fuzz_target!(
    init: write_seeds("name", |bytes| {
        let message = Message::parse(bytes).ok()?;
        Some(message.questions.first()?.name.to_string().into_bytes())
    }),
    |text: &str| {
        let Ok(name) = text.parse::<Name>() else { return };
        assert!(name.wire().len() <= MAX_NAME);
        let again: Name = name.to_string().parse().expect("what we printed");
        assert!(again.same_case(&name));
        assert_eq!(Name::from_labels(name.labels()).as_ref(), Ok(&name));
        assert!(name.is_within(&name) && name.is_within(&Name::root()));
        assert!(name.parent().is_none_or(|parent| name > parent && name.is_within(&parent)));
    }
);
