//! `cargo test -p tcp --test time_wait`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{Reaction, arrives};
use tcp::Seq;
use tcp::segment::{Flags, Header};

/// RCV.NXT: the numbers wrap around soon.
const NEXT: Seq = Seq(u32::MAX - 10);

fn comes(flags: Flags, seq: Seq) -> Reaction {
    brings(0, flags, seq)
}

fn brings(length: u32, flags: Flags, seq: Seq) -> Reaction {
    arrives(NEXT, &Header { seq, flags, ..Header::default() }, length)
}

#[test]
fn the_fin_again_begins_the_wait_again() {
    assert_eq!(comes(Flags::FIN_ACK, NEXT - 1), Reaction::AcknowledgeAndWaitAgain);
    // The last 100 bytes come with it.
    assert_eq!(brings(100, Flags::FIN_ACK, NEXT - 101), Reaction::AcknowledgeAndWaitAgain);
}

/// Otherwise a stranger who sends one now and then keeps the ports in use for ever.
#[test]
fn a_fin_with_a_wrong_number_does_not() {
    for seq in [NEXT, NEXT + 1, NEXT - 2, NEXT - 100_000] {
        assert_eq!(comes(Flags::FIN_ACK, seq), Reaction::Acknowledge, "{seq:?}");
    }
    assert_eq!(brings(100, Flags::FIN_ACK, NEXT - 1), Reaction::Acknowledge);
}

/// Otherwise old segments that are still on their way do the same.
#[test]
fn old_data_does_not_begin_the_wait_again() {
    assert_eq!(comes(Flags::PSH_ACK, NEXT - 1000), Reaction::Acknowledge);
    assert_eq!(comes(Flags::ACK, NEXT - 1), Reaction::Acknowledge);
}

#[test]
fn a_new_connection_may_come() {
    assert_eq!(comes(Flags::SYN, NEXT + 1), Reaction::Open);
    // Numbers wrap around: 5000 comes after 4,294,967,285.
    assert_eq!(comes(Flags::SYN, Seq(5000)), Reaction::Open);
}

#[test]
fn an_old_syn_opens_nothing() {
    assert_eq!(comes(Flags::SYN, NEXT - 100_000), Reaction::Acknowledge);
    assert_eq!(comes(Flags::SYN_ACK, NEXT + 1), Reaction::Acknowledge);
}

#[test]
fn a_reset_kills_nothing() {
    for seq in [NEXT, NEXT - 5, NEXT + 5] {
        assert_eq!(comes(Flags::RST, seq), Reaction::Drop);
    }
}
