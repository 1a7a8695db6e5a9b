//! What is printed.

use std::fmt::Write;
use std::time::Duration;

use first_bytes::hexdump::dump;
use udp_dns::message::Question;
use udp_dns::resolver::{Answer, Outcome};

/// The data alone, a line for each record of the answer section.
pub(crate) fn short(answer: &Answer) -> String {
    answer.message.answers.iter().map(|record| format!("{}\n", record.data)).collect()
}

/// The message, and behind it what happened on the way.
pub(crate) fn long(answer: &Answer, question: &Question) -> String {
    let mut text = answer.message.to_string();
    if !text.ends_with('\n') {
        text.push('\n');
    }
    // Writing to a String cannot fail.
    let _ = writeln!(text, "\n;; means: {}", Outcome::of(&answer.message, question));
    let (server, transport, length) = (answer.server, answer.transport, answer.bytes.len());
    let _ = writeln!(text, ";; from {server} over {transport}, {length} bytes");
    for tried in &answer.tried {
        let _ = writeln!(
            text,
            ";; before: {} over {}: {}",
            tried.server, tried.transport, tried.problem
        );
    }
    if answer.ignored.total() > 0 {
        let _ = writeln!(text, ";; {}", answer.ignored);
    }
    text
}

pub(crate) fn hex(answer: &Answer) -> String {
    let mut text = format!(";; query, {} bytes\n", answer.query.len());
    dump(&mut text, 0, &answer.query);
    let _ = writeln!(text, ";; answer, {} bytes", answer.bytes.len());
    dump(&mut text, 0, &answer.bytes);
    text.push('\n');
    text
}

pub(crate) fn time(took: Duration) -> String {
    format!(";; took {:.1} ms\n", took.as_secs_f64() * 1000.0)
}
