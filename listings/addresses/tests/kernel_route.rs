//! The kernel and our table are given the same routes and asked for the same addresses.
#![cfg(target_os = "linux")]

#[allow(dead_code)]
#[path = "../benches/table/made.rs"]
mod made;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::time::Duration;

use addresses::lab::Lab;
use addresses::route::{Route, RoutingTable};
use addresses::{Address, Prefix};
use made::Random;
use testkit::within;

const LIMIT: Duration = Duration::from_secs(60);
/// Interfaces, numbered from 1; the kernel's are called `n1`, `n2` …
const INTERFACES: u32 = 4;
const TABLES: u64 = 5;
const ROUTES: usize = 250;
const LOOKUPS: usize = 4000;

/// What differs between the versions.
trait Version: Address {
    const OPTION: &'static str;
    /// Our own address on an interface, and the length of its prefix.
    fn own(interface: u32) -> (Self, u8);
    /// The word with which the kernel marks an address that no routing table of ours is asked for.
    fn special(self) -> Option<&'static str>;
    /// Whether one can compare the answers for this address.
    fn comparable(self) -> bool;
}

fn is_own<A: Version>(address: A) -> bool {
    (1..=INTERFACES).any(|interface| A::own(interface).0 == address)
}

impl Version for Ipv4Addr {
    const OPTION: &'static str = "-4";

    fn own(interface: u32) -> (Self, u8) {
        (Self::new(192, 0, interface as u8, 1), 24)
    }

    fn special(self) -> Option<&'static str> {
        let [a, b, c, d] = self.octets();
        match self {
            // The last address of a connected prefix is everyone on that link, and so is that of lo's.
            _ if self.octets() == [127, 255, 255, 255] => Some("broadcast"),
            // Kept in the host, whatever the interface.
            _ if self.is_loopback() || is_own(self) => Some("local"),
            _ if (a, b, d) == (192, 0, 255) && (1..=INTERFACES).contains(&c.into()) => {
                Some("broadcast")
            }
            _ => None,
        }
    }

    /// Not 0.0.0.0, which is nobody. Not what begins with three ones: groups and everyone on the
    /// link have no next hop, and a route tells the kernel no more than the interface.
    fn comparable(self) -> bool {
        !self.is_unspecified() && self.to_bits() >> 29 != 7
    }
}

impl Version for Ipv6Addr {
    const OPTION: &'static str = "-6";

    fn own(interface: u32) -> (Self, u8) {
        (Self::new(0x2001, 0xdb8, interface as u16, 0, 0, 0, 0, 1), 64)
    }

    fn special(self) -> Option<&'static str> {
        match self {
            _ if self.is_loopback() || is_own(self) => Some("local"),
            _ if self.is_multicast() => Some("multicast"),
            _ => None,
        }
    }

    /// Not `::`, which is nobody. Not `fe80::/10`, of which every link has its own: the kernel picks
    /// one of them.
    fn comparable(self) -> bool {
        !self.is_unspecified() && !self.is_unicast_link_local()
    }
}

/// Runs a line of `ip` for each of `lines`. Lines that fail do not stop it; their numbers, from 1,
/// are returned beside the output.
fn batch(lab: &Lab, option: &str, name: &str, lines: &[String]) -> (String, BTreeSet<usize>) {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("route{option}-{name}"));
    fs::write(&file, lines.join("\n")).unwrap();
    let mut command = lab.command("ip");
    let output = command.args([option, "-oneline", "-force", "-batch"]).arg(&file).output();
    let output = output.unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    let failed = errors.lines().filter(|line| line.starts_with("Command failed"));
    let failed = failed.filter_map(|line| line.rsplit_once(':')?.1.trim().parse().ok());
    (String::from_utf8(output.stdout).unwrap(), failed.collect())
}

