//! The classic pcap file format: a header of 24 bytes, and before each frame one of 16.

use std::error;
use std::fmt;
use std::time::Duration;

/// The first four bytes of a file with microseconds and of one with nanoseconds, read in the
/// writer's byte order.
const MICROSECONDS: u32 = 0xa1b2_c3d4;
const NANOSECONDS: u32 = 0xa1b2_3c4d;

/// The link type of Ethernet, the only one that is read or written here.
const ETHERNET: u32 = 1;

/// The longest frame, in bytes: what we declare when writing, and what we believe when reading.
pub const MAX_FRAME: usize = 256 << 10;

const FILE_HEADER: usize = 24;
const RECORD_HEADER: usize = 16;

// ANCHOR: write
/// What a file begins with: microseconds, Ethernet, little-endian.
pub fn file_header() -> [u8; FILE_HEADER] {
    let mut header = [0; FILE_HEADER]; // time zone and accuracy stay zero, as they always do
    header[0..4].copy_from_slice(&MICROSECONDS.to_le_bytes());
    header[4..6].copy_from_slice(&2u16.to_le_bytes()); // version 2.4, since 1998
    header[6..8].copy_from_slice(&4u16.to_le_bytes());
    header[16..20].copy_from_slice(&(MAX_FRAME as u32).to_le_bytes());
    header[20..24].copy_from_slice(&ETHERNET.to_le_bytes());
    header
}

/// What stands before a frame of `length` bytes, seen at `time` after 1970 began.
pub fn record_header(time: Duration, length: usize) -> [u8; RECORD_HEADER] {
    let length = length as u32;
    // The seconds are unsigned and last until 2106.
    let fields = [time.as_secs() as u32, time.subsec_micros(), length, length];
    let mut header = [0; RECORD_HEADER];
    for (place, field) in header.chunks_exact_mut(4).zip(fields) {
        place.copy_from_slice(&field.to_le_bytes());
    }
    header
}
// ANCHOR_END: write

/// One frame of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Since 1970 began.
    pub time: Duration,
    pub frame: &'a [u8],
}

/// The frames of a file that is in memory, one after the other. After an error there are no more.
#[derive(Clone, Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    big_endian: bool,
    nanoseconds: bool,
}

impl<'a> Reader<'a> {
    pub fn new(file: &'a [u8]) -> Result<Self, ReadError> {
        let (header, rest) = file.split_first_chunk::<FILE_HEADER>().ok_or(ReadError::NoHeader)?;
        for big_endian in [false, true] {
            let magic = word(header, 0, big_endian);
            if magic != MICROSECONDS && magic != NANOSECONDS {
                continue;
            }
            // The upper half may hold the length of a checksum behind each frame.
            let link_type = word(header, 20, big_endian) & 0xffff;
            if link_type != ETHERNET {
                return Err(ReadError::NotEthernet(link_type));
            }
            return Ok(Self { rest, big_endian, nanoseconds: magic == NANOSECONDS });
        }
        Err(ReadError::NotPcap)
    }

    fn read(&mut self) -> Result<Record<'a>, ReadError> {
        let (header, rest) =
            self.rest.split_first_chunk::<RECORD_HEADER>().ok_or(ReadError::CutShort)?;
        let field = |at| word(header, at, self.big_endian);
        let length = field(8) as usize;
        if length > MAX_FRAME {
            return Err(ReadError::TooLong(length));
        }
        let (frame, rest) = rest.split_at_checked(length).ok_or(ReadError::CutShort)?;
        self.rest = rest;
        let fraction = u64::from(field(4));
        let nanoseconds = if self.nanoseconds { fraction } else { fraction * 1000 };
        let time = Duration::from_secs(field(0).into()) + Duration::from_nanos(nanoseconds);
        Ok(Record { time, frame })
    }
}

impl<'a> Iterator for Reader<'a> {
    type Item = Result<Record<'a>, ReadError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let record = self.read();
        if record.is_err() {
            self.rest = &[];
        }
        Some(record)
    }
}

/// The four bytes at `at`, which must lie within a header of ours.
fn word(header: &[u8], at: usize, big_endian: bool) -> u32 {
    let bytes = [header[at], header[at + 1], header[at + 2], header[at + 3]];
    if big_endian { u32::from_be_bytes(bytes) } else { u32::from_le_bytes(bytes) }
}

/// Why bytes are not a pcap file that we can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ReadError {
    NoHeader,
    NotPcap,
    NotEthernet(u32),
    TooLong(usize),
    CutShort,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader => write!(f, "the file is shorter than a pcap header"),
            Self::NotPcap => write!(
                f,
                "not a classic pcap file; if it is a pcapng, convert it: editcap -F pcap IN OUT"
            ),
            Self::NotEthernet(found) => write!(f, "link type {found}; only Ethernet (1) is read"),
            Self::TooLong(length) => {
                write!(f, "a frame of {length} bytes, more than {MAX_FRAME}: the file is damaged")
            }
            Self::CutShort => write!(f, "the last frame is cut short"),
        }
    }
}

impl error::Error for ReadError {}
