//! What two stacks say to each other on a bad link, as another program reads it.

use std::fs::{self, File};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use addresses::Mac;
use link_and_ip::link::memory::{Conditions, Memory, Tap};
use link_and_ip::link::network::Network;
use link_and_ip::stack::{Config, Event, Interface, Stack};
use testkit::{require, within};

const LIMIT: Duration = Duration::from_secs(30);

fn host(number: u8) -> Stack {
    let mut stack = Stack::new(Config::default());
    let v4 = Ipv4Addr::new(192, 0, 2, number);
    let v6 = Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, number.into());
    let addresses = vec![(IpAddr::V4(v4), 24), (IpAddr::V6(v6), 64)];
    let interface = Interface { mac: Mac([2, 0, 0, 0, 0, number]), mtu: 1500, addresses };
    stack.add_interface(&interface).unwrap();
    stack
}

/// Sends 100 echo requests, half of them over IPv6, and returns how many were answered.
fn pings(link: Memory) -> (Network<Stack>, usize) {
    let mut network = Network::pair([host(1), host(2)], link);
    let mut answers = 0;
    for sequence in 0..100 {
        let to: IpAddr = if sequence % 2 == 0 {
            Ipv4Addr::new(192, 0, 2, 2).into()
        } else {
            Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 2).into()
        };
        let now = network.now();
        network.nodes[0].ping(to, 1, sequence, b"through all weather", now).unwrap();
        network.run(now + Duration::from_millis(100)).unwrap();
        while let Some(event) = network.nodes[0].next_event() {
            answers += usize::from(matches!(event, Event::EchoReply { .. }));
        }
    }
    (network, answers)
}

fn bad() -> Conditions {
    Conditions {
        loss: 0.05,
        duplicate: 0.02,
        reorder: 0.2,
        delay: Duration::from_millis(5),
        held_back: Duration::from_millis(50),
        ..Conditions::default()
    }
}

#[test]
fn most_echoes_come_through_a_bad_link_whatever_the_seed() {
    within(LIMIT, "100 seeds", || {
        for seed in 0..100 {
            let (network, answers) = pings(Memory::hub(2, bad(), seed));
            assert!((60..=115).contains(&answers), "{answers} answers with seed {seed}");
            assert!(network.nodes.iter().all(|node| node.counters().adds_up()));
        }
    });
}

#[test]
fn a_perfect_link_loses_nothing() {
    let (_, answers) = pings(Memory::hub(2, Conditions::default(), 1));
    assert_eq!(answers, 100);
}

#[test]
#[ignore = "needs tshark: ci/setup.sh"]
fn tshark_reads_a_recording_and_finds_no_fault() {
    let tshark = require("tshark");
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recording.pcap");
    let mut link = Memory::hub(2, bad(), 7);
    link.record(Tap::Sent, File::create(&path).unwrap()).unwrap();
    let (mut network, _) = pings(link);
    let fate = network.links[0].fate();
    network.links[0].finish_recording().unwrap();
    let lines = |filter: &'static str| {
        let (tshark, path) = (tshark.clone(), path.clone());
        within(LIMIT, "tshark", move || {
            let mut command = Command::new(tshark);
            command.args(["-o", "ip.check_checksum:TRUE", "-Y", filter, "-r"]).arg(path);
            let output = command.output().unwrap();
            assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
            String::from_utf8_lossy(&output.stdout).lines().count() as u64
        })
    };
    assert_eq!(lines("frame"), fate.delivered + fate.lost - fate.duplicated);
    assert_eq!(lines("icmp.type == 8 || icmpv6.type == 128"), 100);
    assert!(lines("arp") >= 2 && lines("icmpv6.type == 136") >= 1);
    assert_eq!(
        lines("_ws.malformed || _ws.expert.severity >= \"warning\" && !icmp.resp_not_found"),
        0
    );
    let bad_checksum =
        "ip.checksum.status == 0 || icmp.checksum.status == 0 || icmpv6.checksum.status == 0";
    assert_eq!(lines(bad_checksum), 0);
    fs::remove_file(path).unwrap();
}
