//! The same server on our own UDP, below which is our own IP.

use std::io::PipeReader;
use std::net::SocketAddr;
use std::ops::ControlFlow;
use std::time::Duration;

use addresses::Mac;
use anyhow::Context;
use link_and_ip::limiter::Limiter;
use link_and_ip::link::tap::{Driver, Owner, Tap};
use link_and_ip::stack::{Config, Interface, Stack};
use udp_dns::server::{Line, RateLimiter, Settings, Transport, answer};
use udp_dns::udp::{Endpoint, SocketId};
use udp_dns::zone::Zone;

use crate::{Arguments, log, say};

/// Locally administered, and the one that the labs of the chapter before use.
const MAC: Mac = Mac([2, 0, 0, 0, 0, 2]);

/// Answers on the device until the end.
pub(crate) fn serve(
    device: &str,
    arguments: &Arguments,
    zone: &Zone,
    shutdown: PipeReader,
) -> anyhow::Result<()> {
    let config = Config {
        errors: Limiter::default().noisy(getrandom::u64()?),
        seed: getrandom::u64()?,
        ..Config::default()
    };
    let mut stack = Stack::new(config);
    let addresses = arguments.address.clone();
    let number = stack.add_interface(&Interface { mac: MAC, mtu: 1500, addresses })?;
    let tap = Tap::open(device)?;
    // The server's port is no secret and nothing else is bound: no random number is ever asked for.
    let mut endpoint = Endpoint::new(stack, || 0);
    let socket = endpoint.bind(None, arguments.port)?;
    endpoint.stack().announce(number);
    let mut server = Server {
        zone,
        settings: arguments.settings(),
        limiter: arguments.rate().map(RateLimiter::new),
        socket,
        verbose: arguments.verbose,
    };
    let mut driver = Driver::new(vec![(number, tap)]);
    for (address, _) in &arguments.address {
        say(&format!("listening on {}", SocketAddr::new(*address, arguments.port)));
    }
    driver.run(&mut endpoint, &mut server, shutdown).context(device.to_owned())?;
    Ok(())
}

struct Server<'a> {
    zone: &'a Zone,
    settings: Settings,
    limiter: Option<RateLimiter>,
    socket: SocketId,
    verbose: bool,
}

impl Owner<Endpoint> for Server<'_> {
    fn turn(&mut self, endpoint: &mut Endpoint, now: Duration) -> ControlFlow<()> {
        while let Some(received) = endpoint.recv_from(self.socket) {
            let request = &received.data;
            let mut answer = answer(self.zone, &self.settings, request, Transport::Udp);
            if let Some(limiter) = &mut self.limiter {
                answer = answer.and_then(|whole| limiter.limit(whole, received.from.ip(), now));
            }
            if self.verbose {
                let answer = answer.as_deref();
                log(received.from, Line { transport: Transport::Udp, request, answer });
            }
            // Nothing can be done for a client that cannot be reached: it asks again.
            let own = Some(received.to).filter(|to| endpoint.stack().is_own(*to));
            if let Some(answer) = answer {
                let _sent = endpoint.answer(self.socket, &answer, own, received.from, now);
            }
        }
        while endpoint.next_event().is_some() {}
        while endpoint.take_problem(self.socket).is_some() {}
        ControlFlow::Continue(())
    }
}
