//! `tapstack arp`: one question to everyone, without a stack.

use std::process::ExitCode;
use std::time::{Duration, Instant};

use addresses::Mac;
use link_and_ip::link::tap::{MAX_FRAME, Tap};
use link_and_ip::wire::arp::{Operation, Packet};
use link_and_ip::wire::ethernet::{EtherType, Frame, Header};

use crate::arguments::ArpArguments;
use crate::setup::settle;
use crate::{complain, say};

/// "Who has `target`? Tell `address`", to everyone on the link.
fn request(arguments: &ArpArguments) -> Vec<u8> {
    let mut frame = Vec::new();
    let (destination, source) = (Mac::BROADCAST, arguments.mac);
    Header { destination, source, ether_type: EtherType::ARP }.write(&mut frame);
    let packet = Packet {
        operation: Operation::Request,
        sender_mac: arguments.mac,
        sender_ip: arguments.address,
        target_mac: Mac([0; 6]), // this is what we ask
        target_ip: arguments.target,
    };
    packet.write(&mut frame);
    frame
}

/// Whether a frame is an answer, and what it says.
fn reply(frame: &[u8], arguments: &ArpArguments) -> Option<Mac> {
    let frame = Frame::parse(frame).ok().filter(|frame| frame.ether_type() == EtherType::ARP)?;
    let packet = Packet::parse(frame.payload()).ok()?;
    let answers = packet.operation == Operation::Reply && packet.sender_ip == arguments.target;
    answers.then_some(packet.sender_mac)
}

pub(crate) fn run(arguments: &ArpArguments) -> anyhow::Result<ExitCode> {
    let tap = Tap::open(&arguments.tap)?;
    settle(tap.name());
    let end = Instant::now() + Duration::from_millis(arguments.wait);
    if !tap.send(&request(arguments))? {
        complain(&format!("{0} is down: ip link set {0} up", tap.name()));
        return Ok(ExitCode::FAILURE);
    }
    let mut buffer = vec![0; MAX_FRAME];
    let mut answers = 0;
    loop {
        while let Some(length) = tap.receive(&mut buffer)? {
            if let Some(mac) = reply(&buffer[..length], arguments) {
                say(&format!("{} is at {mac}", arguments.target));
                answers += 1;
            }
        }
        if !tap.wait(end.saturating_duration_since(Instant::now()))? {
            break;
        }
    }
    if answers == 0 {
        say(&format!("nobody has {}", arguments.target));
        return Ok(ExitCode::FAILURE);
    }
    Ok(ExitCode::SUCCESS)
}
