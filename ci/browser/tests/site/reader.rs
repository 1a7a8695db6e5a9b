//! The reader's tools: search, the chooser, pages opened as files, paper.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use browser::{Page, Result, Session};
use fantoccini::Locator;
use fantoccini::key::Key;
use fantoccini::wd::{PrintConfiguration, PrintPageRange};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::{Lab, Shared};

const SOON: Duration = Duration::from_secs(10);
/// A reader does not notice less.
const SEARCH_MS: f64 = 50.0;
const INDEX_SIZE: usize = 1_000_000;

type Check = fn(&Shared) -> Result<()>;

pub(super) fn trials() -> Vec<(&'static str, Check)> {
    let mut trials: Vec<(&'static str, Check)> = vec![
        ("search: the queries of queries.toml, zh", |shared| queries(shared, "zh")),
        ("search: the queries of queries.toml, en", |shared| queries(shared, "en")),
        ("search: how it matches and ranks", matching),
        ("search: by keyboard to the marked page, zh", |shared| by_keyboard(shared, "zh")),
        ("search: by keyboard to the marked page, en", |shared| by_keyboard(shared, "en")),
        ("search: an address restores it", restored),
        ("search: text is never markup", escaped),
        ("search: an input method keeps its keys", composing),
        ("search: a megabyte in 50 ms", fast),
        ("search: accessible, light and dark", search_accessible),
        ("scripts speak Chinese", scripts),
        ("every first load under 200 KiB", light),
        ("chooser: follows the browser", chooser_follows),
        ("chooser: remembers", chooser_remembers),
        ("chooser: accessible, light and dark, on a phone", chooser_accessible),
        ("readable without scripts", without_scripts),
        ("pages opened as files", files),
        ("print: both languages", print),
    ];
    // Pictures prove nothing by themselves: they are taken when asked for.
    if std::env::var_os("BOOK_SCREENSHOTS").is_some() {
        trials.push(("screenshots", screenshots));
    }
    trials
}

fn ensure(holds: bool, problem: impl FnOnce() -> String) -> Result<()> {
    if holds { Ok(()) } else { Err(problem().into()) }
}

/// The page that a session starts from, freshly loaded.
async fn start(session: &Session, lab: &Lab, shared: &Shared, lang: &str) -> Result<Page> {
    let page =
        shared.pages.iter().find(|page| page.lang == lang).ok_or("no page in this language")?;
    session.set_phone(None).await?;
    session.set_dark(false).await?;
    session.open_page(&lab.address(page)).await?;
    Ok(page.clone())
}

const LOAD_INDEX: &str = "
    await new Promise((done, failed) => {
        const script = document.createElement('script');
        script.src = `${path_to_root}search-index.js`;
        script.onload = done;
        script.onerror = () => failed(new Error('no search-index.js'));
        document.head.append(script);
    });
    const { version, docs } = window.bookSearchIndex;
    if (version !== 1) throw new Error(`version ${version}`);
";

#[derive(Deserialize)]
struct Queries {
    query: Vec<Query>,
}

#[derive(Deserialize)]
struct Query {
    lang: String,
    text: String,
    page: String,
}

fn load_queries() -> Result<Vec<Query>> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("queries.toml");
    let queries: Queries = toml::from_str(&std::fs::read_to_string(path)?)?;
    Ok(queries.query)
}

fn queries(shared: &Shared, lang: &str) -> Result<()> {
    let wanted: Vec<Query> =
        load_queries()?.into_iter().filter(|query| query.lang == lang).collect();
    ensure(wanted.len() >= 12, || format!("only {} queries in {lang}", wanted.len()))?;
    let lab = shared.lab()?;
    let texts: Vec<&str> = wanted.iter().map(|query| query.text.as_str()).collect();
    let found: Vec<Vec<String>> = lab.browser.with(async |session| {
        start(session, lab, shared, lang).await?;
        let script = format!(
            "{LOAD_INDEX} return args[0].map(q => bookSearch.query(q, docs).slice(0, 3).map(h => h.doc.u));"
        );
        session.run(&script, vec![json!(texts)]).await
    })?;
    let mut problems = Vec::new();
    for (query, hits) in wanted.iter().zip(&found) {
        if !hits.first().is_some_and(|first| first.starts_with(&query.page)) {
            problems.push(format!("{:?} should find {}, finds {hits:?}", query.text, query.page));
        }
    }
    ensure(problems.is_empty(), || problems.join("\n"))
}

