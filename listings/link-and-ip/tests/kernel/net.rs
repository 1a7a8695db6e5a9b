//! A lab with a kernel at one end of a TAP device and our stack at the other.

use std::fs;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use addresses::Mac;
use addresses::lab::Lab;
use first_bytes::pcap::Reader;
use link_and_ip::wire::arp;
use link_and_ip::wire::ethernet::{EtherType, Frame};
use testkit::{Process, require};

/// No single step takes longer, even on a busy machine.
pub(crate) const LIMIT: Duration = Duration::from_secs(10);

/// The kernel's card and address on the link to us, and ours.
pub(crate) const KERNEL_MAC: &str = "02:00:00:00:00:01";
pub(crate) const OUR_MAC: &str = "02:00:00:00:00:02";
pub(crate) const KERNEL: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
pub(crate) const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);

/// `tap0`, on which the kernel has 192.0.2.1 and `2001:db8::1`. Its MAC address is fixed, so that
/// captures compare.
const ONE_LINK: &str = "
tuntap add dev tap0 mode tap
link set tap0 address 02:00:00:00:00:01
address add 192.0.2.1/24 dev tap0
address add 2001:db8::1/64 dev tap0 nodad
link set tap0 up
";

/// Our usual addresses on it.
pub(crate) const HOST: &str = "host --tap tap0 --address 192.0.2.2/24 --address 2001:db8::2/64";

pub(crate) struct Net {
    lab: Lab,
    /// Where captures go.
    folder: PathBuf,
}

impl Net {
    /// An empty lab.
    pub(crate) fn empty() -> Self {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        for program in ["ip", "unshare", "nsenter"] {
            require(program);
        }
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let folder = std::env::temp_dir().join(format!("kernel-{}-{number}", std::process::id()));
        fs::create_dir_all(&folder).expect("a folder for captures");
        Self { lab: Lab::open().expect("a lab"), folder }
    }

    /// A lab with `tap0`.
    pub(crate) fn one_link() -> Self {
        let net = Self::empty();
        net.ip(ONE_LINK);
        net
    }

    /// A file that goes away with the lab.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Runs lines of `ip`'s.
    pub(crate) fn ip(&self, batch: &str) {
        let output = self.feed("ip -batch -", batch);
        assert!(output.status.success(), "ip: {}", String::from_utf8_lossy(&output.stderr));
    }

    /// A program of the machine's, with its arguments, to be run in the lab.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut words = line.split_whitespace();
        let program = words.next().expect("a program");
        require(program);
        let mut command = self.lab.command(program);
        command.args(words);
        command
    }

    /// Starts a program.
    pub(crate) fn start(&self, line: &str) -> Process {
        Process::start(&mut self.command(line)).expect("it starts")
    }

    /// Runs a program to its end and returns what it printed. It may fail.
    pub(crate) fn say(&self, line: &str) -> String {
        self.start(line).finish(LIMIT).expect("it ends").text()
    }

    /// The same, and it must succeed.
    pub(crate) fn run(&self, line: &str) -> String {
        let finished = self.start(line).finish(LIMIT).expect("it ends");
        assert!(finished.status.success(), "{line}: {}", finished.text());
        finished.text()
    }

    /// Runs a program that reads `input`.
    pub(crate) fn feed(&self, line: &str, input: &str) -> Output {
        let mut command = self.command(line);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("it starts");
        let mut stdin = child.stdin.take().expect("its input");
        stdin.write_all(input.as_bytes()).expect("it reads");
        drop(stdin);
        child.wait_with_output().expect("it ends")
    }

    /// Our program, to be run in the lab.
    pub(crate) fn tapstack(&self, line: &str) -> Command {
        let mut command = self.lab.command(env!("CARGO_BIN_EXE_tapstack"));
        command.args(line.split_whitespace());
        command
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

    /// Runs a program again and again until its output contains `needle`.
    pub(crate) fn wait_for(&self, line: &str, needle: &str) -> String {
        let deadline = Instant::now() + LIMIT;
        loop {
            let said = self.say(line);
            if said.contains(needle) {
                return said;
            }
            assert!(Instant::now() < deadline, "{line:?} never says {needle:?}, but: {said}");
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.folder);
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
