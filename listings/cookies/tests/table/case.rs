//! The table: how it is written, and how a peer's answers are held against it.

use std::fmt::Write as _;

use serde::Deserialize;

/// The file as it is.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    peers: Peers,
    case: Vec<Case>,
}

/// The versions whose differences are listed.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peers {
    pub(crate) curl: String,
    pub(crate) chromium: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    pub(crate) name: String,
    /// Where RFC 10025 decides it.
    pub(crate) rule: String,
    pub(crate) set: Vec<Step>,
    pub(crate) send: Vec<Step>,
    pub(crate) refused: Option<String>,
    pub(crate) curl: Option<Difference>,
    pub(crate) chromium: Option<Difference>,
}

/// `[URL, field]` or `[URL, field, how]`.
#[derive(Deserialize)]
#[serde(try_from = "Vec<String>")]
pub(crate) struct Step {
    pub(crate) url: String,
    pub(crate) field: String,
    pub(crate) how: How,
}

/// What made a request.
#[derive(Debug, PartialEq)]
pub(crate) enum How {
    /// Somebody typed the address.
    Typed,
    /// Somebody typed another address, whose server redirected.
    Redirect(String),
    /// A page, which may be a frame within other pages: the innermost one comes first.
    Page(Verb, Vec<String>),
    /// A link on a page, which leads by way of another server that redirects.
    Detour { over: String, from: String },
    /// `document.cookie`, perhaps in a frame within another page.
    Script { within: Option<String> },
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Verb {
    Link,
    Post,
    Image,
    Frame,
    Fetch,
}

/// What a peer does that our jar does not.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Difference {
    why: String,
    send: Vec<String>,
}

/// The cases, with their repetitions written out.
pub(crate) fn cases() -> (Peers, Vec<Case>) {
    let Table { peers, mut case } = toml::from_str(include_str!("../cases.toml")).unwrap();
    for case in &mut case {
        for step in &mut case.set {
            step.url = expand(&step.url, "\n");
            step.field = expand(&step.field, "\n");
        }
        for step in &mut case.send {
            step.url = expand(&step.url, "");
            step.field = expand(&step.field, "; ");
        }
        for difference in [&mut case.curl, &mut case.chromium].into_iter().flatten() {
            difference.send.iter_mut().for_each(|field| *field = expand(field, "; "));
            assert!(!difference.why.is_empty(), "{}: a difference without a reason", case.name);
        }
    }
    (peers, case)
}

impl TryFrom<Vec<String>> for Step {
    type Error = String;

    fn try_from(parts: Vec<String>) -> Result<Self, String> {
        let mut parts = parts.into_iter();
        let (Some(url), Some(field)) = (parts.next(), parts.next()) else {
            return Err("a step is [URL, field] or [URL, field, how]".into());
        };
        let how = parts.next().map_or(Ok(How::Typed), |how| How::parse(&how))?;
        Ok(Self { url, field, how })
    }
}

impl How {
    fn parse(text: &str) -> Result<Self, String> {
        if let Some(rest) = text.strip_prefix("script") {
            let within = rest.strip_prefix(" within ").map(Into::into);
            return Ok(Self::Script { within });
        }
        let (verb, pages) = text.split_once(" from ").ok_or_else(|| format!("how: {text}"))?;
        if let Some(over) = verb.strip_prefix("link over ") {
            return Ok(Self::Detour { over: over.into(), from: pages.into() });
        }
        let verb = match verb {
            "redirect" => return Ok(Self::Redirect(pages.into())),
            "link" => Verb::Link,
            "post" => Verb::Post,
            "image" => Verb::Image,
            "frame" => Verb::Frame,
            "fetch" => Verb::Fetch,
            _ => return Err(format!("how: {text}")),
        };
        Ok(Self::Page(verb, pages.split(" within ").map(Into::into).collect()))
    }
}

/// `{v*9}` is nine times v; `{1..3:a%=1}` is a1=1, a2=1 and a3=1 with `joint` between,
/// and `{3..1:a%=1}` the same from behind.
fn expand(text: &str, joint: &str) -> String {
    let Some((before, rest)) = text.split_once('{') else { return text.into() };
    let (inner, after) = rest.split_once('}').unwrap();
    let inner = if let Some((range, each)) = inner.split_once(':') {
        let (first, last) = range.split_once("..").unwrap();
        let (first, last) = (first.parse::<u32>().unwrap(), last.parse::<u32>().unwrap());
        let mut numbers: Vec<_> = (first.min(last)..=first.max(last)).collect();
        if last < first {
            numbers.reverse();
        }
        let each = numbers.iter().map(|number| each.replace('%', &number.to_string()));
        each.collect::<Vec<_>>().join(joint)
    } else {
        let (text, count) = inner.split_once('*').unwrap();
        text.repeat(count.parse().unwrap())
    };
    format!("{before}{inner}{}", expand(after, joint))
}

/// Collects what is not as the table says.
pub(crate) struct Report {
    peer: &'static str,
    /// Whether the peer has the version whose differences are listed. Another one may have lost
    /// some of them, and may not have others.
    same_version: bool,
    text: String,
    decisions: usize,
    differences: usize,
}

impl Report {
    pub(crate) fn new(peer: &'static str, same_version: bool) -> Self {
        Self { peer, same_version, text: String::new(), decisions: 0, differences: 0 }
    }

    /// Takes the answers to one case, `None` where the peer cannot be asked.
    pub(crate) fn add(
        &mut self,
        case: &Case,
        difference: Option<&Difference>,
        answers: &[Option<String>],
    ) {
        assert_eq!(answers.len(), case.send.len());
        if let Some(difference) = difference {
            assert_eq!(difference.send.len(), case.send.len(), "{}", case.name);
        }
        self.differences += usize::from(difference.is_some());
        for (index, (step, answer)) in case.send.iter().zip(answers).enumerate() {
            let Some(answer) = answer else { continue };
            self.decisions += 1;
            let listed = difference.map_or(&step.field, |difference| &difference.send[index]);
            let agrees = *answer == step.field && !self.same_version;
            if answer != listed && !agrees {
                self.complain(case, step, listed, answer);
            }
        }
    }

    fn complain(&mut self, case: &Case, step: &Step, listed: &str, answer: &str) {
        let Self { peer, text, .. } = self;
        writeln!(text, "{} ({})", case.name, case.rule).unwrap();
        for Step { url, field, how } in &case.set {
            writeln!(text, "    set   {} {} {how:?}", short(url), short(field)).unwrap();
        }
        writeln!(text, "    to    {} {:?}", short(&step.url), step.how).unwrap();
        let [ours, listed, answer] = [&step.field, listed, answer].map(short);
        writeln!(text, "    ours  {ours}\n    table {listed}\n    {peer}  {answer}").unwrap();
    }

    /// # Panics
    ///
    /// If the peer decides otherwise than the table says.
    pub(crate) fn finish(self) {
        let Self { peer, decisions, differences, text, .. } = self;
        println!("{peer}: {decisions} decisions, differences in {differences} cases");
        assert!(text.is_empty(), "{peer} decides otherwise:\n{text}");
        assert!(decisions >= 100, "{peer} was hardly asked");
    }
}

fn short(text: &str) -> String {
    format!("{:.60}", format!("{text:?}"))
}
