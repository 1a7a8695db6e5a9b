//! Sockets at the edge: the codec over anything that reads and writes, one thread per connection.
//!
//! [`Client`] sends requests over one connection, [`serve_connection`] answers them over one, and
//! [`Server`] listens. What they add to the codec is time: limits on waiting, an end that does not
//! destroy what was said last, and a way to stop.

mod body;
mod client;
mod date;
mod error;
mod io;
mod listen;
mod server;
mod stop;
mod stream;
#[cfg(test)]
mod tests;

pub use body::Body;
pub use client::Client;
pub use error::Error;
pub use listen::Server;
pub use server::{
    Config, Handler, MAX_CONNECTIONS, MAX_DRAIN, RequestBody, Response, Timeouts, serve_connection,
};
pub use stop::Stop;
pub use stream::Stream;
