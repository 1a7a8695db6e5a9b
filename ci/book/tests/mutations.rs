//! The gate is tested, too: a small book is sound, and each way to break it turns the check red that
//! guards against it.

use std::fs;
use std::path::Path;

use book::problem::report;
use book::{Book, Problem, gate, parity};
use tempfile::TempDir;

/// A book of two pages in two languages with one listing, and everything that the gate looks at.
struct Small {
    folder: TempDir,
    /// Whether to compile the Rust blocks as well, which takes a second.
    rust: bool,
}

const ZH: &str = "\
# 页 {#page}

一段话，说到 2 个 `x`，见[下文](#next)和 [RFC 9293 §3.5](https://www.rfc-editor.org/rfc/rfc9293#section-3.5)。

```rust
{{#include ../../../listings/tiny/src/lib.rs:one}}
```

```console
$ printf 'a\\n'
a
```

## 下文 {#next}

看[上文](#page)。

```rust
assert_eq!(1 + 1, 2);
```

```rust,compile_fail,E0382
let s = String::new();
let t = s;
let u = s;
```
";

const EN: &str = "\
# Page {#page}

A paragraph on 2 of `x`, see [below](#next) and [RFC 9293 §3.5](https://www.rfc-editor.org/rfc/rfc9293#section-3.5).

```rust
{{#include ../../../listings/tiny/src/lib.rs:one}}
```

```console
$ printf 'a\\n'
a
```

## Below {#next}

See [above](#page).

```rust
assert_eq!(1 + 1, 2);
```

```rust,compile_fail,E0382
let s = String::new();
let t = s;
let u = s;
```
";

const LIB: &str = "// ANCHOR: one\nfn one() {}\n// ANCHOR_END: one\n";

const CONFIG: &str = "\
[vary]
count = 'n \\d+'
[programs]
printf = \"POSIX\"
python3 = \"Python\"
sleep = \"POSIX\"
true = \"POSIX\"
surely-not-installed = \"nowhere\"
";

impl Small {
    fn new() -> Self {
        let small = Self { folder: tempfile::tempdir().unwrap(), rust: false };
        small.write(
            "book.toml",
            "[output.html]\nsmart-punctuation = false\n[output.languages.zh]\ntitle = \"书\"\ndescription = \"书\"\n\
             [output.languages.en]\ntitle = \"Book\"\ndescription = \"Book\"\n",
        );
        small.write("ci/transcripts.toml", CONFIG);
        small.write("theme/interface.toml", "string = []\n");
        small.write("theme/chooser.html", "<html><head></head><body>{{live_reload}}</body></html>");
        small.write("theme/favicon.svg", "<svg xmlns=\"http://www.w3.org/2000/svg\"/>");
        for lang in ["zh", "en"] {
            small.write(
                &format!("src/{lang}/SUMMARY.md"),
                "# Summary\n\n[P](index.md)\n\n- [A](tiny/index.md)\n",
            );
        }
        small.write("src/zh/index.md", "# 前言 {#preface}\n");
        small.write("src/en/index.md", "# Preface {#preface}\n");
        small.write("src/zh/tiny/index.md", ZH);
        small.write("src/en/tiny/index.md", EN);
        small.write("listings/tiny/Cargo.toml", "");
        small.write("listings/tiny/src/lib.rs", LIB);
        small.accept();
        small
    }

    fn with_rust() -> Self {
        Self { rust: true, ..Self::new() }
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces `from`, which has to be there, in a file.
    fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.folder.path().join(path)).unwrap();
        assert!(text.contains(from), "{path} does not contain {from:?}");
        self.write(path, &text.replacen(from, to, 1));
    }

    /// The same edit in both languages, reviewed.
    fn edit_both(&self, from: &str, to: &str) {
        self.edit("src/zh/tiny/index.md", from, to);
        self.edit("src/en/tiny/index.md", from, to);
        self.accept();
    }

    fn append_both(&self, text: &str) {
        for lang in ["zh", "en"] {
            let path = format!("src/{lang}/tiny/index.md");
            let old = fs::read_to_string(self.folder.path().join(&path)).unwrap();
            self.write(&path, &format!("{old}\n{text}"));
        }
        self.accept();
    }

    fn book(&self) -> Book {
        Book::at(self.folder.path()).unwrap()
    }

    fn accept(&self) {
        let book = self.book();
        let zh = book::page::pages(&book, book::Lang::Zh).unwrap();
        let en = book::page::pages(&book, book::Lang::En).unwrap();
        let mut lock = parity::Lock::default();
        for (a, b) in zh.iter().zip(&en) {
            lock.accept(a, b);
        }
        lock.save(&book).unwrap();
    }

    /// What the whole gate finds, without the checks that need more than a reader has.
    fn problems(&self) -> String {
        self.problems_until(|_| false)
    }

    /// The same, up to and including the check whose findings are `enough`.
    fn problems_until(&self, enough: impl Fn(&str) -> bool) -> String {
        let mut found = Vec::new();
        let mut checks = gate::checks(&self.book()).unwrap();
        // Last what needs the site: few mutations wait for these, and building it takes the longest.
        checks.sort_by_key(|check| check.name.contains(" link ") || check.name.starts_with("site"));
        for check in checks {
            // The rows of the settings serve the tests, not the pages, of this book.
            let skipped =
                check.name.ends_with("rows") || (check.name.ends_with("rust") && !self.rust);
            if check.needs.is_none() && !skipped {
                let name = check.name.clone();
                match check.run() {
                    Ok(problems) => found.extend(problems),
                    Err(error) => found.push(Problem::new(name, 0, format!("{error:#}"))),
                }
                if enough(&report(&found)) {
                    break;
                }
            }
        }
        report(&found)
    }

    /// The gate is red, and says where and why.
    #[track_caller]
    fn is_red(&self, place: &str, why: &str) {
        let told = |problems: &str| {
            problems.lines().any(|line| line.starts_with(place) && line.contains(why))
        };
        // What later checks find as well is no concern of this test, and most of its time.
        let problems = self.problems_until(told);
        assert!(told(&problems), "expected {place} … {why}, found:\n{problems}");
    }
}

#[test]
fn the_small_book_is_sound() {
    assert_eq!(Small::with_rust().problems(), "");
}

#[test]
fn a_missing_include_file() {
    let small = Small::new();
    small.edit_both("src/lib.rs:one", "src/gone.rs:one");
    small.is_red("src/zh/tiny/index.md:6: ", "there is no file listings/tiny/src/gone.rs");
}

#[test]
fn a_missing_anchor() {
    let small = Small::new();
    small.edit_both("lib.rs:one", "lib.rs:two");
    small
        .is_red("src/en/tiny/index.md:6: ", "anchor \"two\" not found in listings/tiny/src/lib.rs");
}

#[test]
fn an_include_by_line_numbers() {
    let small = Small::new();
    small.edit_both("lib.rs:one", "lib.rs:2:3");
    small.is_red("src/en/tiny/index.md:6: ", "include by anchor");
}

#[test]
fn an_unused_anchor() {
    let small = Small::new();
    small.write("listings/tiny/src/lib.rs", &LIB.replace("one", "two"));
    small.edit_both("{{#include ../../../listings/tiny/src/lib.rs:one}}", "fn x() {}");
    small.is_red("listings/tiny/src/lib.rs:1: ", "no page shows anchor \"two\"");
}

#[test]
fn an_anchor_that_never_closes() {
    let small = Small::new();
    small.write("listings/tiny/src/lib.rs", &format!("{LIB}// ANCHOR: open\n"));
    small.is_red("listings/tiny/src/lib.rs:4: ", "opened 1 times and closed 0 times");
}

#[test]
fn an_empty_block() {
    let small = Small::new();
    small.append_both("```text\n```\n");
    small.is_red("src/zh/tiny/index.md:", "this code block is empty");
}

#[test]
fn a_block_that_nothing_verifies() {
    let small = Small::new();
    small.append_both("```toml\nx = 1\n```\n");
    small.is_red("src/zh/tiny/index.md:", "nothing verifies a block of `toml`");
}

#[test]
fn an_empty_anchor() {
    let small = Small::new();
    small.write("listings/tiny/src/lib.rs", "// ANCHOR: one\n// ANCHOR_END: one\n");
    small.is_red("src/zh/tiny/index.md:6: ", "holds no line");
}

#[test]
fn an_orphan_page() {
    let small = Small::new();
    small.write("src/zh/tiny/orphan.md", "# 孤 {#o}\n");
    small.write("src/en/tiny/orphan.md", "# O {#o}\n");
    small.is_red("src/zh/tiny/orphan.md: ", "no reader finds this page");
}

#[test]
fn an_orphan_listing() {
    let small = Small::new();
    small.write("listings/lost/Cargo.toml", "");
    small.is_red("listings/lost/Cargo.toml: ", "this listing has no chapter");
}

#[test]
fn a_listed_page_that_is_missing() {
    let small = Small::new();
    small.edit("src/zh/SUMMARY.md", "- [A]", "- [B](tiny/gone.md)\n- [A]");
    small.is_red("src/zh/SUMMARY.md: ", "tiny/gone.md is listed but there is no such file");
    small.is_red("src/en/SUMMARY.md: ", "list the same pages in the same order");
}

#[test]
fn a_heading_missing_in_one_language() {
    let small = Small::new();
    small.edit("src/en/tiny/index.md", "## Below {#next}\n\n", "");
    small.accept();
    small.is_red(
        "src/zh/tiny/index.md:14: ",
        "both languages have the same blocks in the same order",
    );
}

#[test]
fn a_heading_with_another_id() {
    let small = Small::new();
    small.edit("src/en/tiny/index.md", "{#next}", "{#below}");
    small.edit("src/en/tiny/index.md", "(#next)", "(#below)");
    small.accept();
    small.is_red("src/zh/tiny/index.md:", "{#below}");
}

#[test]
fn a_number_changed_in_one_language() {
    let small = Small::new();
    small.edit("src/en/tiny/index.md", "on 2 of", "on 3 of");
    small.accept();
    small.is_red("src/zh/tiny/index.md:3: ", "numbers differ");
}

#[test]
fn inline_code_changed_in_one_language() {
    let small = Small::new();
    small.edit("src/en/tiny/index.md", "`x`", "`y`");
    small.accept();
    small.is_red("src/zh/tiny/index.md:3: ", "inline code differ");
}

#[test]
fn a_code_block_changed_in_one_language() {
    let small = Small::new();
    small.edit("src/en/tiny/index.md", "assert_eq!(1 + 1, 2);", "assert_eq!(2, 1 + 1);");
    small.accept();
    small.is_red(
        "src/zh/tiny/index.md:19: ",
        "this line of code differs from src/en/tiny/index.md:19",
    );
}

#[test]
fn a_link_changed_in_one_language() {
    let small = Small::new();
    small.edit("src/en/tiny/index.md", "[above](#page)", "[above](#next)");
    small.accept();
    small.is_red("src/zh/tiny/index.md:16: ", "links differ");
}

#[test]
fn a_paragraph_edited_in_one_language_alone() {
    let small = Small::new();
    small.edit("src/en/tiny/index.md", "See [above]", "Look [above]");
    small.is_red(
        "src/en/tiny/index.md:16: ",
        "changed in English alone: bring src/zh/tiny/index.md:16 along",
    );
    let small = Small::new();
    small.edit("src/zh/tiny/index.md", "看[上文]", "读[上文]");
    small.is_red("src/zh/tiny/index.md:16: ", "changed in Chinese alone");
    // Once both are read and accepted, the gate is green again.
    small.accept();
    assert_eq!(small.problems(), "");
}

#[test]
fn a_transcript_that_drifts() {
    let small = Small::new();
    small.edit_both("\na\n```", "\nb\n```");
    small.is_red("src/zh/tiny/index.md:9: ", "the run prints something else");
}

#[test]
fn what_may_vary_may_and_nothing_else() {
    let small = Small::new();
    small.append_both("```console vary=\"count\"\n$ printf 'n 123 b\\n'\nn 7 b\n```\n");
    assert_eq!(small.problems(), "");
    small.edit_both("n 7 b\n", "n 7 c\n");
    small.is_red("src/zh/tiny/index.md:", "the run prints something else");
}

#[test]
fn a_wrong_exit_status() {
    let small = Small::new();
    small.append_both("```console status=1\n$ true\n```\n");
    small.is_red("src/zh/tiny/index.md:", "expects exit status 1");
}

#[test]
fn an_unknown_program_in_a_transcript() {
    let small = Small::new();
    small.edit_both("$ printf", "$ nobody-knows-me");
    small.is_red("src/en/tiny/index.md:9: ", "unknown program `nobody-knows-me`");
}

#[test]
fn a_program_that_is_not_installed_is_named() {
    let small = Small::new();
    small.append_both("```console\n$ surely-not-installed\n```\n");
    let checks = gate::checks(&small.book()).unwrap();
    let needs: Vec<_> = checks.iter().filter_map(|check| check.needs.as_deref()).collect();
    assert!(needs.contains(&"surely-not-installed"), "{needs:?}");
    let check =
        checks.into_iter().find(|c| c.needs.as_deref() == Some("surely-not-installed")).unwrap();
    assert!(!check.run().unwrap().is_empty(), "it fails where it is run all the same");
}

#[test]
fn what_is_missing_is_ignored_by_a_reader_and_fails_in_ci() {
    let small = Small::new();
    small.append_both("```console\n$ surely-not-installed\n```\n");
    let check = |ci: &str| {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_book"));
        command.args(["check", "tiny/index.md:28"]).env("CI", ci).current_dir(small.folder.path());
        let output = command.output().unwrap();
        (output.status.success(), String::from_utf8_lossy(&output.stdout).into_owned())
    };
    let (passed, text) = check("false");
    assert!(
        passed && text.contains("[needs surely-not-installed]") && text.contains("2 ignored"),
        "{text}"
    );
    let (passed, text) = check("true");
    assert!(!passed && text.contains("2 failed"), "{text}");
}

#[test]
fn a_server_that_never_becomes_ready() {
    let small = Small::new();
    small.append_both(
        "```console session=s background ready=\"listening\" limit=1\n$ sleep 60\n```\n\n\
         ```console session=s\n$ printf ''\n```\n",
    );
    let start = std::time::Instant::now();
    small.is_red("src/zh/tiny/index.md:", "listening");
    assert!(start.elapsed().as_secs() < 30, "it has to time out");
}

#[test]
fn a_server_gets_a_free_port_and_the_page_keeps_its_own() {
    let small = Small::new();
    let server = "import socket\\ns = socket.create_server((\"127.0.0.1\", 8000))\\n\
                  print(\"on\", s.getsockname()[1], flush=True)\\ns.accept()[0].sendall(b\"hello\")";
    small.append_both(&format!(
        "```console session=s background ready=\"on\" ends ports=\"8000\"\n\
         $ printf '{server}' | python3 -\non 8000\n```\n\n\
         ```console session=s\n\
         $ python3 -c 'import socket; print(socket.create_connection((\"127.0.0.1\", 8000)).recv(9))'\n\
         b'hello'\n```\n"
    ));
    // Whoever has the port of the page, the run goes on: it takes another.
    let _taken = std::net::TcpListener::bind("127.0.0.1:8000");
    assert_eq!(small.problems(), "");
}

#[test]
fn a_compile_fail_block_that_compiles() {
    let small = Small::with_rust();
    small.edit_both("let u = s;", "let u = t;");
    small.is_red("src/zh/tiny/index.md:22: ", "the block compiles");
}

#[test]
fn a_compile_fail_block_that_fails_with_another_code() {
    let small = Small::with_rust();
    small.edit_both("let u = s;", "let u: u8 = \"\";");
    small.is_red("src/zh/tiny/index.md:22: ", "fails with E0308, not with E0382");
}

#[test]
fn a_compile_fail_block_without_a_code() {
    let small = Small::with_rust();
    small.edit_both("compile_fail,E0382", "compile_fail");
    small.is_red("src/zh/tiny/index.md:22: ", "say with which code it fails");
}

#[test]
fn an_inline_block_that_panics() {
    let small = Small::with_rust();
    small.edit_both("assert_eq!(1 + 1, 2);", "assert_eq!(1 + 1, 3);");
    small.is_red("src/zh/tiny/index.md:18: ", "does not compile and run");
}

#[test]
fn an_ignored_block() {
    let small = Small::with_rust();
    small.edit_both("```rust\nassert", "```rust,ignore\nassert");
    small.is_red("src/zh/tiny/index.md:18: ", "`ignore` is not used in this book");
}

#[test]
fn a_dead_link() {
    let small = Small::new();
    small.edit_both("(#page)", "(gone.md)");
    small.is_red("src/zh/tiny/index.md:16: ", "the link gone.md is dead");
}

#[test]
fn a_dead_fragment() {
    let small = Small::new();
    small.edit_both("(#page)", "(#gone)");
    small.is_red("src/en/tiny/index.md:16: ", "has no element \"gone\"");
    small.is_red("site/en/tiny/index.html: ", "has no element \"gone\"");
}

#[test]
fn a_link_to_another_section_than_it_says() {
    let small = Small::new();
    small.edit_both("#section-3.5", "#section-3.6");
    small.is_red("src/en/tiny/index.md:3: ", "the text says RFC 9293 §3.5");
}

#[test]
fn chinese_typography() {
    let small = Small::new();
    small.edit("src/zh/tiny/index.md", "一段话，说到 2 个", "一段话,说到2个");
    small.accept();
    small.is_red("src/zh/tiny/index.md:3: ", "Chinese typography");
}

#[test]
fn an_interface_that_mdbook_rewords() {
    let small = Small::new();
    let row =
        "[[string]]\nwhere = \"html\"\nen = \"Words of no mdBook\"\nzh = \"x\"\nenglish = \"y\"\n";
    small.write("theme/interface.toml", row);
    let error = book::site::build(
        &small.book(),
        &book::site::Options::new(small.folder.path().join("out")),
    );
    let error = error.expect_err("the row matches nothing").to_string();
    assert!(error.contains("Words of no mdBook"), "{error}");
    let page = fs::read_to_string(small.folder.path().join("out/zh/index.html")).unwrap();
    assert!(page.contains("Words of no mdBook"), "the language's own page shows the error");
}

#[test]
fn exercises_are_held_to_their_promise() {
    let small = Small::new();
    let folder = "listings/tiny/exercises/add";
    small.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"listings/*\"]\n");
    small.write(
        "listings/tiny/Cargo.toml",
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[features]\nsolutions = []\n\
         [[test]]\nname = \"add\"\npath = \"exercises/add/test.rs\"\ntest = false\n",
    );
    let test = "#[cfg_attr(feature = \"solutions\", path = \"solution.rs\")]\n\
                #[cfg_attr(not(feature = \"solutions\"), path = \"exercise.rs\")]\nmod exercise;\n\
                #[test]\nfn adds() {\n    assert_eq!(exercise::add(1, 2), 3);\n}\n";
    let wrong = "pub fn add(a: u8, _: u8) -> u8 {\n    a\n}\n";
    let right = "pub fn add(a: u8, b: u8) -> u8 {\n    a + b\n}\n";
    small.write(&format!("{folder}/test.rs"), test);
    small.write(&format!("{folder}/exercise.rs"), wrong);
    small.write(&format!("{folder}/solution.rs"), right);
    let check = || {
        let book = small.book();
        let bench = book::exercise::Bench::new(&book).unwrap();
        report(&bench.check(&bench.exercises()[0]).unwrap())
    };
    assert_eq!(check(), "");
    small.write(&format!("{folder}/exercise.rs"), right);
    assert!(check().contains("passes before the reader has done anything"), "{}", check());
    small.write(&format!("{folder}/exercise.rs"), "pub fn add(");
    assert!(check().contains("the skeleton has to compile"), "{}", check());
    small.write(&format!("{folder}/exercise.rs"), wrong);
    small.write(&format!("{folder}/solution.rs"), wrong);
    assert!(check().contains("the solution has to pass"), "{}", check());
    fs::remove_file(small.folder.path().join(folder).join("solution.rs")).unwrap();
    assert!(check().contains("an exercise needs this file"), "{}", check());
}

#[test]
fn a_folder_without_a_book_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let error = Book::at(folder.path()).unwrap_err().to_string();
    assert!(error.contains("no book.toml"), "{error}");
}

#[test]
fn eject_refuses_what_it_cannot_do() {
    let small = Small::new();
    let dest = small.folder.path().join("src");
    let error = book::eject::eject(&small.book(), "tiny", &dest).unwrap_err().to_string();
    assert!(error.contains("is not empty"), "{error}");
    let error = book::eject::eject(&small.book(), "nothing", Path::new("/nowhere"))
        .unwrap_err()
        .to_string();
    assert!(error.contains("choose one of tiny"), "{error}");
}

/// Each of these is one edit of both languages, reviewed, and one word of the answer.
#[test]
fn what_a_page_may_not_hold() {
    let cases = [
        (
            "看[上文](#page)。",
            "See [above](#page).",
            "<script>1</script>",
            "is not used in this book",
        ),
        (
            "看[上文](#page)。",
            "See [above](#page).",
            "<pre><code>$ true</code></pre>",
            "is not used in this book",
        ),
        ("看[上文](#page)。", "See [above](#page).", "> [!RUEL]\n> x", "a callout is"),
        ("看[上文](#page)。", "See [above](#page).", "x [text][gone] y", "stayed in the text"),
        ("看[上文](#page)。", "See [above](#page).", "x[^gone] y", "stayed in the text"),
        (
            "看[上文](#page)。",
            "See [above](#page).",
            "{{#include ../../../listings/tiny/src/lib.rs:one}}",
            "only a code block",
        ),
        (
            "看[上文](#page)。",
            "See [above](#page).",
            "[x](htps://example.org/)",
            "a link to another host",
        ),
        (
            "看[上文](#page)。",
            "See [above](#page).",
            "[RFC 793](https://example.org/rfc793)",
            "write one [RFC",
        ),
        (
            "看[上文](#page)。",
            "See [above](#page).",
            "- x\n\n  ```rust\n  1;\n  ```",
            "inside a list",
        ),
    ];
    for (zh, en, instead, why) in cases {
        let small = Small::new();
        small.edit("src/zh/tiny/index.md", zh, instead);
        small.edit("src/en/tiny/index.md", en, instead);
        small.accept();
        small.is_red("src/en/tiny/index.md:", why);
    }
}

#[test]
fn what_an_included_block_may_not_hold() {
    let include = "{{#include ../../../listings/tiny/src/lib.rs:one}}";
    let cases = [
        ("```rust\n{{#include", "```rust,ignore\n{{#include", "has the language of its file"),
        (
            "```rust\n{{#include",
            "```rust,compile_fail,E0382\n{{#include",
            "has the language of its file",
        ),
        (
            include,
            "let lie: u8 = \"x\"; // {{#include ../../../listings/tiny/src/lib.rs:one}}",
            "nothing else",
        ),
        ("lib.rs:one", "lib.rs", "has anchors"),
    ];
    for (from, to, why) in cases {
        let small = Small::new();
        small.edit_both(from, to);
        small.is_red("src/zh/tiny/index.md:", why);
    }
}

#[test]
fn what_a_transcript_may_not_say() {
    let cases = [
        ("```console\n$ printf \"$(uname)\"\n```\n", "hides which programs run"),
        ("```console sesion=a\n$ true\n```\n", "means nothing to a transcript"),
        ("```console status=0 status=1\n$ true\n```\n", "stands twice"),
        ("```console limit=abc\n$ true\n```\n", "`limit` is a number"),
        ("```console ends\n$ true\n```\n", "are for a background block"),
        ("```console vary=\"count\"\n$ true\n```\n", "nothing here is of the class `count`"),
        ("```console vary=\"nope\"\n$ true\n```\n", "unknown class `nope`"),
        ("```console\n$ timeout 5 nobody-knows-me\n```\n", "unknown program `nobody-knows-me`"),
        ("```console\n$ python3 -c 'exit(3)' | true\n```\n", "expects exit status 0"),
        ("```console\nno command\n```\n", "starts with a command"),
        (
            "```console session=s background ready=\"up\"\n$ printf up\nup\n```\n\n\
          ```console session=s\n$ sleep 0.5\n```\n",
            "ended by itself",
        ),
    ];
    for (block, why) in cases {
        let small = Small::new();
        small.append_both(block);
        small.is_red("src/zh/tiny/index.md:", why);
    }
}

const DRAWN: &str = "```svgbob caption=\"a line\" command=\"printf a--b\"\na--b\n```\n";

#[test]
fn a_diagram_that_a_program_prints() {
    let small = Small::new();
    small.append_both(DRAWN);
    assert_eq!(small.problems(), "");
    let names: Vec<_> = gate::checks(&small.book()).unwrap().into_iter().map(|c| c.name).collect();
    assert!(names.contains(&"src/zh/tiny/index.md:28 diagram".to_owned()), "{names:?}");
    // What a program prints is not translated.
    small.edit("src/en/tiny/index.md", "\na--b\n", "\na--c\n");
    small.accept();
    small.is_red("src/zh/tiny/index.md:29: ", "this line of code differs");
}

#[test]
fn a_diagram_that_its_program_does_not_print() {
    let printed = "command=\"printf a--b\"\na--b";
    let cases = [
        ("command=\"printf a--b\"\na--c", "the program prints something else"),
        ("command=\"nobody-knows-me\"\na--b", "unknown program `nobody-knows-me`"),
        ("command=\"printf ''\"\na--b", "`printf ''` prints nothing"),
        ("command=\"printf '%b' '\\\\140\\\\140\\\\140'\"\na--b", "three backticks"),
        ("command=\"python3 -c 'exit(3)'\"\na--b", "expects exit status 0"),
        ("command=\"printf $(uname)\"\na--b", "hides which programs run"),
        ("command=\"\"\na--b", "`command` names no program"),
        ("command=\"printf a--b\" vary=\"count\"\na--b", "no other word"),
    ];
    for (instead, why) in cases {
        let small = Small::new();
        small.append_both(&DRAWN.replace(printed, instead));
        small.is_red("src/en/tiny/index.md:", why);
    }
}

/// A plot whose program prints the same in both languages but for their names.
const PLOT: &str = r#"```plot caption="2 lines" alt="They cross." command="printf '<svg xmlns=\042http://www.w3.org/2000/svg\042 viewBox=\0420 0 9 9\042><text>%s</text></svg>' {lang}"
plots/lines.svg
```
"#;

fn svg(text: &str) -> String {
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 9 9\"><text>{text}</text></svg>\n"
    )
}

fn plotted() -> Small {
    let small = Small::new();
    small.append_both(PLOT);
    for lang in ["zh", "en"] {
        small.write(&format!("src/{lang}/tiny/plots/lines.svg"), &svg(lang));
    }
    small
}

#[test]
fn a_plot_stands_in_its_page() {
    let small = plotted();
    assert_eq!(small.problems(), "");
    let names: Vec<_> = gate::checks(&small.book()).unwrap().into_iter().map(|c| c.name).collect();
    assert!(names.contains(&"src/zh/tiny/index.md:28 plot".to_owned()), "{names:?}");
    let out = small.folder.path().join("out");
    book::site::build(&small.book(), &book::site::Options::new(&out)).unwrap();
    for (page, words) in [("tiny/index.html", 1), ("print.html", 1), ("index.html", 0)] {
        let page = fs::read_to_string(out.join("zh").join(page)).unwrap();
        assert_eq!(page.matches("role=\"img\" aria-label=\"They cross.\"").count(), words);
        assert_eq!(page.matches("viewbox=\"0 0 9 9\"><text>zh</text></svg>").count(), words);
        assert_eq!(page.matches("<figcaption>2 lines <code class=\"run\">printf").count(), words);
    }
    assert!(!out.join("zh/tiny/plots/lines.svg").exists(), "it is in the page, and only there");
}

#[test]
fn a_plot_that_its_program_does_not_draw() {
    let small = plotted();
    small.write("src/en/tiny/plots/lines.svg", &svg("EN"));
    small.is_red(
        "src/en/tiny/index.md:28: ",
        "draws something else than src/en/tiny/plots/lines.svg",
    );
    let small = plotted();
    fs::remove_file(small.folder.path().join("src/zh/tiny/plots/lines.svg")).unwrap();
    small.is_red(
        "src/zh/tiny/index.md:28: ",
        "there is no src/zh/tiny/plots/lines.svg yet: `cargo book record`",
    );
    let small = plotted();
    small.write("src/zh/tiny/plots/lines.svg", &svg("<a href=\"https://example.org/\">x</a>"));
    small.is_red("src/zh/tiny/index.md:28: ", "<a> is not among");
    let built = book::site::build(
        &small.book(),
        &book::site::Options::new(small.folder.path().join("out")),
    );
    assert!(built.unwrap_err().to_string().contains("<a> is not among"), "it never gets to a page");
}

#[test]
fn a_picture_that_no_page_shows() {
    let small = plotted();
    small.write("src/zh/tiny/plots/old.svg", &svg("zh"));
    small.is_red("src/zh/tiny/plots/old.svg: ", "no `plot` block shows this picture");
    // The other language's picture is none of ours.
    let small = plotted();
    small.write("src/zh/plots/lines.svg", &svg("zh"));
    small.is_red("src/zh/plots/lines.svg: ", "no `plot` block shows this picture");
}

#[test]
fn what_a_plot_has_to_say() {
    let cases = [
        (" caption=\"2 lines\"", "", "a plot has caption"),
        (" alt=\"They cross.\"", "", "a plot has alt"),
        (" alt=\"They cross.\"", " alt=\" \"", "a plot has alt"),
        ("{lang}", "en", "tells its program the language"),
        ("command=\"printf ", "slow command=\"printf ", "no other words"),
        ("command=\"printf ", "command=\"nobody-knows-me ", "unknown program `nobody-knows-me`"),
        ("command=\"printf ", "command=\"printf $(uname) ", "hides which programs run"),
        ("<text>%s</text>", "<script>%s</script>", "<script> is not among"),
        ("<text>%s</text>", "<text>%s{{x}}</text>", "a brace"),
        ("<text>%s</text></svg>", "", "<svg> is not closed"),
        ("plots/lines.svg", "lines.svg", "holds one name"),
        ("plots/lines.svg", "plots/../lines.svg", "holds one name"),
        ("plots/lines.svg", "plots/gone.svg", "there is no src/en/tiny/plots/gone.svg yet"),
        ("\nplots/lines.svg\n", "\n", "this code block is empty"),
    ];
    for (from, to, why) in cases {
        let small = plotted();
        small.edit_both(from, to);
        small.is_red("src/en/tiny/index.md:28: ", why);
    }
    let small = plotted();
    small.edit_both("%s</text>", "%s，and中文</text>");
    small.is_red("src/zh/tiny/index.md:28: ", "write \"zh，and 中文\"");
}

#[test]
fn record_draws_the_plots() {
    let small = plotted();
    fs::remove_file(small.folder.path().join("src/zh/tiny/plots/lines.svg")).unwrap();
    small.write("src/en/tiny/plots/lines.svg", &svg("old"));
    let record = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_book"));
        let output = command.arg("record").current_dir(small.folder.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    let told = record();
    assert!(told.contains("src/zh/tiny/plots/lines.svg drawn"), "{told}");
    assert!(told.contains("src/en/tiny/plots/lines.svg drawn"), "{told}");
    assert_eq!(small.problems(), "");
    assert_eq!(record(), "", "what is right is left alone");
}

#[test]
fn record_writes_what_the_programs_print() {
    let small = Small::new();
    small.append_both(&DRAWN.replace("\na--b\n", "\n"));
    small.edit_both("\na\n```", "\nb\n```");
    let record = || {
        let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_book"));
        let output = command.arg("record").current_dir(small.folder.path()).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    assert!(record().contains("src/en/tiny/index.md: 2 blocks recorded"));
    small.accept();
    assert_eq!(small.problems(), "");
    assert_eq!(record(), "", "what is right is left alone");
}

#[test]
fn a_lab_needs_linux_and_says_so() {
    let block = "```console linux\n$ lab ping 192.0.2.1\n```\n";
    let small = Small::new();
    small.edit("ci/transcripts.toml", "[programs]\n", "[programs]\nlab = \"here\"\n");
    small.append_both(&block.replace(" linux", ""));
    small.is_red("src/zh/tiny/index.md:28: ", "say `linux`");
    // What runs in the lab has to be known as well.
    let small = Small::new();
    small.edit("ci/transcripts.toml", "[programs]\n", "[programs]\nlab = \"here\"\n");
    small.append_both(block);
    let checks = gate::checks(&small.book()).unwrap();
    let found = checks.into_iter().find(|check| check.name.ends_with("index.md:28 transcript"));
    let check = found.unwrap();
    assert!(check.needs.is_some(), "no reader's run opens a namespace");
    let found = report(&check.run().unwrap());
    assert!(found.contains("unknown program `ping`"), "{found}");
}

#[test]
fn what_both_languages_have_to_share() {
    let cases = [
        ("1. one\n2. two\n", "- one\n- two\n", "same blocks in the same order"),
        ("| a | b |\n|---|---|\n", "| a |\n|---|\n", "same blocks in the same order"),
        ("---\n", "text\n", "same blocks in the same order"),
        ("> [!RULE]\n> x\n", "> [!FAILURE]\n> x\n", "inline code differ"),
        ("from 0x1f to -5\n", "from 0x1e to 5\n", "numbers differ"),
        (
            "```svgbob caption=\"4 bytes\"\n->\n```\n",
            "```svgbob caption=\"5 bytes\"\n->\n```\n",
            "numbers in the caption differ",
        ),
        (
            "```svgbob caption=\"x\"\n4 ->\n```\n",
            "```svgbob caption=\"x\"\n5 ->\n```\n",
            "this line of code differs",
        ),
        (
            "```svgbob caption=\"x\" command=\"printf a\"\na\n```\n",
            "```svgbob caption=\"x\"\na\n```\n",
            "same blocks in the same order",
        ),
        (
            "```svgbob caption=\"x\" command=\"printf a\"\na\n```\n",
            "```svgbob caption=\"x\" command=\"printf 'a'\"\na\n```\n",
            "same blocks in the same order",
        ),
        ("<kbd>5</kbd>\n", "<kbd>6</kbd>\n", "numbers differ"),
        (PLOT, &PLOT.replace("2 lines", "3 lines"), "numbers in the caption differ"),
        (PLOT, &PLOT.replace("cross", "cross 2 times"), "numbers in the alt differ"),
        (PLOT, &PLOT.replace("{lang}", "{lang} x"), "same blocks in the same order"),
        (PLOT, &PLOT.replace("/lines", "/other"), "this line of code differs"),
    ];
    for (zh, en, why) in cases {
        let small = Small::new();
        for (lang, text) in [("zh", zh), ("en", en)] {
            let path = format!("src/{lang}/tiny/index.md");
            let old = fs::read_to_string(small.folder.path().join(&path)).unwrap();
            small.write(&path, &format!("{old}\n{text}"));
        }
        small.accept();
        small.is_red("src/zh/tiny/index.md:", why);
    }
}

