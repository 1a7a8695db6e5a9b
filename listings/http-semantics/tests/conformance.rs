//! The cache against a public test suite for HTTP caches, <https://cache-tests.fyi>.
//!
//! The suite has its own origin server and its own client; `cacheproxy` stands between them. Its
//! authors call it the start of a conversation and not a measure, so what fails here is listed with
//! its reason, and anything else that fails is a fault.

mod common;

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::{Process, example, folder, free_port, require};

/// The suite waits three seconds for things to become stale, several times.
const LIMIT: Duration = Duration::from_secs(120);

/// Required tests that the cache does not pass, and why not.
const DIFFERENT: &[(&str, &[&str])] = &[
    (
        "RFC 9111 §5.1, which is younger than the test: the first member of Age counts, and a \
         field that is no number is ignored",
        &[
            "age-parse-dup-0",
            "age-parse-dup-0-twoline",
            "age-parse-dup-old",
            "age-parse-float",
            "age-parse-negative",
            "age-parse-nonnumeric",
            "age-parse-numeric-parameter",
            "age-parse-parameter",
            "age-parse-prefix-twoline",
        ],
    ),
    (
        "The suite sees that the answer is not the origin's, and takes our own 504 for a stored \
         response; no proxy in its published results passes",
        &[
            "stale-close-must-revalidate",
            "stale-close-no-cache",
            "stale-close-proxy-revalidate",
            "stale-close-s-maxage=2",
        ],
    ),
    (
        "The origin sends a transfer coding that does not exist, and the codec refuses it",
        &["headers-store-Transfer-Encoding"],
    ),
    (
        "A 304 with another tag than the stored one: the cache asks again, as RFC 9111 §4.3.4 \
         leaves it nothing else, and the suite's origin is not prepared for that",
        &["304-etag-update-response-ETag"],
    ),
];

/// How many of the suite's optimizations there are at least. What is left out: answering POST and
/// parts from the cache, and knowing what Accept-Language means.
const OPTIMAL: usize = 76;

#[test]
#[ignore = "needs node and http-cache-tests: ci/setup.sh"]
fn the_public_test_suite() {
    let suite = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance");
    let package = suite.join("node_modules/http-cache-tests");
    assert!(package.exists(), "needs http-cache-tests: run ci/setup.sh");
    let port = free_port();
    let mut origin = Command::new(require("node"));
    origin.current_dir(&package).args(["--no-warnings", "server/server.mjs"]);
    origin.env("npm_config_protocol", "http").env("npm_config_port", port.to_string());
    origin.env("npm_config_pidfile", folder("conformance").join("pid"));
    let origin = Process::start(&mut origin).unwrap();
    origin.wait_for_text("Listening on", LIMIT).unwrap();

    let mut proxy = Command::new(example("cacheproxy"));
    proxy.args(["127.0.0.1:0", &format!("http://localhost:{port}")]);
    let proxy = Process::start(&mut proxy).unwrap();
    proxy.wait_for_text("in front of", LIMIT).unwrap();
    let text = proxy.text_so_far();
    let address = text.split([' ', ',']).find(|word| word.starts_with("127.")).unwrap();

    let mut runner = Command::new(require("node"));
    runner.arg("--no-warnings").arg(suite.join("run.mjs")).arg(&suite);
    let runner = Process::start(runner.arg(format!("http://{address}"))).unwrap();
    let finished = runner.finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());

    let text = finished.text();
    let rows: Vec<Vec<_>> = text.lines().map(|line| line.split('\t').collect()).collect();
    assert!(rows.len() > 300, "{text}");
    let passed = |kind: &str| rows.iter().filter(|row| row[0] == "pass" && row[1] == kind).count();
    let failed: BTreeSet<_> =
        rows.iter().filter(|row| row[0] != "pass" && row[1] == "required").map(|r| r[2]).collect();
    let different: BTreeSet<_> = DIFFERENT.iter().flat_map(|(_, ids)| *ids).copied().collect();
    assert_eq!(failed, different, "{text}");
    assert!(passed("optimal") >= OPTIMAL, "{} of them\n{text}", passed("optimal"));
    assert!(passed("required") >= 142, "{}", passed("required"));
}
