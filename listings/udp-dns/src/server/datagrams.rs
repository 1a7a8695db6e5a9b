//! The UDP socket of a server. It may stand for all of the machine's addresses, and then each answer
//! comes from the one that was asked.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::{Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6, UdpSocket};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd};

use nix::libc::{in_pktinfo, in6_pktinfo};
use nix::sys::socket::sockopt::{Ipv4PacketInfo, Ipv6RecvPacketInfo};
use nix::sys::socket::{
    ControlMessage, ControlMessageOwned, MsgFlags, SockaddrStorage, recvmsg, sendmsg, setsockopt,
};

pub(super) struct Datagrams(UdpSocket);

/// Who sent a datagram, and to which of our addresses: none is told of a socket that has only one.
pub(super) struct Origin {
    pub(super) from: SocketAddr,
    own: Option<Own>,
}

/// As the kernel tells it, with the interface.
enum Own {
    V4(in_pktinfo),
    V6(in6_pktinfo),
}

impl Datagrams {
    pub(super) fn bind(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        if address.ip().is_unspecified() {
            // An IPv6 socket tells of IPv4 as well, as ::ffff:192.0.2.1.
            match address {
                SocketAddr::V4(_) => setsockopt(&socket, Ipv4PacketInfo, &true)?,
                SocketAddr::V6(_) => setsockopt(&socket, Ipv6RecvPacketInfo, &true)?,
            }
        }
        keep_whole(&socket, address)?;
        Ok(Self(socket))
    }

    pub(super) fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    // ANCHOR: origin
    /// The next datagram's length, who sent it, and to which of our addresses.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> io::Result<(usize, Origin)> {
        let mut pieces = [IoSliceMut::new(buffer)];
        let mut space = nix::cmsg_space!(in6_pktinfo);
        let (fd, flags) = (self.0.as_raw_fd(), MsgFlags::empty());
        let message = recvmsg::<SockaddrStorage>(fd, &mut pieces, Some(&mut space), flags)?;
        let from = message.address.as_ref().and_then(address).ok_or(io::ErrorKind::InvalidData)?;
        let own = message.cmsgs()?.find_map(|told| match told {
            ControlMessageOwned::Ipv4PacketInfo(info) => Some(Own::V4(info)),
            ControlMessageOwned::Ipv6PacketInfo(info) => Some(Own::V6(info)),
            _ => None,
        });
        Ok((message.bytes, Origin { from, own }))
    }

    /// Sends an answer back, from the address that was asked (RFC 2181 §4.1). If that was everybody's,
    /// no packet may come from it (RFC 1122 §3.2.1.3): the kernel refuses, and nobody is answered,
    /// though §4.1 would then allow another of our addresses.
    pub(super) fn answer(&self, bytes: &[u8], origin: &Origin) -> io::Result<()> {
        let own = origin.own.as_ref().map(Own::as_source);
        let told = match &own {
            None => None,
            Some(Own::V4(info)) => Some(ControlMessage::Ipv4PacketInfo(info)),
            Some(Own::V6(info)) => Some(ControlMessage::Ipv6PacketInfo(info)),
        };
        let to = SockaddrStorage::from(origin.from);
        let pieces = [IoSlice::new(bytes)];
        sendmsg(self.0.as_raw_fd(), &pieces, told.as_slice(), MsgFlags::empty(), Some(&to))?;
        Ok(())
    }
    // ANCHOR_END: origin
}

impl AsFd for Datagrams {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.0.as_fd()
    }
}

impl Own {
    /// The same address, to send from. Through which interface is for the routes to say: the way
    /// back need not be the way that the question came. Only an address that every link has says
    /// nothing without its link.
    fn as_source(&self) -> Self {
        match *self {
            Self::V4(info) => Self::V4(in_pktinfo {
                ipi_ifindex: 0,
                ipi_spec_dst: info.ipi_addr,
                ipi_addr: info.ipi_addr,
            }),
            Self::V6(info) => {
                let address = Ipv6Addr::from(info.ipi6_addr.s6_addr);
                let ipi6_ifindex =
                    if address.is_unicast_link_local() { info.ipi6_ifindex } else { 0 };
                Self::V6(in6_pktinfo { ipi6_ifindex, ..info })
            }
        }
    }
}

// ANCHOR: keep_whole
/// Nobody is to make our answers come in fragments, whose later ones anyone could forge: so the
/// kernel is not to believe the ICMP errors that tell of a narrow path (RFC 9715 §3.1). Our answers
/// are short enough for every path.
#[cfg(target_os = "linux")]
fn keep_whole(socket: &UdpSocket, address: SocketAddr) -> io::Result<()> {
    use rustix::net::sockopt::{
        Ipv4PathMtuDiscovery, Ipv6PathMtuDiscovery, set_ip_mtu_discover, set_ipv6_mtu_discover,
    };
    if address.is_ipv6() {
        set_ipv6_mtu_discover(socket, Ipv6PathMtuDiscovery::OMIT)?;
    }
    // An IPv6 socket that serves IPv4 too has both.
    set_ip_mtu_discover(socket, Ipv4PathMtuDiscovery::OMIT)?;
    Ok(())
}
// ANCHOR_END: keep_whole

/// Elsewhere UDP does not listen to them unless it is told to.
#[cfg(not(target_os = "linux"))]
fn keep_whole(_: &UdpSocket, _: SocketAddr) -> io::Result<()> {
    Ok(())
}

fn address(storage: &SockaddrStorage) -> Option<SocketAddr> {
    let v4 = storage.as_sockaddr_in().map(|v4| SocketAddrV4::new(v4.ip(), v4.port()).into());
    v4.or_else(|| {
        let v6 = storage.as_sockaddr_in6()?;
        Some(SocketAddrV6::new(v6.ip(), v6.port(), v6.flowinfo(), v6.scope_id()).into())
    })
}
