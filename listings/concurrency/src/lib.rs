//! One server, written several ways, behind one interface.
//!
//! | module | who waits, and for what |
//! |---|---|
//! | [`iterative`] | one thread, for one connection |
//! | [`threads`] | a thread for each connection |
//! | [`pool`] | a few threads, for the connections that they are given |
//! | [`epoll`] | one thread, for all connections: level triggered, or edge triggered |
//! | [`executor`], [`tasks`] | the same, hidden below `async` and `await`, by an executor of our own |
//! | [`tokio_server`] | the same, on tokio |
//! | [`uring`] | one thread, for completions instead of readiness |
//!
//! All of them take their connections from [`accept::Acceptor`]. What they do with the bytes is [`session::Session`], which knows no sockets.

pub mod accept;
#[cfg(target_os = "linux")]
pub mod epoll;
#[cfg(target_os = "linux")]
pub mod executor;
pub mod iterative;
pub mod pool;
pub mod session;
pub mod settings;
pub mod stop;
#[cfg(target_os = "linux")]
pub mod tasks;
pub mod threads;
pub mod tokio_server;
#[cfg(target_os = "linux")]
pub mod uring;
pub mod wait;
