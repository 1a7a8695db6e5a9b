//! `byhand TAP [SCRIPT]`: TCP's other side, played by hand. Segments that come in are printed;
//! segments that go out are typed, or stand in a file:
//!
//! ```text
//! wait syn
//! send syn ack seq=0 ack=1
//! send ack seq=1 ack=1 data=hello
//! watch 2
//! ```
//!
//! Numbers count from each side's first one, as in `tcpdump`. We are 192.0.2.2, and answer ARP; of
//! TCP nothing is answered unless it is said.

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
    use std::io::BufRead;
    use std::net::{IpAddr, Ipv4Addr};
    use std::ops::ControlFlow;
    use std::time::Duration;

    use addresses::Mac;
    use anyhow::{Context, bail, ensure};
    use link_and_ip::Stack;
    use link_and_ip::link::tap::{Driver, Owner, Tap};
    use link_and_ip::stack::{Config, Event, Interface, Outgoing};
    use link_and_ip::wire::Protocol;
    use tcp::Seq;
    use tcp::segment::{Flags, Header, Segment};

    const OURS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 2);
    const THEIRS: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 1);
    /// Our first sequence number. Anyone could guess it, which a later page is about.
    const ISN: Seq = Seq(1_000_000);
    /// Nobody answers: then the script is wrong.
    const PATIENCE: Duration = Duration::from_secs(10);

    pub(super) fn main() -> anyhow::Result<()> {
        let arguments: Vec<String> = std::env::args().skip(1).collect();
        let (tap, script) = match &arguments[..] {
            [tap] => (tap, None),
            [tap, file] => (tap, Some(file)),
            _ => bail!("usage: byhand TAP [SCRIPT]"),
        };
        let mut stack = Stack::new(Config::default());
        let mac = Mac([2, 0, 0, 0, 0, 2]);
        let addresses = vec![(OURS.into(), 24)];
        let number = stack.add_interface(&Interface { mac, mtu: 1500, addresses })?;
        stack.register(Protocol::TCP);
        let mut driver = Driver::new(vec![(number, Tap::open(tap)?)]);
        println!("attached to {tap}");
        let mut hand = Hand::default();
        let mut perform = |line: &str| -> anyhow::Result<()> {
            hand.order = Order::parse(line).with_context(|| format!("`{line}`"))?;
            hand.until = driver.now() + PATIENCE;
            if let Order::Watch(time) = hand.order {
                hand.until = driver.now() + time;
            }
            let (never, _held) = std::io::pipe()?;
            driver.run(&mut stack, &mut hand, never)?;
            ensure!(!hand.failed, "`{line}`: it did not come within {PATIENCE:?}");
            Ok(())
        };
        match script {
            Some(file) => {
                let text = std::fs::read_to_string(file).with_context(|| file.clone())?;
                text.lines().filter(|line| !line.trim().is_empty()).try_for_each(&mut perform)
            }
            None => std::io::stdin().lock().lines().try_for_each(|line| perform(&line?)),
        }
    }

    /// What a line tells us to do.
    #[derive(Debug, Default)]
    enum Order {
        #[default]
        Nothing,
        /// Until a segment with these flags has come.
        Wait(Flags),
        /// For so long.
        Watch(Duration),
        Send(Header, Vec<u8>),
    }

    impl Order {
        fn parse(line: &str) -> anyhow::Result<Self> {
            let line = line.trim();
            let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
            match verb {
                "watch" => Ok(Self::Watch(Duration::from_secs_f64(rest.parse()?))),
                "wait" => {
                    let mut header = Header::default();
                    rest.split(' ').try_for_each(|word| set(&mut header, word))?;
                    Ok(Self::Wait(header.flags))
                }
                "send" => {
                    let (words, data) = rest.split_once("data=").unwrap_or((rest, ""));
                    let mut header = Header { window: 65_535, ..Header::default() };
                    words.split_whitespace().try_for_each(|word| set(&mut header, word))?;
                    Ok(Self::Send(header, unescape(data)))
                }
                _ => bail!("neither `wait`, `send` nor `watch`"),
            }
        }
    }

    /// `syn`, `ack`, `seq=0`, `ack=1`, …
    fn set(header: &mut Header, word: &str) -> anyhow::Result<()> {
        let flags = &mut header.flags;
        match word.split_once('=') {
            None => match word {
                "syn" => flags.syn = true,
                "ack" => flags.ack = true,
                "fin" => flags.fin = true,
                "rst" => flags.rst = true,
                "psh" => flags.psh = true,
                _ => bail!("{word}: not syn, ack, fin, rst, psh"),
            },
            Some(("seq", number)) => header.seq = Seq(number.parse()?),
            Some(("ack", number)) => header.ack = Seq(number.parse()?),
            Some(("win", number)) => header.window = number.parse()?,
            Some(("mss", number)) => header.options.mss = Some(number.parse()?),
            Some(("port", number)) => header.destination = number.parse()?,
            Some((name, _)) => bail!("{name}: not seq, ack, win, mss, port"),
        }
        Ok(())
    }

    fn unescape(text: &str) -> Vec<u8> {
        text.replace(r"\r", "\r").replace(r"\n", "\n").into_bytes()
    }

    /// One side of one connection, with nothing in its head but what it has been told.
    #[derive(Debug, Default)]
    struct Hand {
        order: Order,
        until: Duration,
        failed: bool,
        /// Ours and theirs, once the first segment has come or gone.
        ports: Option<(u16, u16)>,
        /// The number of their SYN.
        their_isn: Seq,
    }

    impl Owner<Stack> for Hand {
        fn turn(&mut self, stack: &mut Stack, now: Duration) -> ControlFlow<()> {
            while let Some(event) = stack.next_event() {
                let Event::Packet(packet) = event else { continue };
                match Segment::parse(packet.payload(), packet.source, packet.destination) {
                    Ok(segment) => self.came(&segment),
                    Err(error) => println!("< {error}"),
                }
                if matches!(self.order, Order::Nothing) {
                    return ControlFlow::Break(());
                }
            }
            if let Order::Send(header, data) = &mut self.order {
                let (header, data) = (std::mem::take(header), std::mem::take(data));
                self.send(stack, header, &data, now);
                return ControlFlow::Break(());
            }
            if now < self.until {
                return ControlFlow::Continue(());
            }
            self.failed = matches!(self.order, Order::Wait(_));
            ControlFlow::Break(())
        }

        fn deadline(&self) -> Option<Duration> {
            Some(self.until)
        }
    }

    impl Hand {
        fn came(&mut self, segment: &Segment<'_>) {
            let header = &segment.header;
            self.ports = Some((header.destination, header.source));
            if header.flags.syn {
                self.their_isn = header.seq;
            }
            let [seq, ack] = [header.seq.since(self.their_isn), header.ack.since(ISN)];
            show('<', header, seq, ack, segment.payload);
            if let Order::Wait(flags) = self.order
                && includes(header.flags, flags)
            {
                self.order = Order::Nothing;
            }
        }

        fn send(&mut self, stack: &mut Stack, header: Header, data: &[u8], now: Duration) {
            let (ours, theirs) = *self.ports.get_or_insert((40_000, header.destination));
            show('>', &header, header.seq.0, header.ack.0, data);
            let header = Header {
                source: ours,
                destination: theirs,
                seq: ISN + header.seq.0,
                ack: if header.flags.ack { self.their_isn + header.ack.0 } else { Seq(0) },
                ..header
            };
            let mut bytes = Vec::new();
            let (from, to): (IpAddr, IpAddr) = (OURS.into(), THEIRS.into());
            header.write(from, to, [data, &[]], &mut bytes);
            if let Err(error) = stack.send(&Outgoing::new(to, Protocol::TCP, &bytes), now) {
                println!("! {error}");
            }
        }
    }

    fn includes(all: Flags, some: Flags) -> bool {
        let pairs = [
            (all.syn, some.syn),
            (all.ack, some.ack),
            (all.fin, some.fin),
            (all.rst, some.rst),
            (all.psh, some.psh),
        ];
        pairs.iter().all(|(all, some)| *all || !some)
    }

    fn show(way: char, header: &Header, seq: u32, ack: u32, data: &[u8]) {
        let Flags { fin, syn, rst, psh, ack: has_ack, .. } = header.flags;
        let names = [(syn, "SYN"), (fin, "FIN"), (rst, "RST"), (psh, "PSH"), (has_ack, "ACK")];
        let names: Vec<_> = names.iter().filter(|(set, _)| *set).map(|(_, name)| *name).collect();
        let mut line = format!("{way} {:11} seq {seq}", names.join(" "));
        if has_ack {
            line += &format!(" ack {ack}");
        }
        line += &format!(" win {}", header.window);
        if let Some(mss) = header.options.mss {
            line += &format!(" mss {mss}");
        }
        if !data.is_empty() {
            line += &format!(" length {}", data.len());
        }
        println!("{line}");
        for text in data.split_inclusive(|byte| *byte == b'\n') {
            println!("    {}", text.escape_ascii());
        }
    }
}
