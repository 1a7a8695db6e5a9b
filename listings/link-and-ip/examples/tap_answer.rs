//! Answers for one IPv4 address on a TAP device, by hand: no stack, no memory.
//!
//! `tap_answer TAP ADDRESS arp`: ARP requests alone. `… echo`: pings too. `… stale`: pings, with the
//! request's checksum left as it was.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("TAP devices are Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::net::Ipv4Addr;
    use std::time::Duration;

    use addresses::Mac;
    use anyhow::{Context, ensure};
    use link_and_ip::link::tap::{MAX_FRAME, Tap};
    use link_and_ip::wire::arp::{Operation, Packet};
    use link_and_ip::wire::checksum::update;
    use link_and_ip::wire::ethernet::{EtherType, Frame, Header};

    const MAC: Mac = Mac([2, 0, 0, 0, 0, 2]);

    pub(super) fn main() -> anyhow::Result<()> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let [name, address, what] = &arguments[..] else {
            anyhow::bail!("usage: tap_answer TAP ADDRESS arp|echo|stale");
        };
        ensure!(["arp", "echo", "stale"].contains(&what.as_str()), "{what}: not arp, echo, stale");
        run(name, address.parse().context("ADDRESS is an IPv4 address")?, what)
    }

    fn run(name: &str, ours: Ipv4Addr, what: &str) -> anyhow::Result<()> {
        let tap = Tap::open(name)?;
        println!("attached to {name}");
        let mut buffer = vec![0; MAX_FRAME];
        loop {
            tap.wait(Duration::from_secs(1))?;
            while let Some(length) = tap.receive(&mut buffer)? {
                let frame = &mut buffer[..length];
                if let Some(reply) = answer_arp(frame, ours) {
                    println!("an ARP request for {ours}: answered");
                    tap.send(&reply)?;
                } else if is_ping(frame, ours) {
                    println!("a ping of {length} bytes");
                    if what != "arp" {
                        turn_around(frame, what == "echo");
                        tap.send(frame)?;
                    }
                }
            }
        }
    }

    // ANCHOR: arp
    /// "I have it", if the frame asks who has `ours`.
    fn answer_arp(frame: &[u8], ours: Ipv4Addr) -> Option<Vec<u8>> {
        let frame =
            Frame::parse(frame).ok().filter(|frame| frame.ether_type() == EtherType::ARP)?;
        let asked = Packet::parse(frame.payload()).ok()?;
        if asked.operation != Operation::Request || asked.target_ip != ours {
            return None;
        }
        let mut out = Vec::new();
        let (destination, ether_type) = (asked.sender_mac, EtherType::ARP);
        Header { destination, source: MAC, ether_type }.write(&mut out);
        let reply = Packet {
            operation: Operation::Reply,
            sender_mac: MAC,
            sender_ip: ours,
            target_mac: asked.sender_mac,
            target_ip: asked.sender_ip,
        };
        reply.write(&mut out);
        Some(out)
    }
    // ANCHOR_END: arp

    /// Whether the frame is an echo request for `ours`, with the headers that `ping` sends.
    fn is_ping(frame: &[u8], ours: Ipv4Addr) -> bool {
        let (ipv4_without_options, icmp, echo_request) = ([8, 0, 0x45], 1, 8);
        frame.len() >= 42
            && frame[12..15] == ipv4_without_options
            && frame[23] == icmp
            && frame[30..34] == ours.octets()
            && frame[34] == echo_request
    }

    // ANCHOR: turn_around
    /// Makes an echo request its own reply: sender and receiver change places, and 8 becomes 0.
    fn turn_around(frame: &mut [u8], mend_checksum: bool) {
        frame[0..12].rotate_left(6); // the two MAC addresses
        frame[26..34].rotate_left(4); // the two IP addresses
        frame[34] = 0; // ICMP type: echo reply
        if mend_checksum {
            let old = u16::from_be_bytes([frame[36], frame[37]]);
            let new = update(old, 0x0800, 0x0000);
            frame[36..38].copy_from_slice(&new.to_be_bytes());
        }
    }
    // ANCHOR_END: turn_around
}
