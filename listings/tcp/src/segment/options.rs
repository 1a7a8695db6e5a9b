//! What follows the header's 20 bytes (RFC 9293 §3.2, RFC 7323, RFC 2018).

use link_and_ip::wire::tcp::{
    ECHO, LEFT_EDGE, MAX_LENGTH, MSS_SIZE, RIGHT_EDGE, SACK_BLOCK, SHIFT, VALUE, kind,
};
use link_and_ip::wire::tcp::{LENGTH, MSS, SACK_PERMITTED, TIMESTAMPS, WINDOW_SCALE};

use super::Malformed;
use crate::seq::Seq;

/// RFC 7323 §2.3: with more, old numbers could not be told from new ones. Who says more, means this.
pub const MAX_WINDOW_SCALE: u8 = 14;

/// Bytes that all options have together at most.
const ROOM: usize = MAX_LENGTH - LENGTH;
/// Bytes of a block of the SACK option.
const BLOCK: usize = SACK_BLOCK.length();

/// RFC 7323 §3.2.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Timestamps {
    /// The sender's clock.
    pub value: u32,
    /// The last value that it got from us. Means something only with ACK.
    pub echo: u32,
}

/// What the options say. Unknown ones are skipped (RFC 9293 §3.1), and so are those of a SYN in
/// another segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// In a SYN (RFC 9293 §3.7.1). Any number, as the peer wrote it: zero too.
    pub mss: Option<u16>,
    /// In a SYN (RFC 7323 §2.2). 14 at most after reading (§2.3).
    pub window_scale: Option<u8>,
    /// In a SYN (RFC 2018 §2).
    pub sack_permitted: bool,
    pub timestamps: Option<Timestamps>,
    /// First and past-the-end numbers of what arrived out of order (RFC 2018 §3); unused ones are
    /// `None`, from the end. As the peer wrote them: nobody has checked them against a window.
    ///
    /// Four fit, and three beside timestamps: a fourth is not written then.
    pub sack: [Option<(Seq, Seq)>; 4],
}

impl Options {
    /// Reads the bytes between the header and the data. Of two options of a kind, the last counts.
    pub(super) fn parse(mut bytes: &[u8], syn: bool) -> Result<Self, Malformed> {
        let mut options = Self::default();
        while let [kind, rest @ ..] = bytes {
            match *kind {
                kind::END => break,
                kind::NO_OPERATION => bytes = rest,
                kind => {
                    // The length counts kind and length too, so 0 and 1 are none.
                    let length = usize::from(*rest.first().unwrap_or(&0));
                    let option = bytes.get(..length).filter(|option| option.len() >= 2);
                    options.read(kind, option.ok_or(Malformed::Option)?, syn)?;
                    bytes = &bytes[length..];
                }
            }
        }
        Ok(options)
    }

    /// One option, with its kind and its length.
    fn read(&mut self, kind: u8, option: &[u8], syn: bool) -> Result<(), Malformed> {
        match kind {
            kind::MSS => {
                let size = MSS_SIZE.u16(exactly::<{ MSS.length() }>(option)?);
                self.mss = syn.then_some(size);
            }
            kind::WINDOW_SCALE => {
                let shift = SHIFT.u8(exactly::<{ WINDOW_SCALE.length() }>(option)?);
                self.window_scale = syn.then_some(shift.min(MAX_WINDOW_SCALE));
            }
            kind::SACK_PERMITTED => {
                exactly::<{ SACK_PERMITTED.length() }>(option)?;
                self.sack_permitted = syn;
            }
            kind::TIMESTAMPS => {
                let option = exactly::<{ TIMESTAMPS.length() }>(option)?;
                let (value, echo) = (VALUE.u32(option), ECHO.u32(option));
                self.timestamps = Some(Timestamps { value, echo });
            }
            kind::SACK => {
                let (blocks, rest) = option[2..].as_chunks::<BLOCK>();
                if blocks.is_empty() || !rest.is_empty() {
                    return Err(Malformed::Option);
                }
                let edges = |block| (Seq(LEFT_EDGE.u32(block)), Seq(RIGHT_EDGE.u32(block)));
                let mut blocks = blocks.iter().map(edges).filter(|_| !syn);
                self.sack = std::array::from_fn(|_| blocks.next());
            }
            _ => {}
        }
        Ok(())
    }

    /// Bytes that [`write`](Self::write) appends: a multiple of 4, at most 40.
    pub fn length(&self) -> usize {
        let sack = match self.blocks() {
            0 => 0,
            blocks => 4 + blocks * BLOCK,
        };
        self.length_without_sack() + sack
    }

    /// Each option and what fills its last word, as `write` does it.
    fn length_without_sack(&self) -> usize {
        let timestamps = self.timestamps.is_some();
        usize::from(self.mss.is_some()) * 4
            + usize::from(timestamps) * 12
            // Beside timestamps, it takes the place of what fills.
            + usize::from(self.sack_permitted && !timestamps) * 4
            + usize::from(self.window_scale.is_some()) * 4
    }

    /// Blocks that are there and fit.
    fn blocks(&self) -> usize {
        let room = (ROOM - self.length_without_sack()).saturating_sub(4) / BLOCK;
        self.sack.iter().map_while(|block| *block).count().min(room)
    }

    /// Appends the options, each filled up to whole words in front, in the order and with the
    /// filling that Linux has. RFC 9293 leaves both open (§3.1).
    pub(super) fn write(&self, out: &mut Vec<u8>) {
        const NOP: u8 = kind::NO_OPERATION;
        if let Some(size) = self.mss {
            out.extend_from_slice(&[kind::MSS, 4]);
            out.extend_from_slice(&size.to_be_bytes());
        }
        let filling: &[u8] = match (self.sack_permitted, self.timestamps.is_some()) {
            (true, true) => &[kind::SACK_PERMITTED, 2],
            (true, false) => &[NOP, NOP, kind::SACK_PERMITTED, 2],
            (false, true) => &[NOP, NOP],
            (false, false) => &[],
        };
        out.extend_from_slice(filling);
        if let Some(Timestamps { value, echo }) = self.timestamps {
            out.extend_from_slice(&[kind::TIMESTAMPS, 10]);
            out.extend_from_slice(&value.to_be_bytes());
            out.extend_from_slice(&echo.to_be_bytes());
        }
        if let Some(shift) = self.window_scale {
            out.extend_from_slice(&[NOP, kind::WINDOW_SCALE, 3, shift]);
        }
        let blocks = self.blocks();
        if blocks > 0 {
            out.extend_from_slice(&[NOP, NOP, kind::SACK, (2 + blocks * BLOCK) as u8]);
            for (left, right) in self.sack[..blocks].iter().flatten() {
                out.extend_from_slice(&left.0.to_be_bytes());
                out.extend_from_slice(&right.0.to_be_bytes());
            }
        }
    }
}

/// The option as an array, if it has the length that its kind has.
fn exactly<const N: usize>(option: &[u8]) -> Result<&[u8; N], Malformed> {
    option.try_into().map_err(|_| Malformed::Option)
}
