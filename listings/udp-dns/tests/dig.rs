//! `dig` asks `zoned`, and `named` with the same zone file is asked the same.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use testkit::{Process, free_port, require};
use udp_dns::message::{Kind, Message, Rcode};
use udp_dns::name::Name;
use udp_dns::resolver::framing::framed;
use udp_dns::server::{Settings, Transport, answer};
use udp_dns::zone::Zone;

const LIMIT: Duration = Duration::from_secs(60);
const ZONE: &str = include_str!("../demo/example.test.zone");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/example.test.zone");

struct Zoned {
    process: Process,
    port: String,
}

fn zoned() -> Zoned {
    let mut command = Command::new(env!("CARGO_BIN_EXE_zoned"));
    command.args(["--zone", FILE, "--origin", "example.test", "--listen", "127.0.0.1:0", "-v"]);
    let process = Process::start(&mut command).expect("zoned starts");
    process.wait_for_text("\n", LIMIT).expect("zoned is ready");
    let said = process.text_so_far();
    let port = said.trim().rsplit(':').next().expect("a port").to_owned();
    Zoned { process, port }
}

impl Zoned {
    fn dig(&self, line: &str) -> String {
        let mut command = Command::new(require("dig"));
        command.args(["@127.0.0.1", "-p", &self.port]).args(line.split_whitespace());
        Process::start(&mut command).expect("dig starts").finish(LIMIT).expect("it ends").text()
    }
}

#[test]
#[ignore = "needs dig: ci/setup.sh"]
fn dig_gets_what_the_zone_says() {
    let zoned = zoned();
    for (line, said) in [
        ("+short www.example.test", "192.0.2.80\n192.0.2.81\n"),
        (
            "+short +tcp shop.example.test",
            "web.example.test.\nwww.example.test.\n192.0.2.80\n192.0.2.81\n",
        ),
        ("+short example.test MX", "10 mail.example.test.\n20 mail.example.net.\n"),
        (
            "+short _http._tcp.example.test SRV",
            "0 5 80 www.example.test.\n1 0 8080 mail.example.test.\n",
        ),
        ("+short unknown.example.test TYPE65280", "\\# 3 010203\n"),
        ("+short odd\\.dot.names.example.test TXT", "\"the first label is odd.dot\"\n"),
        (
            "+short space\\032s.names.example.test TXT",
            "\"\\\"quoted\\\" \\\\ A\" \"and a second string\"\n",
        ),
        ("+short upper.case.names.example.test", "192.0.2.7\n"),
        ("+short anything.dyn.example.test", "192.0.2.99\n"),
        ("+short b.dyn.example.test", ""),
    ] {
        assert_eq!(zoned.dig(line), said, "{line}");
    }
    for (line, needles) in [
        (
            "nobody.example.test",
            &["status: NXDOMAIN", "flags: qr aa rd;", "example.test.\t\t300\tIN\tSOA"][..],
        ),
        ("www.example.test MX", &["status: NOERROR", "ANSWER: 0, AUTHORITY: 1"]),
        (
            "x.sub.example.test",
            &["status: NOERROR", "flags: qr rd;", "AUTHORITY: 2, ADDITIONAL: 2", "192.0.2.153"],
        ),
        ("www.example.net", &["status: REFUSED"]),
        ("-x 192.0.2.80", &["status: REFUSED"]),
        ("example.test AXFR", &["Transfer failed"]),
        ("+opcode=notify www.example.test", &["status: NOTIMP", "opcode: NOTIFY"]),
        ("+edns=1 +noednsnegotiation www.example.test", &["status: BADVERS"]),
        ("+edns=1 www.example.test", &["BADVERS, retrying with EDNS version 0", "status: NOERROR"]),
        ("+noedns +ignore large.example.test TXT", &["flags: qr aa tc rd;", "ANSWER: 0"]),
        ("+noedns large.example.test TXT", &["Truncated, retrying in TCP mode", "ANSWER: 7"]),
        ("+bufsize=4096 +ignore huge.example.test TXT", &["flags: qr aa tc rd;", "udp: 1232"]),
        ("+bufsize=1232 +padding=300 large.example.test TXT", &["ANSWER: 7", "(UDP)"]),
        ("wWw.ExAmPlE.tEsT", &[";wWw.ExAmPlE.tEsT.", "ANSWER: 2"]),
        ("+dnssec www.example.test", &["flags: do; udp: 1232", "ANSWER: 2"]),
        ("+tcp +keepopen www.example.test A mail.example.test A", &["192.0.2.80", "192.0.2.25"]),
        ("+subnet=192.0.2.0/24 +cookie=0102030405060708 www.example.test", &["status: NOERROR"]),
        ("+header-only www.example.test", &["status: FORMERR"]),
    ] {
        let said = zoned.dig(line);
        for needle in needles {
            assert!(said.contains(needle), "{line}: no {needle:?} in {said}");
        }
    }
    zoned.process.terminate();
    let finished = zoned.process.finish(LIMIT).expect("zoned ends");
    assert!(finished.status.success(), "SIGTERM is a way to end");
    let log = finished.text();
    assert!(log.contains("udp nobody.example.test. A: NXDOMAIN, "), "{log}");
}

