//! Fifth: what the acknowledgment in a segment says (RFC 9293 §3.10.7.4).

use std::time::Duration;

use super::sender::Resend;
use super::text::Text;
use super::{Connection, State};
use crate::congestion::{Advice, DUPLICATES};
use crate::segment::Header;

impl Connection {
    /// `false` if the segment is to be dropped.
    pub(super) fn acknowledgment_arrives(
        &mut self,
        header: &Header,
        text: &Text<'_>,
        now: Duration,
    ) -> bool {
        if self.state == State::SynReceived {
            if header.ack != self.snd.nxt {
                self.reset_stranger(header);
                return false;
            }
            self.establish(header);
        }
        if !self.is_believable(header) {
            self.challenge(now);
            return false;
        }
        self.timers.heard(now);
        let sacked = self.note_blocks(header);
        if header.ack.is_after(self.snd.una) {
            self.acknowledged(header, now);
        } else if self.is_duplicate(header, text, sacked) {
            self.duplicate();
        }
        if sacked {
            self.note_lost();
        }
        self.window_arrives(header, now);
        self.fin_acknowledged(now);
        true
    }

    /// RFC 5961 §5.2: an acknowledgment of what was never sent is a guess, and so is one of what
    /// lies further back than any window.
    fn is_believable(&self, header: &Header) -> bool {
        let oldest = self.snd.una - self.snd.largest_window;
        !header.ack.is_after(self.snd.nxt) && !header.ack.is_before(oldest)
    }

    /// SEG.ACK is after SND.UNA: something has arrived.
    pub(super) fn acknowledged(&mut self, header: &Header, now: Duration) {
        let ack = header.ack;
        self.measure(header, now);
        let syn = u32::from(self.snd.una.is_before(self.snd.buffer.start()));
        let bytes = ack.since(self.snd.una) - syn;
        let recovering = self.congestion.is_recovering();
        let flight = if recovering { self.snd.flight() } else { self.snd.tried };
        self.snd.una = ack;
        self.snd.buffer.acknowledge(ack);
        self.snd.scoreboard.acknowledge(ack);
        self.snd.progress = now;
        self.timers.progress();
        if bytes == 0 {
            // Our SYN is no data.
            self.snd.resend = None;
            return;
        }
        if let Some(resend) = &mut self.snd.resend {
            resend.next = resend.next.later(ack);
        }
        match self.congestion.acknowledged(ack, bytes, flight) {
            Advice::Retransmit { .. } if self.snd.sack => self.note_partial(),
            Advice::Retransmit { .. } => self.resend_first(self.segment_size()),
            Advice::Recovered => self.snd.resend = None,
            Advice::Go => {}
        }
        self.snd.resend = self
            .snd
            .resend
            .filter(|resend| self.congestion.is_recovering() || resend.next.is_before(resend.end));
    }

    /// How long the round trip took (RFC 6298 §3). Of a segment that was sent more than once only
    /// a timestamp says which of them was acknowledged (RFC 7323 §4), and it is asked only while
    /// nothing else is timed.
    ///
    /// An echo that is older than the last retransmission tells nothing: that may have come too,
    /// and was old already, because an acknowledgment got lost. Such a round trip has a timeout in
    /// it, and makes the next timeout longer: it grows to minutes on a bad link.
    fn measure(&mut self, header: &Header, now: Duration) {
        let timed = self.snd.timed.filter(|(end, _)| !header.ack.is_before(*end));
        if let Some((_, sent)) = timed {
            self.snd.timed = None;
            self.rtt.sample(now.saturating_sub(sent));
        } else if self.snd.timed.is_none()
            && let (Some(_), Some(theirs)) = (self.rcv.timestamps, header.options.timestamps)
        {
            let elapsed = self.clock(now).wrapping_sub(theirs.echo);
            // One more, for the clock counts whole milliseconds.
            let most = now.saturating_sub(self.snd.resent).as_millis() + 1;
            // A peer that echoes nonsense must not make us wait for weeks.
            if u128::from(elapsed) <= most.min(self.config.max_rto.as_millis()) {
                self.rtt.sample(Duration::from_millis(elapsed.into()));
            }
        }
    }

