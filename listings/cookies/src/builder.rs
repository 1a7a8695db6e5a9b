//! `Set-Cookie` as servers must write it (RFC 10025 §4.1.1), which is far narrower than what user
//! agents read.

use std::time::{Duration, SystemTime};

use crate::date;
use crate::domain::{Host, is_public_suffix};
use crate::set_cookie::{MAX_ATTRIBUTE, MAX_PAIR, SameSite};

/// Builds the value of a `Set-Cookie` field and refuses what a server must not send, and what every
/// user agent would ignore.
///
/// ```
/// use cookies::{SameSite, builder::Builder};
///
/// let field = Builder::new("__Host-session", "31d4d96e407aad42")
///     .path("/")
///     .secure()
///     .http_only()
///     .same_site(SameSite::Lax)
///     .build()?;
/// assert_eq!(field, "__Host-session=31d4d96e407aad42; Path=/; Secure; HttpOnly; SameSite=Lax");
///
/// assert!(Builder::new("greeting", "hello, world").build().is_err());
/// # Ok::<(), cookies::builder::Unsendable>(())
/// ```
#[derive(Clone, Debug)]
#[must_use]
pub struct Builder {
    name: String,
    value: String,
    domain: Option<String>,
    path: Option<String>,
    max_age: Option<Duration>,
    expires: Option<SystemTime>,
    secure: bool,
    http_only: bool,
    same_site: SameSite,
}

/// Why a server must not send this cookie.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsendable {
    #[error("{0:?} is no cookie name: a token has letters, digits and !#$%&'*+-.^_`|~ only")]
    Name(String),
    #[error(
        "the value has {0:?}: spaces, quotes, commas, semicolons, backslashes, control characters \
         and what is not ASCII cannot stand in a cookie; encode the value, for example as base64url"
    )]
    Value(char),
    #[error("name and value are longer than {MAX_PAIR} octets together")]
    TooLong,
    #[error("{0:?} is no domain that a cookie can have: a host name, no address, no public suffix")]
    Domain(String),
    #[error("{0:?} is no cookie path: it begins with '/' and has no ';' and no control characters")]
    Path(String),
    #[error("Max-Age must be 1 second or more; to delete a cookie send an Expires in the past")]
    MaxAge,
    #[error("SameSite=None needs Secure (RFC 10025 §5.7 step 19)")]
    NoneWithoutSecure,
    #[error("a name that begins with __Secure- needs Secure (RFC 10025 §4.1.3.1)")]
    SecurePrefix,
    #[error("a name that begins with __Host- needs Secure, Path=/ and no Domain (§4.1.3.2)")]
    HostPrefix,
}

impl Builder {
    /// A cookie that ends with the session and goes back to this host only.
    pub fn new(name: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            value: value.into(),
            domain: None,
            path: None,
            max_age: None,
            expires: None,
            secure: false,
            http_only: false,
            same_site: SameSite::Default,
        }
    }

    /// A cookie that takes the one with its name, domain and path away.
    ///
    /// `Max-Age=0` would do so with every user agent, and the grammar for servers forbids it: a
    /// `Max-Age` begins with a digit other than 0 there. So it is a date in the past.
    pub fn removal(name: impl Into<String>) -> Self {
        Self::new(name, "").expires(SystemTime::UNIX_EPOCH)
    }

    /// Widens the cookie to all hosts under a name.
    pub fn domain(mut self, domain: impl Into<String>) -> Self {
        self.domain = Some(domain.into());
        self
    }

    pub fn path(mut self, path: impl Into<String>) -> Self {
        self.path = Some(path.into());
        self
    }

    /// In whole seconds; user agents cut it to 400 days.
    pub fn max_age(mut self, age: Duration) -> Self {
        self.max_age = Some(age);
        self
    }

    pub fn expires(mut self, time: SystemTime) -> Self {
        self.expires = Some(time);
        self
    }

    pub fn secure(mut self) -> Self {
        self.secure = true;
        self
    }

    pub fn http_only(mut self) -> Self {
        self.http_only = true;
        self
    }

    pub fn same_site(mut self, same_site: SameSite) -> Self {
        self.same_site = same_site;
        self
    }

    /// The field's value.
    ///
    /// # Errors
    ///
    /// [`Unsendable`], with what to do instead.
    pub fn build(&self) -> Result<String, Unsendable> {
        self.check()?;
        let mut field = format!("{}={}", self.name, self.value);
        if let Some(domain) = &self.domain {
            field += &format!("; Domain={domain}");
        }
        if let Some(path) = &self.path {
            field += &format!("; Path={path}");
        }
        if let Some(age) = self.max_age {
            field += &format!("; Max-Age={}", age.as_secs());
        }
        if let Some(time) = self.expires {
            field += &format!("; Expires={}", date::imf_fixdate(time));
        }
        if self.secure {
            field += "; Secure";
        }
        if self.http_only {
            field += "; HttpOnly";
        }
        if self.same_site != SameSite::Default {
            field += &format!("; SameSite={}", self.same_site.as_str());
        }
        Ok(field)
    }

    fn check(&self) -> Result<(), Unsendable> {
        if self.name.is_empty() || !self.name.bytes().all(is_token_character) {
            return Err(Unsendable::Name(self.name.clone()));
        }
        if let Some(bad) = unquoted(&self.value).chars().find(|c| !is_cookie_octet(*c)) {
            return Err(Unsendable::Value(bad));
        }
        if self.name.len() + self.value.len() > MAX_PAIR {
            return Err(Unsendable::TooLong);
        }
        if let Some(domain) = self.domain.as_ref().filter(|domain| !is_domain(domain)) {
            return Err(Unsendable::Domain(domain.clone()));
        }
        if let Some(path) = self.path.as_ref().filter(|path| !is_path(path)) {
            return Err(Unsendable::Path(path.clone()));
        }
        if self.max_age.is_some_and(|age| age.as_secs() == 0) {
            return Err(Unsendable::MaxAge);
        }
        self.check_promises()
    }

    /// What a name or an attribute promises must hold, or user agents ignore the cookie.
    fn check_promises(&self) -> Result<(), Unsendable> {
        let name = self.name.to_ascii_lowercase();
        let narrow = self.domain.is_none() && self.path.as_deref() == Some("/");
        if self.same_site == SameSite::None && !self.secure {
            return Err(Unsendable::NoneWithoutSecure);
        }
        if name.starts_with("__secure-") && !self.secure {
            return Err(Unsendable::SecurePrefix);
        }
        if name.starts_with("__host-") && !(self.secure && narrow) {
            return Err(Unsendable::HostPrefix);
        }
        Ok(())
    }
}

