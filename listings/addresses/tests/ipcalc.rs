//! The program as a user sees it.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::process::Command;
use std::time::Duration;

use testkit::{Finished, Process};

const LIMIT: Duration = Duration::from_secs(10);

fn ipcalc(arguments: &[&str], input: &[u8]) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ipcalc"));
    let (process, mut stdin) = Process::stdin_piped(command.args(arguments)).unwrap();
    // A program that refuses its arguments does not read.
    let _ = stdin.write_all(input);
    drop(stdin);
    process.finish(LIMIT).unwrap()
}

fn succeeds(arguments: &[&str], output: &str) {
    let finished = ipcalc(arguments, b"");
    assert_eq!(finished.text(), output, "{arguments:?}");
    assert!(finished.status.success(), "{arguments:?}");
}

fn fails(arguments: &[&str], why: &str) {
    let finished = ipcalc(arguments, b"");
    assert!(finished.text().contains(why), "{arguments:?}: {}", finished.text());
    assert_eq!(finished.status.code(), Some(1), "{arguments:?}");
}

#[test]
fn a_table_for_an_interface() {
    succeeds(
        &["192.0.2.17/26"],
        "address    192.0.2.17\n\
         bits       11000000.00000000.00000010.00|010001\n\
         block      192.0.2.0/24 (RFC 5737)\n           Documentation (TEST-NET-1)\n\
         network    192.0.2.0/26\n\
         netmask    255.255.255.192\n\
         hostmask   0.0.0.63\n\
         first      192.0.2.0\n\
         last       192.0.2.63\n\
         size       64 = 2^6\n\
         broadcast  192.0.2.63\n\
         hosts      62, from 192.0.2.1 to 192.0.2.62\n",
    );
    succeeds(
        &["fe80::1%eth0"],
        "address    fe80::1\n\
         in full    fe80:0000:0000:0000:0000:0000:0000:0001\n\
         block      fe80::/10 (RFC 4291)\n           Link-Local Unicast\n\
         zone       eth0\n",
    );
}

#[test]
fn sums_with_prefixes() {
    succeeds(&["split", "10.0.0.0/8", "9"], "10.0.0.0/9\n10.128.0.0/9\n");
    let rest = "… and 340282366920938463463374607431768211455 more\n";
    succeeds(&["split", "::/0", "128", "--limit", "1"], &format!("::/128\n{rest}"));
    succeeds(&["split", "::/0", "128", "--limit", "0"], "… and 2^128 more\n");
    succeeds(
        &["aggregate", "192.0.2.1", "192.0.2.0/32", "::/1", "8000::/1"],
        "192.0.2.0/31\n::/0\n",
    );
    succeeds(&["range", "192.0.2.1", "192.0.2.4"], "192.0.2.1/32\n192.0.2.2/31\n192.0.2.4/32\n");
    succeeds(&["exclude", "10.0.0.0/8", "10.64.0.0/10"], "10.0.0.0/10\n10.128.0.0/9\n");
    succeeds(&["in", "10.0.0.0/8", "11.0.0.1", "10.255.0.1", "::a00:1"], "10.255.0.1\n");
    let finished = ipcalc(&["in", "10.0.0.0/8", "11.0.0.1"], b"");
    assert_eq!((finished.text().as_str(), finished.status.code()), ("", Some(1)));
    succeeds(
        &["special", "10.1.1.1", "192.0.3.1"],
        "10.1.1.1         not global  Private-Use\n192.0.3.1        global      nothing special\n",
    );
    succeeds(&["eui64", "2001:db8::/64", "00:02:b3:1e:83:29"], "2001:db8::202:b3ff:fe1e:8329\n");
}

