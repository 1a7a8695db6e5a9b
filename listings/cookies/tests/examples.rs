//! The bank holds, and each protection that is turned off lets one attack through.
//!
//! Here the test says what a browser would send. What browsers do send: `tests/csrf_browser.rs`.

mod demo;

use demo::{LIMIT, Server, example};
use testkit::Process;

const TRANSFER: &str = "to=mallory&amount=10";
const FOREIGN: &str = "Sec-Fetch-Site: cross-site";

fn set_cookie(arguments: &[&str]) -> String {
    Server::bank(arguments).get("/", "").field("Set-Cookie").unwrap().to_owned()
}

#[test]
fn login_balance_transfer_logout() {
    for design in ["opaque", "signed", "naive"] {
        for csrf in ["none", "token", "origin", "both"] {
            let bank = Server::bank(&["--session", design, "--csrf", csrf]);
            let guest = bank.get("/", "").cookie().unwrap();
            assert_eq!(bank.get("/balance", &guest).status(), 403);
            let alice = bank.log_in(&guest);
            assert_eq!(bank.get("/balance", &alice).body(), "alice has 100\n");
            let token = bank.token(&alice);
            let done = bank.post("/transfer", &alice, &format!("{TRANSFER}&token={token}"));
            assert_eq!((done.status(), done.body()), (303, "alice sent 10 to mallory\n"));
            assert_eq!(done.field("Location"), Some("/"));
            assert_eq!(bank.get("/balance", &alice).body(), "alice has 90\n");
            assert_eq!(bank.loot(), "mallory has 10");
            let out = bank.post("/logout", &alice, &format!("token={token}"));
            assert!(out.field("Set-Cookie").unwrap().contains("Expires=Thu, 01 Jan 1970"));
        }
    }
}

#[test]
fn a_name_in_the_cookie_is_forged_by_writing_it() {
    let bank = Server::bank(&["--session", "naive"]);
    assert_eq!(bank.get("/balance", "__Host-session=bob").body(), "bob has 100\n");
    let stolen = bank.post("/transfer", "__Host-session=bob", "to=mallory&amount=100");
    assert_eq!(stolen.status(), 303);
    assert_eq!(bank.loot(), "mallory has 100");
}

#[test]
fn neither_an_identifier_nor_a_signed_value_is_forged() {
    for design in ["opaque", "signed"] {
        let bank = Server::bank(&["--session", design]);
        let alice = bank.log_in(&bank.get("/", "").cookie().unwrap());
        assert_eq!(bank.get("/balance", &alice).status(), 200);
        let mut forged = vec!["__Host-session=bob".to_owned(), "__Host-session=".to_owned()];
        // The second last character: the last one has bits that belong to nobody.
        let at = alice.len() - 2;
        let other = if alice.as_bytes()[at] == b'A' { "B" } else { "A" };
        forged.push(format!("{}{other}{}", &alice[..at], &alice[at + 1..]));
        forged.push(alice[..alice.len() - 1].to_owned());
        // "=alice" becomes "=bob", as it stands in base64 behind 1234567890:user.
        forged.push(alice.replace("PWFsaWNl", "PWJvYg"));
        for cookie in forged.iter().filter(|forged| **forged != alice) {
            assert_eq!(bank.get("/balance", cookie).status(), 403, "{cookie}");
        }
    }
}

#[test]
fn a_session_that_was_there_before_login_is_worth_nothing_after_it() {
    let bank = Server::bank(&[]);
    let prepared = bank.get("/", "").cookie().unwrap();
    let alice = bank.log_in(&prepared);
    assert_ne!(alice, prepared);
    assert_eq!(bank.get("/balance", &prepared).status(), 403);
    assert_eq!(bank.get("/balance", &alice).status(), 200);
}

#[test]
fn without_rotation_whoever_prepared_it_is_logged_in_too() {
    let bank = Server::bank(&["--no-rotate"]);
    let prepared = bank.get("/", "").cookie().unwrap();
    assert_eq!(bank.log_in(&prepared), prepared);
    assert_eq!(bank.get("/balance", &prepared).body(), "alice has 100\n");
}

#[test]
fn an_identifier_that_the_bank_did_not_make_is_not_taken_over() {
    let bank = Server::bank(&["--no-rotate"]);
    let invented = "__Host-session=AAAAAAAAAAAAAAAAAAAAAA";
    let form = "user=alice&password=wonderland";
    let alice = bank.post("/login", invented, form).cookie().unwrap();
    assert_ne!(alice, invented);
    assert_eq!(bank.get("/balance", invented).status(), 403);
}

