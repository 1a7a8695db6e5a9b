//! `tapstack ping`: asks, and waits for the answers.

use std::net::IpAddr;
use std::ops::ControlFlow;
use std::process::ExitCode;
use std::time::Duration;

use link_and_ip::Stack;
use link_and_ip::link::tap::{Direction, Owner};
use link_and_ip::stack::{Config, DeliveryError, Echo, Event, InterfaceId};

use crate::arguments::{PingArguments, milliseconds};
use crate::host::Screen;
use crate::setup::{Plugged, plug_in, until_signal};
use crate::{say, summary};

/// Tells our echoes from those of another program on this address.
const IDENTIFIER: u16 = 0x7461;

/// One request after the other; the next one follows the answer at once.
struct Pinger<'a> {
    screen: Screen,
    arguments: &'a PingArguments,
    data: Vec<u8>,
    sent: u16,
    answered: u16,
    /// When we stop waiting for the request that is out.
    give_up: Option<Duration>,
}

impl Owner<Stack> for Pinger<'_> {
    fn turn(&mut self, stack: &mut Stack, now: Duration) -> ControlFlow<()> {
        while let Some(event) = stack.next_event() {
            self.screen.event(&event);
            self.hear(&event);
        }
        if self.give_up.is_some_and(|deadline| deadline <= now) {
            say(&format!("no answer to {}", self.sent));
            self.give_up = None;
        }
        if self.give_up.is_none() {
            if self.sent == self.arguments.count {
                return ControlFlow::Break(());
            }
            self.ask(stack, now);
        }
        ControlFlow::Continue(())
    }

    fn deadline(&self) -> Option<Duration> {
        Some(self.give_up.unwrap_or(Duration::ZERO))
    }

    fn frame(&mut self, direction: Direction, on: InterfaceId, frame: &[u8], now: Duration) {
        self.screen.frame(direction, on, frame, now);
    }
}

impl Pinger<'_> {
    fn ask(&mut self, stack: &mut Stack, now: Duration) {
        self.sent += 1;
        let echo = Echo {
            to: self.arguments.to,
            identifier: IDENTIFIER,
            sequence: self.sent,
            data: &self.data,
            hop_limit: self.arguments.ttl,
            interface: None,
            dont_fragment: false,
        };
        match stack.echo(&echo, now) {
            Ok(()) => self.give_up = Some(now + milliseconds(self.arguments.wait)),
            Err(error) => say(&format!("not sent: {error}")),
        }
    }

    fn hear(&mut self, event: &Event) {
        match event {
            Event::EchoReply { from, identifier: IDENTIFIER, sequence, data, hops }
                if *sequence == self.sent =>
            {
                let (n, same) = (data.len(), *data == self.data);
                let damage = if same { "" } else { ", but not what we sent" };
                say(&format!(
                    "{n} bytes from {from}: sequence {sequence}, hop limit {hops}{damage}"
                ));
                self.answered += u16::from(same);
                self.give_up = None;
            }
            Event::Error(DeliveryError { reporter, kind, destination, .. })
                if self.is_for(*destination) =>
            {
                say(&format!("from {reporter}: {}", summary::error(*kind)));
                self.give_up = None;
            }
            _ => {}
        }
    }

    fn is_for(&self, destination: IpAddr) -> bool {
        destination == self.arguments.to && self.give_up.is_some()
    }
}

pub(crate) fn run(arguments: &PingArguments) -> anyhow::Result<ExitCode> {
    let Plugged { mut stack, mut driver, names } = plug_in(&arguments.stack, Config::default())?;
    let screen = Screen::new(&arguments.stack, names)?;
    let shutdown = until_signal()?;
    let data = (0..arguments.size).map(|number| number as u8).collect();
    let (sent, answered, give_up) = (0, 0, None);
    let mut pinger = Pinger { screen, arguments, data, sent, answered, give_up };
    driver.run(&mut stack, &mut pinger, shutdown)?;
    say(&format!("{} sent, {} answered", pinger.sent, pinger.answered));
    let all = pinger.answered == arguments.count;
    Ok(if all { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
