//! What ARP really does: rows 50 to 55 of the book's list of misconceptions, each read off the
//! frames.

use addresses::Mac;
use link_and_ip::wire::arp::Operation;
use link_and_ip::wire::ethernet::EtherType;
use link_and_ip::wire::ipv4;

use crate::net::{HOST, KERNEL, KERNEL_MAC, Net, OUR_MAC, OURS, mac};
use crate::router::TwoLinks;

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn the_request_goes_to_everyone_on_the_link_and_is_about_the_other_host() {
    let net = Net::one_link();
    let host = net.host(HOST);
    net.run("ping -c 1 -W 1 192.0.2.2");
    let ended = host.end();
    let (destination, source, request) = ended.arp()[0];
    assert_eq!(request.operation, Operation::Request);
    // Row 50: to everyone, not to some router; there is none here.
    assert_eq!(destination, Mac::BROADCAST);
    assert_eq!(source, mac(KERNEL_MAC));
    // Row 51: the target is B, and A stands in the sender's fields.
    assert_eq!(request.target_ip, OURS);
    assert_eq!(request.target_mac, Mac([0; 6]));
    assert_eq!((request.sender_ip, request.sender_mac), (KERNEL, mac(KERNEL_MAC)));
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn the_host_itself_answers_and_only_the_asker_hears_it() {
    let net = Net::one_link();
    let host = net.host(HOST);
    net.run("ping -c 1 -W 1 192.0.2.2");
    let ended = host.end();
    // Row 52.
    let (destination, source, reply) = ended.arp()[1];
    assert_eq!(reply.operation, Operation::Reply);
    assert_eq!(destination, mac(KERNEL_MAC));
    assert_eq!(source, mac(OUR_MAC));
    assert_eq!((reply.sender_ip, reply.sender_mac), (OURS, mac(OUR_MAC)));
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn nobody_asks_for_a_host_on_another_link() {
    let net = TwoLinks::open();
    net.run_in("a", "ping -c 1 -W 1 198.51.100.1");
    let ended = net.router.end();
    // Row 53: A asks for its router, the router asks for B, and no request crosses it.
    let asked: Vec<_> = ended.arp().into_iter().map(|(_, _, packet)| packet).collect();
    let asked: Vec<_> = asked
        .iter()
        .filter(|packet| packet.operation == Operation::Request)
        .map(|packet| (packet.sender_ip.to_string(), packet.target_ip.to_string()))
        .collect();
    let expected = [("192.0.2.1", "192.0.2.254"), ("198.51.100.254", "198.51.100.1")];
    assert_eq!(asked, expected.map(|(who, whom)| (who.to_owned(), whom.to_owned())));
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn the_next_hops_address_is_in_the_frame_and_not_in_the_datagram() {
    let net = TwoLinks::open();
    net.run_in("a", "ping -c 1 -W 1 198.51.100.1");
    let ended = net.router.end();
    // Row 55: the packet is addressed to B on both links, the frame to another card on each.
    let requests: Vec<_> = ended
        .of(EtherType::IPV4)
        .into_iter()
        .filter_map(|frame| {
            let packet = ipv4::Packet::parse(frame.payload()).ok()?;
            let to = packet.destination().to_string();
            (to == "198.51.100.1").then(|| (frame.destination(), packet.ttl()))
        })
        .collect();
    assert_eq!(requests, [(mac(OUR_MAC), 64), (mac("02:00:00:00:00:0b"), 63)]);
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn the_table_holds_neighbors_only() {
    let net = TwoLinks::open();
    net.run_in("a", "ping -c 1 -W 1 198.51.100.1");
    let known = net.run_in("a", "ip -4 neighbor");
    // Row 54: the router is in the table, B is not, although we have just talked to it.
    assert_eq!(known.trim_end(), "192.0.2.254 dev tap0 lladdr 02:00:00:00:00:02 REACHABLE");
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn the_table_forgets() {
    let net = Net::one_link();
    // Row 54: REACHABLE lasts 30 s, give or take a half; here, a tenth. Whoever sends after that has
    // 5 s until the kernel asks again, and here none.
    net.run("sysctl -q -w net.ipv4.neigh.tap0.base_reachable_time_ms=100");
    net.run("sysctl -q -w net.ipv4.neigh.tap0.delay_first_probe_time=0");
    let host = net.host(HOST);
    net.run("ping -c 1 -W 1 192.0.2.2");
    net.wait_for("ip neighbor show 192.0.2.2", "STALE");
    net.run("ping -c 1 -W 1 192.0.2.2");
    net.wait_for("ip neighbor show 192.0.2.2", "STALE");
    let ended = host.end();
    let asked: Vec<_> = ended
        .arp()
        .into_iter()
        .filter(|(_, _, packet)| packet.operation == Operation::Request)
        .filter(|(_, _, packet)| packet.target_ip == OURS)
        .map(|(destination, _, _)| destination)
        .collect();
    // The first question goes to everyone; those that follow, to the card that had the address.
    assert_eq!(asked[..2], [Mac::BROADCAST, mac(OUR_MAC)], "{}", ended.text);
}

#[test]
#[ignore = "needs ping: ci/setup.sh"]
fn our_own_table_moves_through_the_same_states() {
    let net = Net::one_link();
    let host = net.host(HOST);
    net.run("ping -c 1 -W 1 192.0.2.2");
    let text = host.end().text;
    // We learned the kernel's address from its request, and have not yet asked for it.
    assert!(text.contains(&format!("192.0.2.1 dev tap0 lladdr {KERNEL_MAC}")), "{text}");
}

#[test]
#[ignore = "needs arping: ci/setup.sh"]
fn a_probe_without_a_sender_is_answered_and_not_learned() {
    let net = Net::one_link();
    let host = net.host(HOST);
    // RFC 5227 §2.1.1: "is anyone using this address?", asked from 0.0.0.0.
    let said = net.say("arping -D -c 1 -w 1 -I tap0 192.0.2.2");
    assert!(said.contains("Received 1 response(s)"), "{said}");
    let text = host.end().text;
    assert!(!text.contains("0.0.0.0 dev"), "{text}");
}
