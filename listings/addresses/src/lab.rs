//! A network of one's own: a Linux network namespace with everything that a program expects around
//! it.
//!
//! What happens in a [`Lab`] stays there: its interfaces, addresses, routes and neighbors are its
//! own (`network_namespaces(7)`), and so are its processes, `/proc`, `/sys` and `/run`, where
//! `ip netns add` keeps its names. The files are the machine's. Closing it ends every process in it.
//!
//! Root makes one directly. Anybody else becomes root inside it, which is a user namespace
//! (`user_namespaces(7)`), if the kernel lets them.
//!
//! The work is done by `unshare`, `nsenter`, `setpriv` and `mount` of util-linux, by `ip` of
//! iproute2, and by `env` of coreutils.
//!
//! ```no_run
//! use addresses::lab::Lab;
//!
//! let lab = Lab::open()?;
//! let listing = lab.command("ip").args(["-brief", "address"]).output()?;
//! assert!(listing.stdout.starts_with(b"lo "));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

use std::ffi::{OsStr, OsString};
use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

/// The file by which a lab is found in its folder.
pub const FILE: &str = ".lab";

/// How long a lab may take to open or to close. Each takes some 20 ms.
const PATIENCE: Duration = Duration::from_secs(10);

/// How much of an error text or of [`FILE`] is read, in bytes.
const MAX_TEXT: u64 = 4 << 10;

/// What the first process of a lab does. It is process 1 in there: when it ends, the kernel kills
/// all the others (`pid_namespaces(7)`). So it waits for the end of its input, which comes when the
/// lab is dropped, and also when its owner is killed.
const INIT: &str = r#"
set -e
# The old /proc still tells the number that this process has outside.
read -r pid rest </proc/self/stat
mount -t proc proc /proc
mount -t tmpfs -o mode=755 lab /run
mount -t sysfs sysfs /sys || echo "no /sys of its own" >&2

# The host's settings must not show through, and nothing is sent that nobody asked for.
put() { for key in $2; do [ ! -e "$key" ] || echo "$1" >"$key"; done; }
cd /proc/sys/net
put 0 ipv4/ip_forward
put 0 'ipv4/conf/*/rp_filter'
put 0 'ipv6/conf/*/disable_ipv6'
# An address can be used at once: nobody is asked whether it is taken.
put 0 'ipv6/conf/*/accept_dad'
put 0 'ipv6/conf/*/router_solicitations'
cd /

ip link set lo up
# Whoever loses its parent becomes a child of this process; ignored like this, it leaves no zombie.
trap '' CHLD
echo "$pid"
exec cat >/dev/null 2>&1
"#;

/// A network namespace, held open or joined.
#[derive(Debug)]
pub struct Lab {
    /// Its process 1, as numbered outside: whose namespaces the others enter.
    init: u32,
    /// Absent if somebody else holds the lab open.
    holder: Option<Holder>,
}

/// What keeps a lab open.
#[derive(Debug)]
struct Holder {
    /// `unshare`, which ends after the last process of the lab.
    unshare: Child,
    /// Its end is the lab's end. An `Option`, so that `drop` can close it and then wait.
    input: Option<ChildStdin>,
    /// By which others find it; removed after the lab has ended.
    notice: Option<Notice>,
}

/// The [`FILE`] of an open lab.
#[derive(Debug)]
struct Notice {
    path: PathBuf,
    /// Locked as long as the lab is open: the kernel unlocks it whatever the end, so a file that
    /// was left behind is known for one, even if its process number belongs to somebody by now.
    file: File,
}

/// Why there is no lab.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LabError {
    /// A program that makes labs is missing or cannot be run.
    #[error("cannot run {program}: {source}; install util-linux and iproute2")]
    Program { program: &'static str, source: io::Error },
    /// The kernel, or a program on its behalf, said no.
    #[error("the kernel gives us no network namespace: {said}\n{}", advice())]
    Refused { said: String },
    /// The file [`FILE`] cannot be used.
    #[error("cannot use {}: {source}", path.display())]
    File { path: PathBuf, source: io::Error },
    /// There is one in this folder already.
    #[error("process {pid} holds the lab of this folder open; end it with Ctrl-C or `kill {pid}`")]
    Taken { pid: String },
    /// There is none in this folder.
    #[error("no lab is open in this folder; run `lab open` here, in another terminal")]
    None,
}

fn advice() -> &'static str {
    let restricted = "/proc/sys/kernel/apparmor_restrict_unprivileged_userns";
    if is_root() {
        "in a container, root lacks the right; start the container with --privileged"
    } else if fs::read_to_string(restricted).is_ok_and(|text| text.trim() == "1") {
        "AppArmor keeps it for root (Ubuntu does so since 23.10); use sudo, or allow it to all with \
         `sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0`"
    } else {
        "use sudo"
    }
}

/// Whether this process runs as root: its entry in `/proc` belongs to its effective user.
fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|entry| entry.uid() == 0)
}

