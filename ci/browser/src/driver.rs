//! chromedriver and the sessions that it opens.

use std::process::Command;
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use testkit::Process;
use tokio::runtime::Runtime;

use crate::Result;

const START: Duration = Duration::from_secs(20);
/// The longest that one command may take; axe on a long page is the slowest.
const COMMAND: Duration = Duration::from_secs(60);
/// More browsers than cores only wait for each other.
const SESSIONS: usize = 2;

/// One chromedriver with up to [`SESSIONS`] browsers, each lent to one trial at a time.
pub struct Browser {
    runtime: Runtime,
    address: String,
    pool: Mutex<Pool>,
    returned: Condvar,
    /// Dropped last: with it go chromedriver and every browser that it started.
    _driver: Process,
}

#[derive(Default)]
struct Pool {
    idle: Vec<Session>,
    open: usize,
}

impl Browser {
    /// Starts chromedriver on a port of its own choosing.
    pub fn start(runtime: Runtime) -> Result<Self> {
        let driver = Process::start(Command::new("chromedriver").arg("--port=0"))?;
        let ready = "started successfully on port ";
        driver.wait_for_text(ready, START)?;
        // The number may arrive after the words.
        driver.wait_for_text("\n", START)?;
        let said = driver.text_so_far();
        let port: String = said
            .split_once(ready)
            .map(|(_, rest)| rest.chars().take_while(char::is_ascii_digit).collect())
            .unwrap_or_default();
        let address = format!("http://127.0.0.1:{}", port.parse::<u16>()?);
        Ok(Self {
            runtime,
            address,
            pool: Mutex::default(),
            returned: Condvar::new(),
            _driver: driver,
        })
    }

    /// Lends `work` a browser. One that an error leaves in an unknown state is closed.
    pub fn with<T>(&self, work: impl AsyncFnOnce(&mut Session) -> Result<T>) -> Result<T> {
        let mut session = self.borrow()?;
        let result = self.runtime.block_on(work(&mut session));
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        if result.is_ok() {
            pool.idle.push(session);
        } else {
            pool.open -= 1;
            // The trial's own error is the one to report.
            let _ = self.runtime.block_on(session.client.close());
        }
        drop(pool);
        self.returned.notify_one();
        result
    }

