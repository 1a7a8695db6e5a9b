//! What we know about the bytes that we send: the send sequence space (RFC 9293 §3.3.1).

use std::time::Duration;

use super::Config;
use super::scoreboard::Scoreboard;
use crate::buffer;
use crate::seq::Seq;

/// SND.UNA, SND.NXT and so on.
///
/// `nxt` never goes back. What is sent once more is what `resend` says.
#[derive(Debug)]
pub(super) struct Sender {
    /// ISS: our SYN's number.
    pub(super) iss: Seq,
    /// SND.UNA: the first number that is not acknowledged.
    pub(super) una: Seq,
    /// SND.NXT: the first number that was never sent.
    pub(super) nxt: Seq,
    /// SND.WND: how much the peer takes from `una` on, in bytes.
    pub(super) window: u32,
    /// SND.WL1 and SND.WL2: which segment the window is from, so that an older one cannot set it.
    pub(super) wl1: Seq,
    pub(super) wl2: Seq,
    /// The largest window that there ever was: half of it is worth a segment (RFC 9293
    /// §3.8.6.2.1), and an acknowledgment older than it is none (RFC 5961 §5.2).
    pub(super) largest_window: u32,
    /// How far the peer's windows are shifted (RFC 7323 §2).
    pub(super) scale: u8,
    /// The largest segment without any options, in bytes (RFC 9293 §3.7.1).
    pub(super) mss: u32,
    pub(super) buffer: buffer::Send,
    /// Whether FIN follows the last byte.
    pub(super) closing: bool,
    /// Whether the peer takes selective acknowledgments, and gives them.
    pub(super) sack: bool,
    pub(super) scoreboard: Scoreboard,
    /// What is believed to be lost and was not yet sent again. The scoreboard has what is not lost.
    pub(super) resend: Option<Resend>,
    /// The end of a segment and when it was sent: one round trip is measured at a time (RFC 6298
    /// §3). `None` as soon as anything is sent again, for nobody could tell which was acknowledged.
    pub(super) timed: Option<(Seq, Duration)>,
    /// When something was sent again the last time.
    pub(super) resent: Duration,
    /// When there was progress the last time, or nothing that could have made any.
    pub(super) progress: Duration,
    pub(super) last_sent: Duration,
    /// How much was on the way when something could go the last time. Acknowledgments that come
    /// together make the flight smaller one after the other, but the window was used.
    pub(super) tried: u32,
    /// Whether a segment may go that the window or Nagle would hold back.
    pub(super) probe: bool,
}

/// Numbers from `next` to before `end` are to be sent again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Resend {
    pub(super) next: Seq,
    pub(super) end: Seq,
    /// The first segment goes even if the congestion window has no room: it replaces the one that
    /// was lost.
    pub(super) first: bool,
}

impl Sender {
    /// Our SYN has its number, and is yet to go.
    pub(super) fn new(config: &Config, iss: Seq, now: Duration) -> Self {
        let nxt = iss + 1;
        Self {
            iss,
            una: iss,
            nxt,
            window: 0,
            wl1: Seq(0),
            wl2: Seq(0),
            largest_window: 0,
            scale: 0,
            mss: config.mss.into(),
            buffer: buffer::Send::new(config.send_buffer, nxt),
            closing: false,
            sack: false,
            scoreboard: Scoreboard::default(),
            resend: Some(Resend { next: iss, end: nxt, first: true }),
            timed: None,
            resent: now,
            progress: now,
            last_sent: now,
            tried: 0,
            probe: false,
        }
    }

    /// The number after all that is to be sent, FIN included.
    pub(super) fn end(&self) -> Seq {
        self.buffer.end() + u32::from(self.closing)
    }

    /// How many numbers were never sent.
    pub(super) fn unsent(&self) -> u32 {
        self.end().since(self.nxt)
    }

    /// Sent and not acknowledged: `FlightSize` (RFC 5681 §2).
    pub(super) fn flight(&self) -> u32 {
        self.nxt.since(self.una)
    }

    /// How much of that is believed to be on the way: `pipe` (RFC 6675 §4). Neither what the peer
    /// holds is, nor what was lost and not sent again.
    pub(super) fn pipe(&self) -> u32 {
        let lost = match self.resend {
            Some(lost) if lost.next.is_before(lost.end) => {
                lost.end.since(lost.next) - self.scoreboard.held(lost.next, lost.end)
            }
            _ => 0,
        };
        self.flight().saturating_sub(self.scoreboard.held(self.una, self.nxt) + lost)
    }

    /// How far the peer lets us go: the number after the last that it takes.
    pub(super) fn edge(&self) -> Seq {
        self.una + self.window
    }

    /// How many numbers the peer takes from `at` on.
    pub(super) fn usable(&self, at: Seq) -> u32 {
        if at.is_before(self.edge()) { self.edge().since(at) } else { 0 }
    }

    /// Everything that was sent and not acknowledged goes again.
    pub(super) fn go_back(&mut self) {
        self.resend = Some(Resend { next: self.una, end: self.nxt, first: true });
        self.timed = None;
    }

    /// Something goes again, so nobody could tell which of its copies was acknowledged.
    pub(super) fn note_resent(&mut self, now: Duration) {
        (self.timed, self.resent) = (None, now);
    }

    /// What the peer does not hold of what is to be sent again, from its beginning.
    pub(super) fn hole(&self) -> Option<(Seq, Seq)> {
        let resend = self.resend?;
        self.scoreboard.hole(resend.next, resend.end)
    }

    pub(super) fn discard(&mut self) {
        self.buffer.clear();
        self.scoreboard.clear();
        self.resend = None;
        self.probe = false;
    }
}
