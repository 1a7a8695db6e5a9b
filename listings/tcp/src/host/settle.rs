//! After a call, a segment or a timer: what has that changed about a connection?

use super::table::Owner;
use super::{ConnectionId, Event, Host};
use crate::connection::State;

/// A connection has one place in the queue of timers, and some that it has outlived. Beyond this
/// many for each, those are thrown away.
const OUTLIVED: usize = 4;

impl Host {
    /// After a segment or a timer: what [`Host::note`] does, and the program hears of it.
    pub(super) fn settle(&mut self, id: ConnectionId) {
        self.note(id);
        if self.table.get(id).is_some_and(|entry| entry.owner == Owner::Program) {
            self.tell(Event::Changed(id));
        }
    }

    /// Notes the new state and deadline of a connection, and that it may have something to send.
    pub(super) fn note(&mut self, id: ConnectionId) {
        let Some(entry) = self.table.get(id) else { return };
        let state = entry.connection.state();
        match entry.owner {
            Owner::HalfOpen(listener) if state != State::SynReceived => {
                self.handshake_over(id, listener, state);
            }
            Owner::Nobody if state == State::TimeWait && !entry.waits => self.waits(id),
            _ => {}
        }
        self.set_timer(id);
        self.wants_to_send(id);
    }

    /// Out of the SYN queue: into the accept queue, or away.
    fn handshake_over(&mut self, id: ConnectionId, listener_id: super::ListenerId, state: State) {
        let listener = self.listeners.get_mut(listener_id);
        let Some(entry) = self.table.get_mut(id) else { return };
        entry.owner = if listener.is_some() && state != State::Closed {
            Owner::Waiting(listener_id)
        } else {
            Owner::Nobody
        };
        if let Some(listener) = listener {
            listener.half_open -= 1;
            if state != State::Closed {
                listener.accepted.push_back(id);
                self.tell(Event::Acceptable(listener_id));
            }
        }
    }

    /// One more in TIME-WAIT. It costs little, and it is for the good of connections to come; but
    /// whoever opens and closes thousands shall not fill the memory.
    fn waits(&mut self, id: ConnectionId) {
        if let Some(entry) = self.table.get_mut(id) {
            entry.waits = true;
        }
        self.time_waits.push_back(id);
        while self.time_waits.len() > self.config.limits.time_wait {
            let Some(oldest) = self.time_waits.pop_front() else { return };
            if self.table.get(oldest).is_some() {
                self.counters.time_waits_cut += 1;
                self.drop_connection(oldest);
            }
        }
    }

    /// It has nothing to send. If it is over, its 4-tuple is free, and so is its place as soon as
    /// nobody wants to read why.
    pub(super) fn quiet(&mut self, id: ConnectionId) {
        let Some(entry) = self.table.get(id) else { return };
        if entry.connection.state() != State::Closed {
            return self.set_timer(id);
        }
        if entry.owner == Owner::Nobody {
            self.drop_connection(id);
        } else {
            self.table.unbind(id);
        }
    }

    pub(super) fn drop_connection(&mut self, id: ConnectionId) {
        self.table.remove(id);
    }

    fn set_timer(&mut self, id: ConnectionId) {
        let Some(entry) = self.table.get_mut(id) else { return };
        let Some(at) = entry.connection.deadline() else { return };
        if entry.timer.is_some_and(|timer| timer <= at) {
            return;
        }
        entry.timer = Some(at);
        self.timers.push(at, id);
        if self.timers.len() > OUTLIVED * (self.table.len() + 16) {
            let table = &self.table;
            self.timers.retain(|at, id| table.get(id).is_some_and(|e| e.timer == Some(at)));
        }
    }

    /// Calls the connections whose time has come.
    pub(super) fn run_timers(&mut self) {
        let now = self.now;
        while let Some((at, id)) = self.timers.pop(now) {
            let Some(entry) = self.table.get_mut(id) else { continue };
            if entry.timer != Some(at) {
                continue;
            }
            entry.timer = None;
            if entry.connection.deadline().is_some_and(|deadline| deadline <= now) {
                entry.connection.handle_timeout(now);
                self.settle(id);
            } else {
                self.set_timer(id);
            }
        }
    }
}
