//! Why a cookie is not kept, and why one that is kept is not sent.

use thiserror::Error;

use crate::set_cookie::SameSite;

/// Why a user agent ignores a `Set-Cookie` field. The section is in the text.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Refusal {
    #[error("it has a control character (RFC 10025 §5.6 step 1)")]
    ControlCharacter,
    #[error("name and value are longer than 4096 octets together (RFC 10025 §5.6 step 5)")]
    TooLong,
    #[error("name and value are both empty (RFC 10025 §5.7 step 2)")]
    Empty,
    #[error("the Domain attribute is not ASCII (RFC 10025 §5.7 step 8)")]
    DomainNotAscii,
    #[error("{0} is a public suffix: its names belong to many (RFC 10025 §5.7 step 9)")]
    PublicSuffix(String),
    #[error("{host} is not under the Domain {domain} (RFC 10025 §5.7 step 10)")]
    DomainMismatch { host: String, domain: String },
    #[error("Secure, but the connection is not (RFC 10025 §5.7 step 13)")]
    SecureFromInsecure,
    #[error("HttpOnly, but a script sets it (RFC 10025 §5.7 step 15)")]
    HttpOnlyFromScript,
    #[error("it would hide a Secure cookie of that name (RFC 10025 §5.7 step 16)")]
    HidesSecure,
    #[error("{}, but another site made the request (RFC 10025 §5.7 step 18)", attribute(*.0))]
    CrossSite(SameSite),
    #[error("SameSite=None without Secure (RFC 10025 §5.7 step 19)")]
    NoneWithoutSecure,
    #[error("the name begins with __Secure- and Secure is missing (RFC 10025 §5.7 step 20)")]
    SecurePrefix,
    #[error("the name begins with __Host- and {0} (RFC 10025 §5.7 step 21)")]
    HostPrefix(&'static str),
    #[error("no name, and a value that looks like a prefixed name (RFC 10025 §5.7 step 22)")]
    PrefixInValue,
    #[error("a script would overwrite an HttpOnly cookie (RFC 10025 §5.7 step 23)")]
    HttpOnlyOverwritten,
}

/// Why a cookie in the jar does not go with a request (RFC 10025 §5.8.3 step 3).
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum Withheld {
    #[error("it is for {0} only, not for its subdomains (RFC 10025 §5.8.3)")]
    HostOnly(String),
    #[error("it is for {0} and its subdomains (RFC 10025 §5.1.3)")]
    Domain(String),
    #[error("its domain {0} is a public suffix (RFC 10025 §5.8.3)")]
    PublicSuffix(String),
    #[error("it is for paths under {0} (RFC 10025 §5.1.4)")]
    Path(String),
    #[error("Secure, and the connection is not (RFC 10025 §5.8.3)")]
    Secure,
    #[error("HttpOnly, and a script asks (RFC 10025 §5.8.3)")]
    HttpOnly,
    #[error("{}, and another site made the request (RFC 10025 §5.6.7.1)", attribute(*.0))]
    SameSite(SameSite),
}

fn attribute(same_site: SameSite) -> &'static str {
    match same_site {
        SameSite::Strict => "SameSite=Strict",
        SameSite::Lax => "SameSite=Lax",
        SameSite::None => "SameSite=None",
        SameSite::Default => "no SameSite, which counts as Lax",
    }
}
