//! What the user sees of an exchange: the content, and with -v everything around it.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::PathBuf;

use http_messages::{Class, Fields, Length, ResponseHead};

use crate::failure::Failure;

/// How much content is collected before it is written, in bytes.
const BUFFER: usize = 64 << 10;

/// Prints to stdout or a file, and talks on stderr.
pub(crate) struct Report {
    verbose: bool,
    /// With -I the head is what was asked for.
    print_head: bool,
    place: Place,
    /// There is none before the final head: a server that is not there must not empty a file.
    sink: Option<BufWriter<Box<dyn Write>>>,
    /// Bytes of content so far.
    count: u64,
}

enum Place {
    Stdout,
    File(PathBuf),
}

impl Report {
    pub(crate) fn new(verbose: bool, print_head: bool, output: Option<PathBuf>) -> Self {
        let place = output.map_or(Place::Stdout, Place::File);
        Self { verbose, print_head, place, sink: None, count: 0 }
    }

    /// How many bytes of content came.
    pub(crate) fn count(&self) -> u64 {
        self.count
    }

    /// Says what happens, if the user wants to know.
    pub(crate) fn note(&self, text: &str) {
        self.say('*', text);
    }

    /// The head of the request as it is sent.
    pub(crate) fn request(&self, head: &[u8]) {
        for line in String::from_utf8_lossy(head).trim_end_matches("\r\n").split("\r\n") {
            self.say('>', line);
        }
        self.say('>', "");
    }

    /// A head of the response, interim or final.
    pub(crate) fn response(&self, head: &ResponseHead) {
        for line in lines(head) {
            self.say('<', &line);
        }
        self.say('<', "");
    }

    /// Opens the output. From here on there is content, or the knowledge that there is none.
    pub(crate) fn begin(&mut self, head: &ResponseHead, length: Length) -> Result<(), Failure> {
        self.response(head);
        self.note(&match length {
            Length::Empty => "content: none".into(),
            Length::Known(count) => format!("content: {count} bytes, says Content-Length"),
            Length::Chunked => "content: chunked".into(),
            Length::UntilClose => "content: all until the connection ends".into(),
        });
        if head.status.class() == Class::Redirection
            && let Some(location) = head.fields.get_str("Location")
        {
            self.note(&format!("this points to {location}; hget follows no redirects"));
        }
        let sink: Box<dyn Write> = match &self.place {
            Place::Stdout => Box::new(io::stdout()),
            Place::File(path) => Box::new(File::create(path).map_err(|error| self.failed(&error))?),
        };
        self.sink = Some(BufWriter::with_capacity(BUFFER, sink));
        if self.print_head {
            let text: String = lines(head).map(|line| line + "\r\n").collect();
            self.write(text.as_bytes())?;
            self.write(b"\r\n")?;
        }
        Ok(())
    }

    pub(crate) fn content(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        self.count += bytes.len() as u64;
        self.write(bytes)
    }

    pub(crate) fn end(&mut self, trailers: &Fields) -> Result<(), Failure> {
        self.flush()?;
        for (name, value) in trailers.iter() {
            self.say('<', &line(name, value));
        }
        let (count, plural) = (self.count, if self.count == 1 { "" } else { "s" });
        self.note(&format!("complete: {count} byte{plural} of content"));
        Ok(())
    }

    /// Shows what there is, before a wait for more.
    pub(crate) fn flush(&mut self) -> Result<(), Failure> {
        let result = self.sink.as_mut().map_or(Ok(()), Write::flush);
        result.map_err(|error| self.failed(&error))
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Failure> {
        let result = self.sink.as_mut().map_or(Ok(()), |sink| sink.write_all(bytes));
        result.map_err(|error| self.failed(&error))
    }

    fn failed(&self, error: &io::Error) -> Failure {
        match &self.place {
            Place::Stdout => Failure::writing("the output", error),
            Place::File(path) => Failure::writing(&path.display().to_string(), error),
        }
    }

    /// Unlike `eprintln!` this does not panic when stderr is closed.
    fn say(&self, mark: char, text: &str) {
        if self.verbose {
            let _ = writeln!(io::stderr(), "{}", format!("{mark} {text}").trim_end());
        }
    }
}

/// A head in lines, without the empty one.
fn lines(head: &ResponseHead) -> impl Iterator<Item = String> {
    let reason = String::from_utf8_lossy(&head.reason);
    let code = head.status.code();
    let status_line = format!("{} {code:03} {reason}", head.version);
    std::iter::once(status_line).chain(head.fields.iter().map(|(name, value)| line(name, value)))
}

fn line(name: &str, value: &[u8]) -> String {
    format!("{name}: {}", String::from_utf8_lossy(value))
}
