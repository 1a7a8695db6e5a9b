//! From arguments to a stack that runs on TAP devices.

use std::fs;
use std::io::{self, PipeReader};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use link_and_ip::Stack;
use link_and_ip::link::tap::{Driver, Tap};
use link_and_ip::neighbor::Trust;
use link_and_ip::stack::{Config, Interface};

use crate::arguments::{Card, StackArguments, TrustArgument};

/// A stack with its cards plugged in.
pub(crate) struct Plugged {
    pub(crate) stack: Stack,
    pub(crate) driver: Driver,
    /// The name of each interface, by its number.
    pub(crate) names: Vec<String>,
}

/// Makes the stack, and attaches its interfaces to their TAP devices.
pub(crate) fn plug_in(arguments: &StackArguments, mut config: Config) -> anyhow::Result<Plugged> {
    config.neighbors.trust = match arguments.trust {
        TrustArgument::Verify => Trust::Verify,
        TrustArgument::Any => Trust::Any,
    };
    // Whoever knows the seed knows our identifications. The errors' limit stays regular, so that it can
    // be counted; `Limiter` says what that gives away.
    config.seed = getrandom::u64()?;
    let mut stack = Stack::new(config);
    let mut taps = Vec::new();
    for card in &arguments.cards {
        let Card { mac, mtu, ref addresses, .. } = *card;
        let interface = Interface { mac, mtu, addresses: addresses.clone() };
        let number = stack.add_interface(&interface).with_context(|| card.tap.clone())?;
        taps.push((number, Tap::open(&card.tap)?));
    }
    for &gateway in &arguments.gateways {
        let everything = if gateway.is_ipv4() { "0.0.0.0" } else { "::" };
        stack.add_route(everything.parse()?, 0, gateway).context("--gateway")?;
    }
    for route in &arguments.routes {
        stack.add_route(route.destination, route.length, route.gateway).context("--route")?;
    }
    for card in &arguments.cards {
        settle(&card.tap);
    }
    let names = arguments.cards.iter().map(|card| card.tap.clone()).collect();
    Ok(Plugged { stack, driver: Driver::new(taps), names })
}

/// Waits until the kernel has noticed that the cable is plugged in: until then a switch drops what
/// we send. It takes some milliseconds, and has no end if the interface is down, so neither is
/// waited for long, nor is it an error.
pub(crate) fn settle(name: &str) {
    const STEP: Duration = Duration::from_millis(2);
    let read = |file| fs::read_to_string(format!("/sys/class/net/{name}/{file}"));
    let flags = read("flags").unwrap_or_default();
    let flags = u32::from_str_radix(flags.trim().trim_start_matches("0x"), 16).unwrap_or(0);
    let is_set_up = flags & 1 == 1; // IFF_UP
    for _ in 0..250 {
        let plugged = read("operstate").map_or(true, |state| state.trim() != "down");
        // 3 is "forwarding"; what is no switch's port has no such file.
        let forwarding = read("brport/state").map_or(true, |state| state.trim() == "3");
        if !is_set_up || plugged && forwarding {
            break;
        }
        thread::sleep(STEP);
    }
}

/// A pipe that is closed at the first Ctrl-C or SIGTERM. A second one ends the program at once.
pub(crate) fn until_signal() -> io::Result<PipeReader> {
    let (reader, writer) = io::pipe()?;
    let mut writer = Some(writer);
    let result = ctrlc::set_handler(move || {
        if writer.take().is_none() {
            std::process::exit(130);
        }
    });
    if let Err(error) = result {
        // The handler is gone and took the writer with it: without a signal nothing would end us.
        return Err(io::Error::other(error));
    }
    Ok(reader)
}
