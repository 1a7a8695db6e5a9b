//! Who is connected with whom: a slot for each connection, found by its number or its 4-tuple.

use std::collections::HashMap;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use link_and_ip::stack::InterfaceId;

use super::listener::ListenerId;
use crate::Connection;

/// Which connection. A number that is used again gets another generation, so an id that was kept
/// too long finds nothing instead of a stranger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ConnectionId {
    pub(super) slot: u32,
    pub(super) generation: u32,
}

/// What makes a connection this one (RFC 9293 §3.4.1). The addresses carry no scope and no flow
/// label: those are not on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tuple {
    pub local: SocketAddr,
    pub remote: SocketAddr,
}

/// Each segment is looked up by its tuple. Two numbers are hashed faster than the many small parts
/// that std's addresses are made of, most of which are zero here.
impl Hash for Tuple {
    fn hash<H: Hasher>(&self, state: &mut H) {
        let ports = u32::from(self.local.port()) << 16 | u32::from(self.remote.port());
        match (self.local.ip(), self.remote.ip()) {
            (IpAddr::V4(local), IpAddr::V4(remote)) => {
                state.write_u64(u64::from(local.to_bits()) << 32 | u64::from(remote.to_bits()));
            }
            (local, remote) => (local, remote).hash(state),
        }
        state.write_u32(ports);
    }
}

impl Tuple {
    pub(super) fn new(local: (IpAddr, u16), remote: (IpAddr, u16)) -> Self {
        Self { local: SocketAddr::from(local), remote: SocketAddr::from(remote) }
    }
}

/// Who cares about a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Owner {
    /// The handshake is not over: it counts in the listener's SYN queue.
    HalfOpen(ListenerId),
    /// In the listener's accept queue.
    Waiting(ListenerId),
    /// The program has its id.
    Program,
    /// The program let go of it; TCP has something left to do.
    Nobody,
}

/// A connection, and what the host notes about it.
#[derive(Debug)]
pub(super) struct Entry {
    pub(super) connection: Connection,
    pub(super) tuple: Tuple,
    pub(super) owner: Owner,
    /// Which link a link-local peer is on.
    pub(super) interface: Option<InterfaceId>,
    /// It is in the queue of those that may have something to send, which holds nobody twice.
    pub(super) sending: bool,
    /// The same for the queue of news.
    pub(super) told: bool,
    /// Its earliest place in the queue of timers, which it may have outlived.
    pub(super) timer: Option<Duration>,
    /// It has been counted as one in TIME-WAIT.
    pub(super) waits: bool,
    /// When IP was last told that the peer answers.
    pub(super) confirmed: Option<Duration>,
}

impl Entry {
    pub(super) fn new(
        connection: Connection,
        tuple: Tuple,
        owner: Owner,
        interface: Option<InterfaceId>,
    ) -> Self {
        Self {
            connection,
            tuple,
            owner,
            interface,
            sending: false,
            told: false,
            timer: None,
            waits: false,
            confirmed: None,
        }
    }
}

#[derive(Debug, Default)]
struct Slot {
    generation: u32,
    entry: Option<Box<Entry>>,
}

/// All connections of a host.
#[derive(Debug, Default)]
pub(super) struct Table {
    slots: Vec<Slot>,
    free: Vec<u32>,
    /// Strangers choose what is in here; std's hasher has a secret of this process, so they cannot
    /// choose what collides.
    by_tuple: HashMap<Tuple, u32>,
    /// What was found last: a segment seldom comes alone, and comparing is cheaper than hashing.
    last: Option<(Tuple, ConnectionId)>,
}