impl Lab {
    /// Makes an empty lab: `lo` is up, there is no other interface.
    ///
    /// # Errors
    ///
    /// If programs are missing or the kernel refuses; the text says what to do.
    pub fn open() -> Result<Self, LabError> {
        let mut command = Command::new("unshare");
        command.args(["--net", "--mount", "--pid", "--fork", "--kill-child"]);
        if !is_root() {
            command.arg("--map-root-user");
        }
        command.args(["--", "sh", "-c", INIT]);
        command.env("PATH", path_with_sbin());
        // Ctrl-C in a terminal is for the owner, which then closes the lab.
        command.process_group(0);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut unshare =
            command.spawn().map_err(|source| LabError::Program { program: "unshare", source })?;
        let (input, output) = (unshare.stdin.take(), unshare.stdout.take());
        let errors = unshare.stderr.take();
        // From here on, every way out closes it.
        let holder = Holder { unshare, input, notice: None };
        let line = output.and_then(first_line);
        if let Some(init) = line.and_then(|line| line.trim().parse().ok()) {
            return Ok(Self { init, holder: Some(holder) });
        }
        drop(holder);
        let mut said = String::new();
        if let Some(errors) = errors {
            // If it is not text, the rest of the message has to do.
            let _ = errors.take(MAX_TEXT).read_to_string(&mut said);
        }
        Err(LabError::Refused { said: said.trim().to_owned() })
    }

    /// Makes an empty lab that others can [`Lab::join`] by the folder.
    ///
    /// # Errors
    ///
    /// As for [`Lab::open`], and if another process holds one open in that folder.
    pub fn open_in(folder: &Path) -> Result<Self, LabError> {
        let path = folder.join(FILE);
        let failed = |source| LabError::File { path: path.clone(), source };
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(&path).map_err(failed)?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                let pids = read_pids(&mut file).map_err(failed)?;
                let owner = pids.split_whitespace().nth(1).unwrap_or("?");
                return Err(LabError::Taken { pid: owner.to_owned() });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        file.set_len(0).map_err(failed)?;
        let mut notice = Notice { path: path.clone(), file };
        let mut lab = Self::open()?;
        writeln!(notice.file, "{} {}", lab.init, std::process::id()).map_err(failed)?;
        if let Some(holder) = &mut lab.holder {
            holder.notice = Some(notice);
        }
        Ok(lab)
    }

    /// Finds the lab that [`Lab::open_in`] holds open for `folder`. Dropping it leaves it open.
    ///
    /// # Errors
    ///
    /// If there is none.
    pub fn join(folder: &Path) -> Result<Self, LabError> {
        let path = folder.join(FILE);
        let failed = |source| LabError::File { path: path.clone(), source };
        let mut file = match File::open(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Err(LabError::None),
            file => file.map_err(failed)?,
        };
        match file.try_lock_shared() {
            // Nobody holds it: a lab that was killed.
            Ok(()) => return Err(LabError::None),
            Err(TryLockError::WouldBlock) => {}
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
        let pids = read_pids(&mut file).map_err(failed)?;
        let init = pids.split_whitespace().next().and_then(|pid| pid.parse().ok());
        Ok(Self { init: init.ok_or(LabError::None)?, holder: None })
    }

    /// `program`, to be run in the lab, as root of the lab, in the current folder of this process.
    ///
    /// To stop it by SIGINT or SIGTERM, signal its process group: between it and the caller stands
    /// `nsenter`, which ignores both, so that the program may end in its own time. A killed `nsenter`
    /// takes it along.
    #[must_use]
    pub fn command(&self, program: impl AsRef<OsStr>) -> Command {
        let mut command = Command::new("env");
        command.args(["--ignore-signal=INT,TERM", "nsenter", "--target", &self.init.to_string()]);
        command.args(["--mount", "--net", "--pid"]);
        if !is_root() {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.args(["setpriv", "--pdeathsig", "KILL"]);
        command.args(["env", "--default-signal=INT,TERM"]);
        // A mount namespace is entered at its root.
        if let Ok(folder) = std::env::current_dir() {
            command.arg("--chdir").arg(folder);
        }
        command.env("PATH", path_with_sbin());
        command.arg(program);
        command
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        self.input = None;
        let deadline = Instant::now() + PATIENCE;
        // The kernel reports the end of process 1 when all the others have ended.
        while matches!(self.unshare.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                // Nothing else can be done; `--kill-child` takes process 1 along.
                let _ = self.unshare.kill();
                let _ = self.unshare.wait();
                break;
            }
            thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Notice {
    fn drop(&mut self) {
        // A file left behind does no harm: nobody holds its lock.
        let _ = fs::remove_file(&self.path);
    }
}

/// The first line of `output`, if it comes in time.
fn first_line(output: impl Read + Send + 'static) -> Option<String> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut line = String::new();
        if BufReader::new(output.take(MAX_TEXT)).read_line(&mut line).is_ok() {
            // If nobody listens any more, it came too late.
            let _ = sender.send(line);
        }
    });
    receiver.recv_timeout(PATIENCE).ok()
}

/// Process 1 of the lab and its owner, as numbers.
fn read_pids(file: &mut File) -> io::Result<String> {
    let mut text = String::new();
    file.take(MAX_TEXT).read_to_string(&mut text)?;
    Ok(text)
}

/// Root's programs for the network lie where a user's shell does not look.
fn path_with_sbin() -> OsString {
    let mut path = std::env::var_os("PATH").unwrap_or_else(|| "/usr/bin:/bin".into());
    path.push(":/usr/sbin:/sbin");
    path
}
