//! What a program calls (RFC 9293 §3.9.1, §3.10).

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use link_and_ip::stack::InterfaceId;

use super::table::{Entry, Owner};
use super::{ConnectError, ConnectionId, Event, Host, ListenError, ListenerId, Tuple};
use crate::Connection;
use crate::connection::{Config, Error, Snapshot, State, Stats};

/// IP's and TCP's headers without options, in bytes: what a path's MTU has to hold besides data.
const HEADERS_V4: usize = 40;
const HEADERS_V6: usize = 60;

impl Host {
    /// Active open: the SYN goes out with the next frames. The connection can be written to at once;
    /// whether the peer takes it, [`Event::Changed`] will tell.
    pub fn connect(
        &mut self,
        remote: SocketAddr,
        now: Duration,
    ) -> Result<ConnectionId, ConnectError> {
        self.connect_from(0, remote, now)
    }

    /// The same from a port of ours; 0 takes any that is free.
    pub fn connect_from(
        &mut self,
        port: u16,
        remote: SocketAddr,
        now: Duration,
    ) -> Result<ConnectionId, ConnectError> {
        self.tick(now);
        let interface = scope(remote);
        if remote.port() == 0 {
            return Err(ConnectError::Port);
        }
        if self.table.len() >= self.config.limits.connections {
            return Err(ConnectError::TooMany);
        }
        let local = self.stack.source_for(remote.ip(), interface)?;
        // Without scope and flow label: those are not on the wire, and the tuple is what is.
        let remote = SocketAddr::new(remote.ip(), remote.port());
        let port = match port {
            0 => self.ephemeral_port(local, remote).ok_or(ConnectError::NoPort)?,
            port => port,
        };
        let tuple = Tuple { local: SocketAddr::new(local, port), remote };
        if self.table.find(&tuple).is_some() {
            return Err(ConnectError::InUse(tuple.local));
        }
        let config = self.config_for(tuple.remote.ip(), interface);
        let isn = self.isn.isn(tuple.local, tuple.remote, now);
        let connection = Connection::connect(config, tuple.local, tuple.remote, isn, now);
        let id = self.table.insert(Entry::new(connection, tuple, Owner::Program, interface));
        self.note(id);
        Ok(id)
    }

    /// Passive open: takes connections to `local`, whose address may be unspecified and whose port
    /// may be 0. At most `backlog` may be half open, and about as many wait to be accepted.
    pub fn listen(&mut self, local: SocketAddr, backlog: usize) -> Result<ListenerId, ListenError> {
        if !local.ip().is_unspecified() && !self.stack.is_own(local.ip()) {
            return Err(ListenError::NotOurs(local));
        }
        let port = match local.port() {
            0 => self.free_port().ok_or(ListenError::NoPort)?,
            port => port,
        };
        let local = SocketAddr::new(local.ip(), port);
        if self.listeners.iter().any(|(_, listener)| listener.local == local) {
            return Err(ListenError::InUse(local));
        }
        Ok(self.listeners.insert(local, backlog.max(1)))
    }

    /// Where a listener listens.
    pub fn listener_address(&self, id: ListenerId) -> Option<SocketAddr> {
        Some(self.listeners.get(id)?.local)
    }

    /// The next connection that is open.
    pub fn accept(&mut self, id: ListenerId) -> Option<ConnectionId> {
        let listener = self.listeners.get_mut(id)?;
        let accepted = listener.accepted.pop_front()?;
        if let Some(entry) = self.table.get_mut(accepted) {
            entry.owner = Owner::Program;
        }
        Some(accepted)
    }

    /// Ends a listener. Connections that nobody has accepted are reset.
    pub fn unlisten(&mut self, id: ListenerId, now: Duration) {
        self.tick(now);
        if self.listeners.remove(id).is_none() {
            return;
        }
        let owned = [Owner::HalfOpen(id), Owner::Waiting(id)];
        let theirs = self.table.iter().filter(|(_, entry)| owned.contains(&entry.owner));
        for theirs in theirs.map(|(id, _)| id).collect::<Vec<_>>() {
            self.abort(theirs, now);
        }
    }

