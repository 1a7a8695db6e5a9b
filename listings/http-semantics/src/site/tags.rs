//! Strong entity tags for files: a hash of the bytes, remembered for as long as they are sure to be
//! the same.

use std::collections::HashMap;
use std::fs::{File, Metadata};
use std::io::{self, Seek};
use std::os::unix::fs::MetadataExt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use sha2::{Digest, Sha256};

use crate::etag::EntityTag;

/// How many hashes are remembered. Beyond it all are forgotten, and made again when asked for.
const REMEMBERED: usize = 4096;

/// A file that was changed less than this before it was hashed may change again without its times
/// showing it: a file system's clock moves in steps of some milliseconds. Its hash is not
/// remembered.
const SETTLED: Duration = Duration::from_secs(2);

/// How much of the hash a tag shows, in bytes: at 128 bits nobody can make two contents with the
/// same tag.
const SHOWN: usize = 16;

/// The hashes of files by what tells one state of a file from another.
#[derive(Debug, Default)]
pub(super) struct Tags {
    known: Mutex<HashMap<State, String>>,
}

/// A file (device, inode) and what changes when it is written to.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct State {
    file: (u64, u64),
    length: u64,
    modified: (i64, i64),
    changed: (i64, i64),
}

impl State {
    fn of(metadata: &Metadata) -> Self {
        Self {
            file: (metadata.dev(), metadata.ino()),
            length: metadata.len(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            changed: (metadata.ctime(), metadata.ctime_nsec()),
        }
    }
}

impl Tags {
    /// The hash of an open file's bytes, in hex. The file is left at its beginning.
    pub(super) fn hash_of(&self, file: &mut File, now: SystemTime) -> io::Result<String> {
        let before = file.metadata()?;
        let state = State::of(&before);
        let known = self.known.lock().unwrap_or_else(PoisonError::into_inner).get(&state).cloned();
        if let Some(hash) = known {
            return Ok(hash);
        }
        let mut hasher = Hasher::default();
        io::copy(file, &mut hasher)?;
        file.rewind()?;
        let hash = hasher.finish();

        let settled = |time: SystemTime| now.duration_since(time).is_ok_and(|age| age > SETTLED);
        // Every write sets this one, and nobody can set it back, as they can the other.
        let changed = Duration::from_secs(before.ctime().try_into().unwrap_or(u64::MAX));
        let changed = SystemTime::UNIX_EPOCH.checked_add(changed);
        let unchanged = State::of(&file.metadata()?) == state;
        if unchanged && changed.is_some_and(settled) {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.len() >= REMEMBERED {
                known.clear();
            }
            known.insert(state, hash.clone());
        }
        Ok(hash)
    }
}

/// The strong tag of content with this hash.
pub(super) fn strong(hash: &str) -> Option<EntityTag> {
    EntityTag::strong(hash)
}

/// The tag of that content under a coding that is applied anew each time: weak, because another
/// version of the compressor may make other bytes of it ([RFC 9110] §8.8.1).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-8.8.1
pub(super) fn weak(hash: &str, coding: &str) -> Option<EntityTag> {
    EntityTag::weak(format!("{hash}-{coding}"))
}

/// Hashes what is written to it.
#[derive(Default)]
pub(super) struct Hasher(Sha256);

impl Hasher {
    pub(super) fn finish(self) -> String {
        self.0.finalize()[..SHOWN].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl io::Write for Hasher {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.update(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn changes_that_no_clock_sees() {
        let path = std::env::temp_dir().join(format!("tags-{}", std::process::id()));
        let tags = Tags::default();
        let mut before = String::new();
        for round in 0..100 {
            // The same length each time, and many rounds within one step of the kernel's clock.
            fs::write(&path, format!("{round:03}")).unwrap();
            let hash = tags.hash_of(&mut File::open(&path).unwrap(), SystemTime::now()).unwrap();
            assert_ne!(hash, before, "round {round}");
            before = hash;
        }
        assert!(tags.known.lock().unwrap().is_empty());
        let later = SystemTime::now() + SETTLED * 2;
        let hash = tags.hash_of(&mut File::open(&path).unwrap(), later).unwrap();
        assert_eq!(tags.known.lock().unwrap().values().collect::<Vec<_>>(), [&hash]);
        assert_eq!(hash, before);
        fs::remove_file(&path).unwrap();
    }
}
