//! The resource server, asked over sockets.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::symlink;
use std::thread;
use std::time::SystemTime;

use common::{LIMIT, LONG_AGO, Running, numbers, samples, write};
use http_semantics::site::Config;
use testkit::{folder, within};

/// The tag of `hello.txt`: the first half of its SHA-256.
const HELLO: &str = "\"853ff93762a06ddbf722c4ebe9ddd66d\"";

#[test]
fn what_a_file_comes_with() {
    let (server, _) = Running::open("whole");
    let get = server.ask("GET /hello.txt", &[]);
    assert_eq!(get.status, 200);
    assert_eq!(get.text(), "hello, world\n");
    for (name, value) in [
        ("Content-Type", "text/plain; charset=utf-8"),
        ("Content-Length", "13"),
        ("ETag", HELLO),
        ("Last-Modified", LONG_AGO),
        ("Accept-Ranges", "bytes"),
        ("Vary", ""),
        ("Content-Location", ""),
    ] {
        assert_eq!(get.field(name), value, "{name}");
    }
    assert_eq!(get.field("Date").len(), LONG_AGO.len());

    let head = server.ask("HEAD /hello.txt", &[]);
    assert_eq!(head.status, 200);
    assert_eq!(head.content, b"");
    let without_date = |fields: &[(String, String)]| {
        fields.iter().filter(|(name, _)| name != "date").cloned().collect::<Vec<_>>()
    };
    assert_eq!(without_date(&head.fields), without_date(&get.fields));
}

#[test]
fn every_response_has_a_date() {
    let (server, _) = Running::open("date");
    for (request, status) in [
        ("GET /hello.txt", 200),
        ("GET /nothing", 404),
        ("POST /hello.txt", 405),
        ("PATCH /hello.txt", 501),
        ("OPTIONS *", 204),
        ("GET /docs", 308),
        ("GET hello.txt", 400),
    ] {
        let response = server.ask(request, &[]);
        assert_eq!(response.status, status, "{request}");
        assert_eq!(response.field("Date").len(), LONG_AGO.len(), "{request}");
    }
}

#[test]
fn negotiation() {
    let (server, _) = Running::open("negotiation");
    let (language, encoding) = ("Accept-Language", "Accept-Encoding");
    for (path, lines, location, varies, start) in [
        ("/page.html", &[][..], "page.html.en", "Accept-Language", "<p>Hello"),
        ("/page.html", &[(language, "zh-CN")], "page.html.zh", "Accept-Language", "<p>你好"),
        ("/page.html", &[(language, "de")], "page.html.en", "Accept-Language", "<p>Hello"),
        (
            "/page.html",
            &[(language, "en;q=0.1"), (language, "zh")],
            "page.html.zh",
            "Accept-Language",
            "<p>你好",
        ),
        ("/page", &[(language, "zh")], "page.html.zh", "Accept-Language", "<p>你好"),
        ("/page.html.zh", &[(language, "en")], "", "", "<p>你好"),
        ("/report", &[], "report.html", "Accept", "<p>42"),
        ("/report", &[("Accept", "application/json")], "report.json", "Accept", "42"),
        ("/report.json", &[("Accept", "text/html")], "", "", "42"),
        ("/style.css", &[], "", "Accept-Encoding", "p { color"),
        ("/style.css", &[(encoding, "gzip")], "", "Accept-Encoding", "compressed with gzip"),
        ("/style.css", &[(encoding, "gzip, br")], "", "Accept-Encoding", "compressed with br"),
        (
            "/style.css",
            &[(encoding, "gzip, br;q=0.9")],
            "",
            "Accept-Encoding",
            "compressed with gzip",
        ),
        ("/style.css", &[(encoding, "identity;q=0, *;q=0")], "", "Accept-Encoding", "p { color"),
        ("/hello.txt", &[(encoding, "gzip")], "", "", "hello"),
    ] {
        let response = server.ask(&format!("GET {path}"), lines);
        assert_eq!(response.status, 200, "{path} {lines:?}");
        assert_eq!(response.field("Content-Location"), location, "{path} {lines:?}");
        assert_eq!(response.field("Vary"), varies, "{path} {lines:?}");
        assert!(response.text().starts_with(start), "{path} {lines:?}: {}", response.text());
    }
    let zh = server.ask("GET /page", &[(language, "zh")]);
    assert_eq!(zh.field("Content-Language"), "zh");
    assert_eq!(zh.field("Content-Type"), "text/html; charset=utf-8");
    let gzip = server.ask("GET /style.css", &[(encoding, "gzip")]);
    assert_eq!(gzip.field("Content-Encoding"), "gzip");
    assert_eq!(gzip.field("Content-Type"), "text/css; charset=utf-8");
}

