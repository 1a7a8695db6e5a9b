//! Another reader of the same bytes: Wireshark's dissectors.

use std::fs;
use std::path::Path;

use first_bytes::pcap::Reader;

use crate::net::{HOST, LIMIT, Net};
use crate::router::TwoLinks;

/// What an honest capture never has: malformed packets, bad checksums, warnings.
const SUSPICIOUS: &str = "_ws.malformed or _ws.expert.severity >= warning or \
    ip.checksum.status == Bad or icmp.checksum.status == Bad or icmpv6.checksum.status == Bad or \
    udp.checksum.status == Bad";

/// The lines that `tshark` prints for a capture, those of `filter` alone if it is not empty.
fn tshark(net: &Net, capture: &Path, filter: &str, more: &[&str]) -> String {
    let mut command =
        net.command("tshark -n -o ip.check_checksum:TRUE -o udp.check_checksum:TRUE -r");
    command.arg(capture);
    if !filter.is_empty() {
        command.args(["-Y", filter]);
    }
    command.args(more).env("HOME", capture.parent().expect("its folder"));
    let output = command.output().expect("tshark starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
#[ignore = "needs tshark: ci/setup.sh"]
fn tshark_finds_nothing_wrong_with_what_we_send() {
    let net = TwoLinks::with("--mtu 1300");
    net.run_in("a", "ping -c 1 -W 1 198.51.100.1");
    net.run_in("a", "ping -c 1 -W 1 -M dont -s 4000 192.0.2.254");
    net.run_in("a", "ping -6 -c 1 -W 1 2001:db8:0:2::1");
    net.run_in("a", "ping -6 -c 1 -W 1 -s 4000 2001:db8:0:1::fe");
    net.run_in("a", "traceroute -n -q 1 -w 1 -m 5 198.51.100.1");
    net.say_in("a", "ping -M do -c 1 -W 1 -s 1472 198.51.100.1");
    net.say_in("a", "ping -6 -M do -c 1 -W 1 -s 1452 2001:db8:0:2::1");
    net.say_in("a", "ping -c 1 -W 1 203.0.113.1");
    let TwoLinks { net, router } = net;
    let ended = router.end();
    let all = tshark(&net, &ended.capture, "", &[]);
    assert_eq!(all.lines().count(), ended.frames.len(), "{all}");
    // An echo request that gets an error instead of a reply is a warning of its own, not ours.
    let found =
        tshark(&net, &ended.capture, &format!("({SUSPICIOUS}) and not icmp.resp_not_found"), &[]);
    let found: Vec<_> = found.lines().filter(|line| !line.contains("no response found")).collect();
    assert!(found.is_empty(), "{found:#?}");
    for kind in [
        "Time-to-live exceeded",
        "Fragmentation needed",
        "Packet Too Big",
        "Network unreachable",
        "Neighbor Advertisement",
        "is at 02:00:00:00:00:02",
    ] {
        assert!(all.contains(kind), "{kind} is not among them: {all}");
    }
}

#[test]
#[ignore = "needs tshark: ci/setup.sh"]
fn tshark_would_have_found_a_flipped_bit() {
    let net = Net::one_link();
    let host = net.host(HOST);
    net.run("ping -c 1 -W 1 192.0.2.2");
    net.run("ping -6 -c 1 -W 1 2001:db8::2");
    let ended = host.end();
    assert_eq!(tshark(&net, &ended.capture, SUSPICIOUS, &[]), "");
    let mut file = fs::read(&ended.capture).expect("the capture");
    // The last byte of the file is data of an echo or of neighbor discovery.
    *file.last_mut().expect("it is not empty") ^= 1;
    let broken = net.path("broken.pcap");
    fs::write(&broken, file).expect("it can be written");
    assert_ne!(tshark(&net, &broken, SUSPICIOUS, &[]), "");
}

#[test]
#[ignore = "needs tshark: ci/setup.sh"]
fn both_ends_of_the_cable_see_the_same_frames() {
    let net = Net::one_link();
    let host = net.host(HOST);
    let theirs = net.path("theirs.pcap");
    let mut command = net.command("dumpcap -q -P -c 12 -i tap0 -w");
    command.arg(&theirs);
    let capture = testkit::Process::start(&mut command).expect("dumpcap starts");
    capture.wait_for_text("File:", LIMIT).expect("it captures");
    net.run("ping -c 2 -i 0.2 -W 1 -s 2000 192.0.2.2");
    net.run("ping -6 -c 1 -W 1 2001:db8::2");
    // ARP, two echoes and two replies in two fragments each, one of each over IPv6.
    capture.finish(LIMIT).expect("dumpcap ends");
    let ours = host.end().frames;
    let file = fs::read(&theirs).expect("its capture");
    let theirs = Reader::new(&file).expect("a pcap file");
    let theirs: Vec<_> = theirs.map(|record| record.expect("whole").frame.to_vec()).collect();
    assert!(theirs.len() == 12, "{} frames", theirs.len());
    for frame in &theirs {
        assert!(ours.contains(frame), "we have not seen {frame:02x?}");
    }
}
