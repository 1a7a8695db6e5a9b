//! A transcript as a terminal shows it.

use std::sync::LazyLock;

use regex::Regex;

use super::escape;
use crate::Lang;
use crate::fence::Fence;
use crate::transcript::{Config, continues};

/// `00000000  47 45 …  |GE…|`, as `hexdump -C` writes it.
static DUMP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([0-9a-f]{8})(  (?:[0-9a-f]{2} {1,2})+ *)(\|.*\|)$").expect("a constant pattern")
});
/// `0022  c7 38  tcp  source port`: a field, its bytes, its owner and its meaning.
static FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^([0-9a-f]{4})(  +(?:[0-9a-f]{2} ?)+ +)(ethernet|arp|ipv4|ipv6|icmp|udp|tcp|dns|tls|http|data)\b(.*)$")
        .expect("a constant pattern")
});

/// The figure for a `console` block.
pub(super) fn figure(code: &str, fence: &Fence, lang: Lang, config: &Config) -> String {
    let number = fence.get("terminal").unwrap_or_default();
    let terminal = lang.pick("终端", "Terminal");
    let mut caption = format!("{terminal} {number}").trim().to_owned();
    if let Some(words) = fence.get("caption") {
        caption = format!("{caption} · {words}");
    }
    let classes: Vec<&str> =
        fence.get("vary").map(|value| value.split_whitespace().collect()).unwrap_or_default();
    let varying: Vec<&Regex> =
        config.varying(&classes).into_iter().map(|(_, regex)| regex).collect();
    let hint = lang.pick("每次运行都不同", "differs from run to run");
    let mut owner = "data";
    let mut lines = Vec::new();
    let mut continued = false;
    for line in code.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            continued = continues(command);
            lines.push(command_line("$ ", command));
        } else if let (true, Some(command)) = (continued, line.strip_prefix("> ")) {
            continued = continues(command);
            lines.push(command_line("&gt; ", command));
        } else {
            continued = false;
            owner = direction(line).unwrap_or(owner);
            lines.push(output_line(line, owner, &varying, hint));
        }
    }
    format!(
        "<figure class=\"transcript\"><figcaption>{}</figcaption>\n\n\
         <pre tabindex=\"0\"><code class=\"nohighlight hljs-skip\">{}</code></pre>\n\n</figure>",
        escape(&caption),
        lines.join("\n")
    )
}

fn command_line(prompt: &str, command: &str) -> String {
    format!(
        "<span class=\"cmd\"><span class=\"prompt\" aria-hidden=\"true\">{prompt}</span>{}</span>",
        escape(command)
    )
}

/// Whose bytes the dump below a heading line of `peek` shows.
fn direction(line: &str) -> Option<&'static str> {
    if line.contains("client → server") {
        Some("up")
    } else if line.contains("server → client") {
        Some("down")
    } else {
        None
    }
}

fn output_line(line: &str, owner: &str, varying: &[&Regex], hint: &str) -> String {
    if let Some(dump) = DUMP.captures(line) {
        return format!(
            "<span class=\"dump own-{owner}\"><span class=\"off\">{}</span><span class=\"hex\">{}</span>\
             <span class=\"txt\">{}</span></span>",
            &dump[1],
            &dump[2],
            escape(&dump[3])
        );
    }
    if let Some(field) = FIELD.captures(line) {
        let mut meaning = mark_varying(&field[4], varying, hint);
        if varying.iter().any(|regex| regex.is_match(line)) {
            meaning = vary(meaning.trim(), hint);
            meaning.insert_str(0, &" ".repeat(field[4].len() - field[4].trim_start().len()));
        }
        return format!(
            "<span class=\"dump own-{4}\"><span class=\"off\">{0}</span><span class=\"hex\">{1}</span>\
             <span class=\"txt\">{3}{2}</span></span>",
            &field[1],
            &field[2],
            meaning,
            &field[3],
            // Both versions do the same job, and have one color.
            if field[3].starts_with("ip") { "ip" } else { &field[3] },
        );
    }
    mark_varying(line, varying, hint)
}

/// Wraps what may differ from run to run, so that a reader is not puzzled by another value.
fn mark_varying(line: &str, varying: &[&Regex], hint: &str) -> String {
    let mut ranges: Vec<_> = varying
        .iter()
        .flat_map(|regex| regex.find_iter(line))
        // The spaces that align a number are not what differs.
        .map(|found| found.end() - found.as_str().trim_start().len()..found.end())
        .collect();
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut html = String::new();
    let mut done = 0;
    for range in ranges {
        if range.start < done {
            continue;
        }
        html.push_str(&escape(&line[done..range.start]));
        let text = escape(&line[range.clone()]);
        html.push_str(&vary(&text, hint));
        done = range.end;
    }
    html.push_str(&escape(&line[done..]));
    html
}

fn vary(html: &str, hint: &str) -> String {
    format!("<span class=\"vary\" title=\"{hint}\">{html}</span>")
}