#[test]
fn logout_ends_an_identifier_and_cannot_end_a_signed_value() {
    for (design, after) in [("opaque", 403), ("signed", 200)] {
        let bank = Server::bank(&["--session", design]);
        let alice = bank.log_in(&bank.get("/", "").cookie().unwrap());
        assert_eq!(bank.post("/logout", &alice, "").status(), 303);
        assert_eq!(bank.get("/balance", &alice).status(), after, "{design}");
    }
}

#[test]
fn an_idle_session_ends() {
    let bank = Server::bank(&["--idle", "0"]);
    let answer = bank.post("/login", "", "user=alice&password=wonderland");
    assert_eq!(bank.get("/balance", &answer.cookie().unwrap()).status(), 403);
}

/// What the browser adds to a form of another site's page, and what the bank says to it.
fn forged_form(bank: &Server, field: &str) -> u16 {
    let alice = bank.log_in(&bank.get("/", "").cookie().unwrap());
    let cookie = format!("Cookie: {alice}");
    bank.send("POST /transfer", &[&cookie, field], TRANSFER).status()
}

#[test]
fn a_form_of_another_site_is_stopped_by_either_check_and_by_nothing_else() {
    for (csrf, status, loot) in [
        ("none", 303, "mallory has 10"),
        ("token", 403, "mallory has 0"),
        ("origin", 403, "mallory has 0"),
        ("both", 403, "mallory has 0"),
    ] {
        let bank = Server::bank(&["--csrf", csrf]);
        assert_eq!(forged_form(&bank, FOREIGN), status, "{csrf}");
        assert_eq!(bank.loot(), loot, "{csrf}");
    }
}

#[test]
fn the_origin_check_knows_neighbors_and_browsers_without_fetch_metadata() {
    let bank = Server::bank(&[]);
    for (field, status) in [
        ("Sec-Fetch-Site: same-site", 403),
        ("Origin: http://evil.localhost:8001", 403),
        ("Origin: null", 403),
        ("Sec-Fetch-Site: same-origin", 303),
        (&format!("Origin: http://localhost:{}", bank.port), 303),
        ("X: no browser", 303),
    ] {
        assert_eq!(forged_form(&bank, field), status, "{field}");
    }
}

#[test]
fn mallorys_own_token_does_not_fit_alices_session() {
    for design in ["opaque", "signed"] {
        let bank = Server::bank(&["--csrf", "token", "--session", design]);
        let alice = bank.log_in(&bank.get("/", "").cookie().unwrap());
        let mallorys = bank.get("/", "").token();
        let forged = bank.post("/transfer", &alice, &format!("{TRANSFER}&token={mallorys}"));
        assert_eq!(forged.status(), 403);
        let before = bank.get("/", "");
        let alice = bank.log_in(&before.cookie().unwrap());
        let old = bank.post("/transfer", &alice, &format!("{TRANSFER}&token={}", before.token()));
        assert_eq!(old.status(), 403, "a token from before the login is dead too");
        assert_eq!(bank.loot(), "mallory has 0");
    }
}

#[test]
fn get_changes_nothing_unless_told_to() {
    for (arguments, status, loot) in
        [(&[][..], 405, "mallory has 0"), (&["--transfer-by-get"], 303, "mallory has 10")]
    {
        let bank = Server::bank(arguments);
        let alice = bank.log_in(&bank.get("/", "").cookie().unwrap());
        let image = format!("GET /transfer?{TRANSFER}");
        let answer = bank.send(&image, &[&format!("Cookie: {alice}"), FOREIGN], "");
        assert_eq!(answer.status(), status);
        assert_eq!(bank.loot(), loot, "{arguments:?}");
    }
}

#[test]
fn the_cookies_attributes() {
    let value = |field: &str| field.split_once("; ").unwrap().1.to_owned();
    let field = set_cookie(&[]);
    assert!(field.starts_with("__Host-session="), "{field}");
    assert_eq!(value(&field), "Path=/; Secure; HttpOnly; SameSite=Lax");
    assert_eq!(
        value(&set_cookie(&["--same-site", "strict"])),
        "Path=/; Secure; HttpOnly; SameSite=Strict"
    );
    assert_eq!(
        value(&set_cookie(&["--same-site", "none"])),
        "Path=/; Secure; HttpOnly; SameSite=None"
    );
    assert_eq!(value(&set_cookie(&["--same-site", "unset"])), "Path=/; Secure; HttpOnly");
    let field = set_cookie(&["--plain-cookie"]);
    assert!(field.starts_with("session="), "{field}");
    assert_eq!(value(&field), "Path=/; HttpOnly; SameSite=Lax");
}