#[test]
fn files_that_nobody_shows() {
    for (path, why) in [
        ("src/zh/picture.png", "neither"),
        ("src/stray.md", "pages are in src/zh and src/en"),
        ("listings/bare/src/lib.rs", "has no Cargo.toml"),
    ] {
        let small = Small::new();
        small.write(path, "x");
        let place = if path.starts_with("listings") { "listings/bare: " } else { path };
        small.is_red(place, why);
    }
}

#[test]
fn a_part_in_one_language_alone() {
    let small = Small::new();
    small.edit("src/zh/SUMMARY.md", "- [A]", "# 部分\n\n- [A]");
    small.is_red("src/en/SUMMARY.md: ", "the title of a part");
}

#[test]
fn settings_that_would_let_anything_pass_or_that_nobody_needs() {
    let small = Small::new();
    small.edit("ci/transcripts.toml", "count = 'n ", "all = '(?s).*'\ncount = 'n ");
    let error = gate::checks(&small.book()).unwrap_err().to_string();
    assert!(error.contains("vary.all matches"), "{error}");

    let small = Small::new();
    let checks = gate::checks(&small.book()).unwrap();
    let rows = checks.into_iter().find(|check| check.name.ends_with("rows")).unwrap();
    assert!(report(&rows.run().unwrap()).contains("no transcript needs programs.sleep"));
}

