//! Chromium, driven over `WebDriver`, and the built book, served to it.
//!
//! The trials are in `tests/site.rs`. They need `chromium`, `chromedriver` and axe-core
//! (`ci/setup.sh` installs them) and fail without; nothing is skipped in silence.

mod driver;
mod site;

pub use driver::{Browser, Session};
pub use site::{Page, Site};

/// What goes wrong here ends one trial, and its message is all that a reader of the log has.
pub type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;
