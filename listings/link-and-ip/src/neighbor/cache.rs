//! The cache itself: packets, frames and time in, outputs out.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use addresses::{Address, Mac};
use fastrand::Rng;

use crate::limiter::Limiter;

use super::entry::{Attempts, Entry, Known, Phase, Question};
use super::{Config, Failure, Heard, Neighbor, Output, Trust, Verdict};

/// A neighbor cache for one interface and one version of IP. `P` is whatever a waiting packet is
/// to its owner.
#[derive(Debug)]
pub struct Cache<A, P = Vec<u8>> {
    config: Config,
    /// A tree and no hash table: who is in it is decided by strangers, who could choose addresses
    /// that fall into one bucket.
    entries: BTreeMap<A, Entry<P>>,
    /// How many of them are questions; the others are known.
    unresolved: usize,
    outputs: VecDeque<Output<A, P>>,
    /// No entry has anything to do before this. It may be too early, never too late.
    deadline: Option<Duration>,
    /// Each dispute makes us ask and the known neighbor answer, so a forger gets but so many. A
    /// neighbor that is really gone is found out by its silence too.
    disputes: Limiter,
    /// So that hosts which started together do not ask together (RFC 4861 §6.3.2).
    random: Rng,
}

impl<A: Address, P> Cache<A, P> {
    /// An empty cache. The same seed gives the same waiting times.
    pub fn new(config: Config, seed: u64) -> Self {
        Self {
            config,
            entries: BTreeMap::new(),
            unresolved: 0,
            outputs: VecDeque::new(),
            deadline: None,
            disputes: Limiter::default(),
            random: Rng::with_seed(seed),
        }
    }

    // ANCHOR: resolve
    /// The MAC address to send `packet` to, together with it; or `None`, and the packet waits for
    /// [`Output::Transmit`] or [`Output::Failed`].
    pub fn resolve(&mut self, address: A, packet: P, now: Duration) -> Option<(Mac, P)> {
        if let Some(mac) = self.lookup(address, now) {
            return Some((mac, packet));
        }
        if !self.entries.contains_key(&address) {
            self.ask(address, now);
        }
        if let Some(Entry::Question(question)) = self.entries.get_mut(&address) {
            question.waiting.push_back(packet);
            if question.waiting.len() > self.config.waiting.max(1) {
                let oldest = question.waiting.pop_front();
                self.fail(address, oldest, Failure::QueueFull);
            }
        }
        None
    }

    /// The MAC address of `address`, if it is known, for a packet that is sent now: that wakes a
    /// STALE entry (RFC 4861 §7.3.3).
    pub fn lookup(&mut self, address: A, now: Duration) -> Option<Mac> {
        let Some(Entry::Known(known)) = self.entries.get_mut(&address) else {
            return None;
        };
        known.used = Some(now);
        let mac = known.mac;
        if let Phase::Stale = known.phase(now) {
            let until = now.saturating_add(self.config.delay);
            known.phase = Phase::Delay { until };
            self.wake_at(until);
        }
        Some(mac)
    }
    // ANCHOR_END: resolve

    /// Opens a question, and asks everyone for the first time.
    fn ask(&mut self, address: A, now: Duration) {
        self.make_room_for_question();
        let attempts = Attempts::first(now, &self.config);
        let question = Question { waiting: VecDeque::new(), since: now, attempts };
        self.entries.insert(address, Entry::Question(question));
        self.unresolved += 1;
        self.wake_at(attempts.retry);
        self.output(Output::Solicit { address, to: None });
    }

    // ANCHOR: learn
    /// Takes in what a frame says about the neighbor `address`.
    pub fn heard(&mut self, address: A, heard: Heard, now: Duration) -> Verdict {
        let (Heard::Request { mac } | Heard::Overheard { mac } | Heard::Reply { mac }) = heard
        else {
            return self.advertised(address, heard, now);
        };
        if mac.is_group() {
            return Verdict::GroupMac;
        }
        match self.entries.get_mut(&address) {
            None if matches!(heard, Heard::Request { .. }) => self.asked_by(address, mac),
            None => Verdict::Unasked,
            Some(Entry::Question(_)) => {
                let answered = matches!(heard, Heard::Reply { .. });
                self.answered(address, mac, answered, false, now)
            }
            Some(Entry::Known(known)) if known.mac != mac => self.claimed(address, mac, now),
            Some(Entry::Known(known)) => {
                // ARP has no flag that says "solicited". We know whether we asked.
                let asked = matches!(known.phase, Phase::Probe { .. });
                if asked && matches!(heard, Heard::Reply { .. }) {
                    self.confirm(address, now);
                }
                Verdict::Known
            }
        }
    }
    // ANCHOR_END: learn

