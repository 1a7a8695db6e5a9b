//! What [`queue`](super::queue) is built of: std's. A test replaces it by loom's.

pub(crate) use std::sync::Mutex;
pub(crate) use std::sync::atomic::{AtomicBool, Ordering};
