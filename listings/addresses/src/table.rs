//! Longest-prefix match, by a trie.
//!
//! A router asks the same question of every packet: of all prefixes that contain this address, which
//! is the longest? (RFC 1812 §5.2.4.3, rule 2) Looking at each takes a million comparisons in a table
//! of the size of the Internet's. A [`Table`] walks down a tree of prefixes instead: each node lies
//! within the one above it, and the next bit of the address says whether to go left or right.
//!
//! The tree is a path-compressed binary trie, which is also called a radix or Patricia trie: a node
//! exists only for a prefix that was inserted, or where two of them part. So `n` prefixes need less
//! than `2n` nodes however long they are, and no way down is longer than the address has bits.
//!
//! ```
//! use addresses::{Prefix, table::Table};
//! use std::net::Ipv4Addr;
//!
//! let mut table = Table::default();
//! let prefix = |network, length| Prefix::containing(network, length).unwrap();
//! table.insert(prefix(Ipv4Addr::new(10, 0, 0, 0), 8), "ours");
//! table.insert(prefix(Ipv4Addr::new(10, 1, 0, 0), 16), "the lab's");
//!
//! let found = table.longest_match(Ipv4Addr::new(10, 1, 2, 3));
//! assert_eq!(found.map(|(prefix, owner)| (prefix.length(), *owner)), Some((16, "the lab's")));
//! assert_eq!(table.longest_match(Ipv4Addr::new(192, 0, 2, 1)), None);
//! ```

use crate::{Address, Prefix};

mod compiled;

pub use compiled::Compiled;

/// Values by prefix, found by the longest one that contains an address.
///
/// It holds up to 2^31 prefixes.
#[derive(Debug, Clone)]
pub struct Table<A, V> {
    /// The tree. Its nodes refer to each other by their place here, so that a copy of it is a tree,
    /// and so that they lie close together in memory. The first is the root.
    nodes: Vec<Node<A, V>>,
    /// The places of removed nodes, to be used again before `nodes` grows.
    free: Vec<u32>,
    /// How many nodes have a value.
    len: usize,
}

#[derive(Debug, Clone)]
struct Node<A, V> {
    prefix: Prefix<A>,
    /// Absent where nothing was inserted and two longer prefixes part.
    value: Option<V>,
    /// The nodes below: those whose next bit is 0, and those whose next bit is 1.
    children: [u32; 2],
}

/// The root's prefix has length 0: it is above every other, inserted or not.
const ROOT: u32 = 0;

/// No child: no table has as many nodes.
const NONE: u32 = u32::MAX;

/// The bit of `address` after the first `length`, as an index into a node's children. After the last
/// bit it is 0; a node that long has no children.
fn bit<A: Address>(address: A, length: u8) -> usize {
    let rest = address.to_left_bits().checked_shl(length.into());
    rest.map_or(0, |rest| (rest >> 127) as usize)
}

/// The longest prefix that covers both.
fn common<A: Address>(one: Prefix<A>, other: Prefix<A>) -> Prefix<A> {
    let differing = one.network().to_left_bits() ^ other.network().to_left_bits();
    let alike = differing.leading_zeros() as u8;
    let length = alike.min(one.length()).min(other.length());
    one.supernet(length).expect("no longer than the first")
}

impl<A: Address, V> Default for Table<A, V> {
    fn default() -> Self {
        let prefix = Prefix::containing(A::from_left_bits(0), 0).expect("every address has 0 bits");
        let root = Node { prefix, value: None, children: [NONE; 2] };
        Self { nodes: vec![root], free: Vec::new(), len: 0 }
    }
}

impl<A: Address, V> Table<A, V> {
    /// How many prefixes have a value.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no prefix has a value.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// How many nodes the tree has: the root, one for each other prefix, and one for each place where
    /// prefixes part and none was inserted.
    pub fn node_count(&self) -> usize {
        self.nodes.len() - self.free.len()
    }

    // ANCHOR: longest_match
    /// The value of the longest prefix that contains `address`.
    pub fn longest_match(&self, address: A) -> Option<(Prefix<A>, &V)> {
        let mut longest = None;
        let mut at = ROOT;
        while let Some(node) = self.nodes.get(at as usize) {
            if !node.prefix.contains(address) {
                break;
            }
            if let Some(value) = &node.value {
                longest = Some((node.prefix, value));
            }
            at = node.children[bit(address, node.prefix.length())];
        }
        longest
    }
    // ANCHOR_END: longest_match

