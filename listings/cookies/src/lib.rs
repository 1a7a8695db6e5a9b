//! Cookies: a jar for clients, sessions for servers.
//!
//! HTTP is stateless; a cookie is how a server gets back what it said before. All rules are those of
//! [RFC 10025], which obsoletes RFC 6265. It describes two languages: a narrow one that servers may
//! write and a wide one that user agents must read.
//!
//! | module | what it does | RFC 10025 |
//! |---|---|---|
//! | [`builder`] | writes `Set-Cookie`, and refuses what a server must not send | §4.1 |
//! | [`set_cookie`], [`date`] | reads it as user agents do | §5.6, §5.1.1 |
//! | [`uri`], [`domain`], [`path`] | hosts, public suffixes, sites, paths | §5.1.2–§5.2 |
//! | [`context`] | who causes a request | §5.2, §5.8 |
//! | [`jar`] | what is kept, what is sent | §5.7, §5.8 |
//! | [`refusal`] | why not | |
//! | [`netscape`], [`mod@file`] | the jar as a file that curl reads, too | |
//! | [`session`] | who is logged in: an identifier, or a signed value | §8.4 |
//! | [`csrf`] | requests that another site forges | §8.2, §8.8 |
//!
//! The jar opens no socket and reads no clock, so a test can let 400 days pass.
//!
//! What it leaves out: converting international domain names (they have to be in their A-label form),
//! partitioned cookies and other things that browsers do beyond the RFC, and third-party blocking.
//!
//! # Example
//!
//! ```
//! use std::time::{Duration, SystemTime};
//!
//! use cookies::{Context, Jar, Refusal, Uri};
//!
//! let mut jar = Jar::default();
//! let now = SystemTime::now();
//!
//! let page = Uri::parse("https://www.example.co.uk/login")?;
//! let context = Context::direct(&page);
//! jar.store(&context, b"id=7; Path=/; Secure; HttpOnly; Max-Age=3600", now)?;
//! jar.store(&context, b"lang=en; Domain=example.co.uk; Path=/", now)?;
//! // Everybody in the United Kingdom would get this one.
//! let refusal = jar.store(&context, b"spy=1; Domain=co.uk", now).unwrap_err();
//! assert_eq!(refusal, Refusal::PublicSuffix("co.uk".into()));
//!
//! let shop = Uri::parse("http://shop.example.co.uk/")?;
//! assert_eq!(jar.cookie_field(&Context::direct(&shop), now).unwrap(), b"lang=en");
//! assert_eq!(jar.cookie_field(&context, now).unwrap(), b"id=7; lang=en");
//! // Another site's form gets neither.
//! let evil = Uri::parse("https://evil.example/")?;
//! let forged = Context::navigation(&page, &evil).with_unsafe_method();
//! assert_eq!(jar.cookie_field(&forged, now), None);
//!
//! let later = now + Duration::from_secs(3600);
//! assert_eq!(jar.cookie_field(&context, later).unwrap(), b"lang=en");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [RFC 10025]: https://www.rfc-editor.org/rfc/rfc10025

pub mod builder;
pub mod context;
pub mod csrf;
pub mod date;
pub mod domain;
pub mod file;
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
