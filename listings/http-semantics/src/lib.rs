//! What HTTP's fields mean: negotiation, conditions, ranges, caching and redirects.
//!
//! A message says which representation a client would like, which one it has already, which part
//! of it is missing, and for how long all that holds. Each module here takes such field values, and
//! the time where it matters, and decides; none of them reads a clock, a socket or a file. Two
//! programs stand on them: the [`site`] behind `resources`, which serves a folder, and the
//! [`cache`] behind the examples `cachedget` and `cacheproxy`.
//!
//! | module | what it decides | where that is defined |
//! |---|---|---|
//! | [`negotiate`] | language, coding and media type | [RFC 9110] §12, [RFC 4647] §3 |
//! | [`etag`] | whether two entity tags are the same, strongly or weakly | [RFC 9110] §8.8.3 |
//! | [`condition`] | 304, 412, or go ahead; whether `Range` counts | [RFC 9110] §13 |
//! | [`range`] | which bytes, in how many parts, or 416 | [RFC 9110] §14 |
//! | [`cache`] | whether a stored response may answer, and for how long | [RFC 9111] |
//! | [`redirect`], [`uri`] | the next request after a 3xx | [RFC 9110] §15.4, [RFC 3986] §5 |
//! | [`trace`] | what TRACE gives back, and who | [RFC 9110] §9.3.8, §7.6.2 |
//! | [`date`] | which moment a date means | [RFC 9110] §5.6.7 |
//! | [`site`] | all of that for a folder of files, and PUT and DELETE | [RFC 9110] §9.3 |
//!
//! What it leaves out: authentication (RFC 9110 §11), PATCH, ranges of other units than bytes, and
//! caching of anything but complete responses to GET.
//!
//! # Example
//!
//! An editor wants to save what it has changed. The page is not the one it has read.
//!
//! ```
//! use std::time::SystemTime;
//!
//! use http_messages::{Fields, Method};
//! use http_semantics::condition::{Outcome, Validators, evaluate};
//! use http_semantics::etag::EntityTag;
//!
//! let mut request = Fields::new();
//! request.append("If-Match", "\"version-1\"")?;
//! let now = SystemTime::now();
//!
//! let current = Validators { etag: EntityTag::strong("version-2"), modified: None };
//! let outcome = evaluate(&Method::Put, &request, Some(&current), now);
//! assert_eq!(outcome, Outcome::PreconditionFailed);
//! # Ok::<(), http_messages::InvalidField>(())
//! ```
//!
//! [RFC 3986]: https://www.rfc-editor.org/rfc/rfc3986
//! [RFC 4647]: https://www.rfc-editor.org/rfc/rfc4647
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110
//! [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111

pub mod cache;
pub mod condition;
pub mod date;
pub mod etag;
pub mod negotiate;
pub mod range;
pub mod redirect;
pub mod site;
pub mod trace;
pub mod uri;
