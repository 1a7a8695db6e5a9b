//! Dates: read in the way that user agents read them, written in the way that servers must.

use std::time::{Duration, SystemTime};

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const DAY: i64 = 86_400;

/// Reads the date of an `Expires` attribute (RFC 10025 §5.1.1).
///
/// There is no format: the text is cut into tokens, and the first token that can be a time is the
/// time, the first that can be a day is the day, and so on. Whatever is left over is ignored, the
/// name of the weekday and the time zone among it: every date is in UTC.
///
/// `None` if a part is missing or no such date exists.
#[must_use]
pub fn parse(text: &[u8]) -> Option<SystemTime> {
    let (mut time, mut day, mut month, mut year) = (None, None, None, None);
    for token in text.split(|byte| is_delimiter(*byte)).filter(|token| !token.is_empty()) {
        if time.is_none()
            && let Some(found) = hms_time(token)
        {
            time = Some(found);
        } else if day.is_none()
            && let Some(found) = number(token, 1, 2)
        {
            day = Some(found);
        } else if month.is_none()
            && let Some(found) = month_name(token)
        {
            month = Some(found);
        } else if year.is_none()
            && let Some(found) = number(token, 2, 4)
        {
            year = Some(found);
        }
    }
    let (hour, minute, second) = time?;
    let year = match year? {
        two_digits @ 70..=99 => two_digits + 1900,
        two_digits @ 0..=69 => two_digits + 2000,
        year => year,
    };
    let (month, day) = (month?, day?);
    let exists = year >= 1601
        && (1..=days_in_month(year, month)).contains(&day)
        && hour <= 23
        && minute <= 59
        && second <= 59;
    let seconds = days_since_1970(year, month, day) * DAY + hour * 3600 + minute * 60 + second;
    if exists { at(seconds) } else { None }
}

/// The date in the one format that a server may send: `Sun, 06 Nov 1994 08:49:37 GMT`
/// (`IMF-fixdate`, RFC 9110 §5.6.7).
///
/// The format has four digits for the year: a time outside of the years 0 to 9999 gives the nearest
/// second within.
#[must_use]
pub fn imf_fixdate(time: SystemTime) -> String {
    let seconds = unix_seconds(time).clamp(-62_167_219_200, 253_402_300_799);
    let (days, rest) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = civil(days);
    // 1 January 1970 was a Thursday.
    let weekday = pick(&WEEKDAYS, (days + 4).rem_euclid(7));
    let month = pick(&MONTHS, month - 1);
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

/// Whole seconds since 1970, rounded down; negative before.
pub(crate) fn unix_seconds(time: SystemTime) -> i64 {
    match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(error) => {
            let before = error.duration();
            let up = u64::from(before.subsec_nanos() > 0);
            i64::try_from(before.as_secs() + up).map_or(i64::MIN, |seconds| -seconds)
        }
    }
}

/// The inverse; `None` if the system's clock has no such time.
pub(crate) fn at(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        SystemTime::UNIX_EPOCH.checked_sub(distance)
    } else {
        SystemTime::UNIX_EPOCH.checked_add(distance)
    }
}

/// What stands between tokens: tabs, spaces, commas, hyphens, …, but neither `:` nor anything that
/// is not ASCII.
fn is_delimiter(byte: u8) -> bool {
    matches!(byte, b'\t' | b' '..=b'/' | b';'..=b'@' | b'['..=b'`' | b'{'..=b'~')
}

/// `1*2DIGIT ":" 1*2DIGIT ":" 1*2DIGIT [ non-digit *OCTET ]`
fn hms_time(token: &[u8]) -> Option<(i64, i64, i64)> {
    let (hour, token) = take_digits(token, 1, 2)?;
    let (minute, token) = take_digits(token.strip_prefix(b":")?, 1, 2)?;
    let (second, _) = take_digits(token.strip_prefix(b":")?, 1, 2)?;
    Some((hour, minute, second))
}

/// `jan`, `February`, `MARS`: the first three letters count.
fn month_name(token: &[u8]) -> Option<i64> {
    let start = token.get(..3)?;
    let mut numbered = (1..).zip(MONTHS);
    let found = numbered.find(|(_, name)| start.eq_ignore_ascii_case(name.as_bytes()));
    found.map(|(number, _)| number)
}

/// `least*mostDIGIT [ non-digit *OCTET ]`
fn number(token: &[u8], least: usize, most: usize) -> Option<i64> {
    take_digits(token, least, most).map(|(number, _)| number)
}