#[test]
fn a_site_is_not_built_over_something_else() {
    let small = Small::new();
    small.write("precious/file", "x");
    let dest = small.folder.path().join("precious");
    let error =
        book::site::build(&small.book(), &book::site::Options::new(&dest)).unwrap_err().to_string();
    assert!(error.contains("no site of ours"), "{error}");
    assert!(dest.join("file").is_file());
}

#[test]
fn sound_markdown_is_not_refused() {
    let small = Small::new();
    small.append_both(
        "> [!RULE]\n> `a[0][1]` `[^a-z]` `<a>` [它](../../../listings/tiny/src/lib.rs)\n>\n> 3–5 2^32 10/8 fe80::1 50%\n\n\
         x[^a] 1,000 8000,8080\n\n[^a]: y\n\n1. x\n2. y\n\n| a | b |\n|--:|---|\n| 1 | 2 |\n",
    );
    assert_eq!(small.problems(), "");
    let out = small.folder.path().join("out");
    book::site::build(&small.book(), &book::site::Options::new(&out)).unwrap();
    let page = fs::read_to_string(out.join("zh/tiny/index.html")).unwrap();
    assert!(page.contains("<aside class=\"callout rule\"") && page.contains("</aside>"));
    assert!(page.contains("href=\"../../listings/tiny/src/lib.rs.html\""));
}

