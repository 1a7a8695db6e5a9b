//! The bytes that a connection holds, found by their sequence numbers.
//!
//! [`Send`] keeps what was written until it is acknowledged; [`Receive`] keeps what came until it is
//! read, and what came too early in its place. Both are rings with a fixed capacity.
//!
//! A new one has no memory at all. It takes 2 KiB when the first byte comes and doubles as it needs,
//! up to its capacity; [`release`](Send::release) gives everything back while it is empty. So an idle
//! connection costs what its last burst needed, or nothing if its owner calls that.
//!
//! ```
//! use tcp::Seq;
//! use tcp::buffer::{Receive, Send};
//!
//! let mut send = Send::new(8, Seq(u32::MAX));
//! assert_eq!(send.push(b"hello, world"), 8);
//! send.acknowledge(Seq(1));
//! assert_eq!(send.slices(Seq(4), 100).concat(), b", w");
//!
//! let mut receive = Receive::new(8, Seq(0));
//! receive.store(Seq(2), b"llo");
//! receive.store(Seq(0), b"he");
//! receive.extend(Seq(5));
//! assert_eq!(receive.readable().concat(), b"hello");
//! ```

mod ring;

use crate::seq::Seq;
use ring::Ring;

/// The largest capacity, in bytes: RFC 7323 §2.3 has no larger window, and with it all numbers in a
/// buffer stay comparable.
pub const MAX_CAPACITY: usize = 1 << 30;

/// What was written and not yet acknowledged.
#[derive(Clone, Debug)]
pub struct Send {
    ring: Ring,
    /// Of the first byte: SND.UNA, but for SYN and FIN, which are no bytes.
    start: Seq,
    length: usize,
}

impl Send {
    /// An empty one. `first` is the number of the first byte: one more than the SYN's.
    pub fn new(capacity: usize, first: Seq) -> Self {
        Self { ring: Ring::new(capacity.min(MAX_CAPACITY)), start: first, length: 0 }
    }

    /// The number of the first byte that is kept.
    pub fn start(&self) -> Seq {
        self.start
    }

    /// The number after the last byte's: the next one written gets it.
    pub fn end(&self) -> Seq {
        self.start + self.length as u32
    }

    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many bytes [`push`](Self::push) would take.
    pub fn free(&self) -> usize {
        self.ring.capacity() - self.length
    }

    /// Appends as many bytes as there is room for. Says how many.
    pub fn push(&mut self, bytes: &[u8]) -> usize {
        let bytes = &bytes[..bytes.len().min(self.free())];
        self.ring.write(self.length, bytes);
        self.length += bytes.len();
        bytes.len()
    }

    /// Everything before `up_to` has arrived, and is forgotten. Numbers outside of the buffer, such
    /// as a FIN's, change nothing more.
    pub fn acknowledge(&mut self, up_to: Seq) {
        if up_to.is_after(self.start) {
            let count = (up_to.since(self.start) as usize).min(self.length);
            self.ring.consume(count);
            self.length -= count;
            self.start = self.start + count as u32;
            if self.is_empty() {
                self.ring.rewind();
            }
        }
    }

    /// At most `length` bytes from number `at` on, in two pieces if they cross the ring's end.
    /// Empty if `at` is not in the buffer.
    pub fn slices(&self, at: Seq, length: usize) -> [&[u8]; 2] {
        let offset = at.since(self.start) as usize;
        match self.length.checked_sub(offset) {
            Some(left) => self.ring.slices(offset, left.min(length)),
            None => [&[], &[]],
        }
    }

    /// Gives the memory back if nothing is kept.
    pub fn release(&mut self) {
        if self.is_empty() {
            self.ring.release();
        }
    }

    /// Forgets everything, memory included: after a reset.
    pub fn clear(&mut self) {
        self.acknowledge(self.end());
        self.ring.release();
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.ring.memory()
    }
}

/// What arrived and was not yet read.
#[derive(Clone, Debug)]
pub struct Receive {
    ring: Ring,
    /// Of the first byte that was not read.
    start: Seq,
    /// How many from there on are there without a hole.
    length: usize,
    /// The number after the last byte that ever came, holes or not.
    furthest: Seq,
}

impl Receive {
    /// An empty one. `first` is the number of the first byte: one more than the peer's SYN.
    pub fn new(capacity: usize, first: Seq) -> Self {
        let ring = Ring::new(capacity.min(MAX_CAPACITY));
        Self { ring, start: first, length: 0, furthest: first }
    }

    /// The number after the last byte without a hole before it: RCV.NXT, but for a FIN.
    pub fn end(&self) -> Seq {
        self.start + self.length as u32
    }

    /// Bytes that can be read.
    pub fn len(&self) -> usize {
        self.length
    }

    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// How many bytes more there is room for: RCV.WND. Bytes that came too early have their place
    /// in it already.
    pub fn free(&self) -> usize {
        self.ring.capacity() - self.length
    }

    /// Puts the bytes from number `at` on in their place. Those that were there before, and those
    /// behind the window, are left out. [`extend`](Self::extend) makes them readable.
    pub fn store(&mut self, at: Seq, bytes: &[u8]) {
        let old = if at.is_before(self.end()) { self.end().since(at) as usize } else { 0 };
        let Some(bytes) = bytes.get(old..) else { return };
        let offset = (at + old as u32).since(self.start) as usize;
        let room = self.ring.capacity().saturating_sub(offset);
        let bytes = &bytes[..bytes.len().min(room)];
        if !bytes.is_empty() {
            self.ring.write(offset, bytes);
            self.furthest = self.furthest.later(self.start + (offset + bytes.len()) as u32);
        }
    }

    /// Everything before `next` is there, as [`Assembler::advance`](crate::assembler::Assembler)
    /// says.
    pub fn extend(&mut self, next: Seq) {
        if next.is_after(self.end()) {
            let length = next.since(self.start) as usize;
            self.length = length.min(self.ring.written());
        }
    }

    /// What can be read, in two pieces if it crosses the ring's end.
    pub fn readable(&self) -> [&[u8]; 2] {
        self.ring.slices(0, self.length)
    }

    /// Takes bytes out. Says how many.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        let mut at = 0;
        for piece in self.readable() {
            let count = piece.len().min(buffer.len() - at);
            buffer[at..at + count].copy_from_slice(&piece[..count]);
            at += count;
        }
        self.consume(at);
        at
    }

    /// Forgets the first `count` readable bytes, or all if there are fewer.
    pub fn consume(&mut self, count: usize) {
        let count = count.min(self.length);
        self.ring.consume(count);
        self.length -= count;
        self.start = self.start + count as u32;
        // A byte that came too early would lose its place.
        if self.is_empty() && !self.furthest.is_after(self.start) {
            self.ring.rewind();
        }
    }

    /// Gives the memory back if nothing can be read. Only while nothing waits out of order either:
    /// such bytes would be lost.
    pub fn release(&mut self) {
        if self.is_empty() {
            self.ring.release();
        }
    }

    /// Forgets everything, memory included: after a reset.
    pub fn clear(&mut self) {
        self.consume(self.length);
        self.ring.release();
    }

    /// Bytes on the heap.
    pub fn memory(&self) -> usize {
        self.ring.memory()
    }
}
