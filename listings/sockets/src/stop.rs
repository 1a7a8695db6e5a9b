//! Ctrl-C, as something that `poll` can wait for.

use std::io::{PipeReader, Write, pipe};
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};

/// A pipe that becomes readable on Ctrl-C, and on the other signals that ask for an end: SIGTERM and
/// SIGHUP. A second one ends the program without ceremony, with status 130.
///
/// # Errors
///
/// If there is no pipe to be had, or the program catches signals already.
pub fn on_signal() -> Result<PipeReader, ctrlc::Error> {
    let (reader, mut writer) = pipe().map_err(ctrlc::Error::System)?;
    let again = AtomicBool::new(false);
    ctrlc::set_handler(move || {
        if again.swap(true, Ordering::Relaxed) || writer.write_all(b"!").is_err() {
            process::exit(130);
        }
    })?;
    Ok(reader)
}
