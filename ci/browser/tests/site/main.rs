//! Every page of the built book in Chromium, and the reader's tools: search, switch, chooser.
//!
//! The trials are ignored by default, since they need a browser:
//!
//! ```text
//! cargo test -p browser -- --ignored
//! ```
//!
//! `BOOK_SITE=DIR` takes a site that is built already. `BOOK_SCREENSHOTS=DIR` also writes pictures.

mod reader;
mod visit;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, OnceLock};

use browser::{Browser, Page, Result, Site};
use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use visit::Visit;

/// What all trials share. Opened by the first one that runs.
struct Lab {
    browser: Browser,
    /// Where the site is served, with a slash at the end.
    base: String,
    axe: String,
    interface: Interface,
}

/// mdBook's own strings, which `theme/interface.toml` replaces.
#[derive(Deserialize)]
struct Interface {
    string: Vec<InterfaceString>,
}

#[derive(Deserialize)]
struct InterfaceString {
    #[serde(rename = "where")]
    place: String,
    en: Option<String>,
}

impl Interface {
    fn load() -> Result<Self> {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../theme/interface.toml");
        Ok(toml::from_str(&std::fs::read_to_string(path)?)?)
    }

    /// The strings of the pages (`html`) or of the scripts (`js`).
    fn of(&self, place: &str) -> Vec<&str> {
        self.string
            .iter()
            .filter(|row| row.place == place)
            .filter_map(|row| row.en.as_deref())
            .collect()
    }
}

impl Lab {
    fn open(site: &Site) -> Result<Self> {
        let runtime =
            tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let base = site.serve(&runtime)?;
        Ok(Self {
            browser: Browser::start(runtime)?,
            base,
            axe: std::fs::read_to_string(axe_path()?)?,
            interface: Interface::load()?,
        })
    }

    fn address(&self, page: &Page) -> String {
        format!("{}{}", self.base, page.address())
    }
}

/// axe-core, from `AXE_CORE` or where `npm ci --prefix ci/browser` or npm's own root has it.
fn axe_path() -> Result<PathBuf> {
    if let Some(path) = std::env::var_os("AXE_CORE") {
        return Ok(path.into());
    }
    let here = Path::new(env!("CARGO_MANIFEST_DIR")).join("node_modules");
    let global =
        Command::new("npm").args(["root", "--global"]).output().map(|output| output.stdout);
    let global = PathBuf::from(String::from_utf8_lossy(&global.unwrap_or_default()).trim());
    [here, global]
        .into_iter()
        .map(|root| root.join("axe-core/axe.min.js"))
        .find(|path| path.is_file())
        .ok_or_else(|| {
            "axe-core is missing: npm ci --prefix ci/browser (ci/setup.sh does it)".into()
        })
}

/// The lab and the visits, each made once by the first trial that asks.
struct Shared {
    site: Site,
    pages: Vec<Page>,
    lab: OnceLock<std::result::Result<Lab, String>>,
    visits: BTreeMap<Page, OnceLock<std::result::Result<Visit, String>>>,
}

impl Shared {
    fn new(site: Site) -> Result<Self> {
        let pages = site.pages()?;
        let visits = pages.iter().map(|page| (page.clone(), OnceLock::new())).collect();
        Ok(Self { site, pages, lab: OnceLock::new(), visits })
    }

    fn lab(&self) -> Result<&Lab> {
        let lab = self.lab.get_or_init(|| Lab::open(&self.site).map_err(|e| e.to_string()));
        lab.as_ref().map_err(|e| format!("the browser did not start: {e}").into())
    }

    /// What was seen on `page`, which is visited once for all its trials.
    fn visit(&self, page: &Page) -> Result<&Visit> {
        let lab = self.lab()?;
        let made = self.visits[page].get_or_init(|| {
            lab.browser.with(async |s| visit::visit(s, lab, page).await).map_err(|e| e.to_string())
        });
        made.as_ref().map_err(|e| format!("the visit failed: {e}").into())
    }
}

type Check = fn(&Visit, &Shared, &Page) -> Vec<String>;

/// What holds on every page.
const EVERY_PAGE: [(&str, Check); 9] = [
    ("no console error", |v, _, _| v.console.clone()),
    ("no request off the site", |v, _, _| v.foreign.clone()),
    ("language and titles", visit::language),
    ("sidebar in one language", visit::sidebar),
    ("interface in the page's language", visit::interface),
    ("code stands in columns", visit::columns),
    ("fits a phone", |v, _, _| v.phone.clone()),
    ("switch keeps the heading", visit::switch),
    ("accessible, light and dark", |v, _, _| v.axe.clone()),
];

fn failed(problems: &[String]) -> std::result::Result<(), Failed> {
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n").into()) }
}

fn trials(shared: &Arc<Shared>) -> Vec<Trial> {
    let mut trials = Vec::new();
    for page in &shared.pages {
        for (name, check) in EVERY_PAGE {
            let (shared, page) = (Arc::clone(shared), page.clone());
            trials.push(Trial::test(format!("{}: {name}", page.address()), move || {
                let visit = shared.visit(&page).map_err(|e| e.to_string())?;
                failed(&check(visit, &shared, &page))
            }));
        }
    }
    for (name, check) in reader::trials() {
        let shared = Arc::clone(shared);
        trials.push(Trial::test(name, move || {
            check(&shared).map_err(|e| Failed::from(e.to_string()))
        }));
    }
    trials.into_iter().map(|trial| trial.with_kind("browser").with_ignored_flag(true)).collect()
}

fn main() {
    let arguments = Arguments::from_args();
    let wanted = arguments.ignored || arguments.include_ignored;
    // Without a site there are no pages to name: one is built only for those who will look at it.
    let site = match Site::given() {
        Some(site) => Ok(site),
        None if wanted => Site::build(),
        None => {
            let hint = "every page (needs chromium, chromedriver, axe-core: ci/setup.sh)";
            let nothing = Trial::test(hint, || Err("set BOOK_SITE, or run with --ignored".into()));
            let trials = vec![nothing.with_kind("browser").with_ignored_flag(true)];
            libtest_mimic::run(&arguments, trials).exit();
        }
    };
    let trials = match site.and_then(Shared::new) {
        Ok(shared) => trials(&Arc::new(shared)),
        Err(error) => {
            let error = error.to_string();
            vec![Trial::test("the site", move || Err(error.into())).with_kind("browser")]
        }
    };
    libtest_mimic::run(&arguments, trials).exit();
}
