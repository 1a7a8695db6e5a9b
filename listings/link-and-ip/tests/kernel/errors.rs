//! ICMP errors, as the kernel's sockets feel them.

use crate::net::{HOST, LIMIT, Net};
use testkit::Process;

/// Sends datagrams to a port that nobody has, and prints what the kernel makes of the answers.
const KNOCK: &str = "
import socket, sys
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(1)
s.connect(('192.0.2.2', 9))
refused = 0
for _ in range(int(sys.argv[1])):
    try:
        s.send(b'hello')
    except ConnectionRefusedError:
        refused += 1
try:
    s.recv(1)
except ConnectionRefusedError:
    refused += 1
except TimeoutError:
    pass
print('refused' if refused else 'silence')
";

fn knock(net: &Net, times: u32) -> String {
    let mut command = net.command("python3 -c");
    command.args([KNOCK, &times.to_string()]);
    Process::start(&mut command).expect("it starts").finish(LIMIT).expect("it ends").text()
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn a_closed_port_refuses_a_connected_udp_socket() {
    let net = Net::one_link();
    let host = net.host(HOST);
    assert_eq!(knock(&net, 1), "refused\n");
    let ended = host.end();
    assert_eq!(ended.count("errors sent"), 1, "{}", ended.text);
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn errors_are_limited() {
    let net = Net::one_link();
    let host = net.host(HOST);
    // So that no datagram has to wait for ARP, where the kernel keeps only some of them.
    net.run("ping -c 1 -W 1 192.0.2.2");
    knock(&net, 400);
    let ended = host.end();
    let (sent, held) = (ended.count("errors sent"), ended.count("errors held back"));
    assert!(sent > 0 && held > sent, "{}", ended.text);
    // Each datagram that came was counted, and each had one of two answers.
    assert_eq!(sent + held, ended.count("udp: nobody listens"), "{}", ended.text);
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn nobody_answers_a_ping_to_everyone() {
    let net = Net::one_link();
    let host = net.host(HOST);
    let said = net.say("ping -b -c 1 -W 0.3 192.0.2.255");
    assert!(said.contains("0 received"), "{said}");
    let ended = host.end();
    assert_eq!(ended.count("icmp: echo request to a group"), 1, "{}", ended.text);
}

#[test]
#[ignore = "needs ip: ci/setup.sh"]
fn a_mistyped_name_makes_no_interface() {
    let net = Net::one_link();
    let said = net.tapstack_says("host --tap tap9 --address 192.0.2.2/24 --count 1");
    let advice = "there is no interface tap9: make one with `ip tuntap add dev tap9 mode tap`";
    assert!(said.contains(advice), "{said}");
    // An interface that is no TAP device is another matter.
    let said = net.tapstack_says("host --tap lo --address 192.0.2.2/24 --count 1");
    assert!(said.contains("lo is no TAP device"), "{said}");
}
