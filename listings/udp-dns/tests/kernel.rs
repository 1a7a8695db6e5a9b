//! The kernel at the other end of a TAP device: its UDP against ours, `dig` against `zoned --tap`,
//! and tshark as the judge of what we send.
#![cfg(target_os = "linux")]

use std::ops::Deref;
use std::process::Command;

use labkit::LIMIT;
use testkit::{Process, example, require};

struct Net(labkit::Net);

impl Deref for Net {
    type Target = labkit::Net;

    fn deref(&self) -> &labkit::Net {
        &self.0
    }
}

impl Net {
    fn open() -> Self {
        Self(labkit::Net::with_tap())
    }

    /// What a Python script prints.
    fn says(&self, script: &str) -> String {
        let (python, _input) = self.python(script, "");
        python.finish(LIMIT).expect("it ends").text()
    }
}

fn zoned(net: &Net, more: &str) -> Process {
    let zone = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/example.test.zone");
    let mut command = net.ours(env!("CARGO_BIN_EXE_zoned"), "");
    command.args(["--zone", zone, "--origin", "example.test", "--tap", "tap0"]);
    command.args(["--address", "192.0.2.2/24", "--address", "2001:db8::2/64"]);
    command.args(more.split_whitespace());
    let process = Process::start(&mut command).expect("zoned starts");
    process.wait_for_text("listening on [2001:db8::2]:53", LIMIT).expect("zoned is ready");
    process
}

/// A client of the kernel's, connected, so that errors arrive.
const CLIENT: &str = "
import socket, sys
def ask(family, to, data):
    s = socket.socket(family, socket.SOCK_DGRAM)
    s.settimeout(10)
    s.connect(to)
    s.send(data)
    try:
        got = s.recv(65535)
        print(len(got), got == data)
    except OSError as e:
        print(e.strerror or e)
";

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn the_kernels_datagrams_come_back() {
    let net = Net::open();
    let mut command = net.ours(example("tap_echo"), "tap0 192.0.2.2/24 7");
    let (process, _stdin) = Process::stdin_piped(&mut command).expect("tap_echo starts");
    process.wait_for_text("ready on tap0", LIMIT).expect("it is ready");
    let said = net.says(&format!(
        "{CLIENT}
for length in [0, 1, 1472, 1473, 60000, 65507]:
    ask(socket.AF_INET, ('192.0.2.2', 7), bytes(i * 7 % 251 for i in range(length)))
ask(socket.AF_INET, ('192.0.2.2', 8), b'x')
"
    ));
    assert_eq!(
        said,
        "0 True\n1 True\n1472 True\n1473 True\n60000 True\n65507 True\nConnection refused\n"
    );
}

#[test]
#[ignore = "needs dig and tshark: ci/setup.sh"]
fn dig_asks_our_own_stack_and_tshark_finds_no_fault() {
    let net = Net::open();
    let capture = net.start("tshark -l -i tap0 -P -w @/all.pcap");
    capture.wait_for_text("Capture started", LIMIT).expect("tshark is ready");
    let server = zoned(&net, "--verbose");

    for server in ["192.0.2.2", "2001:db8::2"] {
        let dig = format!("dig +tries=5 +time=2 +short @{server}");
        let said = net.run(&format!("{dig} shop.example.test"));
        let expected = "web.example.test.\nwww.example.test.\n192.0.2.80\n192.0.2.81\n";
        assert_eq!(said, expected);
        assert_eq!(net.run(&format!("{dig} unknown.example.test TYPE65280")), "\\# 3 010203\n");
        let said = net.run(&format!("{dig} +ignore huge.example.test TXT"));
        assert_eq!(said, "", "cut");
    }
    // There is no TCP below: the client is told to come by TCP, and finds nobody.
    let said = net.say("dig +tries=1 +time=2 @192.0.2.2 huge.example.test TXT");
    assert!(said.contains("Truncated, retrying in TCP mode"), "{said}");
    assert!(
        said.contains("failed") || said.contains("no servers") || said.contains("timed out"),
        "{said}"
    );
    // A closed port, seen by the kernel over both versions.
    let said = net.says(&format!(
        "{CLIENT}
ask(socket.AF_INET, ('192.0.2.2', 54), b'x')
ask(socket.AF_INET6, ('2001:db8::2', 54), b'x')
"
    ));
    assert_eq!(said, "Connection refused\nConnection refused\n");

    server.interrupt();
    let log = server.finish(LIMIT).expect("zoned ends").text();
    assert!(log.contains("udp shop.example.test. A: NOERROR, "), "{log}");
    // The last packet of the conversation: ICMPv6's error. (IPv4's has a small "u".) What tshark has
    // not printed it may lose when it is stopped, the whole capture included.
    let last = "Destination Unreachable (Port unreachable)";
    capture.wait_for_text(last, LIMIT).expect("tshark saw the last packet");
    capture.interrupt();
    let _ = capture.finish(LIMIT).expect("tshark ends");
    let finished = Process::start(
        Command::new(require("tshark"))
            .args(["-r"])
            .arg(net.path("all.pcap"))
            .args(["-o", "udp.check_checksum:TRUE", "-o", "ip.check_checksum:TRUE"])
            .args(["-Y", "eth.src == 02:00:00:00:00:02 && udp", "-T", "fields"])
            .args(["-e", "udp.checksum.status", "-e", "_ws.malformed"]),
    );
    let text = finished.expect("tshark starts").finish(LIMIT).expect("it ends").text();
    let statuses: Vec<&str> = text.lines().filter(|line| !line.contains("Running as")).collect();
    assert!(statuses.len() >= 6, "{text}");
    assert!(statuses.iter().all(|status| status.trim() == "1"), "1 is good: {text}");
}
