//! A segment arrives (RFC 9293 §3.10.7): the checks, in the order of the RFC.

use std::time::Duration;

use super::receiver::{Acknowledge, Recent};
use super::sender::Resend;
use super::text::Text;
use super::{Connection, Error, State};
use crate::segment::{Flags, Header, Options, Segment, Timestamps};
use crate::seq::Seq;

/// RFC 7323 §5.5: a timestamp that is older than this says nothing.
const OLD: Duration = Duration::from_secs(24 * 24 * 60 * 60);

impl Connection {
    /// SYN-SENT (§3.10.7.3).
    pub(super) fn arrives_in_syn_sent(&mut self, segment: &Segment<'_>, now: Duration) {
        let header = &segment.header;
        // First: an acknowledgment of anything but our SYN is for somebody else.
        if header.flags.ack && header.ack != self.snd.nxt {
            return self.reset_stranger(header);
        }
        // Second.
        if header.flags.rst {
            if header.flags.ack {
                self.finish(Some(Error::Refused));
            }
            return;
        }
        // Fourth; third was security, which nobody has.
        if !header.flags.syn {
            return;
        }
        self.synchronize(header, now);
        if header.flags.ack {
            self.acknowledged(header, now);
            self.establish(header);
            self.rcv.ack = Acknowledge::Now;
        } else {
            // Both sides have sent a SYN at once (§3.5, figure 7): ours goes again, with ACK.
            self.state = State::SynReceived;
            self.snd.go_back();
        }
    }

    // ANCHOR: arrives
    /// The other states (§3.10.7.4).
    pub(super) fn arrives(&mut self, segment: &Segment<'_>, now: Duration) {
        let header = &segment.header;
        if !self.is_timely(header, now) {
            return;
        }
        // First: is it for the window at all?
        let Some(text) = self.in_window(segment) else {
            return self.unacceptable(segment, now);
        };
        // Second.
        if header.flags.rst {
            return self.reset_arrives(header, now);
        }
        // Fourth. After a passive open, the RFC goes from SYN-RECEIVED back to LISTEN, so any
        // number in the window would end it. We ask, as the RFC does in all later states.
        if header.flags.syn {
            return self.challenge(now);
        }
        // Fifth.
        if !header.flags.ack || !self.acknowledgment_arrives(header, &text, now) {
            return;
        }
        self.note_timestamp(header, now);
        // Seventh and eighth; sixth was urgent data.
        self.text_arrives(&text, now);
    }
    // ANCHOR_END: arrives

