//! The jar: which cookies are kept (RFC 10025 §5.7) and which are sent (§5.8).

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::context::{Api, Context};
use crate::date;
use crate::domain::{Host, is_public_suffix, is_subdomain};
use crate::path::{default_path, path_match};
use crate::refusal::{Refusal, Withheld};
use crate::set_cookie::{MaxAge, Path, SameSite, SetCookie};
use crate::uri::{Scheme, Uri};

/// No cookie lives longer, whatever its server says (RFC 10025 §5.5).
pub const MAX_LIFETIME: Duration = Duration::from_secs(400 * 24 * 60 * 60);
/// What every user agent should be able to keep for one domain, and what this one keeps at most
/// (RFC 10025 §6.1). Without a limit any server can fill the memory.
pub const PER_DOMAIN: usize = 50;
/// The same for the whole jar (RFC 10025 §6.1).
pub const TOTAL: usize = 3000;

/// What RFC 10025 leaves to the user agent.
#[derive(Clone, Debug)]
pub struct Policy {
    /// An upper limit on every cookie's lifetime.
    pub max_lifetime: Duration,
    /// Whether plain `http` to this very machine counts as a secure connection. Chromium and curl
    /// say yes: nobody else is on that wire, and servers can be tried without a certificate.
    pub trust_loopback: bool,
    /// How long a new cookie without `SameSite` goes with other sites' `POST`s too (RFC 10025
    /// §5.6.7.2). Chromium says two minutes.
    pub lax_allowing_unsafe: Option<Duration>,
    pub per_domain: usize,
    pub total: usize,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            max_lifetime: MAX_LIFETIME,
            trust_loopback: true,
            lax_allowing_unsafe: None,
            per_domain: PER_DOMAIN,
            total: TOTAL,
        }
    }
}

/// A cookie as it is kept (the fields of RFC 10025 §5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cookie {
    pub name: Vec<u8>,
    pub value: Vec<u8>,
    /// In canonical form. With [`host_only`](Self::host_only) it is one host, else it stands for
    /// all hosts under it.
    pub domain: String,
    pub host_only: bool,
    pub path: Vec<u8>,
    /// `None`: until the session ends, whatever the program that holds the jar calls a session.
    pub expires: Option<SystemTime>,
    pub secure: bool,
    pub http_only: bool,
    pub same_site: SameSite,
    /// Decides the order in the `Cookie` field, so it survives a new value.
    pub created: SystemTime,
    /// Decides who has to go when the jar is full.
    pub last_access: SystemTime,
}

/// What became of a cookie that was not refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    New,
    /// It took the place of the one with its name, domain and path.
    Updated,
    /// It had expired already, and took the one with its name, domain and path away. So servers
    /// delete.
    Removed,
    /// It had expired already and there was none to take away.
    Nothing,
    /// Its domain is full of `Secure` cookies, and it is none: it had to go again at once.
    NoRoom,
}

/// A store of cookies for one user.
///
/// It does no input and output and has no clock: `now` comes from the caller.
#[derive(Clone, Debug, Default)]
pub struct Jar {
    policy: Policy,
    /// In order of creation. At most [`Policy::total`] of them, so walking through is quick.
    cookies: Vec<Cookie>,
}

impl Jar {
    #[must_use]
    pub fn new(policy: Policy) -> Self {
        Self { policy, cookies: Vec::new() }
    }

    /// Takes the value of a `Set-Cookie` field from the response to a request.
    ///
    /// A response can have several of these fields. They cannot be joined with commas as others
    /// can, because dates have commas (RFC 9110 §5.3).
    ///
    /// # Errors
    ///
    /// The reason why the cookie is not kept. It is not the caller's failure.
    pub fn store(
        &mut self,
        context: &Context<'_>,
        field: &[u8],
        now: SystemTime,
    ) -> Result<Change, Refusal> {
        let cookie = self.receive(context, &SetCookie::parse(field)?, now)?;
        self.insert(cookie, context.api, now)
    }

