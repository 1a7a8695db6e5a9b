//! The book's own tool.
//!
//! `src/` holds one book in two languages, `listings/` the code that it shows. This crate builds
//! the site ([`site`]), serves it ([`verb::serve`]) and proves it ([`gate`]): every block, page
//! and link of the book is a test with a name.

pub mod contents;
pub mod eject;
pub mod exercise;
pub mod fence;
pub mod gate;
pub mod include;
pub mod inline;
pub mod layout;
pub mod links;
pub mod load;
pub mod page;
pub mod parity;
pub mod plot;
pub mod printed;
pub mod problem;
pub mod site;
pub mod style;
pub mod transcript;
pub mod verb;

pub use layout::{Book, Lang};
pub use problem::{Problem, Problems};