/// The cases of `matching.toml`, on its own documents.
fn matching(shared: &Shared) -> Result<()> {
    #[derive(Deserialize)]
    struct Matching {
        doc: Vec<BTreeMap<String, toml::Value>>,
        case: Vec<Case>,
    }
    #[derive(Deserialize)]
    struct Case {
        why: String,
        query: String,
        found: Vec<String>,
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("matching.toml");
    let Matching { doc, case } = toml::from_str(&std::fs::read_to_string(path)?)?;
    let lab = shared.lab()?;
    let texts: Vec<&str> = case.iter().map(|case| case.query.as_str()).collect();
    let found: Vec<Vec<String>> = lab.browser.with(async |session| {
        start(session, lab, shared, "en").await?;
        let script = "return args[0].map(q => bookSearch.query(q, args[1]).map(h => h.doc.u));";
        session.run(script, vec![json!(texts), json!(doc)]).await
    })?;
    let mut problems = Vec::new();
    for (case, hits) in case.iter().zip(&found) {
        if case.found != *hits {
            problems
                .push(format!("{:?} ({}): {hits:?}, not {:?}", case.query, case.why, case.found));
        }
    }
    ensure(problems.is_empty(), || problems.join("\n"))
}

/// The first query of the language, typed.
fn by_keyboard(shared: &Shared, lang: &str) -> Result<()> {
    let queries = load_queries()?;
    let query =
        queries.iter().find(|query| query.lang == lang).ok_or("no query in this language")?;
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        start(session, lab, shared, lang).await?;
        session.type_keys("/").await?;
        session.wait_until("document.activeElement.id === 'book-search-input'", SOON).await?;
        session.type_keys(&query.text).await?;
        session.wait_until("document.querySelectorAll('#book-search-list > a mark').length > 0", SOON).await?;
        let state: Value = session
            .run(
                "const input = document.getElementById('book-search-input');
                 const option = document.getElementById(input.getAttribute('aria-activedescendant'));
                 return {
                     expanded: input.getAttribute('aria-expanded'),
                     selected: option && option.getAttribute('aria-selected'),
                     said: document.querySelector('#book-search [role=status]').textContent,
                     address: new URL(location.href).searchParams.get('search'),
                 };",
                Vec::new(),
            )
            .await?;
        ensure(state["expanded"] == "true" && state["selected"] == "true", || format!("the list: {state}"))?;
        let said = state["said"].as_str().unwrap_or_default();
        ensure(said.chars().any(|c| c.is_ascii_digit()), || format!("the count is not told: {said:?}"))?;
        ensure(state["address"] == query.text.as_str(), || format!("the address: {state}"))?;
        // Down and up again: the first result is the one that Enter opens.
        session.type_keys(&format!("{}{}{}", char::from(Key::Down), char::from(Key::Up), char::from(Key::Enter))).await?;
        let landed = format!(
            "location.pathname.includes({}) && document.querySelector('main mark')",
            serde_json::to_string(query.page.split('#').next().unwrap_or(&query.page))?
        );
        session.wait_until(&landed, SOON).await?;
        session.client.find(Locator::Css(".clear-marks")).await?.click().await?;
        session
            .wait_until("!document.querySelector('main mark') && !location.search.includes('highlight')", SOON)
            .await?;
        // Escape closes, and leaves the address clean.
        session.type_keys("s").await?;
        session.wait_until("document.getElementById('book-search').open", SOON).await?;
        session.type_keys(&format!("{}", char::from(Key::Escape))).await?;
        session
            .wait_until("!document.getElementById('book-search').open && !location.search.includes('search=')", SOON)
            .await
    })
}

fn restored(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        let page = start(session, lab, shared, "zh").await?;
        session.open_page(&format!("{}?search=TCP", lab.address(&page))).await?;
        session
            .wait_until(
                "document.getElementById('book-search').open
                 && document.getElementById('book-search-input').value === 'TCP'
                 && document.querySelectorAll('#book-search-list > a').length > 0",
                SOON,
            )
            .await
    })
}