#[test]
fn each_coding_has_its_own_tag() {
    let (server, _) = Running::open("coding-tags");
    let tag = |coding| {
        let response = server.ask("GET /style.css", &[("Accept-Encoding", coding)]);
        response.field("ETag").to_string()
    };
    let tags = [tag("identity"), tag("gzip"), tag("br")];
    assert!(tags.iter().all(|tag| tag.starts_with('"')), "{tags:?}");
    assert!(tags[0] != tags[1] && tags[1] != tags[2] && tags[0] != tags[2]);
    // What is fresh for one is not for the other.
    let lines = [("Accept-Encoding", "br"), ("If-None-Match", &*tags[1])];
    assert_eq!(server.ask("GET /style.css", &lines).status, 200);
}

#[test]
fn a_compressed_file_that_is_older_is_not_sent() {
    let (server, folder) = Running::open("outdated");
    // The kernel's clock for files moves in steps, so the same time twice would prove nothing.
    fs::write(folder.join("style.css"), "p { color: navy }\n").unwrap();
    let response = server.ask("GET /style.css", &[("Accept-Encoding", "gzip")]);
    assert_eq!(response.text(), "p { color: navy }\n");
    assert_eq!(response.field("Vary"), "");
}

#[test]
fn encoded_on_the_fly() {
    let folder = samples("encode");
    let server = Running::start(Config { encode: true, ..Config::new(&folder) });
    let gzip = [("Accept-Encoding", "gzip")];
    let response = server.ask("GET /numbers.txt", &gzip);
    assert_eq!(response.field("Content-Encoding"), "gzip");
    assert_eq!(response.field("Transfer-Encoding"), "chunked");
    assert_eq!(response.field("Accept-Ranges"), "none");
    assert!(response.content.len() < 5000);
    let tag = response.field("ETag");
    assert!(tag.starts_with("W/\"") && tag.ends_with("-gzip\""), "{tag}");
    let again = [gzip[0], ("If-None-Match", tag)];
    assert_eq!(server.ask("GET /numbers.txt", &again).status, 304);
    let part = [gzip[0], ("Range", "bytes=0-9")];
    assert_eq!(server.ask("GET /numbers.txt", &part).status, 200);
    // Plain, it has parts, and a strong tag.
    let part = server.ask("GET /numbers.txt", &[("Range", "bytes=0-3")]);
    assert_eq!((part.status, &*part.text()), (206, "1\n2\n"));
    assert_eq!(part.field("Vary"), "Accept-Encoding");
    // Too small to gain anything.
    assert_eq!(server.ask("GET /hello.txt", &gzip).field("Content-Encoding"), "");
    let head = server.ask("HEAD /numbers.txt", &gzip);
    assert_eq!((head.field("Content-Encoding"), head.content.len()), ("gzip", 0));
}

#[test]
fn not_acceptable() {
    let folder = samples("strict");
    let server = Running::start(Config { strict: true, ..Config::new(&folder) });
    for (path, name, value, listed) in [
        ("/page.html", "Accept-Language", "de", "page.html.en, page.html.zh"),
        ("/report", "Accept", "image/png", "report.html, report.json"),
        ("/style.css", "Accept-Encoding", "identity;q=0", "br, gzip, identity"),
    ] {
        let response = server.ask(&format!("GET {path}"), &[(name, value)]);
        assert_eq!(response.status, 406, "{path}");
        assert!(response.text().contains(listed), "{}", response.text());
        assert_eq!(response.field("Vary"), name);
    }
    assert_eq!(server.ask("GET /page.html", &[("Accept-Language", "zh")]).status, 200);
}

