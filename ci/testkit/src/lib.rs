//! What a test needs when it talks to a program that somebody else wrote.
//!
//! A test that starts `nginx` or `curl` can go wrong in four ways which have nothing to do with
//! what it tests: the program is not installed, it is not ready yet, it hangs, or it outlives the
//! test. Each has one answer here: [`require`], [`Process::wait_for_port`] and
//! [`Process::wait_for_text`], a limit on every wait, and [`Process`]'s `Drop`, which kills the
//! program together with everything it started.
//!
//! It leaves out: Windows, terminals, and programs that daemonize (they leave the group and
//! escape).
//!
//! ```
//! use std::process::Command;
//! use std::time::Duration;
//! use testkit::Process;
//!
//! let limit = Duration::from_secs(10);
//! let process = Process::start(Command::new("sh").args(["-c", "echo ready; sleep 60"]))?;
//! process.wait_for_text("ready", limit)?;
//! process.terminate();
//! let finished = process.finish(limit)?;
//! assert_eq!(finished.output, b"ready\n");
//! assert!(!finished.status.success());
//! # Ok::<(), testkit::Error>(())
//! ```

mod process;

pub use process::{Error, Finished, OUTPUT_LIMIT, Process, kill_all};

use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::panic;
use std::path::PathBuf;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// Runs `f` on a thread of its own and returns what it returns.
///
/// Without this, code that waits for a byte which never comes hangs the whole test run and nobody
/// learns which test it was. `what` names the work in the message. The thread of a hung `f` is left
/// behind: nothing can stop it safely, and it ends with the test's process.
///
/// # Panics
///
/// With "`what`: not finished within …" after `limit`, and with `f`'s own panic if it panics.
pub fn within<T, F>(limit: Duration, what: &str, f: F) -> T
where
    T: Send + 'static,
    F: FnOnce() -> T + Send + 'static,
{
    let (sender, receiver) = mpsc::channel();
    let worker = thread::spawn(move || {
        // An error here means that the caller has given up already.
        let _ = sender.send(f());
    });
    match receiver.recv_timeout(limit) {
        Ok(value) => value,
        Err(RecvTimeoutError::Timeout) => panic!("{what}: not finished within {limit:?}"),
        Err(RecvTimeoutError::Disconnected) => match worker.join() {
            Err(payload) => panic::resume_unwind(payload),
            Ok(()) => unreachable!("the sender lives until its value is sent"),
        },
    }
}

/// A TCP port of 127.0.0.1 that was free a moment ago.
///
/// Only for programs that cannot be told "port 0": between this call and their `bind` another
/// process may take the port. Our own listeners bind port 0 and ask for the number.
///
/// # Panics
///
/// If the machine has no free port at all.
#[must_use]
pub fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port on 127.0.0.1");
    listener.local_addr().expect("a bound address").port()
}

/// Looks `name` up in `PATH`, as a shell would; `None` if no executable file has that name.
#[must_use]
pub fn program(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        .map(|folder| folder.join(name))
        .find(|candidate| is_executable(candidate))
}

/// Like [`program`], for a test that cannot do without it.
///
/// # Panics
///
/// With "needs `name`: run ci/setup.sh". A missing peer is a failure: a test that skips itself
/// proves nothing.
pub fn require(name: &str) -> PathBuf {
    program(name).unwrap_or_else(|| panic!("needs {name}: run ci/setup.sh"))
}

/// A program from the `examples` folder of the package under test, where `cargo test` puts it.
///
/// # Panics
///
/// If it is not there: `cargo test --test NAME` builds no examples.
pub fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let folder = test.parent().expect("a test lies in a folder").with_file_name("examples");
    let path = folder.join(name);
    assert!(path.exists(), "no {}: cargo build --examples", path.display());
    path
}

/// An empty folder for the test of this name, which no other test program uses: programs of several
/// packages run at the same time, and cargo gives them one `CARGO_TARGET_TMPDIR`.
///
/// # Panics
///
/// If the folder cannot be made.
pub fn folder(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its own path");
    let own = test.file_name().expect("a program has a name");
    let profile = test.parent().and_then(std::path::Path::parent).expect("a test lies in target");
    let folder = profile.with_file_name("tmp").join(own).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("a folder for a test");
    folder
}

fn is_executable(path: &std::path::Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}
