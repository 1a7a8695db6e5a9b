//! Any bytes as a hosts file: what is kept can be found, and is kept again when it is written again.
#![no_main]

use std::fmt::Write;

use libfuzzer_sys::fuzz_target;
use udp_dns::hosts::{Entry, Hosts, MAX_ALIASES};
use udp_dns_fuzz::write_seed;

fuzz_target!(
    init: {
        write_seed("hosts", "demo", include_bytes!("../../demo/hosts"));
        write_seed("hosts", "tests", include_bytes!("../../tests/names/hosts"));
    },
    |bytes: &[u8]| {
        let hosts = Hosts::parse(bytes);
        let entries = hosts.entries();
        assert!(entries.len() <= bytes.split(|&byte| byte == b'\n').count());
        let mut text = String::new();
        for Entry { address, zone, names } in entries {
            assert!((1..=MAX_ALIASES).contains(&names.len()));
            // The line's own names, or those of an earlier line with the same address.
            assert!(hosts.names(*address).is_some_and(|names| !names.is_empty()));
            assert!(names.iter().all(|name| hosts.addresses(name).contains(address)));

            let zone = zone.as_ref().map(|zone| format!("%{}", zone.as_str()));
            write!(text, "{address}{}", zone.unwrap_or_default()).expect("a String");
            for name in names {
                // In a name, a # is a character like any other; in this file, a comment's.
                let name = name.to_string().replace('#', "\\035");
                write!(text, " {name}").expect("a String");
            }
            text.push('\n');
        }
        assert_eq!(Hosts::parse(text.as_bytes()), hosts);
    }
);
