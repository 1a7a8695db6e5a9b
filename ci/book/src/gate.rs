//! The gate: every check of the book as a test with a name that a person can act on.

use std::collections::HashMap;
use std::fmt;
use std::process::Command;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use anyhow::Result;
use libtest_mimic::{Failed, Trial};
use testkit::Process;

use crate::links::Site;
use crate::page::{Page, pages};
use crate::plot::plots;
use crate::printed::printed;
use crate::problem::report;
use crate::transcript::{Config, Locals, Output, Session, cargo, compare, run, sessions};
use crate::{
    Book, Lang, Problem, Problems, contents, eject, exercise, include, inline, links, load, parity,
    style,
};

/// How long another tool may take: clippy and the builds outside the workspace start from nothing.
const TOOL_LIMIT: Duration = Duration::from_secs(15 * 60);

type Run = Box<dyn FnOnce() -> Result<Problems> + Send>;

/// One test of the book.
pub struct Check {
    /// Where and what: `src/zh/first-bytes/relay.md:42 transcript`.
    pub name: String,
    /// What this machine lacks, or why the check is not for every run.
    pub needs: Option<String>,
    run: Run,
}

impl fmt::Debug for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Check")
            .field("name", &self.name)
            .field("needs", &self.needs)
            .finish_non_exhaustive()
    }
}

impl Check {
    fn new(
        name: impl Into<String>,
        run: impl FnOnce() -> Result<Problems> + Send + 'static,
    ) -> Self {
        Self { name: name.into(), needs: None, run: Box::new(run) }
    }

    #[must_use]
    fn needing(mut self, needs: Option<String>) -> Self {
        self.needs = needs;
        self
    }

    /// What the check finds.
    pub fn run(self) -> Result<Problems> {
        (self.run)()
    }

    /// The check as a test: what is missing makes it ignored on a reader's machine, and a failure
    /// in CI.
    fn into_trial(self, ci: bool) -> Trial {
        let run = self.run;
        let trial = Trial::test(self.name, move || match run() {
            Ok(problems) if problems.is_empty() => Ok(()),
            Ok(problems) => Err(Failed::from(report(&problems))),
            Err(error) => Err(Failed::from(format!("{error:#}"))),
        });
        match self.needs {
            Some(needs) => trial.with_kind(format!("needs {needs}")).with_ignored_flag(!ci),
            None => trial,
        }
    }
}

/// Runs the checks that `arguments` select and never returns.
pub fn main(book: &Book, arguments: &libtest_mimic::Arguments) -> ! {
    // Programs of a transcript are in groups of their own, which Ctrl-C does not reach.
    let stop = ctrlc::set_handler(|| {
        testkit::kill_all();
        std::process::exit(130);
    });
    if let Err(error) = stop {
        eprintln!("warning: Ctrl-C will leave programs behind: {error}");
    }
    let ci = std::env::var_os("CI").is_some_and(|value| value == "true");
    match checks(book) {
        Ok(checks) => {
            let trials = checks.into_iter().map(|check| check.into_trial(ci)).collect();
            let mut arguments = arguments.clone();
            arguments.test_threads.get_or_insert_with(load::threads);
            libtest_mimic::run(&arguments, trials).exit();
        }
        Err(error) => {
            eprintln!("error: {error:#}");
            std::process::exit(101);
        }
    }
}

/// A run that happens once, and its output or why there is none.
type SharedRun = OnceLock<Result<Output, String>>;

/// What several checks share and the first to need it makes.
struct Shared {
    book: Book,
    site: OnceLock<Result<Site, String>>,
    config: Config,
    locals: Locals,
    /// Runs of sessions by key: the pages of both languages show the same runs.
    runs: Mutex<HashMap<String, Arc<SharedRun>>>,
}

impl Shared {
    fn site(&self) -> Result<&Site> {
        let built = self.site.get_or_init(|| {
            let _turn = load::turn();
            Site::build(&self.book).map_err(|e| format!("{e:#}"))
        });
        built.as_ref().map_err(|why| anyhow::anyhow!("the site does not build: {why}"))
    }

