//! Two kernels on two links, and our router between them.

use crate::net::{Host, Net};
use testkit::Process;

/// The router's two cards.
const ROUTER: &str = "host --forward \
    --tap tap0 --address 192.0.2.254/24 --address 2001:db8:0:1::fe/64 \
    --tap tap1 --address 198.51.100.254/24 --address 2001:db8:0:2::fe/64";

pub(crate) struct TwoLinks {
    pub(crate) net: Net,
    pub(crate) router: Host,
}

impl TwoLinks {
    /// A (192.0.2.1) – router – B (198.51.100.1).
    pub(crate) fn open() -> Self {
        Self::with("")
    }

    /// The same, with more options for the router's second card.
    pub(crate) fn with(options: &str) -> Self {
        let net = Net::empty();
        net.ip("tuntap add dev tap0 mode tap\ntuntap add dev tap1 mode tap\n\
                netns add a\nnetns add b\n");
        // The router holds its ends of the cables while the kernel's ends move to other rooms.
        let router = net.host(&format!("{ROUTER} {options}"));
        net.ip("link set tap0 netns a\nlink set tap1 netns b\n");
        let hosts = [
            ("a", "tap0", "02:00:00:00:00:0a", "192.0.2", "2001:db8:0:1"),
            ("b", "tap1", "02:00:00:00:00:0b", "198.51.100", "2001:db8:0:2"),
        ];
        for (name, tap, mac, v4, v6) in hosts {
            let batch = format!(
                "link set lo up\n\
                 link set {tap} address {mac}\n\
                 address add {v4}.1/24 dev {tap}\n\
                 address add {v6}::1/64 dev {tap} nodad\n\
                 link set {tap} up\n\
                 route add default via {v4}.254\n\
                 route add default via {v6}::fe\n"
            );
            let output = net.feed(&format!("ip -n {name} -batch -"), &batch);
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        }
        Self { net, router }
    }

    /// Runs a program at A or B; it must succeed.
    pub(crate) fn run_in(&self, host: &str, line: &str) -> String {
        testkit::require(line.split_whitespace().next().expect("a program"));
        self.net.run(&format!("ip netns exec {host} {line}"))
    }

    /// The same, and it may fail.
    pub(crate) fn say_in(&self, host: &str, line: &str) -> String {
        self.net.say(&format!("ip netns exec {host} {line}"))
    }

    pub(crate) fn start_in(&self, host: &str, line: &str) -> Process {
        self.net.start(&format!("ip netns exec {host} {line}"))
    }
}

/// The addresses of the hops that `traceroute -n` printed.
fn hops(said: &str) -> Vec<&str> {
    let lines = said.lines().skip(1);
    lines.filter_map(|line| line.split_whitespace().nth(1)).collect()
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn two_kernels_ping_each_other_through_our_router() {
    let net = TwoLinks::open();
    let said = net.run_in("a", "ping -c 3 -i 0.2 -W 1 198.51.100.1");
    assert!(said.contains("3 received, 0% packet loss"), "{said}");
    assert!(said.contains("ttl=63"), "one hop less: {said}");
    let said = net.run_in("b", "ping -6 -c 3 -i 0.2 -W 1 2001:db8:0:1::1");
    assert!(said.contains("3 received, 0% packet loss"), "{said}");
    assert!(said.contains("ttl=63"), "one hop less: {said}");
    // Both links take 1500 bytes, so fragments pass as they are.
    let said = net.run_in("a", "ping -c 1 -W 1 -M dont -s 4000 198.51.100.1");
    assert!(said.contains("1 received"), "{said}");
    let ended = net.router.end();
    assert!(ended.count("forwarded") >= 2 * 3 * 2 + 6, "{}", ended.text);
}

#[test]
#[ignore = "needs traceroute: ci/setup.sh"]
fn traceroute_sees_our_router() {
    let net = TwoLinks::open();
    let v4 = ["192.0.2.254", "198.51.100.1"];
    let v6 = ["2001:db8:0:1::fe", "2001:db8:0:2::1"];
    for (options, to, expected) in [
        ("-I", "198.51.100.1", v4),
        ("", "198.51.100.1", v4),
        ("-6 -I", "2001:db8:0:2::1", v6),
        ("-6", "2001:db8:0:2::1", v6),
    ] {
        // One after the other: of probes that wait for the same neighbor, only the latest are kept.
        let said = net.run_in("a", &format!("traceroute {options} -N 1 -n -q 1 -w 1 -m 5 {to}"));
        assert_eq!(hops(&said), expected, "traceroute {options}: {said}");
    }
    assert!(net.router.end().count("errors sent") >= 4);
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn a_packet_that_may_not_be_cut_comes_back_with_the_size_that_fits() {
    let net = TwoLinks::with("--mtu 1300");
    let said = net.say_in("a", "ping -M do -c 1 -W 1 -s 1472 198.51.100.1");
    assert!(
        said.contains("From 192.0.2.254 icmp_seq=1 Frag needed and DF set (mtu = 1300)"),
        "{said}"
    );
    // The kernel remembers, and refuses the next one itself.
    let said = net.run_in("a", "ip route get 198.51.100.1");
    assert!(said.contains("mtu 1300"), "{said}");
    let said = net.run_in("a", "ping -M do -c 1 -W 1 -s 1272 198.51.100.1");
    assert!(said.contains("1 received"), "1272 + 8 + 20 = 1300: {said}");
    // If it may be cut, our router cuts it.
    let said = net.run_in("b", "ip route get 192.0.2.1");
    assert!(!said.contains("mtu"), "{said}");
    let said = net.run_in("a", "ping -M dont -c 1 -W 1 -s 1472 198.51.100.1");
    assert!(said.contains("1 received"), "{said}");

    let said = net.say_in("a", "ping -6 -M do -c 1 -W 1 -s 1452 2001:db8:0:2::1");
    assert!(said.contains("From 2001:db8:0:1::fe icmp_seq=1 Packet too big: mtu=1300"), "{said}");
    let said = net.run_in("a", "ping -6 -M do -c 1 -W 1 -s 1252 2001:db8:0:2::1");
    assert!(said.contains("1 received"), "{said}");
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn what_cannot_be_reached_is_said_to_be_so() {
    let net = TwoLinks::open();
    // No route leads there.
    let said = net.say_in("a", "ping -c 1 -W 1 203.0.113.1");
    assert!(said.contains("From 192.0.2.254 icmp_seq=1 Destination Net Unreachable"), "{said}");
    let said = net.say_in("a", "ping -6 -c 1 -W 1 2001:db8:0:3::1");
    assert!(
        said.contains("From 2001:db8:0:1::fe icmp_seq=1 Destination unreachable: No route"),
        "{said}"
    );
    // A link leads there, and nobody on it answers: after three questions, a second apart.
    let waits = [
        ("ping -c 1 -W 5 198.51.100.9", "From 192.0.2.254 icmp_seq=1 Destination Host Unreachable"),
        (
            "ping -6 -c 1 -W 5 2001:db8:0:2::9",
            "From 2001:db8:0:1::fe icmp_seq=1 Destination unreachable: Address unreachable",
        ),
    ];
    let pings = waits.map(|(line, _)| net.start_in("a", line));
    for (ping, (_, expected)) in pings.into_iter().zip(waits) {
        let said = ping.finish(crate::net::LIMIT).expect("ping ends").text();
        assert!(said.contains(expected), "{said}");
    }
}
