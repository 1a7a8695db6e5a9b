//! Tables.

use std::fmt::Display;
use std::io::{Result as IoResult, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use addresses::prefix::Interface;
use addresses::special::{
    Embedding, Entry, IPV4, IPV6, embedded, is_global, lookup, multicast_scope,
};
use addresses::text::{Zoned, parse_v4};
use addresses::{Address, Prefix, eui64};
use anyhow::Result;

use crate::refusal::Refusal;

fn yes_no(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

fn row(out: &mut impl Write, label: &str, value: impl Display) -> IoResult<()> {
    writeln!(out, "{label:<10} {value}")
}

/// What `text` is: an address, with a zone or a prefix length if it has one.
pub(crate) fn describe(out: &mut impl Write, text: &str) -> Result<()> {
    match (text.contains('/'), text.contains(':')) {
        (true, true) => {
            let interface: Interface<Ipv6Addr> =
                text.parse().map_err(|error| Refusal::prefix(text, &error))?;
            describe_v6(out, interface.address())?;
            describe_prefix(out, interface.prefix())?;
        }
        (true, false) => {
            let interface: Interface<Ipv4Addr> =
                text.parse().map_err(|error| Refusal::prefix(text, &error))?;
            describe_v4(out, interface.address(), interface.prefix().length())?;
            describe_prefix(out, interface.prefix())?;
            describe_hosts(out, interface.prefix())?;
        }
        (false, true) => {
            let zoned: Zoned = text.parse().map_err(|error| Refusal::address(text, &error))?;
            describe_v6(out, zoned.address)?;
            if zoned.needs_zone() {
                row(out, "zone", "none: without one it may be on any link")?;
            }
            if let Some(zone) = &zoned.zone {
                row(out, "zone", zone.as_str())?;
            }
        }
        (false, false) => {
            let address = parse_v4(text).map_err(|error| Refusal::address(text, &error))?;
            describe_v4(out, address, 32)?;
        }
    }
    Ok(())
}

fn describe_v4(out: &mut impl Write, address: Ipv4Addr, length: u8) -> IoResult<()> {
    row(out, "address", address)?;
    row(out, "bits", bits(address, length))?;
    describe_kind(out, address.into())
}

/// The 32 bits of an address, with a bar after the first `length`.
fn bits(address: Ipv4Addr, length: u8) -> String {
    let mut text = String::new();
    for at in 0..32 {
        if at == length && at > 0 {
            text.push('|');
        } else if at % 8 == 0 && at > 0 {
            text.push('.');
        }
        text.push(if address.to_bits() << at >> 31 == 1 { '1' } else { '0' });
    }
    text
}

fn describe_v6(out: &mut impl Write, address: Ipv6Addr) -> IoResult<()> {
    row(out, "address", address)?;
    let full = address.segments().map(|group| format!("{group:04x}")).join(":");
    row(out, "in full", full)?;
    describe_kind(out, address.into())?;
    if let Some(mac) = eui64::mac(address) {
        row(out, "MAC", format_args!("{mac}, if the identifier was made from one"))?;
    }
    Ok(())
}

fn describe_kind(out: &mut impl Write, address: IpAddr) -> IoResult<()> {
    match lookup(address) {
        Some(entry) => {
            row(out, "block", format_args!("{} ({})", entry.prefix(), entry.rfc()))?;
            row(out, "", entry.name())
        }
        None if is_global(address) => row(out, "block", "none special: public"),
        None => row(out, "block", "none special, and not assigned to anyone"),
    }
}

fn describe_prefix<A: Address>(out: &mut impl Write, prefix: Prefix<A>) -> IoResult<()> {
    row(out, "network", prefix)?;
    row(out, "netmask", prefix.netmask())?;
    row(out, "hostmask", prefix.hostmask())?;
    row(out, "first", prefix.network())?;
    row(out, "last", prefix.last())?;
    match prefix.size() {
        Some(size) => row(out, "size", format_args!("{size} = 2^{}", prefix.host_bits())),
        None => row(out, "size", "2^128"),
    }
}

/// In IPv4 the lowest and the highest address are not given to hosts, except where there are but
/// two of them (RFC 3021) or one.
fn describe_hosts(out: &mut impl Write, prefix: Prefix<Ipv4Addr>) -> IoResult<()> {
    let (first, last) = (prefix.network().to_bits(), prefix.last().to_bits());
    let (first, last) = if prefix.length() < 31 {
        row(out, "broadcast", prefix.last())?;
        (first + 1, last - 1)
    } else {
        (first, last)
    };
    let count = u64::from(last - first) + 1;
    let (first, last) = (Ipv4Addr::from_bits(first), Ipv4Addr::from_bits(last));
    row(out, "hosts", format_args!("{count}, from {first} to {last}"))
}

/// What the registries say about an address.
/// All rows of both registries.
pub(crate) fn registries(out: &mut impl Write) -> IoResult<()> {
    let rows = IPV4.iter().map(Entry::V4).chain(IPV6.iter().map(Entry::V6));
    for entry in rows {
        writeln!(out, "{:<19} {} ({})", entry.prefix(), entry.name(), entry.rfc())?;
    }
    Ok(())
}

/// What the registries say, in a line.
pub(crate) fn special_line(out: &mut impl Write, address: IpAddr) -> Result<()> {
    let reach = if is_global(address) { "global" } else { "not global" };
    let name = lookup(address).map_or("nothing special", Entry::name);
    Ok(writeln!(out, "{address:<16} {reach:<11} {name}", address = address.to_string())?)
}

pub(crate) fn special(out: &mut impl Write, address: IpAddr) -> IoResult<()> {
    let mut row = |label: &str, value: &dyn Display| writeln!(out, "{label:<21} {value}");
    row("address", &address)?;
    if let Some(entry) = lookup(address) {
        row("block", &entry.prefix())?;
        row("name", &entry.name())?;
        row("defined in", &entry.rfc())?;
        if let Some(columns) = entry.columns() {
            row("source", &yes_no(columns.source))?;
            row("destination", &yes_no(columns.destination))?;
            row("forwardable", &yes_no(columns.forwardable))?;
            row("globally reachable", &columns.globally_reachable.map_or("N/A", yes_no))?;
            row("reserved by protocol", &yes_no(columns.reserved_by_protocol))?;
        }
    } else {
        row("block", &"none: nothing is special about it")?;
    }
    if let IpAddr::V6(address) = address {
        if let Some(scope) = multicast_scope(address) {
            row("multicast scope", &scope)?;
        }
        if let Some((embedding, inside)) = embedded(address) {
            let how = match embedding {
                Embedding::Mapped => "mapped",
                Embedding::Nat64 => "NAT64",
                Embedding::SixToFour => "6to4",
            };
            row("stands for", &format_args!("{inside} ({how})"))?;
        }
    }
    row("global", &yes_no(is_global(address)))
}
