//! Prefixes and sets of them, against definitions that are slow and plain.

use std::net::{Ipv4Addr, Ipv6Addr};

use addresses::aggregate::{aggregate, exclude, range};
use addresses::prefix::{Interface, netmask_length};
use addresses::{Address, Mac, Prefix, eui64};
use proptest::prelude::*;

fn v4(text: &str) -> Prefix<Ipv4Addr> {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

fn v6(text: &str) -> Prefix<Ipv6Addr> {
    text.parse().unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn texts() {
    for text in ["0.0.0.0/0", "10.0.0.0/8", "192.0.2.1/32"] {
        assert_eq!(v4(text).to_string(), text);
    }
    for text in ["::/0", "2001:db8::/32", "::1/128"] {
        assert_eq!(v6(text).to_string(), text);
    }
    assert_eq!(v4("192.0.2.0/255.255.255.192").to_string(), "192.0.2.0/26");
    assert_eq!(v4("0.0.0.0/0.0.0.0").length(), 0);
    let interface: Interface<Ipv4Addr> = "192.0.2.17/24".parse().unwrap();
    assert_eq!(interface.address(), Ipv4Addr::new(192, 0, 2, 17));
    assert_eq!(interface.prefix(), v4("192.0.2.0/24"));
    assert_eq!(interface.to_string(), "192.0.2.17/24");
    let refused = [
        ("192.0.2.17/24", "the network is 192.0.2.0/24"),
        ("192.0.2.0", "write /32 after the address"),
        ("192.0.2.0/", "the length, \"\""),
        ("192.0.2.0/33", "from 0 to 32"),
        ("192.0.2.0/08", "without leading zeros"),
        ("192.0.2.0/+8", "from 0 to 32"),
        ("192.0.2.0/8/8", "from 0 to 32"),
        ("192.0.2.0/0.0.0.255", "0.0.0.255 is no netmask"),
        ("192.0.2.0/255.0.255.0", "no netmask"),
        ("192.0.2.0/255.0.0", "3 octets"),
        ("192.0.2/24", "3 octets"),
        ("2001:db8::/32", "octet 1 has ':'"),
    ];
    for (text, why) in refused {
        let error = text.parse::<Prefix<Ipv4Addr>>().expect_err(text).to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    assert!("2001:db8::/129".parse::<Prefix<Ipv6Addr>>().is_err());
    assert!("fe80::%eth0/64".parse::<Prefix<Ipv6Addr>>().is_err());
}

#[test]
fn the_whole_of_ipv6_does_not_overflow() {
    let all = v6("::/0");
    assert_eq!(all.size(), None);
    assert_eq!(all.last(), Ipv6Addr::from_bits(u128::MAX));
    assert_eq!(all.sibling(), None);
    assert_eq!(all.subnets(0).unwrap().collect::<Vec<_>>(), [all]);
    let mut single = all.subnets(128).unwrap();
    assert_eq!(single.count_left(), None);
    assert_eq!(single.next(), Some(v6("::/128")));
    assert_eq!(single.count_left(), Some(u128::MAX));
    assert_eq!(all.subnets(1).unwrap().collect::<Vec<_>>(), [v6("::/1"), v6("8000::/1")]);
    assert_eq!(aggregate([v6("::/1"), v6("8000::/1")]), [all]);
    assert_eq!(range(all.network(), all.last()).collect::<Vec<_>>(), [all]);
    let most = range(Ipv6Addr::from_bits(1), Ipv6Addr::from_bits(u128::MAX - 1));
    assert_eq!(most.count(), 254);
    assert_eq!(range(Ipv4Addr::from_bits(1), Ipv4Addr::from_bits(u32::MAX - 1)).count(), 62);
    assert_eq!(exclude(all, v6("::1/128")).len(), 128);
    assert_eq!(v4("0.0.0.0/0").size(), Some(1 << 32));
    assert_eq!(v4("255.255.255.255/32").subnets(32).unwrap().count(), 1);
}

#[test]
fn eui64_there_and_back() {
    let mac: Mac = "00:02:b3:1e:83:29".parse().unwrap();
    let address = eui64::address(v6("fe80::/64"), mac).unwrap();
    assert_eq!(address.to_string(), "fe80::202:b3ff:fe1e:8329");
    assert_eq!(eui64::mac(address), Some(mac));
    assert_eq!(eui64::address(v6("2001:db8::/65"), mac), None);
    for none in ["fe80::1", "ff02::202:b3ff:fe1e:8329", "2001:db8::302:b3ff:fe1e:8329"] {
        assert_eq!(eui64::mac(none.parse().unwrap()), None, "{none}");
    }
}

#[test]
fn what_has_joined_joins_again() {
    let parts = ["192.0.2.0/25", "192.0.2.128/26", "192.0.2.192/27", "192.0.2.224/27"].map(v4);
    assert_eq!(aggregate(parts), [v4("192.0.2.0/24")]);
    let neighbors = ["192.0.2.64/26", "192.0.2.128/26"].map(v4);
    assert_eq!(aggregate(neighbors), neighbors);
}

#[test]
fn netmasks() {
    for length in 0..=32 {
        let prefix = Prefix::containing(Ipv4Addr::UNSPECIFIED, length).unwrap();
        assert_eq!(netmask_length(prefix.netmask()), Some(length));
        assert_eq!(prefix.hostmask().to_bits(), !prefix.netmask().to_bits());
    }
    assert_eq!(netmask_length(Ipv4Addr::new(255, 0, 255, 0)), None);
}

/// Prefixes among the last 256 addresses of IPv4, so that a set of them can be written out.
fn small() -> impl Strategy<Value = Prefix<Ipv4Addr>> {
    (24_u8..=32, any::<u8>()).prop_map(|(length, low)| {
        Prefix::containing(Ipv4Addr::new(255, 255, 255, low), length).unwrap()
    })
}

fn members(prefixes: &[Prefix<Ipv4Addr>]) -> Vec<bool> {
    let is_in = |low: u8| {
        let address = Ipv4Addr::new(255, 255, 255, low);
        prefixes.iter().any(|prefix| prefix.contains(address))
    };
    (0..=255).map(is_in).collect()
}

/// The fewest prefixes for a set: the largest ones that are full.
fn fewest(set: &[bool], whole: Prefix<Ipv4Addr>) -> usize {
    let (first, last) = (whole.network().octets()[3], whole.last().octets()[3]);
    let part = &set[usize::from(first)..=usize::from(last)];
    if part.iter().all(|member| *member) {
        return 1;
    }
    if part.iter().all(|member| !*member) {
        return 0;
    }
    whole.subnets(whole.length() + 1).unwrap().map(|half| fewest(set, half)).sum()
}

fn any_v6() -> impl Strategy<Value = Prefix<Ipv6Addr>> {
    (any::<u128>(), 0_u8..=128)
        .prop_map(|(bits, length)| Prefix::containing(bits.into(), length).unwrap())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, ..ProptestConfig::default() })]

    #[test]
    fn aggregates_are_equal_sets_and_the_fewest(prefixes in prop::collection::vec(small(), 0..40)) {
        let result = aggregate(prefixes.clone());
        let set = members(&prefixes);
        prop_assert_eq!(&members(&result), &set);
        prop_assert_eq!(result.len(), fewest(&set, v4("255.255.255.0/24")));
        prop_assert!(result.is_sorted());
    }

    #[test]
    fn ranges_are_exact_and_the_fewest(a in any::<u8>(), b in any::<u8>()) {
        let end = |low| Ipv4Addr::new(255, 255, 255, low);
        let result: Vec<_> = range(end(a), end(b)).collect();
        let set: Vec<bool> = (0..=255).map(|low| a <= low && low <= b).collect();
        prop_assert_eq!(members(&result), set.clone());
        prop_assert_eq!(result.len(), fewest(&set, v4("255.255.255.0/24")));
        prop_assert_eq!(aggregate(result.clone()), result);
    }

    #[test]
    fn a_hole_is_left_out(whole in small(), hole in small()) {
        let rest = exclude(whole, hole);
        let (inside, out) = (members(&[whole]), members(&[hole]));
        let set: Vec<bool> = inside.iter().zip(&out).map(|(a, b)| *a && !b).collect();
        prop_assert_eq!(members(&rest), set);
        prop_assert_eq!(aggregate(rest.clone()), rest);
    }

    #[test]
    fn a_prefix_is_read_as_it_is_printed(prefix in any_v6(), other in any_v6()) {
        prop_assert_eq!(prefix.to_string().parse(), Ok(prefix));
        prop_assert!(prefix.contains(prefix.network()) && prefix.contains(prefix.last()));
        prop_assert_eq!(prefix.overlaps(other), prefix.covers(other) || other.covers(prefix));
        prop_assert_eq!(prefix.contains(other.network()) && prefix.contains(other.last()),
            prefix.covers(other));
        prop_assert_eq!(Ipv6Addr::from_left_bits(prefix.last().to_left_bits()), prefix.last());
    }

    #[test]
    fn halves_make_the_whole(prefix in any_v6()) {
        prop_assume!(prefix.length() < 128);
        let halves: Vec<_> = prefix.subnets(prefix.length() + 1).unwrap().collect();
        prop_assert_eq!(halves.len(), 2);
        prop_assert_eq!(halves[0].sibling(), Some(halves[1]));
        prop_assert_eq!(halves[1].supernet(prefix.length()), Some(prefix));
        prop_assert_eq!(aggregate(halves), vec![prefix]);
    }
}
