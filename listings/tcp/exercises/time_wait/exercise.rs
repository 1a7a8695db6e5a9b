//! Exercise: a segment comes to a connection that is in TIME-WAIT.

use tcp::Seq;
use tcp::segment::Header;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    /// Nothing.
    Drop,
    /// Say once more what was received. The wait goes on as it was.
    Acknowledge,
    /// The same, and the wait of 2 MSL begins again.
    AcknowledgeAndWaitAgain,
    /// The wait ends, and a new connection begins.
    Open,
}

// ANCHOR: exercise
/// `next` is RCV.NXT of the old connection: one more than its FIN. `length` counts the bytes of
/// data. A segment that comes now is
///
/// - the FIN once more, if our last acknowledgment got lost (RFC 9293 §3.10.7.4, step 8);
/// - an old duplicate, of any kind: that is what TIME-WAIT is there for;
/// - the SYN of a new connection between the same ports. If its number is after all that the old
///   one used, nothing of the old one can be taken for the new one's (§3.6.1, RFC 6191 §2);
/// - a RST. It may be the answer to our answer to an old duplicate (RFC 1337 §1), and is not to end
///   the wait (§3 there).
pub(crate) fn arrives(next: Seq, header: &Header, length: u32) -> Reaction {
    let _ = (next, length);
    if header.flags.rst {
        return Reaction::Drop;
    }
    if header.flags.syn {
        return Reaction::Open;
    }
    Reaction::AcknowledgeAndWaitAgain
}
// ANCHOR_END: exercise
