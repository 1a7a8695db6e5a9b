//! A host and a router in user space, from Ethernet to ICMP.

pub mod field;
pub mod link;
pub mod neighbor;
pub mod reassembly;
pub mod stack;
pub mod wire;

pub use stack::Stack;
