//! One socket for all of the machine's addresses: each answer comes from the one that was asked.
#![cfg(target_os = "linux")] // elsewhere only 127.0.0.1 is loopback's, and there are no labs

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::thread;

use labkit::{LIMIT, Net};
use testkit::{Process, require, within};
use udp_dns::message::{Kind, Message};
use udp_dns::server::{Settings, Sockets};
use udp_dns::zone::Zone;

const ZONE: &str = include_str!("../demo/example.test.zone");
const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/example.test.zone");

/// Asks a server at `bound` by way of `asked`, from a socket that is connected, so that an answer
/// from elsewhere never arrives.
fn ask(bound: &str, asked: &str) -> io::Result<Message> {
    let zone = Zone::parse("zone", ZONE, &"example.test".parse().expect("a name")).expect("good");
    let bound: SocketAddr = bound.parse().expect("an address");
    let sockets = Sockets::bind(bound, zone, Settings::default()).expect("a port");
    let port = sockets.local_addr()?.port();
    let (reader, end) = io::pipe()?;
    let server = thread::spawn(move || sockets.run(reader));

    let asked: IpAddr = asked.parse().expect("an address");
    let any = if asked.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let client = UdpSocket::bind(any)?;
    client.set_read_timeout(Some(LIMIT))?;
    client.connect((asked, port))?;
    let query = Message::query(7, "www.example.test".parse().expect("a name"), Kind::A);
    client.send(&query.encode(512).expect("it fits"))?;
    let mut buffer = [0; 512];
    let received = client.recv(&mut buffer);

    drop(end);
    within(LIMIT, "the server ends", move || server.join()).expect("no panic").expect("no error");
    Ok(Message::parse(&buffer[..received?]).expect("a good answer"))
}

#[test]
fn the_answer_comes_from_the_address_that_was_asked() {
    for (bound, asked) in [
        ("0.0.0.0:0", "127.0.0.1"),
        ("0.0.0.0:0", "127.0.0.2"),
        ("127.0.0.2:0", "127.0.0.2"),
        ("[::]:0", "::1"),
        // Linux lets a socket of IPv6 serve IPv4 too.
        ("[::]:0", "127.0.0.3"),
    ] {
        let answer = ask(bound, asked).map(|message| message.answers.len());
        assert_eq!(answer.ok(), Some(2), "{bound}, asked at {asked}");
    }
}

/// A host's four addresses on a link.
const SERVER: &str = "
netns add client
link add server type veth peer name wire netns client
link set server address 02:00:00:00:00:01
address add 192.0.2.1/24 dev server
address add 192.0.2.2/24 dev server
address add 2001:db8::1/64 dev server nodad
address add 2001:db8::2/64 dev server nodad
link set server up
";

/// Another host's, who asks.
const CLIENT: &str = "
address add 192.0.2.9/24 dev wire
address add 2001:db8::9/64 dev wire nodad
link set lo up
link set wire up
route add default dev wire
";

/// Both ends are in the lab; the client's in a namespace of its own within it.
struct Pair(Net);

impl Pair {
    fn open() -> Self {
        let net = Net::empty();
        net.ip(SERVER);
        net.run("ip netns exec client sysctl -q net.ipv6.conf.wire.accept_dad=0");
        assert!(net.feed("ip -n client -batch -", CLIENT).status.success());
        Self(net)
    }

    fn dig(&self, line: &str) -> String {
        require("dig");
        self.0.say(&format!("ip netns exec client dig +tries=1 +timeout=20 {line}"))
    }

    /// What a Python script prints at the client.
    fn python(&self, script: &str) -> String {
        require("python3");
        let mut command = self.0.command("ip netns exec client python3 -c");
        let process = Process::start(command.arg(script)).expect("python3 starts");
        process.finish(LIMIT).expect("it ends").text()
    }

    fn zoned(&self, listen: &str) -> Process {
        let mut command = self.0.ours(env!("CARGO_BIN_EXE_zoned"), "");
        command.args(["--zone", FILE, "--origin", "example.test", "--listen", listen]);
        let process = Process::start(&mut command).expect("zoned starts");
        process.wait_for_text("listening on", LIMIT).expect("zoned is ready");
        process
    }
}

