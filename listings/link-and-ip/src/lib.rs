//! A host and a router in user space, from Ethernet to ICMP: what answers a `ping`.
//!
//! [`Stack`] takes frames and the time, and gives frames and events. It holds no socket, no thread
//! and no clock, so it runs the same on a TAP device of Linux ([`link::tap`]), on a link in memory
//! that loses and doubles frames as told ([`link::memory`]), and in a test that cuts every frame at
//! every byte.
//!
//! | module | what it does | where that is defined |
//! |---|---|---|
//! | [`field`] | tables of header fields: the one place where an offset is written | |
//! | [`wire`] | the headers, read and written through those tables | see there |
//! | [`neighbor`] | who has this address: the cache behind ARP and ND | [RFC 826], [RFC 4861] §7.3 |
//! | [`reassembly`] | fragments put together, within limits | [RFC 791] §3.2, [RFC 8200] §4.5 |
//! | [`limiter`] | how many errors may be sent | [RFC 4443] §2.4 (f) |
//! | [`siphash`] | numbers that nobody guesses | |
//! | [`stack`] | the host and the router | [RFC 1122] §3, [RFC 1812] §5, [RFC 8200], [RFC 4443] |
//! | [`link`] | what carries the frames, and the loop around a stack | |
//!
//! What it leaves out:
//!
//! - transport protocols: the owner [registers](Stack::register) them and gets their packets;
//! - configuration by the network: DHCP, router discovery ([RFC 4861] §6), SLAAC. Addresses and
//!   routes are given. Whether an address is free is not asked before it is used ([RFC 5227] §2.1,
//!   [RFC 4862] §5.4); that somebody else uses it is [reported](stack::Event::Conflict);
//! - multicast beyond the groups that every host is in, and their announcement by IGMP and MLD;
//! - redirects: none is sent, and none is followed, though [RFC 1122] §3.2.2.2 tells a host to;
//! - a strong host: a packet for one of our addresses is ours on whichever interface it comes in
//!   ([RFC 1122] §3.3.4.2 allows both), so a router's inner address is no wall;
//! - echo replies to packets for many hosts, though [RFC 4443] §4.2 wants them for IPv6;
//! - IPv4 options other than being skipped, and IPv6 options that are not padding; packets with a
//!   source route are dropped, as [RFC 7126] §4.3 advises against [RFC 1122] §3.2.1.8;
//! - a loopback: we do not send to ourselves.
//!
//! # Example
//!
//! Alice pings Bob. Her first frame is not the ping: she has to ask who Bob is.
//!
//! ```
//! use std::time::Duration;
//!
//! use addresses::Mac;
//! use link_and_ip::Stack;
//! use link_and_ip::stack::{Config, Event, Interface};
//! use link_and_ip::wire::ethernet::{EtherType, Frame};
//!
//! fn host(last: u8) -> Stack {
//!     let mut stack = Stack::new(Config::default());
//!     let interface = Interface {
//!         mac: Mac([2, 0, 0, 0, 0, last]),
//!         mtu: 1500,
//!         addresses: vec![([192, 0, 2, last].into(), 24)],
//!     };
//!     stack.add_interface(&interface).unwrap();
//!     stack
//! }
//!
//! let (mut alice, mut bob, now) = (host(1), host(2), Duration::ZERO);
//! alice.ping([192, 0, 2, 2].into(), 7, 1, b"hello", now)?;
//!
//! let mut types = Vec::new();
//! loop {
//!     let mut moved = false;
//!     for turn in 0..2 {
//!         let (from, to) = if turn == 0 { (&mut alice, &mut bob) } else { (&mut bob, &mut alice) };
//!         while let Some((_, frame)) = from.next_frame() {
//!             types.push(Frame::parse(&frame).unwrap().ether_type());
//!             to.receive(0, &frame, now);
//!             from.recycle(frame);
//!             moved = true;
//!         }
//!     }
//!     if !moved {
//!         break;
//!     }
//! }
//!
//! use EtherType as E;
//! assert_eq!(types, [E::ARP, E::ARP, E::IPV4, E::IPV4]);
//! assert!(matches!(alice.next_event(), Some(Event::EchoReply { hops: 64, .. })));
//! assert!(bob.counters().adds_up());
//! # Ok::<(), link_and_ip::stack::SendError>(())
//! ```
//!
//! [RFC 791]: https://www.rfc-editor.org/rfc/rfc791
//! [RFC 826]: https://www.rfc-editor.org/rfc/rfc826
//! [RFC 1122]: https://www.rfc-editor.org/rfc/rfc1122
//! [RFC 1812]: https://www.rfc-editor.org/rfc/rfc1812
//! [RFC 4443]: https://www.rfc-editor.org/rfc/rfc4443
//! [RFC 4861]: https://www.rfc-editor.org/rfc/rfc4861
//! [RFC 4862]: https://www.rfc-editor.org/rfc/rfc4862
//! [RFC 5227]: https://www.rfc-editor.org/rfc/rfc5227
//! [RFC 7126]: https://www.rfc-editor.org/rfc/rfc7126
//! [RFC 8200]: https://www.rfc-editor.org/rfc/rfc8200

pub mod field;
pub mod limiter;
pub mod link;
pub mod neighbor;
pub mod reassembly;
pub mod siphash;
pub mod stack;
pub mod wire;

pub use stack::Stack;