#[test]
fn lines_of_stdin() {
    let finished = ipcalc(&["aggregate"], b"10.0.0.0/9\r\n\n  10.128.0.0/9\n");
    assert_eq!(finished.text(), "10.0.0.0/8\n");
    let finished = ipcalc(&["in", "10.1.0.0/16"], b"10.1.2.3\n10.12.0.1\n10.1.0.0\n");
    assert_eq!(finished.text(), "10.1.2.3\n10.1.0.0\n");
    let finished = ipcalc(&["parse"], b"::FFFF\n127.1\n192.0.2.1/24\nfe80::1%lo\n");
    assert_eq!(finished.text(), "::ffff\nerror\n192.0.2.1/24\nfe80::1%lo\n");
    assert_eq!(finished.status.code(), Some(1));
    // A line without an end, and bytes that are no text.
    let finished =
        ipcalc(&["parse"], &[b"1".repeat(100_000), b"\n\xff\xfe\n::1".to_vec()].concat());
    assert_eq!(finished.text(), "error\nerror\n::1\n");
}

#[test]
fn refusals_mark_the_place() {
    let finished = ipcalc(&["1.2.3.256"], b"");
    assert_eq!(finished.text(), "1.2.3.256\n      ^^^\noctet 4, \"256\", is greater than 255\n");
    fails(&["in", "10.0.0.1/8", "10.0.0.1"], "the network is 10.0.0.0/8");
    fails(&["split", "10.0.0.0/8", "7"], "parts of 8 to 32 bits");
    fails(&["range", "192.0.2.4", "192.0.2.1"], "write the lower address first");
    fails(&["range", "192.0.2.4", "::1"], "one is IPv4");
    fails(&["eui64", "2001:db8::/65", "00:02:b3:1e:83:29"], "leaves 63 bits");
    fails(&["eui64", "2001:db8::/64", "00:02"], "six bytes");
    fails(&["explain", "0177.0.0.1"], "inet_aton  127.0.0.1\nwhich is   Loopback, not global\n");
    let finished = ipcalc(&["\u{1b}[31m1.2.3.4"], b"");
    assert!(!finished.text().contains('\u{1b}'), "a terminal would obey: {:?}", finished.text());
}

#[test]
fn no_line_is_wider_than_a_page() {
    let texts = [
        "ffff:ffff:ffff:ffff:ffff:ffff:255.255.255.255",
        "2001:1::3",
        "2001:30::1",
        "fe80::ff:fe00:1",
        "1.2.3.4.5.6.7.8.9",
        "0400.1.1.1",
        "ffff:ffff::/33",
        "::/0",
        "1:2:3:4:5:6:7:1.2.3.4",
    ];
    for text in texts {
        for command in [&["explain", text][..], &["special", text], &[text]] {
            let output = ipcalc(command, b"").text();
            assert!(output.lines().all(|line| line.chars().count() <= 78), "{output}");
        }
    }
}

/// A server that answers everything with the secret, and what the guard makes of `host`.
fn guarded(filter: &str, host: &str) -> String {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port().to_string();
    std::thread::spawn(move || {
        for mut stream in server.incoming().flatten() {
            // What is left unread would make the kernel reset the connection.
            let mut request = Vec::new();
            while !request.ends_with(b"\r\n\r\n") {
                let mut byte = [0];
                stream.read_exact(&mut byte).unwrap();
                request.extend(byte);
            }
            let _ = stream.write_all(b"HTTP/1.0 200 OK\r\n\r\nthe secret\n");
        }
    });
    let guard = testkit::example("guard");
    let process = Process::start(Command::new(guard).args([filter, host, &port, "/"])).unwrap();
    process.finish(LIMIT).unwrap().text()
}

#[test]
fn the_filter_on_text_lets_loopback_pass() {
    assert!(guarded("text", "127.0.0.1").contains("127.0.0.1 is inside"));
    assert_eq!(guarded("text", "::ffff:127.0.0.1"), "the secret\n");
    let mut texts = vec!["127.0.0.1", "::ffff:127.0.0.1", "localhost"];
    // What getaddrinfo takes is another question elsewhere.
    if cfg!(all(target_os = "linux", target_env = "gnu")) {
        texts.extend(["0177.1", "0x7f.1", "2130706433", "0"]);
        assert_eq!(guarded("text", "0177.1"), "the secret\n");
        assert_eq!(guarded("text", "2130706433"), "the secret\n");
    }
    for text in texts {
        let said = guarded("address", text);
        assert!(said.contains("which is inside"), "{text}: {said}");
    }
}
