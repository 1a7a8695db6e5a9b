//! The bank as curl sees it: a jar on disk, and a forger who needs nothing else.

mod demo;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::{fs, io};

use demo::{LIMIT, Server};
use testkit::{Process, require};

/// curl with a jar of its own, as one visitor of the bank.
struct Visitor {
    jar: PathBuf,
}

impl Visitor {
    fn new(name: &str) -> Self {
        let jar = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("session-{name}.txt"));
        match fs::remove_file(&jar) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => panic!("{error}"),
            _ => Self { jar },
        }
    }

    /// Runs curl with `-b JAR -c JAR`, these arguments and a path of the bank at this host.
    fn curl_at(&self, host: &str, bank: &Server, arguments: &[&str], path: &str) -> String {
        let mut command = Command::new(require("curl"));
        command.args(["--silent", "--show-error", "--noproxy", "*", "--cookie"]).arg(&self.jar);
        command.arg("--cookie-jar").arg(&self.jar).args(arguments);
        command.arg(format!("http://{host}:{}{path}", bank.port));
        let finished = Process::start(&mut command).unwrap().finish(LIMIT).unwrap();
        assert!(finished.status.success(), "{}", finished.text());
        finished.text()
    }

    fn curl(&self, bank: &Server, arguments: &[&str], path: &str) -> String {
        self.curl_at("127.0.0.1", bank, arguments, path)
    }

    fn log_in(&self, bank: &Server) {
        let said = self.curl(bank, &["-d", "user=alice", "-d", "password=wonderland"], "/login");
        assert_eq!(said, "welcome, alice\n");
    }

    fn balance(&self, bank: &Server) -> String {
        self.curl(bank, &[], "/balance")
    }

    /// The value of the session's cookie in the jar.
    fn value(&self) -> String {
        let jar = fs::read_to_string(&self.jar).unwrap();
        let line = jar.lines().find(|line| line.contains("session\t")).unwrap();
        line.rsplit('\t').next().unwrap().to_owned()
    }
}

/// curl with a cookie from the command line: what a forger types.
fn with_cookie(bank: &Server, cookie: &str) -> String {
    Visitor::new("forger").curl(bank, &["-b", cookie], "/balance")
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn curl_logs_in_pays_and_logs_out() {
    for design in ["opaque", "signed"] {
        let bank = Server::bank(&["--session", design]);
        let alice = Visitor::new("alice");
        assert_eq!(alice.balance(&bank), "log in first\n");
        alice.log_in(&bank);
        assert_eq!(alice.balance(&bank), "alice has 100\n");
        let jar = fs::read_to_string(&alice.jar).unwrap();
        // HttpOnly, host-only, for every path, Secure, until the browser closes.
        let line = "#HttpOnly_127.0.0.1\tFALSE\t/\tTRUE\t0\t__Host-session\t";
        assert!(jar.contains(line), "{jar}");
        let paid = alice.curl(&bank, &["-d", "to=bob", "-d", "amount=30"], "/transfer");
        assert_eq!(paid, "alice sent 30 to bob\n");
        let copied = format!("__Host-session={}", alice.value());
        alice.curl(&bank, &["-d", ""], "/logout");
        assert_eq!(alice.balance(&bank), "log in first\n");
        let after = if design == "opaque" { "log in first\n" } else { "alice has 70\n" };
        assert_eq!(with_cookie(&bank, &copied), after, "{design}");
    }
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn one_command_forges_a_name_and_none_a_signature() {
    let naive = Server::bank(&["--session", "naive"]);
    assert_eq!(with_cookie(&naive, "__Host-session=bob"), "bob has 100\n");
    let signed = Server::bank(&["--session", "signed"]);
    assert_eq!(with_cookie(&signed, "__Host-session=bob"), "log in first\n");
    let alice = Visitor::new("signed");
    alice.log_in(&signed);
    let value = alice.value();
    assert_eq!(with_cookie(&signed, &format!("__Host-session={value}")), "alice has 100\n");
    let forged = value.replace("PWFsaWNl", "PWJvYg");
    assert_ne!(forged, value);
    assert_eq!(with_cookie(&signed, &format!("__Host-session={forged}")), "log in first\n");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn fixation_needs_a_bank_that_does_not_rotate() {
    for (arguments, loot) in [(&["--no-rotate"][..], "alice has 100\n"), (&[], "log in first\n")] {
        let bank = Server::bank(arguments);
        let mallory = Visitor::new("mallory");
        mallory.curl(&bank, &[], "/");
        // The cookie in mallory's jar gets into alice's, however that may be.
        let alice = Visitor::new("victim");
        fs::copy(&mallory.jar, &alice.jar).unwrap();
        alice.log_in(&bank);
        assert_eq!(alice.balance(&bank), "alice has 100\n");
        assert_eq!(mallory.balance(&bank), loot, "{arguments:?}");
    }
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn which_names_are_as_good_as_tls_to_curl() {
    let bank = Server::bank(&[]);
    // A browser takes all of these; curl compares with three spellings of loopback.
    for (host, kept) in [("127.0.0.1", true), ("localhost", true), ("bank.localhost", false)] {
        let visitor = Visitor::new("names");
        visitor.curl_at(host, &bank, &[], "/");
        let jar = fs::read_to_string(&visitor.jar).unwrap();
        assert_eq!(jar.contains("__Host-session"), kept, "{host}: {jar}");
    }
    let plain = Server::bank(&["--plain-cookie"]);
    let visitor = Visitor::new("plain");
    visitor.curl_at("bank.localhost", &plain, &[], "/");
    assert!(fs::read_to_string(&visitor.jar).unwrap().contains("\tsession\t"));
}
