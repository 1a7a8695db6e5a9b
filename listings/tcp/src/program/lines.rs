//! A line for each segment that passes.

use std::collections::HashMap;
use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use link_and_ip::link::tap::Direction;
use link_and_ip::wire::ethernet::{EtherType, Frame};
use link_and_ip::wire::{ipv4, ipv6};
use tcp::Seq;
use tcp::host::TCP;
use tcp::segment::{Header, Segment};

use crate::say;

/// How many senders' first numbers are remembered; then they begin anew.
const SENDERS: usize = 1024;

/// Prints segments with numbers that count from each side's SYN, as tcpdump does.
#[derive(Default)]
pub(crate) struct Lines {
    first: HashMap<(SocketAddr, SocketAddr), Seq>,
}

impl Lines {
    pub(crate) fn frame(&mut self, direction: Direction, frame: &[u8], now: Duration) {
        let Ok(frame) = Frame::parse(frame) else { return };
        let way = if direction == Direction::In { "in " } else { "out" };
        let time = now.as_secs_f64();
        let Some((from, to, bytes)) = payload(&frame) else { return };
        match Segment::parse(bytes, from, to) {
            Ok(segment) => say(&format!("{time:9.3} {way} {}", self.segment(from, to, &segment))),
            Err(error) => say(&format!("{time:9.3} {way} {error}")),
        }
    }

    fn segment(&mut self, from: IpAddr, to: IpAddr, segment: &Segment<'_>) -> String {
        let header = &segment.header;
        let from = SocketAddr::new(from, header.source);
        let to = SocketAddr::new(to, header.destination);
        if self.first.len() >= SENDERS {
            self.first.clear();
        }
        if header.flags.syn {
            self.first.insert((from, to), header.seq);
        }
        let ours = *self.first.entry((from, to)).or_insert(header.seq);
        let mut line = format!("{from} > {to} {}", flags(header));
        let _ = write!(line, " seq {}", header.seq.since(ours));
        if header.flags.ack {
            let theirs = *self.first.entry((to, from)).or_insert(header.ack - 1);
            let _ = write!(line, " ack {}", header.ack.since(theirs));
        }
        let _ =
            write!(line, " win {} len {}{}", header.window, segment.payload.len(), options(header));
        line
    }
}

fn payload<'a>(frame: &Frame<'a>) -> Option<(IpAddr, IpAddr, &'a [u8])> {
    match frame.ether_type() {
        EtherType::IPV4 => {
            let packet = ipv4::Packet::parse(frame.payload()).ok()?;
            let whole = packet.protocol() == TCP && packet.fragment_offset() == 0;
            whole.then(|| (packet.source().into(), packet.destination().into(), packet.payload()))
        }
        EtherType::IPV6 => {
            let packet = ipv6::Packet::parse(frame.payload()).ok()?;
            let chain = packet.chain().ok()?;
            let whole = chain.protocol == TCP && chain.fragment.is_none();
            whole.then(|| (packet.source().into(), packet.destination().into(), chain.payload))
        }
        _ => None,
    }
}

fn flags(header: &Header) -> String {
    let flags = header.flags;
    let names = [
        (flags.syn, "SYN"),
        (flags.fin, "FIN"),
        (flags.rst, "RST"),
        (flags.psh, "PSH"),
        (flags.urg, "URG"),
        (flags.ack, "ACK"),
    ];
    let set: Vec<_> = names.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
    set.join(",")
}

fn options(header: &Header) -> String {
    let options = &header.options;
    let mut said = String::new();
    if let Some(mss) = options.mss {
        let _ = write!(said, " mss {mss}");
    }
    if let Some(scale) = options.window_scale {
        let _ = write!(said, " scale {scale}");
    }
    if options.sack_permitted {
        said.push_str(" sack-permitted");
    }
    for (first, end) in options.sack.iter().flatten() {
        let _ = write!(said, " sack {} bytes", end.since(*first));
    }
    said
}
