//! A browser keeps what the resource server of `http-semantics` lets it keep, and asks again in the
//! way that the chapter says.

use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::SystemTime;

use browser::{Browser, Result};
use http_messages::RequestHead;
use http_messages::blocking::{Config as ServerConfig, RequestBody, Server, Stop};
use http_semantics::site::{Config, Site};

/// What the server has been asked for, with its answer.
type Log = Arc<Mutex<Vec<String>>>;

/// A page with a script, served with this `Cache-Control` until the test's process ends.
fn serve(cache_control: &str) -> Result<(String, Log)> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("page.html"), "<p>Hello.</p><script src=app.js></script>")?;
    std::fs::write(folder.path().join("app.js"), "document.title = 'ran';")?;
    let config =
        Config { cache_control: Some(cache_control.to_owned()), ..Config::new(folder.path()) };
    let site = Site::open(config)?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let base = format!("http://{}", listener.local_addr()?);
    let log = Log::default();
    let kept = Arc::clone(&log);
    thread::spawn(move || {
        // The folder lives as long as its server.
        let _folder = folder;
        let handler = move |head: &RequestHead, content: &mut RequestBody<'_>| {
            let response = site.respond(head, content, SystemTime::now());
            let line = format!("{} {}", head.target, response.status.code());
            kept.lock().expect("no handler panics").push(line);
            response
        };
        Server::new(ServerConfig::default()).serve(&listener, &Stop::new(), handler)
    });
    Ok((base, log))
}

/// Two visits to the same page.
struct Visits {
    /// What the server saw of each.
    first: Vec<String>,
    second: Vec<String>,
    /// The browser's responses at the second one, and whether they came from its cache.
    responses: Vec<(String, bool)>,
}

fn visit_twice(cache_control: &str) -> Result<Visits> {
    let (base, log) = serve(cache_control)?;
    let page = format!("{base}/page.html");
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let seen = || log.lock().expect("no handler panics").drain(..).collect::<Vec<_>>();
    Browser::start(runtime)?.with(async |session| {
        // Whatever else a browser asks for, such as an icon, is no part of the page.
        let of_page = |lines: Vec<String>| -> Vec<String> {
            lines.into_iter().filter(|line| !line.contains("favicon")).collect()
        };
        session.open_page(&page).await?;
        session.responses().await?;
        let first = of_page(seen());
        session.open_page("about:blank").await?;
        session.open_page(&page).await?;
        let mut responses = session.responses().await?;
        responses.retain(|(address, _)| address.starts_with(&base) && !address.contains("favicon"));
        let responses = responses
            .into_iter()
            .map(|(address, kept)| (address[base.len()..].to_owned(), kept))
            .collect();
        Ok(Visits { first, second: of_page(seen()), responses })
    })
}

fn kept(path: &str, kept: bool) -> (String, bool) {
    (path.to_owned(), kept)
}

#[test]
#[ignore = "needs chromium, chromedriver: ci/setup.sh"]
fn fresh_content_comes_from_the_cache() -> Result<()> {
    let Visits { first, second, responses } = visit_twice("max-age=600")?;
    assert_eq!(first, ["/page.html 200", "/app.js 200"]);
    assert_eq!(second, [""; 0], "nobody asked the server");
    assert_eq!(responses, [kept("/page.html", true), kept("/app.js", true)]);
    Ok(())
}

#[test]
#[ignore = "needs chromium, chromedriver: ci/setup.sh"]
fn what_is_kept_under_no_cache_is_asked_for_again() -> Result<()> {
    let Visits { first, second, .. } = visit_twice("no-cache")?;
    assert_eq!(first, ["/page.html 200", "/app.js 200"]);
    assert_eq!(second, ["/page.html 304", "/app.js 304"]);
    Ok(())
}

#[test]
#[ignore = "needs chromium, chromedriver: ci/setup.sh"]
fn what_is_not_stored_is_sent_again() -> Result<()> {
    let Visits { first, second, responses } = visit_twice("no-store")?;
    assert_eq!(first, ["/page.html 200", "/app.js 200"]);
    assert_eq!(second, ["/page.html 200", "/app.js 200"]);
    assert_eq!(responses, [kept("/page.html", false), kept("/app.js", false)]);
    Ok(())
}
