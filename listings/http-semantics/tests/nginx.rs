//! The resource server and nginx, side by side on the same files: the same requests have to get the
//! same answers, and each difference is listed with its reason in `nginx/table.txt`.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;

use common::{LIMIT, LONG_AGO, Response, Running, ask, numbers, write};
use http_semantics::site::Config;
use testkit::{Process, folder, free_port, require, within};

/// The fields that have to be the same. Not among them: `Server` and `Date`, `Connection`, which
/// the client asks for, and `ETag`, which each server makes in its own way; it has to be there in
/// both or in neither, and strong or weak in both.
const COMPARED: &[&str] = &[
    "Accept-Ranges",
    "Allow",
    "Content-Encoding",
    "Content-Length",
    "Content-Range",
    "Content-Type",
    "Last-Modified",
    "Location",
    "Vary",
];

/// Those that describe the content, which is a text of the server's own after an error.
const OF_CONTENT: &[&str] = &["Content-Length", "Content-Type"];

/// The least number of requests that the table has to have.
const ENOUGH: usize = 60;

struct Case {
    title: String,
    request_line: String,
    fields: Vec<(String, String)>,
    /// What differs, nginx's value, ours; the reason is for people.
    differences: Vec<(String, String, String)>,
}

fn table() -> Vec<Case> {
    let text = include_str!("nginx/table.txt");
    let blocks = text.split("\n== ").skip(1);
    blocks.map(case).collect()
}

fn case(block: &str) -> Case {
    let mut lines = block.lines().filter(|line| !line.is_empty());
    let title = lines.next().unwrap().to_owned();
    let request_line = lines.next().unwrap().to_owned();
    let (mut fields, mut differences) = (Vec::new(), Vec::new());
    for line in lines {
        if let Some(difference) = line.strip_prefix("! ") {
            let (what, rest) = difference.split_once(": ").unwrap();
            let parts: Vec<_> = rest.split(" | ").collect();
            let [theirs, ours, reason] = parts[..] else { panic!("{title}: {line}") };
            assert!(!reason.is_empty(), "{title}: why?");
            differences.push((what.into(), theirs.replace("{date}", LONG_AGO), ours.into()));
        } else {
            let (name, value) = line.split_once(": ").unwrap();
            fields.push((name.into(), value.into()));
        }
    }
    Case { title, request_line, fields, differences }
}

/// Sends a case's request, with the server's own validators for this path in it.
fn answer(address: SocketAddr, case: &Case) -> Response {
    let (_, path) = case.request_line.split_once(' ').unwrap();
    let mut tag = String::new();
    if case.fields.iter().any(|(_, value)| value.contains("{etag}") || value.contains("{bare}")) {
        let lines: Vec<_> =
            case.fields.iter().filter(|(name, _)| name == "Accept-Encoding").collect();
        let lines: Vec<_> = lines.iter().map(|(name, value)| (&name[..], &value[..])).collect();
        ask(address, &format!("HEAD {path}"), &lines).field("ETag").clone_into(&mut tag);
        assert!(tag.starts_with('"'), "{}: {tag}", case.title);
    }
    let replace = |value: &str| {
        value
            .replace("{etag}", &tag)
            .replace("{bare}", tag.trim_matches('"'))
            .replace("{date}", LONG_AGO)
    };
    let lines: Vec<_> =
        case.fields.iter().map(|(name, value)| (name.clone(), replace(value))).collect();
    let lines: Vec<_> = lines.iter().map(|(name, value)| (&name[..], &value[..])).collect();
    ask(address, &case.request_line, &lines)
}

/// Everything about an answer that is compared, by name.
fn facts(case: &Case, response: &Response) -> Vec<(&'static str, String)> {
    let mut facts = vec![("status", response.status.to_string())];
    let is_multipart = response.field("Content-Type").starts_with("multipart/");
    let has_own_text = response.status >= 300 && response.status != 304;
    for name in COMPARED {
        if has_own_text && OF_CONTENT.contains(name) {
            continue;
        }
        let mut value = response.field(name).to_owned();
        if is_multipart && OF_CONTENT.contains(name) {
            // The boundary is the server's own, and so is the length of the frame around the parts.
            value =
                if *name == "Content-Type" { "multipart/byteranges".into() } else { String::new() };
        }
        facts.push((name, value));
    }
    let tag = match response.field("ETag") {
        "" => "none",
        tag if tag.starts_with("W/") => "weak",
        _ => "strong",
    };
    facts.push(("ETag", tag.into()));
    if !has_own_text {
        let content = if is_multipart {
            parts(response)
        } else {
            response.content.escape_ascii().to_string()
        };
        let shown = if content.len() > 60 {
            format!("{} bytes, sum {}", content.len(), sum(&content))
        } else {
            content
        };
        facts.push((
            "content",
            if case.request_line.starts_with("HEAD") { String::new() } else { shown },
        ));
    }
    facts
}

