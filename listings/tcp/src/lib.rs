//! TCP in user space, on the stack of `link-and-ip`: what a kernel does behind a socket.
//!
//! [`Connection`] takes segments, calls and the time, and gives segments and bytes. It holds no
//! socket, no thread and no clock, so a test plays an hour of it in a millisecond, and the same each
//! time. [`host::Host`] puts many of them on one [`Stack`](link_and_ip::Stack); [`net`] puts a host
//! on a TAP device of Linux, behind sockets that block. The programs are `taptcp` and `tcpplot`.
//!
//! | module | what it does | where that is defined |
//! |---|---|---|
//! | [`seq`] | numbers that wrap around | [RFC 9293] §3.4 |
//! | [`segment`] | headers and options, read and written | [RFC 9293] §3.1, [RFC 7323], [RFC 2018] |
//! | [`buffer`], [`assembler`] | bytes by number, and what came too early | [RFC 9293] §3.10.7.4 |
//! | [`rto`] | how long to wait for an acknowledgment | [RFC 6298] |
//! | [`congestion`] | how much may be on the way | [RFC 5681], [RFC 6582], [RFC 6928] |
//! | [`connection`] | states, windows, timers: one connection | [RFC 9293] §3.10, [RFC 5961], [RFC 6675] |
//! | [`isn`] | where the numbers of a connection begin | [RFC 9293] §3.4.1 |
//! | [`cookie`] | a SYN that is answered and forgotten | [RFC 4987] §3.6 |
//! | [`host`] | whose segment is it? Listeners, ports, ICMP | [RFC 9293] §3.9, [RFC 6056], [RFC 5927] |
//! | [`net`] | sockets that block, on a TAP device | |
//! | [`lossy`] | a bad link in front of a host | |
//! | [`pair`], [`trace`], [`plot`] | two connections and a link to look at, as tables and as pictures | |
//!
//! What it leaves out:
//!
//! - urgent data: its bytes are bytes like any others, and the pointer is ignored;
//! - data in a SYN ([RFC 7413]); what comes with one is taken when it is sent again;
//! - ECN ([RFC 3168]), D-SACK ([RFC 2883]), and what finds out that a timeout was needless
//!   ([RFC 5682]);
//! - the loss of a retransmission, and of the last segments of a burst: the timer repairs both.
//!   [RFC 8985] does better;
//! - congestion control for long, fast paths ([RFC 9438]); a loss is taken for congestion, always;
//! - a search for what a path takes when no ICMP says so ([RFC 4821]);
//! - names: addresses only.
//!
//! Where it does not do as [RFC 9293] says, the comment at that place has the reason: among them are
//! a timeout that may be 200 ms ([RFC 6298] §2.4 wants 1 s), TIME-WAIT of one minute
//! (§3.4.2: four), and errors of ICMP that end no connection (§3.9.2.2, [RFC 5927] §5.2).
//!
//! # Example
//!
//! A client and its server, and a link between them that loses every fifth segment:
//!
//! ```
//! use std::time::Duration;
//!
//! use link_and_ip::link::memory::Conditions;
//! use tcp::connection::{Config, State};
//! use tcp::pair::Pair;
//!
//! let delay = Duration::from_millis(10);
//! let conditions = Conditions { delay, loss: 0.2, ..Conditions::default() };
//! let mut pair = Pair::new([Config::default(); 2], conditions, 1);
//! pair.sides[0].to_write = vec![b'x'; 100_000];
//! pair.sides[1].to_write = b"thank you".to_vec();
//! pair.run(Duration::from_secs(3600));
//!
//! assert_eq!(pair.sides[1].read, vec![b'x'; 100_000]);
//! assert_eq!(pair.sides[0].read, b"thank you");
//! assert_eq!(pair.connection(0).state(), State::Closed);
//! // 70 segments would have been enough.
//! assert!(pair.connection(0).stats().retransmits > 10);
//! ```
//!
//! [RFC 2018]: https://www.rfc-editor.org/rfc/rfc2018
//! [RFC 2883]: https://www.rfc-editor.org/rfc/rfc2883
//! [RFC 3168]: https://www.rfc-editor.org/rfc/rfc3168
//! [RFC 4821]: https://www.rfc-editor.org/rfc/rfc4821
//! [RFC 4987]: https://www.rfc-editor.org/rfc/rfc4987
//! [RFC 5681]: https://www.rfc-editor.org/rfc/rfc5681
//! [RFC 5682]: https://www.rfc-editor.org/rfc/rfc5682
//! [RFC 5927]: https://www.rfc-editor.org/rfc/rfc5927
//! [RFC 5961]: https://www.rfc-editor.org/rfc/rfc5961
//! [RFC 6056]: https://www.rfc-editor.org/rfc/rfc6056
//! [RFC 6298]: https://www.rfc-editor.org/rfc/rfc6298
//! [RFC 6582]: https://www.rfc-editor.org/rfc/rfc6582
//! [RFC 6675]: https://www.rfc-editor.org/rfc/rfc6675
//! [RFC 6928]: https://www.rfc-editor.org/rfc/rfc6928
//! [RFC 7323]: https://www.rfc-editor.org/rfc/rfc7323
//! [RFC 7413]: https://www.rfc-editor.org/rfc/rfc7413
//! [RFC 8985]: https://www.rfc-editor.org/rfc/rfc8985
//! [RFC 9293]: https://www.rfc-editor.org/rfc/rfc9293
//! [RFC 9438]: https://www.rfc-editor.org/rfc/rfc9438

pub mod assembler;
pub mod buffer;
pub mod congestion;
pub mod connection;
pub mod cookie;
pub mod host;
pub mod isn;
pub mod lossy;
#[cfg(target_os = "linux")]
pub mod net;
pub mod pair;
pub mod plot;
pub mod rto;
pub mod segment;
pub mod seq;
pub mod trace;

pub use connection::Connection;
pub use seq::Seq;