fn escaped(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        let page = start(session, lab, shared, "en").await?;
        let script = r#"
            const text = 'Tag <img src=x onerror="window.bad = 1"> tag';
            window.bookSearchIndex = { version: 1, docs: [{ u: 'index.html', t: text, c: text, b: text }] };
            document.getElementById('book-search-open').click();
            const input = document.getElementById('book-search-input');
            input.value = 'tag <img';
            input.dispatchEvent(new InputEvent('input', { bubbles: true }));
            await new Promise(requestAnimationFrame);
            await new Promise(requestAnimationFrame);
            const list = document.getElementById('book-search-list');
            return { elements: list.querySelectorAll('img').length, marks: list.querySelectorAll('mark').length,
                     text: list.textContent, bad: window.bad ?? null };
        "#;
        let seen: Value = session.run(script, Vec::new()).await?;
        let shown = seen["text"].as_str().is_some_and(|text| text.contains("<img src=x"));
        ensure(seen["elements"] == 0 && seen["bad"].is_null() && shown, || seen.to_string())?;
        ensure(seen["marks"].as_u64() >= Some(3), || format!("not marked: {seen}"))?;
        // And from the address.
        let hostile = "?highlight=%3Cimg%20src%3Dx%20onerror%3D%22window.bad%3D1%22%3E";
        session.open_page(&format!("{}{hostile}", lab.address(&page))).await?;
        let bad: Value =
            session.run("return [window.bad ?? null, document.querySelectorAll('main img[src=x]').length]", Vec::new()).await?;
        ensure(bad == json!([null, 0]), || format!("from the address: {bad}"))
    })
}

/// Enter that ends a composition chooses a word, not a result.
fn composing(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        start(session, lab, shared, "zh").await?;
        let script = r"
            document.getElementById('book-search-open').click();
            const input = document.getElementById('book-search-input');
            const list = document.getElementById('book-search-list');
            const settle = async () => { for (let i = 0; i < 4; i += 1) await new Promise(requestAnimationFrame); };
            await new Promise(done => setTimeout(done, 0));
            input.value = 'tcp';
            input.dispatchEvent(new InputEvent('input', { bubbles: true }));
            for (let i = 0; i < 200 && list.children.length === 0; i += 1) await new Promise(requestAnimationFrame);
            const found = list.children.length;
            const before = location.pathname;
            // Letters that are still being composed are no query yet.
            input.dispatchEvent(new CompositionEvent('compositionstart', { bubbles: true }));
            input.value = 'wo shou';
            input.dispatchEvent(new InputEvent('input', { bubbles: true, isComposing: true }));
            await settle();
            const during = list.children.length;
            const enter = new KeyboardEvent('keydown', { key: 'Enter', bubbles: true, cancelable: true, isComposing: true });
            input.dispatchEvent(enter);
            await settle();
            const open = document.getElementById('book-search').open;
            input.value = '握手';
            input.dispatchEvent(new CompositionEvent('compositionend', { bubbles: true }));
            await settle();
            return { found, during, taken: enter.defaultPrevented, open, stayed: location.pathname === before,
                     query: new URL(location.href).searchParams.get('search') };
        ";
        let seen: Value = session.run(script, Vec::new()).await?;
        ensure(
            seen["found"].as_u64() > Some(0)
                && seen["during"] == seen["found"]
                && seen["taken"] == false
                && seen["open"] == true
                && seen["stayed"] == true
                && seen["query"] == "握手",
            || seen.to_string(),
        )
    })
}

fn fast(shared: &Shared) -> Result<()> {
    #[derive(Deserialize)]
    struct Times {
        length: usize,
        first: f64,
        median: f64,
        worst: (f64, String),
    }
    let lab = shared.lab()?;
    let times: Times = lab.browser.with(async |session| {
        start(session, lab, shared, "zh").await?;
        session.run(include_str!("probe/index.js"), vec![json!(INDEX_SIZE)]).await
    })?;
    let Times { length, first, median, worst: (worst, query) } = times;
    let told = format!(
        "an index of {length} characters: first query {first:.1} ms, median {median:.1} ms, worst {worst:.1} ms ({query})"
    );
    println!("{told}");
    ensure(length >= INDEX_SIZE && median < SEARCH_MS, || told)
}

