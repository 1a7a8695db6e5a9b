//! Neighbor caches: which MAC address has the neighbor with this IP address?
//!
//! IPv4 asks with ARP ([RFC 826]), IPv6 with Neighbor Discovery ([RFC 4861]). The questions look
//! different on the wire; what a host must remember is the same, so one [`Cache`] serves both. Its
//! states are those of RFC 4861 §7.3.2. For ARP they answer [RFC 1122] §2.3.2.1, which wants old
//! entries verified: by a timeout, by a unicast poll, by advice of the layers above. REACHABLE is
//! the timeout, PROBE is the poll, and [`Cache::confirm`] is the advice.
//!
//! ```text
//!            an answer                 no news for 30 s              a packet to send
//! INCOMPLETE ---------> REACHABLE ------------------------> STALE ------------------> DELAY
//!     |                     ^  ^                                                        |
//!     | no answer           |  +-------------- news from above ------------------------+| 5 s
//!     v                     +------------------ an answer ------------ PROBE <----------+
//!  forgotten <---------------------------------- no answer ------------- |
//! ```
//!
//! Nothing here sends or waits. Methods take the time, and [`Cache::next_output`] says what is to
//! be done. Three things keep a stranger on the link from doing harm, because neither protocol
//! proves who speaks:
//!
//! - **Nobody is learned unasked.** An answer to no question makes no entry (RFC 4861 §7.2.5); a
//!   question to us does (§7.2.3, RFC 826), because we are about to answer its sender.
//! - **A known address is not overwritten** while its holder still answers: [`Trust`].
//! - **Everything is bounded**: [`Config`]. Open questions have places of their own, so that a
//!   scan of 2⁶⁴ addresses pushes out other questions and never a neighbor ([RFC 6583]). If those
//!   are all taken, the oldest question goes. If all places for neighbors are taken, the one goes
//!   that has not been used for longest; a stranger that asked us gets a place only from one that
//!   we never sent anything to.
//!
//! It leaves out: proxies, anycast's random delays, and proof (SEND, [RFC 3971]). Whoever answers
//! a question first is still believed.
//!
//! ```
//! use std::net::Ipv4Addr;
//! use std::time::Duration;
//! use addresses::Mac;
//! use link_and_ip::neighbor::{Cache, Config, Heard, Output};
//!
//! let mut cache = Cache::new(Config::default(), 1);
//! let bob = Ipv4Addr::new(192, 0, 2, 2);
//! let card = Mac([2, 0, 0, 0, 0, 2]);
//!
//! // The first packet has to wait for an answer,
//! assert_eq!(cache.resolve(bob, "first", Duration::ZERO), None);
//! assert_eq!(cache.next_output(), Some(Output::Solicit { address: bob, to: None }));
//! cache.heard(bob, Heard::Reply { mac: card }, Duration::from_millis(1));
//! assert_eq!(cache.next_output(), Some(Output::Transmit { mac: card, packet: "first" }));
//!
//! // the second does not.
//! let now = Duration::from_millis(2);
//! assert_eq!(cache.resolve(bob, "second", now), Some((card, "second")));
//! ```
//!
//! [RFC 826]: https://www.rfc-editor.org/rfc/rfc826
//! [RFC 1122]: https://www.rfc-editor.org/rfc/rfc1122
//! [RFC 3971]: https://www.rfc-editor.org/rfc/rfc3971
//! [RFC 4861]: https://www.rfc-editor.org/rfc/rfc4861
//! [RFC 6583]: https://www.rfc-editor.org/rfc/rfc6583

mod cache;
mod entry;

use std::fmt;
use std::time::Duration;

use addresses::Mac;

pub use cache::Cache;

/// Who may change the MAC address of a neighbor that we know.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Trust {
    /// Anyone, as RFC 826 and RFC 4861 §7.2.5 have it: one forged packet redirects all we send.
    Any,
    /// Nobody, as long as the known holder answers. A claim that differs is refused, reported and
    /// starts a probe of the known holder. If that fails, the entry is forgotten and the next
    /// packet asks everyone. A replaced network card is so cut off for about 3 seconds more.
    #[default]
    Verify,
}

