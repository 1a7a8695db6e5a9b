//! Cookies by RFC 10025: a jar for clients, sessions for servers.

pub mod builder;
pub mod context;
pub mod csrf;
pub mod date;
pub mod domain;
pub mod jar;
pub mod netscape;
pub mod path;
pub mod refusal;
pub mod session;
pub mod set_cookie;
pub mod uri;

pub use context::Context;
pub use jar::{Cookie, Jar, Policy};
pub use refusal::{Refusal, Withheld};
pub use set_cookie::{SameSite, SetCookie};
pub use uri::Uri;