    // ANCHOR: insert
    /// Puts `value` at `prefix` and returns what stood there.
    pub fn insert(&mut self, prefix: Prefix<A>, value: V) -> Option<V> {
        let mut at = ROOT;
        loop {
            // This node's prefix covers ours.
            let node = &mut self.nodes[at as usize];
            if node.prefix == prefix {
                let old = node.value.replace(value);
                self.len += usize::from(old.is_none());
                return old;
            }
            let side = bit(prefix.network(), node.prefix.length());
            let child = node.children[side];
            if child != NONE && self.nodes[child as usize].prefix.covers(prefix) {
                at = child;
                continue;
            }
            let new = self.add(Node { prefix, value: Some(value), children: [NONE; 2] });
            self.nodes[at as usize].children[side] = self.above_both(new, child);
            self.len += 1;
            return None;
        }
    }
    // ANCHOR_END: insert

    /// The node to put above `new` and `old`, which may be none, and does not cover `new`.
    fn above_both(&mut self, new: u32, old: u32) -> u32 {
        let Some(prefix) = self.nodes.get(old as usize).map(|node| node.prefix) else {
            return new;
        };
        let above = common(self.nodes[new as usize].prefix, prefix);
        if above == self.nodes[new as usize].prefix {
            self.nodes[new as usize].children[bit(prefix.network(), above.length())] = old;
            return new;
        }
        let mut children = [new; 2];
        children[bit(prefix.network(), above.length())] = old;
        self.add(Node { prefix: above, value: None, children })
    }

    fn add(&mut self, node: Node<A, V>) -> u32 {
        if let Some(at) = self.free.pop() {
            self.nodes[at as usize] = node;
            return at;
        }
        self.nodes.push(node);
        let at = u32::try_from(self.nodes.len() - 1).unwrap_or(NONE);
        assert!(at != NONE, "a table holds up to 2^31 prefixes");
        at
    }

    /// Takes what stands at exactly `prefix`.
    pub fn remove(&mut self, prefix: Prefix<A>) -> Option<V> {
        let mut path = vec![ROOT];
        let mut at = ROOT;
        while self.nodes[at as usize].prefix != prefix {
            at = self.child_towards(at, prefix)?;
            path.push(at);
        }
        let value = self.nodes[at as usize].value.take()?;
        self.len -= 1;
        // Without it the node may be needless, and without that the one above it.
        while let [.., parent, node] = path[..]
            && self.drop_if_needless(parent, node)
        {
            path.pop();
        }
        Some(value)
    }

    /// The child of `at` that covers `prefix`, a longer one than that of `at`.
    fn child_towards(&self, at: u32, prefix: Prefix<A>) -> Option<u32> {
        let node = &self.nodes[at as usize];
        let child = node.children[bit(prefix.network(), node.prefix.length())];
        self.nodes.get(child as usize).filter(|node| node.prefix.covers(prefix)).map(|_| child)
    }

    /// A node without a value is there for its two children; with fewer it makes room for them.
    fn drop_if_needless(&mut self, parent: u32, at: u32) -> bool {
        let node = &self.nodes[at as usize];
        let only_child = match node.children {
            [child, NONE] | [NONE, child] if node.value.is_none() => child,
            _ => return false,
        };
        let parent = &mut self.nodes[parent as usize];
        for child in &mut parent.children {
            if *child == at {
                *child = only_child;
            }
        }
        self.free.push(at);
        true
    }

    /// What stands at exactly `prefix`.
    pub fn get(&self, prefix: Prefix<A>) -> Option<&V> {
        let mut at = ROOT;
        while self.nodes[at as usize].prefix != prefix {
            at = self.child_towards(at, prefix)?;
        }
        self.nodes[at as usize].value.as_ref()
    }

    /// The nodes that a lookup of `address` passes, the root first, and what stands at each. Every
    /// prefix contains the address; the last one with a value is the longest match.
    pub fn walk(&self, address: A) -> impl Iterator<Item = (Prefix<A>, Option<&V>)> {
        std::iter::successors(self.nodes.first(), move |node| {
            let next = node.children[bit(address, node.prefix.length())];
            self.nodes.get(next as usize).filter(|next| next.prefix.contains(address))
        })
        .map(|node| (node.prefix, node.value.as_ref()))
    }

    /// All prefixes with their values: a prefix before the longer ones within it, and otherwise by
    /// the network's number.
    pub fn iter(&self) -> impl Iterator<Item = (Prefix<A>, &V)> {
        let mut stack = vec![ROOT];
        let in_order = std::iter::from_fn(move || {
            let node = self.nodes.get(stack.pop()? as usize)?;
            stack.extend(node.children.iter().rev().filter(|child| **child != NONE));
            Some(node)
        });
        in_order.filter_map(|node| Some((node.prefix, node.value.as_ref()?)))
    }
}