/// What book.js would say later, on a click, is Chinese too.
fn scripts(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    let strings = json!(lab.interface.of("js"));
    let left: Vec<String> = lab.browser.with(async |session| {
        start(session, lab, shared, "zh").await?;
        let script = "
            const script = [...document.scripts].find(s => /\\/book(-[0-9a-f]+)?\\.js$/.test(s.src));
            const text = await (await fetch(script.src)).text();
            return args[0].filter(string => text.includes(string));
        ";
        session.run(script, vec![strings]).await
    })?;
    ensure(left.is_empty(), || format!("book.js on the Chinese pages says {left:?}"))
}

/// axe's serious findings on the page as it stands, in both colors.
async fn violations(session: &Session, lab: &Lab) -> Result<Vec<String>> {
    let engine = format!("{}\nreturn null;", lab.axe);
    session.run::<()>(&engine, Vec::new()).await?;
    let mut problems = Vec::new();
    for dark in [false, true] {
        session.set_dark(dark).await?;
        let found: Vec<String> = session.run(include_str!("probe/axe.js"), Vec::new()).await?;
        problems.extend(
            found.into_iter().map(|p| format!("{}: {p}", if dark { "dark" } else { "light" })),
        );
    }
    session.set_dark(false).await?;
    Ok(problems)
}

fn search_accessible(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        let page = start(session, lab, shared, "zh").await?;
        session.open_page(&format!("{}?search=TCP", lab.address(&page))).await?;
        session
            .wait_until("document.querySelectorAll('#book-search-list > a').length > 0", SOON)
            .await?;
        let problems = violations(session, lab).await?;
        ensure(problems.is_empty(), || problems.join("\n"))
    })
}

fn chooser_accessible(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        session.set_phone(Some(360)).await?;
        session.open_page(&format!("{}?choose", lab.base)).await?;
        let (screen, page): (u32, u32) = session
            .run("return [document.documentElement.clientWidth, document.documentElement.scrollWidth];", Vec::new())
            .await?;
        ensure(screen == 360 && page <= 360, || format!("{page} px on a screen of {screen} px"))?;
        session.set_phone(None).await?;
        session.open_page(&format!("{}?choose", lab.base)).await?;
        let problems = violations(session, lab).await?;
        ensure(problems.is_empty(), || problems.join("\n"))
    })
}

/// With scripts off: the chooser stays, its links lead on, a page shows its text and its switch.
fn without_scripts(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        let off = |value: bool| json!({ "value": value });
        session.devtools("Emulation.setScriptExecutionDisabled", off(true)).await?;
        session.open_page(&lab.base).await?;
        session.client.find(Locator::Css("#choose-en")).await?.click().await?;
        let at = session.client.current_url().await?;
        ensure(at.path().ends_with("/en/index.html"), || format!("the chooser led to {at}"))?;
        let page = shared
            .pages
            .iter()
            .find(|page| page.path.contains('/'))
            .ok_or("no page below a folder")?;
        session.open_page(&lab.address(page)).await?;
        let text = session.client.find(Locator::Css("main")).await?.text().await?;
        ensure(!text.trim().is_empty(), || "no text".to_owned())?;
        session.client.find(Locator::Css("a.lang-switch")).await?.click().await?;
        let at = session.client.current_url().await?;
        ensure(at.path().ends_with(&page.twin().address()), || format!("the switch led to {at}"))?;
        session.devtools("Emulation.setScriptExecutionDisabled", off(false)).await?;
        Ok(())
    })
}

