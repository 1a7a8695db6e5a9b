//! What time brings (RFC 9293 §3.10.8).

use std::time::Duration;

use super::receiver::Acknowledge;
use super::{Connection, Error, State};

/// RFC 5961 §7's example: so many challenges in so much time.
const CHALLENGES: u32 = 10;
const CHALLENGE_PERIOD: Duration = Duration::from_secs(5);

/// How long to wait between keep-alives that nobody answers, and how many to send (RFC 9293 §3.8.4:
/// one without an answer proves nothing).
const KEEP_ALIVE_INTERVAL: Duration = Duration::from_secs(75);
const KEEP_ALIVES: u32 = 9;

/// Everything that waits.
#[derive(Debug)]
pub(super) struct Timers {
    /// What comes if the peer stays silent.
    pub(super) alarm: Option<(Alarm, Duration)>,
    /// The end of TIME-WAIT, or of waiting for a FIN that nobody cares about.
    pub(super) close: Option<Duration>,
    /// When a segment came last.
    heard: Duration,
    /// Probes since the window closed, and keep-alives since the last segment.
    probes: u32,
    pub(super) keep_alives: u32,
    /// A keep-alive is to go.
    pub(super) keep_alive: bool,
    /// Challenges in the period that began then.
    challenges: (Duration, u32),
    /// ICMP has said that there is no way.
    pub(super) unreachable: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Alarm {
    /// RFC 6298 §5.
    Retransmit,
    /// RFC 9293 §3.8.6.1.
    Probe,
}

impl Timers {
    pub(super) fn new(now: Duration) -> Self {
        Self {
            alarm: None,
            close: None,
            heard: now,
            probes: 0,
            keep_alives: 0,
            keep_alive: false,
            challenges: (now, 0),
            unreachable: false,
        }
    }

    pub(super) fn stop(&mut self) {
        (self.alarm, self.close, self.keep_alive) = (None, None, false);
    }

    pub(super) fn heard(&mut self, now: Duration) {
        (self.heard, self.keep_alives, self.keep_alive) = (now, 0, false);
    }

    /// Something new was acknowledged: the alarm is set anew (RFC 6298 §5.2, §5.3).
    pub(super) fn progress(&mut self) {
        (self.alarm, self.unreachable) = (None, false);
    }

    pub(super) fn may_challenge(&mut self, now: Duration) -> bool {
        if now.saturating_sub(self.challenges.0) >= CHALLENGE_PERIOD {
            self.challenges = (now, 0);
        }
        self.challenges.1 = self.challenges.1.saturating_add(1);
        self.challenges.1 <= CHALLENGES
    }
}

impl Connection {
    /// The first of all that waits.
    pub(super) fn next_deadline(&self) -> Option<Duration> {
        let acknowledgment = match self.rcv.ack {
            Acknowledge::By(at) => Some(at),
            _ => None,
        };
        let alarm = self.timers.alarm.map(|(_, at)| at.min(self.patience_ends()));
        let waits = [alarm, acknowledgment, self.timers.close, self.keep_alive_at()];
        waits.into_iter().flatten().min()
    }

    /// What is due.
    pub(super) fn expire(&mut self, now: Duration) {
        if self.timers.close.is_some_and(|at| at <= now) {
            return self.finish(None);
        }
        if matches!(self.rcv.ack, Acknowledge::By(at) if at <= now) {
            self.rcv.ack = Acknowledge::Now;
        }
        if self.timers.alarm.is_some() && self.patience_ends() <= now {
            return self.give_up();
        }
        match self.timers.alarm {
            Some((Alarm::Retransmit, at)) if at <= now => self.retransmission_timeout(),
            Some((Alarm::Probe, at)) if at <= now => self.probe_timeout(),
            _ => {}
        }
        if self.keep_alive_at().is_some_and(|at| at <= now) {
            self.keep_alive_timeout();
        }
    }

