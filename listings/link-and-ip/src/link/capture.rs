//! A capture file: frames as they pass, for `tshark` and its like.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use first_bytes::pcap;

/// A capture file. Each frame is written with one call, so the file is whole at any time.
#[derive(Debug)]
pub struct Capture {
    /// `None` once a frame could not be written: a message about a full disk is enough once.
    file: Option<File>,
    /// What the frames' clock calls zero, in time since 1970.
    zero: Duration,
}

impl Capture {
    /// Begins a file, or empties it. Its times are those of the clock on the wall, which now stands
    /// where the frames' own stands at zero.
    pub fn begin(path: &Path) -> io::Result<Self> {
        let mut file = File::create(path)?;
        file.write_all(&pcap::file_header())?;
        let zero = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self { file: Some(file), zero })
    }

    /// Writes a frame. After the first error nothing is written any more, and nothing fails.
    pub fn frame(&mut self, frame: &[u8], now: Duration) -> io::Result<()> {
        let Some(file) = &mut self.file else { return Ok(()) };
        let mut record = pcap::record_header(self.zero + now, frame.len()).to_vec();
        record.extend_from_slice(frame);
        let written = file.write_all(&record);
        if written.is_err() {
            self.file = None;
        }
        written
    }
}
