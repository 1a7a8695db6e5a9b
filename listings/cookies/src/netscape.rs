//! A jar as a file: the format of Netscape's `cookies.txt`, which curl reads and writes.
//!
//! A line for each cookie, seven fields with tabs between them:
//!
//! ```text
//! domain  subdomains too?  path  Secure?  expires  name  value
//! .example.test   TRUE    /       FALSE   1798761600      lang    en
//! #HttpOnly_example.test  FALSE   /       TRUE    0       id      7
//! ```
//!
//! The format is older than most of what a cookie has today. `HttpOnly` was smuggled into what looks
//! like a comment. For other things there is no room, and [`write()`] says which cookies it left out:
//!
//! - `SameSite`: what comes back has none. A program in which no page makes requests does not miss
//!   it; a browser must not use this format.
//! - When a cookie was created and last used: the order of the lines stands for it.
//! - A name or value that is empty, or has a tab: there are readers that take two tabs for one. Of
//!   these an empty value can be kept, because it is the last field.

use std::time::SystemTime;

use crate::date;
use crate::domain::Host;
use crate::jar::Cookie;
use crate::set_cookie::{MAX_ATTRIBUTE, MAX_PAIR, SameSite, is_control};

const HEADER: &str = "# Netscape HTTP Cookie File\n\
                      # Who has this file can act in your name. Do not share it.\n\n";
const HTTP_ONLY: &[u8] = b"#HttpOnly_";

/// A line that holds no cookie, although it looks as if it should.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct BadLine {
    /// Counted from 1.
    pub line: usize,
    pub problem: Problem,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    #[error("a cookie has seven fields with tabs between them")]
    Fields,
    #[error("the domain is no host name")]
    Domain,
    #[error("the second and the fourth field are TRUE or FALSE")]
    Flag,
    #[error("the path does not begin with '/' or is longer than {MAX_ATTRIBUTE} octets")]
    Path,
    #[error("the fifth field is a time in seconds since 1970, or 0")]
    Expires,
    #[error("the name is empty, or name and value are longer than {MAX_PAIR} octets")]
    Pair,
    #[error("there is a control character")]
    Control,
}

/// Reads a file: its cookies in order, and the lines that are none.
///
/// A bad line does not spoil the others. `now` becomes the time of creation of them all. Who reads
/// a file puts a limit on its size.
#[must_use]
pub fn read(file: &[u8], now: SystemTime) -> (Vec<Cookie>, Vec<BadLine>) {
    let (mut cookies, mut bad) = (Vec::new(), Vec::new());
    for (index, line) in file.split(|byte| *byte == b'\n').enumerate() {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let (line, http_only) = match line.strip_prefix(HTTP_ONLY) {
            Some(line) => (line, true),
            None => (line, false),
        };
        if line.trim_ascii().is_empty() || line.starts_with(b"#") {
            continue;
        }
        match cookie(line, http_only, now) {
            Ok(cookie) => cookies.push(cookie),
            Err(problem) => bad.push(BadLine { line: index + 1, problem }),
        }
    }
    (cookies, bad)
}

fn cookie(line: &[u8], http_only: bool, now: SystemTime) -> Result<Cookie, Problem> {
    let fields: Vec<_> = line.split(|byte| *byte == b'\t').collect();
    let (domain, subdomains, path, secure, expires, name, value) = match fields[..] {
        [domain, subdomains, path, secure, expires, name, value] => {
            (domain, subdomains, path, secure, expires, name, value)
        }
        // Editors cut off the tab that stands before an empty value.
        [domain, subdomains, path, secure, expires, name] => {
            (domain, subdomains, path, secure, expires, name, &b""[..])
        }
        _ => return Err(Problem::Fields),
    };
    if line.iter().any(|byte| is_control(*byte)) {
        return Err(Problem::Control);
    }
    if name.is_empty() || name.len() + value.len() > MAX_PAIR {
        return Err(Problem::Pair);
    }
    if !path.starts_with(b"/") || path.len() > MAX_ATTRIBUTE {
        return Err(Problem::Path);
    }
    Ok(Cookie {
        name: name.into(),
        value: value.into(),
        domain: read_domain(domain)?,
        host_only: !flag(subdomains)?,
        path: path.into(),
        expires: read_expires(expires)?,
        secure: flag(secure)?,
        http_only,
        same_site: SameSite::Default,
        created: now,
        last_access: now,
    })
}

/// Writes cookies, and gives back those for which the format has no room.
pub fn write<'a>(cookies: impl IntoIterator<Item = &'a Cookie>) -> (Vec<u8>, Vec<&'a Cookie>) {
    let (mut file, mut left_out) = (HEADER.as_bytes().to_vec(), Vec::new());
    for cookie in cookies {
        match line(cookie) {
            Some(line) => file.extend(line),
            None => left_out.push(cookie),
        }
    }
    (file, left_out)
}

fn line(cookie: &Cookie) -> Option<Vec<u8>> {
    let text = [&cookie.name, &cookie.value, &cookie.path];
    let has_tab = text.iter().any(|text| text.contains(&b'\t'));
    // 0 stands for a session: what expires then or before has no line, and needs none.
    let expires = cookie.expires.map_or(0, date::unix_seconds);
    if cookie.name.is_empty() || has_tab || (cookie.expires.is_some() && expires <= 0) {
        return None;
    }
    let seconds = expires.to_string();
    let fields = [
        if cookie.http_only { HTTP_ONLY } else { b"" },
        if cookie.host_only { b"" } else { b"." },
        cookie.domain.as_bytes(),
        if cookie.host_only { b"\tFALSE\t" } else { b"\tTRUE\t" },
        &cookie.path,
        if cookie.secure { b"\tTRUE\t" } else { b"\tFALSE\t" },
        seconds.as_bytes(),
        b"\t",
        &cookie.name,
        b"\t",
        &cookie.value,
        b"\n",
    ];
    Some(fields.concat())
}