/// A lab with its interfaces, and our table with the same connected prefixes.
fn connected<A: Version>() -> (Lab, RoutingTable<A>) {
    let lab = Lab::open().unwrap();
    let mut table = RoutingTable::default();
    let mut lines = Vec::new();
    for interface in 1..=INTERFACES {
        let (own, length) = A::own(interface);
        lines.push(format!("link add name n{interface} type veth peer name p{interface}"));
        lines.push(format!("link set n{interface} up"));
        lines.push(format!("link set p{interface} up"));
        lines.push(format!("address add {own}/{length} dev n{interface}"));
        let prefix = Prefix::containing(own, length).unwrap();
        table.insert(prefix, Route { interface, gateway: None }).unwrap();
    }
    let (_, failed) = batch(&lab, A::OPTION, "setup", &lines);
    assert!(failed.is_empty(), "{failed:?}");
    (lab, table)
}

/// Random routes, unlike any that is in `table`: half of the prefixes lie within another, and most
/// gateways on the link that is named.
fn routes<A: Version>(
    random: &mut Random,
    table: &RoutingTable<A>,
    default: bool,
) -> Vec<(Prefix<A>, Route<A>)> {
    let mut prefixes: Vec<_> = table.iter().map(|(prefix, _)| prefix).collect();
    let mut on_link: Vec<_> = table.iter().map(|(p, route)| (p, route.interface)).collect();
    let mut made: Vec<(Prefix<A>, Route<A>)> = Vec::new();
    while made.len() < ROUTES {
        let outer = prefixes[random.below(prefixes.len() as u64) as usize];
        let (length, address) = match random.below(16) {
            0 => (0, random.anywhere()),
            1..8 => (random.below(u64::from(A::BITS) + 1) as u8, random.anywhere()),
            _ => {
                let free = u64::from(A::BITS - outer.length());
                (outer.length() + random.below(free + 1) as u8, random.within(outer))
            }
        };
        let prefix = Prefix::containing(address, length).unwrap();
        let (link, interface) = on_link[random.below(on_link.len() as u64) as usize];
        let gateway = match random.below(8) {
            0..3 => None,
            3 => Some(random.anywhere()),
            _ => Some(random.within(link)),
        };
        // Neither we nor everyone can be a gateway, which a table cannot know.
        let odd = |gateway: A| {
            gateway.special().is_some()
                || gateway == Prefix::containing(gateway, 24).unwrap().network()
        };
        if prefixes.contains(&prefix) || gateway.is_some_and(odd) || (length < 4 && !default) {
            continue;
        }
        prefixes.push(prefix);
        if gateway.is_none() && length > 0 {
            on_link.push((prefix, interface));
        }
        made.push((prefix, Route { interface, gateway }));
    }
    made
}

/// What the kernel said about a destination: a word for a special one, or `via … dev …`.
type Answers<A> = BTreeMap<A, String>;

fn ask<A: Version>(lab: &Lab, name: &str, addresses: &[A]) -> Answers<A> {
    let lines: Vec<_> = addresses.iter().map(|address| format!("route get {address}")).collect();
    let (output, _) = batch(lab, A::OPTION, name, &lines);
    let mut answers = BTreeMap::new();
    for line in output.lines() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let after = |word| words.iter().position(|w| *w == word).map(|at| words[at + 1]);
        let special = ["local", "broadcast", "multicast", "unreachable"].contains(&words[0]);
        let address = A::parse(words[usize::from(special)]).unwrap();
        let hop = after("via").map_or(String::new(), |gateway| format!("via {gateway} "));
        let hop = format!("{hop}dev {}", after("dev").unwrap());
        answers.insert(address, if special { words[0].to_owned() } else { hop });
    }
    answers
}

/// What we say about it.
fn our_answer<A: Version>(table: &RoutingTable<A>, address: A) -> Option<String> {
    // 127.0.0.0/8 is a route to the host itself, and a longer prefix beats it as any other.
    let longest = table.table().longest_match(address).map_or(0, |(prefix, _)| prefix.length());
    let in_loopback = A::BITS == 32 && address.to_left_bits() >> 120 == 127;
    match address.special() {
        Some("local") if in_loopback && longest > 8 => {}
        Some(word) => return Some(word.to_owned()),
        None => {}
    }
    let hop = table.next_hop(address)?;
    let via =
        if hop.neighbor == address { String::new() } else { format!("via {} ", hop.neighbor) };
    Some(format!("{via}dev n{}", hop.interface))
}

