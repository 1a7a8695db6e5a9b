//! `tapstack host`: answers until it is told to end.

use std::ops::ControlFlow;
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use anyhow::Context;
use link_and_ip::Stack;
use link_and_ip::link::capture::Capture;
use link_and_ip::link::tap::{Direction, Owner};
use link_and_ip::stack::{Config, Event, InterfaceId};

use crate::arguments::{HostArguments, StackArguments};
use crate::report;
use crate::setup::{Plugged, plug_in, until_signal};
use crate::{complain, say, summary};

/// What stands between the stack and whoever looks on.
pub(crate) struct Screen {
    names: Vec<String>,
    verbose: bool,
    capture: Option<Capture>,
}

impl Screen {
    pub(crate) fn new(arguments: &StackArguments, names: Vec<String>) -> anyhow::Result<Self> {
        let begin = |path: &Path| {
            let advice = || format!("cannot write {}; choose another --pcap", path.display());
            Capture::begin(path).with_context(advice)
        };
        let capture = arguments.pcap.as_deref().map(begin).transpose()?;
        Ok(Self { names, verbose: arguments.verbose, capture })
    }

    /// Records a frame, and prints it if that was asked for.
    pub(crate) fn frame(
        &mut self,
        direction: Direction,
        interface: InterfaceId,
        frame: &[u8],
        now: Duration,
    ) {
        if let Some(capture) = &mut self.capture
            && let Err(error) = capture.frame(frame, now)
        {
            complain(&format!("cannot write the capture any more: {error}; it ends here"));
        }
        if self.verbose {
            let way = if direction == Direction::In { "in " } else { "out" };
            say(&format!("{} {way} {}", self.name(interface), summary::line(frame)));
        }
    }

    pub(crate) fn event(&self, event: &Event) {
        if self.verbose {
            say(&format!("event: {}", summary::event(event)));
        }
    }

    fn name(&self, interface: InterfaceId) -> &str {
        self.names.get(interface as usize).map_or("?", String::as_str)
    }
}

/// Only looks on: all answers are the stack's own.
struct Host {
    screen: Screen,
    replies_left: Option<u64>,
}

impl Owner<Stack> for Host {
    fn turn(&mut self, stack: &mut Stack, _: Duration) -> ControlFlow<()> {
        while let Some(event) = stack.next_event() {
            self.screen.event(&event);
        }
        if self.replies_left == Some(0) {
            ControlFlow::Break(())
        } else {
            ControlFlow::Continue(())
        }
    }

    fn deadline(&self) -> Option<Duration> {
        // The last reply goes out after our turn; then the next turn is due at once.
        (self.replies_left == Some(0)).then_some(Duration::ZERO)
    }

    fn frame(&mut self, direction: Direction, on: InterfaceId, frame: &[u8], now: Duration) {
        self.screen.frame(direction, on, frame, now);
        if let Some(left) = &mut self.replies_left
            && direction == Direction::Out
            && summary::is_echo_reply(frame)
        {
            *left = left.saturating_sub(1);
        }
    }
}

pub(crate) fn run(arguments: &HostArguments) -> anyhow::Result<ExitCode> {
    let config = if arguments.forward { Config::router() } else { Config::default() };
    let Plugged { mut stack, mut driver, names } = plug_in(&arguments.stack, config)?;
    let screen = Screen::new(&arguments.stack, names)?;
    let shutdown = until_signal()?;
    for card in &arguments.stack.cards {
        say(&format!("ready on {}, {}", card.tap, card.mac));
    }
    let mut host = Host { screen, replies_left: arguments.count };
    driver.run(&mut stack, &mut host, shutdown)?;
    report::counters(&stack);
    report::neighbors(&stack, &host.screen.names, driver.now());
    Ok(ExitCode::SUCCESS)
}