    /// RFC 4861 §7.2.5, for an advertisement; nothing else comes here.
    fn advertised(&mut self, address: A, heard: Heard, now: Duration) -> Verdict {
        let Heard::Advertisement { mac, solicited, overrides, router } = heard else {
            return Verdict::Unasked;
        };
        if mac.is_some_and(Mac::is_group) {
            return Verdict::GroupMac;
        }
        let known = match (self.entries.get_mut(&address), mac) {
            (None, _) | (Some(Entry::Question(_)), None) => return Verdict::Unasked,
            (Some(Entry::Question(_)), Some(mac)) => {
                return self.answered(address, mac, solicited, router, now);
            }
            (Some(Entry::Known(known)), _) => known,
        };
        let verdict = match mac {
            Some(mac) if mac != known.mac && !overrides => {
                if let Phase::Reachable { .. } = known.phase(now) {
                    known.phase = Phase::Stale;
                }
                return Verdict::Refused;
            }
            Some(mac) if mac != known.mac => self.claimed(address, mac, now),
            _ => Verdict::Known,
        };
        if verdict != Verdict::Refused {
            if solicited {
                self.confirm(address, now);
            }
            if let Some(Entry::Known(known)) = self.entries.get_mut(&address) {
                known.router = router;
            }
        }
        verdict
    }

    /// Somebody asked for us whom we do not know: we are about to answer (RFC 4861 §7.2.3).
    fn asked_by(&mut self, address: A, mac: Mac) -> Verdict {
        if !self.make_room_for_known(false) {
            return Verdict::Full;
        }
        let known = Known { mac, phase: Phase::Stale, used: None, router: false };
        self.entries.insert(address, Entry::Known(known));
        Verdict::Learned
    }

    /// A question has got its answer. Only a solicited one proves that both directions work.
    fn answered(
        &mut self,
        address: A,
        mac: Mac,
        solicited: bool,
        router: bool,
        now: Duration,
    ) -> Verdict {
        let Some(Entry::Question(question)) = self.entries.remove(&address) else {
            return Verdict::Unasked;
        };
        self.unresolved -= 1;
        if !self.make_room_for_known(true) {
            for packet in question.waiting {
                self.fail(address, Some(packet), Failure::TableFull);
            }
            return Verdict::Full;
        }
        let phase = if solicited { self.reachable_from(now) } else { Phase::Stale };
        let known = Known { mac, phase, used: Some(now), router };
        self.entries.insert(address, Entry::Known(known));
        for packet in question.waiting {
            self.output(Output::Transmit { mac, packet });
        }
        Verdict::Learned
    }

    // ANCHOR: claimed
    /// Somebody says that a known neighbor has another MAC address, which may be so.
    fn claimed(&mut self, address: A, mac: Mac, now: Duration) -> Verdict {
        let attempts = Attempts::first(now, &self.config);
        let Some(Entry::Known(known)) = self.entries.get_mut(&address) else {
            return Verdict::Unasked;
        };
        let old = known.mac;
        if self.config.trust == Trust::Any && !matches!(known.phase, Phase::Permanent) {
            (known.mac, known.phase) = (mac, Phase::Stale);
            self.output(Output::Changed { address, from: old, to: mac });
            return Verdict::Changed;
        }
        let reported =
            matches!(known.phase, Phase::Permanent | Phase::Probe { disputed: true, .. });
        if reported || !self.disputes.allow(now) {
            return Verdict::Refused;
        }
        // The one we know is asked whether it is still there. Until it fails to answer, we stay
        // with it.
        let asking = matches!(known.phase, Phase::Probe { .. });
        match &mut known.phase {
            Phase::Probe { disputed, .. } => *disputed = true,
            phase => *phase = Phase::Probe { attempts, disputed: true },
        }
        self.output(Output::Conflict { address, known: old, claimed: mac });
        if !asking {
            self.wake_at(attempts.retry);
            self.output(Output::Solicit { address, to: Some(old) });
        }
        Verdict::Refused
    }
    // ANCHOR_END: claimed

    /// News from above: what was sent to `address` has arrived, for an answer came back that only
    /// it can have caused (RFC 4861 §7.3.1).
    pub fn confirm(&mut self, address: A, now: Duration) {
        let reachable = self.reachable_from(now);
        if let Some(Entry::Known(known)) = self.entries.get_mut(&address)
            && !matches!(known.phase, Phase::Permanent)
        {
            known.phase = reachable;
        }
    }

