//! TCP (RFC 9293) in user space.

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