    fn borrow(&self) -> Result<Session> {
        let mut pool = self.pool.lock().unwrap_or_else(PoisonError::into_inner);
        loop {
            if let Some(session) = pool.idle.pop() {
                return Ok(session);
            }
            if pool.open < SESSIONS {
                pool.open += 1;
                drop(pool);
                return self.runtime.block_on(Session::open(&self.address)).inspect_err(|_| {
                    self.pool.lock().unwrap_or_else(PoisonError::into_inner).open -= 1;
                    self.returned.notify_one();
                });
            }
            pool = self.returned.wait(pool).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// A browser with one tab and a profile of its own.
pub struct Session {
    pub client: Client,
    _profile: tempfile::TempDir,
}

/// A command that chromedriver adds to `WebDriver`.
#[derive(Debug)]
struct Extension {
    path: &'static str,
    body: Value,
}

impl WebDriverCompatibleCommand for Extension {
    fn endpoint(
        &self,
        base: &url::Url,
        session: Option<&str>,
    ) -> std::result::Result<url::Url, url::ParseError> {
        base.join(&format!("session/{}/{}", session.unwrap_or_default(), self.path))
    }

    fn method_and_body(&self, _: &url::Url) -> (http::Method, Option<String>) {
        (http::Method::POST, Some(self.body.to_string()))
    }
}

impl Session {
    async fn open(address: &str) -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let capabilities = json!({
            "goog:chromeOptions": { "args": [
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--hide-scrollbars",
                "--window-size=1280,900",
                "--lang=en-US",
                format!("--user-data-dir={}", profile.path().display()),
            ]},
            "goog:loggingPrefs": { "browser": "ALL", "performance": "ALL" },
            "timeouts": { "script": COMMAND.as_millis(), "pageLoad": COMMAND.as_millis() },
        });
        let Value::Object(capabilities) = capabilities else { unreachable!("an object") };
        let mut builder = ClientBuilder::new(HttpConnector::new());
        let client = builder.capabilities(capabilities).connect(address);
        let client = tokio::time::timeout(START, client).await??;
        Ok(Self { client, _profile: profile })
    }

    async fn extension(&self, path: &'static str, body: Value) -> Result<Value> {
        let command = self.client.issue_cmd(Extension { path, body });
        Ok(tokio::time::timeout(COMMAND, command).await??)
    }

    /// A command of the `DevTools` protocol.
    pub async fn devtools(&self, command: &str, parameters: Value) -> Result<Value> {
        self.extension("goog/cdp/execute", json!({ "cmd": command, "params": parameters })).await
    }

    /// Opens `address` and waits for its load event.
    pub async fn open_page(&self, address: &str) -> Result<()> {
        Ok(tokio::time::timeout(COMMAND, self.client.goto(address)).await??)
    }

    /// Runs `script` as the body of an async function and decodes what it returns.
    pub async fn run<T: DeserializeOwned>(&self, script: &str, arguments: Vec<Value>) -> Result<T> {
        let wrapped = format!(
            "const done = arguments[arguments.length - 1]; const args = [...arguments].slice(0, -1);
             (async () => {{ {script} }})().then(value => done({{ value }}), e => done({{ error: String(e && e.stack || e) }}));"
        );
        let answer = self.client.execute_async(&wrapped, arguments);
        let mut answer = tokio::time::timeout(COMMAND, answer).await??;
        if let Some(error) = answer.get("error") {
            return Err(format!("in the page: {error}").into());
        }
        Ok(serde_json::from_value(answer.get_mut("value").map(Value::take).unwrap_or_default())?)
    }

    /// Waits until `condition`, an expression, is true in the page, which may be on its way.
    pub async fn wait_until(&self, condition: &str, limit: Duration) -> Result<()> {
        let deadline = tokio::time::Instant::now() + limit;
        loop {
            let script = format!("return Boolean({condition});");
            // A page that is being left has no document to ask: the next answer will tell.
            if let Ok(Value::Bool(true)) = self.client.execute(&script, Vec::new()).await {
                return Ok(());
            }
            if tokio::time::Instant::now() >= deadline {
                let at = self.client.current_url().await?;
                return Err(format!("not within {limit:?} at {at}: {condition}").into());
            }
            tokio::time::sleep(Duration::from_millis(15)).await;
        }
    }

    /// Types on the keyboard, into whatever has the focus. `\u{e0xx}` are `WebDriver`'s named keys.
    pub async fn type_keys(&self, keys: &str) -> std::result::Result<(), CmdError> {
        let actions = keys.chars().fold(KeyActions::new("keyboard".into()), |actions, value| {
            actions.then(KeyAction::Down { value }).then(KeyAction::Up { value })
        });
        self.client.perform_actions(actions).await
    }

    /// The width of a phone, or with `None` the window's own.
    pub async fn set_phone(&self, width: Option<u32>) -> Result<()> {
        match width {
            Some(width) => {
                let metrics = json!({ "width": width, "height": 780, "deviceScaleFactor": 1, "mobile": true });
                self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
            }
            None => {
                self.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await?;
            }
        }
        Ok(())
    }

    /// What the operating system is said to prefer: its colors, and no motion, since a color that
    /// is still fading has a contrast of its own.
    pub async fn set_dark(&self, dark: bool) -> Result<()> {
        let value = if dark { "dark" } else { "light" };
        let features = json!([
            { "name": "prefers-color-scheme", "value": value },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await?;
        Ok(())
    }

    /// Errors and warnings on the console since the last call.
    pub async fn console(&self) -> Result<Vec<String>> {
        let entries = self.extension("se/log", json!({ "type": "browser" })).await?;
        Ok(entries
            .as_array()
            .into_iter()
            .flatten()
            .filter(|entry| entry["level"] == "SEVERE" || entry["level"] == "WARNING")
            .map(|entry| entry["message"].as_str().unwrap_or_default().to_owned())
            .collect())
    }

    /// The address of every request since the last call.
    pub async fn requests(&self) -> Result<Vec<String>> {
        let mut requests = Vec::new();
        for event in self.network_log().await? {
            let address = match event["method"].as_str() {
                Some("Network.requestWillBeSent") => &event["params"]["request"]["url"],
                Some("Network.webSocketCreated") => &event["params"]["url"],
                _ => continue,
            };
            requests.extend(address.as_str().map(str::to_owned));
        }
        Ok(requests)
    }

    /// The address of every response since the last call, and whether it came from the browser's own
    /// cache.
    pub async fn responses(&self) -> Result<Vec<(String, bool)>> {
        let log = self.network_log().await?;
        let response = |event: &Value| {
            let response = &event["params"]["response"];
            let received = event["method"] == "Network.responseReceived";
            let address = response["url"].as_str().filter(|_| received)?;
            Some((address.to_owned(), response["fromDiskCache"] == true))
        };
        Ok(log.iter().filter_map(response).collect())
    }

    /// The events of the network since the last call; those that one reader leaves out are gone.
    async fn network_log(&self) -> Result<Vec<Value>> {
        let entries = self.extension("se/log", json!({ "type": "performance" })).await?;
        let mut events = Vec::new();
        for entry in entries.as_array().into_iter().flatten() {
            let mut event: Value = serde_json::from_str(entry["message"].as_str().unwrap_or("{}"))?;
            events.push(event["message"].take());
        }
        Ok(events)
    }
}
