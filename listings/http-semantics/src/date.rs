//! HTTP dates ([RFC 9110] §5.6.7): one format is written, three are read.
//!
//! Calendar arithmetic is the `httpdate` crate's. What is here is what it leaves to its callers: a
//! time that no HTTP date can express must not panic, and a year of two digits means something
//! only together with today's date.
//!
//! [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-5.6.7

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use httpdate::HttpDate;

/// The last second of the year 9999, in seconds after 1970: the format has four digits.
const LAST: u64 = 253_402_300_799;

/// How far into the future a year of two digits may point; beyond it, the past is meant.
const FUTURE_YEARS: u64 = 50;

/// Length of `Sun Nov  6 08:49:37 1994`, in bytes.
const ASCTIME: usize = 24;

/// `time` as IMF-fixdate, such as `Sun, 06 Nov 1994 08:49:37 GMT`, rounded down to the second.
///
/// A time before 1970 or after 9999, which a file may well carry, becomes the nearest that can be
/// written.
pub fn format(time: SystemTime) -> String {
    HttpDate::from(whole_seconds(time)).to_string()
}

/// `time` without its fraction of a second, as [`format()`] writes and [`parse`] returns it.
pub fn whole_seconds(time: SystemTime) -> SystemTime {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    UNIX_EPOCH + Duration::from_secs(since.as_secs().min(LAST))
}

// ANCHOR: parse
/// Reads any of the three formats; `now` decides the century of the one that has two digits for
/// its year. `None` for anything else, including a weekday that is not that day's.
pub fn parse(value: &str, now: SystemTime) -> Option<SystemTime> {
    let date: HttpDate = match value.split_once('-') {
        Some(_) => with_century(value, now)?.parse().ok()?,
        None => value.parse().ok()?,
    };
    Some(date.into())
}

/// Rewrites `Sunday, 06-Nov-94 08:49:37 GMT` (RFC 850) as IMF-fixdate.
///
/// A year more than 50 years ahead means the same two digits in the past. The RFC compares the
/// moments; whole years differ from that for the rest of one year in a century.
fn with_century(value: &str, now: SystemTime) -> Option<String> {
    let (weekday, rest) = value.split_once(", ")?;
    let (date, time) = rest.split_once(' ')?;
    let [day, month, year] = date.split('-').collect::<Vec<_>>().try_into().ok()?;
    let full = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    if year.len() != 2 || !full.contains(&weekday) {
        return None;
    }
    let year: u64 = year.parse().ok()?;
    let latest = year_of(now) + FUTURE_YEARS;
    let year = latest - (latest + 100 - year) % 100;
    Some(format!("{}, {day} {month} {year} {time}", &weekday[..3]))
}
// ANCHOR_END: parse

/// Like [`parse`], whatever the case of the letters: a cache should take `gmt` for `GMT`
/// ([RFC 9111] §4.2), everybody else should not.
///
/// [RFC 9111]: https://www.rfc-editor.org/rfc/rfc9111#section-4.2
pub fn parse_any_case(value: &str, now: SystemTime) -> Option<SystemTime> {
    let mut start_of_word = true;
    let mut fixed: String = value
        .chars()
        .map(|c| {
            let fixed = if start_of_word { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() };
            start_of_word = !c.is_ascii_alphabetic();
            fixed
        })
        .collect();
    if fixed.len() != ASCTIME && fixed.ends_with("Gmt") {
        fixed.replace_range(fixed.len() - 3.., "GMT");
    }
    parse(&fixed, now)
}

/// The Gregorian year.
fn year_of(time: SystemTime) -> u64 {
    // `format` always has its four digits there.
    format(time)[12..16].parse().unwrap_or(1970)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_secs(seconds)
    }

    /// Noon of 2026-11-22.
    fn now() -> SystemTime {
        at(1_795_348_800)
    }

    #[test]
    fn three_formats_of_one_second() {
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ] {
            assert_eq!(parse(text, now()), Some(at(784_111_777)), "{text}");
        }
        assert_eq!(format(at(784_111_777)), "Sun, 06 Nov 1994 08:49:37 GMT");
    }

    #[test]
    fn what_cannot_be_written_becomes_the_nearest_that_can() {
        let before = UNIX_EPOCH - Duration::from_millis(1);
        assert_eq!(format(before), "Thu, 01 Jan 1970 00:00:00 GMT");
        let after = at(LAST + 1_000_000);
        assert_eq!(format(after), "Fri, 31 Dec 9999 23:59:59 GMT");
        assert_eq!(format(at(0) + Duration::from_millis(999)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }

    #[test]
    fn two_digits_are_at_most_fifty_years_ahead() {
        // In 2026, 76 is 2076 and 77 is 1977. `httpdate` alone says 1976 for the first, and 1970
        // for 70.
        assert_eq!(parse("Sunday, 22-Nov-76 12:00:00 GMT", now()), Some(at(3_373_272_000)));
        assert_eq!(parse("Tuesday, 22-Nov-77 12:00:00 GMT", now()), Some(at(249_048_000)));
        assert_eq!(parse("Saturday, 22-Nov-70 12:00:00 GMT", now()), Some(at(3_183_883_200)));
        // In 1990 the same text means another day, or none: the weekday has to fit.
        let then = at(631_152_000);
        assert_eq!(parse("Sunday, 22-Nov-70 12:00:00 GMT", then), Some(at(28_123_200)));
        assert_eq!(parse("Saturday, 22-Nov-70 12:00:00 GMT", then), None);
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "0",
            "-1",
            "-",
            "Sun, 06 Nov 1994 08:49:37 UTC",
            "Sun, 06 Nov 1994 08:49:37 gmt",
            "Mon, 06 Nov 1994 08:49:37 GMT",
            "Sun, 31 Feb 1994 08:49:37 GMT",
            "Sun, 06-Nov-94 08:49:37 GMT",
            "Sunday, 06-Nov-1994 08:49:37 GMT",
            "Sunday, 06-Nov-+4 08:49:37 GMT",
            "Sun, 06 Nov 1994 08:49:37 GMT, Sun, 06 Nov 1994 08:49:37 GMT",
            "Sündag, 06-Nov-94 08:49:37 GMT",
            "1994-11-06T08:49:37Z",
        ] {
            assert_eq!(parse(text, now()), None, "{text}");
        }
    }

    #[test]
    fn a_cache_takes_any_case() {
        for text in [
            "sun, 06 nov 1994 08:49:37 gmt",
            "SUNDAY, 06-NOV-94 08:49:37 GMT",
            "sUN nOV  6 08:49:37 1994",
        ] {
            assert_eq!(parse_any_case(text, now()), Some(at(784_111_777)), "{text}");
        }
        assert_eq!(parse_any_case("sun, 06 nov 1994 08:49:37 cet", now()), None);
    }
}
