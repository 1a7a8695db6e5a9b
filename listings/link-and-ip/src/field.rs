//! Tables of header fields: the one place where an offset is written.
//!
//! A header is a list of fields, each of which begins where the one before it ends. From that list
//! come the reads and the writes of [`wire`](crate::wire), the pictures of the program `header`,
//! and the lines of the program `fields`. A field that is left out of the table, or has a bit too
//! many, does not compile: [`Table::new`] looks at it while compiling.
//!
//! ```
//! use link_and_ip::field::{Field, Table};
//!
//! const SOURCE: Field = Field::first("source port", 16);
//! const DESTINATION: Field = SOURCE.then("destination port", 16);
//! const LENGTH: Field = DESTINATION.then("length", 16);
//! const CHECKSUM: Field = LENGTH.then("checksum", 16);
//! const UDP: Table = Table::new("udp", "RFC 768", &[SOURCE, DESTINATION, LENGTH, CHECKSUM]);
//!
//! let mut header = [0; UDP.length()];
//! DESTINATION.set(&mut header, 53);
//! assert_eq!(header, [0, 0, 0, 53, 0, 0, 0, 0]);
//! assert_eq!(DESTINATION.u16(&header), 53);
//! ```

mod picture;

// ANCHOR: field
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
    #[must_use]
    pub const fn then(self, name: &'static str, bits: usize) -> Self {
        Self { name, offset: self.end(), bits }
    }
    // ANCHOR_END: field

    /// The first bit behind it.
    pub const fn end(self) -> usize {
        self.offset + self.bits
    }

    /// The byte that holds its first bit.
    pub const fn byte(self) -> usize {
        self.offset / 8
    }

    // ANCHOR: get
    /// The number in it, the most significant bit first. For fields of at most 32 bits.
    ///
    /// The header is an array and the field a constant, so a compiler that optimizes knows that the
    /// field lies within, and what is left is a load, a swap of bytes, and a shift if need be.
    ///
    /// # Panics
    ///
    /// If it is another header's field. No bytes can cause that: the types are the program's.
    #[inline]
    pub const fn get<const N: usize>(self, header: &[u8; N]) -> u64 {
        assert!(self.bits <= 32, "longer fields are read with `bytes`");
        let mut value = 0;
        let mut at = self.byte();
        while at * 8 < self.end() {
            value = value << 8 | header[at] as u64;
            at += 1;
        }
        (value >> (at * 8 - self.end())) & self.mask()
    }
    // ANCHOR_END: get

    /// Writes a number; what does not fit is cut off at the top. For fields of at most 32 bits.
    ///
    /// # Panics
    ///
    /// As [`get`](Self::get).
    #[inline]
    pub const fn set<const N: usize>(self, header: &mut [u8; N], value: u64) {
        assert!(self.bits <= 32, "longer fields are written with `set_bytes`");
        let mut at = self.end().div_ceil(8);
        let shift = at * 8 - self.end();
        let mut value = (value & self.mask()) << shift;
        let mut mask = self.mask() << shift;
        while at > self.byte() {
            at -= 1;
            header[at] = header[at] & !(mask as u8) | value as u8;
            value >>= 8;
            mask >>= 8;
        }
    }

    const fn mask(self) -> u64 {
        (1 << self.bits) - 1
    }

    /// [`get`](Self::get), for a field of at most 8 bits.
    #[inline]
    pub const fn u8<const N: usize>(self, header: &[u8; N]) -> u8 {
        assert!(self.bits <= 8);
        self.get(header) as u8
    }

    /// [`get`](Self::get), for a field of at most 16 bits.
    #[inline]
    pub const fn u16<const N: usize>(self, header: &[u8; N]) -> u16 {
        assert!(self.bits <= 16);
        self.get(header) as u16
    }

    /// [`get`](Self::get), for a field of at most 32 bits.
    #[inline]
    pub const fn u32<const N: usize>(self, header: &[u8; N]) -> u32 {
        self.get(header) as u32
    }

    /// Whether any bit of it is set.
    #[inline]
    pub const fn is_set<const N: usize>(self, header: &[u8; N]) -> bool {
        self.get(header) != 0
    }

    /// A field of `M` whole bytes, such as an address.
    ///
    /// # Panics
    ///
    /// If it has another length, or is another header's field.
    #[inline]
    pub const fn bytes<const M: usize, const N: usize>(self, header: &[u8; N]) -> [u8; M] {
        assert!(self.offset.is_multiple_of(8) && self.bits == M * 8, "not that many whole bytes");
        // One move; a loop over the bytes would stay a loop.
        let (_, rest) = header.split_at(self.byte());
        *rest.first_chunk().expect("the field lies within the header")
    }

    /// Writes a field of `M` whole bytes.
    ///
    /// # Panics
    ///
    /// As [`bytes`](Self::bytes).
    #[inline]
    pub const fn set_bytes<const M: usize, const N: usize>(
        self,
        header: &mut [u8; N],
        bytes: [u8; M],
    ) {
        assert!(self.offset.is_multiple_of(8) && self.bits == M * 8, "not that many whole bytes");
        let (_, rest) = header.split_at_mut(self.byte());
        *rest.first_chunk_mut().expect("the field lies within the header") = bytes;
    }

    /// [`get`](Self::get) from bytes that may be too few, for programs that walk a table.
    pub fn read(self, header: &[u8]) -> Option<u64> {
        let bytes = header.get(self.byte()..self.end().div_ceil(8)).filter(|b| b.len() <= 5)?;
        let value = bytes.iter().fold(0, |value, byte| value << 8 | u64::from(*byte));
        Some((value >> (bytes.len() * 8 - (self.end() - self.byte() * 8))) & self.mask())
    }
}

/// A header: its fields, and what may follow them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Table {
    /// What the program `header` calls it.
    pub name: &'static str,
    /// Where it is defined.
    pub reference: &'static str,
    /// The fields that are always there, each beginning where the one before it ends.
    pub fields: &'static [Field],
    /// What follows them, whose length the header itself says.
    pub tail: Option<&'static str>,
}

impl Table {
    /// A table of fields without a gap.
    ///
    /// # Panics
    ///
    /// If a field does not begin where the one before it ends, or if the fields are no whole number
    /// of bytes. A table is a constant, so that is an error of the compiler.
    pub const fn new(
        name: &'static str,
        reference: &'static str,
        fields: &'static [Field],
    ) -> Self {
        let mut end = 0;
        let mut at = 0;
        while at < fields.len() {
            assert!(fields[at].offset == end, "a field is missing, twice there, or out of order");
            assert!(fields[at].bits > 0, "a field without bits");
            end = fields[at].end();
            at += 1;
        }
        assert!(end % 8 == 0, "a header is a whole number of bytes");
        Self { name, reference, fields, tail: None }
    }

    /// The same, with something of another length behind it.
    #[must_use]
    pub const fn followed_by(self, tail: &'static str) -> Self {
        Self { tail: Some(tail), ..self }
    }

    /// Bytes of the fields, without what follows.
    pub const fn length(&self) -> usize {
        match self.fields.last() {
            Some(field) => field.end() / 8,
            None => 0,
        }
    }
}
