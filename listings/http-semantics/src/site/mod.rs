//! A resource server: a folder of files as resources, with all that this crate knows.
//!
//! [`Site::respond`] takes a request and returns a response. It opens files and no sockets: those
//! are `http_messages::blocking`'s, in `main.rs` and in the tests.
//!
//! A *resource* is a path. Its *representations* are files: `page.html` itself, or, if there is no
//! such file, `page.html.en` and `page.html.zh` for a client that prefers the one or the other; and
//! without an extension, `/page` may be `page.html`, `page.json` or `page.txt`. Beside any of them,
//! `….br` and `….gz` hold the same in another coding.
//!
//! It leaves out: listings of folders, users and their rights, and locks that outlive a request.

mod file;
mod media;
mod parts;
mod path;
mod read;
mod select;
mod special;
mod tags;
mod write;

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::SystemTime;

use http_messages::blocking::{Body, Response};
use http_messages::{Fields, Method, RequestHead, Status};

use self::tags::Tags;
use crate::date;

/// The most that a PUT may bring, in bytes, unless configured otherwise.
pub const MAX_UPLOAD: u64 = 16 << 20;

/// How a [`Site`] behaves.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // Each is a switch of the program by itself.
pub struct Config {
    /// Where the files are. Nothing outside is served, whatever a path or a link says.
    pub folder: PathBuf,
    /// Languages that a file name may end with, the default one first.
    pub languages: Vec<String>,
    /// Compress what has no compressed file beside it, again for each request.
    pub encode: bool,
    /// 406 where nothing is acceptable, instead of the default representation.
    pub strict: bool,
    /// `Cache-Control` of what is read.
    pub cache_control: Option<String>,
    /// Allow PUT and DELETE.
    pub writable: bool,
    /// 428 for a PUT or DELETE without a precondition (RFC 6585 §3), so that nobody forgets it.
    pub require_conditions: bool,
    /// 413 for a PUT that brings more, in bytes.
    pub max_upload: u64,
    /// Allow TRACE.
    pub trace: bool,
    /// Have `/moved/CODE/PATH`, which redirects to `/PATH`, and `/echo`, which says what it got.
    pub demo: bool,
}

impl Config {
    /// A folder to read from, and nothing else.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            languages: vec!["en".into(), "zh".into()],
            encode: false,
            strict: false,
            cache_control: None,
            writable: false,
            require_conditions: false,
            max_upload: MAX_UPLOAD,
            trace: false,
            demo: false,
        }
    }
}

/// A folder that is served.
#[derive(Debug)]
pub struct Site {
    config: Config,
    /// The folder without links, which every file must be in.
    root: PathBuf,
    tags: Tags,
    /// Held from the last look at the preconditions until the change is made: without it, two
    /// requests with the same `If-Match` could both find it true.
    writing: Mutex<()>,
}

impl Site {
    /// Fails if there is no such folder, or if the configured `Cache-Control` cannot be sent.
    pub fn open(config: Config) -> io::Result<Self> {
        let root = config.folder.canonicalize()?;
        if !root.is_dir() {
            return Err(io::ErrorKind::NotADirectory.into());
        }
        if let Some(value) = &config.cache_control {
            Fields::new()
                .append("Cache-Control", value)
                .map_err(|error| io::Error::new(io::ErrorKind::InvalidInput, error))?;
        }
        Ok(Self { config, root, tags: Tags::default(), writing: Mutex::new(()) })
    }

    /// Answers a request. `content` is read only by what needs it; `now` is the time of the answer.
    pub fn respond(&self, head: &RequestHead, content: &mut dyn Read, now: SystemTime) -> Response {
        let answer = self.special(head, content).unwrap_or_else(|| match head.method {
            Method::Get | Method::Head => self.read(head, now),
            Method::Put => self.put(head, content, now),
            Method::Delete => self.delete(head, now),
            Method::Options => self.options(head),
            Method::Trace => self.trace(head),
            Method::Post => self.not_allowed(head),
            _ => Err(Problem::new(Status::NOT_IMPLEMENTED, "this method is not implemented")),
        });
        let mut response = answer.unwrap_or_else(Problem::into_response);
        put(&mut response.fields, "Date", date::format(now));
        response
    }
}

/// An answer, or why there is none.
type Answer = Result<Response, Problem>;

/// A refusal: its status, and what to do about it in words.
#[derive(Debug)]
struct Problem {
    status: Status,
    text: String,
    fields: Fields,
}

impl Problem {
    fn new(status: Status, text: impl Into<String>) -> Self {
        Self { status, text: text.into(), fields: Fields::new() }
    }

    fn not_found() -> Self {
        Self::new(Status::NOT_FOUND, "there is nothing here")
    }

    fn with(mut self, name: &str, value: impl AsRef<[u8]>) -> Self {
        put(&mut self.fields, name, value);
        self
    }

    fn into_response(self) -> Response {
        let mut response = Response::new(self.status, format!("{}\n", self.text));
        response.fields = self.fields;
        put(&mut response.fields, "Content-Type", "text/plain; charset=utf-8");
        response
    }
}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound
            | io::ErrorKind::NotADirectory
            | io::ErrorKind::InvalidFilename => Self::not_found(),
            io::ErrorKind::PermissionDenied => {
                Self::new(Status::FORBIDDEN, "the server may not do that with this file")
            }
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => {
                Self::new(Status::INSUFFICIENT_STORAGE, "the disk is full")
            }
            _ => Self::new(Status::INTERNAL_SERVER_ERROR, "the file cannot be used"),
        }
    }
}

/// Adds a field that is known to be valid.
fn put(fields: &mut Fields, name: &str, value: impl AsRef<[u8]>) {
    let added = fields.append(name, value);
    debug_assert!(added.is_ok(), "{name}: {added:?}");
}

/// A response without content.
fn empty(status: Status) -> Response {
    Response::new(status, Body::Empty)
}

/// The value of a list field over all its lines; `None` if it is not there. Bytes that are not
/// UTF-8 cannot be part of anything that is looked for.
fn combined(fields: &Fields, name: &str) -> Option<String> {
    let values: Vec<_> = fields.get_all(name).map(String::from_utf8_lossy).collect();
    (!values.is_empty()).then(|| values.join(", "))
}
