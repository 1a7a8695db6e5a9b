//! Domain names (RFC 1035 §3.1, RFC 4343).

mod text;

pub(crate) use text::ends_in_dot;

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};

/// Bytes of a name on the wire at most, the root's zero included (RFC 1035 §2.3.4).
pub const MAX_NAME: usize = 255;
/// Bytes of a label at most: its length has six bits (RFC 1035 §3.1).
pub const MAX_LABEL: usize = 63;

/// A domain name, always absolute. Upper and lower case of ASCII are kept and do not matter when
/// names are compared (RFC 4343 §3).
///
/// A label may hold any bytes (RFC 2181 §11); as text, what is not printable is escaped.
///
/// ```
/// use udp_dns::Name;
///
/// let name: Name = "WWW.example".parse()?;
/// assert_eq!(name.to_string(), "WWW.example.");
/// assert_eq!(name.wire(), b"\x03WWW\x07example\x00");
/// assert_eq!(name, "www.EXAMPLE.".parse()?);
/// # Ok::<(), udp_dns::name::NameError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Name {
    /// Length, label, length, label, …, zero: as on the wire, so that most names are written with
    /// one copy. Never longer than [`MAX_NAME`].
    wire: Box<[u8]>,
}

/// Why a text is no name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    #[error("an empty label: two dots in a row, or a dot in front; the root alone is \".\"")]
    EmptyLabel,
    #[error("a label of more than 63 bytes")]
    LongLabel,
    #[error("a name of more than 255 bytes")]
    LongName,
    #[error("a backslash without a character or three digits up to 255")]
    Escape,
    #[error(
        "a character that is not ASCII: write the form that begins with xn--, or bytes as \\195"
    )]
    NotAscii,
}

impl Name {
    /// The root.
    pub fn root() -> Self {
        Self { wire: Box::new([0]) }
    }

    /// The name of these labels, the root's not included.
    pub fn from_labels<'a>(labels: impl IntoIterator<Item = &'a [u8]>) -> Result<Self, NameError> {
        let mut builder = Builder::default();
        for label in labels {
            builder.push(label)?;
        }
        Ok(builder.finish())
    }

    /// The labels from left to right, without the root's.
    pub fn labels(&self) -> impl Iterator<Item = &[u8]> + '_ {
        let mut rest = &self.wire[..];
        std::iter::from_fn(move || {
            let (&length, after) = rest.split_first()?;
            let (label, after) = after.split_at_checked(usize::from(length))?;
            rest = after;
            (length > 0).then_some(label)
        })
    }

    /// As on the wire, without compression.
    pub fn wire(&self) -> &[u8] {
        &self.wire
    }

    pub fn is_root(&self) -> bool {
        self.wire.len() == 1
    }

    /// The name without its first label; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        let (&length, rest) = self.wire.split_first()?;
        (length > 0).then(|| Self { wire: rest[usize::from(length)..].into() })
    }

    // ANCHOR: is_within
    /// Whether this is `zone` or below it.
    ///
    /// Labels are compared, not text: `badexample.` ends like `example.` and is not below it.
    pub fn is_within(&self, zone: &Self) -> bool {
        let mut own = self.reversed();
        zone.reversed().all(|label| own.next().is_some_and(|own| own.eq_ignore_ascii_case(label)))
    }
    // ANCHOR_END: is_within

    /// Whether case agrees too: what 0x20 looks at.
    pub fn same_case(&self, other: &Self) -> bool {
        self.wire == other.wire
    }

    /// The same name with each letter's case chosen by `upper`.
    #[must_use]
    pub fn with_case(&self, mut upper: impl FnMut() -> bool) -> Self {
        let mut wire = self.wire.clone();
        // A length is 63 at most, and no letter of ASCII is that small.
        for byte in wire.iter_mut().filter(|byte| byte.is_ascii_alphabetic()) {
            *byte = if upper() { byte.to_ascii_uppercase() } else { byte.to_ascii_lowercase() };
        }
        Self { wire }
    }

    /// The labels from right to left, without the root's.
    pub(crate) fn reversed(&self) -> impl Iterator<Item = &[u8]> + '_ {
        // 127 labels at most: each takes two bytes.
        let mut starts = [0; MAX_NAME / 2];
        let mut count = 0;
        let mut at = 0;
        while self.wire[at] > 0 {
            starts[count] = at;
            count += 1;
            at += 1 + usize::from(self.wire[at]);
        }
        starts.into_iter().take(count).rev().map(|at| {
            let length = usize::from(self.wire[at]);
            &self.wire[at + 1..][..length]
        })
    }
}

/// A name that grows to the right, label by label, within the limits.
pub(crate) struct Builder {
    /// On the stack: a name that turns out to be too long costs no allocation.
    wire: [u8; MAX_NAME],
    length: usize,
}

impl Default for Builder {
    fn default() -> Self {
        Self { wire: [0; MAX_NAME], length: 0 }
    }
}

impl Builder {
    pub(crate) fn push(&mut self, label: &[u8]) -> Result<(), NameError> {
        match label.len() {
            0 => return Err(NameError::EmptyLabel),
            1..=MAX_LABEL => {}
            _ => return Err(NameError::LongLabel),
        }
        let end = self.length + 1 + label.len();
        // One byte is left for the root's zero.
        let room = self.wire[..MAX_NAME - 1].get_mut(self.length..end);
        let room = room.ok_or(NameError::LongName)?;
        room[0] = label.len() as u8;
        room[1..].copy_from_slice(label);
        self.length = end;
        Ok(())
    }

    pub(crate) fn finish(self) -> Name {
        Name { wire: self.wire[..=self.length].into() }
    }
}

// A length byte is 63 at most, so ignoring the case of letters (65 and up) never touches one.
impl PartialEq for Name {
    fn eq(&self, other: &Self) -> bool {
        self.wire.eq_ignore_ascii_case(&other.wire)
    }
}

impl Eq for Name {}

impl Hash for Name {
    fn hash<H: Hasher>(&self, state: &mut H) {
        for byte in &self.wire {
            state.write_u8(byte.to_ascii_lowercase());
        }
    }
}

/// The canonical order (RFC 4034 §6.1): label by label from the right, as bytes of lower case. So a
/// zone's names stand behind it, without another zone's in between.
impl Ord for Name {
    fn cmp(&self, other: &Self) -> Ordering {
        let lower = |label: &[u8]| label.to_ascii_lowercase();
        self.reversed().map(lower).cmp(other.reversed().map(lower))
    }
}

impl PartialOrd for Name {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
