//! Proactive negotiation ([RFC 9110] §12): which of the representations that a server has suits
//! what the client says it likes.
//!
//! Each function takes a field value (`None`: no such field) and the names of what there is, in
//! the server's order of preference, and returns the index of the choice, or `None` if the client
//! accepts none of them. Whether that becomes 406 or a default is the server's decision (§12.1).
//!
//! The choice depends on the two arguments alone, so equal requests get equal answers, which
//! caches and preconditions take for granted (§13.1).
//!
//! A member whose weight cannot be read is skipped, as if it had not been sent: neither "most
//! preferred" nor "never" is what its sender is known to mean.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-12

use std::cmp::Reverse;

/// More members than this are not looked at: no user agent sends as many, and each of them is
/// compared with each representation.
pub const MAX_MEMBERS: usize = 64;

/// A weight in thousandths, 0 ("not acceptable") to 1000 ([RFC 9110] §12.4.2).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-12.4.2
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Weight(u16);

impl Weight {
    /// What a member without `q` has.
    pub const ONE: Self = Self(1000);
    /// "Not acceptable".
    pub const ZERO: Self = Self(0);

    /// Reads a `qvalue`: `0` or `1` with at most three decimals, nothing else.
    pub fn parse(value: &str) -> Option<Self> {
        let (whole, decimals) = value.split_once('.').unwrap_or((value, ""));
        if decimals.len() > 3 || !decimals.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        let thousandths: u16 = format!("{decimals:0<3}").parse().ok()?;
        match whole {
            "0" => Some(Self(thousandths)),
            "1" if thousandths == 0 => Some(Self::ONE),
            _ => None,
        }
    }

    /// 0 to 1000.
    pub fn thousandths(self) -> u16 {
        self.0
    }
}

/// One member of an `Accept…` field: what is preferred, and how much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preference<'a> {
    /// A media range, language range or coding, without its parameters.
    pub name: &'a str,
    /// Parameters other than `q`: names and values as they were sent.
    pub parameters: Vec<(&'a str, &'a str)>,
    pub weight: Weight,
}

/// Reads the members of an `Accept…` field. What cannot be read is left out.
pub fn preferences(value: &str) -> Vec<Preference<'_>> {
    split(value, b',').take(MAX_MEMBERS).filter_map(preference).collect()
}

fn preference(member: &str) -> Option<Preference<'_>> {
    let mut parts = split(member, b';');
    let name = parts.next().filter(|name| !name.is_empty())?;
    let mut preference = Preference { name, parameters: Vec::new(), weight: Weight::ONE };
    for part in parts.filter(|part| !part.is_empty()) {
        let (key, value) = part.split_once('=')?;
        if key.eq_ignore_ascii_case("q") {
            preference.weight = Weight::parse(value)?;
        } else {
            preference.parameters.push((key, value));
        }
    }
    Some(preference)
}

/// Splits at `separator` outside quoted strings, and trims white space from the pieces.
fn split(value: &str, separator: u8) -> impl Iterator<Item = &str> {
    let (mut quoted, mut escaped) = (false, false);
    value
        .split(move |c: char| {
            if escaped {
                escaped = false;
                return false;
            }
            match c {
                '\\' if quoted => escaped = true,
                '"' => quoted = !quoted,
                _ => return !quoted && c == char::from(separator),
            }
            false
        })
        .map(|piece| piece.trim_matches([' ', '\t']))
}

// ANCHOR: language
/// Chooses a language ([RFC 9110] §12.5.4). The ranges are tried in order of weight, equal ones in
/// the client's order. Each is tried twice: by Basic Filtering ([RFC 4647] §3.3.1), in which `en`
/// finds `en-GB`, then by Lookup (§3.4), in which `zh-Hans-CN` finds `zh`.
///
/// [RFC 4647]: https://www.rfc-editor.org/rfc/rfc4647#section-3
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.4
pub fn language(accept: Option<&str>, available: &[&str]) -> Option<usize> {
    let Some(mut ranges) = accept.map(preferences).filter(|ranges| !ranges.is_empty()) else {
        return (!available.is_empty()).then_some(0);
    };
    ranges.sort_by_key(|range| Reverse(range.weight)); // Stable.
    let find = |fits: &dyn Fn(&str) -> bool| available.iter().position(|tag| fits(tag));
    let wanted = ranges.iter().filter(|range| range.weight > Weight::ZERO);
    wanted.map(|range| range.name).find_map(|name| {
        // What a longer range speaks of is not this one's to give: `en, en-US;q=0`.
        let filtered = find(&|tag| longest_range(&ranges, tag) == Some(name));
        filtered.or_else(|| {
            let unspoken = |tag: &str| matches!(longest_range(&ranges, tag), None | Some("*"));
            let is = |tag: &str, short: &str| tag.eq_ignore_ascii_case(short) && unspoken(tag);
            shortened(name).find_map(|short| find(&|tag| is(tag, short)))
        })
    })
}

