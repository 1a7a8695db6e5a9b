//! Programs that nobody here wrote talk through peek, and read what it writes.
//!
//! They are ignored by default because they need those programs: `cargo test -p first-bytes --
//! --ignored`. Without them they fail; none of them skips itself.

mod common;

use std::fmt::Write as _;
use std::fs;
use std::io::Write;
use std::net::SocketAddr;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, UNIX_EPOCH};

use common::{LIMIT, noise};
use first_bytes::capture::Capture;
use first_bytes::event::{Connection, Event, Sink};
use first_bytes::pcap::Reader;
use sha2::{Digest, Sha256};
use testkit::{Process, folder, free_port, require};

const MEGABYTES_10: usize = 10 << 20;

/// Answers a PUT by the SHA-256 of what was put, and a GET like `http.server`.
const RECEIVER: &str = r#"
import hashlib, http.server, sys

class Handler(http.server.SimpleHTTPRequestHandler):
    def do_PUT(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        answer = hashlib.sha256(body).hexdigest().encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

class Server(http.server.ThreadingHTTPServer):
    address_family = __import__("socket").AF_INET6 if ":" in sys.argv[1] else 2

server = Server((sys.argv[1], 0), Handler)
print("port", server.server_port, "is open", flush=True)
server.serve_forever()
"#;

fn sha256(bytes: &[u8]) -> String {
    let mut text = String::new();
    for byte in Sha256::digest(bytes) {
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// Runs a program to its end, which must be a success, and returns what it printed.
fn run(command: &mut Command) -> Vec<u8> {
    require(command.get_program().to_str().unwrap());
    let finished = Process::start(command).unwrap().finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{command:?}: {}", finished.text());
    finished.output
}

fn text_of(command: &mut Command) -> String {
    String::from_utf8(run(command)).unwrap()
}

/// Python's HTTP server, which serves `folder`.
fn python(folder: &Path, host: &str) -> (Process, SocketAddr) {
    let mut command = Command::new(require("python3"));
    let process = Process::start(command.args(["-c", RECEIVER, host]).current_dir(folder)).unwrap();
    process.wait_for_text("is open", LIMIT).unwrap();
    let text = process.text_so_far();
    let port: u16 = text.split(' ').nth(1).unwrap().parse().unwrap();
    (process, SocketAddr::new(host.parse().unwrap(), port))
}

fn peek(listen: &str, target: SocketAddr, options: &[&str]) -> (Process, SocketAddr) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_peek"));
    command.arg(listen).arg(target.to_string()).args(options);
    let process = Process::start(&mut command).unwrap();
    process.wait_for_text("relaying to", LIMIT).unwrap();
    let text = process.text_so_far();
    let address = text.split([' ', ',']).nth(2).unwrap().parse().unwrap();
    (process, address)
}

fn curl(arguments: &[&str]) -> Vec<u8> {
    let mut command = Command::new("curl");
    run(command.args(["--silent", "--show-error", "--fail", "--noproxy", "*"]).args(arguments))
}

#[test]
#[ignore = "needs curl and python3: ci/setup.sh"]
fn curl_downloads_the_same_bytes_with_and_without_peek() {
    let folder = folder("download");
    let body = noise(MEGABYTES_10, 1);
    fs::write(folder.join("body"), &body).unwrap();
    let (_python, server) = python(&folder, "127.0.0.1");
    let (peek, relay) = peek("127.0.0.1:0", server, &["--max-connections", "1"]);
    let sums = [server, relay].map(|address| {
        let file = folder.join("downloaded");
        curl(&["-o", file.to_str().unwrap(), &format!("http://{address}/body")]);
        sha256(&fs::read(file).unwrap())
    });
    assert_eq!(sums, [sha256(&body), sha256(&body)]);
    assert!(peek.finish(LIMIT).unwrap().status.success());
}

#[test]
#[ignore = "needs curl and python3: ci/setup.sh"]
fn curl_uploads_the_same_bytes_with_and_without_peek() {
    let folder = folder("upload");
    let body = noise(MEGABYTES_10, 2);
    let file = folder.join("body");
    fs::write(&file, &body).unwrap();
    let (_python, server) = python(&folder, "127.0.0.1");
    let (peek, relay) = peek("127.0.0.1:0", server, &["--max-connections", "1"]);
    for address in [server, relay] {
        let answer = curl(&["-T", file.to_str().unwrap(), &format!("http://{address}/")]);
        assert_eq!(String::from_utf8(answer).unwrap(), sha256(&body));
    }
    assert!(peek.finish(LIMIT).unwrap().status.success());
}

#[test]
#[ignore = "needs socat and nc: ci/setup.sh"]
fn a_half_close_survives_between_nc_and_socat() {
    // `tr` answers at the end of its input and not before: without a half-close there is no answer.
    let port = free_port();
    let server = SocketAddr::from(([127, 0, 0, 1], port));
    let mut command = Command::new(require("socat"));
    command.arg(format!("TCP-LISTEN:{port},bind=127.0.0.1,reuseaddr,fork"));
    let socat = Process::start(command.arg("SYSTEM:tr a-z A-Z")).unwrap();
    socat.wait_for_port(server, LIMIT).unwrap();
    let (peek, relay) = peek("127.0.0.1:0", server, &["--max-connections", "2"]);

    let mut nc = Command::new(require("nc"));
    nc.args(["-N", &relay.ip().to_string(), &relay.port().to_string()]);
    let mut client = Command::new("socat");
    client.args(["-t", "20", "-", &format!("TCP:{relay}")]);
    for command in [&mut nc, &mut client] {
        let (process, mut stdin) = Process::stdin_piped(command).unwrap();
        stdin.write_all(b"a question\n").unwrap();
        drop(stdin);
        assert_eq!(process.finish(LIMIT).unwrap().text(), "A QUESTION\n");
    }
    let finished = peek.finish(LIMIT).unwrap();
    assert!(finished.status.success());
    assert_eq!(finished.text().matches("client → server  end of stream").count(), 2);
}

/// Lets curl fetch and put through a capturing peek, and tshark judge the file.
fn capture_and_judge(name: &str, listen: &str, host: &str, options: &[&str]) {
    let folder = folder(name);
    let body = noise(300_000, 3);
    let (file, pcap) = (folder.join("body"), folder.join("capture.pcap"));
    fs::write(&file, &body).unwrap();
    let (_python, server) = python(&folder, host);
    let mut all = vec!["--max-connections", "2", "--pcap", pcap.to_str().unwrap()];
    all.extend(options);
    let (peek, relay) = peek(listen, server, &all);
    let url = format!("http://{relay}/body");
    curl(&["-o", folder.join("downloaded").to_str().unwrap(), &url]);
    let put = curl(&["-T", file.to_str().unwrap(), &url]);
    assert!(peek.finish(LIMIT).unwrap().status.success());

    // One run for all questions, because tshark takes a second to start.
    let objects = folder.join("objects");
    let fields = [
        "_ws.expert.severity",
        "tcp.checksum.status",
        "ip.checksum.status",
        "ipv6.version",
        "tcp.flags.fin",
        "http.request.method",
        "http.response.code",
        "http.content_length",
    ];
    let mut command = Command::new("tshark");
    command.args(["-n", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]);
    // Only the port tells tshark what is spoken on it.
    command.args(["-d", &format!("tcp.port=={},http", server.port())]);
    command.args(["--export-objects", &format!("http,{}", objects.display())]);
    command.args(["-T", "fields", "-E", "separator=;"]);
    command.args(fields.iter().flat_map(|field| ["-e", field]));
    let text = text_of(command.arg("-r").arg(&pcap));
    let rows: Vec<Vec<_>> = text
        .lines()
        .map(|line| line.split(';').collect::<Vec<_>>())
        .filter(|row| row.len() == fields.len())
        .collect();

    let bytes = fs::read(&pcap).unwrap();
    assert_eq!(rows.len(), Reader::new(&bytes).unwrap().map(Result::unwrap).count());
    for (index, row) in rows.iter().enumerate() {
        // By tshark's own scale a warning is 6 << 20; below are notes and chat.
        let severities = row[0].split(',').filter(|text| !text.is_empty());
        let worst = severities.map(|text| text.parse::<u32>().unwrap()).max();
        assert!(worst < Some(6 << 20), "frame {}: {row:?}", index + 1);
        // 1 is right, 0 is wrong, 2 is unchecked.
        assert_eq!(row[1], "1", "the TCP checksum of frame {}", index + 1);
        let network = if host.contains(':') { ["", "6"] } else { ["1", ""] };
        assert_eq!(row[2..4], network, "frame {}", index + 1);
    }
    assert_eq!(rows.iter().filter(|row| ["1", "True"].contains(&row[4])).count(), 4);
    let messages: Vec<_> =
        rows.iter().map(|row| row[5..].join(" ")).filter(|row| row != "  ").collect();
    let answer = put.len();
    assert_eq!(messages, ["GET  ", " 200 300000", "PUT  300000", &format!(" 200 {answer}")]);

    // The bodies which it puts together from the segments are the ones that were sent.
    let mut sums: Vec<_> = fs::read_dir(&objects)
        .unwrap()
        .map(|entry| sha256(&fs::read(entry.unwrap().path()).unwrap()))
        .collect();
    sums.sort();
    let mut expected = vec![sha256(&body), sha256(&body), sha256(&put)];
    expected.sort();
    assert_eq!(sums, expected);
    assert_eq!(fs::read(folder.join("downloaded")).unwrap(), body);

    let infos = text_of(Command::new("capinfos").args(["-M", "-c", "-E"]).arg(&pcap));
    assert!(infos.contains("ether"), "{infos}");
    assert!(infos.contains(&rows.len().to_string()), "{infos}");
}

#[test]
#[ignore = "needs tshark: ci/setup.sh"]
fn tshark_would_warn_of_a_wrong_byte() {
    // The other tests mean nothing if tshark finds fault with no file at all.
    let connection = Connection {
        number: 1,
        client: "192.0.2.1:51000".parse().unwrap(),
        server: "192.0.2.2:80".parse().unwrap(),
        accepted: UNIX_EPOCH,
    };
    let capture = Capture::new(Vec::new()).unwrap();
    capture.put(&connection, Duration::ZERO, Event::Opened).unwrap();
    let good = capture.into_inner();
    let path = folder("wrong").join("capture.pcap");
    let warnings = |file: &[u8]| {
        fs::write(&path, file).unwrap();
        let mut command = Command::new("tshark");
        command.args(["-n", "-o", "tcp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"]);
        command.args(["-Y", "_ws.expert.severity >= 0x600000", "-r"]).arg(&path);
        let text = text_of(&mut command);
        text.lines().filter(|line| !line.starts_with("Running as user")).count()
    };
    assert_eq!(warnings(&good), 0);
    // The time to live, the window, and the acknowledgment number of the last frame.
    for from_end in [32, 6, 9] {
        let mut wrong = good.clone();
        let at = wrong.len() - from_end;
        wrong[at] ^= 1;
        assert_eq!(warnings(&wrong), 1, "{from_end} bytes before the end");
    }
}

#[test]
#[ignore = "needs tshark, curl and python3: ci/setup.sh"]
fn tshark_reads_the_capture_without_a_warning() {
    capture_and_judge("tshark", "127.0.0.1:0", "127.0.0.1", &[]);
}

#[test]
#[ignore = "needs tshark, curl and python3: ci/setup.sh"]
fn tshark_reads_a_capture_by_turns_without_a_warning() {
    capture_and_judge("tshark-turns", "127.0.0.1:0", "127.0.0.1", &["--turns"]);
}

#[test]
#[ignore = "needs tshark, curl and python3: ci/setup.sh"]
fn tshark_reads_ipv6_without_a_warning() {
    capture_and_judge("tshark-ipv6", "[::1]:0", "::1", &[]);
}

#[test]
#[ignore = "needs tshark, curl and python3: ci/setup.sh"]
fn tshark_reads_a_connection_from_ipv4_to_ipv6_without_a_warning() {
    capture_and_judge("tshark-mixed", "127.0.0.1:0", "::1", &[]);
}

#[test]
#[ignore = "needs tshark and curl: ci/setup.sh"]
fn tshark_sees_a_refusal_as_one() {
    let folder = folder("refused");
    let pcap = folder.join("capture.pcap");
    let nobody = SocketAddr::from(([127, 0, 0, 1], free_port()));
    let options = ["--max-connections", "1", "--pcap", pcap.to_str().unwrap()];
    let (peek, relay) = peek("127.0.0.1:0", nobody, &options);
    let mut command = Command::new(require("curl"));
    command.args(["--silent", "--noproxy", "*", &format!("http://{relay}/")]);
    assert!(!Process::start(&mut command).unwrap().finish(LIMIT).unwrap().status.success());
    assert_eq!(peek.finish(LIMIT).unwrap().status.code(), Some(1));
    let mut command = Command::new("tshark");
    command.args(["-n", "-T", "fields", "-e", "tcp.flags.str", "-r"]).arg(&pcap);
    let text = text_of(&mut command);
    let flags: Vec<_> = text.lines().filter(|line| line.contains('·')).collect();
    assert_eq!(flags, ["··········S·", "·······A·R··"]);
}
