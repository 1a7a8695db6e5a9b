//! Any text as an address: std agrees, and what is accepted is printed and read again as the same.
#![no_main]

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use addresses::special::{embedded, is_global, lookup};
use addresses::text::{Endpoint, Zoned, inet_aton, parse, parse_v4};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    let ours = parse(text);
    assert_eq!(ours.as_ref().ok(), text.parse::<IpAddr>().ok().as_ref());
    assert_eq!(parse_v4(text).ok(), text.parse::<Ipv4Addr>().ok());
    match ours {
        Ok(address) => {
            assert_eq!(parse(&address.to_string()), Ok(address));
            let global = is_global(address);
            if let (Some(entry), true) = (lookup(address), global) {
                assert!(entry.columns().is_some());
            }
            if let (IpAddr::V6(address), true) = (address, global)
                && let Some((_, inside)) = embedded(address)
            {
                assert!(is_global(inside.into()));
            }
            if let IpAddr::V4(address) = address {
                assert_eq!(inet_aton(text), Some(address));
            }
        }
        Err(error) => {
            assert!(text.get(error.span.clone()).is_some());
            assert!((1..1000).contains(&error.to_string().len()));
        }
    }
    let _ = inet_aton(text);
    match text.parse::<Zoned>() {
        Ok(zoned) => assert_eq!(zoned.to_string().parse(), Ok(zoned)),
        Err(error) => assert!(text.get(error.span).is_some()),
    }
    match text.parse::<Endpoint>() {
        Ok(endpoint) => {
            let printed = endpoint.to_string();
            assert_eq!(printed.parse(), Ok(endpoint));
            // std's zones are numbers and on any address; without one it reads what we read.
            if !text.contains('%') {
                assert_eq!(text.parse::<SocketAddr>().unwrap().to_string(), printed);
            }
        }
        Err(error) => assert!(text.get(error.span).is_some()),
    }
});
