//! Reads `tests/corpus` and drives the codec with it. `tests/corpus/README.md` explains the format.

// Each test crate uses a part of this.
#![allow(dead_code, unreachable_pub)]

pub mod drive;
pub mod event;
pub mod text;

use std::fs;
use std::path::Path;

use http_messages::{Limits, Method};

pub use event::{Event, Next};

/// One message or several, and the verdict on them.
#[derive(Clone, Debug)]
pub struct Case {
    pub name: String,
    pub rfc: String,
    pub why: String,
    pub role: Role,
    pub limits: Limits,
    /// What arrives. Each part after the first is sent only when the client has made its next request.
    pub parts: Vec<Vec<u8>>,
    /// The peer closes after these bytes.
    pub eof: bool,
    pub expected: Vec<Event>,
    /// `FILE:LINE` of the name.
    pub place: String,
}

#[derive(Clone, Debug)]
pub enum Role {
    /// The codec is a server.
    Request,
    /// The codec is a client and has sent requests with these methods.
    Response { methods: Vec<Method>, upgrade: bool },
}

impl Case {
    pub fn bytes(&self) -> Vec<u8> {
        self.parts.concat()
    }

    /// The parts with a cut at `position` of all bytes.
    pub fn cut(&self, position: usize) -> Vec<Vec<&[u8]>> {
        let mut start = 0;
        self.parts
            .iter()
            .map(|part| {
                let cut = position.saturating_sub(start).min(part.len());
                start += part.len();
                let (before, after) = part.split_at(cut);
                if before.is_empty() || after.is_empty() {
                    vec![part.as_slice()]
                } else {
                    vec![before, after]
                }
            })
            .collect()
    }

    /// The parts as pieces of one byte.
    pub fn single_bytes(&self) -> Vec<Vec<&[u8]>> {
        self.parts.iter().map(|part| part.chunks(1).collect()).collect()
    }
}

/// All cases, in the order of the files' names.
pub fn corpus() -> Vec<Case> {
    corpus_in(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus"))
}

pub fn corpus_in(folder: &Path) -> Vec<Case> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .expect("the corpus")
        .map(|entry| entry.expect("an entry of the corpus").path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "txt"))
        .collect();
    files.sort();
    let mut cases = Vec::new();
    for path in files {
        let text = fs::read_to_string(&path).expect("a file of the corpus");
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        cases.extend(text::parse(&name, &text));
    }
    cases
}
