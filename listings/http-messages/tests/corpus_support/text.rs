//! The text format of the corpus.

use http_messages::{Limits, Method};

use super::event::push_data;
use super::{Case, Event, Next, Role};

/// The cases in one file. A mistake in a file of ours is a panic that names the line.
pub fn parse(file: &str, text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let place = format!("{file}:{}", index + 1);
        let line = line.trim_end();
        if line.is_empty() || line.starts_with("# ") {
            continue;
        }
        let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
        if word == "==" {
            cases.push(empty(rest, place));
            continue;
        }
        let case = cases.last_mut().unwrap_or_else(|| panic!("{place}: no case yet"));
        apply(case, word, rest).unwrap_or_else(|| panic!("{place}: not understood: {line}"));
    }
    cases
}

fn empty(name: &str, place: String) -> Case {
    Case {
        name: name.to_owned(),
        rfc: String::new(),
        why: String::new(),
        role: Role::Request,
        limits: Limits::default(),
        parts: vec![Vec::new()],
        eof: false,
        expected: Vec::new(),
        place,
    }
}

/// Takes in one line of a case.
fn apply(case: &mut Case, word: &str, rest: &str) -> Option<()> {
    match word {
        "rfc" => rest.clone_into(&mut case.rfc),
        "why" => rest.clone_into(&mut case.why),
        "request" => case.role = Role::Request,
        "response" => case.role = response(rest)?,
        "limits" => rest.split(' ').try_for_each(|limit| set(&mut case.limits, limit))?,
        ">" => case.parts.last_mut()?.extend(unescape(rest)?),
        "next" => case.parts.push(Vec::new()),
        "eof" => case.eof = true,
        "=" => expect(&mut case.expected, rest)?,
        "!" => {
            let (status, name) = rest.split_once(' ')?;
            let (status, name) = (status.parse().ok()?, name.to_owned());
            case.expected.push(Event::Refused { status, name });
        }
        _ => return None,
    }
    Some(())
}

fn response(rest: &str) -> Option<Role> {
    let upgrade = rest.ends_with(" upgrade");
    let methods = rest.trim_end_matches(" upgrade").split(", ");
    let methods = methods.filter(|name| !name.is_empty()).map(Method::parse);
    Some(Role::Response { methods: methods.collect::<Option<_>>()?, upgrade })
}

fn set(limits: &mut Limits, limit: &str) -> Option<()> {
    let (name, value) = limit.split_once('=')?;
    let value: usize = value.parse().ok()?;
    match name {
        "target" => limits.target = value,
        "method" => limits.method = value,
        "head" => limits.head = value,
        "fields" => limits.fields = value,
        "chunk_line" => limits.chunk_line = value,
        "chunk_extensions" => limits.chunk_extensions = value,
        "trailers" => limits.trailers = value,
        "content" => limits.content = value as u64,
        "interim" => limits.interim = value,
        _ => return None,
    }
    Some(())
}

fn expect(expected: &mut Vec<Event>, line: &str) -> Option<()> {
    let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
    let event = match (word, rest) {
        ("head", line) => Event::Head { line: line.to_owned(), fields: None },
        ("field", field) => {
            let Event::Head { fields, .. } = expected.last_mut()? else { return None };
            fields.get_or_insert_default().push(field_line(field)?);
            return Some(());
        }
        ("data", data) => {
            push_data(expected, &unescape(data)?);
            return Some(());
        }
        ("trailer", field) => {
            let (name, value) = field_line(field)?;
            Event::Trailer(name, value)
        }
        ("continue", "") => Event::Continue,
        ("end", "keep-alive") => Event::End(Next::KeepAlive),
        ("end", "close") => Event::End(Next::Close),
        ("end", "upgrade") => Event::End(Next::Upgrade),
        ("wait", "") => Event::Wait,
        ("closed", "") => Event::Closed,
        _ => return None,
    };
    expected.push(event);
    Some(())
}

fn field_line(text: &str) -> Option<(String, Vec<u8>)> {
    let (name, value) = text.split_once(':')?;
    Some((name.to_owned(), unescape(value.trim_start_matches(' '))?))
}

/// The bytes that a text with escapes stands for.
pub fn unescape(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        bytes.extend(before.as_bytes());
        let (escape, mut after) = after.split_at_checked(1)?;
        match escape {
            "r" => bytes.push(b'\r'),
            "n" => bytes.push(b'\n'),
            "t" => bytes.push(b'\t'),
            "0" => bytes.push(0),
            "\\" => bytes.push(b'\\'),
            "x" => {
                let (digits, end) = after.split_at_checked(2)?;
                bytes.push(u8::from_str_radix(digits, 16).ok()?);
                after = end;
            }
            "{" => {
                let (repetition, end) = after.split_once('}')?;
                let (times, text) = repetition.split_once('*')?;
                bytes.extend(unescape(text)?.repeat(times.parse().ok()?));
                after = end;
            }
            _ => return None,
        }
        rest = after;
    }
    bytes.extend(rest.as_bytes());
    Some(bytes)
}

/// The opposite of [`unescape`].
pub fn escape(bytes: &[u8]) -> String {
    let mut text = String::new();
    for &byte in bytes {
        match byte {
            b'\r' => text.push_str("\\r"),
            b'\n' => text.push_str("\\n"),
            b'\t' => text.push_str("\\t"),
            0 => text.push_str("\\0"),
            b'\\' => text.push_str("\\\\"),
            b' '..=b'~' => text.push(char::from(byte)),
            byte => text.push_str(&format!("\\x{byte:02x}")),
        }
    }
    text
}
