//! A lab with a kernel at one end of a TAP device and our stack at the other.

use std::fs;
use std::net::Ipv4Addr;
use std::ops::Deref;
use std::path::PathBuf;
use std::process::Command;

use addresses::Mac;
use first_bytes::pcap::Reader;
pub(crate) use labkit::LIMIT;
use link_and_ip::wire::arp;
use link_and_ip::wire::ethernet::{EtherType, Frame};
use testkit::Process;

/// The kernel's card and address on the link to us, and ours.
pub(crate) const KERNEL_MAC: &str = "02:00:00:00:00:01";
pub(crate) const OUR_MAC: &str = "02:00:00:00:00:02";
pub(crate) const KERNEL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// Our usual addresses on it.
pub(crate) const HOST: &str = "host --tap tap0 --address 192.0.2.2/24 --address 2001:db8::2/64";

pub(crate) struct Net(labkit::Net);

impl Deref for Net {
    type Target = labkit::Net;

    fn deref(&self) -> &labkit::Net {
        &self.0
    }
}

impl Net {
    /// An empty lab.
    pub(crate) fn empty() -> Self {
        Self(labkit::Net::empty())
    }

    /// A lab with `tap0`.
    pub(crate) fn one_link() -> Self {
        Self(labkit::Net::with_tap())
    }

    /// Our program, to be run in the lab.
    pub(crate) fn tapstack(&self, line: &str) -> Command {
        self.ours(env!("CARGO_BIN_EXE_tapstack"), line)
    }

    /// Runs `tapstack` to its end and returns what it printed.
    pub(crate) fn tapstack_says(&self, line: &str) -> String {
        let process = Process::start(&mut self.tapstack(line)).expect("tapstack starts");
        process.finish(LIMIT).expect("tapstack ends").text()
    }

    /// Starts `tapstack host …`, with a capture in `ours.pcap`, and waits until it is plugged in.
    pub(crate) fn host(&self, line: &str) -> Host {
        let mut command = self.tapstack(line);
        let capture = self.path("ours.pcap");
        command.arg("--pcap").arg(&capture);
        let process = Process::start(&mut command).expect("tapstack starts");
        for tap in line.split_whitespace().filter(|word| word.starts_with("tap")) {
            process.wait_for_text(&format!("ready on {tap}"), LIMIT).expect("tapstack is ready");
        }
        Host { process, capture }
    }
}

/// A running `tapstack host`.
pub(crate) struct Host {
    pub(crate) process: Process,
    capture: PathBuf,
}

impl Host {
    /// Ends it with Ctrl-C and returns what it printed: the counters and the neighbors.
    pub(crate) fn end(self) -> Ended {
        self.process.interrupt();
        let finished = self.process.finish(LIMIT).expect("tapstack ends");
        assert!(finished.status.success(), "{}", finished.text());
        let file = fs::read(&self.capture).expect("its capture");
        let frames = Reader::new(&file).expect("a pcap file");
        let frames = frames.map(|record| record.expect("a whole record").frame.to_vec()).collect();
        Ended { text: finished.text(), frames, capture: self.capture }
    }
}

/// What `tapstack host` left behind.
pub(crate) struct Ended {
    pub(crate) text: String,
    /// All frames in and out, in order.
    pub(crate) frames: Vec<Vec<u8>>,
    pub(crate) capture: PathBuf,
}

impl Ended {
    /// The number in front of a counter's name; 0 if it is not there.
    pub(crate) fn count(&self, name: &str) -> u64 {
        let line = self.text.lines().find(|line| {
            line.trim_start().split_once("  ").is_some_and(|(_, found)| found == name)
        });
        let number = line.and_then(|line| line.split_whitespace().next());
        number.map_or(0, |number| number.parse().expect("a counter begins with its number"))
    }

    /// The frames of one type.
    pub(crate) fn of(&self, ether_type: EtherType) -> Vec<Frame<'_>> {
        let frames = self.frames.iter().filter_map(|frame| Frame::parse(frame).ok());
        frames.filter(|frame| frame.ether_type() == ether_type).collect()
    }

    /// The ARP packets, each with its frame's destination and source.
    pub(crate) fn arp(&self) -> Vec<(Mac, Mac, arp::Packet)> {
        let frames = self.of(EtherType::ARP).into_iter();
        let packet = |frame: &Frame<'_>| arp::Packet::parse(frame.payload()).expect("good ARP");
        frames.map(|frame| (frame.destination(), frame.source(), packet(&frame))).collect()
    }
}

pub(crate) fn mac(text: &str) -> Mac {
    text.parse().expect("a MAC address")
}
