//! Any text as a zone: what is accepted is printed, and read again as the same.
#![no_main]

use libfuzzer_sys::fuzz_target;
use udp_dns::name::Name;
use udp_dns::zone::Zone;

fuzz_target!(|bytes: &[u8]| {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let origin: Name = "example.test".parse().expect("a name");
    let Ok(zone) = Zone::parse("fuzz", text, &origin) else { return };
    let printed: String = zone.iter().map(|record| format!("{record}\n")).collect();
    let again = Zone::parse("again", &printed, &origin).expect("what we print is good");
    assert!(zone.iter().eq(again.iter()));
});
