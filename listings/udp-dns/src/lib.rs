//! UDP, and DNS on it: messages, a client that is hard to fool, a small authoritative server.

pub mod hosts;
pub mod message;
pub mod name;
pub mod resolv_conf;
pub mod resolver;
pub mod server;
pub mod udp;
pub mod zone;

pub use message::Message;
pub use name::Name;
