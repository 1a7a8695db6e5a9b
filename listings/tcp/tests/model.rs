//! Two of our hosts on a link that loses, doubles, reorders and damages frames: whatever the link and
//! the programs do, the bytes are the same at the other end, and both ends are closed at last.

mod lan;

use fastrand::Rng;
use lan::{CLIENT, END, SERVER, ms, pair, server_at};
use link_and_ip::link::memory::Conditions;
use link_and_ip::link::network::Network;
use tcp::connection::{self, Error};
use tcp::host::{Config, ConnectionId, Host};

impl std::fmt::Debug for Program {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { written, shut, ended, to_write, read, .. } = self;
        write!(f, "{written} of {} written, {} read, {shut} {ended}", to_write.len(), read.len())
    }
}

/// One program: what it has still to write, and what it has read.
struct Program {
    node: usize,
    id: Option<ConnectionId>,
    to_write: Vec<u8>,
    written: usize,
    read: Vec<u8>,
    shut: bool,
    ended: bool,
}

impl Program {
    fn new(node: usize, random: &mut Rng) -> Self {
        let size = match random.u8(..4) {
            0 => 0,
            1 => random.usize(..100),
            2 => random.usize(..5_000),
            _ => random.usize(..40_000),
        };
        let to_write = std::iter::repeat_with(|| random.u8(..)).take(size).collect();
        let (read, shut, ended) = (Vec::new(), false, false);
        Self { node, id: None, to_write, written: 0, read, shut, ended }
    }

    /// Does this or that, as programs do.
    fn act(&mut self, net: &mut Network<Host>, random: &mut Rng, eager: bool) {
        let (Some(id), now) = (self.id, net.now()) else { return };
        let host = &mut net.nodes[self.node];
        if eager || random.bool() {
            let most = random.usize(1..8_000);
            let end = self.to_write.len().min(self.written + most);
            match host.write(id, &self.to_write[self.written..end], now) {
                Ok(count) => self.written += count,
                Err(Error::WouldBlock) => {}
                Err(error) => assert!(self.shut, "node {} writes: {error}", self.node),
            }
            if self.written == self.to_write.len() && !self.shut && (eager || random.bool()) {
                host.shutdown(id, now);
                self.shut = true;
            }
        }
        if !self.ended && (eager || random.bool()) {
            let mut buffer = vec![0; random.usize(1..8_000)];
            match host.read(id, &mut buffer, now) {
                Ok(0) => self.ended = true,
                Ok(count) => self.read.extend_from_slice(&buffer[..count]),
                Err(Error::WouldBlock) => {}
                Err(error) => panic!("node {} reads: {error}", self.node),
            }
        }
    }
}

fn conditions(random: &mut Rng) -> Conditions {
    let mut up_to = |most: f64| if random.bool() { random.f64() * most } else { 0.0 };
    Conditions {
        loss: up_to(0.2),
        duplicate: up_to(0.2),
        corrupt: up_to(0.1),
        reorder: up_to(0.3),
        delay: ms(10),
        held_back: ms(40),
        ..Conditions::default()
    }
}

fn config(random: &mut Rng) -> Config {
    let sizes = [512, 4096, 65_535, 256 * 1024];
    let connection = connection::Config {
        receive_buffer: sizes[random.usize(..4)],
        send_buffer: sizes[random.usize(..4)],
        nagle: random.bool(),
        timestamps: random.bool(),
        sack: random.bool(),
        // Long enough for any of these links.
        user_timeout: ms(3_600_000),
        ..connection::Config::default()
    };
    Config { connection, secret: [random.u64(..), 0], ..Config::default() }
}

/// One run. Whatever happens in it follows from the seed.
fn run(seed: u64) {
    let mut random = Rng::with_seed(seed);
    let (config, conditions) = (config(&mut random), conditions(&mut random));
    let mut net = pair(&config, conditions, seed);
    let listener = net.nodes[SERVER].listen(server_at(80), 4).unwrap();
    let mut programs = [Program::new(CLIENT, &mut random), Program::new(SERVER, &mut random)];
    let now = net.now();
    programs[0].id = Some(net.nodes[CLIENT].connect(server_at(80), now).unwrap());

    let mut steps = 0;
    while !programs.iter().all(|program| program.shut && program.ended) {
        programs[1].id = programs[1].id.or_else(|| net.nodes[SERVER].accept(listener));
        let eager = net.next_time().is_none();
        for program in &mut programs {
            program.act(&mut net, &mut random, eager);
        }
        // Programs do something once a minute, even if nothing comes.
        let soon = net.now() + ms(60_000);
        net.step(soon);
        steps += 1;
        assert!(
            net.now() < END && steps < 100_000,
            "seed {seed} stands still: {config:?} {programs:?} {:?}",
            programs.iter().map(|p| net.nodes[p.node].snapshot(p.id?)).collect::<Vec<_>>(),
        );
    }
    let [client, server] = &programs;
    assert!(client.read == server.to_write, "seed {seed}: to the client");
    assert!(server.read == client.to_write, "seed {seed}: to the server");

    for program in &programs {
        let now = net.now();
        net.nodes[program.node].close(program.id.unwrap(), now);
    }
    let gone = net.run_until(END, |net| {
        // The listener is the server's one line.
        net.nodes[CLIENT].connections().count() + net.nodes[SERVER].connections().count() == 1
    });
    assert_eq!(gone, Ok(true), "seed {seed}: both are closed");
}

#[test]
fn bytes_are_equal_and_both_sides_close() {
    testkit::within(ms(60_000), "500 seeds", || (0..500).for_each(run));
}

#[test]
#[ignore = "needs ten seconds: many seeds"]
fn bytes_are_equal_and_both_sides_close_for_thousands_of_seeds() {
    testkit::within(ms(600_000), "5000 seeds", || (500..5_500).for_each(run));
}
