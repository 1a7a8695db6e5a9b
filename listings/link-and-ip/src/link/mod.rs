//! What carries frames: a link in memory, which needs no rights and no time, and a TAP device of
//! Linux.

pub mod capture;
pub mod memory;
pub mod network;
#[cfg(target_os = "linux")]
pub mod tap;

use std::time::Duration;

use crate::stack::{InterfaceId, Stack};

/// What can be put on a link: frames and time in, frames out. Whatever is built on a [`Stack`]
/// passes these calls on to it.
pub trait Node {
    /// A frame came in.
    fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration);

    /// The next frame to send.
    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)>;

    /// A buffer that is not needed any more.
    fn recycle(&mut self, _frame: Vec<u8>) {}

    /// When [`Node::handle_timeout`] wants to be called at the latest.
    fn deadline(&self) -> Option<Duration>;

    /// Does what is due. Afterwards [`Node::deadline`] must be later than `now`.
    fn handle_timeout(&mut self, now: Duration);
}

impl Node for Stack {
    fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration) {
        Self::receive(self, interface, frame, now);
    }

    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        Self::next_frame(self)
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        Self::recycle(self, frame);
    }

    fn deadline(&self) -> Option<Duration> {
        Self::deadline(self)
    }

    fn handle_timeout(&mut self, now: Duration) {
        Self::handle_timeout(self, now);
    }
}
