//! What the user does (RFC 9293 §3.10.2–§3.10.5), and what the network reports (§3.9.2.2).

use std::time::Duration;

use link_and_ip::stack::ErrorKind;

use super::receiver::Acknowledge;
use super::{Connection, Error, State};

/// No path is so narrow that a segment gets smaller than this.
const MIN_MSS: u32 = 64;

impl Connection {
    /// Takes bytes out that have arrived. `Ok(0)` is the end: the peer has shut its side down.
    pub fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.orphan {
            return Err(Error::Closed);
        }
        let count = self.rcv.buffer.read(buffer);
        if count > 0 && self.state.may_receive() && self.rcv.has_news() {
            self.rcv.ack = Acknowledge::Now;
        }
        match count {
            0 if !buffer.is_empty() && !self.at_end() => Err(Error::WouldBlock),
            count => Ok(count),
        }
    }

    /// Whether all has been read that will ever come.
    fn at_end(&self) -> bool {
        self.rcv.buffer.is_empty() && (self.rcv.is_finished() || self.state == State::Closed)
    }

    /// Puts bytes in; as many as there is room for. Before the connection is there, they wait.
    pub fn write(&mut self, bytes: &[u8], now: Duration) -> Result<usize, Error> {
        if let Some(error) = self.error {
            return Err(error);
        }
        if self.snd.closing || !self.state.may_send() {
            return Err(Error::Closed);
        }
        let count = self.snd.buffer.push(bytes);
        self.rearm(now);
        if count == 0 && !bytes.is_empty() { Err(Error::WouldBlock) } else { Ok(count) }
    }

    /// No more bytes will be written: FIN follows the last one. Reading goes on (half-close,
    /// §3.6.1). Before the connection is there, the FIN waits as bytes do.
    pub fn shutdown(&mut self, now: Duration) {
        if self.snd.closing || !self.state.may_send() {
            return;
        }
        self.snd.closing = true;
        match self.state {
            State::Established => self.state = State::FinWait1,
            State::CloseWait => self.state = State::LastAck,
            _ => {}
        }
        self.rearm(now);
    }

    /// Gives up at once: RST goes out, and the buffers are gone (§3.10.5).
    pub fn abort(&mut self, _now: Duration) {
        match self.state {
            State::Closed => {}
            // The peer knows of nothing yet, or has nothing to lose any more.
            State::SynSent | State::Closing | State::LastAck | State::TimeWait => {
                self.finish(Some(Error::Closed));
            }
            _ => self.reset(Error::Closed),
        }
    }

    /// Nobody will read any more. Data that is unread, or still comes, is answered with RST
    /// (RFC 2525 §2.17); otherwise as [`Connection::shutdown`].
    pub fn close(&mut self, now: Duration) {
        if self.state == State::SynSent || !self.rcv.buffer.is_empty() {
            return self.abort(now);
        }
        self.orphan = true;
        self.shutdown(now);
        if self.state == State::FinWait2 {
            self.timers.close = Some(now + self.config.time_wait);
        }
    }

    /// Whether `read` would give bytes, the end or an error.
    pub fn can_read(&self) -> bool {
        self.error.is_some() || !self.rcv.buffer.is_empty() || self.at_end()
    }

    /// Whether `write` would take bytes or give an error.
    pub fn can_write(&self) -> bool {
        self.error.is_some() || !self.state.may_send() || self.snd.buffer.free() > 0
    }

    /// ICMP says that a segment of ours did not arrive. The owner has checked that its number is
    /// one in flight (RFC 5927 §4.1).
    ///
    /// Before the connection is there, that no such port or protocol exists ends it. Later it is
    /// remembered, and told if the connection times out: RFC 5927 §5.2 treats all errors for a
    /// synchronized connection as soft ones, against RFC 9293 §3.9.2.2.
    pub fn unreachable(&mut self, kind: ErrorKind, _now: Duration) {
        let hard = matches!(kind, ErrorKind::PortUnreachable | ErrorKind::ProtocolUnreachable);
        match self.state {
            State::Closed | State::TimeWait => {}
            State::SynSent | State::SynReceived if hard => self.finish(Some(Error::Unreachable)),
            _ => self.timers.unreachable = true,
        }
    }

    /// Packets of more than `mtu` bytes do not get through. The owner has checked the report. What
    /// was too large goes again at once, and that is no sign of congestion (RFC 1191 §6.4, which
    /// would have one segment go first, as in slow start).
    pub fn path_mtu(&mut self, mtu: usize, now: Duration) {
        let headers = if self.remote.is_ipv4() { 40 } else { 60 };
        let mss = u32::try_from(mtu.saturating_sub(headers)).unwrap_or(u32::MAX).max(MIN_MSS);
        if mss < self.snd.mss {
            self.snd.mss = mss;
            self.congestion.set_smss(self.segment_size());
            if self.state.is_synchronized() && self.snd.flight() > 0 {
                self.snd.go_back();
            }
            self.rearm(now);
        }
    }
}