fn light(shared: &Shared) -> Result<()> {
    const LIMIT: u64 = 200 * 1024;
    let lab = shared.lab()?;
    let mut heaviest = (0, String::new());
    for page in &shared.pages {
        let files: Vec<(String, u64)> = lab.browser.with(async |session| {
            session.set_phone(None).await?;
            session.open_page(&lab.address(page)).await?;
            session.run(include_str!("probe/weight.js"), Vec::new()).await
        })?;
        let sum: u64 = files.iter().map(|(_, bytes)| bytes).sum();
        ensure(files.len() > 5, || format!("{}: only {files:?} was loaded", page.address()))?;
        ensure(sum <= LIMIT, || format!("{}: {sum} bytes: {files:?}", page.address()))?;
        heaviest = heaviest.max((sum, page.address()));
    }
    println!("the heaviest first load: {} bytes, {}", heaviest.0, heaviest.1);
    Ok(())
}

async fn languages(session: &Session, accept: &str) -> Result<()> {
    let agent: String = session.run("return navigator.userAgent;", Vec::new()).await?;
    session
        .devtools(
            "Emulation.setUserAgentOverride",
            json!({ "userAgent": agent, "acceptLanguage": accept }),
        )
        .await?;
    Ok(())
}

/// Where the chooser sends a reader whose browser prefers `accept`.
async fn chosen(
    session: &Session,
    lab: &Lab,
    accept: &str,
    query: &str,
    forget: bool,
) -> Result<String> {
    session.open_page(&format!("{}?choose", lab.base)).await?;
    if forget {
        session.run::<()>("localStorage.clear(); return null;", Vec::new()).await?;
    }
    languages(session, accept).await?;
    session.open_page(&format!("{}{query}", lab.base)).await?;
    session.wait_until("document.readyState === 'complete'", SOON).await?;
    let path = session.client.current_url().await?.path().to_owned();
    Ok(path.strip_prefix("/some/base/").unwrap_or(&path).to_owned())
}

fn chooser_follows(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    let cases = [
        ("zh-CN,zh", "", "zh/index.html"),
        ("en-US,en", "", "en/index.html"),
        ("fr,zh-TW", "", "zh/index.html"),
        ("fr", "", ""),
        ("zh-CN,zh", "?choose", ""),
    ];
    lab.browser.with(async |session| {
        let mut problems = Vec::new();
        for (accept, query, expected) in cases {
            let at = chosen(session, lab, accept, query, true).await?;
            if at != expected {
                problems.push(format!("{accept} {query}: at {at:?}, not {expected:?}"));
            }
        }
        languages(session, "en-US,en").await?;
        ensure(problems.is_empty(), || problems.join("\n"))
    })
}

fn chooser_remembers(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        for (link, accept, expected) in [
            ("#choose-en", "zh-CN,zh", "en/index.html"),
            ("#choose-zh", "en-US,en", "zh/index.html"),
        ] {
            chosen(session, lab, accept, "?choose", true).await?;
            session.client.find(Locator::Css(link)).await?.click().await?;
            session.wait_until(&format!("location.pathname.endsWith('{expected}')"), SOON).await?;
            let at = chosen(session, lab, accept, "", false).await?;
            ensure(at == expected, || format!("after {link}, {accept}: at {at:?}"))?;
        }
        // The switch is a choice too.
        start(session, lab, shared, "zh").await?;
        session.client.find(Locator::Css("a.lang-switch")).await?.click().await?;
        session
            .wait_until(
                "document.documentElement.lang === 'en' && document.readyState === 'complete'",
                SOON,
            )
            .await?;
        let at = chosen(session, lab, "zh-CN,zh", "", false).await?;
        languages(session, "en-US,en").await?;
        ensure(at == "en/index.html", || format!("after the switch: at {at:?}"))
    })
}

fn files(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    let page =
        shared.pages.iter().find(|page| page.path.contains('/')).ok_or("no page below a folder")?;
    let file =
        |page: &Page| format!("file://{}", shared.site.folder().join(page.address()).display());
    lab.browser.with(async |session| {
        session.set_phone(None).await?;
        session.set_dark(false).await?;
        session.open_page("about:blank").await?;
        session.console().await?;
        session.open_page(&file(page)).await?;
        session.type_keys("/").await?;
        session.type_keys("tcp").await?;
        session
            .wait_until("document.querySelectorAll('#book-search-list > a').length > 0", SOON)
            .await?;
        session.open_page(&file(page)).await?;
        session.client.find(Locator::Css("a.lang-switch")).await?.click().await?;
        let lang = if page.lang == "zh" { "en" } else { "zh-CN" };
        session.wait_until(&format!("document.documentElement.lang === '{lang}'"), SOON).await?;
        let chooser =
            format!("file://{}?choose", shared.site.folder().join("index.html").display());
        session.open_page(&chooser).await?;
        session.client.find(Locator::Css("#choose-zh")).await?.click().await?;
        session.wait_until("location.pathname.endsWith('/zh/index.html')", SOON).await?;
        let console = session.console().await?;
        ensure(console.is_empty(), || console.join("\n"))
    })
}

