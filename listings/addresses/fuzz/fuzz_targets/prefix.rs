//! Any text as prefixes, and sums with what is one.
#![no_main]

use std::net::{Ipv4Addr, Ipv6Addr};

use addresses::aggregate::{aggregate, exclude, range};
use addresses::prefix::Interface;
use addresses::{Address, Prefix};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    check::<Ipv4Addr>(text);
    check::<Ipv6Addr>(text);
});

/// Takes the words of `text` as prefixes.
fn check<A: Address>(text: &str) {
    let mut prefixes = Vec::new();
    for word in text.split_whitespace().take(16) {
        if let Ok(interface) = word.parse::<Interface<A>>() {
            assert_eq!(interface.to_string().parse(), Ok(interface));
            assert!(interface.prefix().contains(interface.address()));
        }
        match word.parse::<Prefix<A>>() {
            Ok(prefix) => prefixes.push(prefix),
            Err(error) => assert!(word.get(error.span(word.len())).is_some(), "{word} {error}"),
        }
    }
    let kept = aggregate(prefixes.clone());
    assert!(prefixes.iter().all(|one| kept.iter().any(|whole| whole.covers(*one))));
    assert_eq!(aggregate(kept.clone()), kept);
    for pair in kept.windows(2) {
        assert!(pair[0].last() < pair[1].network());
    }
    for (one, other) in prefixes.iter().zip(prefixes.iter().skip(1)) {
        let rest = exclude(*one, *other);
        assert!(rest.iter().all(|part| one.covers(*part) && !part.overlaps(*other)));
        if one.overlaps(*other) {
            let again = aggregate(rest.iter().chain([other]).copied());
            assert!(again.iter().any(|whole| whole.covers(*one)));
        }
        let cover: Vec<_> = range(one.network(), other.last()).collect();
        assert!(cover.len() <= 2 * usize::from(A::BITS));
        assert_eq!(cover.is_empty(), one.network() > other.last());
        assert_eq!(aggregate(cover.clone()), cover);
    }
    for prefix in prefixes {
        assert_eq!(prefix.to_string().parse(), Ok(prefix));
        let parts = prefix.subnets(A::BITS).expect("no prefix is longer");
        assert_eq!(parts.count_left(), prefix.size());
        assert!(parts.take(3).all(|part| prefix.covers(part)));
    }
}