#[test]
fn conditions() {
    let (server, _) = Running::open("conditions");
    for (name, value, status) in [
        ("If-None-Match", HELLO, 304),
        ("If-None-Match", "\"other\"", 200),
        ("If-None-Match", "*", 304),
        ("If-Modified-Since", LONG_AGO, 304),
        ("If-Modified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 200),
        ("If-Match", HELLO, 200),
        ("If-Match", "\"other\"", 412),
        ("If-Unmodified-Since", "Sun, 06 Nov 1994 08:49:36 GMT", 412),
    ] {
        let response = server.ask("GET /hello.txt", &[(name, value)]);
        assert_eq!(response.status, status, "{name}: {value}");
    }
    let response = server.ask("GET /hello.txt", &[("If-None-Match", HELLO)]);
    assert_eq!(response.content, b"");
    assert_eq!(response.field("ETag"), HELLO);
    assert_eq!(response.field("Content-Type"), "");
    // What fails without a precondition fails as it does without one.
    let lines = [("If-Match", "\"other\""), ("If-None-Match", "*")];
    assert_eq!(server.ask("GET /nothing", &lines).status, 404);
    assert_eq!(server.ask("GET /docs", &lines).status, 308);
    assert_eq!(server.ask("OPTIONS /hello.txt", &lines).status, 204);
}

#[test]
fn a_304_has_what_a_cache_needs() {
    let folder = samples("not-modified");
    let cache_control = Some("max-age=60".to_string());
    let server = Running::start(Config { cache_control, ..Config::new(&folder) });
    let full = server.ask("GET /page.html", &[]);
    let lines = [("If-None-Match", full.field("ETag"))];
    let not_modified = server.ask("GET /page.html", &lines);
    assert_eq!(not_modified.status, 304);
    for name in ["ETag", "Cache-Control", "Content-Location", "Vary"] {
        assert!(!full.field(name).is_empty(), "{name}");
        assert_eq!(not_modified.field(name), full.field(name), "{name}");
    }
}

#[test]
fn ranges() {
    let (server, _) = Running::open("ranges");
    let all = numbers();
    for (range, status, content_range, expected) in [
        ("bytes=0-3", 206, "bytes 0-3/8893", &all[..4]),
        ("bytes=-5", 206, "bytes 8888-8892/8893", &all[8888..]),
        ("bytes=8888-", 206, "bytes 8888-8892/8893", &all[8888..]),
        ("bytes=0-", 206, "bytes 0-8892/8893", &all[..]),
        ("bytes=0-9,5-20", 206, "bytes 0-20/8893", &all[..21]),
        ("bytes=8893-", 416, "bytes */8893", "there are only 8893 bytes\n"),
        ("bytes=3-0", 200, "", &all[..]),
        ("lines=1-2", 200, "", &all[..]),
    ] {
        let response = server.ask("GET /numbers.txt", &[("Range", range)]);
        assert_eq!(response.status, status, "{range}");
        assert_eq!(response.field("Content-Range"), content_range, "{range}");
        assert_eq!(response.text(), expected, "{range}");
    }
    // Only GET has ranges, and what has not changed needs none.
    assert_eq!(server.ask("HEAD /numbers.txt", &[("Range", "bytes=0-3")]).status, 200);
    let known = [("Range", "bytes=0-3"), ("If-None-Match", "*")];
    assert_eq!(server.ask("GET /numbers.txt", &known).status, 304);
    assert_eq!(server.ask("GET /empty.txt", &[("Range", "bytes=0-")]).status, 416);
    assert_eq!(server.ask("GET /empty.txt", &[("Range", "bytes=-1")]).status, 200);
}

#[test]
fn several_ranges() {
    let (server, _) = Running::open("multipart");
    let response = server.ask("GET /numbers.txt", &[("Range", "bytes=0-3,-5")]);
    assert_eq!(response.status, 206);
    assert_eq!(response.field("Content-Range"), "");
    let content_type = response.field("Content-Type");
    let boundary = content_type.strip_prefix("multipart/byteranges; boundary=").unwrap();
    let text = response.text();
    let parts: Vec<_> = text.split(&format!("--{boundary}")).collect();
    assert_eq!(parts.len(), 4, "{text}");
    let part = |range: &str, content: &str| {
        format!(
            "\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Range: bytes {range}/8893\r\n\
             \r\n{content}\r\n"
        )
    };
    assert_eq!(parts[1], part("0-3", "1\n2\n"));
    assert_eq!(parts[2], part("8888-8892", "2000\n"));
    assert_eq!(parts[3], "--\r\n");
}

#[test]
fn if_range() {
    let (server, _) = Running::open("if-range");
    let tag = server.ask("GET /numbers.txt", &[]).field("ETag").to_string();
    let weak = format!("W/{tag}");
    for (value, status) in [
        (&*tag, 206),
        (&*weak, 200),
        ("\"other\"", 200),
        (LONG_AGO, 206),
        ("Sun, 06 Nov 1994 08:49:38 GMT", 200),
    ] {
        let lines = [("Range", "bytes=0-3"), ("If-Range", value)];
        let response = server.ask("GET /numbers.txt", &lines);
        assert_eq!(response.status, status, "{value}");
        if status == 206 {
            // The client knows the rest from the response that it has the beginning of.
            assert_eq!(response.field("Content-Type"), "");
            assert_eq!(response.field("ETag"), tag);
        }
    }
}

#[test]
fn put_creates_and_replaces() {
    let (server, folder) = Running::open("put");
    let created = server.send("PUT /new.txt", &[("If-None-Match", "*")], b"one");
    assert_eq!((created.status, created.text()), (201, String::new()));
    let tag = created.field("ETag").to_string();
    assert_eq!(server.ask("GET /new.txt", &[]).field("ETag"), tag);
    assert_eq!(server.send("PUT /new.txt", &[("If-None-Match", "*")], b"two").status, 412);
    assert_eq!(server.send("PUT /new.txt", &[("If-Match", "\"x\"")], b"two").status, 412);
    assert_eq!(server.ask("GET /new.txt", &[]).text(), "one");
    let replaced = server.send("PUT /new.txt", &[("If-Match", &tag)], b"two");
    assert_eq!(replaced.status, 204);
    let failed = server.send("PUT /new.txt", &[("If-Match", &tag)], b"three");
    assert_eq!((failed.status, failed.field("ETag")), (412, replaced.field("ETag")));
    assert_eq!(server.send("PUT /new.txt", &[], b"four").status, 204);
    assert_eq!(server.ask("GET /new.txt", &[]).text(), "four");
    assert_eq!(server.send("PUT /missing.txt", &[("If-Match", "*")], b"x").status, 412);
    assert!(!folder.join("missing.txt").exists());
    assert_eq!(server.ask("PUT /nothing.txt", &[("Content-Length", "0")]).status, 201);
    assert_eq!(fs::read(folder.join("nothing.txt")).unwrap(), b"");
}

#[test]
fn delete() {
    let (server, folder) = Running::open("delete");
    assert_eq!(server.ask("DELETE /hello.txt", &[("If-Match", "\"x\"")]).status, 412);
    assert!(folder.join("hello.txt").exists());
    assert_eq!(server.ask("DELETE /hello.txt", &[("If-Match", HELLO)]).status, 204);
    assert!(!folder.join("hello.txt").exists());
    assert_eq!(server.ask("DELETE /hello.txt", &[]).status, 404);
    assert_eq!(server.ask("DELETE /docs/", &[]).status, 405);
    assert_eq!(server.ask("DELETE /docs", &[]).status, 409);
}

#[test]
fn what_put_does_not_take() {
    let (server, folder) = Running::open("put-refused");
    for (path, lines, status, (name, value)) in [
        ("/a.txt", &[("Content-Range", "bytes 0-0/5")][..], 400, ("Allow", "")),
        ("/a.txt", &[("Content-Encoding", "gzip")], 415, ("Accept-Encoding", "identity")),
        ("/a.txt", &[("Content-Type", "text/html")], 415, ("Accept", "text/plain; charset=utf-8")),
        ("/a.txt", &[("Content-Type", "Text/Plain")], 201, ("Allow", "")),
        ("/no/such/folder.txt", &[], 409, ("Allow", "")),
        ("/docs", &[], 409, ("Allow", "")),
        ("/page.html", &[], 409, ("Allow", "")),
        ("/docs/", &[], 405, ("Allow", "GET, HEAD, OPTIONS, TRACE")),
        ("/.hidden", &[], 404, ("Allow", "")),
        ("/../x", &[], 404, ("Allow", "")),
    ] {
        let response = server.send(&format!("PUT {path}"), lines, b"x");
        assert_eq!(response.status, status, "{path} {lines:?}: {}", response.text());
        assert_eq!(response.field(name), value, "{path} {lines:?}");
    }
    let text = server.send("PUT /page.html", &[], b"x").text();
    assert!(text.contains("page.html.en, page.html.zh"), "{text}");
    assert!(!folder.join("../x").exists() && !folder.join(".hidden").exists());
    let read_only = Running::start(Config::new(&folder));
    let refused = read_only.send("PUT /a.txt", &[], b"x");
    assert_eq!((refused.status, refused.field("Allow")), (405, "GET, HEAD, OPTIONS"));
}

#[test]
fn at_most_so_much_is_taken_and_nothing_is_left_behind() {
    let folder = samples("too-large");
    let config = Config { writable: true, max_upload: 10, ..Config::new(&folder) };
    let server = Running::start(config);
    assert_eq!(server.send("PUT /ten.txt", &[], b"0123456789").status, 201);
    assert_eq!(server.send("PUT /hello.txt", &[], b"0123456789x").status, 413);
    // Without a stated length it shows only on the way.
    let chunked = b"PUT /hello.txt HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n\
                    6\r\nabcdef\r\n6\r\nabcdef\r\n0\r\n\r\n";
    assert!(server.raw(chunked).starts_with(b"HTTP/1.1 413"));
    // And what ends in the middle is not half a file.
    let cut = b"PUT /hello.txt HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nabc";
    assert!(!server.raw(cut).starts_with(b"HTTP/1.1 2"));
    assert_eq!(fs::read(folder.join("hello.txt")).unwrap(), b"hello, world\n");
    let names = fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name());
    let left: Vec<_> = names.filter(|name| name.to_string_lossy().starts_with(".up")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn who_must_name_the_version() {
    let folder = samples("require");
    let config = Config { writable: true, require_conditions: true, ..Config::new(&folder) };
    let server = Running::start(config);
    assert_eq!(server.send("PUT /hello.txt", &[], b"x").status, 428);
    assert_eq!(server.ask("DELETE /hello.txt", &[]).status, 428);
    assert_eq!(server.send("PUT /hello.txt", &[("If-Match", HELLO)], b"x").status, 204);
    assert_eq!(server.send("PUT /new.txt", &[("If-None-Match", "*")], b"x").status, 201);
    assert_eq!(server.ask("DELETE /hello.txt", &[("If-Match", "*")]).status, 204);
}

#[test]
fn of_many_editors_with_the_same_version_one_wins() {
    let (server, _) = Running::open("race");
    let statuses = within(LIMIT, "the editors", move || {
        thread::scope(|threads| {
            let editors: Vec<_> = (0..16)
                .map(|editor| {
                    let server = &server;
                    threads.spawn(move || {
                        let content = format!("editor {editor}");
                        let lines = [("If-Match", HELLO)];
                        server.send("PUT /hello.txt", &lines, content.as_bytes()).status
                    })
                })
                .collect();
            editors.into_iter().map(|editor| editor.join().unwrap()).collect::<Vec<_>>()
        })
    });
    assert_eq!(statuses.iter().filter(|status| **status == 204).count(), 1, "{statuses:?}");
    assert_eq!(statuses.iter().filter(|status| **status == 412).count(), 15, "{statuses:?}");
}

#[test]
fn a_refused_put_is_not_even_sent() {
    let (server, _) = Running::open("continue");
    let mut stream = TcpStream::connect(server.address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    let head = "PUT /hello.txt HTTP/1.1\r\nHost: a\r\nIf-Match: \"x\"\r\nContent-Length: 9\r\n\
                Expect: 100-continue\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let mut start = [0; 12];
    stream.read_exact(&mut start).unwrap();
    assert_eq!(&start, b"HTTP/1.1 412");
}

#[test]
fn nothing_outside_is_served() {
    let outside = folder("outside");
    write(&outside, "secret.txt", "secret");
    let (server, folder) = Running::open("traversal");
    symlink(outside.join("secret.txt"), folder.join("link.txt")).unwrap();
    symlink(&outside, folder.join("way")).unwrap();
    symlink(folder.join("hello.txt"), folder.join("inside.txt")).unwrap();
    for path in [
        "/../outside/secret.txt",
        "/docs/../../outside/secret.txt",
        "/%2e%2e/outside/secret.txt",
        "/..%2foutside%2fsecret.txt",
        "/%252e%252e/outside/secret.txt",
        "/..%5coutside",
        "/link.txt",
        "/way/secret.txt",
        "/.secret",
        "/hello.txt%00.html",
        "//hello.txt",
        "/hello.txt/",
        "/%ff",
    ] {
        let response = server.ask(&format!("GET {path}"), &[]);
        assert_eq!(response.status, 404, "{path}");
        assert!(!response.text().contains("secret"), "{path}");
    }
    assert_eq!(server.ask("GET /inside.txt", &[]).status, 200);
    assert_eq!(server.send("PUT /way/new.txt", &[], b"x").status, 409);
    assert_eq!(server.send("PUT /link.txt", &[], b"x").status, 409);
    assert_eq!(fs::read(outside.join("secret.txt")).unwrap(), b"secret");
    assert!(!outside.join("new.txt").exists());
}

#[test]
fn methods() {
    let (server, _) = Running::open("methods");
    let all = "GET, HEAD, OPTIONS, PUT, DELETE, TRACE";
    for (request, status, allow) in [
        ("OPTIONS /hello.txt", 204, all),
        ("OPTIONS /not-yet.txt", 204, all),
        ("OPTIONS *", 204, all),
        ("OPTIONS /docs/", 204, "GET, HEAD, OPTIONS, TRACE"),
        ("POST /hello.txt", 405, all),
        ("POST /nothing", 404, ""),
        ("BREW /hello.txt", 501, ""),
    ] {
        let response = server.ask(request, &[]);
        assert_eq!((response.status, response.field("Allow")), (status, allow), "{request}");
    }
    let folder = samples("methods-read-only");
    let read_only = Running::start(Config::new(&folder));
    let response = read_only.ask("TRACE /hello.txt", &[]);
    assert_eq!((response.status, response.field("Allow")), (405, "GET, HEAD, OPTIONS"));
    assert_eq!(read_only.ask("GET /echo", &[]).status, 404);
    assert_eq!(read_only.ask("GET /moved/301/hello.txt", &[]).status, 404);
}

#[test]
fn trace_gives_back_all_but_secrets() {
    let (server, _) = Running::open("trace");
    let lines = [
        ("Max-Forwards", "0"),
        ("Cookie", "id=1"),
        ("X-Anything", "as it came"),
        ("authorization", "Basic eDp5"),
    ];
    let response = server.ask("TRACE /any/where?x=1", &lines);
    assert_eq!((response.status, response.field("Content-Type")), (200, "message/http"));
    let expected = "TRACE /any/where?x=1 HTTP/1.1\r\nHost: localhost\r\nMax-Forwards: 0\r\n\
                    X-Anything: as it came\r\nConnection: close\r\n\r\n";
    assert_eq!(response.text(), expected);
}

#[test]
fn redirects() {
    let (server, _) = Running::open("redirects");
    for code in [301, 302, 303, 307, 308] {
        let response = server.ask(&format!("POST /moved/{code}/hello.txt"), &[]);
        assert_eq!((response.status, response.field("Location")), (code, "/hello.txt"));
    }
    // A browser takes `\` for `/`.
    for place in ["/b.test/", r"\b.test/", r"\/\b.test/"] {
        let response = server.ask(&format!("GET /moved/301/{place}"), &[]);
        assert_eq!(response.field("Location"), "/b.test/", "{place}");
    }
    assert_eq!(server.ask("GET /moved/304/hello.txt", &[]).status, 404);
    assert_eq!(server.ask("GET /docs?x=1", &[]).field("Location"), "/docs/?x=1");
    assert_eq!(server.ask("GET /docs/", &[]).text(), "<p>docs</p>\n");
    let echo = server.send("POST /echo", &[("Content-Type", "text/plain")], b"hello");
    assert_eq!(echo.text(), "POST with 5 bytes of text/plain: hello\n");
    assert_eq!(server.ask("GET /echo", &[]).text(), "GET with no content\n");
}

#[test]
fn a_file_from_the_future_was_changed_now() {
    let (server, folder) = Running::open("future");
    let far = SystemTime::now() + LIMIT * 1000;
    let file = fs::File::options().write(true).open(folder.join("hello.txt")).unwrap();
    file.set_modified(far).unwrap();
    let response = server.ask("GET /hello.txt", &[]);
    assert_eq!(response.field("Last-Modified"), response.field("Date"));
    // And one from before 1970 does not end the server.
    file.set_modified(SystemTime::UNIX_EPOCH - LIMIT).unwrap();
    let response = server.ask("GET /hello.txt", &[]);
    assert_eq!(response.field("Last-Modified"), "Thu, 01 Jan 1970 00:00:00 GMT");
}

#[test]
fn two_changes_within_a_second_have_two_tags() {
    let (server, folder) = Running::open("same-second");
    let tag = |content: &str| {
        // Same length, same second, same file: only the bytes differ.
        write(&folder, "hello.txt", content);
        server.ask("GET /hello.txt", &[]).field("ETag").to_string()
    };
    let tags = [tag("one"), tag("two"), tag("one")];
    assert_ne!(tags[0], tags[1]);
    assert_eq!(tags[0], tags[2]);
}

#[test]
fn a_folder_that_is_none() {
    use http_semantics::site::Site;
    let folder = samples("no-folder");
    assert!(Site::open(Config::new(folder.join("none"))).is_err());
    assert!(Site::open(Config::new(folder.join("hello.txt"))).is_err());
    let cache_control = Some("max-age=1\r\nX: y".to_string());
    assert!(Site::open(Config { cache_control, ..Config::new(&folder) }).is_err());
}

#[test]
fn a_new_version_is_as_secret_as_the_old_one() {
    use std::os::unix::fs::PermissionsExt;

    let (server, folder) = Running::open("mode");
    let path = folder.join("hello.txt");
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
    assert_eq!(server.send("PUT /hello.txt", &[], b"new").status, 204);
    assert_eq!(mode(), 0o600);
}

#[test]
fn a_name_that_no_file_can_have() {
    let (server, _) = Running::open("long");
    let long = "a".repeat(300);
    assert_eq!(server.ask(&format!("GET /{long}"), &[]).status, 404);
    assert_eq!(server.send(&format!("PUT /{long}"), &[], b"x").status, 404);
    assert_eq!(server.send(&format!("PUT /{long}/a"), &[], b"x").status, 409);
}