    /// Decides about a cookie by RFC 10025 §5.7, steps 2 to 22, and keeps nothing yet.
    ///
    /// # Errors
    ///
    /// The first step that ends in "ignore the cookie entirely".
    pub fn receive(
        &self,
        context: &Context<'_>,
        field: &SetCookie<'_>,
        now: SystemTime,
    ) -> Result<Cookie, Refusal> {
        if field.name.is_empty() && field.value.is_empty() {
            return Err(Refusal::Empty);
        }
        let (domain, host_only) = scope(field.domain.as_deref(), context.uri.host())?;
        let path = match field.path {
            Some(Path::At(path)) => path,
            Some(Path::Default) | None => default_path(context.uri.path()),
        };
        let cookie = Cookie {
            name: field.name.into(),
            value: field.value.into(),
            domain,
            host_only,
            path: path.into(),
            expires: self.policy.expiry(field, now),
            secure: field.secure,
            http_only: field.http_only,
            same_site: field.same_site,
            created: now,
            last_access: now,
        };
        self.check_connection(&cookie, context)?;
        check_site(&cookie, context)?;
        check_prefixes(&cookie, field.path.is_some())?;
        Ok(cookie)
    }

    // ANCHOR: insert
    /// Keeps a cookie (RFC 10025 §5.7, steps 23 and 24), and makes room if the jar is full.
    ///
    /// # Errors
    ///
    /// [`Refusal::HttpOnlyOverwritten`].
    pub fn insert(
        &mut self,
        mut cookie: Cookie,
        api: Api,
        now: SystemTime,
    ) -> Result<Change, Refusal> {
        self.remove_expired(now);
        let old = self.cookies.iter().position(|old| old.is_same(&cookie));
        if old.is_some_and(|old| self.cookies[old].http_only) && api == Api::Script {
            return Err(Refusal::HttpOnlyOverwritten);
        }
        match (old, cookie.is_expired(now)) {
            (Some(old), true) => {
                self.cookies.remove(old);
                Ok(Change::Removed)
            }
            (None, true) => Ok(Change::Nothing),
            (Some(old), false) => {
                cookie.created = self.cookies[old].created;
                self.cookies[old] = cookie;
                Ok(Change::Updated)
            }
            (None, false) => {
                self.cookies.push(cookie);
                Ok(if self.remove_excess() { Change::New } else { Change::NoRoom })
            }
        }
    }
    // ANCHOR_END: insert

    /// The value of the one `Cookie` field that a request carries; `None` if it carries none.
    pub fn cookie_field(&mut self, context: &Context<'_>, now: SystemTime) -> Option<Vec<u8>> {
        self.remove_expired(now);
        let mut list: Vec<&mut Cookie> = self
            .cookies
            .iter_mut()
            .filter(|cookie| self.policy.allows(cookie, context, now).is_ok())
            .collect();
        // A stable sort: what was created at the same instant stays in order.
        list.sort_by(|a, b| b.path.len().cmp(&a.path.len()).then(a.created.cmp(&b.created)));
        for cookie in &mut list {
            cookie.last_access = now;
        }
        let pairs: Vec<_> = list.iter().map(|cookie| cookie.pair()).collect();
        (!pairs.is_empty()).then(|| pairs.join(&b"; "[..]))
    }

    /// Every cookie and whether it would go with a request, or why not. Changes nothing.
    pub fn explain<'a>(
        &'a self,
        context: &Context<'a>,
        now: SystemTime,
    ) -> impl Iterator<Item = (&'a Cookie, Result<(), Withheld>)> + use<'a> {
        let context = *context;
        self.iter(now).map(move |cookie| (cookie, self.policy.allows(cookie, &context, now)))
    }

    /// The cookies that have not expired, in order of creation.
    pub fn iter(&self, now: SystemTime) -> impl Iterator<Item = &Cookie> {
        self.cookies.iter().filter(move |cookie| !cookie.is_expired(now))
    }

    /// Removes what was to last until the end of the session.
    pub fn end_session(&mut self) {
        self.cookies.retain(|cookie| cookie.expires.is_some());
    }

    fn remove_expired(&mut self, now: SystemTime) {
        self.cookies.retain(|cookie| !cookie.is_expired(now));
    }

    /// Makes room (RFC 10025 §5.7, "remove excess cookies"): from a domain that has too many first
    /// those that are not `Secure`, so that nobody can push secure ones out over plain HTTP; and
    /// always the one first that was not used for longest. Tells whether the newest one stays.
    fn remove_excess(&mut self) -> bool {
        let Some(new) = self.cookies.last() else { return true };
        let in_domain = |old: &Cookie| old.domain == new.domain;
        let crowd = self.cookies.iter().filter(|old| in_domain(old)).count();
        let all = self.cookies.iter().enumerate();
        let victim = if crowd > self.policy.per_domain {
            let crowd = all.filter(|(_, old)| in_domain(old));
            crowd.min_by_key(|(_, old)| (old.secure, old.last_access))
        } else if self.cookies.len() > self.policy.total {
            all.min_by_key(|(_, old)| old.last_access)
        } else {
            None
        };
        let Some((victim, _)) = victim else { return true };
        self.cookies.remove(victim);
        // The newest one stands last.
        victim < self.cookies.len()
    }

    /// RFC 10025 §5.7, steps 13, 15 and 16.
    fn check_connection(&self, cookie: &Cookie, context: &Context<'_>) -> Result<(), Refusal> {
        let secure = self.policy.is_secure(context.uri);
        if cookie.secure && !secure {
            return Err(Refusal::SecureFromInsecure);
        }
        if cookie.http_only && context.api == Api::Script {
            return Err(Refusal::HttpOnlyFromScript);
        }
        let hides = |old: &Cookie| old.secure && old.name == cookie.name && cookie.overlays(old);
        if !cookie.secure && !secure && self.cookies.iter().any(hides) {
            return Err(Refusal::HidesSecure);
        }
        Ok(())
    }
}