/// The longest range that `tag` begins with; `*` only where no other fits.
fn longest_range<'a>(ranges: &[Preference<'a>], tag: &str) -> Option<&'a str> {
    let fitting = ranges.iter().map(|range| range.name).filter(|name| covers(name, tag));
    fitting.max_by_key(|name| if *name == "*" { 0 } else { name.len() })
}

/// Whether `range` is `tag` or a prefix of it that ends at a hyphen.
fn covers(range: &str, tag: &str) -> bool {
    range == "*"
        || (tag.get(..range.len()).is_some_and(|start| start.eq_ignore_ascii_case(range))
            && matches!(tag.as_bytes().get(range.len()), None | Some(b'-')))
}

/// `zh-Hant-x-tw` → `zh-Hant`, `zh`: a single letter never stays at the end.
fn shortened(range: &str) -> impl Iterator<Item = &str> {
    let shorter = |range: &&'_ str| -> Option<usize> {
        let end = range.rfind('-')?;
        Some(range[..end].rfind('-').filter(|before| end - before == 2).unwrap_or(end))
    };
    let mut rest = range;
    std::iter::from_fn(move || {
        rest = &rest[..shorter(&rest)?];
        Some(rest)
    })
}
// ANCHOR_END: language

// ANCHOR: coding
/// Chooses a content coding ([RFC 9110] §12.5.3). `available` names `identity` where the plain
/// representation can be had, and that is also what a client gets that says nothing: it may accept
/// any coding, and be unable to undo it.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.3
pub fn coding(accept: Option<&str>, available: &[&str]) -> Option<usize> {
    let Some(accept) = accept else {
        let plain = available.iter().position(|coding| is_identity(coding));
        return plain.or((!available.is_empty()).then_some(0));
    };
    let preferences = preferences(accept);
    let rated = available.iter().enumerate().filter_map(|(index, coding)| {
        let listed = listed(&preferences, coding);
        // Unlisted, `identity` is acceptable, but less than anything that the client has named.
        let rating = match listed {
            Some(weight) => (weight > Weight::ZERO).then_some(weight.0 + 1)?,
            None => is_identity(coding).then_some(1)?,
        };
        Some((rating, Reverse(index)))
    });
    rated.max().map(|(_, Reverse(index))| index)
}