    /// RFC 2018 §5: notes what the peer holds. Whether anything of it is new.
    fn note_blocks(&mut self, header: &Header) -> bool {
        if !self.snd.sack {
            return false;
        }
        let una = self.snd.una.later(header.ack);
        let mut new = false;
        for &(start, end) in header.options.sack.iter().flatten() {
            let sane = start.is_before(end) && !end.is_after(self.snd.nxt);
            // What lies before `una` reports that something came twice (RFC 2883).
            if sane && start.is_after(una) {
                new |= self.snd.scoreboard.insert(start, end);
            }
        }
        new
    }

    /// Whether an acknowledgment says that something came behind a hole: RFC 5681 §2, or with
    /// blocks, RFC 6675 §2. The answers to our probes look the same, but for the closed window.
    fn is_duplicate(&self, header: &Header, text: &Text<'_>, sacked: bool) -> bool {
        if self.snd.sack {
            return sacked;
        }
        let window = u32::from(header.window) << self.snd.scale;
        header.ack == self.snd.una
            && self.snd.flight() > 0
            && window > 0
            && text.is_empty()
            && window == self.snd.window
    }

    /// The third one starts fast retransmit (RFC 5681 §3.2).
    fn duplicate(&mut self) {
        self.stats.duplicate_acks += 1;
        let snd = &self.snd;
        if self.congestion.duplicate(snd.una, snd.nxt, snd.flight()) {
            self.stats.fast_retransmits += 1;
            self.resend_first(self.segment_size());
        }
    }

    /// In fast recovery, with blocks: every hole that enough has arrived behind is lost (RFC 6675
    /// §4), not only the first one.
    fn note_lost(&mut self) {
        let enough = (DUPLICATES - 1) * self.segment_size();
        if let (true, Some(resend)) = (self.congestion.is_recovering(), &mut self.snd.resend)
            && let Some(until) = self.snd.scoreboard.lost_until(enough)
        {
            resend.end = resend.end.later(until);
        }
    }

    /// A partial acknowledgment, with blocks: what is missing there is lost too, unless it is on
    /// its way again.
    fn note_partial(&mut self) {
        let end = (self.snd.una + self.segment_size()).earlier(self.snd.nxt);
        let una = self.snd.una;
        let resend = self.snd.resend.get_or_insert(Resend { next: una, end, first: true });
        if !resend.next.is_after(una) {
            resend.end = resend.end.later(end);
            resend.first = true;
        }
    }

    /// SND.WL1 and SND.WL2: a window is taken from a newer segment only.
    fn window_arrives(&mut self, header: &Header, now: Duration) {
        let (wl1, wl2) = (self.snd.wl1, self.snd.wl2);
        let newer = wl1.is_before(header.seq) || (wl1 == header.seq && !header.ack.is_before(wl2));
        if header.ack.is_before(self.snd.una) || !newer {
            return;
        }
        let closed = self.snd.window == 0;
        self.set_window(u32::from(header.window) << self.snd.scale, header);
        if closed && self.snd.window > 0 && self.snd.flight() > 0 {
            // What a closed window has turned away, a probe among it, goes again. The peer has had
            // no chance to acknowledge that, however long it took.
            self.snd.go_back();
            self.snd.progress = now;
        }
    }

    /// What it means that our FIN has arrived.
    fn fin_acknowledged(&mut self, now: Duration) {
        if !self.snd.closing || self.snd.una != self.snd.end() {
            return;
        }
        match self.state {
            State::FinWait1 => {
                self.state = State::FinWait2;
                if self.orphan {
                    // Nobody waits for the peer's last words any more. The RFC would have us wait
                    // for ever.
                    self.timers.close = Some(now + self.config.time_wait);
                }
            }
            State::Closing => self.wait(now),
            State::LastAck => self.finish(None),
            _ => {}
        }
    }

    /// Enters TIME-WAIT (§3.6.1).
    pub(super) fn wait(&mut self, now: Duration) {
        self.state = State::TimeWait;
        self.timers.close = Some(now + self.config.time_wait);
        self.snd.discard();
    }
}