/// Times and limits.
#[derive(Clone, Debug)]
pub struct Config {
    pub trust: Trust,
    /// Entries with a MAC address. A link has rarely more neighbors that talk to one host.
    pub known: usize,
    /// Entries that wait for an answer, in places of their own.
    pub unresolved: usize,
    /// Packets that wait for the same answer; of more, the latest are kept. RFC 1122 §2.3.2.2 and
    /// RFC 4861 §7.2.2 want at least one.
    pub waiting: usize,
    /// How long an answer is good for, give or take a half: `REACHABLE_TIME` (RFC 4861 §10).
    pub reachable: Duration,
    /// How long an answer may take: `RETRANS_TIMER`. It also keeps requests for one address to one
    /// a second (RFC 1122 §2.3.2.1).
    pub retransmit: Duration,
    /// How long the layers above have for good news before we ask: `DELAY_FIRST_PROBE_TIME`.
    pub delay: Duration,
    /// How often we ask in vain: `MAX_MULTICAST_SOLICIT` and `MAX_UNICAST_SOLICIT`.
    pub solicitations: u8,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            trust: Trust::default(),
            known: 512,
            unresolved: 128,
            // A packet in pieces arrives whole or not at all: 16 of Ethernet's make 23 KiB. Linux
            // keeps some 100 frames.
            waiting: 16,
            reachable: Duration::from_secs(30),
            retransmit: Duration::from_secs(1),
            delay: Duration::from_secs(5),
            solicitations: 3,
        }
    }
}

impl Config {
    /// The most outputs that may wait for [`Cache::next_output`]: room for what one call can
    /// cause, which is that all questions fail at once and all neighbors are probed.
    fn outputs(&self) -> usize {
        2 * self.known + (self.waiting + 2) * self.unresolved
    }
}

// ANCHOR: heard
/// What a frame says about the MAC address of the neighbor that sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Heard {
    /// It asks for an address of ours: an ARP request, or a neighbor solicitation with a source
    /// link-layer address (RFC 826, RFC 4861 §7.2.3).
    Request { mac: Mac },
    /// ARP that is about others, or about nobody: a request for a third host, a gratuitous one.
    Overheard { mac: Mac },
    /// An ARP reply to us.
    Reply { mac: Mac },
    /// A neighbor advertisement (RFC 4861 §4.4).
    Advertisement {
        /// The target link-layer address option.
        mac: Option<Mac>,
        /// The S flag: it answers a solicitation, so both directions work.
        solicited: bool,
        /// The O flag: it may replace what is cached.
        overrides: bool,
        /// The R flag: it forwards packets.
        router: bool,
    },
}
// ANCHOR_END: heard

/// What became of something [`Heard`], so that its frame is counted once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The MAC address is new to us.
    Learned,
    /// It is the one that we know, or none was named.
    Known,
    /// It replaces the one that we knew.
    Changed,
    /// It differs from the one that we know, and does not replace it.
    Refused,
    /// It answers no question of ours.
    Unasked,
    /// It is the address of a group of cards: nobody has it (RFC 1812 §3.3.2).
    GroupMac,
    /// There was no room for one more neighbor.
    Full,
}

/// Something to do, or to know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Output<A, P> {
    /// Ask who has `address`: everyone, or only the card that had it.
    Solicit { address: A, to: Option<Mac> },
    /// A packet has waited for this.
    Transmit { mac: Mac, packet: P },
    /// A packet will not be sent.
    Failed { address: A, packet: P, why: Failure },
    /// The neighbor has got another MAC address.
    Changed { address: A, from: Mac, to: Mac },
    /// Somebody claims the address of a neighbor, and we stay with the one that we know.
    Conflict { address: A, known: Mac, claimed: Mac },
    /// The neighbor no longer answers and is forgotten.
    Lost { address: A, mac: Mac },
}

/// Why a packet will not be sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// Nobody answered: its sender is owed a "host unreachable" (RFC 4861 §7.2.2).
    NoAnswer,
    /// A later packet took its place in the queue.
    QueueFull,
    /// A later question took the place of the one that it waited for.
    TableFull,
}

/// What is known about a neighbor (RFC 4861 §7.3.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum State {
    /// We have asked, and nobody has answered yet.
    Incomplete,
    /// It answered not long ago.
    Reachable,
    /// It may have gone; nobody has looked, because nothing is sent to it.
    Stale,
    /// Something is being sent to it, and may bring good news.
    Delay,
    /// It brought none, and we ask.
    Probe,
    /// Its MAC address was given to us, and no frame changes it.
    Permanent,
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Incomplete => "INCOMPLETE",
            Self::Reachable => "REACHABLE",
            Self::Stale => "STALE",
            Self::Delay => "DELAY",
            Self::Probe => "PROBE",
            Self::Permanent => "PERMANENT",
        })
    }
}

/// An entry, to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Neighbor<A> {
    pub address: A,
    /// `None` while INCOMPLETE.
    pub mac: Option<Mac>,
    pub state: State,
    /// It has said that it forwards packets. Only Neighbor Discovery knows.
    pub router: bool,
}
