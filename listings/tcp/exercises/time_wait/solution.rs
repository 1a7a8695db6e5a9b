//! Solution: what a segment is shows in its number.

use tcp::Seq;
use tcp::segment::Header;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reaction {
    Drop,
    Acknowledge,
    AcknowledgeAndWaitAgain,
    Open,
}

// ANCHOR: solution
pub(crate) fn arrives(next: Seq, header: &Header, length: u32) -> Reaction {
    let flags = header.flags;
    if flags.rst {
        return Reaction::Drop;
    }
    // A SYN with ACK answers somebody: it opens nothing.
    if flags.syn && !flags.ack && header.seq.is_after(next) {
        return Reaction::Open;
    }
    // The FIN takes the number before `next`; any other one is nobody's.
    if flags.fin && !flags.syn && header.seq + length + 1 == next {
        return Reaction::AcknowledgeAndWaitAgain;
    }
    Reaction::Acknowledge
}
// ANCHOR_END: solution
