//! Frames that no honest host sends, through the TAP device.

use std::fmt::Write;

use link_and_ip::wire::ethernet::Frame;

use crate::net::{HOST, Net};

/// xorshift64: any fixed sequence will do.
fn next(state: &mut u64) -> u64 {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    *state
}

/// Frames that the kernel really sent, for all our protocols.
fn honest(net: &Net) -> Vec<Vec<u8>> {
    let host = net.host(HOST);
    net.run("ping -c 1 -W 1 192.0.2.2");
    net.run("ping -c 1 -W 1 -s 2000 192.0.2.2");
    net.run("ping -6 -c 1 -W 1 2001:db8::2");
    net.run("ping -6 -c 1 -W 1 -s 2000 2001:db8::2");
    let ended = host.end();
    let ours = [2, 0, 0, 0, 0, 2];
    let from_kernel = |frame: &Vec<u8>| Frame::parse(frame).is_ok_and(|f| f.source().0 != ours);
    ended.frames.into_iter().filter(from_kernel).collect()
}

fn hex(frame: &[u8]) -> String {
    frame.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Each of the first `CUTS` lengths of each frame, and as many frames with some bytes changed.
fn dishonest(honest: &[Vec<u8>]) -> Vec<Vec<u8>> {
    const CUTS: usize = 120;
    const CHANGED: usize = 3000;
    let mut frames = Vec::new();
    for frame in honest {
        frames.extend((14..frame.len().min(CUTS)).map(|length| frame[..length].to_vec()));
    }
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for number in 0..CHANGED {
        let mut frame = honest[number % honest.len()].clone();
        for _ in 0..=next(&mut state) % 4 {
            // The destination stays, so that the frame is ours to read.
            let at = 6 + next(&mut state) as usize % (frame.len() - 6).min(CUTS);
            frame[at] = next(&mut state) as u8;
        }
        frames.push(frame);
    }
    frames
}

#[test]
#[ignore = "needs python3: ci/setup.sh"]
fn mutilated_frames_are_counted_and_do_no_harm() {
    let net = Net::one_link();
    // Room for all frames, so that each of them is really looked at.
    net.ip("link set tap0 txqueuelen 20000\n");
    let honest = honest(&net);
    assert!(honest.len() > 6, "{} frames", honest.len());
    let frames = dishonest(&honest);
    let host = net.host(HOST);
    let input: String = frames.iter().map(|frame| hex(frame) + "\n").collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/demo/raw.py");
    let output = net.feed(&format!("python3 {script} tap0"), &input);
    let sent: u64 = String::from_utf8_lossy(&output.stdout).trim().parse().expect("a number");
    assert_eq!(sent, frames.len() as u64, "{}", String::from_utf8_lossy(&output.stderr));

    let said = net.run("ping -c 1 -W 1 192.0.2.2");
    assert!(said.contains("1 received"), "it is still alive: {said}");
    let ended = host.end();
    let fates = ["delivered", "answered", "forwarded", "kept for reassembly", "discarded"];
    let fates: u64 = fates.iter().map(|fate| ended.count(fate)).sum();
    assert_eq!(ended.count("received"), fates, "{}", ended.text);
    assert!(fates >= sent, "{sent} sent: {}", ended.text);
    // Those that most changes lead to.
    for reason in
        ["ipv4: wrong header checksum", "icmpv6: wrong checksum", "arp: fewer than 28 bytes"]
    {
        assert!(ended.count(reason) > 0, "{reason}: {}", ended.text);
    }
}
