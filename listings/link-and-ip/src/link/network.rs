//! Nodes and links, and the time that passes between them.
//!
//! A network without sockets, threads and sleep: [`Network::step`] hands over what has arrived,
//! takes what is sent, and then jumps to the next moment at which anything happens.

use std::fmt;
use std::time::Duration;

use super::Node;
use super::memory::Memory;
use crate::stack::InterfaceId;

/// A plug: which interface of which node is at which port of which link.
#[derive(Clone, Copy, Debug)]
struct Wire {
    node: usize,
    interface: InterfaceId,
    link: usize,
    port: usize,
}

/// Nodes that links connect.
#[derive(Debug)]
pub struct Network<N> {
    /// In the order of [`Network::add_node`].
    pub nodes: Vec<N>,
    /// In the order of [`Network::add_link`].
    pub links: Vec<Memory>,
    wires: Vec<Wire>,
    now: Duration,
}

/// Time no longer passes: a node wants to be called again and again at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stalled {
    pub now: Duration,
}

impl fmt::Display for Stalled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "time stands still at {:?}: a node's deadline does not move, ", self.now)?;
        write!(f, "or frames go around a link that has no delay")
    }
}

impl std::error::Error for Stalled {}

/// How often something may happen at one moment. Frames of one moment are one time only, so this
/// is far more than any honest network needs.
const MAX_ROUNDS: usize = 100_000;

impl<N: Node> Default for Network<N> {
    fn default() -> Self {
        Self { nodes: Vec::new(), links: Vec::new(), wires: Vec::new(), now: Duration::ZERO }
    }
}

impl<N: Node> Network<N> {
    /// Two nodes, interface 0 of each on one link.
    pub fn pair(nodes: [N; 2], link: Memory) -> Self {
        let mut network = Self::default();
        let link = network.add_link(link);
        for (port, node) in nodes.into_iter().enumerate() {
            let node = network.add_node(node);
            network.connect(node, 0, link, port);
        }
        network
    }

    /// Adds a node and returns its place in [`Network::nodes`].
    pub fn add_node(&mut self, node: N) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }

    /// Adds a link and returns its place in [`Network::links`].
    pub fn add_link(&mut self, link: Memory) -> usize {
        self.links.push(link);
        self.links.len() - 1
    }

    /// Puts an interface of a node at a port of a link. What an interface without a link sends is
    /// lost.
    ///
    /// # Panics
    ///
    /// If there is no such node or link.
    pub fn connect(&mut self, node: usize, interface: InterfaceId, link: usize, port: usize) {
        assert!(node < self.nodes.len() && link < self.links.len(), "add node and link first");
        self.wires.push(Wire { node, interface, link, port });
    }

    /// The time since the network began.
    pub fn now(&self) -> Duration {
        self.now
    }

    /// When something happens next, if nothing is done to the network before.
    pub fn next_time(&self) -> Option<Duration> {
        let arrivals = self.links.iter().filter_map(Memory::next_arrival);
        let deadlines = self.nodes.iter().filter_map(Node::deadline);
        Some(arrivals.chain(deadlines).min()?.max(self.now))
    }

    /// Takes what the nodes have to send, goes to the next moment at which something happens, if
    /// it is not after `end`, and lets it happen. Returns whether there was one.
    pub fn step(&mut self, end: Duration) -> bool {
        self.collect();
        let Some(next) = self.next_time().filter(|next| *next <= end) else {
            // The end of all time is no time to be at: nothing can be added to it.
            if end < Duration::MAX {
                self.now = self.now.max(end);
            }
            return false;
        };
        self.now = next;
        for wire in &self.wires {
            while let Some(frame) = self.links[wire.link].receive(wire.port, next) {
                let node = &mut self.nodes[wire.node];
                node.receive(wire.interface, &frame, next);
                node.recycle(frame);
            }
        }
        for node in &mut self.nodes {
            if node.deadline().is_some_and(|deadline| deadline <= next) {
                node.handle_timeout(next);
            }
        }
        self.collect();
        true
    }

    /// Brings what the nodes want to send to their links.
    fn collect(&mut self) {
        for (index, node) in self.nodes.iter_mut().enumerate() {
            while let Some((interface, frame)) = node.next_frame() {
                let plugged = |wire: &&Wire| wire.node == index && wire.interface == interface;
                match self.wires.iter().find(plugged) {
                    Some(wire) => self.links[wire.link].send(wire.port, frame, self.now),
                    None => node.recycle(frame),
                }
            }
        }
    }

    /// Steps until `done` says so, and returns true; or until `end` has come or nothing happens any
    /// more, and returns false.
    pub fn run_until(
        &mut self,
        end: Duration,
        mut done: impl FnMut(&mut Self) -> bool,
    ) -> Result<bool, Stalled> {
        let mut rounds = 0;
        loop {
            if done(self) {
                return Ok(true);
            }
            let before = self.now;
            if !self.step(end) {
                return Ok(done(self));
            }
            rounds = if self.now == before { rounds + 1 } else { 0 };
            if rounds > MAX_ROUNDS {
                return Err(Stalled { now: self.now });
            }
        }
    }

    /// Steps until `end` has come or nothing happens any more.
    pub fn run(&mut self, end: Duration) -> Result<(), Stalled> {
        self.run_until(end, |_| false).map(|_| ())
    }
}