/// A number at the start and what follows it; `None` if it has too few or too many digits.
fn take_digits(token: &[u8], least: usize, most: usize) -> Option<(i64, &[u8])> {
    let count = token.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if !(least..=most).contains(&count) {
        return None;
    }
    let (digits, rest) = token.split_at(count);
    let number = digits.iter().fold(0, |number, digit| number * 10 + i64::from(digit - b'0'));
    Some((number, rest))
}

fn pick(names: &[&'static str], index: i64) -> &'static str {
    usize::try_from(index).ok().and_then(|index| names.get(index)).copied().unwrap_or_default()
}

fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days from 1 January 1970 to a date of the Gregorian calendar.
///
/// The year is made to begin in March: then the leap day is its last day, and a month's start is a
/// straight line.
fn days_since_1970(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month < 3 { (year - 1, month + 9) } else { (year, month - 3) };
    let leap_days = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    year * 365 + leap_days + (month * 153 + 2) / 5 + day - 1 - 719_468
}

/// The inverse: year, month, day.
fn civil(days: i64) -> (i64, i64, i64) {
    // 400 years have 146,097 days.
    let (eras, day) = ((days + 719_468).div_euclid(146_097), (days + 719_468).rem_euclid(146_097));
    // Leap days before this one, taken out.
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (year * 365 + year / 4 - year / 100);
    let month = (day * 5 + 2) / 153;
    let day = day - (month * 153 + 2) / 5 + 1;
    let (year, month) = (year + eras * 400, if month < 10 { month + 3 } else { month - 9 });
    (if month < 3 { year + 1 } else { year }, month, day)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Option<String> {
        parse(text.as_bytes()).map(imf_fixdate)
    }

    #[test]
    fn every_day_of_a_thousand_years_is_the_day_after_the_one_before() {
        let mut expected = (1601, 1, 1);
        for days in days_since_1970(1601, 1, 1)..days_since_1970(2601, 1, 1) {
            let (year, month, day) = expected;
            assert_eq!(civil(days), expected);
            assert_eq!(days_since_1970(year, month, day), days);
            expected = if day < days_in_month(year, month) {
                (year, month, day + 1)
            } else if month < 12 {
                (year, month + 1, 1)
            } else {
                (year + 1, 1, 1)
            };
        }
    }

    #[test]
    fn dates_in_all_their_dress() {
        let same = Some("Sun, 06 Nov 1994 08:49:37 GMT".to_owned());
        for text in [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
            "1994 6 nov 8:49:37",
            // The weekday is wrong and the zone is not UTC: neither is looked at.
            "Mon, 06 Nov 1994 08:49:37 +0800",
            "6 november 1994 08:49:37.123",
            "08:49:37 6th November, 1994",
            "November/6/1994@08:49:37",
        ] {
            assert_eq!(read(text), same, "{text}");
        }
        // The first token that can be the day is the day: "94" comes before "06".
        assert_eq!(read("94-Nov-06 08:49:37"), None);
        assert_eq!(read("15-Nov-06 08:49:37"), Some("Wed, 15 Nov 2006 08:49:37 GMT".into()));
    }

    #[test]
    fn years_of_two_digits_and_the_edges_of_time() {
        assert_eq!(read("1 Jan 69 0:0:0"), Some("Tue, 01 Jan 2069 00:00:00 GMT".into()));
        assert_eq!(read("1 Jan 70 0:0:0"), Some("Thu, 01 Jan 1970 00:00:00 GMT".into()));
        assert_eq!(read("1 Jan 1601 0:0:0"), Some("Mon, 01 Jan 1601 00:00:00 GMT".into()));
        assert_eq!(read("31 Dec 9999 23:59:59"), Some("Fri, 31 Dec 9999 23:59:59 GMT".into()));
        assert_eq!(read("29 Feb 2000 0:0:0"), Some("Tue, 29 Feb 2000 00:00:00 GMT".into()));
    }

    #[test]
    fn what_is_no_date() {
        for text in [
            "",
            "tomorrow",
            "1 Jan 1600 0:0:0",
            "1 Jan 999 0:0:0",
            "0 Jan 2000 0:0:0",
            "29 Feb 1900 0:0:0",
            "31 Apr 2000 0:0:0",
            "1 Jan 2000 24:0:0",
            "1 Jan 2000 0:60:0",
            "1 Jan 2000 0:0:60",
            "1 Jan 2000 0:0",
            "1 Jan 20000 0:0:0",
            "1 2 2000 0:0:0",
            "Jan 2000 0:0:0",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }
}