/// The weight of `coding` itself, or that of `*`. The wildcard speaks for `identity` only when it
/// forbids: `*;q=0` does, `*` does not make "no coding" a wish.
fn listed(preferences: &[Preference<'_>], coding: &str) -> Option<Weight> {
    let weight_of = |wanted: &str| {
        let same = |name: &str| name.eq_ignore_ascii_case(wanted) || is_gzip(name, wanted);
        preferences.iter().find(|preference| same(preference.name)).map(|found| found.weight)
    };
    let wildcard =
        || weight_of("*").filter(|weight| !is_identity(coding) || *weight == Weight::ZERO);
    weight_of(coding).or_else(wildcard)
}

/// `x-gzip` is another name for `gzip` (RFC 9110 §8.4.1.3).
fn is_gzip(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case("x-gzip") && wanted.eq_ignore_ascii_case("gzip")
}

fn is_identity(coding: &str) -> bool {
    coding.eq_ignore_ascii_case("identity")
}
// ANCHOR_END: coding

/// Chooses a media type ([RFC 9110] §12.5.1): for each type the most specific range that fits it
/// decides, and of equal weights the server's order.
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
pub fn media_type(accept: Option<&str>, available: &[&str]) -> Option<usize> {
    let Some(ranges) = accept.map(preferences).filter(|ranges| !ranges.is_empty()) else {
        return (!available.is_empty()).then_some(0);
    };
    let rated = available.iter().enumerate().filter_map(|(index, available)| {
        let weight = media_weight(&ranges, available)?;
        (weight > Weight::ZERO).then_some((weight, Reverse(index)))
    });
    rated.max().map(|(_, Reverse(index))| index)
}

/// The weight that `ranges` give to a media type; `None` if no range fits it.
pub fn media_weight(ranges: &[Preference<'_>], media_type: &str) -> Option<Weight> {
    let media_type = preference(media_type)?;
    let fitting = ranges.iter().filter_map(|range| Some((specificity(range, &media_type)?, range)));
    // The first of equally specific ranges.
    let chosen = fitting.min_by_key(|(specificity, _)| Reverse(*specificity))?;
    Some(chosen.1.weight)
}

/// How closely a range describes a type: `*/*` 0, `text/*` 1, `text/html` 2, and one more for each
/// parameter. `None` if it does not describe it.
fn specificity(range: &Preference<'_>, media_type: &Preference<'_>) -> Option<usize> {
    let (wanted, wanted_sub) = range.name.split_once('/')?;
    let (main, sub) = media_type.name.split_once('/')?;
    let names = match (wanted, wanted_sub) {
        ("*", "*") => 0,
        (_, "*") if wanted.eq_ignore_ascii_case(main) => 1,
        _ if range.name.eq_ignore_ascii_case(media_type.name) && sub != "*" => 2,
        _ => return None,
    };
    let has = |(name, value): &(&str, &str)| {
        let same = |(n, v): &(&str, &str)| n.eq_ignore_ascii_case(name) && v == value;
        media_type.parameters.iter().any(same)
    };
    range.parameters.iter().all(has).then_some(names + range.parameters.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen<'a>(
        choose: fn(Option<&str>, &[&str]) -> Option<usize>,
        accept: &str,
        available: &[&'a str],
    ) -> &'a str {
        choose(Some(accept), available).map_or("none", |index| available[index])
    }

    #[test]
    fn weights() {
        for (text, thousandths) in [
            ("0", 0),
            ("0.", 0),
            ("0.5", 500),
            ("0.05", 50),
            ("0.125", 125),
            ("1", 1000),
            ("1.", 1000),
            ("1.000", 1000),
        ] {
            assert_eq!(Weight::parse(text), Some(Weight(thousandths)), "{text}");
        }
        for text in ["", ".5", "2", "1.001", "0.1234", "-0", "+1", "00", "0,5", "0.5 ", "1e0", "½"]
        {
            assert_eq!(Weight::parse(text), None, "{text}");
        }
    }

    #[test]
    fn members_that_cannot_be_read_are_left_out() {
        let names = |value| preferences(value).iter().map(|p| p.name).collect::<Vec<_>>().join(" ");
        assert_eq!(names(" , a;q=0.5 ,, b ; Q=1 , "), "a b");
        assert_eq!(names("a;q=high, b;q=2, c;q=, d;q, e"), "e");
        assert_eq!(names(r#"a;x="1,2;q=0";q=0.3, b"#), "a b");
        assert_eq!(preferences(r#"a;x="\",";q=0.3, b"#).len(), 2);
        assert_eq!(names(r#"a;x="never closed, b"#), "a");
        assert_eq!(preferences(&"a,".repeat(1000)).len(), MAX_MEMBERS);
    }

    #[test]
    fn languages() {
        for (accept, available, expected) in [
            // Filtering: a range finds what it is a prefix of, at a hyphen.
            ("en", &["zh", "en"][..], "en"),
            ("en", &["zh", "en-GB"], "en-GB"),
            ("EN-gb", &["en", "en-GB"], "en-GB"),
            ("e", &["en"], "none"),
            ("da, en-gb;q=0.8, en;q=0.7", &["en-US", "en-GB"], "en-GB"),
            ("en;q=0.5, zh", &["en", "zh"], "zh"),
            // The longest range speaks for a tag, whatever its weight.
            ("en, en-US;q=0", &["en-US", "en-GB"], "en-GB"),
            ("en, en-US;q=0.1, zh;q=0.5", &["en-US", "zh"], "zh"),
            // A wildcard is for what no other range fits.
            ("*;q=0.1, zh;q=0.9", &["en", "zh"], "zh"),
            ("*, en;q=0.5", &["en", "zh"], "zh"),
            ("en;q=0, *", &["en"], "none"),
            // Equal weights: the client's order, then the server's.
            ("fr, zh, en", &["en", "zh"], "zh"),
            ("*", &["en", "zh"], "en"),
            // Lookup: what a browser set to Simplified Chinese sends finds plain `zh`.
            ("zh-CN", &["en", "zh"], "zh"),
            ("zh-Hans-CN, en;q=0.5", &["en", "zh"], "zh"),
            ("zh-Hant-TW, zh-Hans;q=0.5", &["zh", "zh-Hans"], "zh"),
            ("zh-CN, *;q=0.1", &["en", "zh"], "zh"),
            ("zh-CN, zh;q=0.1, en;q=0.5", &["en", "zh"], "en"),
            ("zh-CN;q=0.3, de-AT;q=0.6", &["zh", "de"], "de"),
            ("zh-Hant-x-tw", &["zh-Hant-x", "zh"], "zh"),
            ("de, fr", &["en", "zh"], "none"),
            ("zh-CN, zh;q=0", &["zh"], "none"),
            // Nothing that can be read is as good as nothing.
            ("", &["en", "zh"], "en"),
            ("zh;q=high", &["en", "zh"], "en"),
        ] {
            assert_eq!(chosen(language, accept, available), expected, "{accept} of {available:?}");
        }
        assert_eq!(language(None, &["en"]), Some(0));
        assert_eq!(language(None, &[]), None);
        assert_eq!(language(Some("en"), &[]), None);
    }

    #[test]
    fn codings() {
        const ALL: &[&str] = &["br", "gzip", "identity"];
        for (accept, available, expected) in [
            ("gzip", ALL, "gzip"),
            ("gzip, br", ALL, "br"),
            ("gzip, deflate, br, zstd", ALL, "br"),
            ("gzip;q=1.0, br;q=0.5", ALL, "gzip"),
            ("GZIP", ALL, "gzip"),
            ("x-gzip", ALL, "gzip"),
            ("compress", ALL, "identity"),
            ("", ALL, "identity"),
            ("*", ALL, "br"),
            ("*;q=0.5, gzip", ALL, "gzip"),
            ("br;q=0, *", ALL, "gzip"),
            // A weight of 0.001 is still a wish; unlisted, `identity` is none.
            ("gzip;q=0.001", ALL, "gzip"),
            ("identity, gzip;q=0.5", ALL, "identity"),
            ("identity;q=0.5, gzip;q=0.5", ALL, "gzip"),
            ("identity;q=0.5, *;q=0", ALL, "identity"),
            // Plain is forbidden.
            ("identity;q=0", ALL, "none"),
            ("*;q=0", ALL, "none"),
            ("gzip, *;q=0", &["identity"], "none"),
            ("gzip, identity;q=0", &["identity", "gzip"], "gzip"),
            ("gzip;q=yes", ALL, "identity"),
        ] {
            assert_eq!(chosen(coding, accept, available), expected, "{accept} of {available:?}");
        }
        assert_eq!(coding(None, ALL), Some(2));
        assert_eq!(coding(None, &["gzip"]), Some(0));
        assert_eq!(coding(None, &[]), None);
    }

    #[test]
    fn media_types() {
        for (accept, available, expected) in [
            ("*/*", &["text/html", "application/json"][..], "text/html"),
            ("application/json", &["text/html", "application/json"], "application/json"),
            ("text/*;q=0.5, application/*", &["text/html", "application/json"], "application/json"),
            ("audio/*; q=0.2, audio/basic", &["audio/mpeg", "audio/basic"], "audio/basic"),
            ("image/png", &["text/html"], "none"),
            ("text/html;q=0, */*", &["text/html", "text/plain"], "text/plain"),
            ("*/html", &["text/html"], "none"),
            ("Text/HTML", &["text/html"], "text/html"),
            ("text/plain;charset=utf-8", &["text/plain;charset=utf-8"], "text/plain;charset=utf-8"),
        ] {
            assert_eq!(chosen(media_type, accept, available), expected, "{accept}");
        }
        assert_eq!(media_type(None, &["a/b"]), Some(0));
        assert_eq!(media_type(Some(""), &["a/b"]), Some(0));
    }

    #[test]
    fn the_table_in_rfc_9110() {
        // §12.5.1, Table 5, with one row as the RFC's erratum 7138 has it: text/html;level=3 gets
        // what text/* says, 0.3, and not 0.7.
        let ranges = preferences(
            "text/*;q=0.3, text/plain;q=0.7, text/plain;format=flowed, \
             text/plain;format=fixed;q=0.4, */*;q=0.5",
        );
        for (media_type, thousandths) in [
            ("text/plain;format=flowed", 1000),
            ("text/plain", 700),
            ("text/html", 300),
            ("image/jpeg", 500),
            ("text/plain;format=fixed", 400),
            ("text/html;level=3", 300),
        ] {
            let weight = media_weight(&ranges, media_type);
            assert_eq!(weight, Some(Weight(thousandths)), "{media_type}");
        }
    }
}