#[test]
fn a_cookie_that_every_browser_ignores_is_an_error_at_the_start() {
    let mut command = std::process::Command::new(example("bank"));
    command.args(["127.0.0.1:0", "--plain-cookie", "--same-site", "none"]);
    let finished = Process::start(&mut command).unwrap().finish(LIMIT).unwrap();
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.text().starts_with("bank: SameSite=None needs Secure"), "{}", finished.text());
}

#[test]
fn both_say_why_they_cannot_listen_and_end_on_ctrl_c() {
    let bank = Server::bank(&[]);
    let evil = Server::evil("localhost", bank.port, &[]);
    let taken = format!("127.0.0.1:{}", bank.port);
    for (name, arguments) in [("bank", &[][..]), ("evil", &["--bank", "http://localhost"])] {
        let mut command = std::process::Command::new(example(name));
        let process = Process::start(command.arg(&taken).args(arguments)).unwrap();
        let finished = process.finish(LIMIT).unwrap();
        assert_eq!(finished.status.code(), Some(1));
        let said = finished.text();
        assert!(said.starts_with(&format!("{name}: cannot listen on {taken}: ")), "{said}");
    }
    for server in [evil, bank] {
        server.process.interrupt();
        assert!(server.process.finish(LIMIT).unwrap().status.success());
    }
}

#[test]
fn bad_input_gets_an_answer() {
    let bank = Server::bank(&[]);
    let two = bank.get("/", "__Host-session=x; __Host-session=y");
    assert_eq!(two.status(), 400);
    assert!(two.body().contains("two cookies"), "{two:?}");
    assert_eq!(bank.get("/nothing", "").status(), 404);
    let method = bank.send("DELETE /transfer", &[], "");
    assert_eq!((method.status(), method.field("Allow")), (405, Some("POST")));
    assert_eq!(bank.post("/login", "", "user=alice&password=wrong").status(), 403);
    assert_eq!(bank.post("/login", "", &"x".repeat(5000)).status(), 413);
    let alice = bank.log_in(&bank.get("/", "").cookie().unwrap());
    for form in [
        "",
        "to=mallory",
        "to=mallory&amount=-10",
        "to=mallory&amount=101",
        "to=mallory&amount=99999999999999999999",
        "to=nobody&amount=10",
        "to=alice&amount=10",
        "to=mallory&amount=%ff%00",
    ] {
        assert_eq!(bank.post("/transfer", &alice, form).status(), 400, "{form}");
    }
    assert_eq!(bank.get("/balance", &alice).body(), "alice has 100\n");
}

#[test]
fn evil_prepares_a_session_and_sees_whether_it_was_worth_it() {
    for (arguments, loot) in [
        (&["--no-rotate"][..], "the bank says: alice has 100\n"),
        (&[], "the bank says: log in first\n"),
    ] {
        let bank = Server::bank(arguments);
        let evil = Server::evil("127.0.0.1", bank.port, &[]);
        assert_eq!(evil.get("/loot", "").status(), 502, "nothing prepared");
        let prepared = evil.get("/fixate", "");
        let home = format!("http://127.0.0.1:{}/", bank.port);
        assert_eq!((prepared.status(), prepared.field("Location")), (303, Some(home.as_str())));
        assert_eq!(evil.get("/loot", "").body(), "the bank says: log in first\n");
        // The victim's browser brings the cookie along: it knows no port.
        bank.log_in(&prepared.cookie().unwrap());
        assert_eq!(evil.get("/loot", "").body(), loot);
    }
}

#[test]
fn evil_has_its_pages_and_no_others() {
    let evil = Server::evil("bank.localhost", 8000, &["--domain", "localhost"]);
    assert!(evil.get("/", "a=1; b=2").body().ends_with("cookies: a=1; b=2\n"));
    let form = evil.get("/form", "");
    assert!(form.body().contains(r#"action="http://bank.localhost:8000/transfer""#));
    assert!(evil.get("/image", "").body().contains("http://bank.localhost:8000/transfer?to="));
    assert!(evil.get("/link", "").body().contains("http://bank.localhost:8000/transfer?to="));
    assert_eq!(evil.get("/x", "").status(), 404);
}