/// The dot in front says once more that subdomains are meant.
fn read_domain(field: &[u8]) -> Result<String, Problem> {
    let field = str::from_utf8(field).map_err(|_| Problem::Domain)?;
    let name = field.strip_prefix('.').unwrap_or(field);
    let host =
        if name.contains(':') { Host::parse(&format!("[{name}]")) } else { Host::parse(name) };
    host.map(|host| host.as_str().to_owned()).map_err(|_| Problem::Domain)
}

fn read_expires(field: &[u8]) -> Result<Option<SystemTime>, Problem> {
    let seconds = str::from_utf8(field).ok().and_then(|text| text.parse().ok());
    match seconds {
        Some(0) => Ok(None),
        Some(seconds) => date::at(seconds).map(Some).ok_or(Problem::Expires),
        None => Err(Problem::Expires),
    }
}

fn flag(field: &[u8]) -> Result<bool, Problem> {
    match field.to_ascii_uppercase().as_slice() {
        b"TRUE" => Ok(true),
        b"FALSE" => Ok(false),
        _ => Err(Problem::Flag),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    const NOW: SystemTime = SystemTime::UNIX_EPOCH;

    #[test]
    fn what_curl_writes() {
        let file = b"# Netscape HTTP Cookie File\n\n\
            .example.test\tTRUE\t/\tFALSE\t1798761600\tlang\ten\n\
            #HttpOnly_example.test\tFALSE\t/docs\tTRUE\t0\tid\t7\r\n\
            ::1\tFALSE\t/\tFALSE\t0\tempty\t\n";
        let (cookies, bad) = read(file, NOW);
        assert_eq!(bad, []);
        assert_eq!(cookies[0].domain, "example.test");
        assert!(!cookies[0].host_only && !cookies[0].http_only);
        assert_eq!(cookies[0].expires, Some(NOW + Duration::from_secs(1_798_761_600)));
        assert!(cookies[1].host_only && cookies[1].http_only && cookies[1].secure);
        assert_eq!((cookies[1].expires, &cookies[1].value[..]), (None, &b"7"[..]));
        assert_eq!(cookies[2].domain, "::1");
        // As an editor leaves it.
        assert_eq!(read(b"::1\tFALSE\t/\tFALSE\t0\tempty", NOW).0, cookies[2..]);
        let (written, left_out) = write(&cookies);
        assert!(left_out.is_empty());
        assert_eq!(read(&written, NOW), (cookies, vec![]));
    }

    #[test]
    fn a_bad_line_is_named_and_the_others_are_read() {
        for (line, problem) in [
            ("example.test", Problem::Fields),
            ("a\tb\tc\td\te\tf\tg\th", Problem::Fields),
            ("a b\tFALSE\t/\tFALSE\t0\ta\tb", Problem::Domain),
            ("a.test\tyes\t/\tFALSE\t0\ta\tb", Problem::Flag),
            ("a.test\tFALSE\tx\tFALSE\t0\ta\tb", Problem::Path),
            ("a.test\tFALSE\t/\tFALSE\tsoon\ta\tb", Problem::Expires),
            ("a.test\tFALSE\t/\tFALSE\t0\t\tb", Problem::Pair),
            ("a.test\tFALSE\t/\tFALSE\t0\ta\tb\u{1}", Problem::Control),
        ] {
            let file = format!("# comment\n{line}\nb.test\tFALSE\t/\tFALSE\t0\tc\td\n");
            let (cookies, bad) = read(file.as_bytes(), NOW);
            assert_eq!(cookies.len(), 1);
            assert_eq!(bad, [BadLine { line: 2, problem }]);
        }
    }

    #[test]
    fn sizes() {
        let line = |value: usize, path: usize| {
            let (value, path) = ("v".repeat(value), "p".repeat(path));
            let file = format!("a.test\tFALSE\t/{path}\tFALSE\t0\tname\t{value}");
            read(file.as_bytes(), NOW).1.first().map(|bad| bad.problem)
        };
        assert_eq!(line(MAX_PAIR - 4, MAX_ATTRIBUTE - 1), None);
        assert_eq!(line(MAX_PAIR - 3, 0), Some(Problem::Pair));
        assert_eq!(line(0, MAX_ATTRIBUTE), Some(Problem::Path));
    }

    #[test]
    fn what_has_no_line() {
        let (cookies, _) = read(b"a.test\tFALSE\t/\tFALSE\t0\ta\tb", NOW);
        let with = |change: fn(&mut Cookie)| {
            let mut cookie = cookies[0].clone();
            change(&mut cookie);
            cookie
        };
        for cookie in [
            with(|cookie| cookie.name.clear()),
            with(|cookie| cookie.value = b"b\tc".into()),
            with(|cookie| cookie.path = b"/\t".into()),
            with(|cookie| cookie.expires = Some(NOW)),
        ] {
            assert_eq!(write([&cookie]).1, [&cookie]);
        }
        assert!(write([&with(|cookie| cookie.value.clear())]).1.is_empty());
    }
}
