//! `tapstack demo`: two hosts and a link in memory. Time is made up, so it takes none.

use std::fs::File;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::process::ExitCode;
use std::time::Duration;

use addresses::Mac;
use anyhow::Context;
use link_and_ip::Stack;
use link_and_ip::link::Node;
use link_and_ip::link::memory::{Conditions, Memory, Tap};
use link_and_ip::link::network::Network;
use link_and_ip::stack::{Config, Event, Interface, InterfaceId};

use crate::arguments::{DEFAULT_MTU, DemoArguments};
use crate::{report, say, summary};

/// How long a frame is on its way.
const DELAY: Duration = Duration::from_millis(1);

/// From one echo request to the next, and how long the last answer may take.
const INTERVAL: Duration = Duration::from_secs(1);

const NAMES: [&str; 2] = ["anna", "bert"];

/// A host whose frames are printed.
struct Watched {
    name: &'static str,
    stack: Stack,
    /// When it was last told.
    now: Duration,
}

impl Watched {
    fn new(index: u8) -> anyhow::Result<Self> {
        let mut stack = Stack::new(Config::default());
        stack.add_interface(&Interface {
            mac: Mac([2, 0, 0, 0, 0, index + 1]),
            mtu: DEFAULT_MTU,
            addresses: vec![(address(index, false), 24), (address(index, true), 64)],
        })?;
        Ok(Self { name: NAMES[usize::from(index)], stack, now: Duration::ZERO })
    }

    fn print(&self, way: &str, frame: &[u8]) {
        say(&format!(
            "{:>5} ms  {} {way} {}",
            self.now.as_millis(),
            self.name,
            summary::line(frame)
        ));
    }
}

/// 192.0.2.1, 192.0.2.2, and the same in `2001:db8::/64`.
fn address(index: u8, ipv6: bool) -> IpAddr {
    if ipv6 {
        Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, u16::from(index) + 1).into()
    } else {
        Ipv4Addr::new(192, 0, 2, index + 1).into()
    }
}

impl Node for Watched {
    fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration) {
        self.now = now;
        self.print("in ", frame);
        self.stack.receive(interface, frame, now);
    }

    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        let next = self.stack.next_frame();
        if let Some((_, frame)) = &next {
            self.print("out", frame);
        }
        next
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        self.stack.recycle(frame);
    }

    fn deadline(&self) -> Option<Duration> {
        self.stack.deadline()
    }

    fn handle_timeout(&mut self, now: Duration) {
        self.now = now;
        self.stack.handle_timeout(now);
    }
}

pub(crate) fn run(arguments: &DemoArguments) -> anyhow::Result<ExitCode> {
    let conditions = Conditions {
        loss: f64::from(arguments.loss) / 100.0,
        delay: DELAY,
        ..Conditions::default()
    };
    let mut link = Memory::hub(2, conditions, arguments.seed);
    if let Some(path) = &arguments.pcap {
        let advice = || format!("cannot write {}; choose another --pcap", path.display());
        let file = File::create(path).with_context(advice)?;
        link.record(Tap::Sent, file).with_context(advice)?;
    }
    let mut network = Network::pair([Watched::new(0)?, Watched::new(1)?], link);
    let mut answered = 0;
    for sequence in 1..=arguments.count {
        let now = network.now();
        let anna = &mut network.nodes[0];
        anna.now = now;
        anna.stack.ping(address(1, arguments.ipv6), 1, sequence, b"How are you?", now)?;
        network.run_until(now + INTERVAL, |network| {
            answered += answers(&mut network.nodes[0]);
            false
        })?;
    }
    say(&format!("{} sent, {answered} answered", arguments.count));
    for node in &network.nodes {
        say(&format!("{}:", node.name));
        report::counters(&node.stack);
        report::neighbors(&node.stack, &["link".to_owned()], network.now());
    }
    network.links[0].finish_recording().context("cannot write the capture to its end")?;
    Ok(ExitCode::SUCCESS)
}

/// Prints what a host was told, and counts the answers.
fn answers(node: &mut Watched) -> u16 {
    let mut answers = 0;
    while let Some(event) = node.stack.next_event() {
        say(&format!("          {}: {}", node.name, summary::event(&event)));
        answers += u16::from(matches!(event, Event::EchoReply { .. }));
    }
    answers
}