    /// R2 (§3.8.3): until when to try. A closed window that is confirmed again and again is no
    /// failure (§3.8.6.1), unless nobody waits for it any more: then the peer would hold our memory
    /// for as long as it likes (RFC 6429).
    fn patience_ends(&self) -> Duration {
        let since = match self.timers.alarm {
            Some((Alarm::Probe, _)) if !self.orphan => self.timers.heard.max(self.snd.progress),
            _ => self.snd.progress,
        };
        since.saturating_add(self.config.user_timeout)
    }

    fn give_up(&mut self) {
        let unreachable = self.timers.unreachable;
        self.finish(Some(if unreachable { Error::Unreachable } else { Error::TimedOut }));
    }

    /// RFC 6298 §5.4 to §5.6: the first segment goes again, the next wait is twice as long, and
    /// what else was on the way counts as lost.
    fn retransmission_timeout(&mut self) {
        self.stats.timeouts += 1;
        self.timers.alarm = None;
        self.rtt.back_off();
        if self.state.is_synchronized() {
            let snd = &self.snd;
            self.congestion.timed_out(snd.una, snd.nxt, snd.flight());
        } else {
            self.congestion.syn_lost();
        }
        if self.rtt.back_offs() > 1 {
            // The peer may have dropped what it had announced (RFC 2018 §8). From the first timeout
            // on, we MUST ignore it, says §5.1 there; some find that too strong (RFC 6675 §5.1).
            self.snd.scoreboard.clear();
        }
        self.snd.go_back();
    }

    /// The window is closed, or too small for a segment that is worth it: one is sent all the same.
    fn probe_timeout(&mut self) {
        self.timers.alarm = None;
        self.timers.probes = self.timers.probes.saturating_add(1);
        self.snd.probe = true;
    }

    /// When there was silence for too long (§3.8.4). Not while anything else makes the peer answer.
    fn keep_alive_at(&self) -> Option<Duration> {
        let idle = self.config.keep_alive?;
        if !self.state.is_synchronized()
            || self.state == State::TimeWait
            || self.timers.alarm.is_some()
            || self.timers.keep_alive
        {
            return None;
        }
        let interval = KEEP_ALIVE_INTERVAL.min(idle);
        Some(self.timers.heard.saturating_add(idle) + interval * self.timers.keep_alives)
    }

    fn keep_alive_timeout(&mut self) {
        if self.timers.keep_alives >= KEEP_ALIVES {
            return self.give_up();
        }
        self.timers.keep_alives += 1;
        self.timers.keep_alive = true;
    }

    /// Sets the alarm that fits how things stand. One that is set already goes on.
    pub(super) fn rearm(&mut self, now: Duration) {
        let wanted = self.wanted();
        if wanted != Some(Alarm::Probe) {
            self.timers.probes = 0;
        } else if self.timers.alarm.is_none() && self.timers.probes == 0 {
            // There was silence before because there was nothing to say.
            self.snd.progress = now;
        }
        self.timers.alarm = match (wanted, self.timers.alarm) {
            (None, _) => None,
            (Some(kind), Some(alarm)) if alarm.0 == kind => Some(alarm),
            (Some(kind), _) => Some((kind, now + self.patience(kind))),
        };
    }

    fn wanted(&self) -> Option<Alarm> {
        match self.state {
            State::Closed | State::TimeWait => None,
            State::SynSent | State::SynReceived => Some(Alarm::Retransmit),
            _ if self.snd.flight() > 0 && self.snd.window > 0 => Some(Alarm::Retransmit),
            _ if self.snd.flight() > 0 => Some(Alarm::Probe),
            _ if self.snd.unsent() > 0 && self.next_new().is_none() => Some(Alarm::Probe),
            _ => None,
        }
    }

    fn patience(&self, kind: Alarm) -> Duration {
        let doublings = if kind == Alarm::Probe { self.timers.probes.min(16) } else { 0 };
        self.rtt.rto().saturating_mul(1 << doublings).min(self.config.max_rto)
    }
}
