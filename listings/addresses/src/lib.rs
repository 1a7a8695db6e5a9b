//! Addresses of IPv4 and IPv6: text, prefixes, and who the next hop is.

pub mod address;
pub mod aggregate;
pub mod eui64;
#[cfg(target_os = "linux")]
pub mod lab;
pub mod mac;
pub mod prefix;
pub mod route;
pub mod special;
pub mod table;
pub mod text;

pub use address::Address;
pub use mac::Mac;
pub use prefix::Prefix;