impl Policy {
    // ANCHOR: allows
    /// Whether a cookie goes with a request (RFC 10025 §5.8.3 step 3).
    fn allows(&self, cookie: &Cookie, to: &Context<'_>, now: SystemTime) -> Result<(), Withheld> {
        let host = to.uri.host();
        if cookie.host_only && host.as_str() != cookie.domain {
            return Err(Withheld::HostOnly(cookie.domain.clone()));
        }
        if !cookie.host_only && !host.domain_match(&cookie.domain) {
            return Err(Withheld::Domain(cookie.domain.clone()));
        }
        if !cookie.host_only && is_public_suffix(&cookie.domain) {
            return Err(Withheld::PublicSuffix(cookie.domain.clone()));
        }
        if !path_match(to.uri.path(), &cookie.path) {
            return Err(Withheld::Path(cookie.path.escape_ascii().to_string()));
        }
        if cookie.secure && !self.is_secure(to.uri) {
            return Err(Withheld::Secure);
        }
        if cookie.http_only && to.api == Api::Script {
            return Err(Withheld::HttpOnly);
        }
        if !to.same_site && !self.crosses_sites(cookie, to, now) {
            return Err(Withheld::SameSite(cookie.same_site));
        }
        Ok(())
    }

    /// Whether a cookie goes with a request that another site causes (RFC 10025 §5.6.7).
    fn crosses_sites(&self, cookie: &Cookie, to: &Context<'_>, now: SystemTime) -> bool {
        let age = now.duration_since(cookie.created).unwrap_or_default();
        let young = self.lax_allowing_unsafe.is_some_and(|limit| age <= limit);
        match cookie.same_site {
            SameSite::None => true,
            SameSite::Strict => false,
            SameSite::Lax => to.top_level && to.api == Api::Http && to.safe,
            SameSite::Default => to.top_level && to.api == Api::Http && (to.safe || young),
        }
    }
    // ANCHOR_END: allows

    /// Whether nobody on the way can read or change what is sent.
    fn is_secure(&self, uri: &Uri) -> bool {
        uri.scheme() == Scheme::Https || self.trust_loopback && uri.host().is_loopback()
    }

    /// When the cookie ends (RFC 10025 §5.6.1, §5.6.2, §5.7 step 6).
    fn expiry(&self, field: &SetCookie<'_>, now: SystemTime) -> Option<SystemTime> {
        let latest = now.checked_add(self.max_lifetime).unwrap_or(now);
        match field.max_age {
            Some(MaxAge::Past) => Some(SystemTime::UNIX_EPOCH),
            Some(MaxAge::For(age)) => Some(now.checked_add(age).unwrap_or(latest).min(latest)),
            None => field.expires.map(|expires| expires.min(latest)),
        }
    }
}

impl Cookie {
    /// `name=value`, and the value alone if there is no name (RFC 10025 §5.8.3 step 6).
    #[must_use]
    pub fn pair(&self) -> Vec<u8> {
        let equals: &[u8] = if self.name.is_empty() { b"" } else { b"=" };
        [&self.name, equals, &self.value].concat()
    }

    #[must_use]
    pub fn is_expired(&self, now: SystemTime) -> bool {
        self.expires.is_some_and(|expires| expires <= now)
    }

