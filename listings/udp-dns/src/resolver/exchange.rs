//! One question, asked until it is answered. No sockets, no clock.
//!
//! At any time one query is under way, never two: each open query is one more target that a forged
//! answer can hit, and equal ones together fall to the birthday paradox (RFC 5452 §5). A query that
//! is repeated gets a new ID and a new port, and what still comes for the old one is too late.

use std::net::SocketAddr;
use std::time::Duration;

use super::failure::{Answer, Failure, Problem, Transport, Tried};
use super::framing::{Frames, framed};
use super::matching::{Expected, Ignored, Mismatch};
use super::random::Random;
use super::settings::{MAX_ATTEMPTS, MAX_SERVERS, Settings};
use crate::message::{Edns, Message, Question, Rcode};

/// How many ports are tried for one query, if others sit on them.
const MAX_PORTS: u32 = 16;

// ANCHOR: step
/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Close what is open, open a UDP socket on this port, and send.
    Datagram { port: u16, server: SocketAddr, query: Vec<u8> },
    /// Close what is open, connect, and send; all of it until the time given.
    Stream { server: SocketAddr, query: Vec<u8>, until: Duration },
    /// Hand in what arrives, and ask again at the time given.
    Wait(Duration),
    /// There is nothing to do any more: [`Exchange::finish`].
    Finished,
}
// ANCHOR_END: step

/// One question to a list of servers.
#[derive(Debug)]
pub struct Exchange<R> {
    question: Question,
    settings: Settings,
    random: R,
    servers: Vec<Server>,
    /// How many turns the servers have had, all together.
    turn: usize,
    state: State,
    /// When everything is over.
    end: Duration,
    tried: Vec<Tried>,
    ignored: Ignored,
    /// What a server said that did not help. If none helps, it is better than nothing.
    unhelpful: Option<Answer>,
}

#[derive(Debug)]
struct Server {
    address: SocketAddr,
    /// Cleared when it shows that it does not know EDNS (RFC 6891 §7).
    edns: bool,
    /// It has said that it cannot help; saying it again would not help either.
    hopeless: bool,
}

#[derive(Debug)]
enum State {
    /// The server whose turn it is has to be asked.
    Ask(Transport),
    Asked(Box<Asked>),
    Over(Option<Box<Answer>>),
}

/// A query that is under way.
#[derive(Debug)]
struct Asked {
    transport: Transport,
    expected: Expected,
    query: Vec<u8>,
    since: Duration,
    until: Duration,
    /// What has come of a stream.
    frames: Frames,
    /// Arrivals that did not fit, for this query alone.
    ignored: u32,
    ports: u32,
}

impl<R: Random> Exchange<R> {
    /// `now` and all other times are counted from a zero of the caller's.
    pub fn new(
        question: Question,
        servers: &[SocketAddr],
        settings: Settings,
        random: R,
        now: Duration,
    ) -> Self {
        let server = |&address| Server { address, edns: true, hopeless: false };
        let servers: Vec<_> = servers.iter().take(MAX_SERVERS).map(server).collect();
        let first = if settings.tcp { Transport::Tcp } else { Transport::Udp };
        let state = if servers.is_empty() { State::Over(None) } else { State::Ask(first) };
        Self {
            question,
            random,
            servers,
            turn: 0,
            state,
            end: now.saturating_add(settings.deadline),
            settings,
            tried: Vec::new(),
            ignored: Ignored::default(),
            unhelpful: None,
        }
    }

    /// What is to be done next.
    pub fn next(&mut self, now: Duration) -> Step {
        if let State::Asked(asked) = &self.state {
            if now < asked.until {
                return Step::Wait(asked.until);
            }
            self.give_up(Problem::Silence(asked.until.saturating_sub(asked.since)));
        }
        match self.state {
            State::Ask(_) if now >= self.end => self.state = State::Over(None),
            State::Ask(transport) => return self.ask(transport, now),
            State::Asked(_) | State::Over(_) => {}
        }
        Step::Finished
    }

