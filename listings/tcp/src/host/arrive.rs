//! A segment has come: whose is it? (RFC 9293 §3.10.7)

use std::net::SocketAddr;

use link_and_ip::stack::{Event, Packet};

use super::send::send_segment;
use super::{ConnectionId, Host, Tuple};
use crate::Seq;
use crate::connection::State;
use crate::segment::{Flags, Header, Segment};

impl Host {
    /// Takes what the stack has for us besides the packets that it gives at once.
    pub(super) fn drain(&mut self) {
        while let Some(event) = self.stack.next_event() {
            match event {
                Event::Packet(packet) => {
                    self.arrive(&packet.borrowed());
                    self.stack.recycle(packet.into_buffer());
                }
                Event::Error(error) => self.undelivered(&error),
                _ => {}
            }
        }
    }

    // ANCHOR: arrive
    pub(super) fn arrive(&mut self, packet: &Packet<&[u8]>) {
        self.counters.received += 1;
        let (from, to) = (packet.source, packet.destination);
        // Neither side of a connection can be many (RFC 9293 §3.9.2.3).
        if !self.stack.is_own(to) {
            self.counters.not_for_one += 1;
            return;
        }
        let Ok(segment) = Segment::parse(packet.payload(), from, to) else {
            self.counters.malformed += 1;
            return;
        };
        let header = &segment.header;
        let tuple = Tuple::new((to, header.destination), (from, header.source));
        match self.table.find_again(&tuple) {
            Some(id) if !self.gives_way(id, &segment) => self.deliver(id, &segment),
            _ => self.nobodys(&tuple, &segment, packet.interface),
        }
    }
    // ANCHOR_END: arrive

    pub(super) fn deliver(&mut self, id: ConnectionId, segment: &Segment<'_>) {
        let now = self.now;
        let Some(entry) = self.table.get_mut(id) else { return };
        let before = entry.connection.progress();
        entry.connection.receive(segment, now);
        if entry.connection.progress() != before {
            self.confirm(id);
        }
        self.settle(id);
    }

    /// Whether a connection in TIME-WAIT ends because its peer begins a new one. A SYN that is older
    /// than what the old one has seen is a late duplicate, and changes nothing (RFC 9293 §3.6.1).
    /// The number alone decides here; RFC 6191 §2 lets a newer timestamp decide first (SHLD-4).
    fn gives_way(&mut self, id: ConnectionId, segment: &Segment<'_>) -> bool {
        let Flags { syn, ack, rst, .. } = segment.header.flags;
        let Some(entry) = self.table.get(id) else { return true };
        if entry.connection.state() != State::TimeWait || !syn || ack || rst {
            return false;
        }
        let newer = segment.header.seq.is_after(entry.connection.snapshot().rcv_nxt);
        let heard = self.listeners.find(entry.tuple.local).is_some();
        if newer && heard {
            self.counters.time_waits_reused += 1;
            self.follows = Some(entry.connection.snapshot().snd_nxt);
            self.drop_connection(id);
        }
        newer && heard
    }

    /// Nobody here knows what this is about, and the sender shall know that (RFC 9293 §3.5.2,
    /// §3.10.7.1). Never an answer to RST: two hosts could go on for ever.
    pub(super) fn refuse(&mut self, tuple: &Tuple, segment: &Segment<'_>) {
        self.counters.unknown += 1;
        if segment.header.flags.rst {
            return;
        }
        let rst = Flags { rst: true, ..Flags::default() };
        let header = if segment.header.flags.ack {
            Header { seq: segment.header.ack, flags: rst, ..Header::default() }
        } else {
            let flags = Flags { ack: true, ..rst };
            Header { seq: Seq(0), ack: segment.end(), flags, ..Header::default() }
        };
        self.counters.resets_sent += 1;
        self.answer(tuple, header);
    }

    /// Sends a segment without data that belongs to no connection.
    pub(super) fn answer(&mut self, tuple: &Tuple, header: Header) {
        let Tuple { local, remote } = *tuple;
        let header = Header { source: local.port(), destination: remote.port(), ..header };
        if send_segment(&mut self.stack, tuple, None, &header, [&[], &[]], self.now).is_ok() {
            self.counters.sent += 1;
        }
    }
}

/// Whether a peer can be answered at all: nobody has port 0.
pub(super) fn is_answerable(remote: SocketAddr) -> bool {
    remote.port() != 0
}
