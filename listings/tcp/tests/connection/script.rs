//! A connection against a script that plays its peer: segments as lines of text, numbers that begin
//! at each side's SYN, and a clock that moves only when told.
//!
//! A line is `FLAGS SEQ:LENGTH [ack N] [win N] [mss N] [wscale N] [ts N [echo MS]] [sackok] [sack A..B …]`. Flags are
//! letters: `S`, `F`, `R`, `P`, and `.` for ACK. Data bytes are their own numbers modulo 251.

use std::fmt::Write;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tcp::connection::{Config, CongestionControl, State};
use tcp::segment::{Flags, Header, Segment, Timestamps};
use tcp::{Connection, Seq};

/// Ours and the peer's initial numbers: both wrap around soon.
const OURS: Seq = Seq(u32::MAX - 3);
const THEIRS: Seq = Seq(u32::MAX - 1500);

pub(crate) struct Script {
    pub(crate) connection: Connection,
    pub(crate) now: Duration,
    /// What was sent, and when.
    sent: Vec<(Duration, String)>,
}

pub(crate) fn ms(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// Small numbers, and nothing that waits unless a test wants it.
pub(crate) fn config() -> Config {
    Config {
        receive_buffer: 10_000,
        send_buffer: 10_000,
        mss: 1000,
        nagle: false,
        delayed_ack: Duration::ZERO,
        initial_rto: ms(1000),
        min_rto: ms(1000),
        max_rto: ms(60_000),
        user_timeout: ms(300_000),
        time_wait: ms(60_000),
        keep_alive: None,
        timestamps: false,
        sack: false,
        congestion_control: CongestionControl::NewReno,
    }
}

fn local() -> SocketAddr {
    (IpAddr::from([192, 0, 2, 1]), 50_000).into()
}

fn remote() -> SocketAddr {
    (IpAddr::from([192, 0, 2, 2]), 80).into()
}

impl Script {
    /// We connect. The SYN is the first line to expect.
    pub(crate) fn connect(config: Config) -> Self {
        let connection = Connection::connect(config, local(), remote(), OURS, Duration::ZERO);
        Self { connection, now: Duration::ZERO, sent: Vec::new() }
    }

    /// The peer connects with that SYN.
    pub(crate) fn accept(config: Config, syn: &str) -> Self {
        let (header, _) = parse(syn);
        let syn = Segment { header, payload: &[] };
        let connection = Connection::accept(config, local(), remote(), OURS, &syn, Duration::ZERO);
        Self { connection, now: Duration::ZERO, sent: Vec::new() }
    }

    /// A connection that is there, opened by us. The peer's window is 10,000 and its MSS 1000.
    pub(crate) fn established(config: Config) -> Self {
        let mut script = Self::connect(config);
        script.expect("S 0:0");
        script.inject("S. 0:0 ack 1 win 10000 mss 1000");
        script.expect(". 1:0 ack 1");
        assert_eq!(script.state(), State::Established);
        script
    }

    /// A connection that is there, with everything that SYNs can agree on but timestamps.
    pub(crate) fn established_with_sack(config: Config) -> Self {
        let mut script = Self::connect(Config { sack: true, ..config });
        script.expect("S 0:0");
        script.inject("S. 0:0 ack 1 win 10000 mss 1000 sackok");
        script.expect(". 1:0 ack 1");
        script
    }

    pub(crate) fn state(&self) -> State {
        self.connection.state()
    }

    /// The peer sends a segment.
    pub(crate) fn inject(&mut self, line: &str) {
        self.arrive(line);
        self.flush();
    }

    /// A segment that is not answered before the next call.
    pub(crate) fn arrive(&mut self, line: &str) {
        let (header, length) = parse(line);
        let first = header.seq.since(THEIRS);
        let payload: Vec<u8> = (0..length).map(|at| byte(first.wrapping_add(at))).collect();
        let mut bytes = Vec::new();
        header.write(remote().ip(), local().ip(), [&payload, &[]], &mut bytes);
        let segment = Segment::parse(&bytes, remote().ip(), local().ip()).unwrap();
        self.connection.receive(&segment, self.now);
    }

    /// Lets time pass, and does what is due at its time.
    pub(crate) fn pass(&mut self, time: Duration) {
        self.flush();
        let end = self.now + time;
        while let Some(at) = self.connection.deadline().filter(|at| *at <= end) {
            assert!(at >= self.now, "a deadline in the past");
            self.now = at;
            self.connection.handle_timeout(at);
            assert!(self.connection.deadline().is_none_or(|next| next > at), "due for ever");
            self.flush();
        }
        self.now = end;
    }

    /// Writes that many bytes; all have to fit.
    pub(crate) fn write(&mut self, length: usize) {
        assert_eq!(self.connection.write(&vec![7; length], self.now), Ok(length));
        self.flush();
    }

    /// Reads at most so many bytes, and checks that each is its own number.
    pub(crate) fn read(&mut self, most: usize, first: u32) -> usize {
        let mut buffer = vec![0; most];
        let count = self.connection.read(&mut buffer).unwrap_or(0);
        for (at, read) in buffer[..count].iter().enumerate() {
            assert_eq!(*read, byte(first + at as u32), "byte {at} of a read");
        }
        self.flush();
        count
    }

    /// Calls the connection, and sends what it wants to send afterwards.
    pub(crate) fn call(&mut self, call: impl FnOnce(&mut Connection, Duration)) {
        call(&mut self.connection, self.now);
        self.flush();
    }

    fn flush(&mut self) {
        let mut bytes = Vec::new();
        while self.connection.transmit(&mut bytes, self.now) {
            let segment = Segment::parse(&bytes, local().ip(), remote().ip()).unwrap();
            self.sent.push((self.now, line(&segment)));
            bytes.clear();
            assert!(self.sent.len() < 1000, "it never stops to send");
        }
    }

    /// The next segment that was sent. What the line does not name may be anything.
    #[track_caller]
    pub(crate) fn expect(&mut self, wanted: &str) {
        self.flush();
        assert!(!self.sent.is_empty(), "nothing was sent instead of `{wanted}`");
        let (_, sent) = self.sent.remove(0);
        let fields: Vec<_> = sent.split("  ").collect();
        for field in wanted.split("  ").filter(|field| !field.is_empty()) {
            assert!(fields.contains(&field), "`{field}` is not in `{sent}`");
        }
    }

    /// The next segment, and after how many milliseconds from the start it was sent.
    #[track_caller]
    pub(crate) fn expect_at(&mut self, at: u64, wanted: &str) {
        self.flush();
        let when = self.sent.first().map(|sent| sent.0);
        assert_eq!(when, Some(ms(at)), "when is `{wanted}` sent?");
        self.expect(wanted);
    }

    /// Looks at nothing that was sent so far.
    pub(crate) fn forget(&mut self) {
        self.sent.clear();
    }

    /// That nothing more was sent.
    #[track_caller]
    pub(crate) fn quiet(&mut self) {
        self.flush();
        assert_eq!(self.sent, [], "more was sent");
    }
}

fn byte(number: u32) -> u8 {
    (number % 251) as u8
}

/// Fields are separated by two spaces, `FLAGS SEQ:LENGTH ack N` is one.
fn line(segment: &Segment<'_>) -> String {
    let Header { flags, seq, ack, window, options, .. } = segment.header;
    let mut line = String::new();
    let letters = [(flags.syn, 'S'), (flags.fin, 'F'), (flags.rst, 'R'), (flags.psh, 'P')];
    line.extend(letters.into_iter().chain([(flags.ack, '.')]).filter(|(set, _)| *set).map(|l| l.1));
    let _ = write!(line, " {}:{}", seq.since(OURS), segment.payload.len());
    if flags.ack {
        let _ = write!(line, " ack {}", ack.since(THEIRS));
    }
    // A line that names no acknowledgment means any.
    let start = line.split(" ack").next().unwrap_or_default().to_owned();
    let _ = write!(line, "  {start}  win {window}");
    if let Some(mss) = options.mss {
        let _ = write!(line, "  mss {mss}");
    }
    if let Some(scale) = options.window_scale {
        let _ = write!(line, "  wscale {scale}");
    }
    if options.sack_permitted {
        line.push_str("  sackok");
    }
    if let Some(Timestamps { echo, .. }) = options.timestamps {
        let _ = write!(line, "  echo {echo}");
    }
    for (start, end) in options.sack.into_iter().flatten() {
        let _ = write!(line, "  sack {}..{}", start.since(THEIRS), end.since(THEIRS));
    }
    line
}

fn parse(line: &str) -> (Header, u32) {
    let mut words = line.split_whitespace();
    let letters = words.next().expect("flags");
    let mut header = Header {
        source: remote().port(),
        destination: local().port(),
        window: 10_000,
        flags: Flags {
            syn: letters.contains('S'),
            fin: letters.contains('F'),
            rst: letters.contains('R'),
            psh: letters.contains('P'),
            ack: letters.contains('.'),
            ..Flags::default()
        },
        ..Header::default()
    };
    let (seq, length) = words.next().and_then(|word| word.split_once(':')).expect("SEQ:LENGTH");
    header.seq = THEIRS + signed(seq);
    let mut blocks = 0;
    while let Some(word) = words.next() {
        let mut value = || words.next().expect("a value");
        match word {
            "ack" => header.ack = OURS + signed(value()),
            "win" => header.window = value().parse().unwrap(),
            "mss" => header.options.mss = Some(value().parse().unwrap()),
            "wscale" => header.options.window_scale = Some(value().parse().unwrap()),
            "ts" => {
                let value = value().parse().unwrap();
                header.options.timestamps = Some(Timestamps { value, echo: 0 });
            }
            "echo" => {
                let timestamps = header.options.timestamps.as_mut().expect("ts before echo");
                timestamps.echo = (OURS + signed(value())).0;
            }
            "sackok" => header.options.sack_permitted = true,
            "sack" => {
                let (start, end) = value().split_once("..").expect("A..B");
                header.options.sack[blocks] = Some((OURS + signed(start), OURS + signed(end)));
                blocks += 1;
            }
            other => panic!("`{other}` is no word of the script"),
        }
    }
    (header, length.parse().unwrap())
}

/// Numbers before the SYN's are negative.
fn signed(number: &str) -> u32 {
    number.parse::<i32>().unwrap().cast_unsigned()
}
