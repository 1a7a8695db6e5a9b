//! How a session's value travels: the `Set-Cookie` that a server sends, the `Cookie` that it gets.

use crate::builder::{Builder, Unsendable};
use crate::set_cookie::SameSite;

// ANCHOR: cookie
/// The name and the attributes of the cookie that carries a session.
///
/// It has no `Domain`, so that no other host gets it, and `HttpOnly`, so that no script reads it.
/// It is a session cookie (no `Max-Age`) because the server knows when a session ends.
#[derive(Clone, Debug)]
pub struct SessionCookie {
    /// Begins with `__Host-` if the user agent is to vouch that this host set it, over a secure
    /// channel and for every path (RFC 10025 §4.1.3.2).
    pub name: String,
    /// Never over a connection on which everybody can read it.
    pub secure: bool,
    /// What other sites can cause with it. [`SameSite::Default`] leaves the attribute out, which
    /// is *not* the same as `Lax`: a user agent may send a cookie that is younger than two minutes
    /// with another site's form (RFC 10025 §5.6.7.2).
    pub same_site: SameSite,
}

impl Default for SessionCookie {
    fn default() -> Self {
        Self { name: "__Host-session".into(), secure: true, same_site: SameSite::Lax }
    }
}
// ANCHOR_END: cookie

impl SessionCookie {
    /// The value of the `Set-Cookie` field that stores `value`.
    ///
    /// # Errors
    ///
    /// [`Unsendable`], if name, value and attributes do not go together.
    pub fn set(&self, value: &str) -> Result<String, Unsendable> {
        self.attributes(Builder::new(&self.name, value)).build()
    }

    /// The value of the `Set-Cookie` field that removes it. The attributes are the same: with
    /// another path it is another cookie, and without `Secure` a `__Host-` name is refused.
    ///
    /// # Errors
    ///
    /// [`Unsendable`].
    pub fn clear(&self) -> Result<String, Unsendable> {
        self.attributes(Builder::removal(&self.name)).build()
    }

    fn attributes(&self, cookie: Builder) -> Builder {
        let cookie = cookie.path("/").http_only().same_site(self.same_site);
        if self.secure { cookie.secure() } else { cookie }
    }

    /// Looks for it in the values of a request's `Cookie` fields.
    ///
    /// # Errors
    ///
    /// [`Ambiguous`] if it is there more than once.
    pub fn find<'a>(
        &self,
        fields: impl IntoIterator<Item = &'a str>,
    ) -> Result<Option<&'a str>, Ambiguous> {
        let pairs = fields.into_iter().flat_map(|field| field.split(';'));
        let mut values = pairs
            .filter_map(|pair| pair.trim_matches([' ', '\t']).split_once('='))
            .filter(|(name, _)| *name == self.name)
            .map(|(_, value)| value);
        match (values.next(), values.next()) {
            (value, None) => Ok(value),
            (_, Some(_)) => Err(Ambiguous),
        }
    }
}

/// Two cookies have the session's name.
///
/// A user agent keeps one for each name, domain and path, and sends all that match, with nothing
/// that tells where each is from. So one of them may be from a neighbor: a sibling domain that set
/// `Domain`, or a page that set a longer `Path` (RFC 10025 §8.6). To take "the first" is to let the
/// neighbor choose. With `__Host-` this cannot happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("two cookies have the session's name: remove this site's cookies and try again")]
pub struct Ambiguous;
