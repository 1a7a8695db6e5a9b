//! Bytes in a circle, found by their distance from the first.

/// What the first byte costs: more than a segment, and small enough that thousands of connections
/// with a short request each cost little.
const LEAST: usize = 2048;

/// A ring that grows up to a capacity.
#[derive(Clone, Debug)]
pub(super) struct Ring {
    /// Its length is the memory in use: zero, [`LEAST`], doubled, and the capacity at last.
    storage: Vec<u8>,
    /// Where the first byte is.
    head: usize,
    capacity: usize,
}

impl Ring {
    pub(super) const fn new(capacity: usize) -> Self {
        Self { storage: Vec::new(), head: 0, capacity }
    }

    pub(super) const fn capacity(&self) -> usize {
        self.capacity
    }

    /// As many bytes can have been written so far.
    pub(super) fn written(&self) -> usize {
        self.storage.len()
    }

    /// Puts bytes at a distance from the first. The caller keeps them within the capacity.
    pub(super) fn write(&mut self, offset: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.reserve(offset + bytes.len());
        let at = self.place(offset);
        let (first, second) = bytes.split_at(bytes.len().min(self.storage.len() - at));
        self.storage[at..at + first.len()].copy_from_slice(first);
        self.storage[..second.len()].copy_from_slice(second);
    }

    /// Bytes at a distance from the first; the second piece is what begins at the storage's front.
    pub(super) fn slices(&self, offset: usize, length: usize) -> [&[u8]; 2] {
        if length == 0 {
            return [&[], &[]];
        }
        let at = self.place(offset);
        let first = length.min(self.storage.len() - at);
        [&self.storage[at..at + first], &self.storage[..length - first]]
    }

    /// The first `count` bytes are no longer needed.
    pub(super) fn consume(&mut self, count: usize) {
        if count > 0 {
            self.head = self.place(count);
        }
    }

    /// Nothing that was written is needed any more: what comes next goes to the storage's front,
    /// which the processor's cache is likelier to hold than the rest.
    pub(super) fn rewind(&mut self) {
        self.head = 0;
    }

    /// Gives the memory back; what was written is lost.
    pub(super) fn release(&mut self) {
        (self.storage, self.head) = (Vec::new(), 0);
    }

    /// Bytes on the heap.
    pub(super) fn memory(&self) -> usize {
        self.storage.capacity()
    }

    /// The index of the byte at a distance from the first.
    fn place(&self, offset: usize) -> usize {
        let at = self.head + offset;
        if at >= self.storage.len() { at - self.storage.len() } else { at }
    }

    /// Makes room for `length` bytes from the first on.
    fn reserve(&mut self, length: usize) {
        if length > self.storage.len() {
            // What is there must lie in a row before there is more room behind it.
            self.storage.rotate_left(self.head);
            self.head = 0;
            let length = length.next_power_of_two().max(LEAST).min(self.capacity);
            self.storage.reserve_exact(length - self.storage.len());
            self.storage.resize(length, 0);
        }
    }
}