/// The quotes belong to the value: user agents send them back (RFC 10025 §4.1.1).
fn unquoted(value: &str) -> &str {
    value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value)
}

fn is_cookie_octet(c: char) -> bool {
    c.is_ascii_graphic() && !matches!(c, '"' | ',' | ';' | '\\')
}

fn is_token_character(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

fn is_domain(text: &str) -> bool {
    Host::parse(text).is_ok_and(|host| !host.is_address())
        && !text.ends_with('.')
        && !is_public_suffix(&text.to_ascii_lowercase())
}

fn is_path(text: &str) -> bool {
    text.starts_with('/')
        && text.len() <= MAX_ATTRIBUTE
        && text.bytes().all(|byte| matches!(byte, b' '..=b'~') && byte != b';')
        // User agents cut white space off, and the path would be another one.
        && !text.ends_with(' ')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::set_cookie::SetCookie;

    #[test]
    fn what_is_built_is_read_back() {
        let field = Builder::new("id", "\"a-b\"")
            .domain("example.test")
            .path("/a b")
            .max_age(Duration::from_secs(60))
            .expires(SystemTime::UNIX_EPOCH)
            .secure()
            .http_only()
            .same_site(SameSite::None)
            .build()
            .unwrap();
        let read = SetCookie::parse(field.as_bytes()).unwrap();
        assert_eq!((read.name, read.value), (&b"id"[..], &b"\"a-b\""[..]));
        assert_eq!(read.path, Some(crate::set_cookie::Path::At(b"/a b")));
        assert_eq!(read.expires, Some(SystemTime::UNIX_EPOCH));
        assert!(read.secure && read.http_only && read.same_site == SameSite::None);
        assert!(read.ignored.is_empty());
    }

    #[test]
    fn a_removal_has_no_max_age() {
        let field = Builder::removal("id").path("/").build().unwrap();
        assert_eq!(field, "id=; Path=/; Expires=Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn what_a_server_must_not_send() {
        let plain = || Builder::new("a", "b");
        for (cookie, error) in [
            (Builder::new("", "b"), Unsendable::Name(String::new())),
            (Builder::new("a b", "b"), Unsendable::Name("a b".into())),
            (Builder::new("a=", "b"), Unsendable::Name("a=".into())),
            (Builder::new("a", "b;c"), Unsendable::Value(';')),
            (Builder::new("a", "b\r\nSet-Cookie: c=d"), Unsendable::Value('\r')),
            (Builder::new("a", "b c"), Unsendable::Value(' ')),
            (Builder::new("a", "\""), Unsendable::Value('"')),
            (Builder::new("a", "中"), Unsendable::Value('中')),
            (Builder::new("a", "b".repeat(MAX_PAIR)), Unsendable::TooLong),
            (plain().domain(".example.test"), Unsendable::Domain(".example.test".into())),
            (plain().domain("co.uk"), Unsendable::Domain("co.uk".into())),
            (plain().domain("127.0.0.1"), Unsendable::Domain("127.0.0.1".into())),
            (plain().path("a"), Unsendable::Path("a".into())),
            (plain().path("/;"), Unsendable::Path("/;".into())),
            (plain().max_age(Duration::from_millis(999)), Unsendable::MaxAge),
            (plain().same_site(SameSite::None), Unsendable::NoneWithoutSecure),
            (Builder::new("__Secure-a", "b"), Unsendable::SecurePrefix),
            (Builder::new("__Host-a", "b").secure(), Unsendable::HostPrefix),
            (Builder::new("__host-a", "b").path("/"), Unsendable::HostPrefix),
            (
                Builder::new("__Host-a", "b").secure().path("/").domain("a.test"),
                Unsendable::HostPrefix,
            ),
        ] {
            assert_eq!(cookie.build(), Err(error));
        }
    }
}