    /// A datagram has arrived at a port of ours.
    pub fn datagram(&mut self, port: u16, from: SocketAddr, bytes: &[u8]) {
        let State::Asked(asked) = &self.state else { return };
        if asked.transport != Transport::Udp {
            return self.ignored.count(Mismatch::Port);
        }
        match asked.expected.datagram(port, from, bytes) {
            Ok(message) => self.answered(message, bytes),
            Err(reason) => self.ignore(reason),
        }
    }

    /// Bytes have arrived on the stream that was asked for last.
    pub fn stream(&mut self, bytes: &[u8]) {
        let State::Asked(asked) = &mut self.state else { return };
        asked.frames.push(bytes);
        while let State::Asked(asked) = &mut self.state {
            let Some(bytes) = asked.frames.take() else { return };
            match asked.expected.message(&bytes) {
                Ok(message) => self.answered(message, &bytes),
                Err(reason) => self.ignore(reason),
            }
        }
    }

    /// The other side has ended the stream.
    pub fn closed(&mut self) {
        if let State::Asked(asked) = &self.state {
            let (had, wanted) = (asked.frames.waiting(), asked.frames.wanted());
            self.failed(Problem::Closed { had, wanted });
        }
    }

    /// The query that is under way will not be answered: ICMP or the machine says so.
    pub fn failed(&mut self, problem: Problem) {
        if matches!(self.state, State::Asked(_)) {
            self.give_up(problem);
        }
    }

    /// Somebody else has the port of the last [`Step::Datagram`]. The next step is the same with
    /// another port.
    pub fn port_taken(&mut self) -> Option<Step> {
        let State::Asked(asked) = &mut self.state else { return None };
        asked.ports += 1;
        if asked.ports == MAX_PORTS {
            self.give_up(Problem::NoPort);
            return None;
        }
        asked.expected.port = self.random.port();
        Some(asked.step())
    }

    /// The end of it.
    pub fn finish(self) -> Result<Answer, Failure> {
        let found = if let State::Over(Some(answer)) = self.state { Some(*answer) } else { None };
        let Self { tried, ignored, .. } = self;
        match found.or(self.unhelpful) {
            Some(answer) => Ok(Answer { tried, ignored, ..answer }),
            None => Err(Failure { tried, ignored }),
        }
    }

    /// What has been ignored so far.
    pub fn ignored(&self) -> Ignored {
        self.ignored
    }

    fn server(&mut self) -> &mut Server {
        let count = self.servers.len();
        &mut self.servers[self.turn % count]
    }

    /// Sends a new query to the server whose turn it is.
    fn ask(&mut self, transport: Transport, now: Duration) -> Step {
        let Server { address, edns, .. } = *self.server();
        let id = self.random.bits();
        let case = self.settings.mixed_case && transport == Transport::Udp;
        let mut question = self.question.clone();
        if case {
            let random = &mut self.random;
            question.name = question.name.with_case(|| random.bits() & 1 == 1);
        }
        let Some(query) = self.query(id, &question, edns) else {
            self.state = State::Over(None);
            return Step::Finished;
        };
        let until = now.saturating_add(self.patience()).min(self.end);
        let port = self.random.port();
        let asked = Asked {
            transport,
            expected: Expected { server: address, port, id, question, case },
            query,
            since: now,
            until,
            frames: Frames::default(),
            ignored: 0,
            ports: 0,
        };
        let step = asked.step();
        self.state = State::Asked(Box::new(asked));
        step
    }

    fn query(&self, id: u16, question: &Question, edns: bool) -> Option<Vec<u8>> {
        let mut message = Message::query(id, question.name.clone(), question.kind);
        message.questions = vec![question.clone()];
        message.flags.recursion_desired = self.settings.recursion;
        message.edns = self.settings.udp_size.filter(|_| edns).map(|udp_size| Edns {
            udp_size,
            version: 0,
            dnssec_ok: false,
            options: Vec::new(),
        });
        // A name and an OPT record always fit.
        message.encode(usize::from(u16::MAX)).ok()
    }

    // ANCHOR: patience
    /// How long this turn waits.
    fn patience(&mut self) -> Duration {
        let round = (self.turn / self.servers.len()) as u32;
        let base = self.settings.timeout.saturating_mul(1 << round.min(8));
        base.saturating_add(base / (1 << 18) * u32::from(self.random.bits()))
    }
    // ANCHOR_END: patience