#[test]
fn an_anchor_beside_code() {
    let small = Small::new();
    small.write(
        "listings/tiny/src/lib.rs",
        "// ANCHOR: one\nfn one() {}\nfn two() {} // ANCHOR_END: one\n",
    );
    small.is_red("listings/tiny/src/lib.rs:3: ", "an anchor has a line of its own");
}

#[test]
fn code_that_nobody_compiles() {
    let small = Small::new();
    small.write("Cargo.toml", "[workspace]\nresolver = \"3\"\nmembers = [\"listings/*\"]\n");
    small.write(
        "listings/tiny/Cargo.toml",
        "[package]\nname = \"tiny\"\nversion = \"0.1.0\"\nedition = \"2024\"\n",
    );
    small.write(
        "listings/tiny/src/lib.rs",
        "#![allow(dead_code)]\n// ANCHOR: one\nfn one() {}\n// ANCHOR_END: one\n",
    );
    let check = |why: &str| {
        let checks = gate::checks(&small.book()).unwrap();
        let check = checks.into_iter().find(|check| check.name.ends_with("compiled")).unwrap();
        let found = report(&check.run().unwrap());
        assert!(if why.is_empty() { found.is_empty() } else { found.contains(why) }, "{found}");
    };
    check("");
    small.write(
        "listings/tiny/src/broken.rs",
        "// ANCHOR: one\nthis is not rust\n// ANCHOR_END: one\n",
    );
    small.edit_both("src/lib.rs:one", "src/broken.rs:one");
    check("listings/tiny/src/broken.rs is compiled by no target of tiny");
}
