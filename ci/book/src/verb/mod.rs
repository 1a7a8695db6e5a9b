//! The verbs of `cargo book`, a module each.

pub mod accept;
pub mod build;
pub mod check;
pub mod eject;
pub mod record;
pub mod render;
pub mod serve;
