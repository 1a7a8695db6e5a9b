//! The proof table: `cases.toml`, decided by our jar, by curl and by Chromium.

mod case;
mod peers;
#[path = "../webdriver/mod.rs"]
mod webdriver;

use std::time::{Duration, SystemTime};

use case::{Case, How, Report, Step, Verb, cases};
use cookies::{Context, Jar, Uri};
use peers::{Chromium, Curl, Server};
use testkit::within;

/// Enough for a browser on a busy machine.
const LIMIT: Duration = Duration::from_secs(180);

#[test]
fn our_jar_decides_as_the_table_says() {
    let mut report = Report::new("jar", true);
    let (_, cases) = cases();
    assert!(cases.len() >= 60);
    for case in &cases {
        report.add(case, None, &ask_jar(case));
    }
    report.finish();
}

#[test]
#[ignore = "needs curl, python3, openssl: ci/setup.sh"]
fn curl_decides_as_the_table_says() {
    within(LIMIT, "curl", || {
        let server = Server::start();
        let curl = Curl::find();
        let (peers, cases) = cases();
        let mut report = Report::new("curl", curl.version == peers.curl);
        for case in &cases {
            if case.set.iter().all(|step| step.how == How::Typed) {
                report.add(case, case.curl.as_ref(), &curl.ask(&server, case));
            }
        }
        report.finish();
    });
}

#[test]
#[ignore = "needs chromium, chromedriver, python3, openssl: ci/setup.sh"]
fn chromium_decides_as_the_table_says() {
    within(LIMIT, "Chromium", || {
        let server = Server::start();
        let chromium = Chromium::start(&server);
        let (peers, cases) = cases();
        let mut report = Report::new("Chromium", chromium.version == peers.chromium);
        for case in &cases {
            report.add(case, case.chromium.as_ref(), &chromium.ask(&server, case));
        }
        report.finish();
    });
}

/// Our jar, without any network.
fn ask_jar(case: &Case) -> Vec<Option<String>> {
    let mut jar = Jar::default();
    let mut now = SystemTime::now();
    let mut refusal = None;
    for step in &case.set {
        for field in step.field.split('\n') {
            now += Duration::from_millis(1);
            let result = with_context(step, |context| jar.store(context, field.as_bytes(), now));
            let reason = result.err().map(|refusal| refusal.to_string());
            if let Some(earlier) = refusal.replace(reason).flatten() {
                panic!("{}: not the last one is refused: {earlier}", case.name);
            }
        }
    }
    match (refusal.flatten(), &case.refused) {
        (None, None) => {}
        (Some(reason), Some(rule)) if reason.contains(&format!("{rule})")) => {}
        (reason, rule) => panic!("{}: refused {reason:?}, table {rule:?}", case.name),
    }
    let answer = |step| {
        let field = with_context(step, |context| jar.cookie_field(context, now));
        Some(String::from_utf8(field.unwrap_or_default()).unwrap())
    };
    case.send.iter().map(answer).collect()
}

/// The circumstances that a step describes.
fn with_context<T>(step: &Step, then: impl FnOnce(&Context<'_>) -> T) -> T {
    let parse = |url: &String| Uri::parse(url).unwrap();
    let uri = parse(&step.url);
    match &step.how {
        // A redirect is no page: who began is still the same.
        How::Typed | How::Redirect(_) => then(&Context::direct(&uri)),
        How::Detour { from, .. } => then(&Context::navigation(&uri, &parse(from))),
        How::Page(verb, pages) => {
            let mut documents: Vec<_> = pages.iter().map(parse).collect();
            documents.reverse();
            let documents: Vec<_> = documents.iter().collect();
            then(&match verb {
                Verb::Link => Context::navigation(&uri, documents[0]),
                Verb::Post => Context::navigation(&uri, documents[0]).with_unsafe_method(),
                Verb::Image | Verb::Frame | Verb::Fetch => Context::subresource(&uri, &documents),
            })
        }
        How::Script { within } => {
            let outer = within.as_ref().map(parse);
            let documents: Vec<_> = outer.iter().chain([&uri]).collect();
            then(&Context::script(&uri, &documents))
        }
    }
}
