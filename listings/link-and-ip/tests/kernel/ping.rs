//! The kernel's `ping` asks, our stack answers, and the other way round.

use crate::net::{HOST, Net, OUR_MAC};

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn the_kernel_pings_us() {
    let net = Net::one_link();
    let host = net.host(HOST);
    let said = net.run("ping -c 3 -i 0.2 -W 1 192.0.2.2");
    assert!(said.contains("3 received, 0% packet loss"), "{said}");
    assert!(said.contains("icmp_seq=3 ttl=64"), "{said}");
    let known = net.run("ip neighbor show 192.0.2.2");
    assert!(known.contains(&format!("lladdr {OUR_MAC} REACHABLE")), "{known}");
    let ended = host.end();
    // One ARP request and three echo requests.
    assert_eq!(ended.arp().len(), 2);
    assert!(ended.count("answered") >= 4, "{}", ended.text);
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn the_kernel_pings_us_over_ipv6() {
    let net = Net::one_link();
    let host = net.host(HOST);
    let said = net.run("ping -6 -c 3 -i 0.2 -W 1 2001:db8::2");
    assert!(said.contains("3 received, 0% packet loss"), "{said}");
    let known = net.run("ip -6 neighbor show 2001:db8::2");
    assert!(known.contains(&format!("lladdr {OUR_MAC} REACHABLE")), "{known}");
    // Link-local too: it is made from our MAC address, and `%` says which link.
    let said = net.run("ping -6 -c 1 -W 1 fe80::ff:fe00:2%tap0");
    assert!(said.contains("1 received"), "{said}");
    // Row 49: IPv6 has no ARP.
    assert_eq!(host.end().arp(), []);
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn packets_in_fragments_are_put_together_and_answered_in_fragments() {
    let net = Net::one_link();
    let host = net.host(HOST);
    for version in ["-4 192.0.2.2", "-6 2001:db8::2"] {
        for size in [1472, 1473, 4000, 65_507] {
            // Over IPv6 the largest is smaller by its fragment header's reckoning.
            let size = if version.starts_with("-6") { size.min(65_000) } else { size };
            // `-M dont` lets IPv4 fragment too.
            let said = net.run(&format!("ping -M dont -c 2 -i 0.2 -W 1 -s {size} {version}"));
            assert!(said.contains("2 received, 0% packet loss"), "{said}");
            assert!(!said.contains("wrong"), "ping compares the data: {said}");
        }
    }
    let ended = host.end();
    assert!(ended.count("kept for reassembly") > 100, "{}", ended.text);
    assert_eq!(
        ended.count("discarded"),
        ended.count("ndp: router discovery, which we leave out")
            + ended.count("icmp: a type that we do not know")
            + ended.count("ethernet: for another card"),
        "{}",
        ended.text
    );
}

#[test]
#[ignore = "needs arping: ci/setup.sh"]
fn the_kernel_arpings_us() {
    let net = Net::one_link();
    let _host = net.host(HOST);
    let said = net.run("arping -c 2 -w 3 -I tap0 192.0.2.2");
    assert!(said.contains("Received 2 response(s)"), "{said}");
    assert!(said.contains("[02:00:00:00:00:02]"), "{said}");
}

#[test]
#[ignore = "needs ip: ci/setup.sh"]
fn we_ping_the_kernel() {
    let net = Net::one_link();
    let said = net.tapstack_says("ping 192.0.2.1 --tap tap0 --address 192.0.2.2/24 --size 4000");
    assert!(said.contains("3 sent, 3 answered"), "{said}");
    assert!(said.contains("4000 bytes from 192.0.2.1: sequence 3, hop limit 64"), "{said}");
    let said = net.tapstack_says("ping 2001:db8::1 --tap tap0 --address 2001:db8::2/64");
    assert!(said.contains("3 sent, 3 answered"), "{said}");
}

#[test]
#[ignore = "needs ip: ci/setup.sh"]
fn we_ask_the_kernel_by_arp() {
    let net = Net::one_link();
    let said = net.tapstack_says("arp 192.0.2.1 --tap tap0 --address 192.0.2.2");
    assert_eq!(said, "192.0.2.1 is at 02:00:00:00:00:01\n");
    let said = net.tapstack_says("arp 192.0.2.9 --tap tap0 --address 192.0.2.2 --wait 100");
    assert_eq!(said, "nobody has 192.0.2.9\n");
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn it_ends_after_as_many_replies_as_it_was_told() {
    let net = Net::one_link();
    let host = net.host(&format!("{HOST} --count 2"));
    let said = net.run("ping -c 2 -i 0.2 -W 1 192.0.2.2");
    assert!(said.contains("2 received"), "{said}");
    let finished = host.process.finish(crate::net::LIMIT).expect("it ends by itself");
    assert!(finished.status.success(), "{}", finished.text());
}
