//! The command line.

use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use cookies::{Context, Uri};

/// A cookie jar on disk, by RFC 10025, in the file format that curl reads and writes.
///
/// The status is 0 if the command did its work, 1 if a cookie is refused or something failed, 2 if
/// the command line is wrong.
#[derive(Parser)]
#[command(version)]
pub(crate) struct Arguments {
    /// The jar; it is made if it does not exist, and only its owner can read it
    pub(crate) file: PathBuf,
    /// Forget the cookies that were to last until the end of the session
    #[arg(long)]
    pub(crate) new_session: bool,
    /// Do not take plain HTTP to this machine for a secure connection, as Chromium and curl do
    #[arg(long)]
    pub(crate) distrust_loopback: bool,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make a request with the jar's cookies, and keep those of the response
    Get(Request),
    /// Show the cookies
    List,
    /// Keep a cookie, as if a response from URL had this Set-Cookie field
    Add {
        url: String,
        #[arg(value_name = "SET-COOKIE")]
        field: String,
        #[command(flatten)]
        circumstances: Circumstances,
    },
    /// Show the Cookie field that a request for URL would have
    Header {
        url: String,
        #[command(flatten)]
        circumstances: Circumstances,
        /// Tell on stderr about every cookie why it is sent or is not
        #[arg(short, long)]
        verbose: bool,
    },
    /// Show how a Set-Cookie field is read and what would become of it; change nothing
    Explain {
        url: String,
        #[arg(value_name = "SET-COOKIE")]
        field: String,
        #[command(flatten)]
        circumstances: Circumstances,
    },
}

#[derive(Args)]
pub(crate) struct Request {
    /// What to fetch, an http URL; redirects are not followed
    pub(crate) url: String,
    /// The method; GET without this, and POST with -d
    #[arg(short = 'X', long, value_name = "METHOD")]
    pub(crate) method: Option<String>,
    /// Add a field, as 'Name: value'
    #[arg(short = 'H', long, value_name = "FIELD")]
    pub(crate) header: Vec<String>,
    /// Send content, as a form does: a=1&b=2
    #[arg(short, long, value_name = "BODY", allow_hyphen_values = true)]
    pub(crate) data: Option<String>,
    /// Write the content to a file
    #[arg(short, long, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
    /// Connect to this address, whatever the host is called
    #[arg(long, value_name = "ADDRESS:PORT")]
    pub(crate) connect_to: Option<SocketAddr>,
    /// Tell on stderr what is sent (>), what comes back (<) and what became of each cookie (*)
    #[arg(short, long)]
    pub(crate) verbose: bool,
}

/// Who makes a request. Without these it is somebody who typed the address.
#[derive(Args)]
pub(crate) struct Circumstances {
    /// The page that makes the request; if it is a frame, then the page around it, and so on
    #[arg(long, value_name = "URL")]
    pub(crate) from: Vec<String>,
    /// By what it makes the request
    #[arg(long, value_enum, default_value = "link")]
    pub(crate) by: By,
}

#[derive(Clone, Copy, PartialEq, ValueEnum)]
pub(crate) enum By {
    /// A link: loads the window
    Link,
    /// A form with method POST: loads the window
    Post,
    /// An image, or anything else that is loaded into a page
    Image,
    /// A frame within the page
    Frame,
    /// A script that fetches something
    Fetch,
    /// A script that looks at its page's cookies: no request at all
    Script,
}

impl Circumstances {
    /// `documents` are those of `--from`, the outermost first.
    pub(crate) fn context<'a>(&self, uri: &'a Uri, documents: &[&Uri]) -> Result<Context<'a>> {
        let [.., page] = documents else {
            return match self.by {
                By::Script => Ok(Context::script(uri, &[uri])),
                By::Link => Ok(Context::direct(uri)),
                _ => bail!("--by says how a page makes a request: say with --from which page"),
            };
        };
        Ok(match self.by {
            By::Link => Context::navigation(uri, page),
            By::Post => Context::navigation(uri, page).with_unsafe_method(),
            By::Image | By::Frame | By::Fetch => Context::subresource(uri, documents),
            By::Script => Context::script(uri, &[documents, &[uri]].concat()),
        })
    }
}
