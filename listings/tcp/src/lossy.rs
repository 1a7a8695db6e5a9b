//! A bad link between a node and the world.
//!
//! The kernel's own way to lose frames (`tc netem`) is a module that many machines lack, and nobody
//! can tell it a seed. So the badness sits on our side of the TAP device: what comes in and what goes
//! out passes a [`Memory`] link first, and that can be as bad as a test wants.

use std::time::Duration;

use link_and_ip::link::Node;
use link_and_ip::link::memory::{Conditions, Fate, Memory};
use link_and_ip::stack::InterfaceId;

/// Which end of the link the world is at, and which the node.
const WORLD: usize = 0;
const NODE: usize = 1;

/// The one interface that has the bad link: the first. Frames of others pass.
const INTERFACE: InterfaceId = 0;

/// A node behind a bad link, which is a node again.
#[derive(Debug)]
pub struct Lossy<N> {
    node: N,
    link: Memory,
    /// The latest time that anybody told us: frames are asked for without one.
    now: Duration,
}

impl<N: Node> Lossy<N> {
    /// The same conditions hold in both directions, and the seed decides about every frame.
    pub fn new(node: N, conditions: Conditions, seed: u64) -> Self {
        Self { node, link: Memory::hub(2, conditions, seed), now: Duration::ZERO }
    }

    pub fn node(&self) -> &N {
        &self.node
    }

    pub fn node_mut(&mut self) -> &mut N {
        &mut self.node
    }

    /// What time it is: what is taken from the node from here on goes on its way now.
    pub fn tick(&mut self, now: Duration) {
        self.now = self.now.max(now);
    }

    /// What has become of the frames so far, of both directions together.
    pub fn fate(&self) -> Fate {
        self.link.fate()
    }

    /// Hands over what has arrived at the node's end.
    fn arrive(&mut self) {
        while let Some(frame) = self.link.receive(NODE, self.now) {
            self.node.receive(INTERFACE, &frame, self.now);
            self.node.recycle(frame);
        }
    }
}

impl<N: Node> Node for Lossy<N> {
    fn receive(&mut self, interface: InterfaceId, frame: &[u8], now: Duration) {
        self.now = self.now.max(now);
        if interface == INTERFACE {
            self.link.send(WORLD, frame.to_vec(), self.now);
            self.arrive();
        } else {
            self.node.receive(interface, frame, self.now);
        }
    }

    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        while let Some((interface, frame)) = self.node.next_frame() {
            if interface != INTERFACE {
                return Some((interface, frame));
            }
            self.link.send(NODE, frame, self.now);
        }
        Some((INTERFACE, self.link.receive(WORLD, self.now)?))
    }

    fn recycle(&mut self, frame: Vec<u8>) {
        self.node.recycle(frame);
    }

    fn deadline(&self) -> Option<Duration> {
        [self.node.deadline(), self.link.next_arrival()].into_iter().flatten().min()
    }

    fn handle_timeout(&mut self, now: Duration) {
        self.now = self.now.max(now);
        self.arrive();
        if self.node.deadline().is_some_and(|deadline| deadline <= self.now) {
            self.node.handle_timeout(self.now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sends each frame back.
    #[derive(Default)]
    struct Mirror(Vec<Vec<u8>>);

    impl Node for Mirror {
        fn receive(&mut self, _: InterfaceId, frame: &[u8], _: Duration) {
            self.0.push(frame.to_vec());
        }

        fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
            Some((INTERFACE, self.0.pop()?))
        }

        fn deadline(&self) -> Option<Duration> {
            None
        }

        fn handle_timeout(&mut self, _: Duration) {}
    }

    fn echoes(conditions: Conditions, seed: u64) -> Vec<u64> {
        let mut node = Lossy::new(Mirror::default(), conditions, seed);
        let mut back = Vec::new();
        for number in 0..1000_u64 {
            let now = Duration::from_millis(number);
            node.receive(0, &number.to_be_bytes(), now);
            if node.deadline().is_some_and(|deadline| deadline <= now) {
                node.handle_timeout(now);
            }
            while let Some((_, frame)) = node.next_frame() {
                back.push(u64::from_be_bytes(frame.try_into().unwrap()));
            }
        }
        back
    }

    #[test]
    fn a_perfect_link_changes_nothing() {
        assert_eq!(echoes(Conditions::default(), 1), (0..1000).collect::<Vec<_>>());
    }

    #[test]
    fn what_a_program_sends_after_a_pause_is_delayed_too() {
        let delay = Duration::from_millis(10);
        let conditions = Conditions { delay, ..Conditions::default() };
        let mut node = Lossy::new(Mirror::default(), conditions, 1);
        let now = Duration::from_secs(1);
        node.node_mut().0.push(b"a frame".to_vec());
        node.tick(now);
        assert_eq!(node.next_frame(), None);
        assert_eq!(node.deadline(), Some(now + delay));
    }

    #[test]
    fn frames_get_lost_both_ways_and_overtake_each_other_as_the_seed_says() {
        let bad = Conditions {
            loss: 0.05,
            reorder: 0.05,
            held_back: Duration::from_millis(5),
            ..Conditions::default()
        };
        let echoes_1 = echoes(bad.clone(), 1);
        let lost = 1000 - echoes_1.len();
        assert!((60..140).contains(&lost), "two times 5 % of 1000, not {lost}");
        assert!(!echoes_1.is_sorted());
        assert_eq!(echoes_1, echoes(bad.clone(), 1));
        assert_ne!(echoes_1, echoes(bad, 2));
    }
}
