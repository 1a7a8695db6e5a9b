//! `Cache-Control` ([RFC 9111] §5.2), in requests and in responses.
//!
//! [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-5.2

use std::time::Duration;

use http_messages::Fields;

/// "For ever", in seconds: what a number that does not fit counts as ([RFC 9111] §1.2.2).
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-1.2.2
pub const FOREVER: u64 = 1 << 31;

/// The directives of one message. Names are compared without regard to case; of several with the
/// same name the first counts (§4.2.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Directives {
    list: Vec<(String, Option<String>)>,
}

impl Directives {
    /// Reads all lines of the field; members that are no directive are skipped (§5.2.3).
    pub fn of(fields: &Fields) -> Self {
        let members = fields.list("Cache-Control").map(String::from_utf8_lossy);
        let list = members.map(|member| match member.split_once('=') {
            Some((name, value)) => (name.to_string(), Some(unquoted(value))),
            None => (member.to_string(), None),
        });
        Self { list: list.collect() }
    }

    /// Whether the directive is there, with or without an argument.
    ///
    /// `no-cache` and `private` may name the fields they are about. Like most caches this one
    /// treats them then as if they were about the whole response, which is always safe (§5.2.2.4).
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// The seconds that a directive gives; `None` if it is not there. What is no number counts as
    /// 0, which makes a response stale (§4.2.1).
    pub fn seconds(&self, name: &str) -> Option<Duration> {
        let value = self.find(name)?.as_deref().unwrap_or_default();
        Some(Duration::from_secs(delta_seconds(value).unwrap_or(0)))
    }

    /// Like [`seconds`](Self::seconds) for one that may stand alone and means "any" then.
    pub fn seconds_or_any(&self, name: &str) -> Option<Duration> {
        match self.find(name)? {
            None => Some(Duration::MAX),
            Some(_) => self.seconds(name),
        }
    }

    fn find(&self, name: &str) -> Option<&Option<String>> {
        let mut all = self.list.iter();
        all.find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// Digits and nothing else; too many of them mean [`FOREVER`].
pub(super) fn delta_seconds(text: &str) -> Option<u64> {
    let all_digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    all_digits.then(|| text.parse().unwrap_or(FOREVER).min(FOREVER))
}

/// Both forms of an argument are to be accepted (§5.2).
fn unquoted(value: &str) -> String {
    let inside = value.strip_prefix('"').and_then(|value| value.strip_suffix('"'));
    inside.map_or_else(|| value.to_string(), |inside| inside.replace('\\', ""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directives(values: &[&str]) -> Directives {
        let mut fields = Fields::new();
        for value in values {
            fields.append("Cache-Control", value).unwrap();
        }
        Directives::of(&fields)
    }

    #[test]
    fn numbers() {
        for (value, seconds) in [
            ("max-age=60", Some(60)),
            ("MAX-AGE=60", Some(60)),
            ("max-age=\"60\"", Some(60)),
            ("max-age=0060", Some(60)),
            ("public , max-age=60", Some(60)),
            ("max-age=60, max-age=1", Some(60)),
            ("max-age=99999999999999999999999", Some(FOREVER)),
            ("max-age=4294967296", Some(FOREVER)),
            ("max-age", Some(0)),
            ("max-age=", Some(0)),
            ("max-age=-1", Some(0)),
            ("max-age=+1", Some(0)),
            ("max-age=1.5", Some(0)),
            ("max-age=1s", Some(0)),
            ("max-age = 60", None),
            ("x=\"max-age=60\"", None),
            ("s-maxage=60", None),
            ("", None),
        ] {
            let expected = seconds.map(Duration::from_secs);
            assert_eq!(directives(&[value]).seconds("max-age"), expected, "{value}");
        }
    }

    #[test]
    fn all_lines_are_one_list() {
        let all = directives(&["no-cache=\"Set-Cookie, X\"", "Private, max-stale"]);
        assert!(all.has("no-cache") && all.has("private"));
        assert!(!all.has("set-cookie") && !all.has("no-store"));
        assert_eq!(all.seconds_or_any("max-stale"), Some(Duration::MAX));
        assert_eq!(directives(&["max-stale=5"]).seconds_or_any("max-stale").unwrap().as_secs(), 5);
    }
}
