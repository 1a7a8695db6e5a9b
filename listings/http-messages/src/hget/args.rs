//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;

use crate::failure::EXIT_STATUS;

/// The longest time that can be asked for, in seconds: a year, which every clock can add.
const MAX_SECONDS: f64 = 365.0 * 86400.0;

/// Makes one HTTP/1.1 request and prints the content of the response.
///
/// It follows no redirects, speaks no TLS, and needs the same memory for any size of content.
#[derive(Debug, Parser)]
#[command(version, after_help = EXIT_STATUS)]
pub(crate) struct Arguments {
    /// What to fetch: `http://HOST[:PORT][/PATH][?QUERY]`
    pub(crate) url: String,
    /// Ask by HEAD, and print the head of the response
    #[arg(short = 'I', long, conflicts_with_all = ["method", "data"])]
    pub(crate) head: bool,
    /// The method; GET without this, and POST with -d
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// Add a field, as 'Name: value'; it replaces a field that hget would write by itself
    #[arg(short = 'H', long, value_name = "FIELD")]
    pub(crate) header: Vec<String>,
    /// Send content: this text, or with @ that file; @- is the standard input
    #[arg(short, long, value_name = "BODY|@FILE", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// Tell on stderr what is sent (>), what comes back (<), and what it means (*)
    #[arg(short, long)]
    pub(crate) verbose: bool,
    /// Write the content to a file, which is made when the response begins
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Seconds to find the address and connect
    #[arg(long, value_name = "S", default_value = "10", value_parser = seconds)]
    pub(crate) connect_timeout: Duration,
    /// Seconds to wait for a whole head, or for the next piece of content in either direction
    #[arg(long, value_name = "S", default_value = "30", value_parser = seconds)]
    pub(crate) read_timeout: Duration,
    /// Seconds for everything together; without this, content may come as long as it likes
    #[arg(long, value_name = "S", value_parser = seconds)]
    pub(crate) max_time: Option<Duration>,
}

fn seconds(text: &str) -> Result<Duration, String> {
    match text.parse::<f64>() {
        Ok(seconds) if (0.001..=MAX_SECONDS).contains(&seconds) => {
            Ok(Duration::from_secs_f64(seconds))
        }
        _ => Err("a number of seconds from 0.001 to a year".into()),
    }
}
