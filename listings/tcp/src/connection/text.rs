//! Seventh and eighth: the bytes of a segment, and its FIN (RFC 9293 §3.10.7.4).

use std::time::Duration;

use super::receiver::Acknowledge;
use super::{Connection, Error, State};
use crate::segment::{Flags, Segment};
use crate::seq::Seq;

/// What of a segment lies in the window.
#[derive(Clone, Copy, Debug)]
pub(super) struct Text<'a> {
    start: Seq,
    bytes: &'a [u8],
    /// Whether the peer's FIN follows the last byte.
    fin: bool,
    /// Whether the segment had more than this.
    cut: bool,
}

impl<'a> Text<'a> {
    /// Cuts off what came before, and what there is no room for (§3.10.7.4, step 1).
    pub(super) fn cut(segment: &Segment<'a>, next: Seq, edge: Seq) -> Self {
        // A SYN takes the first number, and its segment is not kept.
        let start = segment.header.seq;
        let old = if start.is_before(next) { next.since(start) as usize } else { 0 };
        let bytes = segment.payload.get(old..).unwrap_or_default();
        let start = start.later(next);
        let room = if start.is_before(edge) { edge.since(start) as usize } else { 0 };
        let fits = bytes.len().min(room);
        let fin = segment.header.flags.fin && fits == bytes.len() && room > fits;
        let cut = segment.payload.len() > fits || segment.header.flags.fin && !fin;
        Self { start, bytes: &bytes[..fits], fin, cut }
    }

    /// The number after the last byte.
    fn end(&self) -> Seq {
        self.start + self.bytes.len() as u32
    }

    pub(super) fn is_empty(&self) -> bool {
        self.bytes.is_empty() && !self.fin && !self.cut
    }
}

impl Connection {
    pub(super) fn text_arrives(&mut self, text: &Text<'_>, now: Duration) {
        if text.is_empty() || !self.state.may_receive() {
            return;
        }
        if text.cut && text.bytes.is_empty() && !text.fin {
            // A probe of our closed window, for one.
            self.rcv.ack = Acknowledge::Now;
            return;
        }
        if self.orphan && !text.bytes.is_empty() {
            // RFC 9293 §3.6.1: nobody will read this, and the peer should know.
            self.stats.bytes_received += text.bytes.len() as u64;
            return self.reset(Error::Closed);
        }
        if self.keep(text) {
            self.advance(text, now);
        }
        if self.rcv.is_finished() {
            self.fin_arrives(now);
        }
    }

    /// Puts the bytes in their place. `false` if there were too many holes already; what comes next
    /// in order makes none.
    fn keep(&mut self, text: &Text<'_>) -> bool {
        let end = text.end();
        if text.start != self.rcv.nxt && !self.rcv.assembler.insert(text.start, end) {
            self.rcv.ack = Acknowledge::Now;
            return false;
        }
        self.rcv.buffer.store(text.start, text.bytes);
        if text.fin && self.rcv.fin.is_none() {
            self.rcv.fin = Some(end);
        }
        true
    }

    /// Moves RCV.NXT over what is complete now, and settles when to acknowledge: at once if
    /// anything is out of order, or a hole was filled (RFC 5681 §4.2), or it is the second segment
    /// (RFC 9293 §3.8.6.3).
    fn advance(&mut self, text: &Text<'_>, now: Duration) {
        let before = self.rcv.nxt;
        let in_order = if text.start == before { text.end() } else { before };
        let next = self.rcv.assembler.advance(in_order);
        self.rcv.buffer.extend(next);
        self.rcv.nxt = next;
        self.stats.bytes_received += u64::from(next.since(before));
        if self.rcv.fin == Some(next) {
            self.rcv.nxt = next + 1;
        }
        if next != before {
            // What was owed for this hole would look like the duplicates of another.
            self.rcv.owed = 0;
        } else if !text.bytes.is_empty() {
            self.stats.out_of_order += 1;
            self.rcv.owed = self.rcv.owed.saturating_add(1);
        }
        let holes = !self.rcv.assembler.is_empty();
        let filled = next.since(before) as usize != text.bytes.len();
        let wait = self.config.delayed_ack;
        self.rcv.ack = match self.rcv.ack {
            Acknowledge::No if !holes && !filled && !text.cut && !wait.is_zero() => {
                Acknowledge::By(now + wait)
            }
            _ => Acknowledge::Now,
        };
    }

    // ANCHOR: fin_arrives
    /// Eighth: the peer's FIN, and all before it, have come.
    fn fin_arrives(&mut self, now: Duration) {
        self.rcv.ack = Acknowledge::Now;
        match self.state {
            State::Established => self.state = State::CloseWait,
            // Ours is not acknowledged yet: that would have led to FIN-WAIT-2 in step five.
            State::FinWait1 => self.state = State::Closing,
            State::FinWait2 => self.wait(now),
            _ => {}
        }
    }
    // ANCHOR_END: fin_arrives

    /// Ends the connection with a RST: `<SEQ=SND.NXT><CTL=RST>` (§3.10.5).
    pub(super) fn reset(&mut self, error: Error) {
        let mut rst = self.header(self.snd.nxt, Flags::RST_ACK, Duration::ZERO);
        rst.options = crate::segment::Options::default();
        self.reply = Some(rst);
        self.finish(Some(error));
    }
}
