//! The server that all names lead to, and those who visit it.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Process, require};

use crate::case::{Case, How, Step, Verb};
use crate::webdriver::Browser;

/// How long a request that a page makes may take to arrive.
const PATIENCE: Duration = Duration::from_secs(10);

/// `server.py`.
pub(crate) struct Server {
    address: SocketAddr,
    requests: AtomicU32,
    _process: Process,
}

impl Server {
    pub(crate) fn start() -> Self {
        require("openssl");
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/table/server.py");
        let process = Process::start(Command::new(require("python3")).arg(script)).unwrap();
        process.wait_for_text("\n", PATIENCE).unwrap();
        let said = process.text_so_far();
        let address = said.trim().strip_prefix("listening on ").expect(&said).parse().unwrap();
        Self { address, requests: AtomicU32::new(0), _process: process }
    }

    /// A name under which the server remembers a request.
    fn new_id(&self) -> String {
        self.requests.fetch_add(1, Ordering::Relaxed).to_string()
    }

    /// The cookies of the request with this id, once it has arrived.
    fn cookies(&self, id: &str, url: &str) -> String {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let seen = self.look(id);
            if let Some(scheme) = seen["scheme"].as_str() {
                // Browsers like to try HTTPS first, which would be another question.
                let asked = url.split(':').next().unwrap();
                assert!(asked.eq_ignore_ascii_case(scheme), "{url} was loaded over {scheme}");
                return seen["cookie"].as_str().unwrap_or_default().into();
            }
            assert!(Instant::now() < deadline, "{url} was never asked for");
            thread::sleep(Duration::from_millis(5));
        }
    }

    fn look(&self, id: &str) -> Value {
        let mut stream = TcpStream::connect(self.address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        write!(stream, "GET /log?of={id} HTTP/1.1\r\nHost: log\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap()
    }
}

/// `curl`, which is started anew for each case.
pub(crate) struct Curl {
    pub(crate) version: String,
    program: PathBuf,
}

impl Curl {
    pub(crate) fn find() -> Self {
        let program = require("curl");
        let output = Command::new(&program).arg("--version").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        assert!(said.contains(" PSL "), "this curl has no public suffix list");
        Self { version: said.split(' ').nth(1).unwrap().into(), program }
    }

    /// One run for all requests of a case: its cookies are in its memory.
    pub(crate) fn ask(&self, server: &Server, case: &Case) -> Vec<Option<String>> {
        let mut command = Command::new(&self.program);
        // -b '' switches the cookies on, -g leaves the brackets of IPv6 alone.
        command.args(["--silent", "--show-error", "--insecure", "-g", "-b", ""]);
        command.arg("--max-time").arg("10");
        command.arg("--connect-to").arg(format!("::{}", server.address));
        for step in &case.set {
            command.arg(setting(step, &server.new_id()));
        }
        let mut ids = Vec::new();
        for step in &case.send {
            // No page makes requests in curl.
            let id = (step.how == How::Typed).then(|| server.new_id());
            command.args(id.iter().map(|id| with(&step.url, &[("id", id)])));
            ids.push(id);
        }
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}: {output:?}", case.name);
        let answers = case.send.iter().zip(ids);
        answers.map(|(step, id)| Some(from_latin_1(&server.cookies(&id?, &step.url)))).collect()
    }
}

/// One browser for all cases.
pub(crate) struct Chromium {
    pub(crate) version: String,
    browser: Browser,
}

impl Chromium {
    pub(crate) fn start(server: &Server) -> Self {
        let output = Command::new(require("chromium")).arg("--version").output().unwrap();
        let said = String::from_utf8(output.stdout).unwrap();
        let number = said.split(' ').find(|word| word.starts_with(|c: char| c.is_ascii_digit()));
        let version = number.unwrap().split('.').next().unwrap().into();
        let everywhere = format!("--host-resolver-rules=MAP * {}", server.address);
        let arguments = [
            everywhere.as_str(),
            // The server's certificate is for nobody.
            "--ignore-certificate-errors",
            // http:// is to mean HTTP.
            "--disable-features=HttpsUpgrades",
        ];
        // Debian's Chromium blocks all third-party cookies, and then no SameSite=None shows.
        let preferences = json!({ "profile.cookie_controls_mode": 0 });
        Self { version, browser: Browser::start_with(&arguments, &preferences) }
    }

    pub(crate) fn ask(&self, server: &Server, case: &Case) -> Vec<Option<String>> {
        self.browser.forget_all_cookies();
        for step in &case.set {
            let id = server.new_id();
            self.browser.open(&match step.how {
                How::Script { .. } => with(&step.url, &[("id", &id), ("write", &step.field)]),
                _ => led_to(&setting(step, &id), &step.how),
            });
            server.cookies(&id, &step.url);
        }
        let answer = |step: &Step| {
            let id = server.new_id();
            self.browser.open(&match &step.how {
                How::Script { within: None } => with(&step.url, &[("read", &id)]),
                How::Script { within: Some(page) } => {
                    with(page, &[("frame", &with(&step.url, &[("read", &id)]))])
                }
                how => led_to(&with(&step.url, &[("id", &id)]), how),
            });
            Some(from_latin_1(&server.cookies(&id, &step.url)))
        };
        case.send.iter().map(answer).collect()
    }
}

/// The address whose answer sets a step's cookies.
fn setting(step: &Step, id: &str) -> String {
    let fields = step.field.split('\n').map(|field| ("set", field));
    with(&step.url, &[("id", id)].into_iter().chain(fields).collect::<Vec<_>>())
}

/// The address that somebody types so that `target` is asked for in this way.
fn led_to(target: &str, how: &How) -> String {
    match how {
        How::Typed | How::Script { .. } => target.into(),
        How::Redirect(over) => with(over, &[("redirect", target)]),
        How::Detour { over, from } => with(from, &[("link", &with(over, &[("redirect", target)]))]),
        How::Page(verb, pages) => {
            let verb = match verb {
                Verb::Link => "link",
                Verb::Post => "post",
                Verb::Image => "image",
                Verb::Frame => "frame",
                Verb::Fetch => "fetch",
            };
            let inner = with(&pages[0], &[(verb, target)]);
            pages[1..].iter().fold(inner, |inner, outer| with(outer, &[("frame", &inner)]))
        }
    }
}

/// An address with more in its query.
fn with(url: &str, query: &[(&str, &str)]) -> String {
    let mut url = url.to_owned();
    for (name, value) in query {
        let joint = if url.contains('?') { '&' } else { '?' };
        write!(url, "{joint}{name}=").unwrap();
        for byte in value.bytes() {
            if byte.is_ascii_alphanumeric() {
                url.push(char::from(byte));
            } else {
                write!(url, "%{byte:02X}").unwrap();
            }
        }
    }
    url
}

/// The server takes each octet for a character.
fn from_latin_1(text: &str) -> String {
    String::from_utf8(text.chars().map(|c| c as u8).collect()).unwrap()
}
