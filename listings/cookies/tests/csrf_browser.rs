//! What Chromium does on the pages of another site, with the bank's cookies in it.
//!
//! `*.localhost` is loopback without any setup, and a browser treats it as it treats https: it
//! takes `Secure` and `__Host-` cookies and sends `Sec-Fetch-Site`. `bank.localhost` and
//! `evil.localhost` are two sites, for `localhost` counts as a public suffix; `evil.bank.localhost`
//! is of the same site as the bank.

mod demo;
mod webdriver;

use demo::{LIMIT, Server};
use serde_json::json;
use testkit::within;
use webdriver::Browser;

const UNTOUCHED: &str = "mallory has 0";
const ROBBED: &str = "mallory has 10";

/// Alice fills in the form of the page and sends it.
const LOG_IN: &str = "let form = document.forms[0];
    form.user.value = 'alice'; form.password.value = 'wonderland'; form.submit()";

/// Alice logs in at `http://HOST:PORT/`, by the form, as a person does.
fn log_in(browser: &Browser, host: &str, bank: &Server) {
    browser.open(&format!("http://{host}:{}/", bank.port));
    browser.script(LOG_IN);
    browser.wait_until("document.body && document.body.innerText.includes('alice has 100')");
}

/// Alice, logged in, opens a page of evil's. Returns when everything that it causes has happened.
fn visit(browser: &Browser, host: &str, evil: &Server, page: &str, bank: &Server) {
    browser.open(&format!("http://{host}:{}{page}", evil.port));
    if page == "/image" {
        browser.wait_until("document.images[0].complete");
    } else {
        let port = bank.port;
        browser
            .wait_until(&format!("location.port == {port} && document.readyState == 'complete'"));
    }
}

struct Case {
    bank: &'static [&'static str],
    /// Where evil lives; the bank is at `bank.localhost`.
    evil: &'static str,
    page: &'static str,
    after: &'static str,
}

const fn case(
    bank: &'static [&'static str],
    evil: &'static str,
    page: &'static str,
    after: &'static str,
) -> Case {
    Case { bank, evil, page, after }
}

const OTHER_SITE: &str = "evil.localhost";
const SIBLING: &str = "evil.bank.localhost";

/// A bank that an image of another site robs, if the browser sends it cookies for its images.
const IMAGE_PAYS: &[&str] = &["--csrf", "none", "--same-site", "none", "--transfer-by-get"];

