//! The heads of requests and responses.

use bytes::Bytes;

use crate::authority::Authority;
use crate::fields::Fields;
use crate::method::Method;
use crate::status::Status;
use crate::target::Target;
use crate::version::Version;

/// Request line and header fields (RFC 9112 §3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestHead {
    pub method: Method,
    pub target: Target,
    pub version: Version,
    pub fields: Fields,
}

impl RequestHead {
    /// Whom the request is for: the authority in the target if there is one, else `Host`. A server
    /// ignores `Host` beside an absolute target, whatever it says (RFC 9112 §3.2.2).
    pub fn authority(&self) -> Option<Authority<'_>> {
        self.target.authority().or_else(|| Authority::parse(self.fields.get_str("Host")?))
    }
}

/// Status line and header fields (RFC 9112 §4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseHead {
    pub version: Version,
    pub status: Status,
    /// May be empty, and may hold any byte from 0x80. It means nothing (RFC 9112 §4).
    pub reason: Bytes,
    pub fields: Fields,
}
