//! `cargo test -p link-and-ip --test unsolicited_reply`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::net::Ipv4Addr;

use addresses::Mac;
use exercise::Cache;
use link_and_ip::wire::arp::{Operation, Packet};

const OWN: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
const GATEWAY: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 254);
const OWN_MAC: Mac = Mac([2, 0, 0, 0, 0, 1]);
const GATEWAY_MAC: Mac = Mac([2, 0, 0, 0, 0, 0xfe]);
const ATTACKER: Mac = Mac([2, 0, 0, 0, 0, 0x66]);

fn reply(sender_mac: Mac) -> Packet {
    Packet {
        operation: Operation::Reply,
        sender_mac,
        sender_ip: GATEWAY,
        target_mac: OWN_MAC,
        target_ip: OWN,
    }
}

/// Everything that tells us, unasked, where the gateway is.
fn forgeries() -> [Packet; 3] {
    let gratuitous = Packet { target_ip: GATEWAY, ..reply(ATTACKER) };
    [reply(ATTACKER), gratuitous, Packet { operation: Operation::Request, ..gratuitous }]
}

#[test]
fn an_answer_is_believed() {
    let mut cache = Cache::default();
    cache.ask(GATEWAY);
    cache.receive(&reply(GATEWAY_MAC), OWN);
    assert_eq!(cache.lookup(GATEWAY), Some(GATEWAY_MAC));
}

#[test]
fn without_a_question_there_is_no_answer() {
    for forged in forgeries() {
        let mut cache = Cache::default();
        cache.receive(&forged, OWN);
        assert_eq!(cache.lookup(GATEWAY), None, "{forged:?}");
    }
}

#[test]
fn the_gateway_stays_where_it_is() {
    let question = Packet { operation: Operation::Request, ..reply(ATTACKER) };
    for forged in forgeries().into_iter().chain([question]) {
        let mut cache = Cache::default();
        cache.ask(GATEWAY);
        cache.receive(&reply(GATEWAY_MAC), OWN);
        cache.receive(&forged, OWN);
        assert_eq!(cache.lookup(GATEWAY), Some(GATEWAY_MAC), "redirected by {forged:?}");
    }
}

#[test]
fn a_question_about_one_host_is_no_question_about_another() {
    let mut cache = Cache::default();
    cache.ask(Ipv4Addr::new(192, 0, 2, 7));
    cache.receive(&reply(ATTACKER), OWN);
    assert_eq!(cache.lookup(GATEWAY), None);
}

#[test]
fn a_host_that_moved_is_found_again() {
    let mut cache = Cache::default();
    for mac in [GATEWAY_MAC, OWN_MAC, GATEWAY_MAC] {
        cache.ask(GATEWAY);
        cache.receive(&reply(mac), OWN);
        assert_eq!(cache.lookup(GATEWAY), Some(mac));
    }
}

#[test]
fn who_asks_for_us_is_learned() {
    let mut cache = Cache::default();
    cache.receive(&Packet { operation: Operation::Request, ..reply(GATEWAY_MAC) }, OWN);
    assert_eq!(cache.lookup(GATEWAY), Some(GATEWAY_MAC));
}
