//! The socket API, one call at a time.
//!
//! The library has what outlives the chapter's small programs (`examples/`): framing, and the parts
//! of `ncr` and `chat`.

pub mod descriptors;
pub mod eyeballs;
pub mod framing;
pub mod pump;
pub mod room;
pub mod stop;
