//! What to send: the command line, checked before anybody is called.

use std::fs::File;
use std::io::{self, Cursor, Read};

use bytes::BytesMut;
use http_messages::client::Connection;
use http_messages::{Content, Fields, HttpUrl, Limits, Method, SendError, Target};

use crate::args::Arguments;
use crate::failure::Failure;

/// A request that is ready to go.
pub(crate) struct Plan {
    pub(crate) url: HttpUrl,
    /// How the response is framed depends on it.
    pub(crate) method: Method,
    /// The head as it will be sent. The codec has checked it, so nothing that could split it into
    /// two requests is in it.
    pub(crate) head: BytesMut,
    /// The codec that has written the head and waits for the response.
    pub(crate) codec: Connection,
    /// From it the framing in the head was made, so it has to be right: see [`Source::open`].
    pub(crate) content: Content,
    pub(crate) source: Source,
    /// The content waits for a word of the server (RFC 9110 §10.1.1).
    pub(crate) expects_continue: bool,
}

/// Where the content comes from, byte by byte, so that its size does not matter.
pub(crate) struct Source {
    /// For messages.
    pub(crate) name: String,
    pub(crate) reader: Box<dyn Read + Send>,
}

impl Plan {
    pub(crate) fn new(arguments: &Arguments) -> Result<Self, Failure> {
        let url: HttpUrl = arguments
            .url
            .parse()
            .map_err(|why| Failure::Usage(format!("{:?}: {why}", arguments.url)))?;
        let method = method(arguments)?;
        let target = target(&arguments.url, &url, &method)?;
        let fields = fields(&url, &arguments.header)?;
        let (content, source) = match &arguments.data {
            Some(data) => Source::open(data)?,
            None => (Content::None, Source::text("")),
        };
        let mut codec = Connection::new(Limits::default());
        let mut head = BytesMut::new();
        codec.request(&method, &target, &fields, content, &mut head).map_err(unsendable)?;
        let expects_continue = fields.has_token("Expect", "100-continue");
        Ok(Self { url, method, head, codec, content, source, expects_continue })
    }
}

fn unsendable(why: SendError) -> Failure {
    Failure::Usage(match why {
        SendError::FramingField(name) => format!("{name} cannot be given: it follows from -d"),
        why => format!("the request cannot be sent: {why}"),
    })
}

fn method(arguments: &Arguments) -> Result<Method, Failure> {
    let name = match (&arguments.method, arguments.head, &arguments.data) {
        (Some(name), ..) => name,
        (None, true, _) => "HEAD",
        (None, false, Some(_)) => "POST",
        (None, false, None) => "GET",
    };
    match Method::parse(name) {
        // The answer would be a tunnel, and there is nothing here to send through it.
        Some(Method::Connect) => Err(Failure::Usage("CONNECT is for clients of a proxy".into())),
        Some(method) => Ok(method),
        None => Err(Failure::Usage(format!("{name:?} cannot be a method (RFC 9110 §9.1)"))),
    }
}

/// `OPTIONS` for a URL without any path asks about the server as a whole (RFC 9112 §3.2.4).
fn target(text: &str, url: &HttpUrl, method: &Method) -> Result<Target, Failure> {
    let (_, rest) = text.split_once("://").unwrap_or_default();
    if *method == Method::Options && !rest.contains(['/', '?']) {
        return Target::new(method, "*").map_err(|refusal| Failure::Usage(refusal.to_string()));
    }
    Ok(url.target().clone())
}

/// The fields that every request needs, unless one of `given` takes their place, and then `given`.
fn fields(url: &HttpUrl, given: &[String]) -> Result<Fields, Failure> {
    let mut own = Fields::new();
    for text in given {
        let (name, value) = text
            .split_once(':')
            .ok_or_else(|| Failure::Usage(format!("{text:?} is no field: write 'Name: value'")))?;
        own.append(name, value).map_err(|why| Failure::Usage(format!("{text:?}: {why}")))?;
    }
    let host = url.host_field();
    // One request is all there will be, and the server may know it (RFC 9112 §9.6).
    let needed = [("Host", &host[..]), ("User-Agent", "hget"), ("Connection", "close")];
    let mut fields = Fields::new();
    let missing = needed.iter().filter(|(name, _)| !own.contains(name));
    let missing = missing.map(|(name, value)| (*name, value.as_bytes()));
    for (name, value) in missing.chain(own.iter()) {
        fields.append(name, value).map_err(|why| Failure::Usage(format!("{name}: {why}")))?;
    }
    Ok(fields)
}

impl Source {
    fn text(text: &str) -> Self {
        Self { name: "-d".into(), reader: Box::new(Cursor::new(text.as_bytes().to_vec())) }
    }

    /// A regular file has a length that can be stated. What comes out of a pipe has not; it is sent
    /// in chunks.
    fn open(data: &str) -> Result<(Content, Self), Failure> {
        let Some(path) = data.strip_prefix('@') else {
            return Ok((Content::Known(data.len() as u64), Self::text(data)));
        };
        if path == "-" {
            let source = Self { name: "the standard input".into(), reader: Box::new(io::stdin()) };
            return Ok((Content::Streamed, source));
        }
        let failed = |error| Failure::Local(format!("cannot read {path}: {error}"));
        let mut file = File::open(path).map_err(failed)?;
        let meta = file.metadata().map_err(failed)?;
        if meta.is_dir() {
            return Err(failed(io::ErrorKind::IsADirectory.into()));
        }
        let name = path.to_owned();
        if !meta.is_file() {
            return Ok((Content::Streamed, Self { name, reader: Box::new(file) }));
        }
        if meta.len() == 0 {
            // Either it is empty, or it is one of those that are made while they are read (/proc).
            let mut first = Vec::new();
            file.by_ref().take(1).read_to_end(&mut first).map_err(failed)?;
            if !first.is_empty() {
                let reader = Box::new(Cursor::new(first).chain(file));
                return Ok((Content::Streamed, Self { name, reader }));
            }
        }
        // If it grows while it is sent, the rest does not belong to this request.
        let reader = Box::new(file.take(meta.len()));
        Ok((Content::Known(meta.len()), Self { name, reader }))
    }
}
