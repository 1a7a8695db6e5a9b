//! Peers that do not read, peers that ask whether we are there, and ports where nobody is.

use std::io::Write;

use crate::net::{LIMIT, Net};

/// Does not read for two seconds, then everything.
const READS_LATE: &str = "
import hashlib, socket, sys, time
s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
s.bind(('192.0.2.1', 9000))
s.listen()
print('listening')
c, _ = s.accept()
time.sleep(2)
h, n = hashlib.sha256(), 0
while True:
    piece = c.recv(65536)
    if not piece: break
    h.update(piece); n += len(piece)
print(n, h.hexdigest())
";

#[test]
#[ignore = "needs python3 and tshark: ci/setup.sh"]
fn a_window_that_is_closed_for_seconds_opens_again() {
    let net = Net::open();
    let (python, _input) = net.python(READS_LATE, "");
    python.wait_for_text("listening", LIMIT).expect("it listens");
    let line = "nc --capture @/ours.pcap --time-wait 100 192.0.2.1 9000";
    let (ours, mut stdin) = net.taptcp_reading(line);
    stdin.write_all(&vec![b'z'; 1_000_000]).expect("it reads");
    drop(stdin);
    python.wait_for_text("1000000 ", LIMIT).expect("it has read all");
    drop(ours);
    let probes =
        net.run("tshark -r @/ours.pcap -n -Y tcp.analysis.zero_window_probe&&ip.src==192.0.2.2");
    let probes = probes.lines().filter(|line| line.contains("ZeroWindowProbe")).count();
    assert!((1..=12).contains(&probes), "{probes} probes in two seconds");
}

/// Asks every second whether we are there.
const KEEPS_ALIVE: &str = "
import socket, sys, time
s = socket.create_connection(('192.0.2.2', 9), 10)
s.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 1)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 1)
s.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 2)
s.settimeout(5)
try:
    s.recv(1)
except TimeoutError:
    print('still there')
";

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn the_kernels_keep_alives_are_answered() {
    let net = Net::open();
    let _ours = net.taptcp("discard --port 9", "listening");
    let (python, _input) = net.python(KEEPS_ALIVE, "");
    python.wait_for_text("still there", LIMIT).expect("it stays");
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn where_nobody_listens_the_kernel_is_refused() {
    let net = Net::open();
    let _ours = net.taptcp("discard --port 9", "listening");
    let said = net.start("curl --silent --show-error --max-time 10 http://192.0.2.2:81/");
    let finished = said.finish(LIMIT).expect("it ends");
    assert_eq!(finished.status.code(), Some(7), "{}", finished.text());
}

#[test]
#[ignore = "needs ip: ci/setup.sh"]
fn where_the_kernel_does_not_listen_we_are_refused() {
    let net = Net::open();
    let (ours, _stdin) = net.taptcp_reading("nc 192.0.2.1 9000");
    let finished = ours.finish(LIMIT).expect("it ends");
    assert!(finished.text().contains("nobody listens there"), "{}", finished.text());
}

#[test]
#[ignore = "needs curl: ci/setup.sh"]
fn buffers_smaller_than_two_segments_are_enough() {
    let net = Net::open();
    let server = net.taptcp("serve --bytes 200000 --buffer 2000", "serving on port 80");
    net.run("curl --silent --show-error --max-time 60 -o @/got http://192.0.2.2/");
    let sum = net.run("sha256sum @/got");
    let sum = sum.split_whitespace().next().expect("a sum");
    assert!(server.text_so_far().contains(sum));
}
