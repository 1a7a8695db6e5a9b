//! `peek`: a TCP relay that shows what passes through it.
//!
//! It stands between any client and any server, hands every byte on unchanged, and reports to an
//! [`Observer`] what it saw: [`print::Printer`] shows it as text, [`capture::Capture`] writes it as
//! a pcap file that Wireshark opens, and a test keeps it in a list.
//!
//! | module | what it does | where that is defined |
//! |---|---|---|
//! | [`relay`] | accepts, connects, pumps bytes both ways, ends cleanly | [RFC 9293] §3.6 (half-close), §3.5.2 (reset) |
//! | [`event`] | what an observer is told | |
//! | [`turns`] | joins the reads of one turn, because TCP keeps no boundaries | [RFC 9293] §3.7 |
//! | [`hexdump`], [`mod@print`] | bytes and events as text | |
//! | [`frame`] | Ethernet, IP and TCP headers with their checksums | [RFC 9293] §3.1, [RFC 791], [RFC 8200], [RFC 1071] |
//! | [`capture`], [`pcap`] | events as frames in a pcap file, and the file read back | the `pcap` file format |
//! | [`layers`] | one frame, field by field | the same as for `frame` |
//!
//! What it leaves out: TLS (the bytes are shown as they are on the wire), UDP, and real capturing.
//! A relay holds two TCP connections and sees their *streams*; the headers in its pcap file are
//! made to fit those streams. They tell the truth about addresses, ports, bytes, order and time,
//! and nothing about segment boundaries, retransmissions or the network's own timing.
//!
//! # Example
//!
//! A server that echoes one line, a client that talks to it through the relay, and an observer that
//! counts.
//!
//! ```
//! use std::io::{Read, Write};
//! use std::net::{Shutdown, TcpListener, TcpStream};
//! use std::sync::atomic::{AtomicUsize, Ordering};
//! use std::thread;
//! use std::time::Duration;
//!
//! use first_bytes::event::{Connection, Event, Observer};
//! use first_bytes::relay::{Limits, Stop, serve};
//!
//! struct Counter(AtomicUsize);
//!
//! impl Observer for Counter {
//!     fn observe(&self, _: &Connection, _: Duration, event: Event<'_>) {
//!         if let Event::Bytes { bytes, .. } = event {
//!             self.0.fetch_add(bytes.len(), Ordering::Relaxed);
//!         }
//!     }
//! }
//!
//! let server = TcpListener::bind("127.0.0.1:0")?;
//! let target = server.local_addr()?;
//! thread::spawn(move || {
//!     let (mut stream, _) = server.accept().unwrap();
//!     let mut request = String::new();
//!     stream.read_to_string(&mut request).unwrap();
//!     stream.write_all(request.to_uppercase().as_bytes()).unwrap();
//! });
//!
//! let listener = TcpListener::bind("127.0.0.1:0")?;
//! let address = listener.local_addr()?;
//! let client = thread::spawn(move || {
//!     let mut stream = TcpStream::connect(address).unwrap();
//!     stream.write_all(b"hello").unwrap();
//!     stream.shutdown(Shutdown::Write).unwrap();
//!     let mut answer = String::new();
//!     stream.read_to_string(&mut answer).unwrap();
//!     answer
//! });
//!
//! let counter = Counter(AtomicUsize::new(0));
//! let limits = Limits { in_total: Some(1), ..Limits::default() };
//! serve(&listener, &[target], &counter, limits, &Stop::new())?;
//!
//! assert_eq!(client.join().unwrap(), "HELLO");
//! assert_eq!(counter.0.into_inner(), 10);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`Observer`]: event::Observer
//! [RFC 791]: https://www.rfc-editor.org/rfc/rfc791
//! [RFC 1071]: https://www.rfc-editor.org/rfc/rfc1071
//! [RFC 8200]: https://www.rfc-editor.org/rfc/rfc8200
//! [RFC 9293]: https://www.rfc-editor.org/rfc/rfc9293

pub mod capture;
mod error;
pub mod event;
pub mod frame;
pub mod hexdump;
pub mod layers;
pub mod pcap;
pub mod print;
pub mod relay;
pub mod turns;

pub use error::Error;