    fn transcript(&self, page: &Page, session: &Session) -> Result<Problems> {
        self.ran(page, session, |output| compare(session, page, &self.config, output))
    }

    /// What a session lacks on this machine, or why it is not for every run.
    fn needs(&self, session: &Session) -> Option<String> {
        let missing = self.config.missing(session, &self.locals);
        if !missing.is_empty() {
            Some(missing.join(", "))
        } else if cfg!(not(unix)) {
            Some("a Unix shell".to_owned())
        } else if session.has("linux") {
            Some("Linux and its network namespaces".to_owned())
        } else if session.has("slow") {
            Some("time".to_owned())
        } else {
            None
        }
    }

    /// Runs a session, unless it ran for the other language, and judges what it printed.
    fn ran(
        &self,
        page: &Page,
        session: &Session,
        judge: impl FnOnce(&Output) -> Result<Problems>,
    ) -> Result<Problems> {
        let unknown = self.config.unknown(page, session, &self.locals);
        if !unknown.is_empty() {
            return Ok(unknown);
        }
        let cell = {
            let mut runs = self.runs.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
            Arc::clone(runs.entry(session.key()).or_default())
        };
        let output = cell.get_or_init(|| {
            run(session, &self.config, &self.locals).map_err(|failure| failure.message)
        });
        match output {
            Ok(output) => judge(output),
            Err(why) => Ok(vec![Problem::new(&page.file, session.blocks[0].line, why.clone())]),
        }
    }
}

/// Every check of the book.
pub fn checks(book: &Book) -> Result<Vec<Check>> {
    let zh = pages(book, Lang::Zh)?;
    let en = pages(book, Lang::En)?;
    let shared = Arc::new(Shared {
        book: book.clone(),
        site: OnceLock::new(),
        config: Config::load(book)?,
        locals: Locals::load(book)?,
        runs: Mutex::default(),
    });
    let mut checks = Vec::new();
    {
        let book = book.clone();
        checks
            .push(Check::new("src/SUMMARY.md pages and listings", move || contents::check(&book)));
    }
    {
        let (book, pages) = (book.clone(), zh.clone());
        checks.push(Check::new("listings anchors", move || include::check_anchors(&book, &pages)));
    }
    for listing in book.listings()? {
        let (book, pages) = (book.clone(), zh.clone());
        checks.push(Check::new(format!("listings/{listing} compiled"), move || {
            include::check_compiled(&book, &listing, &pages)
        }));
    }
    {
        let (shared, zh) = (Arc::clone(&shared), zh.clone());
        checks.push(Check::new("ci/transcripts.toml rows", move || {
            let typed = zh.iter().flat_map(|page| sessions(page).0);
            let drawn = zh.iter().flat_map(|page| printed(page).0).map(|block| block.session);
            let plots = zh.iter().flat_map(|page| plots(page).0).map(|plot| plot.session);
            let all: Vec<_> = typed.chain(drawn).chain(plots).collect();
            Ok(shared.config.unused(&all))
        }));
    }
    // Some of them wait for seconds, so they begin early.
    let bench = Arc::new(exercise::Bench::new(book)?);
    for exercise in bench.exercises() {
        let (bench, exercise) = (Arc::clone(&bench), exercise.clone());
        let name = exercise.folder().to_string_lossy().into_owned();
        checks.push(Check::new(name, move || bench.check(&exercise)));
    }
    parity_checks(book, &zh, &en, &mut checks)?;
    for page in zh.into_iter().chain(en) {
        page_checks(&Arc::new(page), &shared, &mut checks);
    }
    site_checks(&shared, &mut checks)?;
    tool_checks(book, &mut checks)?;
    Ok(checks)
}

