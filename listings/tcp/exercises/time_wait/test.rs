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
    arrives(NEXT, &Header { seq, flags, ..Header::default() })
}

#[test]
fn the_fin_again_begins_the_wait_again() {
    assert_eq!(comes(Flags::FIN_ACK, NEXT - 1), Reaction::AcknowledgeAndWaitAgain);
}

/// Otherwise somebody who keeps sending old segments keeps the ports in use for ever.
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
