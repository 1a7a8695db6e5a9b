//! curl as the client, which nobody here wrote.

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{LIMIT, LONG_AGO, Running, numbers, samples};
use http_semantics::site::Config;
use testkit::{Process, require};

/// Runs curl in `folder` and returns what it prints, and how it ends.
fn curl_status(folder: &Path, arguments: &[&str]) -> (String, i32) {
    let mut command = Command::new(require("curl"));
    command.current_dir(folder).args(["--silent", "--show-error", "--noproxy", "*"]);
    let finished = Process::start(command.args(arguments)).unwrap().finish(LIMIT).unwrap();
    (finished.text(), finished.status.code().unwrap_or(-1))
}

/// The same for a run that has to succeed.
fn curl(folder: &Path, arguments: &[&str]) -> String {
    let (text, status) = curl_status(folder, arguments);
    assert_eq!(status, 0, "{arguments:?}: {text}");
    text
}

/// Prints the status behind what is printed otherwise.
const STATUS: [&str; 2] = ["-w", "%{http_code}"];

struct Site {
    server: Running,
    /// Where curl is run, so that its files lie beside nothing else.
    desk: std::path::PathBuf,
    folder: std::path::PathBuf,
}

impl Site {
    fn new(name: &str, change: impl FnOnce(&mut Config)) -> Self {
        let folder = samples(name);
        let mut config = Config { writable: true, trace: true, demo: true, ..Config::new(&folder) };
        change(&mut config);
        let desk = testkit::folder(&format!("{name}-desk"));
        Self { server: Running::start(config), desk, folder }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.server.address)
    }

    fn curl(&self, path: &str, arguments: &[&str]) -> String {
        curl(&self.desk, &[arguments, &[&self.url(path)]].concat())
    }

    fn desk(&self, name: &str) -> String {
        fs::read_to_string(self.desk.join(name)).unwrap()
    }
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn compressed() {
    let site = Site::new("curl-compressed", |config| config.encode = true);
    for coding in ["gzip", "br"] {
        let field = format!("Accept-Encoding: {coding}");
        let write = "\n%{http_code} %{size_download} %{header_json}";
        let text = site.curl("/numbers.txt", &["--compressed", "-H", &field, "-w", write]);
        let (content, rest) = text.split_once("\n\n").unwrap();
        assert_eq!(format!("{content}\n"), numbers());
        assert!(rest.contains(&format!("\"content-encoding\":[\"{coding}\"]")), "{rest}");
        let sent: usize = rest.split(' ').nth(1).unwrap().parse().unwrap();
        assert!(sent < numbers().len() / 2, "{coding}: {sent}");
    }
    assert_eq!(site.curl("/numbers.txt", &["--compressed"]), numbers());
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn ranges() {
    let site = Site::new("curl-ranges", |_| {});
    let all = numbers();
    for (range, expected) in
        [("0-99", &all[..100]), ("-100", &all[all.len() - 100..]), ("100-", &all[100..])]
    {
        let text = site.curl("/numbers.txt", &["-r", range, STATUS[0], STATUS[1]]);
        assert_eq!(text, format!("{expected}206"), "{range}");
    }
    let many = site.curl("/numbers.txt", &["-r", "0-3,-5"]);
    assert_eq!(many.matches("Content-Range: bytes").count(), 2, "{many}");
    let beyond = site.curl("/numbers.txt", &["-r", "9000-", STATUS[0], STATUS[1]]);
    assert!(beyond.ends_with("416"), "{beyond}");
}

#[test]
#[ignore = "needs curl and python3: ci/setup.sh"]
fn python_reads_the_parts() {
    // The format is MIME's, so its own parser has to find the parts.
    let site = Site::new("curl-parts", |_| {});
    let head = site.curl("/numbers.txt", &["-r", "0-3,-5", "-o", "parts", "-w", "%{content_type}"]);
    let script = [
        "import email, sys",
        "head = b'Content-Type: ' + sys.argv[1].encode() + b'\\r\\n\\r\\n'",
        "message = email.message_from_bytes(head + open('parts', 'rb').read())",
        "for part in message.get_payload():",
        "    print(part['Content-Range'], part.get_payload(decode=True))",
    ]
    .join("\n");
    let mut command = Command::new(require("python3"));
    command.current_dir(&site.desk).args(["-c", &script, &head]);
    let finished = Process::start(&mut command).unwrap().finish(LIMIT).unwrap();
    let expected = "bytes 0-3/8893 b'1\\n2\\n'\nbytes 8888-8892/8893 b'2000\\n'\n";
    assert_eq!(finished.text(), expected);
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn a_range_of_a_coding_is_of_its_bytes() {
    // A part out of the middle of a gzip file is nothing that can be unpacked.
    let site = Site::new("curl-coded-range", |_| {});
    common::write(&site.folder, "coded.txt", numbers());
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    std::io::Write::write_all(&mut gzip, numbers().as_bytes()).unwrap();
    common::write(&site.folder, "coded.txt.gz", gzip.finish().unwrap());
    assert_eq!(site.curl("/coded.txt", &["--compressed"]), numbers());
    let arguments = ["--compressed", "-r", "100-199", &site.url("/coded.txt")];
    let (text, status) = curl_status(&site.desk, &arguments);
    assert_eq!(status, 61, "{text}");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn conditions_by_date() {
    let site = Site::new("curl-dates", |_| {});
    for (date, status) in [
        (LONG_AGO, "304"),
        ("Sun, 06 Nov 1994 08:49:36 GMT", "200"),
        ("-Sun, 06 Nov 1994 08:49:38 GMT", "200"),
        // The server sends 200 here, for "earlier or equal" (RFC 9110 §13.1.4). curl takes "equal"
        // for "not old enough", throws the content away, and reports 304 itself.
        ("-Sun, 06 Nov 1994 08:49:37 GMT", "304"),
        ("-Sun, 06 Nov 1994 08:49:36 GMT", "412"),
    ] {
        let text = site.curl("/hello.txt", &["-z", date, STATUS[0], STATUS[1], "-o", "out"]);
        assert_eq!(text, status, "{date}");
    }
    // -R gives the file the server's date, and -z FILE uses it.
    site.curl("/hello.txt", &["-R", "-o", "hello.txt"]);
    let text = site.curl("/hello.txt", &["-z", "hello.txt", STATUS[0], STATUS[1]]);
    assert_eq!(text, "304");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn conditions_by_tag() {
    let site = Site::new("curl-tags", |config| config.encode = true);
    for coding in [&[][..], &["--compressed"]] {
        let save = [coding, &["--etag-save", "tag", "-o", "out", STATUS[0], STATUS[1]]].concat();
        let compare = [coding, &["--etag-compare", "tag", STATUS[0], STATUS[1]]].concat();
        assert_eq!(site.curl("/numbers.txt", &save), "200");
        assert_eq!(site.desk("out"), numbers());
        assert_eq!(site.curl("/numbers.txt", &compare), "304");
        assert_eq!(site.desk("tag").starts_with("W/"), !coding.is_empty());
    }
    // The tag of one coding is not the other's.
    let text =
        site.curl("/numbers.txt", &["--etag-compare", "tag", STATUS[0], STATUS[1], "-o", "x"]);
    assert_eq!(text, "200");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn a_lost_update_and_how_to_prevent_it() {
    let site = Site::new("curl-update", |_| {});
    let edit = |name: &str, line: &str| {
        let text = format!("{}{line}\n", site.desk(name));
        fs::write(site.desk.join(name), text).unwrap();
    };
    let put = |name: &str, fields: &[&str]| {
        let fields: Vec<_> = fields.iter().flat_map(|field| ["-H", field]).collect();
        site.curl(
            "/list.txt",
            &[&["-T", name, "-o", "answer", STATUS[0], STATUS[1]], &fields[..]].concat(),
        )
    };
    fs::write(site.desk.join("list.txt"), "milk\n").unwrap();
    assert_eq!(put("list.txt", &["If-None-Match: *"]), "201");
    assert_eq!(put("list.txt", &["If-None-Match: *"]), "412");

    for editor in ["anna", "ben"] {
        site.curl("/list.txt", &["-o", editor]);
    }
    edit("anna", "eggs");
    edit("ben", "bread");
    assert_eq!((put("anna", &[]), put("ben", &[])), ("204".into(), "204".into()));
    assert_eq!(site.curl("/list.txt", &[]), "milk\nbread\n", "eggs are lost");

    fs::write(site.desk.join("list.txt"), "milk\n").unwrap();
    assert_eq!(put("list.txt", &[]), "204");
    for editor in ["anna", "ben"] {
        site.curl("/list.txt", &["-o", editor, "--etag-save", &format!("{editor}.tag")]);
    }
    edit("anna", "eggs");
    edit("ben", "bread");
    let condition =
        |editor: &str| format!("If-Match: {}", site.desk(&format!("{editor}.tag")).trim());
    assert_eq!(put("anna", &[&condition("anna")]), "204");
    assert_eq!(put("ben", &[&condition("ben")]), "412");
    assert_eq!(site.curl("/list.txt", &[]), "milk\neggs\n");
    // Ben starts again from what is there.
    site.curl("/list.txt", &["-o", "ben", "--etag-save", "ben.tag"]);
    edit("ben", "bread");
    assert_eq!(put("ben", &[&condition("ben")]), "204");
    assert_eq!(site.curl("/list.txt", &[]), "milk\neggs\nbread\n");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn a_weak_tag_prevents_the_editor_from_saving() {
    let site = Site::new("curl-weak", |config| config.encode = true);
    site.curl("/numbers.txt", &["--compressed", "--etag-save", "tag", "-o", "numbers.txt"]);
    let condition = format!("If-Match: {}", site.desk("tag").trim());
    let put = ["-T", "numbers.txt", "-H", &condition, "-o", "answer", STATUS[0], STATUS[1]];
    assert_eq!(site.curl("/numbers.txt", &put), "412");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn a_refused_upload_is_not_sent() {
    let site = Site::new("curl-expect", |config| config.max_upload = 3_000_000);
    fs::write(site.desk.join("large"), vec![0; 2_000_000]).unwrap();
    fs::write(site.desk.join("too-large"), vec![0; 4_000_000]).unwrap();
    let write = ["-o", "answer", "-w", "%{http_code} %{size_upload}"];
    let text = site.curl("/x", &[&["-T", "large", "-H", "If-Match: \"x\""], &write[..]].concat());
    assert_eq!(text, "412 0");
    let text = site.curl("/x", &[&["-T", "too-large"], &write[..]].concat());
    assert_eq!(text, "413 0");
    let text = site.curl("/x", &[&["-T", "large"], &write[..]].concat());
    assert_eq!(text, "201 2000000");
    // Without waiting, and without a stated length, it is refused on the way.
    let chunked = ["-T", "too-large", "-H", "Transfer-Encoding: chunked", "-H", "Expect:"];
    let text = site.curl("/x", &[&chunked[..], &write[..]].concat());
    assert!(text.starts_with("413 "), "{text}");
    assert_eq!(fs::metadata(site.folder.join("x")).unwrap().len(), 2_000_000);
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn resuming_mixes_two_versions_unless_it_names_the_first() {
    let site = Site::new("curl-resume", |_| {});
    let old = numbers();
    fs::write(site.desk.join("part"), &old[..4000]).unwrap();
    site.curl("/numbers.txt", &["-C", "-", "-o", "part"]);
    assert_eq!(site.desk("part"), old);

    let tag = site.curl("/numbers.txt", &["-I", "-o", "head", "-w", "%header{etag}"]);
    let new: String = (10_001..=12_000).map(|number| format!("{number}\n")).collect();
    common::write(&site.folder, "numbers.txt", &new);
    fs::write(site.desk.join("part"), &old[..4000]).unwrap();
    site.curl("/numbers.txt", &["-C", "-", "-o", "part"]);
    assert_eq!(site.desk("part"), format!("{}{}", &old[..4000], &new[4000..]), "neither of both");

    fs::write(site.desk.join("part"), &old[..4000]).unwrap();
    let condition = format!("If-Range: {tag}");
    let url = site.url("/numbers.txt");
    let arguments = ["-C", "-", "-o", "part", "-H", &condition, &url];
    let (text, status) = curl_status(&site.desk, &arguments);
    // All of the new one comes, and curl does not put it behind the old.
    assert_eq!(status, 33, "{text}");
    assert_eq!(site.desk("part"), &old[..4000]);
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn what_becomes_of_a_post() {
    let site = Site::new("curl-redirects", |_| {});
    let post = "POST with 3 bytes of application/x-www-form-urlencoded: x=1\n";
    let none = "GET with no content\n";
    for (code, followed, forced) in [
        (301, none, "POST with no content\n"),
        (302, none, "POST with no content\n"),
        (303, none, "POST with no content\n"),
        (307, post, post),
        (308, post, post),
    ] {
        let path = format!("/moved/{code}/echo");
        assert_eq!(site.curl(&path, &["-L", "-d", "x=1"]), followed, "{code}");
        // -X names the method of every request, whatever the redirect says, but not the content.
        assert_eq!(site.curl(&path, &["-L", "-X", "POST", "-d", "x=1"]), forced, "{code}");
    }
    let stubborn = ["-L", "--post301", "-d", "x=1"];
    assert_eq!(site.curl("/moved/301/echo", &stubborn), post);
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn options_and_trace() {
    let site = Site::new("curl-options", |_| {});
    let all = "GET, HEAD, OPTIONS, PUT, DELETE, TRACE";
    let allow = ["-X", "OPTIONS", "-w", "%header{allow}"];
    let star = [&allow[..], &["--request-target", "*"]].concat();
    assert_eq!(site.curl("", &star), all);
    assert_eq!(site.curl("/hello.txt", &allow), all);
    let trace = ["-X", "TRACE", "-H", "Max-Forwards: 3", "-H", "Cookie: id=1", "-A", "curl"];
    let text = site.curl("/hello.txt?x", &trace);
    let expected = format!(
        "TRACE /hello.txt?x HTTP/1.1\r\nHost: {}\r\nUser-Agent: curl\r\nAccept: */*\r\n\
         Max-Forwards: 3\r\n\r\n",
        site.server.address
    );
    assert_eq!(text, expected);
}
