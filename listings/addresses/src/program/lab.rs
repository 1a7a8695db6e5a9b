//! `lab open` makes a network of one's own; `lab COMMAND…` runs a command in it.

use std::process::ExitCode;

#[cfg(target_os = "linux")]
fn main() -> ExitCode {
    use std::ffi::OsString;

    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    let result = match arguments.split_first() {
        None => {
            eprintln!("usage: lab open | lab COMMAND [ARGUMENT]...");
            return ExitCode::from(2);
        }
        Some((word, [])) if word == "open" => linux::open(),
        Some((program, arguments)) => linux::run(program, arguments),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("lab: {error}");
            ExitCode::FAILURE
        }
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::error::Error;
    use std::ffi::{OsStr, OsString};
    use std::os::unix::process::CommandExt;
    use std::path::Path;
    use std::sync::mpsc;

    use addresses::lab::Lab;

    /// Holds a lab open until Ctrl-C or SIGTERM.
    pub(super) fn open() -> Result<(), Box<dyn Error>> {
        let (sender, stop) = mpsc::channel();
        ctrlc::set_handler(move || {
            // Nobody listens if it is closing already.
            let _ = sender.send(());
        })?;
        let lab = Lab::open_in(Path::new("."))?;
        println!("open");
        stop.recv()?;
        drop(lab);
        Ok(())
    }

    /// Becomes the command, so that its exit status is this program's. Returns only if it fails.
    pub(super) fn run(program: &OsStr, arguments: &[OsString]) -> Result<(), Box<dyn Error>> {
        let lab = Lab::join(Path::new("."))?;
        Err(lab.command(program).args(arguments).exec().into())
    }
}

#[cfg(not(target_os = "linux"))]
fn main() -> ExitCode {
    eprintln!("lab: network namespaces are Linux's; run this in a virtual machine with Linux");
    ExitCode::FAILURE
}
