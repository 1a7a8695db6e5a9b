//! Frames in a file.

use std::fs::File;
use std::io::Write;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::Context;
use first_bytes::pcap;

use crate::complain;

/// A capture file. Each frame is written with one call, so the file is whole at any time.
pub(crate) struct Capture {
    file: File,
    /// What the host calls zero, in time since 1970.
    zero: Duration,
    /// A message about a full disk is enough once.
    failed: bool,
}

impl Capture {
    /// Begins a file whose times are those of the clock on the wall.
    pub(crate) fn begin(path: &Path) -> anyhow::Result<Self> {
        let advice = || format!("cannot write {}; choose another --capture", path.display());
        let mut file = File::create(path).with_context(advice)?;
        file.write_all(&pcap::file_header()).with_context(advice)?;
        let zero = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Ok(Self { file, zero, failed: false })
    }

    pub(crate) fn frame(&mut self, frame: &[u8], now: Duration) {
        if self.failed {
            return;
        }
        let mut record = pcap::record_header(self.zero + now, frame.len()).to_vec();
        record.extend_from_slice(frame);
        if let Err(error) = self.file.write_all(&record) {
            complain(&format!("cannot write the capture any more: {error}; it ends here"));
            self.failed = true;
        }
    }
}