fn parity_checks(book: &Book, zh: &[Page], en: &[Page], checks: &mut Vec<Check>) -> Result<()> {
    let lock = Arc::new(parity::Lock::load(book)?);
    for a in zh {
        // A page without a twin is reported by the check of the tables of contents.
        let Some(b) = en.iter().find(|b| b.path == a.path) else { continue };
        let (a, b, lock) = (a.clone(), b.clone(), Arc::clone(&lock));
        checks.push(Check::new(format!("src/{{zh,en}}/{} parity", a.path), move || {
            let problems = parity::check_pages(&a, &b);
            Ok(if problems.is_empty() { lock.check(&a, &b) } else { problems })
        }));
    }
    Ok(())
}

fn page_checks(page: &Arc<Page>, shared: &Arc<Shared>, checks: &mut Vec<Check>) {
    let file = page.file.to_string_lossy().replace('\\', "/");
    let make = |what: &str, run: fn(&Page, &Shared) -> Result<Problems>| {
        let (page, shared) = (Arc::clone(page), Arc::clone(shared));
        Check::new(format!("{file} {what}"), move || run(&page, &shared))
    };
    checks.push(make("blocks", |page, shared| Ok(include::check_page(&shared.book, page))));
    if page.lang == Lang::Zh {
        checks.push(make("typography", |page, _| Ok(style::typography(page))));
    }
    for (block, fence) in inline::blocks(page) {
        let (page, block) = (Arc::clone(page), block.clone());
        checks.push(Check::new(format!("{file}:{} rust", block.line), move || {
            Ok(inline::check(&page, &block, &fence))
        }));
    }
    let (found, broken) = sessions(page);
    if !broken.is_empty() {
        checks.push(Check::new(format!("{file} transcripts"), move || Ok(broken)));
    }
    for session in found {
        let needs = shared.needs(&session);
        let (page, shared) = (Arc::clone(page), Arc::clone(shared));
        let name = format!("{file}:{} transcript", session.blocks[0].line);
        checks.push(Check::new(name, move || shared.transcript(&page, &session)).needing(needs));
    }
    let (found, broken) = printed(page);
    if !broken.is_empty() {
        checks.push(Check::new(format!("{file} diagrams"), move || Ok(broken)));
    }
    for block in found {
        let needs = shared.needs(&block.session);
        let (page, shared) = (Arc::clone(page), Arc::clone(shared));
        let name = format!("{file}:{} diagram", block.line);
        let check = Check::new(name, move || {
            shared.ran(&page, &block.session, |output| Ok(block.compare(&page, output)))
        });
        checks.push(check.needing(needs));
    }
    let (found, broken) = plots(page);
    if !broken.is_empty() {
        checks.push(Check::new(format!("{file} plots"), move || Ok(broken)));
    }
    for plot in found {
        let needs = shared.needs(&plot.session);
        let (page, shared) = (Arc::clone(page), Arc::clone(shared));
        let name = format!("{file}:{} plot", plot.line);
        let check = Check::new(name, move || {
            shared.ran(&page, &plot.session, |run| Ok(plot.compare(&shared.book, &page, run)))
        });
        checks.push(check.needing(needs));
    }
    for link in page.blocks.iter().flat_map(|block| &block.facts.links) {
        let (page, shared, link) = (Arc::clone(page), Arc::clone(shared), link.clone());
        let name = format!("{file}:{} link {}", link.line, link.target);
        checks.push(Check::new(name, move || {
            Ok(links::check_link(&shared.book, &page, &link, shared.site()?))
        }));
    }
}

