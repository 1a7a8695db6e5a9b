//! One side has said all, and the other goes on.

use std::io::Write;

use crate::net::{LIMIT, Net, signal, wait_for_ours};

/// Sends, shuts its side down, and prints what comes until the end.
const SENDS_FIRST: &str = "
import socket, sys
s = socket.create_connection(('192.0.2.2', int(sys.argv[1])), 10)
s.sendall(b'q' * 100000)
s.shutdown(socket.SHUT_WR)
got = b''
while True:
    piece = s.recv(65536)
    if not piece: break
    got += piece
print('got', len(got), set(got) == {ord('q')})
";

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn the_kernel_shuts_down_and_still_hears_us() {
    let net = Net::open();
    let _echo = net.taptcp("echo --port 7", "listening");
    let (python, _) = net.python(SENDS_FIRST, "7");
    let finished = python.finish(LIMIT).expect("it ends");
    assert_eq!(finished.text(), "got 100000 True\n");
}

/// Reads until the end, and only then answers.
const ANSWERS_AFTER_THE_END: &str = "
import socket, sys
s = socket.create_server(('192.0.2.1', 9000))
print('listening')
c, _ = s.accept()
c.settimeout(10)
got = b''
while True:
    piece = c.recv(65536)
    if not piece: break
    got += piece
c.sendall(b'you sent %d bytes\\n' % len(got))
c.close()
";

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn we_shut_down_and_still_hear_the_kernel() {
    let net = Net::open();
    let (python, _input) = net.python(ANSWERS_AFTER_THE_END, "");
    python.wait_for_text("listening", LIMIT).expect("it listens");
    let (nc, mut stdin) = net.taptcp_reading("nc --time-wait 100 192.0.2.1 9000");
    stdin.write_all(&vec![7; 50_000]).expect("it reads");
    drop(stdin);
    let finished = nc.finish(LIMIT).expect("it ends");
    assert!(finished.text().contains("you sent 50000 bytes"), "{}", finished.text());
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn while_we_are_stopped_the_kernel_waits_for_the_ack_of_its_fin() {
    let net = Net::open();
    let (ours, stdin) = net.taptcp_reading("nc --states --listen 192.0.2.2 9000");
    ours.wait_for_text("listening", LIMIT).expect("it listens");
    let (_python, mut close) = net.python(crate::states::HOLDS, "9000");
    net.wait_for_kernel("ESTAB");
    signal(&ours, "-STOP");
    close.write_all(b"close\n").expect("it reads");
    net.wait_for_kernel("FIN-WAIT-1");
    signal(&ours, "-CONT");
    net.wait_for_kernel("FIN-WAIT-2");
    wait_for_ours(&ours, "CLOSE-WAIT");
    drop(stdin);
    net.wait_for_kernel("TIME-WAIT");
}
