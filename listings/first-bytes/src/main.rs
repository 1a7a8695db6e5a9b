//! The command line of peek. All that it does is in the library.

use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use first_bytes::Error;
use first_bytes::capture::Capture;
use first_bytes::event::{Guard, Observer};
use first_bytes::print::{Printer, traffic};
use first_bytes::relay::{Limits, MAX_AT_ONCE, Stop, Summary, listen, resolve, serve};
use first_bytes::turns::Turns;
use rustix::process::{Resource, getrlimit};

/// Stands between a client and a server and shows every byte that passes.
///
/// Ctrl-C ends it: open connections are cut off, the pcap file is complete, the status is 0. A
/// second Ctrl-C ends it without ceremony (130). The status is 1 if a target could not be reached
/// or something could not be written.
#[derive(Parser)]
#[command(version)]
struct Arguments {
    /// Where to listen, as HOST:PORT; `:8080` is 127.0.0.1:8080, port 0 takes a free one
    listen: String,
    /// Where the server is, as HOST:PORT; `:8000` is 127.0.0.1:8000
    target: String,
    /// Write a capture file for Wireshark; its headers are made to fit the bytes
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// End after this many connections
    #[arg(long, value_name = "N")]
    max_connections: Option<u64>,
    /// Show what one side says until the other one speaks as one piece
    #[arg(long)]
    turns: bool,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(code) => code,
        Err(error) => {
            complain(&error.to_string());
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode, Error> {
    let targets = resolve(&arguments.target)?;
    let Ok(capture) = arguments.pcap.as_deref().map(begin_capture).transpose() else {
        return Ok(ExitCode::FAILURE);
    };
    let listener = listen(&arguments.listen)?;
    let stop = Stop::new();
    end_on_signal(&stop);

    let screen = Guard::new(Printer::new(io::stdout()), |error| printing_failed(error, &stop));
    let capture = capture.map(|capture| Guard::new(capture, capturing_failed));
    let mut observers: Vec<&dyn Observer> = vec![&screen];
    observers.extend(capture.as_ref().map(|guard| guard as &dyn Observer));

    let address = listener.local_addr().map_or(arguments.listen.clone(), |a| a.to_string());
    say(&format!("listening on {address}, relaying to {}", arguments.target));
    let limits = Limits { at_once: affordable(), in_total: arguments.max_connections };
    let summary = if arguments.turns {
        serve(&listener, &targets, &Turns::new(observers), limits, &stop)?
    } else {
        serve(&listener, &targets, &observers, limits, &stop)?
    };
    say(&closing_line(&summary));

    let shown = screen.failure().is_none_or(|kind| kind == ErrorKind::BrokenPipe);
    let captured = capture.is_none_or(|guard| guard.failure().is_none());
    let fine = shown && captured && summary.unreachable == 0;
    Ok(if fine { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// How many connections at once the limit on file descriptors allows.
fn affordable() -> usize {
    // Standard streams, listener, capture, signals, and some to spare.
    const OTHERS: u64 = 16;
    let descriptors = getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX);
    let pairs = descriptors.saturating_sub(OTHERS) / 2;
    usize::try_from(pairs).unwrap_or(usize::MAX).clamp(1, MAX_AT_ONCE)
}

/// Opens the file before anything is relayed: who asks for a capture wants to know at once that
/// there is none.
fn begin_capture(path: &Path) -> Result<Capture<File>, ()> {
    File::create(path).and_then(Capture::new).map_err(|error| {
        let path = path.display();
        complain(&format!("cannot write {path}: {error}; choose another place with --pcap"));
    })
}

fn printing_failed(error: &io::Error, stop: &Stop) {
    if error.kind() == ErrorKind::BrokenPipe {
        // `peek … | head` has seen enough. What is open is still relayed to its end.
        stop.drain();
    } else {
        complain(&format!("cannot print any more: {error}; relaying goes on"));
    }
}

fn capturing_failed(error: &io::Error) {
    complain(&format!(
        "cannot write the pcap file any more: {error}; it ends here, relaying goes on; \
         free some space and start again"
    ));
}

fn end_on_signal(stop: &Stop) {
    let stop = stop.clone();
    let again = AtomicBool::new(false);
    let result = ctrlc::set_handler(move || {
        if again.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        // Not on the thread that handles signals: the second Ctrl-C must get through while this one
        // waits.
        let stop = stop.clone();
        std::thread::spawn(move || stop.now());
    });
    if let Err(error) = result {
        complain(&format!("Ctrl-C will end peek without a summary: {error}"));
    }
}

fn closing_line(summary: &Summary) -> String {
    let Summary { connections, to_server, to_client, .. } = *summary;
    let plural = if connections == 1 { "" } else { "s" };
    format!("{connections} connection{plural}: {}", traffic(to_server, to_client))
}

/// Prints a line of our own. That stdout is gone or full shows at the next event.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Unlike `eprintln!` this does not panic when stderr is closed.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "peek: {message}");
}
