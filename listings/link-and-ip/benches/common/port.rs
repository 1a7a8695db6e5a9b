//! An end of a link in memory as smoltcp wants it. The benchmarks of this crate and of `tcp` share
//! it.
//!
//! It takes its buffers from the frames that it has received, as ours does, so that neither side is
//! charged for the allocator.

use std::cell::RefCell;
use std::time::Duration;

use link_and_ip::link::memory::Memory;
use link_and_ip::wire::ethernet;
use smoltcp::phy::{Device, DeviceCapabilities, Medium, RxToken, TxToken};
use smoltcp::time::Instant;

/// The largest packet that both stacks send, in bytes.
pub(crate) const MTU: usize = 1500;

/// Buffers for frames.
pub(crate) type Spare = RefCell<Vec<Vec<u8>>>;

/// An end of the link.
pub(crate) struct Port<'a> {
    pub(crate) link: &'a mut Memory,
    pub(crate) now: Duration,
    /// Which of the link's ports.
    pub(crate) number: usize,
    pub(crate) spare: &'a Spare,
}

/// smoltcp's clock counts microseconds.
pub(crate) fn time(now: Duration) -> Instant {
    Instant::from_micros(now.as_micros() as i64)
}

pub(crate) struct Received<'a> {
    frame: Vec<u8>,
    spare: &'a Spare,
}

impl RxToken for Received<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, read: F) -> R {
        let result = read(&self.frame);
        self.spare.borrow_mut().push(self.frame);
        result
    }
}

pub(crate) struct Sending<'a>(Port<'a>);

impl TxToken for Sending<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, write: F) -> R {
        let Port { link, now, number, spare } = self.0;
        let mut frame = spare.borrow_mut().pop().unwrap_or_default();
        frame.resize(length, 0);
        let result = write(&mut frame);
        link.send(number, frame, now);
        result
    }
}

impl Device for Port<'_> {
    type RxToken<'a>
        = Received<'a>
    where
        Self: 'a;
    type TxToken<'a>
        = Sending<'a>
    where
        Self: 'a;

    fn receive(&mut self, now: Instant) -> Option<(Received<'_>, Sending<'_>)> {
        let frame = self.link.receive(self.number, self.now)?;
        let received = Received { frame, spare: self.spare };
        Some((received, self.transmit(now)?))
    }

    fn transmit(&mut self, _: Instant) -> Option<Sending<'_>> {
        let Self { link, now, number, spare } = self;
        Some(Sending(Port { link, now: *now, number: *number, spare }))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = MTU + ethernet::LENGTH;
        capabilities
    }
}
