//! A TAP device: a network card whose cable is a file (Linux's `tuntap`).
//!
//! The kernel sees an Ethernet interface. What it sends through that interface, a program reads
//! from the file; what the program writes, the kernel receives. One read is one frame and one write
//! is one frame, without a preamble, a frame check sequence or padding to 60 bytes: those belong to
//! a cable.
//!
//! Who may attach: root of the network namespace that the device is in (`CAP_NET_ADMIN`), or the
//! user to whom `ip tuntap add … user NAME` gave it.

mod driver;

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::Duration;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, ioctl_fionbio};
use rustix::ioctl;
use rustix::net::netdevice::name_to_index;
use rustix::net::{AddressFamily, SocketType, socket};

pub use driver::{Direction, Driver, DriverError, Ended, Owner, Waker};

/// The longest frame that a TAP device carries, in bytes: its largest MTU is 65,521, and 14 bytes
/// of Ethernet header come before that.
pub const MAX_FRAME: usize = 65_535;

/// Where every TAP and TUN device is opened.
const DEVICE: &str = "/dev/net/tun";

/// The longest name of an interface, in bytes; the kernel's field has one more for the zero.
const MAX_NAME: usize = 15;

// ANCHOR: ioctl
/// Linux's `struct ifreq` as `TUNSETIFF` reads and writes it: 40 bytes, of which a name and flags.
#[repr(C)]
struct InterfaceRequest {
    name: [u8; MAX_NAME + 1],
    flags: u16,
    /// The kernel copies the whole structure, so it must be ours to the end.
    rest: [u8; 22],
}

/// Ethernet frames (TUN would be IP packets).
const IFF_TAP: u16 = 0x0002;
/// Nothing before the frame; otherwise each read begins with 4 bytes of flags and protocol.
const IFF_NO_PI: u16 = 0x1000;

/// Ties an open `/dev/net/tun` to an interface. It would make one that does not exist.
#[allow(unsafe_code)]
fn attach(device: &File, request: &mut InterfaceRequest) -> rustix::io::Result<()> {
    const TUNSETIFF: ioctl::Opcode = ioctl::opcode::write::<i32>(b'T', 202);
    // SAFETY: `TUNSETIFF` reads and writes one `struct ifreq`, which is 40 bytes on 64-bit machines
    // and 32 on others: `InterfaceRequest` is at least as long, any bytes are valid for it, and the
    // borrow keeps it alive during the call. The kernel keeps no pointer to it.
    unsafe { ioctl::ioctl(device, ioctl::Updater::<TUNSETIFF, _>::new(request)) }
}
// ANCHOR_END: ioctl

/// Whether this network namespace has such an interface. Without an answer we go on, and attaching
/// says what is wrong.
fn exists(name: &str) -> bool {
    let socket = socket(AddressFamily::INET, SocketType::DGRAM, None);
    socket.and_then(|socket| name_to_index(socket, name)) != Err(Errno::NODEV)
}

/// Our end of a TAP device. Dropping it unplugs the cable: the kernel's interface loses its
/// carrier, and goes away if nobody made it persistent (`ip tuntap add` does).
#[derive(Debug)]
pub struct Tap {
    device: File,
    name: String,
}

impl Tap {
    // ANCHOR: open
    /// Attaches to the interface `name`, which must exist: a mistyped name shall not make another.
    pub fn open(name: &str) -> Result<Self, TapError> {
        let mut request = InterfaceRequest::new(name)?;
        if !exists(name) {
            return Err(TapError::Absent { name: name.into() });
        }
        let device = OpenOptions::new()
            .read(true)
            .write(true)
            .open(DEVICE)
            .map_err(|source| TapError::Device { source })?;
        let attached = ioctl_fionbio(&device, true).and_then(|()| attach(&device, &mut request));
        attached.map_err(|errno| match errno {
            Errno::PERM => TapError::NotAllowed { name: name.into() },
            Errno::BUSY => TapError::Busy { name: name.into() },
            Errno::INVAL => TapError::NotTap { name: name.into() },
            other => TapError::Attach { name: name.into(), source: other.into() },
        })?;
        Ok(Self { device, name: name.into() })
    }
    // ANCHOR_END: open

