//! TRACE ([RFC 9110] §9.3.8): the last recipient sends the request back as it arrived, so that the
//! client sees what has become of it on its way.
//!
//! Those on the way show only through what they add, such as `Via` (§7.6.3). `Max-Forwards` makes
//! one of them the last (§7.6.2): each that forwards subtracts one, and who gets 0 answers.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.8

use http_messages::{Fields, Method, RequestHead};

/// What the answer to TRACE is ([RFC 9112] §10.1).
///
/// [RFC 9112]: https://www.rfc-editor.org/rfc/rfc9112#section-10.1
pub const MEDIA_TYPE: &str = "message/http";

/// Fields that are not given back: a script that may read the answer must not learn from it what it
/// may not read itself.
const SENSITIVE: &[&str] = &["Authorization", "Cookie", "Proxy-Authorization"];

// ANCHOR: trace
/// The content of the answer: request line and fields, but for those that could hold secrets.
pub fn message(head: &RequestHead) -> Vec<u8> {
    let (method, target) = (head.method.as_str(), head.target.as_str());
    let mut message = format!("{method} {target} {}\r\n", head.version.as_str()).into_bytes();
    for (name, value) in head.fields.iter() {
        if !SENSITIVE.iter().any(|sensitive| name.eq_ignore_ascii_case(sensitive)) {
            message.extend([name.as_bytes(), b": ", value, b"\r\n"].concat());
        }
    }
    message.extend(b"\r\n");
    message
}

/// For one that forwards: `None` if it is the last recipient itself, and otherwise the fields to
/// forward, with one hop less. Only for TRACE and OPTIONS; elsewhere the field means nothing.
pub fn forwarded(method: &Method, fields: &Fields) -> Option<Fields> {
    let mut forwarded = fields.clone();
    if !matches!(method, Method::Trace | Method::Options) {
        return Some(forwarded);
    }
    let left = fields.get_str("Max-Forwards").filter(|value| is_number(value));
    // Too large for a number is as good as any number that no request ever uses up.
    let Some(left) = left.map(|digits| digits.parse().unwrap_or(u32::MAX)) else {
        return Some(forwarded);
    };
    let less = left.checked_sub(1)?.to_string();
    forwarded.set("Max-Forwards", less).ok()?;
    Some(forwarded)
}
// ANCHOR_END: trace

fn is_number(value: &str) -> bool {
    !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hops() {
        let hops = |method: Method, value: &str| {
            let mut fields = Fields::new();
            fields.append("Max-Forwards", value).unwrap();
            let forwarded = forwarded(&method, &fields)?;
            Some(String::from_utf8_lossy(forwarded.get("Max-Forwards")?).into_owned())
        };
        for (value, left) in [
            ("1", Some("0")),
            ("0", None),
            ("010", Some("9")),
            ("99999999999", Some("4294967294")),
            ("-1", Some("-1")),
            ("x", Some("x")),
        ] {
            assert_eq!(hops(Method::Trace, value).as_deref(), left, "{value}");
            assert_eq!(hops(Method::Options, value).as_deref(), left, "{value}");
        }
        assert_eq!(hops(Method::Get, "0").as_deref(), Some("0"));
        assert!(forwarded(&Method::Trace, &Fields::new()).is_some());
    }
}
