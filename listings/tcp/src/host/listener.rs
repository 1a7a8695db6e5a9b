//! Those who wait for connections, and the two queues before them.
//!
//! A SYN that is answered is in the *SYN queue* until the peer has acknowledged the answer. Then it
//! goes to the *accept queue*, until the program takes it. Strangers fill the first without showing
//! their face, so it is small, and when it is full the host keeps nothing at all: see
//! [`cookie`](crate::cookie).

use std::collections::VecDeque;
use std::net::{IpAddr, SocketAddr};

use super::table::ConnectionId;

/// Which listener.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ListenerId {
    slot: u32,
    generation: u32,
}

#[derive(Debug)]
pub(super) struct Listener {
    /// With an unspecified address: each of ours.
    pub(super) local: SocketAddr,
    /// The length of each of the two queues.
    pub(super) backlog: usize,
    pub(super) half_open: usize,
    pub(super) accepted: VecDeque<ConnectionId>,
    /// It is in the queue of news.
    pub(super) told: bool,
}

impl Listener {
    /// Whether there is room in the accept queue for all that may come into it.
    pub(super) fn is_full(&self) -> bool {
        self.accepted.len() >= self.backlog
    }
}

/// Listeners are few and made by the program: a list will do.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    slots: Vec<(u32, Option<Listener>)>,
}

impl Listeners {
    pub(super) fn insert(&mut self, local: SocketAddr, backlog: usize) -> ListenerId {
        let listener =
            Listener { local, backlog, half_open: 0, accepted: VecDeque::new(), told: false };
        let free = self.slots.iter().position(|(_, listener)| listener.is_none());
        let slot = free.unwrap_or(self.slots.len());
        if slot == self.slots.len() {
            self.slots.push((0, None));
        }
        let (generation, place) = &mut self.slots[slot];
        *place = Some(listener);
        ListenerId { slot: slot as u32, generation: *generation }
    }

    pub(super) fn remove(&mut self, id: ListenerId) -> Option<Listener> {
        let (generation, place) = self.slots.get_mut(id.slot as usize)?;
        if *generation != id.generation {
            return None;
        }
        *generation = generation.wrapping_add(1);
        place.take()
    }

    pub(super) fn get(&self, id: ListenerId) -> Option<&Listener> {
        let (generation, place) = self.slots.get(id.slot as usize)?;
        place.as_ref().filter(|_| *generation == id.generation)
    }

    pub(super) fn get_mut(&mut self, id: ListenerId) -> Option<&mut Listener> {
        let (generation, place) = self.slots.get_mut(id.slot as usize)?;
        place.as_mut().filter(|_| *generation == id.generation)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (ListenerId, &Listener)> {
        self.slots.iter().zip(0..).filter_map(|((generation, place), slot)| {
            Some((ListenerId { slot, generation: *generation }, place.as_ref()?))
        })
    }

    /// Who listens at an address of ours: one that names the address comes before one that takes
    /// all (RFC 9293 §3.9.1.1 wants both).
    pub(super) fn find(&self, to: SocketAddr) -> Option<ListenerId> {
        let exact = self.iter().find(|(_, listener)| listener.local == to);
        let any = || self.iter().find(|(_, listener)| takes_all(listener.local, to));
        Some(exact.or_else(any)?.0)
    }

    pub(super) fn has_port(&self, port: u16) -> bool {
        self.iter().any(|(_, listener)| listener.local.port() == port)
    }
}

fn takes_all(local: SocketAddr, to: SocketAddr) -> bool {
    let any = match local.ip() {
        IpAddr::V4(v4) => v4.is_unspecified() && to.is_ipv4(),
        IpAddr::V6(v6) => v6.is_unspecified() && to.is_ipv6(),
    };
    any && local.port() == to.port()
}
