//! The bank and its enemy as running programs, and raw requests to them.
#![allow(dead_code, reason = "each test file is a crate of its own and uses a part of this")]

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use testkit::Process;
pub(crate) use testkit::example;

/// For what must happen: long enough for a machine under load.
pub(crate) const LIMIT: Duration = Duration::from_secs(30);

/// A program that listens on a port of its own choosing.
pub(crate) struct Server {
    pub(crate) process: Process,
    pub(crate) port: u16,
}

impl Server {
    fn start(name: &str, arguments: &[&str]) -> Self {
        let mut command = Command::new(example(name));
        let process = Process::start(command.arg("127.0.0.1:0").args(arguments)).unwrap();
        process.wait_for_text("/\n", LIMIT).unwrap();
        let said = process.text_so_far();
        let port = said.trim().trim_end_matches('/').rsplit(':').next().unwrap();
        Self { process, port: port.parse().unwrap() }
    }

    pub(crate) fn bank(arguments: &[&str]) -> Self {
        Self::start("bank", arguments)
    }

    /// Its pages are about the bank at this host.
    pub(crate) fn evil(bank: &str, bank_port: u16, arguments: &[&str]) -> Self {
        let url = format!("http://{bank}:{bank_port}");
        Self::start("evil", &[&["--bank", &url], arguments].concat())
    }

    /// One request on one connection. The lines end with `\n` and have no `Host`.
    pub(crate) fn send(&self, line: &str, fields: &[&str], body: &str) -> Answer {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut request = format!("{line} HTTP/1.1\r\nHost: localhost:{}\r\n", self.port);
        for field in fields {
            request += &format!("{field}\r\n");
        }
        request += &format!("Connection: close\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        Answer(answer)
    }

    pub(crate) fn get(&self, path: &str, cookie: &str) -> Answer {
        self.send(&format!("GET {path}"), &[&format!("Cookie: {cookie}")], "")
    }

    pub(crate) fn post(&self, path: &str, cookie: &str, form: &str) -> Answer {
        let kind = "Content-Type: application/x-www-form-urlencoded";
        self.send(&format!("POST {path}"), &[&format!("Cookie: {cookie}"), kind], form)
    }

    /// Logs in as alice with these cookies; her cookie.
    pub(crate) fn log_in(&self, cookie: &str) -> String {
        let token = self.token(cookie);
        let form = format!("user=alice&password=wonderland&token={token}");
        let answer = self.post("/login", cookie, &form);
        assert_eq!(answer.status(), 303, "{answer:?}");
        answer.cookie().unwrap_or_else(|| cookie.into())
    }

    /// The token in the bank's forms for this session.
    pub(crate) fn token(&self, cookie: &str) -> String {
        self.get("/", cookie).token()
    }

    /// What mallory has, which is what a test is about.
    pub(crate) fn loot(&self) -> String {
        let first = self.get("/", "");
        let (cookie, token) = (first.cookie().unwrap(), first.token());
        let form = format!("user=mallory&password=mayhem&token={token}");
        let cookie = self.post("/login", &cookie, &form).cookie().unwrap();
        self.get("/balance", &cookie).body().trim_end().to_owned()
    }
}

/// The bytes of a response, as text.
#[derive(Debug)]
pub(crate) struct Answer(String);

impl Answer {
    pub(crate) fn status(&self) -> u16 {
        self.0.split(' ').nth(1).and_then(|code| code.parse().ok()).unwrap_or_default()
    }

    pub(crate) fn field(&self, name: &str) -> Option<&str> {
        let (head, _) = self.0.split_once("\r\n\r\n")?;
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    pub(crate) fn body(&self) -> &str {
        self.0.split_once("\r\n\r\n").map_or("", |(_, body)| body)
    }

    /// NAME=VALUE of the cookie that it sets.
    pub(crate) fn cookie(&self) -> Option<String> {
        self.field("Set-Cookie")?.split(';').next().map(Into::into)
    }

    /// The hidden field of its form.
    pub(crate) fn token(&self) -> String {
        let after = self.body().split_once("name=\"token\" value=\"").map(|(_, after)| after);
        after.and_then(|after| after.split('"').next()).unwrap_or_default().to_owned()
    }
}
