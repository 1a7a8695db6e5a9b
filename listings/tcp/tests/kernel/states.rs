//! What `ss` says about the kernel's side, and what we say about ours, step by step.

use std::io::Write;

use crate::net::{LIMIT, Net, signal, wait_for_ours};

/// Connects, and closes when it is told to.
pub(crate) const HOLDS: &str = "
import socket, sys
s = socket.create_connection(('192.0.2.2', int(sys.argv[1])), 20)
print('connected')
sys.stdin.readline()
s.close()
print('closed')
sys.stdin.readline()
";

/// Takes one connection, and closes it when it is told to.
const ACCEPTS: &str = "
import socket, sys
s = socket.create_server(('192.0.2.1', 9000))
print('listening')
c, _ = s.accept()
s.close()
print('accepted')
sys.stdin.readline()
c.close()
print('closed')
sys.stdin.readline()
";

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn the_kernel_opens_and_closes_first() {
    let net = Net::open();
    let (ours, stdin) = net.taptcp_reading("nc --states --listen 192.0.2.2 9000");
    ours.wait_for_text("listening", LIMIT).expect("it listens");
    signal(&ours, "-STOP");
    let (python, mut close) = net.python(HOLDS, "9000");
    net.wait_for_kernel("SYN-SENT");
    signal(&ours, "-CONT");
    net.wait_for_kernel("ESTAB");
    wait_for_ours(&ours, "ESTABLISHED");
    close.write_all(b"close\n").expect("it reads");
    net.wait_for_kernel("FIN-WAIT-2");
    wait_for_ours(&ours, "CLOSE-WAIT");
    // `nsenter`, which waits for ours, stops itself when it hears that its child was stopped, and may
    // hear of it after both go on.
    signal(&ours, "-CONT");
    drop(stdin);
    net.wait_for_kernel("TIME-WAIT");
    let finished = ours.finish(LIMIT).expect("it ends");
    assert!(finished.status.success(), "{}", finished.text());
    drop(python);
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn we_open_and_close_first() {
    let net = Net::open();
    let (python, mut close) = net.python(ACCEPTS, "");
    python.wait_for_text("listening", LIMIT).expect("it listens");
    let (ours, stdin) = net.taptcp_reading("nc --states 192.0.2.1 9000");
    python.wait_for_text("accepted", LIMIT).expect("it accepts");
    net.wait_for_kernel("ESTAB");
    wait_for_ours(&ours, "ESTABLISHED");
    drop(stdin);
    net.wait_for_kernel("CLOSE-WAIT");
    wait_for_ours(&ours, "FIN-WAIT-2");
    signal(&ours, "-STOP");
    close.write_all(b"close\n").expect("it reads");
    net.wait_for_kernel("LAST-ACK");
    signal(&ours, "-CONT");
    net.wait_for_kernel("");
    wait_for_ours(&ours, "TIME-WAIT");
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn our_answer_is_on_its_way_and_the_kernel_has_received_a_syn() {
    let net = Net::open();
    let (python, _close) = net.python(ACCEPTS, "");
    python.wait_for_text("listening", LIMIT).expect("it listens");
    let (ours, _stdin) = net.taptcp_reading("nc --states --delay 700 192.0.2.1 9000");
    net.wait_for_kernel("SYN-RECV");
    wait_for_ours(&ours, "SYN-SENT");
    net.wait_for_kernel("ESTAB");
    wait_for_ours(&ours, "ESTABLISHED");
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn both_close_at_the_same_time() {
    let net = Net::open();
    let (python, mut close) = net.python(ACCEPTS, "");
    python.wait_for_text("listening", LIMIT).expect("it listens");
    let line = "nc --states --delay 700 --time-wait 5000 192.0.2.1 9000";
    let (ours, stdin) = net.taptcp_reading(line);
    wait_for_ours(&ours, "ESTABLISHED");
    net.wait_for_kernel("ESTAB");
    drop(stdin);
    wait_for_ours(&ours, "FIN-WAIT-1");
    close.write_all(b"close\n").expect("it reads");
    net.wait_for_kernel("FIN-WAIT-1");
    net.wait_for_kernel("CLOSING");
    wait_for_ours(&ours, "CLOSING");
    net.wait_for_kernel("TIME-WAIT");
    wait_for_ours(&ours, "TIME-WAIT");
}

/// Connects from a port that is known beforehand.
const FROM_A_PORT: &str = "
import socket, sys
s = socket.socket()
s.bind(('192.0.2.1', 9001))
s.settimeout(20)
s.connect(('192.0.2.2', 9002))
print('connected')
s.sendall(b'hello from the kernel\\n')
print('heard', s.recv(100).decode())
";

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn both_open_at_the_same_time() {
    let net = Net::open();
    let line = "nc --states --delay 700 --from 9002 192.0.2.1 9001";
    let (ours, mut stdin) = net.taptcp_reading(line);
    wait_for_ours(&ours, "SYN-SENT");
    let (python, _input) = net.python(FROM_A_PORT, "");
    // Each gets the other's SYN in answer to its own: nobody has listened.
    net.wait_for_kernel("SYN-SENT");
    net.wait_for_kernel("SYN-RECV");
    wait_for_ours(&ours, "SYN-RECEIVED");
    wait_for_ours(&ours, "ESTABLISHED");
    ours.wait_for_text("hello from the kernel", LIMIT).expect("it speaks");
    stdin.write_all(b"hello kernel").expect("it reads");
    python.wait_for_text("heard hello kernel", LIMIT).expect("it hears");
}