    // ANCHOR: ignore
    fn ignore(&mut self, reason: Mismatch) {
        let State::Asked(asked) = &mut self.state else { return };
        self.ignored.count(reason);
        asked.ignored += 1;
        let udp = asked.transport == Transport::Udp;
        if udp && reason == Mismatch::Case {
            self.again(Transport::Tcp, Problem::Case);
        } else if asked.ignored >= self.settings.forgeries {
            if udp {
                self.again(Transport::Tcp, Problem::Forgeries);
            } else {
                self.give_up(Problem::Forgeries);
            }
        }
    }
    // ANCHOR_END: ignore

    /// A message that fits has come.
    fn answered(&mut self, message: Message, bytes: &[u8]) {
        let State::Asked(asked) = &mut self.state else { return };
        let transport = asked.transport;
        let query = std::mem::take(&mut asked.query);
        let (rcode, truncated) = (message.rcode, message.flags.truncated);
        let had_edns = message.edns.is_some();
        let used_edns = self.settings.udp_size.is_some() && self.server().edns;
        if used_edns && is_edns_refused(rcode, had_edns) {
            self.server().edns = false;
            return self.again(transport, Problem::NoEdns(rcode));
        }
        if truncated && transport == Transport::Udp {
            return self.again(Transport::Tcp, Problem::Truncated);
        }
        if truncated {
            // No transport has more room, and what is left means nothing (RFC 2181 §9).
            self.server().hopeless = true;
            return self.give_up(Problem::StillTruncated);
        }
        let server = self.server().address;
        let (tried, ignored) = (Vec::new(), Ignored::default());
        let bytes = bytes.to_vec();
        let answer = Answer { message, bytes, query, server, transport, tried, ignored };
        if rcode == Rcode::NO_ERROR || rcode == Rcode::NAME_ERROR {
            self.state = State::Over(Some(Box::new(answer)));
        } else {
            self.unhelpful = Some(answer);
            self.server().hopeless = true;
            self.give_up(Problem::Rcode(rcode));
        }
    }

    /// The same server, in another way.
    fn again(&mut self, transport: Transport, problem: Problem) {
        self.note(problem);
        self.state = State::Ask(transport);
    }

    /// On to the next server.
    fn give_up(&mut self, problem: Problem) {
        self.note(problem);
        let attempts = self.settings.attempts.clamp(1, MAX_ATTEMPTS);
        let turns = self.servers.len() * usize::from(attempts);
        let hopeful = |turn: &usize| !self.servers[turn % self.servers.len()].hopeless;
        let next = (self.turn + 1..turns).find(hopeful);
        let transport = if self.settings.tcp { Transport::Tcp } else { Transport::Udp };
        self.state = match next {
            Some(turn) => {
                self.turn = turn;
                State::Ask(transport)
            }
            None => State::Over(None),
        };
    }

    fn note(&mut self, problem: Problem) {
        if let State::Asked(asked) = &self.state {
            let (server, transport) = (asked.expected.server, asked.transport);
            self.tried.push(Tried { server, transport, problem });
        }
    }
}

impl Asked {
    fn step(&self) -> Step {
        let (server, query, until) = (self.expected.server, self.query.clone(), self.until);
        match self.transport {
            Transport::Udp => Step::Datagram { port: self.expected.port, server, query },
            Transport::Tcp => {
                let query = framed(&query).unwrap_or_default();
                Step::Stream { server, query, until }
            }
        }
    }
}

/// Whether the server does not know EDNS. One that does says FORMERR with an OPT record of its own
/// (RFC 6891 §7); one that is older says FORMERR or NOTIMP without. BADVERS to version 0 is
/// nonsense, and without EDNS it cannot be said.
fn is_edns_refused(rcode: Rcode, had_edns: bool) -> bool {
    match rcode {
        Rcode::FORMAT_ERROR | Rcode::NOT_IMPLEMENTED => !had_edns,
        Rcode::BAD_VERSION => true,
        _ => false,
    }
}
