//! The stack: frames and time in, frames and events out.

use std::net::IpAddr;
use std::time::Duration;

use addresses::Mac;

/// Which interface: the number that [`Stack::add_interface`] gave.
pub type InterfaceId = u32;

/// How an interface is set up.
#[derive(Clone, Debug)]
pub struct Interface {
    pub mac: Mac,
    /// The largest packet in a frame, in bytes.
    pub mtu: usize,
    /// Our addresses, each with the length of the prefix that is on the link.
    pub addresses: Vec<(IpAddr, u8)>,
}

/// A host or a router.
#[derive(Debug)]
pub struct Stack {}

/// What the stack wants its owner to know.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// An answer to [`Stack::ping`].
    EchoReply { from: IpAddr, identifier: u16, sequence: u16, data: Vec<u8>, hops: u8 },
}

/// Why a packet was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SendError {
    #[error("no route to the destination")]
    NoRoute,
}

impl Stack {
    /// A frame came in at `now`, which is any time since a zero of the caller's.
    pub fn receive(&mut self, _interface: InterfaceId, _frame: &[u8], _now: Duration) {
        todo!()
    }

    /// The next frame to send.
    pub fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        todo!()
    }

    /// Gives a sent frame's buffer back, so that the next one needs no allocation.
    pub fn recycle(&mut self, _frame: Vec<u8>) {
        todo!()
    }

    /// The next event.
    pub fn next_event(&mut self) -> Option<Event> {
        todo!()
    }

    /// When [`Stack::handle_timeout`] wants to be called at the latest.
    pub fn deadline(&self) -> Option<Duration> {
        todo!()
    }

    /// Does what is due at `now`: retries, expiries.
    pub fn handle_timeout(&mut self, _now: Duration) {
        todo!()
    }

    /// Asks `to` for an echo.
    pub fn ping(
        &mut self,
        _to: IpAddr,
        _identifier: u16,
        _sequence: u16,
        _data: &[u8],
        _now: Duration,
    ) -> Result<(), SendError> {
        todo!()
    }
}
