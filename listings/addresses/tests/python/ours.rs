//! The answers of this crate, in Python's words, and what a difference is called.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use addresses::aggregate::{aggregate, exclude, range};
use addresses::prefix::{Interface, netmask_length};
use addresses::special::{is_global, lookup};
use addresses::text::zone::is_scoped;
use addresses::text::{Zoned, inet_aton, parse, parse_v6};
use addresses::{Address, Prefix};

const SHOWN: usize = 4;

pub(crate) fn answer(question: &str) -> String {
    let fields: Vec<&str> = question.split('\t').collect();
    let is_v6 = fields[1].contains(':');
    let answer =
        if is_v6 { of_prefix::<Ipv6Addr>(&fields) } else { of_prefix::<Ipv4Addr>(&fields) };
    answer.or_else(|| of_address(&fields)).unwrap_or_else(|| "error".into()).to_lowercase()
}

fn of_address(fields: &[&str]) -> Option<String> {
    match *fields {
        ["address", text] if text.contains('%') => zoned(text),
        ["address", text] => Some(parse(text).ok()?.to_string()),
        ["zone", text] => zoned(text),
        ["inet_aton", text] => Some(inet_aton(text)?.to_string()),
        ["global", text] => Some(is_global(parse(text).ok()?).to_string()),
        ["kind", text] => {
            let address = parse(text).ok()?;
            let name = lookup(address).map_or("", |row| row.name());
            let named = |names: &[&str]| names.iter().any(|start| name.starts_with(start));
            let unspecified = ["\"This host", "Unspecified"];
            let link = ["Link Local", "Link-Local"];
            Some(format!(
                "{} {} {} {}",
                named(&unspecified),
                named(&["Loopback"]),
                named(&link),
                named(&["Multicast"])
            ))
        }
        _ => None,
    }
}

fn zoned(text: &str) -> Option<String> {
    Some(text.parse::<Zoned>().ok()?.to_string())
}

fn of_prefix<A: Address>(fields: &[&str]) -> Option<String> {
    let prefix = |text: &str| text.parse::<Prefix<A>>().ok();
    match *fields {
        ["network", text] => Some(prefix(text)?.to_string()),
        ["interface", text] => {
            let interface: Interface<A> = text.parse().ok()?;
            Some(format!("{interface} {}", interface.prefix()))
        }
        ["facts", text] => {
            let prefix = prefix(text)?;
            let size =
                prefix.size().map_or((u128::MAX).to_string() + "+1", |size| size.to_string());
            let size = size.replace(&(u128::MAX.to_string() + "+1"), TWO_TO_THE_128);
            let (first, last) = (prefix.network(), prefix.last());
            Some(format!("{first} {last} {} {} {size}", prefix.netmask(), prefix.hostmask()))
        }
        ["subnets", text, length] => {
            let mut parts = prefix(text)?.subnets(length.parse().ok()?)?;
            let size = parts.count_left().map_or(TWO_TO_THE_128.into(), |size| size.to_string());
            Some(format!("{} of {size}", join(parts.by_ref().take(SHOWN))))
        }
        ["supernet", text, length] => {
            Some(prefix(text)?.supernet(length.parse().ok()?)?.to_string())
        }
        ["in", text, address] => {
            let address = parse(address).ok()?;
            let same = matches!(address, IpAddr::V4(_)) == (A::BITS == 32);
            let inside = |address: &IpAddr| {
                A::parse(&address.to_string())
                    .is_ok_and(|a| prefix(text).is_some_and(|p| p.contains(a)))
            };
            Some((same && inside(&address)).to_string())
        }
        ["overlaps", one, other] => Some(prefix(one)?.overlaps(prefix(other)?).to_string()),
        ["exclude", whole, hole] => {
            let (whole, hole) = (prefix(whole)?, prefix(hole)?);
            whole.covers(hole).then(|| join(exclude(whole, hole)))
        }
        ["collapse", ref texts @ ..] => {
            let prefixes: Option<Vec<_>> = texts.iter().map(|text| prefix(text)).collect();
            Some(join(aggregate(prefixes?)))
        }
        ["range", first, last] => {
            let (first, last) = (A::parse(first).ok()?, A::parse(last).ok()?);
            (first <= last).then(|| join(range(first, last)))
        }
        _ => None,
    }
}

