//! What goes over the counter between the stack and its owner: events out, packets in.

use std::net::IpAddr;

use addresses::Mac;

use super::InterfaceId;
use crate::wire::Protocol;

/// What the stack wants its owner to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An answer to [`Stack::ping`](super::Stack::ping). `hops` is the hop limit that was left.
    EchoReply { from: IpAddr, identifier: u16, sequence: u16, data: Vec<u8>, hops: u8 },
    /// A packet for a protocol that the owner has [registered](super::Stack::register).
    Packet(Packet),
    /// Someone says, or we found out, that a packet of ours did not arrive.
    Error(DeliveryError),
    /// A neighbor claims an address that is already known to belong to another card, or to us.
    Conflict { interface: InterfaceId, address: IpAddr, claimed_by: Mac },
}

/// A packet that has arrived for one of our addresses, put together if it came in fragments. Its
/// bytes are its own, or `&[u8]` and still in the frame that they came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Packet<B = Vec<u8>> {
    pub interface: InterfaceId,
    pub source: IpAddr,
    pub destination: IpAddr,
    /// What the payload is.
    pub protocol: Protocol,
    /// As it arrived. [RFC 5082](https://www.rfc-editor.org/rfc/rfc5082) is why anyone asks.
    pub hop_limit: u8,
    /// Headers included: an ICMP error must quote them.
    pub(super) bytes: B,
    /// Where the headers end in `bytes`.
    pub(super) payload_at: usize,
    /// Whether the frame was for everyone: nobody may be sent an error for it.
    pub(super) link_group: bool,
}

impl<B: AsRef<[u8]>> Packet<B> {
    /// What the transport protocol sent: its header and its data.
    pub fn payload(&self) -> &[u8] {
        self.bytes.as_ref().get(self.payload_at..).unwrap_or_default()
    }

    /// The same packet with its bytes borrowed.
    pub fn borrowed(&self) -> Packet<&[u8]> {
        self.with(self.bytes.as_ref())
    }
}

impl<B> Packet<B> {
    /// The same packet with its bytes elsewhere.
    pub(super) fn with<C>(&self, bytes: C) -> Packet<C> {
        Packet {
            interface: self.interface,
            source: self.source,
            destination: self.destination,
            protocol: self.protocol,
            hop_limit: self.hop_limit,
            bytes,
            payload_at: self.payload_at,
            link_group: self.link_group,
        }
    }
}

impl Packet {
    /// The buffer, for [`Stack::recycle`](super::Stack::recycle).
    pub fn into_buffer(self) -> Vec<u8> {
        self.bytes
    }
}

/// What became of a packet of ours.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeliveryError {
    /// Who says so: a router, the destination, or one of our own addresses.
    pub reporter: IpAddr,
    pub kind: ErrorKind,
    /// Of the packet that this is about.
    pub source: IpAddr,
    pub destination: IpAddr,
    pub protocol: Protocol,
    /// The beginning of its payload, at least 8 bytes unless the reporter was stingy: a transport
    /// protocol finds its ports here. Empty if the packet was a later fragment, which has none.
    pub quoted: Vec<u8>,
}

/// Why a packet of ours did not arrive (RFC 792, RFC 4443 §3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ErrorKind {
    /// No router knows a way.
    NetworkUnreachable,
    /// The last router, or we, got no answer from the destination's link.
    HostUnreachable,
    /// The destination does not have this protocol.
    ProtocolUnreachable,
    /// Nobody listens on the port.
    PortUnreachable,
    /// A policy forbids it.
    Prohibited,
    /// Unreachable for another reason: the code of the message.
    Unreachable(u8),
    /// The packet was larger than a link on the way takes; the largest one that fits.
    TooBig { mtu: usize },
    /// It passed too many routers.
    HopLimitExceeded,
    /// The destination waited too long for a fragment.
    ReassemblyTimeExceeded,
    /// The receiver did not understand the header; the byte that it stumbled on.
    ParameterProblem { code: u8, pointer: u32 },
}

/// A packet to send: what a transport protocol decides, the rest is ours.
#[derive(Clone, Copy, Debug)]
pub struct Outgoing<'a> {
    /// `None` takes [`Stack::source_for`](super::Stack::source_for).
    pub source: Option<IpAddr>,
    pub destination: IpAddr,
    pub protocol: Protocol,
    /// `None` takes 64.
    pub hop_limit: Option<u8>,
    /// Which link a link-local, multicast or broadcast destination is on. Other destinations have
    /// a route.
    pub interface: Option<InterfaceId>,
    /// Whether it is better lost than cut: how the path's MTU is found (RFC 1191 §3). IPv6 routers
    /// never cut, but with this unset we do.
    pub dont_fragment: bool,
    /// The transport protocol's header and data, checksum included.
    pub payload: &'a [u8],
}

impl<'a> Outgoing<'a> {
    /// A packet with everything else as usual.
    pub fn new(destination: IpAddr, protocol: Protocol, payload: &'a [u8]) -> Self {
        Self {
            source: None,
            destination,
            protocol,
            hop_limit: None,
            interface: None,
            dont_fragment: false,
            payload,
        }
    }
}

/// An echo request to send (RFC 792, RFC 4443 §4.1).
#[derive(Clone, Copy, Debug)]
pub struct Echo<'a> {
    pub to: IpAddr,
    pub identifier: u16,
    pub sequence: u16,
    pub data: &'a [u8],
    /// `None` takes 64; `traceroute` counts it up from 1.
    pub hop_limit: Option<u8>,
    /// As in [`Outgoing`].
    pub interface: Option<InterfaceId>,
    /// As in [`Outgoing`].
    pub dont_fragment: bool,
}

/// Why a packet was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    #[error("no route to the destination: add one, or a default route")]
    NoRoute,
    #[error("no address of ours can be the source: give the interface one of the same version")]
    NoSource,
    #[error("the source is none of our addresses")]
    NotOurs,
    #[error("source and destination are of different versions of IP")]
    MixedVersions,
    #[error("the destination is on every link: say which interface")]
    NeedsInterface,
    #[error("there is no such interface")]
    NoInterface,
    #[error("the destination cannot be sent to")]
    BadDestination,
    #[error("larger than the {mtu} bytes that the path takes, and not to be cut")]
    TooBig { mtu: usize },
    #[error("a hop limit of 0: such a packet must not leave us; 1 reaches the first router")]
    NoHops,
    #[error("larger than 65535 bytes: no IP packet holds it")]
    TooLong,
    #[error("the destination is ourselves: nothing is looped back")]
    Ourselves,
    #[error("the queue is full: take the frames out with `next_frame`")]
    QueueFull,
}
