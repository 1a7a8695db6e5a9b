//! Segments as a table: who sent what when, with numbers that begin at zero.
//!
//! ```
//! use std::time::Duration;
//!
//! use tcp::Seq;
//! use tcp::segment::{Flags, Header};
//! use tcp::trace::Trace;
//!
//! let mut trace = Trace::new(["client", "server"]);
//! let syn = Header { seq: Seq(7_000_000), flags: Flags::SYN, window: 64240, ..Header::default() };
//! let row = trace.row(0, &syn, 0, Duration::from_millis(20));
//! assert_eq!(
//!     row.to_string(),
//!     "    20.000  client  >  SYN            0        -   64240     0"
//! );
//! ```

use std::fmt;
use std::time::Duration;

use crate::segment::{Header, Options};
use crate::seq::Seq;

/// What the columns of a [`Row`] are.
pub const HEADING: &str = "   time ms  who        flags        seq      ack  window   len";

/// Knows the two sides of a connection, and where the numbers of each begin.
#[derive(Clone, Debug)]
pub struct Trace {
    names: [String; 2],
    /// The first number that was seen of each side: its SYN's, if that was seen.
    first: [Option<Seq>; 2],
}

/// One segment. Numbers are relative to the sender's SYN, and for `ack` to the other's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub at: Duration,
    pub who: String,
    /// Whether the first side sent it: `>`, or else `<`.
    pub forth: bool,
    pub header: Header,
    pub seq: u32,
    pub ack: Option<u32>,
    /// Bytes of data.
    pub length: usize,
    /// The blocks of a SACK option, relative as `ack` is.
    pub sack: Vec<(u32, u32)>,
}

impl Trace {
    /// `names` of the two sides, of 6 letters at most if [`HEADING`] is to fit.
    pub fn new(names: [&str; 2]) -> Self {
        Self { names: names.map(|name| format!("{name:<6}")), first: [None; 2] }
    }

    /// A segment that `side` (0 or 1) has sent. `length` counts its bytes of data.
    pub fn row(&mut self, side: usize, header: &Header, length: usize, at: Duration) -> Row {
        let (from, to) = (side.min(1), 1 - side.min(1));
        if header.flags.syn {
            self.first[from] = Some(header.seq);
        }
        let first = *self.first[from].get_or_insert(header.seq);
        // An acknowledgment of a SYN that nobody has seen is 1.
        let theirs = match self.first[to] {
            None if header.flags.ack => *self.first[to].insert(header.ack - 1),
            known => known.unwrap_or_default(),
        };
        let blocks = header.options.sack.into_iter().flatten();
        Row {
            at,
            who: self.names[from].clone(),
            forth: from == 0,
            header: *header,
            seq: header.seq.since(first),
            ack: header.flags.ack.then(|| header.ack.since(theirs)),
            length,
            sack: blocks.map(|block| (block.0.since(theirs), block.1.since(theirs))).collect(),
        }
    }
}

impl fmt::Display for Row {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ms = self.at.as_micros();
        write!(f, "{:>6}.{:03}  {}", ms / 1000, ms % 1000, self.who)?;
        write!(f, "  {}  ", if self.forth { '>' } else { '<' })?;
        let ack = self.ack.map_or_else(|| "-".to_owned(), |ack| ack.to_string());
        let flags = self.header.flags.to_string();
        // Three flags need some of the room of a number that has few digits.
        let width = 15_usize.saturating_sub(flags.len());
        write!(
            f,
            "{flags} {:>width$} {ack:>8} {:>7} {:>5}",
            self.seq, self.header.window, self.length
        )?;
        let Options { mss, window_scale, .. } = self.header.options;
        if let Some(mss) = mss {
            write!(f, "  mss {mss}")?;
        }
        if let Some(scale) = window_scale {
            write!(f, "  wscale {scale}")?;
        }
        for (start, end) in &self.sack {
            write!(f, "  sack {start}..{end}")?;
        }
        Ok(())
    }
}
