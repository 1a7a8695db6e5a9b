//! Ten datagrams over a link that loses, doubles and holds back some of them: `bad_path [SEED]`.
//!
//! Both ends are our own UDP, the link is in memory, and the seed decides what happens on it.

use std::time::Duration;

use addresses::Mac;
use anyhow::Context;
use link_and_ip::link::memory::{Conditions, Memory};
use link_and_ip::link::network::Network;
use link_and_ip::stack::{Config, Interface, Stack};
use udp_dns::udp::{Endpoint, SocketId};

const MILLISECOND: Duration = Duration::from_millis(1);
const PORT: u16 = 4000;

fn main() -> anyhow::Result<()> {
    let seed = std::env::args().nth(1).map_or(Ok(1), |seed| seed.parse());
    let seed = seed.context("the seed is a number")?;
    let link = Memory::hub(2, Conditions::default(), seed);
    let mut net = Network::pair([endpoint(1)?, endpoint(2)?], link);
    let a = net.nodes[0].bind(None, 0)?;
    let b = net.nodes[1].bind(None, PORT)?;
    // The first one asks who has the address (ARP). What comes then is about UDP alone.
    send(&mut net, a, "hello")?;
    net.nodes[1].recv_from(b).context("a perfect link")?;

    net.links[0].set_conditions(conditions());
    let numbers: Vec<String> = (1..=10).map(|number| number.to_string()).collect();
    let received = trial(&mut net, a, b, &numbers)?;
    println!("sent      {}", numbers.join(" "));
    println!("received  {}", received.join(" "));
    Ok(())
}

fn endpoint(last: u8) -> anyhow::Result<Endpoint> {
    let mut stack = Stack::new(Config::default());
    let addresses = vec![([192, 0, 2, last].into(), 24)];
    stack.add_interface(&Interface { mac: Mac([2, 0, 0, 0, 0, last]), mtu: 1500, addresses })?;
    Ok(Endpoint::new(stack, || 0x8000))
}

// ANCHOR: trial
fn conditions() -> Conditions {
    Conditions {
        loss: 0.1,
        duplicate: 0.1,
        reorder: 0.2,
        delay: 5 * MILLISECOND,
        held_back: 5 * MILLISECOND,
        ..Conditions::default()
    }
}

/// Sends one datagram a millisecond, and gives what arrives in the order in which it does.
fn trial(
    net: &mut Network<Endpoint>,
    a: SocketId,
    b: SocketId,
    texts: &[String],
) -> anyhow::Result<Vec<String>> {
    for text in texts {
        send(net, a, text)?; // Ok, each time
    }
    net.run(net.now() + 100 * MILLISECOND)?;
    let received = std::iter::from_fn(|| net.nodes[1].recv_from(b));
    Ok(received.map(|datagram| String::from_utf8_lossy(&datagram.data).into_owned()).collect())
}
// ANCHOR_END: trial

fn send(net: &mut Network<Endpoint>, a: SocketId, text: &str) -> anyhow::Result<()> {
    let now = net.now();
    net.nodes[0].send_to(a, text.as_bytes(), ([192, 0, 2, 2], PORT).into(), now)?;
    net.run(now + MILLISECOND)?;
    Ok(())
}