    /// The interface's name, as the kernel knows it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes a frame that the kernel sent, or `None` if there is none now.
    ///
    /// A frame that is longer than `buffer` is cut to fit, and nothing tells: use [`MAX_FRAME`].
    pub fn receive(&self, buffer: &mut [u8]) -> Result<Option<usize>, TapError> {
        loop {
            match (&self.device).read(buffer) {
                Ok(length) => return Ok(Some(length)),
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(None),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(error)),
            }
        }
    }

    /// Gives the kernel a frame. `false` if it was lost, as frames may be: the interface is down,
    /// or its queue full.
    pub fn send(&self, frame: &[u8]) -> Result<bool, TapError> {
        loop {
            let Err(error) = (&self.device).write(frame) else { return Ok(true) };
            match Errno::from_io_error(&error) {
                Some(Errno::IO | Errno::AGAIN | Errno::NOBUFS | Errno::NOMEM) => return Ok(false),
                Some(Errno::INTR) => {}
                _ => return Err(self.failed(error)),
            }
        }
    }

    /// Waits until a frame is there, at most `limit`; `false` if none came.
    pub fn wait(&self, limit: Duration) -> Result<bool, TapError> {
        // A time that is too long for the kernel is as good as none.
        let limit = Timespec::try_from(limit).ok();
        match poll(&mut [PollFd::new(self, PollFlags::IN)], limit.as_ref()) {
            Ok(0) => Ok(false),
            // After a signal it may be nothing, which is what the next read finds out.
            Ok(_) | Err(Errno::INTR) => Ok(true),
            Err(error) => Err(self.failed(error.into())),
        }
    }

    fn failed(&self, source: io::Error) -> TapError {
        let name = self.name.clone();
        match Errno::from_io_error(&source) {
            Some(Errno::BADFD) => TapError::Gone { name },
            _ => TapError::Frame { name, source },
        }
    }
}

impl AsFd for Tap {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.device.as_fd()
    }
}

impl InterfaceRequest {
    fn new(name: &str) -> Result<Self, TapError> {
        // `%d` would let the kernel choose a number, and then we would not know the name.
        let bad = |c: u8| c <= b' ' || b"/:%\x7f".contains(&c);
        if name.is_empty() || name.len() > MAX_NAME || name.bytes().any(bad) {
            return Err(TapError::Name { name: name.into() });
        }
        let mut field = [0; MAX_NAME + 1];
        field[..name.len()].copy_from_slice(name.as_bytes());
        Ok(Self { name: field, flags: IFF_TAP | IFF_NO_PI, rest: [0; 22] })
    }
}

/// Why a TAP device cannot be used, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TapError {
    #[error("an interface cannot be named {name:?}: use 1 to {MAX_NAME} letters and digits")]
    Name { name: String },

    #[error("cannot open {DEVICE}: {source}; {}", device_advice(source))]
    Device { source: io::Error },

    #[error("there is no interface {name}: make one with `ip tuntap add dev {name} mode tap`")]
    Absent { name: String },

    #[error("not allowed to attach to {name}: run it in a lab (`lab …`), or as root")]
    NotAllowed { name: String },

    #[error("{name} is in use: end the program that is attached to it, or choose another name")]
    Busy { name: String },

    #[error(
        "{name} is no TAP device: choose another name, or make one: ip tuntap add dev NAME mode tap"
    )]
    NotTap { name: String },

    #[error("cannot attach to {name}: {source}")]
    Attach { name: String, source: io::Error },

    #[error("{name} is gone: somebody deleted the interface; make it again and start again")]
    Gone { name: String },

    #[error("{name} takes no frames any more: {source}; start again")]
    Frame { name: String, source: io::Error },
}

fn device_advice(error: &io::Error) -> &'static str {
    match error.kind() {
        ErrorKind::NotFound => "load the driver: sudo modprobe tun",
        ErrorKind::PermissionDenied => "run it as root, or let your user read and write that file",
        _ => "is this a Linux kernel with TUN/TAP (CONFIG_TUN)?",
    }
}
