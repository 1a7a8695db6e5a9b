//! From a command line to a socket that is connected.

use std::io::{self, PipeReader};
use std::net::{SocketAddr, TcpListener, ToSocketAddrs, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixDatagram, UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use rustix::event::{PollFd, PollFlags, poll};
use socket2::Socket;
use sockets::eyeballs;

use crate::streams::Peer;

/// Which addresses count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    Any,
    V4,
    V6,
}

/// A path that is removed when the program ends: a Unix socket leaves its file behind.
#[derive(Debug)]
pub(crate) struct Unlink(PathBuf);

impl Drop for Unlink {
    fn drop(&mut self) {
        // Somebody else may have removed it.
        let _ = std::fs::remove_file(&self.0);
    }
}

/// The addresses of a host, of the family that was asked for.
pub(crate) fn resolve(host: &str, port: u16, family: Family) -> Result<Vec<SocketAddr>> {
    let all = (host, port).to_socket_addrs().with_context(|| format!("cannot look up {host}"))?;
    let fits = |address: &SocketAddr| match family {
        Family::Any => true,
        Family::V4 => address.is_ipv4(),
        Family::V6 => address.is_ipv6(),
    };
    let addresses: Vec<_> = all.filter(fits).collect();
    if addresses.is_empty() {
        bail!("{host} has no address of that family; leave off -4 or -6");
    }
    Ok(addresses)
}

/// Lets the addresses race, the families in turns, within `limit` for all of them.
pub(crate) fn connect(addresses: &[SocketAddr], limit: Duration) -> Result<(Socket, SocketAddr)> {
    let turns = eyeballs::interleave(addresses);
    let (stream, _) =
        eyeballs::connect(&turns, eyeballs::ATTEMPT_DELAY, limit).context("cannot connect")?;
    // The peer may be gone already; the conversation says so.
    let address = stream.peer_addr().unwrap_or(addresses[0]);
    Ok((stream.into(), address))
}

/// A UDP socket that speaks with one address only.
pub(crate) fn udp(addresses: &[SocketAddr]) -> Result<(Socket, SocketAddr)> {
    let address = *addresses.first().context("no address")?;
    let any = if address.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address).with_context(|| format!("cannot reach {address}"))?;
    Ok((socket.into(), address))
}

/// A Unix socket that is connected to the one at `path`.
pub(crate) fn unix(path: &Path, datagrams: bool) -> Result<(Socket, Option<Unlink>)> {
    let failed = || format!("cannot connect to {}", path.display());
    if !datagrams {
        return Ok((UnixStream::connect(path).with_context(failed)?.into(), None));
    }
    // Without a name of its own, nobody could answer it.
    let own = std::env::temp_dir().join(format!("ncr.{}", std::process::id()));
    let socket = UnixDatagram::bind(&own).with_context(|| cannot_bind(&own))?;
    let unlink = Unlink(own);
    socket.connect(path).with_context(failed)?;
    Ok((socket.into(), Some(unlink)))
}

fn cannot_bind(path: &Path) -> String {
    format!("cannot listen on {}; if nobody else uses it, remove the file", path.display())
}

/// Waits for somebody to talk to.
#[derive(Debug)]
pub(crate) enum Door {
    Stream(Socket),
    Datagrams(Socket),
}

impl Door {
    /// Listens on the first address.
    pub(crate) fn tcp(addresses: &[SocketAddr]) -> Result<(Self, SocketAddr)> {
        let wanted = addresses.first().context("no address")?;
        let listener =
            TcpListener::bind(wanted).with_context(|| format!("cannot listen on {wanted}"))?;
        let bound = listener.local_addr()?;
        Ok((Self::Stream(listener.into()), bound))
    }

    /// Takes datagrams at the first address.
    pub(crate) fn udp(addresses: &[SocketAddr]) -> Result<(Self, SocketAddr)> {
        let wanted = addresses.first().context("no address")?;
        let socket = UdpSocket::bind(wanted).with_context(|| format!("cannot bind {wanted}"))?;
        let bound = socket.local_addr()?;
        Ok((Self::Datagrams(socket.into()), bound))
    }

    /// Listens at a path, which must not exist.
    pub(crate) fn unix(path: &Path, datagrams: bool) -> Result<(Self, Unlink)> {
        let failed = || cannot_bind(path);
        let door = if datagrams {
            Self::Datagrams(UnixDatagram::bind(path).with_context(failed)?.into())
        } else {
            Self::Stream(UnixListener::bind(path).with_context(failed)?.into())
        };
        Ok((door, Unlink(path.to_owned())))
    }

    // ANCHOR: accept
    /// The next peer; `None` after Ctrl-C.
    ///
    /// The socket of datagrams becomes the peer's: it takes the sender of the first datagram, which
    /// stays in the queue, for its partner.
    pub(crate) fn accept(&self, stop: &PipeReader) -> Result<Option<Peer>> {
        let socket = match self {
            Self::Stream(socket) | Self::Datagrams(socket) => socket,
        };
        // What `poll` has seen may be gone before we take it, and then we would wait in `accept`.
        socket.set_nonblocking(true)?;
        loop {
            let mut fds = [(stop.as_fd(), ()), (socket.as_fd(), ())]
                .map(|(fd, ())| PollFd::from_borrowed_fd(fd, PollFlags::IN));
            match poll(&mut fds, None) {
                Err(rustix::io::Errno::INTR) => continue,
                result => result?,
            };
            if !fds[0].revents().is_empty() {
                return Ok(None);
            }
            match self.take(socket) {
                Err(error) if is_gone(&error) => {}
                peer => return Ok(Some(peer.context("cannot accept")?)),
            }
        }
    }

    fn take(&self, socket: &Socket) -> io::Result<Peer> {
        match self {
            Self::Stream(_) => Ok(Peer { socket: socket.accept()?.0, datagrams: false }),
            Self::Datagrams(_) => {
                let sender = socket.peek_sender()?;
                // Who has no name gets no answer, and is heard all the same.
                if sender.as_socket().is_some() || sender.as_pathname().is_some() {
                    socket.connect(&sender)?;
                }
                Ok(Peer { socket: socket.try_clone()?, datagrams: true })
            }
        }
    }
    // ANCHOR_END: accept
}

fn is_gone(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, Interrupted, WouldBlock};
    matches!(error.kind(), ConnectionAborted | Interrupted | WouldBlock)
}