    /// Takes bytes out that have arrived. `Ok(0)` is the end of them.
    pub fn read(
        &mut self,
        id: ConnectionId,
        buffer: &mut [u8],
        now: Duration,
    ) -> Result<usize, Error> {
        self.with(id, now, |connection, _| connection.read(buffer)).unwrap_or(Err(Error::Closed))
    }

    /// Puts bytes in; as many as there is room for.
    pub fn write(&mut self, id: ConnectionId, bytes: &[u8], now: Duration) -> Result<usize, Error> {
        self.with(id, now, |connection, now| connection.write(bytes, now))
            .unwrap_or(Err(Error::Closed))
    }

    /// No more bytes will be written. Reading goes on.
    pub fn shutdown(&mut self, id: ConnectionId, now: Duration) {
        self.with(id, now, Connection::shutdown);
    }

    /// The program has no use for it any more. What was written still goes out; the id is void.
    pub fn close(&mut self, id: ConnectionId, now: Duration) {
        self.let_go(id, now);
        self.with(id, now, Connection::close);
    }

    /// The same, but nothing goes out except RST.
    pub fn abort(&mut self, id: ConnectionId, now: Duration) {
        self.let_go(id, now);
        self.with(id, now, Connection::abort);
    }

    fn let_go(&mut self, id: ConnectionId, now: Duration) {
        self.tick(now);
        let Some(entry) = self.table.get_mut(id) else { return };
        if let Owner::HalfOpen(listener) = entry.owner
            && let Some(listener) = self.listeners.get_mut(listener)
        {
            listener.half_open -= 1;
        }
        entry.owner = Owner::Nobody;
    }

    /// Does something to a connection and notes what that changed.
    fn with<T>(
        &mut self,
        id: ConnectionId,
        now: Duration,
        call: impl FnOnce(&mut Connection, Duration) -> T,
    ) -> Option<T> {
        self.tick(now);
        let result = call(&mut self.table.get_mut(id)?.connection, now);
        self.note(id);
        Some(result)
    }

    /// A connection that the program still has, or TCP.
    pub fn connection(&self, id: ConnectionId) -> Option<&Connection> {
        Some(&self.table.get(id)?.connection)
    }

    /// Its state; `None` if it is gone.
    pub fn state(&self, id: ConnectionId) -> Option<State> {
        Some(self.connection(id)?.state())
    }

    /// What it has counted.
    pub fn stats(&self, id: ConnectionId) -> Option<&Stats> {
        Some(self.connection(id)?.stats())
    }

    /// Its variables.
    pub fn snapshot(&self, id: ConnectionId) -> Option<Snapshot> {
        Some(self.connection(id)?.snapshot())
    }

    /// The configuration of a connection with `remote`: no segment larger than the path takes.
    pub(super) fn config_for(&self, remote: IpAddr, interface: Option<InterfaceId>) -> Config {
        let config = self.config.connection;
        let headers = if remote.is_ipv4() { HEADERS_V4 } else { HEADERS_V6 };
        let Ok(mtu) = self.stack.path_mtu(remote, interface, self.now) else { return config };
        let most = u16::try_from(mtu.saturating_sub(headers)).unwrap_or(u16::MAX);
        Config { mss: config.mss.min(most), ..config }
    }

    pub(super) fn tell(&mut self, event: Event) {
        let told = match event {
            Event::Acceptable(id) => self.listeners.get_mut(id).map(|listener| &mut listener.told),
            Event::Changed(id) => self.table.get_mut(id).map(|entry| &mut entry.told),
        };
        if let Some(told) = told.filter(|told| !**told) {
            *told = true;
            self.events.push_back(event);
        }
    }
}

/// Which link a link-local address is on: its scope is the number of our interface.
fn scope(address: SocketAddr) -> Option<InterfaceId> {
    match address {
        SocketAddr::V6(v6) if v6.ip().is_unicast_link_local() => Some(v6.scope_id()),
        _ => None,
    }
}
