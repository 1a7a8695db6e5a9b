//! Tables of header fields: the one place where an offset is written.

/// Some bits of a header, counted from its first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Field {
    /// As the RFC writes it.
    pub name: &'static str,
    /// The first bit, counted from the header's first.
    pub offset: usize,
    /// How many.
    pub bits: usize,
}

impl Field {
    /// The first field of a header.
    pub const fn first(name: &'static str, bits: usize) -> Self {
        Self { name, offset: 0, bits }
    }

    /// The field that follows this one.
    pub const fn then(self, name: &'static str, bits: usize) -> Self {
        Self { name, offset: self.offset + self.bits, bits }
    }
}
