//! Hosts and routers on links in memory.

#![allow(dead_code)] // each test file uses a part of it

use std::net::IpAddr;
use std::time::Duration;

use addresses::Mac;
use link_and_ip::Stack;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::link::network::Network;
use link_and_ip::stack::{Config, Event, Interface};

pub(crate) const MTU: usize = 1500;

pub(crate) fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

pub(crate) fn ip(text: &str) -> IpAddr {
    text.parse().expect("an address")
}

pub(crate) fn ms(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}

pub(crate) fn interface(last: u8, mtu: usize, addresses: &[&str]) -> Interface {
    let parse = |text: &&str| {
        let (address, length) = text.split_once('/').expect("a prefix");
        (ip(address), length.parse().expect("a length"))
    };
    Interface { mac: mac(last), mtu, addresses: addresses.iter().map(parse).collect() }
}

pub(crate) fn stack(config: Config, interfaces: &[Interface]) -> Stack {
    let mut stack = Stack::new(config);
    for interface in interfaces {
        stack.add_interface(interface).expect("a good interface");
    }
    stack
}

pub(crate) fn host(last: u8, addresses: &[&str]) -> Stack {
    let config = Config { seed: last.into(), ..Config::default() };
    stack(config, &[interface(last, MTU, addresses)])
}

/// Two hosts on one link: `192.0.2.1` and `2001:db8::1`, and the same with a 2.
pub(crate) fn pair(conditions: Conditions, seed: u64) -> Network<Stack> {
    let nodes =
        [1, 2].map(|n| host(n, &[&format!("192.0.2.{n}/24"), &format!("2001:db8::{n}/64")]));
    Network::pair(nodes, Memory::hub(2, conditions, seed))
}

/// Alice on `192.0.2.0/25`, a router, Bob on `192.0.2.128/25`; `2001:db8:a::/64` and
/// `2001:db8:b::/64`.
/// Bob's link takes packets of `mtu` bytes.
pub(crate) fn routed(mtu: usize) -> Network<Stack> {
    let mut alice = host(1, &["192.0.2.1/25", "2001:db8:a::1/64"]);
    let mut bob =
        stack(Config::default(), &[interface(2, mtu, &["192.0.2.130/25", "2001:db8:b::2/64"])]);
    let router = stack(
        Config::router(),
        &[
            interface(0xa, MTU, &["192.0.2.126/25", "2001:db8:a::ff/64"]),
            interface(0xb, mtu, &["192.0.2.254/25", "2001:db8:b::ff/64"]),
        ],
    );
    for (host, v4, v6) in
        [(&mut alice, "192.0.2.126", "2001:db8:a::ff"), (&mut bob, "192.0.2.254", "2001:db8:b::ff")]
    {
        host.add_route(ip("0.0.0.0"), 0, ip(v4)).expect("a neighbor");
        host.add_route(ip("::"), 0, ip(v6)).expect("a neighbor");
    }
    let mut network = Network::default();
    let links = [(); 2].map(|()| network.add_link(Memory::hub(2, Conditions::default(), 1)));
    for node in [alice, router, bob] {
        network.add_node(node);
    }
    network.connect(ALICE, 0, links[0], 0);
    network.connect(ROUTER, 0, links[0], 1);
    network.connect(ROUTER, 1, links[1], 0);
    network.connect(BOB, 0, links[1], 1);
    network
}

pub(crate) const ALICE: usize = 0;
pub(crate) const ROUTER: usize = 1;
pub(crate) const BOB: usize = 2;

pub(crate) fn events(stack: &mut Stack) -> Vec<Event> {
    std::iter::from_fn(|| stack.next_event()).collect()
}

pub(crate) fn frames(stack: &mut Stack) -> Vec<Vec<u8>> {
    std::iter::from_fn(|| stack.next_frame()).map(|(_, frame)| frame).collect()
}

pub(crate) fn check(stack: &Stack) {
    let counters = stack.counters();
    assert!(counters.adds_up(), "{counters:#?}");
}
