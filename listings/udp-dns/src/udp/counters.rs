//! What became of the datagrams.

use link_and_ip::wire::udp::BadDatagram;

/// Every datagram that the stack hands over is counted once, and every one that is sent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counters {
    pub sent: u64,
    /// To a socket.
    pub delivered: u64,
    /// The socket's queue was full: the newest goes, and nobody is told.
    pub queue_full: u64,
    /// Nobody listens at the port: the sender is told.
    pub no_port: u64,
    /// Somebody listens, but only to another peer.
    pub filtered: u64,
    pub bad_length: u64,
    pub bad_checksum: u64,
    /// To port 0.
    pub port_zero: u64,
    /// ICMP errors that a socket was told of.
    pub errors_delivered: u64,
    /// ICMP errors about datagrams that no socket of ours sent, or without ports.
    pub errors_unclaimed: u64,
    /// Events of other protocols that the owner did not take in time.
    pub events_lost: u64,
}

impl Counters {
    pub(super) fn malformed(&mut self, why: BadDatagram) {
        match why {
            BadDatagram::Checksum | BadDatagram::NoChecksum => self.bad_checksum += 1,
            BadDatagram::PortZero => self.port_zero += 1,
            _ => self.bad_length += 1,
        }
    }
}
