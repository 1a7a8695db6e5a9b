//! `layers FILE FRAME`: one frame of a pcap file, field by field.
//!
//! Frames count from 1, as in Wireshark.

use std::error::Error;
use std::fs::File;
use std::io::{self, Read, Write};
use std::process::ExitCode;

use first_bytes::layers::{dissect, render};
use first_bytes::pcap::Reader;

/// The file is read whole, so its size is bounded, in bytes.
const MAX_FILE: u64 = 64 << 20;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path, number] = &arguments[..] else {
        eprintln!("usage: layers FILE FRAME");
        return ExitCode::from(2);
    };
    match show(path, number) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("layers: {path}: {error}");
            ExitCode::FAILURE
        }
    }
}

fn show(path: &str, number: &str) -> Result<(), Box<dyn Error>> {
    let mut file = Vec::new();
    File::open(path)?.take(MAX_FILE + 1).read_to_end(&mut file)?;
    if file.len() as u64 > MAX_FILE {
        return Err(format!("larger than {MAX_FILE} bytes; cut it with editcap").into());
    }
    let index = number.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    let index = index.ok_or("frames are numbered 1, 2, 3 …")?;
    let record = Reader::new(&file)?.nth(index).ok_or("it has fewer frames than that")??;
    match io::stdout().write_all(render(&dissect(record.frame)).as_bytes()) {
        // `layers … | head` has seen enough.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        result => Ok(result?),
    }
}