    /// First: what of a segment lies in the window, or `None` if it is unacceptable.
    ///
    /// More is let in than the table in §3.4 has: a segment without data right behind the window.
    /// A peer that has filled our window sends its acknowledgments from there. So is one with data
    /// at a closed window, without its data: §3.10.7.4 makes an allowance for what it acknowledges.
    fn in_window<'a>(&self, segment: &Segment<'a>) -> Option<Text<'a>> {
        let (start, end) = (segment.header.seq, segment.end());
        let (next, edge) = (self.rcv.nxt, self.rcv.edge());
        let new = if start == end { !end.is_before(next) } else { end.is_after(next) };
        let acceptable = new && !start.is_after(edge);
        acceptable.then(|| Text::cut(segment, next, edge))
    }

    /// It is old, or far ahead. An acknowledgment tells the peer what we are waiting for.
    fn unacceptable(&mut self, segment: &Segment<'_>, now: Duration) {
        self.stats.unacceptable += 1;
        let flags = segment.header.flags;
        if flags.rst {
            return;
        }
        if self.state == State::SynReceived && flags.syn && segment.header.seq == self.rcv.irs {
            // Its SYN again: it has not got our answer. The RFC would have us wait for the timer.
            if !flags.ack && self.snd.resend.is_none() {
                return self.snd.go_back();
            }
            self.rcv.ack = Acknowledge::Now;
            return;
        }
        if flags.fin && segment.end() == self.rcv.nxt && self.state == State::TimeWait {
            // Our last acknowledgment got lost, so the wait begins again. Step eight says so, but
            // such a FIN never comes that far: its number is an old one.
            self.timers.close = Some(now + self.config.time_wait);
        }
        if segment.length() == 0 || flags.syn {
            // Two sides that each find the other's acknowledgments unacceptable must not go on
            // telling each other for ever.
            self.challenge(now);
        } else {
            self.rcv.ack = Acknowledge::Now;
        }
    }

    // ANCHOR: reset_arrives
    /// Second: RST (§3.10.7.4, RFC 5961 §3.2). Only one that has exactly the next number is
    /// believed. Somebody who cannot see our segments has to guess 1 number of 2^32, not one of
    /// a window.
    fn reset_arrives(&mut self, header: &Header, now: Duration) {
        if header.seq != self.rcv.nxt {
            if header.seq.is_within(self.rcv.nxt, self.rcv.window()) {
                self.challenge(now);
            }
            return;
        }
        let error = match self.state {
            State::SynReceived if self.passive => None,
            State::SynReceived => Some(Error::Refused),
            State::Closing | State::LastAck | State::TimeWait => None,
            _ => Some(Error::Reset),
        };
        self.finish(error);
    }
    // ANCHOR_END: reset_arrives

    /// An acknowledgment that makes a peer in earnest say what is wrong: if it has no such
    /// connection, it answers with a RST that has the right number (RFC 5961 §3 to §5).
    ///
    /// Their number is limited for each connection. A limit for all of them together would be
    /// something that connections share, and so a way to find out about others: CVE-2016-5696.
    pub(super) fn challenge(&mut self, now: Duration) {
        if self.timers.may_challenge(now) {
            self.stats.challenge_acks += 1;
            self.rcv.ack = Acknowledge::Now;
        } else {
            self.stats.challenge_acks_withheld += 1;
        }
    }

    /// Answers what acknowledges something that we have never sent, before there is a connection:
    /// `<SEQ=SEG.ACK><CTL=RST>` (§3.5.2). Never a RST to a RST.
    pub(super) fn reset_stranger(&mut self, header: &Header) {
        if !header.flags.rst {
            self.reply = Some(Header {
                source: self.local.port(),
                destination: self.remote.port(),
                seq: header.ack,
                flags: Flags::RST,
                ..Header::default()
            });
        }
    }

    /// The peer's SYN: where its numbers begin, and what it can do.
    pub(super) fn synchronize(&mut self, syn: &Header, now: Duration) {
        let Options { mss, window_scale, sack_permitted, timestamps, .. } = syn.options;
        self.rcv.synchronize(syn.seq);
        // §3.7.1: what holds for a peer that says nothing.
        let default = if self.remote.is_ipv4() { 536 } else { 1220 };
        let smallest = 64;
        self.snd.mss = self.snd.mss.min(u32::from(mss.unwrap_or(default)).max(smallest));
        // RFC 7323 §2.2: both, or none.
        if let Some(scale) = window_scale {
            self.snd.scale = scale;
        } else {
            (self.rcv.scale, self.rcv.scaled) = (0, false);
        }
        self.snd.sack = self.config.sack && sack_permitted;
        self.rcv.timestamps = timestamps
            .filter(|_| self.config.timestamps)
            .map(|theirs| Recent { value: theirs.value, at: now });
        // RFC 7323 §2.2: the window of a SYN is never scaled.
        self.set_window(u32::from(syn.window), syn);
        self.congestion = crate::congestion::NewReno::new(
            self.segment_size(),
            crate::congestion::InitialWindow::default(),
        );
        if self.stats.timeouts > 0 {
            self.congestion.syn_lost();
        }
    }

    /// Our SYN is acknowledged, and theirs has come: bytes may go.
    pub(super) fn establish(&mut self, header: &Header) {
        self.rtt.established();
        self.state = if self.snd.closing { State::FinWait1 } else { State::Established };
        let scale = if header.flags.syn { 0 } else { self.snd.scale };
        self.set_window(u32::from(header.window) << scale, header);
    }

    pub(super) fn set_window(&mut self, window: u32, from: &Header) {
        self.snd.window = window;
        self.snd.largest_window = self.snd.largest_window.max(window);
        (self.snd.wl1, self.snd.wl2) = (from.seq, from.ack);
    }

    /// Protection against wrapped sequence numbers (RFC 7323 §5.3): whether the segment is at least
    /// as new as the last one that we acknowledged.
    fn is_timely(&mut self, header: &Header, now: Duration) -> bool {
        let Some(recent) = self.rcv.timestamps else { return true };
        if header.flags.rst {
            return true;
        }
        let Some(Timestamps { value, .. }) = header.options.timestamps else {
            // RFC 7323 §3.2: one without is dropped, silently.
            return false;
        };
        let older = Seq(value).is_before(Seq(recent.value));
        if older && now.saturating_sub(recent.at) < OLD {
            self.stats.old_timestamps += 1;
            self.challenge(now);
            return false;
        }
        true
    }

    /// What to echo from now on (RFC 7323 §4.3): the timestamp of the segment that the next
    /// acknowledgment is about, and of no later one.
    fn note_timestamp(&mut self, header: &Header, now: Duration) {
        let (Some(recent), Some(theirs)) = (&mut self.rcv.timestamps, header.options.timestamps)
        else {
            return;
        };
        let newer = !Seq(theirs.value).is_before(Seq(recent.value));
        let old = now.saturating_sub(recent.at) >= OLD;
        if (newer || old) && !header.seq.is_after(self.rcv.acknowledged) {
            (recent.value, recent.at) = (theirs.value, now);
        }
    }

    /// Sends again what lies before `end`, beginning now.
    pub(super) fn resend_first(&mut self, length: u32) {
        let end = (self.snd.una + length).earlier(self.snd.nxt);
        self.snd.resend = Some(Resend { next: self.snd.una, end, first: true });
        self.snd.timed = None;
    }
}
