//! The command line of the resource server. All that it does is in the library.

use std::io::{self, Write};
use std::net::TcpListener;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use clap::Parser;
use http_messages::RequestHead;
use http_messages::blocking::{Config as ServerConfig, RequestBody, Response, Server, Stop};
use http_semantics::site::{Config, MAX_UPLOAD, Site};

/// Serves a folder, and shows each request with its status.
///
/// Ctrl-C ends it when the responses on their way are complete; a second one ends it at once (130).
#[derive(Parser)]
#[command(version)]
#[allow(clippy::struct_excessive_bools)] // Each is an option by itself.
struct Arguments {
    /// Where to listen, as HOST:PORT; `:8080` is 127.0.0.1:8080, port 0 takes a free one
    listen: String,
    /// The folder
    folder: PathBuf,
    /// Languages that file names may end with, as in page.html.zh; the default one first
    #[arg(long, value_name = "LIST", value_delimiter = ',', default_value = "en,zh")]
    languages: Vec<String>,
    /// Compress text for clients that accept it
    #[arg(long)]
    encode: bool,
    /// Answer 406 where nothing is acceptable, instead of sending the default
    #[arg(long)]
    strict: bool,
    /// Send this Cache-Control
    #[arg(long, value_name = "VALUE")]
    cache_control: Option<String>,
    /// Allow PUT and DELETE
    #[arg(long)]
    writable: bool,
    /// Allow them only with a precondition (428 otherwise)
    #[arg(long)]
    require_conditions: bool,
    /// The most that a PUT may bring
    #[arg(long, value_name = "BYTES", default_value_t = MAX_UPLOAD)]
    max_upload: u64,
    /// Allow TRACE
    #[arg(long)]
    trace: bool,
    /// Add /moved/CODE/PATH, which redirects to /PATH, and /echo, which says what it got
    #[arg(long)]
    demo: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            complain(&message);
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), String> {
    let folder = arguments.folder.display().to_string();
    let config = Config {
        languages: arguments.languages,
        encode: arguments.encode,
        strict: arguments.strict,
        cache_control: arguments.cache_control,
        writable: arguments.writable,
        require_conditions: arguments.require_conditions,
        max_upload: arguments.max_upload,
        trace: arguments.trace,
        demo: arguments.demo,
        ..Config::new(arguments.folder)
    };
    let site = Site::open(config).map_err(|error| format!("cannot serve {folder}: {error}"))?;
    let listener = listen(&arguments.listen)?;
    let stop = Stop::new();
    end_on_signal(&stop);
    let address = listener.local_addr().map_or(arguments.listen, |address| address.to_string());
    say(&format!("listening on {address}, serving {folder}"));

    let handler = move |head: &RequestHead, content: &mut RequestBody<'_>| {
        let response = site.respond(head, content, SystemTime::now());
        say(&line(head, &response));
        response
    };
    let server = Server::new(ServerConfig::default());
    server.serve(&listener, &stop, handler).map_err(|error| format!("{error}; start again"))
}

fn listen(address: &str) -> Result<TcpListener, String> {
    let full =
        if address.starts_with(':') { format!("127.0.0.1{address}") } else { address.into() };
    TcpListener::bind(&full).map_err(|error| {
        format!("cannot listen on {full}: {error}; write it as HOST:PORT, with a port that is free")
    })
}

/// `GET /page.html 200`
fn line(head: &RequestHead, response: &Response) -> String {
    // Field contents are checked for control characters by the codec, and so is the target.
    format!("{} {} {}", head.method.as_str(), head.target.as_str(), response.status.code())
}

fn end_on_signal(stop: &Stop) {
    let stop = stop.clone();
    let again = AtomicBool::new(false);
    let result = ctrlc::set_handler(move || {
        if again.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
        // Not on the thread that handles signals: the second Ctrl-C must get through meanwhile.
        let stop = stop.clone();
        std::thread::spawn(move || stop.drain());
    });
    if let Err(error) = result {
        complain(&format!("Ctrl-C will cut off what is on its way: {error}"));
    }
}

/// Prints a line. That nobody reads any more is no reason to stop serving.
fn say(line: &str) {
    let _ = writeln!(io::stdout(), "{line}");
}

/// Unlike `eprintln!` this does not panic when stderr is closed.
fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "resources: {message}");
}