#[test]
#[ignore = "needs named-checkzone: ci/setup.sh"]
fn the_checker_of_bind_accepts_the_zone() {
    let mut command = Command::new(require("named-checkzone"));
    let finished = Process::start(command.args(["-k", "fail", "example.test", FILE]));
    let finished = finished.expect("it starts").finish(LIMIT).expect("it ends");
    assert!(finished.status.success(), "{}", finished.text());
}

/// A running `named` that serves the demo zone.
struct Named {
    _process: Process,
    folder: PathBuf,
    stream: TcpStream,
}

impl Named {
    fn start() -> Self {
        let port = free_port();
        let folder =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("demo-{}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder");
        fs::write(folder.join("zone"), ZONE).expect("written");
        // minimal-responses: without it, the zone's NS records go along with every answer.
        // zero-no-soa-ttl: asked for an SOA that is not there, named would say TTL 0 instead of what
        // RFC 2308 §3 says, so that nobody keeps it.
        let configuration = format!(
            "options {{ directory \"{}\"; pid-file none; session-keyfile none;
                listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
                recursion no; dnssec-validation no; notify no; minimal-responses yes;
                check-names primary ignore;
                zero-no-soa-ttl no; }};
            controls {{ }};
            zone \"example.test\" {{ type primary; file \"zone\"; }};\n",
            folder.display()
        );
        let file = folder.join("named.conf");
        fs::write(&file, configuration).expect("written");
        let mut command = Command::new(require("named"));
        let process = Process::start(command.args(["-g", "-n", "1", "-c"]).arg(&file));
        let process = process.expect("named starts");
        process.wait_for_text("loaded serial 2026010101", LIMIT).expect("it loads the zone");
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        process.wait_for_port(address, LIMIT).expect("it listens");
        let stream = TcpStream::connect(address).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        Self { _process: process, folder, stream }
    }

    fn ask(&mut self, request: &[u8]) -> Message {
        self.stream.write_all(&framed(request).expect("it fits")).expect("sent");
        let mut length = [0; 2];
        self.stream.read_exact(&mut length).expect("a length");
        let mut answer = vec![0; u16::from_be_bytes(length).into()];
        self.stream.read_exact(&mut answer).expect("an answer");
        Message::parse(&answer).expect("named writes good messages")
    }
}

impl Drop for Named {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// What has to agree: code, AA, answers, and who knows more or how long nobody does. Not the
/// additional section, where each server may leave out what it likes, but for glue.
fn essence(
    message: &Message,
) -> (Rcode, bool, BTreeSet<String>, BTreeSet<String>, BTreeSet<String>) {
    let texts = |records: &[udp_dns::message::Record]| {
        records.iter().map(|record| record.to_string().to_lowercase()).collect::<BTreeSet<_>>()
    };
    let referral = message.answers.is_empty() && !message.flags.authoritative;
    let glue = if referral { texts(&message.additionals) } else { BTreeSet::new() };
    let (answers, authorities) = (texts(&message.answers), texts(&message.authorities));
    (message.rcode, message.flags.authoritative, answers, authorities, glue)
}

#[test]
#[ignore = "needs named: ci/setup.sh"]
fn named_says_the_same_about_every_name_and_type() {
    let zone = Zone::parse("zone", ZONE, &"example.test".parse().expect("a name")).expect("good");
    let mut named = Named::start();
    let mut hosts: Vec<Name> = zone.names().map(|(name, _)| name.clone()).collect();
    let labels = ["www", "dyn", "sub", "b", "a", "*", "x", "_tcp", "names", "web", "loop1"];
    let mut random = fastrand::Rng::with_seed(5);
    for _ in 0..300 {
        let count = random.usize(1..4);
        let parts: Vec<&str> = (0..count).map(|_| labels[random.usize(..labels.len())]).collect();
        hosts.push(format!("{}.example.test", parts.join(".")).parse().expect("a name"));
    }
    hosts.push("example.net".parse().expect("a name"));
    hosts.sort();
    hosts.dedup();
    let kinds = [1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 65280, 65281].map(Kind);
    let mut differences = Vec::new();
    let mut asked = 0;
    for host in &hosts {
        for kind in kinds {
            let request = Message::query(7, host.clone(), kind).encode(512).expect("it fits");
            let theirs = essence(&named.ask(&request));
            let ours = answer(&zone, &Settings::default(), &request, Transport::Tcp);
            let ours = essence(&Message::parse(&ours.expect("an answer")).expect("good"));
            asked += 1;
            if ours != theirs {
                differences.push(format!("{host} {kind}: {ours:?}\n    named: {theirs:?}"));
            }
        }
    }
    println!("{asked} questions, {} differences", differences.len());
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}