impl Table {
    pub(super) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    pub(super) fn insert(&mut self, entry: Entry) -> ConnectionId {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(Slot::default());
            (self.slots.len() - 1) as u32
        });
        self.by_tuple.insert(entry.tuple, slot);
        self.last = None;
        let place = &mut self.slots[slot as usize];
        place.entry = Some(Box::new(entry));
        ConnectionId { slot, generation: place.generation }
    }

    pub(super) fn remove(&mut self, id: ConnectionId) -> Option<Box<Entry>> {
        self.unbind(id);
        let place = self.slots.get_mut(id.slot as usize)?;
        let entry = (place.generation == id.generation).then(|| place.entry.take())??;
        place.generation = place.generation.wrapping_add(1);
        self.free.push(id.slot);
        Some(entry)
    }

    /// Makes the 4-tuple free for another connection.
    pub(super) fn unbind(&mut self, id: ConnectionId) {
        let Some(tuple) = self.get(id).map(|entry| entry.tuple) else { return };
        if self.by_tuple.get(&tuple) == Some(&id.slot) {
            self.by_tuple.remove(&tuple);
            self.last = None;
        }
    }

    pub(super) fn find(&self, tuple: &Tuple) -> Option<ConnectionId> {
        let slot = *self.by_tuple.get(tuple)?;
        Some(ConnectionId { slot, generation: self.slots.get(slot as usize)?.generation })
    }

    /// [`find`](Self::find) for a segment: the next one is likely to be for the same connection.
    pub(super) fn find_again(&mut self, tuple: &Tuple) -> Option<ConnectionId> {
        if let Some((last, id)) = &self.last
            && last == tuple
        {
            return Some(*id);
        }
        let id = self.find(tuple)?;
        self.last = Some((*tuple, id));
        Some(id)
    }

    pub(super) fn get(&self, id: ConnectionId) -> Option<&Entry> {
        let slot = self.slots.get(id.slot as usize)?;
        slot.entry.as_deref().filter(|_| slot.generation == id.generation)
    }

    pub(super) fn get_mut(&mut self, id: ConnectionId) -> Option<&mut Entry> {
        let slot = self.slots.get_mut(id.slot as usize)?;
        slot.entry.as_deref_mut().filter(|_| slot.generation == id.generation)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ConnectionId, &Entry)> {
        self.slots.iter().zip(0..).filter_map(|(place, slot)| {
            let id = ConnectionId { slot, generation: place.generation };
            Some((id, place.entry.as_deref()?))
        })
    }

    /// Bytes of the table itself; what the connections hold is theirs to say.
    pub(super) fn memory(&self) -> usize {
        self.slots.capacity() * size_of::<Slot>()
            + self.free.capacity() * size_of::<u32>()
            + self.by_tuple.capacity() * (size_of::<(Tuple, u32)>() + 1)
            + self.len() * size_of::<Entry>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::Config;
    use crate::seq::Seq;

    fn entry(port: u16) -> Entry {
        let host = |last| IpAddr::from([192, 0, 2, last]);
        let tuple = Tuple::new((host(1), 80), (host(2), port));
        let Tuple { local, remote } = tuple;
        let connection =
            Connection::connect(Config::default(), local, remote, Seq(1), Duration::ZERO);
        Entry::new(connection, tuple, Owner::Program, None)
    }

    /// Whatever has happened in between, what was found last is what would be found now.
    #[test]
    fn the_last_one_is_found_again_only_while_it_is_there() {
        let (mut table, mut random) = (Table::default(), fastrand::Rng::with_seed(1));
        let mut ids = Vec::new();
        for _ in 0..5000 {
            let entry = entry(random.u16(1..4));
            let tuple = entry.tuple;
            match random.u8(..4) {
                0 if table.find(&tuple).is_none() => ids.push(table.insert(entry)),
                1 if !ids.is_empty() => {
                    let id = ids.swap_remove(random.usize(..ids.len()));
                    assert!(table.remove(id).is_some());
                }
                2 if !ids.is_empty() => table.unbind(ids[random.usize(..ids.len())]),
                _ => {}
            }
            assert_eq!(table.find_again(&tuple), table.find(&tuple));
        }
    }
}