/// One check for each rendered page, by the address that it will have.
fn site_checks(shared: &Arc<Shared>, checks: &mut Vec<Check>) -> Result<()> {
    let mut addresses = vec!["index.html".to_owned(), "404.html".to_owned()];
    for lang in Lang::ALL {
        addresses.push(format!("{lang}/index.html"));
        addresses.push(format!("{lang}/print.html"));
        for entry in contents::entries(&shared.book, lang)? {
            addresses.push(format!("{lang}/{}.html", entry.path.trim_end_matches(".md")));
        }
    }
    for listing in shared.book.listings()? {
        addresses.push(format!("listings/{listing}/index.html"));
    }
    for address in addresses {
        let shared = Arc::clone(shared);
        checks.push(Check::new(format!("site/{address}"), move || {
            let site = shared.site()?;
            if site.addresses().all(|other| other != address) {
                return Ok(vec![Problem::new("site", 0, format!("{address} was not rendered"))]);
            }
            Ok(site.check_page(&address))
        }));
    }
    let lychee = testkit::program("lychee");
    let shared = Arc::clone(shared);
    let check = Check::new("site lychee", move || {
        let folder = shared.site()?.folder().to_owned();
        let mut command = Command::new("lychee");
        command.args(["--offline", "--include-fragments", "--no-progress", "--root-dir"]);
        command.arg(&folder).arg(&folder);
        outcome(&mut command, "site", "lychee")
    });
    checks.push(check.needing(lychee.is_none().then(|| "lychee".to_owned())));
    Ok(())
}

/// What other programs check.
fn tool_checks(book: &Book, checks: &mut Vec<Check>) -> Result<()> {
    if book.path("Cargo.toml").is_file() {
        let root = book.root().to_owned();
        checks.push(Check::new("rustfmt", move || {
            let mut command = Command::new(cargo());
            command.args(["fmt", "--all", "--", "--check"]).current_dir(&root);
            outcome(&mut command, "Cargo.toml", "cargo fmt")
        }));
        let root = book.root().to_owned();
        let clippy = Check::new("clippy", move || {
            let mut command = Command::new(cargo());
            command.args([
                "clippy",
                "--quiet",
                "--offline",
                "--workspace",
                "--all-targets",
                "--",
                "-D",
                "warnings",
            ]);
            outcome(command.current_dir(&root), "Cargo.toml", "cargo clippy")
        });
        checks.push(clippy.needing(Some("time".to_owned())));
    }
    let root = book.root().to_owned();
    let typos = Check::new("typos", move || {
        let mut command = Command::new("typos");
        outcome(command.args(["--format", "brief"]).current_dir(&root), "src", "typos")
    });
    checks.push(typos.needing(testkit::program("typos").is_none().then(|| "typos".to_owned())));
    for listing in book.listings()? {
        let book = book.clone();
        let check = Check::new(format!("listings/{listing} eject"), move || {
            let scratch = tempfile::tempdir()?;
            let dest = scratch.path().join(&listing);
            eject::eject(&book, &listing, &dest)?;
            let mut command = Command::new(cargo());
            command.args(["test", "--quiet", "--offline"]).current_dir(&dest);
            // Kept from run to run, so that the dependencies are built once.
            command.env("CARGO_TARGET_DIR", book.path("target/eject"));
            outcome(
                &mut command,
                &format!("listings/{listing}"),
                "cargo test outside the workspace",
            )
        });
        checks.push(check.needing(Some("time".to_owned())));
    }
    for listing in book.listings()? {
        let book = book.clone();
        let check = Check::new(format!("listings/{listing} install"), move || {
            let scratch = tempfile::tempdir()?;
            let mut command = Command::new(cargo());
            // What the pages tell a reader to run, but without the optimizer and into a scratch folder.
            command.args(["install", "--quiet", "--debug", "--locked", "--offline"]);
            command.args(["--bins", "--examples"]);
            command.arg("--path").arg(book.path("listings").join(&listing));
            command.arg("--root").arg(scratch.path());
            command.env("CARGO_TARGET_DIR", book.path("target/install"));
            outcome(&mut command, &format!("listings/{listing}"), "cargo install")
        });
        checks.push(check.needing(Some("time".to_owned())));
    }
    Ok(())
}

/// A program that checks something: its words, when it fails.
fn outcome(command: &mut Command, file: &str, what: &str) -> Result<Problems> {
    let _turn = load::turn();
    let finished = Process::start(command)?.finish(TOOL_LIMIT)?;
    if finished.status.success() {
        return Ok(Problems::new());
    }
    let text = format!("{what} says:\n{}", finished.text());
    Ok(vec![Problem::new(file, 0, text)])
}
