//! What the user sees of the jar's decisions.

use std::io::{self, Write};
use std::time::SystemTime;

use cookies::date::imf_fixdate;
use cookies::jar::Change;
use cookies::set_cookie::{MaxAge, Path};
use cookies::{Context, Cookie, Jar, Refusal, SameSite, SetCookie};

/// Prints a line. That nobody reads it any more is no failure.
pub(crate) fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

pub(crate) fn note(line: &str) {
    let _ = writeln!(io::stderr(), "{line}");
}

pub(crate) fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "jar: {message}");
}

/// Hands a `Set-Cookie` field to the jar: a line about what became of it, and whether it is kept.
pub(crate) fn store(
    jar: &mut Jar,
    context: &Context<'_>,
    field: &[u8],
    now: SystemTime,
) -> (String, bool) {
    let verdict = SetCookie::parse(field).and_then(|field| jar.receive(context, &field, now));
    let result = match &verdict {
        Ok(cookie) => jar.insert(cookie.clone(), context.api, now),
        Err(refusal) => Err(refusal.clone()),
    };
    match (result, verdict) {
        (Ok(change), Ok(cookie)) => (kept(change, &cookie), true),
        (Err(refusal), _) | (_, Err(refusal)) => (verdict_line(field, &refusal), false),
    }
}

/// What would become of a field.
pub(crate) fn verdict(field: &[u8], verdict: &Result<Cookie, Refusal>) -> String {
    match verdict {
        Ok(cookie) => format!("accepted  {cookie}"),
        Err(refusal) => verdict_line(field, refusal),
    }
}

fn verdict_line(field: &[u8], refusal: &Refusal) -> String {
    let pair = field.split(|byte| *byte == b';').next().unwrap_or_default();
    format!("refused   {}: {refusal}", short(pair))
}

fn kept(change: Change, cookie: &Cookie) -> String {
    let word = match change {
        Change::New => "stored ",
        Change::Updated => "updated",
        Change::Removed => "removed",
        Change::Nothing => "expired",
        Change::NoRoom => "no room",
    };
    let lost = match cookie.same_site {
        SameSite::Default => String::new(),
        same_site => format!(" (the file does not keep SameSite={})", same_site.as_str()),
    };
    format!("{word}   {cookie}{lost}")
}

/// A line about every cookie in the jar: whether it goes with this request, and if not, why.
pub(crate) fn about_sending(jar: &Jar, context: &Context<'_>, now: SystemTime) {
    for (cookie, verdict) in jar.explain(context, now) {
        let pair = short(&cookie.pair());
        match verdict {
            Ok(()) => note(&format!("* sent      {pair}")),
            Err(withheld) => note(&format!("* withheld  {pair}: {withheld}")),
        }
    }
}

/// A line about every part of a `Set-Cookie` field.
pub(crate) fn about_parsing(field: Result<&SetCookie<'_>, &Refusal>) {
    let Ok(field) = field else { return };
    let line = |name: &str, value: &str| say(&format!("{name:<9} {value}"));
    line("name", &short(field.name));
    line("value", &short(field.value));
    if let Some(domain) = &field.domain {
        line("Domain", &short(domain));
    }
    match field.path {
        Some(Path::At(path)) => line("Path", &short(path)),
        Some(Path::Default) => line("Path", "the folder of the request"),
        None => {}
    }
    match field.max_age {
        Some(MaxAge::Past) => line("Max-Age", "now"),
        Some(MaxAge::For(age)) => line("Max-Age", &format!("{} s", age.as_secs())),
        None => {}
    }
    if let Some(expires) = field.expires {
        line("Expires", &imf_fixdate(expires));
    }
    for (set, name) in [(field.secure, "Secure"), (field.http_only, "HttpOnly")] {
        if set {
            line(name, "yes");
        }
    }
    line("SameSite", field.same_site.as_str());
    for ignored in &field.ignored {
        line("ignored", &format!("{}: {}", short(ignored.name), ignored.why));
    }
}

/// Octets as text, with an end.
fn short(bytes: &[u8]) -> String {
    const LONGEST: usize = 60;
    if bytes.len() <= LONGEST {
        return bytes.escape_ascii().to_string();
    }
    format!("{}… ({} octets)", bytes[..LONGEST].escape_ascii(), bytes.len())
}
