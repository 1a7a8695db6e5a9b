//! Segments out, one from each connection in turn.

use std::time::Duration;

use link_and_ip::Stack;
use link_and_ip::link::Node;
use link_and_ip::stack::{InterfaceId, Outgoing, SendError};

use super::{ConnectionId, Host, TCP, Tuple};
use crate::segment::Header;

/// How often IP is told that a peer answers: far more often than a neighbor is doubted (RFC 4861
/// §10: after 30 s), far less often than segments come.
const CONFIRM_EVERY: Duration = Duration::from_secs(1);

impl Host {
    // ANCHOR: pump
    /// Lets the next connection send one segment. `false` if none has anything to send.
    ///
    /// A segment is made when somebody takes the frame, not before: what is acknowledged meanwhile
    /// is not sent again, what has come together gets one acknowledgment (RFC 9293 §3.10.7.4), and
    /// no connection can fill a queue that others have to wait for.
    fn pump(&mut self) -> bool {
        let Some(id) = self.sending.pop_front() else { return false };
        if self.send_one(id) {
            self.sending.push_back(id);
        } else if let Some(entry) = self.table.get_mut(id) {
            entry.sending = false;
            self.quiet(id);
        }
        true
    }

    /// Sends the next segment of a connection, if it has one to send.
    pub(super) fn send_one(&mut self, id: ConnectionId) -> bool {
        let Some(entry) = self.table.get_mut(id) else { return false };
        let (tuple, interface) = (&entry.tuple, entry.interface);
        let Some((header, data)) = entry.connection.next_segment(self.now) else { return false };
        match send_segment(&mut self.stack, tuple, interface, &header, data, self.now) {
            Ok(()) => self.counters.sent += 1,
            // Another connection has found the path narrow, and ours has not heard (RFC 8201 §5.4).
            Err(SendError::TooBig { mtu }) => entry.connection.path_mtu(mtu, self.now),
            // If IP cannot send it now, it is lost like any other.
            Err(_) => {}
        }
        true
    }
    // ANCHOR_END: pump

    /// The peer acknowledges what we sent, or sends what comes next, so the way to it works (RFC
    /// 4861 §7.3.1). Any other segment may be from anybody.
    pub(super) fn confirm(&mut self, id: ConnectionId) {
        let now = self.now;
        let Some(entry) = self.table.get_mut(id) else { return };
        if entry.confirmed.is_none_or(|last| now.saturating_sub(last) >= CONFIRM_EVERY) {
            entry.confirmed = Some(now);
            let (remote, interface) = (entry.tuple.remote.ip(), entry.interface);
            self.stack.confirm(remote, interface, now);
        }
    }

    /// Puts a connection among those that may have something to send.
    pub(super) fn wants_to_send(&mut self, id: ConnectionId) {
        if let Some(entry) = self.table.get_mut(id).filter(|entry| !entry.sending) {
            entry.sending = true;
            self.sending.push_back(id);
        }
    }
}

impl Node for Host {
    fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration) {
        self.tick(now);
        if let Some(packet) = self.stack.receive_packet(interface, frame, now) {
            self.arrive(&packet);
        }
        self.drain();
    }

    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        loop {
            if let Some(frame) = self.stack.next_frame() {
                return Some(frame);
            }
            if !self.pump() {
                return self.stack.next_frame();
            }
        }
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        self.stack.recycle(frame);
    }

    fn deadline(&self) -> Option<Duration> {
        [self.stack.deadline(), self.timers.next()].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self, now: Duration) {
        self.tick(now);
        if self.stack.deadline().is_some_and(|deadline| deadline <= now) {
            self.stack.handle_timeout(now);
            self.drain();
        }
        self.run_timers();
    }
}

/// Hands a segment to IP, which lets it be written into the frame.
pub(super) fn send_segment(
    stack: &mut Stack,
    tuple: &Tuple,
    interface: Option<InterfaceId>,
    header: &Header,
    data: [&[u8]; 2],
    now: Duration,
) -> Result<(), SendError> {
    let (from, to) = (tuple.local.ip(), tuple.remote.ip());
    let packet = Outgoing {
        source: Some(from),
        interface,
        // Whoever cannot take it whole shall say so (RFC 1191 §2).
        dont_fragment: true,
        ..Outgoing::new(to, TCP, &[])
    };
    let length = header.length() + data[0].len() + data[1].len();
    stack.send_with(&packet, length, |out| header.write(from, to, data, out), now)
}
