//! A browser that a test steers: `WebDriver` over our own HTTP client.
//!
//! `WebDriver` is JSON over HTTP/1.1, so the client of the chapter before is all that it takes.
#![allow(dead_code, reason = "each test file is a crate of its own and uses a part of this")]

use std::io::Read as _;
use std::net::TcpStream;
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use http_messages::blocking::{Body, Client};
use http_messages::{Fields, Limits, Method, Target};
use serde_json::{Value, json};
use testkit::{Process, require};

/// The longest that one command may take, the start of Chromium included.
const PATIENCE: Duration = Duration::from_secs(30);
/// How long to sleep between two looks at a page.
const POLL: Duration = Duration::from_millis(20);

/// Needed to run as root and without a display; the rest keeps it from calling home.
const ARGUMENTS: &[&str] = &[
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
];

/// One Chromium with one tab and a profile of its own, which is gone afterwards.
pub(crate) struct Browser {
    /// host:port of chromedriver.
    address: String,
    /// The path of the session, `/session/ID`.
    session: String,
    /// Dropped last: with it go chromedriver and the browser.
    _driver: Process,
}

impl Browser {
    /// Starts a browser with these arguments more, for example
    /// `--host-resolver-rules=MAP * 127.0.0.1`.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        Self::start_with(arguments, &json!({}))
    }

    /// With these settings of the profile, too.
    pub(crate) fn start_with(arguments: &[&str], preferences: &Value) -> Self {
        require("chromium");
        let driver = Process::start(Command::new(require("chromedriver")).arg("--port=0")).unwrap();
        let ready = "started successfully on port ";
        driver.wait_for_text(ready, PATIENCE).unwrap();
        // The number may arrive after the words.
        driver.wait_for_text(".\n", PATIENCE).unwrap();
        let said = driver.text_so_far();
        let (_, port) = said.split_once(ready).unwrap();
        let port: String = port.chars().take_while(char::is_ascii_digit).collect();
        let mut browser =
            Self { address: format!("127.0.0.1:{port}"), session: String::new(), _driver: driver };
        let arguments: Vec<_> = ARGUMENTS.iter().chain(arguments).collect();
        let wanted = json!({ "alwaysMatch": {
            "goog:chromeOptions": { "args": arguments, "prefs": preferences },
            "timeouts": { "pageLoad": PATIENCE.as_millis(), "script": PATIENCE.as_millis() },
        }});
        let session = browser.post("/session", &json!({ "capabilities": wanted }));
        browser.session = format!("/session/{}", session["sessionId"].as_str().unwrap());
        browser
    }

    /// Opens a page, as if its address were typed, and waits until it is loaded.
    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({ "url": url }));
    }

    /// The address of the page.
    pub(crate) fn url(&self) -> String {
        text(&self.run(&Method::Get, "/url", None).unwrap())
    }

    /// What the page shows.
    pub(crate) fn text(&self) -> String {
        text(&self.script("return document.body.innerText"))
    }

    /// Runs a script in the page and returns what it returns.
    pub(crate) fn script(&self, code: &str) -> Value {
        self.post("/execute/sync", &json!({ "script": code, "args": [] }))
    }

    /// Runs a script in the page and returns what it hands to the function that is its last
    /// argument, `arguments[0]`.
    pub(crate) fn script_async(&self, code: &str) -> Value {
        self.post("/execute/async", &json!({ "script": code, "args": [] }))
    }

    /// Waits until a script's expression is true, across all the pages that come in between.
    pub(crate) fn wait_until(&self, condition: &str) {
        let deadline = Instant::now() + PATIENCE;
        let body = json!({ "script": format!("return !!({condition})"), "args": [] });
        // While the page changes, there may be none to run the script in.
        while self.run(&Method::Post, "/execute/sync", Some(&body)) != Ok(Value::Bool(true)) {
            assert!(
                Instant::now() < deadline,
                "never true: {condition}; at {}: {}",
                self.url(),
                self.text()
            );
            thread::sleep(POLL);
        }
    }

    /// The cookies that the browser would send to this page, those for HTTP alone included.
    pub(crate) fn cookies(&self) -> Vec<Value> {
        let cookies = self.run(&Method::Get, "/cookie", None).unwrap();
        cookies.as_array().cloned().unwrap_or_default()
    }

    /// Removes the cookies of all sites.
    pub(crate) fn forget_all_cookies(&self) {
        self.devtools("Network.clearBrowserCookies", &json!({}));
    }

    /// A command of the `DevTools` protocol, which reaches what `WebDriver` does not.
    pub(crate) fn devtools(&self, command: &str, parameters: &Value) -> Value {
        self.post("/goog/cdp/execute", &json!({ "cmd": command, "params": parameters }))
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        let answer = self.run(&Method::Post, path, Some(body));
        answer.unwrap_or_else(|error| panic!("WebDriver: POST {path} {body}: {error}"))
    }

    /// One command on a connection of its own: they are few, and nothing can be left over.
    fn run(&self, method: &Method, path: &str, body: Option<&Value>) -> Result<Value, String> {
        let path = format!("{}{path}", self.session);
        let answer = exchange(&self.address, method, &path, body).map_err(|e| e.to_string())?;
        let mut answer: Value = serde_json::from_str(&answer).map_err(|e| e.to_string())?;
        let value = answer["value"].take();
        match value.get("error") {
            Some(error) => Err(format!("{error}: {}", value["message"])),
            None => Ok(value),
        }
    }
}

impl Drop for Browser {
    /// Lets chromedriver close the browser and remove its profile.
    fn drop(&mut self) {
        let _ = self.run(&Method::Delete, "", None);
    }
}

fn exchange(
    address: &str,
    method: &Method,
    path: &str,
    body: Option<&Value>,
) -> Result<String, Box<dyn std::error::Error>> {
    let stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut fields = Fields::new();
    fields.append("Host", address)?;
    fields.append("Connection", "close")?;
    let body = match body {
        Some(json) => {
            fields.append("Content-Type", "application/json; charset=utf-8")?;
            Body::from(json.to_string())
        }
        None => Body::Empty,
    };
    let mut client = Client::new(stream, Limits::default());
    client.send(method, &Target::new(method, path)?, &fields, body)?;
    let mut answer = String::new();
    client.read_to_string(&mut answer)?;
    Ok(answer)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