    fn reachable_from(&mut self, now: Duration) -> Phase {
        let factor = 0.5 + self.random.f64(); // RFC 4861 §10: from 0.5 to 1.5
        let time = self.config.reachable.mul_f64(factor);
        Phase::Reachable { until: now.saturating_add(time) }
    }

    /// Sets an entry that no frame changes. Returns whether there was room.
    pub fn insert_permanent(&mut self, address: A, mac: Mac) -> bool {
        self.remove(address);
        let room = self.make_room_for_known(true);
        if room {
            let known = Known { mac, phase: Phase::Permanent, used: None, router: false };
            self.entries.insert(address, Entry::Known(known));
        }
        room
    }

    /// Forgets an entry. What waits for it fails.
    pub fn remove(&mut self, address: A) {
        if let Some(Entry::Question(question)) = self.entries.remove(&address) {
            self.unresolved -= 1;
            for packet in question.waiting {
                self.fail(address, Some(packet), Failure::TableFull);
            }
        }
    }

    /// The oldest question gives up its place, if there are too many.
    fn make_room_for_question(&mut self) {
        if self.unresolved < self.config.unresolved.max(1) {
            return;
        }
        let questions = self.entries.iter().filter_map(|(address, entry)| match entry {
            Entry::Question(question) => Some((question.since, *address)),
            Entry::Known(_) => None,
        });
        if let Some((_, oldest)) = questions.min() {
            self.remove(oldest);
        }
    }

    // ANCHOR: room
    /// Takes out the entry that has not been used for longest, if there are too many. Whether there
    /// is room now.
    ///
    /// A neighbor that we asked for may push out any; one that merely spoke to us, only those that
    /// merely spoke to us.
    fn make_room_for_known(&mut self, asked: bool) -> bool {
        if self.entries.len() - self.unresolved < self.config.known {
            return true;
        }
        let candidates = self.entries.iter().filter_map(|(address, entry)| match entry {
            Entry::Question(_) | Entry::Known(Known { phase: Phase::Permanent, .. }) => None,
            Entry::Known(known) => Some((known.used, *address)),
        });
        match candidates.min() {
            Some((used, address)) if asked || used.is_none() => {
                self.entries.remove(&address);
                true
            }
            _ => false,
        }
    }
    // ANCHOR_END: room

    /// When [`Cache::handle_timeout`] should be called. It may turn out to have nothing to do.
    pub fn deadline(&self) -> Option<Duration> {
        self.deadline
    }

    fn wake_at(&mut self, time: Duration) {
        self.deadline = Some(self.deadline.map_or(time, |earlier| earlier.min(time)));
    }

    /// Repeats questions and gives them up.
    pub fn handle_timeout(&mut self, now: Duration) {
        if self.deadline.is_none_or(|deadline| now < deadline) {
            return;
        }
        let Self { config, entries, unresolved, outputs, deadline, .. } = self;
        (*deadline, *unresolved) = (None, 0);
        entries.retain(|&address, entry| {
            let stays = entry.timeout(address, now, config, |output| {
                if outputs.len() < config.outputs() {
                    outputs.push_back(output);
                }
            });
            if stays {
                *deadline = [*deadline, entry.deadline()].into_iter().flatten().min();
                *unresolved += usize::from(matches!(entry, Entry::Question(_)));
            }
            stays
        });
    }

    /// The next thing to do. Ask until there is none, after each call of another method: too many
    /// that wait are dropped, the newest first.
    pub fn next_output(&mut self) -> Option<Output<A, P>> {
        self.outputs.pop_front()
    }

    fn output(&mut self, output: Output<A, P>) {
        if self.outputs.len() < self.config.outputs() {
            self.outputs.push_back(output);
        }
    }

    fn fail(&mut self, address: A, packet: Option<P>, why: Failure) {
        if let Some(packet) = packet {
            self.output(Output::Failed { address, packet, why });
        }
    }

    /// All entries in the order of their addresses, as they are at `now`.
    pub fn neighbors(&self, now: Duration) -> impl Iterator<Item = Neighbor<A>> + '_ {
        self.entries.iter().map(move |(&address, entry)| entry.neighbor(address, now))
    }

    /// One of them.
    pub fn neighbor(&self, address: A, now: Duration) -> Option<Neighbor<A>> {
        self.entries.get(&address).map(|entry| entry.neighbor(address, now))
    }
}