const TWO_TO_THE_128: &str = "340282366920938463463374607431768211456";

fn join<A: Address>(prefixes: impl IntoIterator<Item = Prefix<A>>) -> String {
    prefixes.into_iter().map(|prefix| prefix.to_string()).collect::<Vec<_>>().join(" ")
}

/// The name that a difference has in the table, or `None` if it is no deliberate one.
///
/// Each name has its own condition, which looks at the question first: an answer that is wrong by
/// accident must not pass for one that differs by intention.
pub(crate) fn difference(question: &str, ours: &str, theirs: &str) -> Option<String> {
    let fields: Vec<&str> = question.split('\t').collect();
    let refused = ours == "error" && theirs != "error";
    let name = match *fields {
        _ if without_mixed(ours) == without_mixed(theirs) => "mapped-text",
        ["global", text] => return Some(format!("global {}", global(text)?)),
        ["address" | "zone", text] if refused => match text.split_once('%')? {
            (address, zone) if parse_v6(address).is_ok() => {
                if !is_scoped(parse_v6(address).ok()?) {
                    "zone-global"
                } else if zone.len() > 15 {
                    "zone-long"
                } else {
                    zone.contains(|c: char| !c.is_ascii_graphic() || "[]:".contains(c))
                        .then_some("zone-characters")?
                }
            }
            _ => return None,
        },
        ["network" | "interface", text] if refused => match text.split_once('/') {
            None if text.contains('%') => "zone-prefix",
            None if parse(text).is_ok() => "length-missing",
            Some((address, _)) if address.contains('%') => "zone-prefix",
            Some((_, back)) if back.len() > 1 && back.starts_with('0') && !back.contains('.') => {
                "length-zeros"
            }
            Some((_, back)) => {
                let mask: Ipv4Addr = back.parse().ok()?;
                netmask_length(Ipv4Addr::from_bits(!mask.to_bits())).map(|_| "hostmask")?
            }
            None => return None,
        },
        ["kind", text] if parse_v6(text).is_ok_and(|v6| v6.to_ipv4_mapped().is_some()) => {
            "mapped-kind"
        }
        ["subnets", text, _] if refused && (text.ends_with("/32") || text.ends_with("/128")) => {
            "subnets-of-one"
        }
        ["supernet", text, _] if refused && text.ends_with("/0") => "supernet-of-all",
        _ => return None,
    };
    Some(name.into())
}

/// Why the judges may say different things of an address' reach: the block it is in.
fn global(text: &str) -> Option<String> {
    let address = parse(text).ok()?;
    Some(match lookup(address) {
        Some(row) if row.name().starts_with("Multicast") => "multicast".into(),
        Some(row) => row.prefix(),
        None => "unassigned".into(),
    })
}

/// `text` with IPv4-mapped addresses as Python prints them before 3.13: all in groups.
fn without_mixed(text: &str) -> String {
    let one = |word: &str| {
        let (address, rest) = word.split_once('/').map_or((word, None), |(a, b)| (a, Some(b)));
        let address = match address.split_once('%').map_or(address, |(a, _)| a).parse::<Ipv6Addr>()
        {
            Ok(v6) if v6.to_ipv4_mapped().is_some() => {
                let [.., high, low] = v6.segments();
                format!("::ffff:{high:x}:{low:x}")
            }
            _ => address.to_owned(),
        };
        rest.map_or(address.clone(), |rest| format!("{address}/{rest}"))
    };
    text.split(' ').map(one).collect::<Vec<_>>().join(" ")
}
