//! What became of every frame, counted.

use std::collections::BTreeMap;
use std::fmt;

use crate::wire::Malformed;

/// Makes the enum and its texts.
macro_rules! reasons {
    ($($(#[$doc:meta])* $name:ident: $text:literal,)*) => {
        /// Why a frame was discarded.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Discard {
            /// It is not what the RFCs say it should be.
            Malformed(Malformed),
            $($(#[$doc])* $name,)*
        }

        impl Discard {
            /// The line that a program prints for it, beginning with the layer.
            pub const fn text(self) -> &'static str {
                match self {
                    Self::Malformed(reason) => reason.text(),
                    $(Self::$name => $text,)*
                }
            }
        }
    };
}

reasons! {
    NoInterface: "ethernet: from an interface that does not exist",
    NotOurFrame: "ethernet: for another card",
    EtherType: "ethernet: a type that we do not speak",
    /// An echo of our own frame, or someone who borrows our MAC address.
    OwnMac: "ethernet: from our own address, or from a group's",

    ArpNotForUs: "arp: about someone else's address",
    ArpOffLink: "arp: the sender's address is not on this link",
    /// Nothing in RFC 826 forbids it, and nobody honest needs it.
    ArpSenderMac: "arp: the sender's MAC address is not the frame's",
    ArpUnasked: "arp: a reply that nobody asked for",
    ArpRefused: "arp: would replace a neighbor that is known and alive",
    ArpConflict: "arp: someone uses our address",

    /// RFC 1122 §3.2.1.3, RFC 4291 §2.5.2, §2.5.3 and §2.7.
    Source: "ip: a source address that no packet may have here",
    OwnSource: "ip: our own address as the source",
    /// RFC 1122 §3.3.6: one such packet, and every host on the link would complain.
    UnicastForAll: "ip: for one host, but the frame was for everyone",
    NotForUs: "ip: for another host, and we are no router",
    /// RFC 7126 §4.3, §4.4: a packet that goes where its sender wants it to go passes filters.
    SourceRoute: "ip: wants to choose its own route",
    NoProtocol: "ip: a protocol that nobody registered",
    NoPort: "udp: nobody listens",
    NothingInside: "ipv6: no next header",
    Destination: "ip: a destination address that no packet may have here",
    NoWayBack: "ip: the answer has no route or no source",

    HopLimit: "forward: has passed too many routers",
    NoRoute: "forward: no route",
    TooBig: "forward: too big for the next link",
    /// RFC 3927 §2.7, RFC 4291 §2.5.6.
    LinkLocal: "forward: link-local addresses stay on their link",
    /// RFC 2644: a ping to it is answered by everyone.
    Broadcast: "forward: to a broadcast address",
    Multicast: "forward: multicast, which we leave out",
    /// RFC 2827, RFC 3704 §2.2.
    SourceElsewhere: "forward: the source is not behind the interface it came from",

    /// RFC 1122 §3.2.2.6 allows it, and smurf is why.
    EchoToGroup: "icmp: echo request to a group",
    IcmpType: "icmp: a type that we do not know",
    /// An honest one quotes a packet that we could have sent.
    IcmpNotOurs: "icmp: an error about a packet that is not ours",
    /// RFC 1122 §3.2.2.2 wants hosts to follow it; anybody on the link can send one.
    Redirect: "icmp: redirect, which we do not follow",

    /// RFC 6980 §5.
    NdpFragments: "ndp: came in fragments",
    NdpSenderMac: "ndp: names another MAC address than the frame's",
    NdpNotForUs: "ndp: about someone else's address",
    NdpOffLink: "ndp: the sender's address is not on this link",
    NdpUnasked: "ndp: an advertisement that nobody asked for",
    NdpRefused: "ndp: would replace a neighbor that is known and alive",
    NdpConflict: "ndp: someone uses our address",
    NdpRouter: "ndp: router discovery, which we leave out",

    /// The owner takes frames and events slower than they come.
    OutputFull: "stack: the queue of frames to send is full",
    EventsFull: "stack: the queue of events is full",
}

impl From<Malformed> for Discard {
    fn from(reason: Malformed) -> Self {
        Self::Malformed(reason)
    }
}

impl fmt::Display for Discard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text())
    }
}

/// What became of a frame that was not discarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Delivered,
    Answered,
    Forwarded,
    Kept,
}

// ANCHOR: counters
/// What became of every frame.
///
/// Each frame that was received is counted once more, under what became of it: see
/// [`Counters::adds_up`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    /// Frames handed to [`Stack::receive`](super::Stack::receive).
    pub received: u64,
    /// Became an event, or something that we now know.
    pub delivered: u64,
    /// Answered at once: an echo, an ARP request, a neighbor solicitation.
    pub answered: u64,
    /// Handed on to the next hop, perhaps after waiting for its address.
    pub forwarded: u64,
    /// A fragment, kept until the others are here.
    pub kept: u64,
    discarded: BTreeMap<Discard, u64>,

    /// Frames put into the queue to send, of whatever origin.
    pub sent: u64,
    /// ICMP errors that we sent.
    pub errors_sent: u64,
    /// ICMP errors that the limiter held back.
    pub errors_limited: u64,
    /// Packets that waited for a neighbor which never answered, or for which there was no room.
    pub unresolved: u64,
    /// Packets of which some fragments never came.
    pub incomplete: u64,
    /// Frames to send that found the queue full.
    pub frames_lost: u64,
    /// Events that found the queue full.
    pub events_lost: u64,
}
// ANCHOR_END: counters

impl Counters {
    /// How many frames were discarded for one reason.
    pub fn discarded(&self, reason: Discard) -> u64 {
        self.discarded.get(&reason).copied().unwrap_or(0)
    }

    /// How many frames were discarded for any reason.
    pub fn discarded_total(&self) -> u64 {
        self.discarded.values().sum()
    }

    // ANCHOR: adds_up
    /// Whether every frame has had exactly one fate.
    pub fn adds_up(&self) -> bool {
        let fates = [self.delivered, self.answered, self.forwarded, self.kept];
        self.received == fates.iter().sum::<u64>() + self.discarded_total()
    }
    // ANCHOR_END: adds_up

    /// Every counter with its name, also those that are zero, but only the reasons that occurred.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let fates = [
            ("received", self.received),
            ("delivered", self.delivered),
            ("answered", self.answered),
            ("forwarded", self.forwarded),
            ("kept for reassembly", self.kept),
            ("discarded", self.discarded_total()),
        ];
        let others = [
            ("sent", self.sent),
            ("errors sent", self.errors_sent),
            ("errors held back", self.errors_limited),
            ("neighbor did not answer", self.unresolved),
            ("fragments missing", self.incomplete),
            ("frames lost", self.frames_lost),
            ("events lost", self.events_lost),
        ];
        let reasons = self.discarded.iter().map(|(reason, number)| (reason.text(), *number));
        fates.into_iter().chain(reasons).chain(others)
    }

    pub(super) fn count(&mut self, fate: Result<Fate, Discard>) {
        match fate {
            Ok(Fate::Delivered) => self.delivered += 1,
            Ok(Fate::Answered) => self.answered += 1,
            Ok(Fate::Forwarded) => self.forwarded += 1,
            Ok(Fate::Kept) => self.kept += 1,
            Err(reason) => *self.discarded.entry(reason).or_default() += 1,
        }
    }
}
