//! What ICMP says about segments of ours (RFC 9293 §3.9.2.2, RFC 5927).

use link_and_ip::stack::{DeliveryError, ErrorKind};

use super::{Host, TCP, Tuple};
use crate::Seq;

impl Host {
    // ANCHOR: undelivered
    /// Anybody can send an ICMP error. It is believed if it quotes a segment that is in flight now,
    /// which only those on the path have seen (RFC 5927 §4.1).
    pub(super) fn undelivered(&mut self, error: &DeliveryError) {
        let Some((ports, seq)) = quoted(error).filter(|_| error.protocol == TCP) else { return };
        let tuple = Tuple::new((error.source, ports.0), (error.destination, ports.1));
        let Some(id) = self.table.find(&tuple) else { return };
        let now = self.now;
        let Some(entry) = self.table.get_mut(id) else { return };
        let known = entry.connection.snapshot();
        if seq.is_before(known.snd_una) || !seq.is_before(known.snd_nxt) {
            self.counters.errors_ignored += 1;
            return;
        }
        match error.kind {
            ErrorKind::TooBig { mtu } => {
                let mtu = self.stack.lower_path_mtu(error.destination, mtu, now);
                entry.connection.path_mtu(mtu, now);
            }
            kind => entry.connection.unreachable(kind, now),
        }
        self.settle(id);
    }
    // ANCHOR_END: undelivered
}

/// Ports and sequence number: the 8 bytes of a segment that every ICMP error quotes.
fn quoted(error: &DeliveryError) -> Option<((u16, u16), Seq)> {
    let [a, b, c, d, rest @ ..] = error.quoted.first_chunk::<8>()?;
    Some(((u16::from_be_bytes([*a, *b]), u16::from_be_bytes([*c, *d])), seq(*rest)))
}

fn seq(bytes: [u8; 4]) -> Seq {
    Seq(u32::from_be_bytes(bytes))
}