/// Gives the kernel and a table of ours the same random routes, and compares which they refuse and
/// what they answer.
fn agrees<A: Version>(seed: u64) -> [usize; 4] {
    let mut random = Random(seed);
    let (lab, mut table) = connected::<A>();
    let routes = routes(&mut random, &table, seed.is_multiple_of(2));
    let lines: Vec<_> = routes
        .iter()
        .map(|(prefix, route)| {
            let via = route.gateway.map_or(String::new(), |gateway| format!("via {gateway} "));
            format!("route add {prefix} {via}dev n{}", route.interface)
        })
        .collect();
    let (_, refused) = batch(&lab, A::OPTION, &format!("add-{seed}"), &lines);
    let mut off_link = 0;
    for (line, (prefix, route)) in (1..).zip(&routes) {
        let refused = refused.contains(&line);
        match route.gateway {
            // Linux looks at the longest match for an IPv6 gateway, and at nothing behind it.
            Some(gateway) if refused && table.is_on_link(gateway, route.interface) => {
                assert_eq!(A::BITS, 128, "{}", lines[line - 1]);
                let mut walk = table.table().walk(gateway).filter_map(|(_, route)| route);
                assert!(walk.any(|route| route.gateway.is_some()), "{}", lines[line - 1]);
            }
            _ => {
                let inserted = table.insert(*prefix, *route);
                assert_eq!(inserted.is_err(), refused, "seed {seed}: {}", lines[line - 1]);
            }
        }
        off_link += usize::from(refused);
    }

    let mut addresses: BTreeSet<A> =
        (1..=INTERFACES).map(|interface| A::own(interface).0).collect();
    for (prefix, _) in table.iter() {
        let bits = prefix.network().to_left_bits();
        let unit = 1_u128 << (128 - A::BITS);
        let last = bits | u128::MAX.checked_shr(prefix.length().into()).unwrap_or(0);
        let ends = [bits, last, bits.wrapping_sub(unit), last.wrapping_add(unit)];
        addresses.extend(ends.map(A::from_left_bits));
    }
    let prefixes: Vec<_> = table.iter().map(|(prefix, _)| prefix).collect();
    while addresses.len() < LOOKUPS {
        let prefix = prefixes[random.below(prefixes.len() as u64) as usize];
        addresses.insert(random.within(prefix));
        addresses.insert(random.anywhere());
    }
    addresses.retain(|address| A::comparable(*address));
    let addresses: Vec<A> = addresses.into_iter().collect();
    let kernel = ask(&lab, &format!("get-{seed}"), &addresses);
    for address in &addresses {
        let ours = our_answer(&table, *address);
        assert_eq!(kernel.get(address), ours.as_ref(), "seed {seed}: {address}");
    }
    let gateways = kernel.values().filter(|answer| answer.starts_with("via")).count();
    [addresses.len(), kernel.len(), gateways, off_link]
}

fn agrees_on_all<A: Version>() {
    within(LIMIT, "the kernel's answers", || {
        let mut sum = [0; 4];
        for seed in 0..TABLES {
            let counts = agrees::<A>(seed);
            sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
        }
        let [asked, reachable, through_gateways, off_link] = sum;
        println!(
            "{asked} addresses, {reachable} with a route, {through_gateways} of them through a \
             gateway; {off_link} routes refused"
        );
        assert!(through_gateways > asked / 5 && reachable - through_gateways > asked / 10);
        assert!(off_link > 0);
    });
}

#[test]
#[ignore = "needs ip, as root or with user namespaces: ci/setup.sh"]
fn ipv4_next_hops_are_the_kernels() {
    agrees_on_all::<Ipv4Addr>();
}

#[test]
#[ignore = "needs ip, as root or with user namespaces: ci/setup.sh"]
fn ipv6_next_hops_are_the_kernels() {
    agrees_on_all::<Ipv6Addr>();
}
