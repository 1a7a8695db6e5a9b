//! From arguments to a host that runs on its TAP device.

use std::fs;
use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use anyhow::Context;
use link_and_ip::Stack;
use link_and_ip::limiter::Limiter;
use link_and_ip::link::capture::Capture;
use link_and_ip::link::memory::Conditions;
use link_and_ip::link::tap::{Driver, Tap};
use link_and_ip::stack::{Config as StackConfig, Interface};
use tcp::host::{Config, Host};
use tcp::lossy::Lossy;
use tcp::net::{Net, Observer};

use crate::arguments::HostArguments;
use crate::lines::Lines;
use crate::{complain, states};

/// How long a frame that is held back waits at most.
const HELD_BACK: Duration = Duration::from_millis(10);

/// How long connections may take to end in good order when the program has nothing more to say.
const GRACE: Duration = Duration::from_secs(5);

/// How much of TIME-WAIT there is after that: enough for a FIN that was lost once.
const LAST: Duration = Duration::from_secs(1);

/// Runs the host that the arguments describe.
pub(crate) fn start(arguments: &HostArguments) -> anyhow::Result<Arc<Net>> {
    let mut stack = Stack::new(stack_config(arguments));
    let addresses = arguments.addresses.clone();
    let interface = Interface { mac: arguments.mac, mtu: arguments.mtu, addresses };
    let number = stack.add_interface(&interface).with_context(|| arguments.tap.clone())?;
    for &gateway in &arguments.gateways {
        let everything: IpAddr = if gateway.is_ipv4() { "0.0.0.0" } else { "::" }.parse()?;
        stack.add_route(everything, 0, gateway).context("--gateway")?;
    }
    let driver = Driver::new(vec![(number, Tap::open(&arguments.tap)?)]);
    settle(&arguments.tap);
    let host = Host::new(stack, config(arguments));
    let observer = observer(arguments)?;
    let conditions = conditions(arguments)?;
    let net = if conditions == Conditions::default() {
        Net::start(driver, host, observer)?
    } else {
        let seed = arguments.seed.unwrap_or_else(|| from_the_system(2));
        Net::start(driver, Lossy::new(host, conditions, seed), observer)?
    };
    let net = Arc::new(net);
    if arguments.states {
        states::watch(&net)?;
    }
    Ok(net)
}

/// Lets connections end in good order.
pub(crate) fn finish(net: Arc<Net>, arguments: &HostArguments) {
    net.drain(GRACE, LAST + 2 * arguments.delay);
    drop(net);
}

/// Nobody shall foresee our identifications, or count how many ICMP errors are left.
fn stack_config(arguments: &HostArguments) -> StackConfig {
    let [seed, noise] = arguments.seed.map_or([3, 4].map(from_the_system), |seed| [seed, seed]);
    StackConfig { seed, errors: Limiter::default().noisy(noise), ..StackConfig::default() }
}

fn config(arguments: &HostArguments) -> Config {
    let secret = match arguments.seed {
        Some(seed) => [seed, seed],
        None => [from_the_system(0), from_the_system(1)],
    };
    let mut config = Config { secret, ..Config::default() };
    if let Some(size) = arguments.buffer {
        config.connection.send_buffer = size;
        config.connection.receive_buffer = size;
    }
    if let Some(time) = arguments.time_wait {
        config.connection.time_wait = time;
    }
    config.connection.mss = u16::try_from(arguments.mtu.saturating_sub(40)).unwrap_or(u16::MAX);
    config
}

/// Numbers that nobody guesses: std draws its hashers' keys from the operating system.
fn from_the_system(number: u64) -> u64 {
    RandomState::new().hash_one(number)
}

fn conditions(arguments: &HostArguments) -> anyhow::Result<Conditions> {
    let share = |percent: f64, name: &str| {
        let valid = (0.0..=100.0).contains(&percent);
        anyhow::ensure!(valid, "{name} {percent}: a percentage goes from 0 to 100");
        Ok(percent / 100.0)
    };
    Ok(Conditions {
        loss: share(arguments.loss, "--loss")?,
        reorder: share(arguments.reorder, "--reorder")?,
        duplicate: share(arguments.duplicate, "--duplicate")?,
        held_back: if arguments.reorder > 0.0 { HELD_BACK } else { Duration::ZERO },
        delay: arguments.delay,
        ..Conditions::default()
    })
}

/// What is done with each frame on the wire.
fn observer(arguments: &HostArguments) -> anyhow::Result<Observer> {
    let begin = |path: &Path| {
        let advice = || format!("cannot write {}; choose another --capture", path.display());
        Capture::begin(path).with_context(advice)
    };
    let mut capture = arguments.capture.as_deref().map(begin).transpose()?;
    let mut lines = arguments.verbose.then(Lines::default);
    Ok(Box::new(move |direction, frame, now| {
        if let Some(capture) = &mut capture
            && let Err(error) = capture.frame(frame, now)
        {
            complain(&format!("cannot write the capture any more: {error}; it ends here"));
        }
        if let Some(lines) = &mut lines {
            lines.frame(direction, frame, now);
        }
    }))
}

/// Waits until the kernel has noticed that the cable is plugged in: until then a switch drops what
/// we send. It takes some milliseconds, and has no end if the interface is down, so neither is
/// waited for long, nor is it an error.
fn settle(name: &str) {
    let path = format!("/sys/class/net/{name}/operstate");
    for _ in 0..50 {
        if fs::read_to_string(&path).map_or(true, |state| state.trim() != "down") {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

/// What is waited for until Ctrl-C or SIGTERM.
#[derive(Clone, Default)]
pub(crate) struct Signal(Arc<(Mutex<bool>, Condvar)>);

impl Signal {
    /// The first signal is noted; a second one ends the program at once.
    pub(crate) fn catch() -> io::Result<Self> {
        let signal = Self::default();
        let caught = signal.clone();
        ctrlc::set_handler(move || {
            let (done, changed) = &*caught.0;
            let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
            if *done {
                std::process::exit(130);
            }
            *done = true;
            changed.notify_all();
        })
        .map_err(io::Error::other)?;
        Ok(signal)
    }

    pub(crate) fn wait(&self) {
        let (done, changed) = &*self.0;
        let mut done = done.lock().unwrap_or_else(PoisonError::into_inner);
        while !*done {
            done = changed.wait(done).unwrap_or_else(PoisonError::into_inner);
        }
    }
}
