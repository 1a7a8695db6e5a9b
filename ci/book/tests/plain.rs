//! Plain mdBook, as its users run it, gives the same site as `cargo book`, both languages and live
//! reload included.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant, SystemTime};

use book::Book;
use book::layout::files_below;
use book::site::{Options, build};
use testkit::{Process, free_port, require};

/// A build of both languages, with cargo in front of it.
const BUILD_LIMIT: Duration = Duration::from_secs(60);

fn repository() -> Book {
    Book::at(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).unwrap()
}

/// A folder below the repository: mdBook starts our backend there, and cargo looks upward for the
/// workspace.
fn scratch(book: &Book) -> tempfile::TempDir {
    tempfile::tempdir_in(book.path("target")).unwrap()
}

/// Every file of a site with what is in it.
fn contents(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    files_below(folder)
        .unwrap()
        .into_iter()
        .map(|file| {
            let name = file.strip_prefix(folder).unwrap().to_string_lossy().into_owned();
            (name, fs::read(&file).unwrap())
        })
        .collect()
}

#[test]
#[ignore = "needs mdbook: ci/setup.sh"]
fn mdbook_build_gives_the_same_site() {
    let book = repository();
    let (ours, theirs) = (tempfile::tempdir().unwrap(), scratch(&book));
    build(&book, &Options::new(ours.path())).unwrap();
    let output = Command::new(require("mdbook"))
        .args(["build", "--dest-dir"])
        .arg(theirs.path())
        .current_dir(book.root())
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let (ours, theirs) = (contents(ours.path()), contents(&theirs.path().join("html")));
    let names = |site: &BTreeMap<String, Vec<u8>>| site.keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(&ours), names(&theirs));
    for (name, bytes) in &ours {
        assert!(bytes == &theirs[name], "{name} differs");
    }
    assert!(ours.contains_key("zh/first-bytes/index.html") && ours.contains_key("en/index.html"));
}

#[test]
#[ignore = "needs mdbook: ci/setup.sh"]
fn mdbook_serve_shows_both_languages_and_reloads() {
    let book = repository();
    let dest = scratch(&book);
    let port = free_port();
    let mut command = Command::new(require("mdbook"));
    command
        .args(["serve", "--port", &port.to_string(), "--dest-dir"])
        .arg(dest.path())
        .current_dir(book.root());
    let server = Process::start(&mut command).unwrap();
    server.wait_for_text("Serving on", BUILD_LIMIT).unwrap();
    for page in ["zh/first-bytes/relay.html", "en/first-bytes/relay.html", "index.html"] {
        let text = fs::read_to_string(dest.path().join("html").join(page)).unwrap();
        assert!(text.contains("__livereload"), "{page} does not reload");
    }
    // A new time is an edit to whoever watches, and harms no file.
    let built = dest.path().join("html/zh/index.html");
    let modified = || fs::metadata(&built).and_then(|meta| meta.modified()).ok();
    let before = modified().expect("a page");
    let source = book.path("src/zh/index.md");
    server.wait_for_text("Watching for changes", BUILD_LIMIT).unwrap();
    let deadline = Instant::now() + BUILD_LIMIT;
    let mut touched: Option<Instant> = None;
    while modified().is_none_or(|now| now <= before) {
        assert!(Instant::now() < deadline, "an edit rebuilt nothing: {}", server.text_so_far());
        // mdBook starts to watch a moment after it says so.
        if touched.is_none_or(|at| at.elapsed() > Duration::from_secs(5)) {
            fs::File::open(&source).unwrap().set_modified(SystemTime::now()).unwrap();
            touched = Some(Instant::now());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    server.interrupt();
}