    /// Of two such cookies a jar keeps one (RFC 10025 §5.7 step 23).
    fn is_same(&self, other: &Self) -> bool {
        self.name == other.name
            && self.domain == other.domain
            && self.host_only == other.host_only
            && self.path == other.path
    }

    /// Whether this one would go, with some request, where `old` goes (RFC 10025 §5.7 step 16).
    fn overlays(&self, old: &Self) -> bool {
        let related = self.domain == old.domain
            || is_subdomain(&self.domain, &old.domain)
            || is_subdomain(&old.domain, &self.domain);
        related && path_match(&self.path, &old.path)
    }
}

impl fmt::Display for Cookie {
    /// One line for people; control characters and octets that are not ASCII are escaped.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scope = if self.host_only { "only" } else { "and subdomains" };
        write!(f, "{}  for {} {scope}, ", self.pair().escape_ascii(), self.domain)?;
        write!(f, "{}, ", self.path.escape_ascii())?;
        match self.expires {
            Some(expires) => write!(f, "until {}", date::imf_fixdate(expires))?,
            None => f.write_str("until the session ends")?,
        }
        for (set, name) in [(self.secure, "Secure"), (self.http_only, "HttpOnly")] {
            if set {
                write!(f, ", {name}")?;
            }
        }
        match self.same_site {
            SameSite::Default => Ok(()),
            same_site => write!(f, ", SameSite={}", same_site.as_str()),
        }
    }
}

// ANCHOR: scope
/// The domain of a cookie, and whether it is for that host only (RFC 10025 §5.7, steps 7 to 10).
fn scope(attribute: Option<&[u8]>, host: &Host) -> Result<(String, bool), Refusal> {
    let attribute = attribute.unwrap_or_default();
    let domain = str::from_utf8(attribute).ok().filter(|domain| domain.is_ascii());
    let domain = domain.ok_or(Refusal::DomainNotAscii)?;
    if domain.is_empty() {
        return Ok((host.as_str().into(), true));
    }
    if is_public_suffix(domain) {
        // A host that is a public suffix may still have cookies of its own.
        if domain != host.as_str() {
            return Err(Refusal::PublicSuffix(domain.into()));
        }
        return Ok((domain.into(), true));
    }
    if !host.domain_match(domain) {
        return Err(Refusal::DomainMismatch { host: host.to_string(), domain: domain.into() });
    }
    Ok((domain.into(), false))
}
// ANCHOR_END: scope

/// RFC 10025 §5.7, steps 17 to 19. What a window's own address loads may set any cookie.
fn check_site(cookie: &Cookie, context: &Context<'_>) -> Result<(), Refusal> {
    if cookie.same_site == SameSite::None {
        return if cookie.secure { Ok(()) } else { Err(Refusal::NoneWithoutSecure) };
    }
    if context.same_site || context.top_level && context.api == Api::Http {
        return Ok(());
    }
    Err(Refusal::CrossSite(cookie.same_site))
}

// ANCHOR: check_prefixes
/// RFC 10025 §5.7, steps 20 to 22: what the start of a name promises to the server.
///
/// The `Cookie` field brings back names and values, and no attributes. A server sees by the name
/// alone that nobody set this cookie over plain HTTP or from another host, because user agents
/// refuse it otherwise.
fn check_prefixes(cookie: &Cookie, has_path: bool) -> Result<(), Refusal> {
    if has_prefix(&cookie.name, b"__Secure-") && !cookie.secure {
        return Err(Refusal::SecurePrefix);
    }
    if has_prefix(&cookie.name, b"__Host-") {
        let broken = [
            (!cookie.secure, "Secure is missing"),
            (!cookie.host_only, "there is a Domain"),
            (!has_path || cookie.path != b"/", "Path=/ is missing"),
        ];
        if let Some((_, why)) = broken.iter().find(|(broken, _)| *broken) {
            return Err(Refusal::HostPrefix(why));
        }
    }
    // `=__Host-a=b` would be sent as `__Host-a=b`, and no server could tell the difference.
    let value = &cookie.value;
    if cookie.name.is_empty() && (has_prefix(value, b"__Secure-") || has_prefix(value, b"__Host-"))
    {
        return Err(Refusal::PrefixInValue);
    }
    Ok(())
}

/// In any case: there are servers that take `__HOST-` for `__Host-`.
fn has_prefix(text: &[u8], prefix: &[u8]) -> bool {
    text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix))
}
// ANCHOR_END: check_prefixes