fn print(shared: &Shared) -> Result<()> {
    let lab = shared.lab()?;
    lab.browser.with(async |session| {
        session.set_phone(None).await?;
        session.set_dark(true).await?;
        for lang in ["zh", "en"] {
            session.open_page("about:blank").await?;
            session.console().await?;
            session.open_page(&format!("{}{lang}/print.html", lab.base)).await?;
            let (titles, folded): (usize, usize) = session
                .run(
                    "dispatchEvent(new Event('beforeprint'));
                     const found = [document.querySelectorAll('main h1').length,
                                    document.querySelectorAll('main details:not([open])').length];
                     // A part is enough for the print itself.
                     [...document.querySelector('main').children].slice(1500).forEach(e => e.remove());
                     return found;",
                    Vec::new(),
                )
                .await?;
            let pages = shared.pages.iter().filter(|page| page.lang == lang).count();
            ensure(titles >= pages, || format!("{lang}: {titles} titles for {pages} pages"))?;
            ensure(folded == 0, || format!("{lang}: {folded} folded parts would not be printed"))?;
            // The driver gives a print ten seconds, and the whole book has many hundred sheets.
            let sheets = PrintPageRange::range(1..=40).into_iter().collect();
            let sheets = PrintConfiguration::builder().page_ranges(sheets).build();
            let sheets = sheets.map_err(|error| format!("{error:?}"))?;
            let pdf = session.client.print(sheets).await?;
            let sheets = pdf.windows(11).filter(|w| w == b"/Type /Page").count()
                - pdf.windows(12).filter(|w| w == b"/Type /Pages").count();
            ensure(sheets > 1, || format!("{lang}: {sheets} sheets in {} bytes", pdf.len()))?;
            let console = session.console().await?;
            ensure(console.is_empty(), || console.join("\n"))?;
        }
        session.set_dark(false).await
    })
}

/// Pictures for the README, in the folder that `BOOK_SCREENSHOTS` names.
fn screenshots(shared: &Shared) -> Result<()> {
    const LIMIT: usize = 200 * 1024;
    // A test runs in its package's folder; who calls it is at the root.
    let root = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");
    let folder = PathBuf::from(root).join(std::env::var_os("BOOK_SCREENSHOTS").unwrap_or_default());
    std::fs::create_dir_all(&folder)?;
    let lab = shared.lab()?;
    let mut first: BTreeMap<&str, &Page> = BTreeMap::new();
    for page in shared.pages.iter().filter(|page| page.path.contains('/')) {
        first.entry(&page.lang).or_insert(page);
    }
    lab.browser.with(async |session| {
        for (lang, page) in first {
            for (name, dark, phone) in [("light", false, false), ("dark", true, false), ("phone", false, true)] {
                session.set_dark(dark).await?;
                session.set_phone(phone.then_some(360)).await?;
                session.open_page(&lab.address(page)).await?;
                session.run::<()>("await document.fonts.ready; await new Promise(requestAnimationFrame); return null;", Vec::new()).await?;
                let png = session.client.screenshot().await?;
                ensure(png.len() < LIMIT, || format!("{lang}-{name}.png has {} bytes", png.len()))?;
                std::fs::write(folder.join(format!("{lang}-{name}.png")), png)?;
            }
        }
        session.set_phone(None).await?;
        session.set_dark(false).await?;
        session.open_page(&format!("{}?choose", lab.base)).await?;
        std::fs::write(folder.join("chooser.png"), session.client.screenshot().await?)?;
        Ok(())
    })
}