#[rustfmt::skip]
const CASES: &[Case] = &[
    // No defense at all.
    case(&["--csrf", "none",   "--same-site", "none"],   OTHER_SITE, "/form",  ROBBED),
    // Each defense alone.
    case(&["--csrf", "none",   "--same-site", "lax"],    OTHER_SITE, "/form",  UNTOUCHED),
    case(&["--csrf", "none",   "--same-site", "strict"], OTHER_SITE, "/form",  UNTOUCHED),
    case(&["--csrf", "token",  "--same-site", "none"],   OTHER_SITE, "/form",  UNTOUCHED),
    case(&["--csrf", "origin", "--same-site", "none"],   OTHER_SITE, "/form",  UNTOUCHED),
    // Without the attribute: Lax, but not in the first two minutes.
    case(&["--csrf", "none",   "--same-site", "unset"],  OTHER_SITE, "/form",  ROBBED),
    // A GET that changes nothing, and one that does: then Lax is no help against a link, and the
    // checks of the server let it pass.
    case(&["--csrf", "none",   "--same-site", "none"],                       OTHER_SITE, "/image", UNTOUCHED),
    case(IMAGE_PAYS,                                                          OTHER_SITE, "/image", ROBBED),
    case(&["--csrf", "none",   "--same-site", "lax",    "--transfer-by-get"], OTHER_SITE, "/image", UNTOUCHED),
    case(&["--csrf", "none",   "--same-site", "unset",  "--transfer-by-get"], OTHER_SITE, "/image", UNTOUCHED),
    case(&["--csrf", "both",   "--same-site", "lax",    "--transfer-by-get"], OTHER_SITE, "/link",  ROBBED),
    case(&["--csrf", "none",   "--same-site", "lax",    "--transfer-by-get"], OTHER_SITE, "/link",  ROBBED),
    case(&["--csrf", "none",   "--same-site", "strict", "--transfer-by-get"], OTHER_SITE, "/link",  UNTOUCHED),
    // The other cells of the table on the page "Whose request was it?".
    case(IMAGE_PAYS,                                                          OTHER_SITE, "/link",  ROBBED),
    case(&["--csrf", "none",   "--same-site", "unset",  "--transfer-by-get"], OTHER_SITE, "/link",  ROBBED),
    case(&["--csrf", "token",  "--same-site", "none",   "--transfer-by-get"], OTHER_SITE, "/link",  ROBBED),
    case(&["--csrf", "origin", "--same-site", "none",   "--transfer-by-get"], OTHER_SITE, "/link",  ROBBED),
    case(&["--csrf", "none",   "--same-site", "strict", "--transfer-by-get"], OTHER_SITE, "/image", UNTOUCHED),
    case(&["--csrf", "token",  "--same-site", "none",   "--transfer-by-get"], OTHER_SITE, "/image", ROBBED),
    case(&["--csrf", "origin", "--same-site", "none",   "--transfer-by-get"], OTHER_SITE, "/image", ROBBED),
    case(&["--csrf", "none",   "--same-site", "none"],   SIBLING,          "/form", ROBBED),
    case(&["--csrf", "none",   "--same-site", "unset"],  SIBLING,          "/form", ROBBED),
    case(&["--csrf", "none",   "--same-site", "lax"],    SIBLING,          "/form", ROBBED),
    case(&["--csrf", "none",   "--same-site", "none"],   "bank.localhost", "/form", ROBBED),
    case(&["--csrf", "none",   "--same-site", "unset"],  "bank.localhost", "/form", ROBBED),
    case(&["--csrf", "none",   "--same-site", "lax"],    "bank.localhost", "/form", ROBBED),
    case(&["--csrf", "token",  "--same-site", "none"],   "bank.localhost", "/form", UNTOUCHED),
    // A neighbor is the same site: SameSite is no help, the checks are.
    case(&["--csrf", "none",   "--same-site", "strict"], SIBLING,          "/form", ROBBED),
    case(&["--csrf", "none",   "--same-site", "strict"], "bank.localhost", "/form", ROBBED), // another port
    case(&["--csrf", "token",  "--same-site", "none"],   SIBLING,          "/form", UNTOUCHED),
    case(&["--csrf", "origin", "--same-site", "none"],   SIBLING,          "/form", UNTOUCHED),
    case(&["--csrf", "origin", "--same-site", "none"],   "bank.localhost", "/form", UNTOUCHED),
];

fn forgeries(browser: &Browser, cases: &[Case]) {
    for Case { bank: arguments, evil: host, page, after } in cases {
        let bank = Server::bank(arguments);
        let evil = Server::evil("bank.localhost", bank.port, &[]);
        browser.forget_all_cookies();
        log_in(browser, "bank.localhost", &bank);
        visit(browser, host, &evil, page, &bank);
        assert_eq!(bank.loot(), *after, "{page} of {host}, bank {}", arguments.join(" "));
    }
}

/// Without TLS and under a name that is not loopback there is no `Sec-Fetch-Site`, and `Origin`
/// does the work.
fn without_fetch_metadata(browser: &Browser) {
    let bank = Server::bank(&["--plain-cookie", "--same-site", "unset"]);
    let evil = Server::evil("bank.test", bank.port, &[]);
    browser.forget_all_cookies();
    log_in(browser, "bank.test", &bank);
    visit(browser, "evil.test", &evil, "/form", &bank);
    let said = browser.text();
    assert!(said.contains("a page of http://evil.test:"), "{said}");
    assert_eq!(bank.loot(), UNTOUCHED);
}

/// A page that asks for no referrers has no `Origin` either: its own form comes from "null". Only
/// `Sec-Fetch-Site`, where there is one, still knows it.
fn without_referrers(browser: &Browser) {
    let bank = Server::bank(&["--plain-cookie"]);
    for (host, said) in
        [("bank.localhost", "alice has 100"), ("bank.test", "a page of null caused this request")]
    {
        browser.forget_all_cookies();
        browser.open(&format!("http://{host}:{}/", bank.port));
        browser.script(&format!(
            "let meta = document.createElement('meta');
             meta.name = 'referrer'; meta.content = 'no-referrer'; document.head.append(meta);
             {LOG_IN}"
        ));
        browser.wait_until(&format!("document.body && document.body.innerText.includes('{said}')"));
    }
}