#[test]
#[ignore = "needs dig: ci/setup.sh"]
fn dig_gets_answers_from_every_address() {
    let pair = Pair::open();
    let scope = "fe80::ff:fe00:1%wire";
    for (listen, addresses) in [
        ("0.0.0.0:53", &["192.0.2.1", "192.0.2.2"][..]),
        ("[::]:53", &["192.0.2.2", "2001:db8::1", "2001:db8::2", scope]),
    ] {
        let zoned = pair.zoned(listen);
        for address in addresses {
            let said = pair.dig(&format!("+short @{address} mail.example.test"));
            assert_eq!(said, "192.0.2.25\n", "{listen}, asked at {address}");
        }
        if listen == "[::]:53" {
            // The way back is not in the client's address: an address of one link says it.
            let said = pair.dig(&format!("+short -b 2001:db8::9 @{scope} mail.example.test"));
            assert_eq!(said, "192.0.2.25\n", "from an address of all links");
            for server in [format!("@{scope}"), format!("@[{scope}]:53")] {
                let digr = env!("CARGO_BIN_EXE_digr");
                let said = pair.0.run(&format!(
                    "ip netns exec client {digr} {server} mail.example.test --short"
                ));
                assert_eq!(said, "192.0.2.25\n", "{server}");
            }
        }
        zoned.terminate();
        zoned.finish(LIMIT).expect("it ends");
    }
}

/// Everybody on the link who serves a zone would answer: one question, as many answers.
#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn nobody_answers_a_broadcast() {
    let pair = Pair::open();
    let _zoned = pair.zoned("0.0.0.0:53");
    // Questions are answered in the order in which they come: what answers the last one is the first
    // answer only if the others got none.
    let said = pair.python(
        "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
s.settimeout(60)
query = bytes.fromhex('01000001000000000000' '03777777' '076578616d706c65' '0474657374' '0000010001')
for number, to in enumerate(['192.0.2.255', '255.255.255.255', '192.0.2.2']):
    s.sendto(number.to_bytes(2) + query, (to, 53))
answer, source = s.recvfrom(512)
print(answer[1], source[0])
",
    );
    assert_eq!(said, "2 192.0.2.2\n");
}

/// Who tells a server that the path is narrow has its answers come in fragments, and forges the last
/// one. The error is believed of any port that something was sent from, and that is 53.
#[test]
#[ignore = "needs dig, python3: ci/setup.sh"]
fn answers_stay_whole_whatever_icmp_says() {
    for listen in ["192.0.2.1:53", "[::]:53"] {
        let pair = Pair::open();
        let _zoned = pair.zoned(listen);
        let said = pair.python(
            "
import socket
quoted = bytes.fromhex('45000500000000004011 0000 c0000201 c0000209' '0035 0fa0 04ec 0000')
error = bytes.fromhex('0304 0000 0000 0228') + quoted # fragmentation needed, 552 bytes
total = sum(int.from_bytes(error[i:i+2]) for i in range(0, len(error), 2))
total = (total & 0xffff) + (total >> 16)
error = error[:2] + (~total & 0xffff).to_bytes(2) + error[4:]
s = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)
s.sendto(error, ('192.0.2.1', 0))
",
        );
        assert_eq!(said, "");
        let said = pair.dig("@192.0.2.1 large.example.test TXT +nocookie +padding=200 +notcp");
        assert!(said.contains("MSG SIZE  rcvd: 636"), "{said}");
        let route = pair.0.run("ip route get 192.0.2.9");
        assert!(!route.contains("mtu"), "the error was believed: {route}");
        let count = pair.0.run("nstat -asz IpFragCreates");
        let count = count.lines().find_map(|line| line.strip_prefix("IpFragCreates"));
        assert_eq!(count.and_then(|count| count.split_whitespace().next()), Some("0"));
    }
}
