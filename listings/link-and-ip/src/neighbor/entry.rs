//! One entry of a cache, and what time does to it.

use std::collections::VecDeque;
use std::time::Duration;

use addresses::Mac;

use super::{Config, Failure, Neighbor, Output, State};

/// What a cache holds about one address.
#[derive(Debug)]
pub(super) enum Entry<P> {
    /// INCOMPLETE: asked, not answered.
    Question(Question<P>),
    /// Every other state.
    Known(Known),
}

#[derive(Debug)]
pub(super) struct Question<P> {
    /// What is sent when the answer comes, the oldest first.
    pub(super) waiting: VecDeque<P>,
    /// Of two questions the older one goes when there is no room.
    pub(super) since: Duration,
    pub(super) attempts: Attempts,
}

#[derive(Debug)]
pub(super) struct Known {
    pub(super) mac: Mac,
    pub(super) phase: Phase,
    /// The last time that a packet went there, or never: the longest unused entry goes when there
    /// is no room, and before it those that only asked.
    pub(super) used: Option<Duration>,
    pub(super) router: bool,
}

/// The state of RFC 4861 §7.3.2, with what each one must remember.
#[derive(Clone, Copy, Debug)]
pub(super) enum Phase {
    Permanent,
    /// Nothing has to happen at its end, so that no timer runs for a neighbor that is not used:
    /// whoever looks sees that it has become STALE.
    Reachable {
        until: Duration,
    },
    Stale,
    Delay {
        until: Duration,
    },
    Probe {
        attempts: Attempts,
        /// A conflict is reported once, not for every forged frame.
        disputed: bool,
    },
}

/// A question that is repeated until it is answered or too many were in vain.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempts {
    made: u8,
    /// When the next one is due, or the last one has failed.
    pub(super) retry: Duration,
}

impl Attempts {
    pub(super) fn first(now: Duration, config: &Config) -> Self {
        Self { made: 1, retry: now.saturating_add(config.retransmit) }
    }

    /// Counts one more; `None` if that would be too many.
    fn next(self, now: Duration, config: &Config) -> Option<Self> {
        let retry = now.saturating_add(config.retransmit);
        (self.made < config.solicitations).then_some(Self { made: self.made + 1, retry })
    }
}

impl Known {
    /// Makes what time has done visible: REACHABLE ends by itself.
    pub(super) fn phase(&self, now: Duration) -> Phase {
        match self.phase {
            Phase::Reachable { until } if until <= now => Phase::Stale,
            phase => phase,
        }
    }

    fn state(&self, now: Duration) -> State {
        match self.phase(now) {
            Phase::Permanent => State::Permanent,
            Phase::Reachable { .. } => State::Reachable,
            Phase::Stale => State::Stale,
            Phase::Delay { .. } => State::Delay,
            Phase::Probe { .. } => State::Probe,
        }
    }
}

impl<P> Entry<P> {
    pub(super) fn neighbor<A>(&self, address: A, now: Duration) -> Neighbor<A> {
        let (mac, state, router) = match self {
            Self::Question(_) => (None, State::Incomplete, false),
            Self::Known(known) => (Some(known.mac), known.state(now), known.router),
        };
        Neighbor { address, mac, state, router }
    }

    /// When [`Entry::timeout`] has something to do.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self {
            Self::Question(question) => Some(question.attempts.retry),
            Self::Known(known) => match known.phase {
                Phase::Delay { until } => Some(until),
                Phase::Probe { attempts, .. } => Some(attempts.retry),
                Phase::Permanent | Phase::Reachable { .. } | Phase::Stale => None,
            },
        }
    }

    // ANCHOR: timeout
    /// Does what is due. Returns whether the entry stays.
    pub(super) fn timeout<A: Copy>(
        &mut self,
        address: A,
        now: Duration,
        config: &Config,
        mut output: impl FnMut(Output<A, P>),
    ) -> bool {
        if self.deadline().is_none_or(|due| now < due) {
            return true;
        }
        match self {
            Self::Question(question) => {
                if let Some(attempts) = question.attempts.next(now, config) {
                    question.attempts = attempts;
                    output(Output::Solicit { address, to: None });
                    return true;
                }
                for packet in question.waiting.drain(..) {
                    output(Output::Failed { address, packet, why: Failure::NoAnswer });
                }
                false
            }
            Self::Known(known) => {
                let (attempts, disputed) = match known.phase {
                    Phase::Probe { attempts, disputed } => (attempts.next(now, config), disputed),
                    _ => (Some(Attempts::first(now, config)), false),
                };
                let mac = known.mac;
                match attempts {
                    Some(attempts) => {
                        known.phase = Phase::Probe { attempts, disputed };
                        output(Output::Solicit { address, to: Some(mac) });
                    }
                    None => output(Output::Lost { address, mac }),
                }
                attempts.is_some()
            }
        }
    }
    // ANCHOR_END: timeout
}
