//! Segments on the wire (RFC 9293 §3.1): read with every check, written with the right checksum.
//!
//! The offsets are in [`link_and_ip::wire::tcp`], where the dissector finds them too.
//!
//! ```
//! use std::net::IpAddr;
//!
//! use tcp::Seq;
//! use tcp::segment::{Flags, Header, Segment};
//!
//! let [from, to]: [IpAddr; 2] = [[192, 0, 2, 1].into(), [192, 0, 2, 2].into()];
//! let mut header = Header { source: 49_152, destination: 80, seq: Seq(1000), ..Header::default() };
//! header.flags = Flags::SYN;
//! header.options.mss = Some(1460);
//!
//! let mut bytes = Vec::new();
//! header.write(from, to, [b"", b""], &mut bytes);
//! assert_eq!(bytes.len(), 24);
//!
//! let segment = Segment::parse(&bytes, from, to)?;
//! assert_eq!(segment.header, header);
//! // A SYN takes one number.
//! assert_eq!(segment.end(), Seq(1001));
//! # Ok::<(), tcp::segment::Malformed>(())
//! ```

mod flags;
mod options;

use std::net::IpAddr;

use link_and_ip::wire::Protocol;
use link_and_ip::wire::checksum::Sum;
use link_and_ip::wire::tcp::{
    ACKNOWLEDGMENT, CHECKSUM, DATA_OFFSET, DESTINATION, LENGTH, SEQUENCE, SOURCE, URGENT, WINDOW,
};

pub use flags::Flags;
pub use link_and_ip::wire::tcp::HEADER;
pub use options::{MAX_WINDOW_SCALE, Options, Timestamps};

use crate::seq::Seq;

/// A header as plain values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    pub source: u16,
    pub destination: u16,
    pub seq: Seq,
    /// Means something only with `flags.ack`.
    pub ack: Seq,
    pub flags: Flags,
    /// As it stands in the header, unscaled.
    pub window: u16,
    /// Means something only with `flags.urg`.
    pub urgent: u16,
    pub options: Options,
}

/// A segment that has been looked at: header and data.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Segment<'a> {
    pub header: Header,
    pub payload: &'a [u8],
}

/// Why bytes are no segment. It is dropped then, and nobody is told: with a wrong checksum, the
/// ports may be wrong too.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    #[error("tcp: fewer than 20 bytes")]
    Short,
    #[error("tcp: a data offset below 5 words, or beyond the segment")]
    DataOffset,
    #[error("tcp: wrong checksum")]
    Checksum,
    /// RFC 9293 §3.1 asks to be prepared for it, and suggests a reset. We drop the segment.
    #[error("tcp: an option has a bad length")]
    Option,
}

impl Header {
    /// Bytes of the header with its options: 20 to 60, a multiple of 4.
    pub fn length(&self) -> usize {
        LENGTH + self.options.length()
    }

    /// Appends the segment with the right checksum. The payload may come in two pieces, as a ring
    /// buffer has it. Header and payload must fit into an IP packet together.
    pub fn write(&self, from: IpAddr, to: IpAddr, payload: [&[u8]; 2], out: &mut Vec<u8>) {
        let start = out.len();
        out.extend_from_slice(&self.fixed());
        self.options.write(out);
        out.extend_from_slice(payload[0]);
        out.extend_from_slice(payload[1]);
        let segment = &mut out[start..];
        let sum = checksum(segment, from, to);
        if let Some(header) = segment.first_chunk_mut::<LENGTH>() {
            CHECKSUM.set(header, sum.into());
        }
    }

    /// The 20 bytes that are always there, with no checksum yet.
    fn fixed(&self) -> [u8; LENGTH] {
        let mut header = [0; LENGTH];
        SOURCE.set(&mut header, self.source.into());
        DESTINATION.set(&mut header, self.destination.into());
        SEQUENCE.set(&mut header, self.seq.0.into());
        ACKNOWLEDGMENT.set(&mut header, self.ack.0.into());
        DATA_OFFSET.set(&mut header, self.length() as u64 / 4);
        self.flags.set(&mut header);
        WINDOW.set(&mut header, self.window.into());
        URGENT.set(&mut header, self.urgent.into());
        header
    }
}

impl<'a> Segment<'a> {
    /// Reads a segment that came from `from` to `to`: the checksum covers the addresses.
    pub fn parse(bytes: &'a [u8], from: IpAddr, to: IpAddr) -> Result<Self, Malformed> {
        let (header, rest) = bytes.split_first_chunk::<LENGTH>().ok_or(Malformed::Short)?;
        let options = usize::from(DATA_OFFSET.u8(header)) * 4;
        let options = options.checked_sub(LENGTH).ok_or(Malformed::DataOffset)?;
        let (options, payload) = rest.split_at_checked(options).ok_or(Malformed::DataOffset)?;
        if checksum(bytes, from, to) != 0 {
            return Err(Malformed::Checksum);
        }
        let flags = Flags::get(header);
        let header = Header {
            source: SOURCE.u16(header),
            destination: DESTINATION.u16(header),
            seq: Seq(SEQUENCE.u32(header)),
            ack: Seq(ACKNOWLEDGMENT.u32(header)),
            flags,
            window: WINDOW.u16(header),
            urgent: URGENT.u16(header),
            options: Options::parse(options, flags.syn)?,
        };
        Ok(Self { header, payload })
    }

    /// Sequence numbers that it takes: its bytes, and one each for SYN and FIN.
    pub fn length(&self) -> u32 {
        let flags = self.header.flags;
        self.payload.len() as u32 + u32::from(flags.syn) + u32::from(flags.fin)
    }

    /// The number after its last.
    pub fn end(&self) -> Seq {
        self.header.seq + self.length()
    }
}

/// What belongs into the checksum field while that is zero, and zero if the right one is there.
/// It covers the addresses, so that a segment that went astray is noticed (RFC 9293 §3.1).
fn checksum(segment: &[u8], from: IpAddr, to: IpAddr) -> u16 {
    let pseudo = match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => {
            Sum::pseudo_v4(from, to, Protocol::TCP, segment.len())
        }
        (from, to) => {
            let [from, to] = [from, to].map(|address| match address {
                IpAddr::V4(v4) => v4.to_ipv6_mapped(),
                IpAddr::V6(v6) => v6,
            });
            Sum::pseudo_v6(from, to, Protocol::TCP, segment.len())
        }
    };
    pseudo.with(segment).finish()
}
