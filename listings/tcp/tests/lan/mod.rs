//! Two hosts on a link in memory.

#![allow(dead_code)]

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use addresses::Mac;
use link_and_ip::Stack;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::link::network::Network;
use link_and_ip::stack::{Config as StackConfig, Interface};
use tcp::connection::{Error, State};
use tcp::host::{Config, ConnectionId, Host, ListenerId};

pub(crate) const CLIENT: usize = 0;
pub(crate) const SERVER: usize = 1;

pub(crate) const fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Later than anything that a test waits for.
pub(crate) const END: Duration = Duration::from_secs(24 * 3600);

pub(crate) fn mac(last: u8) -> Mac {
    Mac([2, 0, 0, 0, 0, last])
}

pub(crate) fn address(last: u8) -> IpAddr {
    IpAddr::from([192, 0, 2, last])
}

pub(crate) fn server_at(port: u16) -> SocketAddr {
    SocketAddr::new(address(2), port)
}

/// A host at 192.0.2.`last`, which knows its neighbor: these tests are not about ARP.
pub(crate) fn host(last: u8, config: &Config) -> Host {
    let mut stack = Stack::new(StackConfig::default());
    let addresses = vec![
        (address(last), 24),
        (IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(last)]), 64),
    ];
    stack.add_interface(&Interface { mac: mac(last), mtu: 1500, addresses }).expect("an interface");
    for other in [1, 2].into_iter().filter(|other| *other != last) {
        assert!(stack.set_neighbor(0, address(other), mac(other)));
    }
    let secret = [config.secret[0] ^ u64::from(last), config.secret[1]];
    Host::new(stack, Config { secret, ..config.clone() })
}

pub(crate) fn pair(config: &Config, conditions: Conditions, seed: u64) -> Network<Host> {
    let link = Memory::hub(2, conditions, seed);
    Network::pair([host(1, config), host(2, config)], link)
}

/// A connection from the client to a listener of the server, which has accepted it.
pub(crate) fn connected(
    net: &mut Network<Host>,
    port: u16,
) -> (ConnectionId, ConnectionId, ListenerId) {
    let listener = net.nodes[SERVER].listen(server_at(port), 8).expect("a free port");
    let (client, server) = connect_to(net, port, listener);
    (client, server, listener)
}

pub(crate) fn connect_to(
    net: &mut Network<Host>,
    port: u16,
    listener: ListenerId,
) -> (ConnectionId, ConnectionId) {
    let now = net.now();
    let client = net.nodes[CLIENT].connect(server_at(port), now).expect("a way");
    let mut server = None;
    let open = net.run_until(now + Duration::from_secs(300), |net| {
        server = server.or_else(|| net.nodes[SERVER].accept(listener));
        server.is_some() && net.nodes[CLIENT].state(client) == Some(State::Established)
    });
    assert_eq!(open, Ok(true));
    (client, server.expect("accepted"))
}

/// Reads all that is there; `true` at the end.
pub(crate) fn drain(host: &mut Host, id: ConnectionId, into: &mut Vec<u8>, now: Duration) -> bool {
    let mut buffer = [0; 4096];
    loop {
        match host.read(id, &mut buffer, now) {
            Ok(0) => return true,
            Ok(count) => into.extend_from_slice(&buffer[..count]),
            Err(Error::WouldBlock) => return false,
            Err(error) => panic!("read: {error}"),
        }
    }
}

pub(crate) fn state(net: &Network<Host>, node: usize, id: ConnectionId) -> Option<State> {
    net.nodes[node].state(id)
}

/// Lets `span` pass.
pub(crate) fn pass(net: &mut Network<Host>, span: Duration) {
    net.run(net.now() + span).expect("time passes");
}
