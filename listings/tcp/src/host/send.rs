//! Segments out, one from each connection in turn.

use std::time::Duration;

use link_and_ip::link::Node;
use link_and_ip::stack::{InterfaceId, Outgoing};

use super::{ConnectionId, Host, TCP, Tuple};

/// How often IP is told that a peer answers: far more often than a neighbor is doubted (RFC 4861
/// §10: after 30 s), far less often than segments come.
const CONFIRM_EVERY: Duration = Duration::from_secs(1);

impl Host {
    // ANCHOR: pump
    /// Lets the next connection send one segment. `false` if none has anything to send.
    ///
    /// A segment is made when somebody takes the frame, not before: what is acknowledged meanwhile
    /// is not sent again, and no connection can fill a queue that others have to wait for.
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
        let (tuple, interface) = (entry.tuple, entry.interface);
        let mut segment = std::mem::take(&mut self.scratch);
        segment.clear();
        let sent = entry.connection.transmit(&mut segment, self.now);
        if sent {
            self.send_segment(&tuple, interface, &segment);
        }
        self.scratch = segment;
        sent
    }
    // ANCHOR_END: pump

    /// Hands a segment to IP. If IP cannot send it now, it is lost like any other.
    pub(super) fn send_segment(
        &mut self,
        tuple: &Tuple,
        interface: Option<InterfaceId>,
        segment: &[u8],
    ) {
        let packet = Outgoing {
            source: Some(tuple.local.ip()),
            interface,
            // Whoever cannot take it whole shall say so (RFC 1191 §2).
            dont_fragment: true,
            ..Outgoing::new(tuple.remote.ip(), TCP, segment)
        };
        if self.stack.send(&packet, self.now).is_ok() {
            self.counters.sent += 1;
        }
    }

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
        self.stack.receive(interface, frame, now);
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
