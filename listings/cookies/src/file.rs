//! The jar's file on disk: read with a limit, replaced as a whole, for its owner only.

use std::ffi::OsString;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::process;

/// The largest file that is read, in bytes. A full jar of the longest cookies has about 17 million.
pub const MAX_FILE: u64 = 32 << 20;

/// Reads a whole file; a file that does not exist is empty.
///
/// # Errors
///
/// Whatever the system says, and `FileTooLarge` beyond [`MAX_FILE`].
pub fn load(path: &Path) -> io::Result<Vec<u8>> {
    let file = match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        file => file?,
    };
    let mut bytes = Vec::new();
    file.take(MAX_FILE + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_FILE {
        return Err(io::ErrorKind::FileTooLarge.into());
    }
    Ok(bytes)
}

/// Puts a new file in the place of the old one, all at once.
///
/// It is written beside the old one and renamed: who reads at this moment, and who pulls the plug,
/// sees either the old file or the new one, and never half of it. From its first byte on only its
/// owner can read it, because whoever has a session's cookie has the session. Of two programs that
/// change the jar at the same time the later one wins.
///
/// # Errors
///
/// Whatever the system says. The old file is still there then.
pub fn save(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A link is kept, and what it leads to is replaced.
    let path = fs::canonicalize(path).unwrap_or_else(|_| path.into());
    if path.exists() && !path.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is not a regular file"));
    }
    let beside = beside(&path)?;
    // The process that had our number before may have ended in the middle of this.
    let _ = fs::remove_file(&beside);
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&beside)?;
    let result = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&beside, &path));
    if result.is_err() {
        // What went wrong before is what matters.
        let _ = fs::remove_file(&beside);
    }
    result
}

/// `cookies.txt` is written as `.cookies.txt.PID`, in the same folder: a rename cannot leave the
/// file system.
fn beside(path: &Path) -> io::Result<PathBuf> {
    let name = path.file_name().ok_or(io::ErrorKind::InvalidInput)?;
    let mut hidden = OsString::from(".");
    hidden.push(name);
    hidden.push(format!(".{}", process::id()));
    Ok(path.with_file_name(hidden))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_crash_left_behind_is_in_nobodys_way() {
        let path = std::env::temp_dir().join(format!("cookies-file-{}", process::id()));
        fs::write(beside(&path).unwrap(), "half of it").unwrap();
        save(&path, b"all of it").unwrap();
        assert_eq!(load(&path).unwrap(), b"all of it");
        fs::remove_file(&path).unwrap();
    }
}
