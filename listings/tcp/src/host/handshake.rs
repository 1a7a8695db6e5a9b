//! New connections from outside: RFC 9293 §3.10.7.2, and what to do when there are too many.

use std::time::Duration;

use link_and_ip::stack::InterfaceId;

use super::arrive::is_answerable;
use super::table::{Entry, Owner};
use super::{Host, ListenerId, Tuple};
use crate::Connection;
use crate::segment::{Flags, Header, Options, Segment};

/// A cookie is good for less than this. When the last one is older, nobody can guess one.
const COOKIES_LAST: Duration = Duration::from_secs(128);

impl Host {
    /// A segment that belongs to no connection: for a listener, or for nobody.
    pub(super) fn nobodys(&mut self, tuple: &Tuple, segment: &Segment<'_>, interface: InterfaceId) {
        let flags = segment.header.flags;
        let listener = self.listeners.find(tuple.local).filter(|_| is_answerable(tuple.remote));
        match listener {
            // First RST, then ACK, then SYN; a FIN or data alone is dropped.
            Some(_) if flags.rst => {}
            Some(listener) if flags.ack => self.acknowledged(listener, tuple, segment, interface),
            Some(listener) if flags.syn => self.knocked(listener, tuple, segment, interface),
            Some(_) => {}
            None => self.refuse(tuple, segment),
        }
    }

    /// A SYN for a listener.
    fn knocked(
        &mut self,
        id: ListenerId,
        tuple: &Tuple,
        syn: &Segment<'_>,
        interface: InterfaceId,
    ) {
        let last = self.follows.take();
        let Some(listener) = self.listeners.get_mut(id) else { return };
        let room = self.table.len() < self.config.limits.connections;
        // Nobody accepts what is there already. The peer asks again in a second.
        if listener.is_full() || !room && !self.config.cookies {
            self.counters.syns_dropped += 1;
            return;
        }
        if listener.half_open >= listener.backlog || !room {
            return self.knocked_too_often(tuple, syn);
        }
        listener.half_open += 1;
        let isn = self.isn.isn(tuple.local, tuple.remote, self.now);
        // Behind all numbers of the last connection, which may have been faster than the clock.
        let isn = last.map_or(isn, |last| isn.later(last));
        self.open(Owner::HalfOpen(id), tuple, isn, syn, interface);
    }

    fn open(
        &mut self,
        owner: Owner,
        tuple: &Tuple,
        isn: crate::Seq,
        syn: &Segment<'_>,
        interface: InterfaceId,
    ) -> super::ConnectionId {
        let interface = is_link_local(tuple).then_some(interface);
        let config = self.config_for(tuple.remote.ip(), interface);
        let connection = Connection::accept(config, tuple.local, tuple.remote, isn, syn, self.now);
        let id = self.table.insert(Entry::new(connection, *tuple, owner, interface));
        self.settle(id);
        id
    }

    // ANCHOR: cookie_sent
    /// The SYN queue is full, perhaps of SYNs whose senders do not exist. This one is answered, and
    /// forgotten: what there is to know about it goes into the sequence number (RFC 4987 §3.6).
    fn knocked_too_often(&mut self, tuple: &Tuple, syn: &Segment<'_>) {
        if !self.config.cookies {
            self.counters.syns_dropped += 1;
            return;
        }
        let Segment { header, .. } = syn;
        let cookie =
            self.cookies.make(tuple.local, tuple.remote, header.seq, header.options.mss, self.now);
        let config = self.config_for(tuple.remote.ip(), None);
        self.counters.cookies_sent += 1;
        self.last_cookie = Some(self.now);
        self.answer(
            tuple,
            Header {
                seq: cookie,
                ack: header.seq + 1,
                flags: Flags { syn: true, ack: true, ..Flags::default() },
                // No scale was offered, so the field is all there is.
                window: config.receive_buffer.min(usize::from(u16::MAX)) as u16,
                options: Options { mss: Some(config.mss), ..Options::default() },
                ..Header::default()
            },
        );
    }
    // ANCHOR_END: cookie_sent

    // ANCHOR: cookie_accepted
    /// An ACK for a listener acknowledges nothing that we remember. If it brings a cookie back, its
    /// sender has seen our answer: the connection is made as if the SYN had come now.
    fn acknowledged(
        &mut self,
        id: ListenerId,
        tuple: &Tuple,
        segment: &Segment<'_>,
        interface: InterfaceId,
    ) {
        let header = &segment.header;
        let (cookie, seq) = (header.ack - 1, header.seq - 1);
        let recently = |sent| self.now.saturating_sub(sent) < COOKIES_LAST;
        let sent = self.last_cookie.is_some_and(recently) && !header.flags.syn;
        let mss = sent
            .then(|| self.cookies.check(tuple.local, tuple.remote, seq, cookie, self.now))
            .flatten();
        let Some(mss) = mss else { return self.refuse(tuple, segment) };
        let full = self.listeners.get(id).is_none_or(super::listener::Listener::is_full);
        if full || self.table.len() >= self.config.limits.connections {
            self.counters.syns_dropped += 1;
            return;
        }
        let flags = Flags { syn: true, ..Flags::default() };
        let options = Options { mss: Some(mss), ..Options::default() };
        let syn = Header { seq, flags, options, ack: crate::Seq(0), ..*header };
        let syn = Segment { header: syn, payload: &[] };
        if let Some(listener) = self.listeners.get_mut(id) {
            listener.half_open += 1;
        }
        self.counters.cookies_accepted += 1;
        let made = self.open(Owner::HalfOpen(id), tuple, cookie, &syn, interface);
        self.already_answered(made);
        self.deliver(made, segment);
    }
    // ANCHOR_END: cookie_accepted

    /// Takes the SYN-ACK out: it has gone already.
    fn already_answered(&mut self, id: super::ConnectionId) {
        if let Some(entry) = self.table.get_mut(id) {
            let _ = entry.connection.next_segment(self.now);
        }
    }
}

fn is_link_local(tuple: &Tuple) -> bool {
    matches!(tuple.remote.ip(), std::net::IpAddr::V6(v6) if v6.is_unicast_link_local())
}