/// The parts of a multipart content without what each server writes around them: field names and
/// their order, and the boundary.
fn parts(response: &Response) -> String {
    let content_type = response.field("Content-Type");
    let boundary = content_type.split_once("boundary=").unwrap().1.trim_matches('"');
    let text = String::from_utf8_lossy(&response.content).into_owned();
    let mut found = String::new();
    for part in text.split(&format!("--{boundary}")).filter(|part| part.contains("\r\n\r\n")) {
        let (head, content) = part.split_once("\r\n\r\n").unwrap_or((part, ""));
        let range =
            head.lines().find(|line| line.to_ascii_lowercase().starts_with("content-range"));
        let range = range.and_then(|line| line.split_once(": ")).map_or("?", |(_, value)| value);
        write!(found, "[{range}]{}", content.trim_end().escape_default()).unwrap();
    }
    found
}

fn sum(text: &str) -> u64 {
    text.bytes().fold(0, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

#[test]
#[ignore = "needs nginx: ci/setup.sh"]
fn the_same_answers_as_nginx() {
    require("nginx");
    let files = files();
    let ours = Running::start(Config::new(&files));
    let (_nginx, address) = nginx(&files);
    let ours_at = ours.address;
    let faults = within(LIMIT * 6, "the table", move || {
        let mut faults = String::new();
        let cases = table();
        assert!(cases.len() >= ENOUGH, "{}", cases.len());
        for case in &cases {
            let theirs = facts(case, &answer(address, case));
            let ours = facts(case, &answer(ours_at, case));
            compare(case, &theirs, &ours, &mut faults);
        }
        println!("{} requests", cases.len());
        faults
    });
    assert!(faults.is_empty(), "\n{faults}");
}

fn compare(case: &Case, theirs: &[(&str, String)], ours: &[(&str, String)], faults: &mut String) {
    let value = |facts: &[(&str, String)], what: &str| {
        facts.iter().find(|(name, _)| *name == what).map_or("", |(_, value)| value).to_owned()
    };
    let names: Vec<&str> = theirs.iter().chain(ours).map(|(name, _)| *name).collect();
    let mut seen = Vec::new();
    let both = (value(theirs, "status"), value(ours, "status"));
    for what in names {
        // An answer of another kind has other fields.
        if seen.contains(&what) || (both.0 != both.1 && what != "status") {
            continue;
        }
        seen.push(what);
        let (theirs, ours) = (value(theirs, what), value(ours, what));
        let listed = case.differences.iter().find(|(name, ..)| name == what);
        let fits = match listed {
            Some((_, a, b)) => *a == theirs && *b == ours && theirs != ours,
            None => theirs == ours || is_everywhere(what, &both.0, &theirs, &ours),
        };
        if !fits {
            writeln!(faults, "{}\n  ! {what}: {theirs} | {ours} |", case.title).unwrap();
        }
    }
    for (what, ..) in &case.differences {
        assert!(seen.contains(&&what[..]), "{}: nothing is called {what}", case.title);
    }
}

/// Differences that go through the whole table.
fn is_everywhere(what: &str, status: &str, theirs: &str, ours: &str) -> bool {
    match what {
        // Optional; nginx sends it with whole files that it has not compressed (RFC 9110 §14.3).
        "Accept-Ranges" => theirs.is_empty() && ours == "bytes",
        // A 304 needs one validator, and the tag is the better one (RFC 9110 §15.4.5).
        "Last-Modified" => status == "304" && theirs == LONG_AGO && ours.is_empty(),
        // Required with 405 (RFC 9110 §15.5.6); nginx leaves it out.
        "Allow" => status == "405" && theirs.is_empty() && ours == "GET, HEAD, OPTIONS",
        _ => false,
    }
}

fn files() -> std::path::PathBuf {
    let files = folder("nginx-files");
    write(&files, "hello.txt", "hello, world\n");
    write(&files, "empty.txt", "");
    write(&files, "numbers.txt", numbers());
    write(&files, "plain.css", "p { color: teal }\n");
    write(&files, "report.json", "42\n");
    write(&files, "unknown.bin", "\0\x01\x02");
    write(&files, "style.css", "p { color: teal }\n");
    write(&files, "style.css.gz", "not really gzip: nobody looks inside");
    write(&files, "docs/index.html", "<p>docs</p>\n");
    write(&files, ".secret", "secret");
    files
}

fn nginx(files: &Path) -> (Process, SocketAddr) {
    let place = folder("nginx");
    let port = free_port();
    let config = include_str!("nginx/nginx.conf")
        .replace("PORT", &port.to_string())
        .replace("FOLDER", files.to_str().unwrap());
    fs::write(place.join("nginx.conf"), config).unwrap();
    let mut command = Command::new("nginx");
    command.arg("-p").arg(&place).args(["-e", "stderr", "-c", "nginx.conf"]);
    let process = Process::start(&mut command).unwrap();
    let address = SocketAddr::from(([127, 0, 0, 1], port));
    process.wait_for_port(address, LIMIT).unwrap();
    (process, address)
}
