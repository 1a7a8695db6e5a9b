//! What the fuzz targets share. `ci/fuzz.sh` runs them.
//!
//! A target asserts more than that nothing panics: the verdict on the bytes is the same for every way
//! to cut them, and what is accepted survives being written again.

#[path = "../../tests/corpus_support/mod.rs"]
pub mod corpus_support;

use std::fs;
use std::path::Path;

use corpus_support::{Case, corpus_in};
use http_messages::Limits;

/// Writes the corpus as seeds, in the folder from which `cargo fuzz run` takes them.
///
/// They are derived, so they are made when a target starts instead of being kept.
pub fn write_seeds(target: &str, seed: impl Fn(&Case) -> Option<Vec<u8>>) {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = here.join("corpus").join(target);
    fs::create_dir_all(&folder).expect("a folder for seeds");
    for case in corpus_in(&here.join("../tests/corpus")) {
        if let Some(bytes) = seed(&case).filter(|bytes| bytes.len() < 4096) {
            fs::write(folder.join(&case.name), bytes).expect("a seed");
        }
    }
}

/// The first two bytes of an input say how the others arrive.
#[derive(Clone, Copy)]
pub struct Setting {
    pub eof: bool,
    small: bool,
    pub upgrade: bool,
    pub method: u8,
    cut: u8,
}

impl Setting {
    pub fn take(input: &[u8]) -> Option<(Self, &[u8])> {
        let [flags, cut, bytes @ ..] = input else { return None };
        let setting = Self {
            eof: flags & 1 != 0,
            small: flags & 2 != 0,
            upgrade: flags & 4 != 0,
            method: flags >> 3 & 3,
            cut: *cut,
        };
        Some((setting, bytes))
    }

    /// The opposite of [`take`](Self::take), for seeds.
    pub fn seed(case: &Case, method: u8, upgrade: bool) -> Vec<u8> {
        let small = case.limits != Limits::default();
        let flags =
            u8::from(case.eof) | u8::from(small) << 1 | u8::from(upgrade) << 2 | method << 3;
        [&[flags, 77], &case.bytes()[..]].concat()
    }

    /// Limits that a few bytes reach, or the usual ones.
    pub fn limits(self) -> Limits {
        let usual = Limits::default();
        if !self.small {
            return usual;
        }
        let limits = Limits { target: 16, head: 96, fields: 3, chunk_line: 12, ..usual };
        Limits { chunk_extensions: 16, trailers: 32, content: 12, interim: 2, method: 8, ..limits }
    }

    /// Some ways to cut the bytes.
    pub fn cuts(self, bytes: &[u8]) -> [Vec<&[u8]>; 3] {
        let (before, after) = bytes.split_at(bytes.len() * usize::from(self.cut) / 255);
        let length = usize::from(self.cut % 7) + 1;
        [vec![before, after], bytes.chunks(length).collect(), bytes.chunks(1).collect()]
    }
}
