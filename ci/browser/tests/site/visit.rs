//! One visit to one page: everything that the trials want to know is noted on one tour.

use std::collections::BTreeSet;
use std::time::Duration;

use browser::{Page, Result, Session};
use fantoccini::Locator;
use serde::Deserialize;
use serde_json::json;

use crate::{Lab, Shared};

const PHONE: u32 = 360;
const ARRIVE: Duration = Duration::from_secs(10);

/// What was seen.
pub(super) struct Visit {
    pub(super) console: Vec<String>,
    /// Requests that leave the site.
    pub(super) foreign: Vec<String>,
    pub(super) phone: Vec<String>,
    pub(super) axe: Vec<String>,
    facts: Facts,
    headings: Vec<Heading>,
    landings: Vec<(String, Landing)>,
}

#[derive(Deserialize)]
struct Facts {
    uneven: Vec<String>,
    language: String,
    title: String,
    ids: Vec<String>,
    english: Vec<String>,
    sidebar: Vec<Item>,
    current: Vec<String>,
}

#[derive(Deserialize)]
struct Item {
    text: String,
    address: Option<String>,
}

#[derive(Deserialize)]
struct Heading {
    id: String,
    /// It is too near the end of the page to be scrolled up.
    low: bool,
    switch: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Landing {
    path: String,
    hash: String,
    in_view: bool,
}

#[derive(Deserialize)]
struct Width {
    screen: u32,
    out: Vec<String>,
    small: Vec<String>,
}

pub(super) async fn visit(session: &mut Session, lab: &Lab, page: &Page) -> Result<Visit> {
    let address = lab.address(page);
    session.set_dark(false).await?;
    session.set_phone(None).await?;
    // What the page before left behind is not this page's.
    session.open_page("about:blank").await?;
    session.console().await?;
    session.requests().await?;

    session.open_page(&address).await?;
    let strings = json!(lab.interface.of("html"));
    let facts: Facts = session.run(include_str!("probe/page.js"), vec![strings]).await?;

    // The engine is asked for here and not by a script tag: it is no part of the site.
    let engine = format!("{}\nreturn null;", lab.axe);
    session.run::<()>(&engine, Vec::new()).await?;
    let mut axe = Vec::new();
    for dark in [false, true] {
        session.set_dark(dark).await?;
        let theme = if dark { "dark" } else { "light" };
        let shown = format!(
            "document.documentElement.classList.contains('{}')",
            if dark { "navy" } else { "light" }
        );
        session.wait_until(&shown, ARRIVE).await?;
        let found: Vec<String> = session.run(include_str!("probe/axe.js"), Vec::new()).await?;
        axe.extend(found.into_iter().map(|problem| format!("{theme}: {problem}")));
    }
    session.set_dark(false).await?;

    session.set_phone(Some(PHONE)).await?;
    session.open_page(&address).await?;
    let width: Width = session.run(include_str!("probe/width.js"), Vec::new()).await?;
    let mut phone = width.out;
    phone.extend(width.small);
    if width.screen != PHONE {
        phone.push(format!("the phone is {} px wide, not {PHONE}", width.screen));
    }
    session.set_phone(None).await?;

    session.open_page(&address).await?;
    let headings: Vec<Heading> = session.run(include_str!("probe/headings.js"), Vec::new()).await?;
    let mut landings = Vec::new();
    for heading in &headings {
        session.open_page(&format!("{address}#{}", heading.id)).await?;
        session.client.find(Locator::Css("a.lang-switch")).await?.click().await?;
        let twin = serde_json::to_string(&format!("/{}", page.twin().address()))?;
        // Wherever the switch leads: the trial of the switch says what is wrong with that place.
        let there =
            format!("location.pathname.endsWith({twin}) && document.readyState === 'complete'");
        let _ = session.wait_until(&there, ARRIVE).await;
        landings.push((
            heading.id.clone(),
            session.run(include_str!("probe/twin.js"), Vec::new()).await?,
        ));
    }

    let console = session.console().await?;
    let foreign = session.requests().await?;
    let local = |request: &String| {
        ["data:", "blob:", "about:"].iter().any(|scheme| request.starts_with(scheme))
            || request.starts_with(&lab.base)
    };
    let foreign = foreign.into_iter().filter(|request| !local(request)).collect();
    Ok(Visit { console, foreign, phone, axe, facts, headings, landings })
}

fn has_han(text: &str) -> bool {
    text.chars().any(|c| ('\u{4e00}'..='\u{9fff}').contains(&c))
}

pub(super) fn language(visit: &Visit, shared: &Shared, page: &Page) -> Vec<String> {
    let mut problems = Vec::new();
    let expected = if page.lang == "zh" { "zh-CN" } else { "en" };
    if visit.facts.language != expected {
        problems.push(format!("<html lang=\"{}\">, not {expected}", visit.facts.language));
    }
    if has_han(&visit.facts.title) != (page.lang == "zh") {
        problems.push(format!("the title is {:?}", visit.facts.title));
    }
    if !shared.pages.contains(&page.twin()) {
        problems.push(format!("the contents of the other language lack {}", page.twin().address()));
    }
    problems
}

pub(super) fn sidebar(visit: &Visit, shared: &Shared, page: &Page) -> Vec<String> {
    let mut problems = Vec::new();
    let mut seen = BTreeSet::new();
    let inside = format!("/some/base/{}/", page.lang);
    for Item { text, address } in &visit.facts.sidebar {
        if page.lang == "en" && has_han(text) {
            problems.push(format!("a Chinese entry: {text}"));
        }
        let Some(address) = address else { continue };
        match address.split_once(&inside) {
            Some((_, path)) => drop(seen.insert(path.to_owned())),
            None => problems.push(format!("{text} leads out of the language: {address}")),
        }
    }
    if page.lang == "zh" && !visit.facts.sidebar.iter().any(|item| has_han(&item.text)) {
        problems.push("no Chinese entry at all".to_owned());
    }
    for other in shared.pages.iter().filter(|other| other.lang == page.lang) {
        if !seen.contains(&other.path) {
            problems.push(format!("{} is missing", other.path));
        }
    }
    let here = visit.facts.current.iter().any(|address| address.ends_with(&page.address()));
    if visit.facts.current.len() != 1 || !here {
        problems.push(format!("the page marked as current is {:?}", visit.facts.current));
    }
    problems
}

pub(super) fn interface(visit: &Visit, _: &Shared, page: &Page) -> Vec<String> {
    let mut problems: Vec<String> =
        visit.facts.ids.iter().map(|id| format!("#{id} is offered")).collect();
    if page.lang == "zh" {
        problems.extend(visit.facts.english.iter().map(|text| format!("still English: {text}")));
    }
    problems
}

pub(super) fn columns(visit: &Visit, _: &Shared, _: &Page) -> Vec<String> {
    visit.facts.uneven.clone()
}

pub(super) fn switch(visit: &Visit, shared: &Shared, page: &Page) -> Vec<String> {
    let mut problems = Vec::new();
    let Ok(lab) = shared.lab() else { return vec!["no browser".to_owned()] };
    let twin = lab.address(&page.twin());
    for heading in &visit.headings {
        let expected = format!("{twin}#{}", heading.id);
        if heading.switch.as_deref() != Some(expected.as_str()) {
            let how = if heading.low { "asked for by its address" } else { "scrolled to" };
            problems
                .push(format!("#{} {how}: the switch leads to {:?}", heading.id, heading.switch));
        }
    }
    for (id, landing) in &visit.landings {
        if !twin.ends_with(&landing.path) || landing.hash != *id || !landing.in_view {
            problems.push(format!(
                "#{id}: landed on {}#{}, the heading in view: {}",
                landing.path, landing.hash, landing.in_view
            ));
        }
    }
    problems
}
