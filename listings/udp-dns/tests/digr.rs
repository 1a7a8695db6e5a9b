//! `digr` as a program: what it prints and how it ends.

mod peer;

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Command;

use peer::{FORGED, LIMIT, Peer, TRUE, answer};
use testkit::{Finished, Process};

fn digr(arguments: &str) -> Finished {
    let mut command = Command::new(env!("CARGO_BIN_EXE_digr"));
    command.args(arguments.split_whitespace());
    Process::start(&mut command).unwrap().finish(LIMIT).unwrap()
}

/// A server that lies once and then tells the truth.
fn server() -> SocketAddr {
    Peer::new().play(|peer| {
        let (query, from) = peer.query();
        let mut lie = answer(&query, FORGED);
        lie.id ^= 1;
        peer.send(&lie, from);
        peer.send(&answer(&query, TRUE), from);
    })
}

/// A file that tests of this crate may write.
fn file(name: &str, text: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, text).unwrap();
    path
}

#[test]
fn the_whole_answer() {
    let server = server();
    let finished = digr(&format!("@{server} www.example.test"));
    assert_eq!(finished.status.code(), Some(0));
    let text = finished.text();
    let id = text.lines().next().unwrap().rsplit(' ').next().unwrap();
    let expected = format!(
        ";; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: {id}\n\
         ;; flags: qr rd; QUERY: 1, ANSWER: 1, AUTHORITY: 0, ADDITIONAL: 1\n\n\
         ;; OPT PSEUDOSECTION:\n; EDNS: version: 0, flags:; udp: 1232\n\
         ;; QUESTION SECTION:\n;www.example.test.\tIN\tA\n\n\
         ;; ANSWER SECTION:\nwww.example.test.\t300\tIN\tA\t192.0.2.80\n\n\
         ;; means: www.example.test. has 1 record\n\
         ;; from {server} over UDP, 61 bytes\n\
         ;; 1 answer ignored: wrong ID 1\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn the_data_alone() {
    let finished = digr(&format!("@{} www.example.test A --short", server()));
    assert_eq!((finished.status.code(), finished.text().as_str()), (Some(0), "192.0.2.80\n"));
}

#[test]
fn the_bytes() {
    let text = digr(&format!("@{} --hex --no-edns -x 192.0.2.1", server())).text();
    assert!(text.starts_with(";; query, 40 bytes\n00000000  "), "{text}");
    assert!(text.contains("01 31 01 32  |"), "{text}");
    assert!(text.contains(";1.2.0.192.in-addr.arpa.\tIN\tPTR\n"), "{text}");
}

#[test]
fn nobody_answers() {
    let nobody = Peer::new().address;
    let finished = digr(&format!("@{nobody} www.example.test --tries 1"));
    assert_eq!(finished.status.code(), Some(9));
    let text =
        format!("digr: no server answered: {nobody} over UDP: refused: no server listens there\n");
    assert_eq!(finished.text(), text);
}

#[test]
fn mistakes_say_what_to_do() {
    let cases = [
        ("", "say a name"),
        ("a..b", "an empty label"),
        ("www.example.test NONSENSE", "write MX or TYPE15"),
        ("@nowhere www.example.test", "write @192.0.2.53"),
        ("@127.0.0.1 @127.0.0.2 www.example.test", "one @SERVER"),
        ("a.test MX and more", "the type stands last"),
        ("a.test --bufsize 100", "512"),
        ("a.test --timeout 0", "more than 0"),
        ("a.test --tries 9", "1..=5"),
        ("-x 192.0.2", "192.0.2"),
    ];
    for (arguments, expected) in cases {
        let finished = digr(arguments);
        assert_eq!(finished.status.code(), Some(1), "{arguments}");
        assert!(finished.text().contains(expected), "{arguments}: {}", finished.text());
    }
    assert_eq!(digr("--help").status.code(), Some(0));
}

#[test]
fn a_hosts_file_needs_no_server() {
    let hosts = file("digr-hosts", "192.0.2.7 seven.example.test seven\n2001:db8::7 seven\n");
    let hosts = hosts.display();
    assert_eq!(digr(&format!("seven --hosts={hosts}")).text(), "192.0.2.7\n");
    assert_eq!(digr(&format!("SEVEN AAAA --hosts={hosts}")).text(), "2001:db8::7\n");
}

#[test]
fn short_names_get_suffixes() {
    let conf = file("digr-resolv.conf", "search one.test example.test\nbad line\n");
    let server = Peer::new().play(|peer| {
        let (query, from) = peer.query();
        assert_eq!(query.questions[0].name.to_string(), "www.one.test.");
        let mut none = answer(&query, FORGED);
        none.answers.clear();
        none.rcode = udp_dns::message::Rcode::NAME_ERROR;
        peer.send(&none, from);
        let (query, from) = peer.query();
        peer.send(&answer(&query, TRUE), from);
    });
    let conf = conf.display();
    let finished = digr(&format!("@{server} www --search --resolv-conf {conf}"));
    assert!(finished.text().contains("www.example.test.\t300\tIN\tA\t192.0.2.80"));
}

/// The example, as the page runs it.
#[test]
fn the_forger_wins_against_the_naive_alone() {
    let spoofer = &mut Command::new(testkit::example("spoofer"));
    let finished = Process::start(spoofer).unwrap().finish(LIMIT).unwrap();
    let expected = "\
resolver                    forged answers  believes
one port, IDs that count                 1  192.0.2.66, the forger's
one port, random IDs                 45860  192.0.2.66, the forger's
digr's, its port betrayed              100  192.0.2.80, the server's
";
    assert_eq!(finished.text(), expected);
}