/// Without TLS and under a name that is not loopback nobody stores a `Secure` cookie, and nobody
/// logs in.
fn without_tls_no_secure_cookie(browser: &Browser) {
    let bank = Server::bank(&[]);
    browser.forget_all_cookies();
    for (host, stored) in [("bank.test", 0), ("localhost", 1), ("127.0.0.1", 1)] {
        browser.open(&format!("http://{host}:{}/", bank.port));
        assert_eq!(browser.cookies().len(), stored, "{host}");
    }
}

/// A cookie does not know the port that set it: whoever listens on another one is sent it.
fn another_port_is_told(browser: &Browser) {
    let bank = Server::bank(&["--same-site", "strict"]);
    let evil = Server::evil("localhost", bank.port, &[]);
    browser.forget_all_cookies();
    log_in(browser, "localhost", &bank);
    browser.open(&format!("http://localhost:{}/", evil.port));
    let said = browser.text();
    let (_, stolen) = said.split_once("cookies: ").unwrap();
    assert!(stolen.starts_with("__Host-session="), "{said}");
    assert_eq!(bank.get("/balance", stolen.trim()).body(), "alice has 100\n");
}

/// Alice follows evil's link to her bank, and logs in there.
fn fixation(browser: &Browser) {
    const LOOT: &str = "the bank says: alice has 100\n";
    const NOTHING: &str = "the bank says: log in first\n";
    let domain = ["--domain", "bank.localhost"];
    let plain = ["--cookie", "session", "--domain", "bank.localhost"];
    for (arguments, host, evils, loot) in [
        // The same host on another port.
        (&["--no-rotate"][..], "bank.localhost", &[][..], LOOT),
        (&[], "bank.localhost", &[], NOTHING),
        // A neighbor needs Domain, which __Host- does not allow.
        (&["--no-rotate"], SIBLING, &domain, NOTHING),
        (&["--no-rotate", "--plain-cookie"], SIBLING, &plain, LOOT),
    ] {
        let bank = Server::bank(arguments);
        let evil = Server::evil("bank.localhost", bank.port, evils);
        browser.forget_all_cookies();
        browser.open(&format!("http://{host}:{}/fixate", evil.port));
        log_in(browser, "bank.localhost", &bank);
        assert_eq!(evil.get("/loot", "").body(), loot, "{arguments:?}, evil at {host}");
    }
}

/// With rotation and a name that a neighbor can set too, the browser has two cookies of one name.
/// The bank does not choose between them.
fn two_cookies_of_one_name(browser: &Browser) {
    let bank = Server::bank(&["--plain-cookie"]);
    let evil = Server::evil(
        "bank.localhost",
        bank.port,
        &["--cookie", "session", "--domain", "bank.localhost"],
    );
    browser.forget_all_cookies();
    browser.open(&format!("http://{SIBLING}:{}/fixate", evil.port));
    browser.script(LOG_IN);
    browser.wait_until("document.body && document.body.innerText.includes('two cookies')");
    assert_eq!(evil.get("/loot", "").body(), "the bank says: log in first\n");
}

#[test]
#[ignore = "needs chromium, chromedriver: ci/setup.sh"]
fn what_chromium_does_with_a_session_that_others_want() {
    // *.localhost goes to loopback by itself; the rule is for bank.test and evil.test.
    let rules = ["--host-resolver-rules=MAP *.test 127.0.0.1"];
    within(LIMIT * 4, "all pages", move || {
        // Debian's Chromium does not send cookies with what another site's page embeds, whatever
        // SameSite says. Here SameSite is to be alone.
        let browser = Browser::start_with(&rules, &json!({ "profile.cookie_controls_mode": 0 }));
        forgeries(&browser, CASES);
        without_fetch_metadata(&browser);
        without_referrers(&browser);
        without_tls_no_secure_cookie(&browser);
        another_port_is_told(&browser);
        fixation(&browser);
        two_cookies_of_one_name(&browser);
        drop(browser);
        let as_installed = Browser::start(&rules);
        forgeries(&as_installed, &[case(IMAGE_PAYS, OTHER_SITE, "/image", UNTOUCHED)]);
    });
}
