//! Sets of addresses as few prefixes: routes and access lists that say the same with less.

use crate::{Address, Prefix};

/// The fewest prefixes that cover exactly the addresses of `prefixes`, in order.
///
/// Sorted, a prefix comes right after the one that covers it and right after its lower sibling. So
/// one pass with a stack is enough: n log n steps, and as much memory as the input.
///
/// ```
/// use addresses::{Prefix, aggregate::aggregate};
/// use std::net::Ipv4Addr;
///
/// let list = ["192.0.2.0/25", "192.0.2.128/26", "192.0.2.192/26", "192.0.2.7/32"];
/// let list = list.map(|text| text.parse::<Prefix<Ipv4Addr>>().unwrap());
/// assert_eq!(aggregate(list), ["192.0.2.0/24".parse().unwrap()]);
/// ```
pub fn aggregate<A: Address>(prefixes: impl IntoIterator<Item = Prefix<A>>) -> Vec<Prefix<A>> {
    let mut sorted: Vec<_> = prefixes.into_iter().collect();
    sorted.sort_unstable();
    let mut kept: Vec<Prefix<A>> = Vec::new();
    for mut prefix in sorted {
        if kept.last().is_some_and(|last| last.covers(prefix)) {
            continue;
        }
        // Two halves make a whole, which may be the upper half of something larger.
        while let Some(parent) = parent_of(kept.last().copied(), prefix) {
            kept.pop();
            prefix = parent;
        }
        kept.push(prefix);
    }
    kept
}

/// The prefix whose halves are `lower` and `upper`, if there is one.
fn parent_of<A: Address>(lower: Option<Prefix<A>>, upper: Prefix<A>) -> Option<Prefix<A>> {
    let lower = lower?;
    let halves = lower.sibling() == Some(upper) && lower.network() < upper.network();
    if halves { lower.supernet(lower.length() - 1) } else { None }
}

/// The fewest prefixes that cover exactly the addresses from `first` to `last`, both included, in
/// order; none if `first` is greater.
///
/// At most 62 for IPv4 and 254 for IPv6: on the way up each length is needed at most once, and on
/// the way down too.
pub fn range<A: Address>(first: A, last: A) -> Range<A> {
    Range { rest: (first <= last).then_some((first, last)) }
}

/// The prefixes of a range of addresses; see [`range`].
#[derive(Debug, Clone)]
pub struct Range<A> {
    rest: Option<(A, A)>,
}

impl<A: Address> Iterator for Range<A> {
    type Item = Prefix<A>;

    fn next(&mut self) -> Option<Prefix<A>> {
        let (first, last) = self.rest?;
        // The shortest prefix that begins at `first` and does not go beyond `last`.
        let prefix = (0..=A::BITS)
            .filter_map(|length| Prefix::new(first, length))
            .find(|prefix| prefix.last() <= last)?;
        self.rest = following(prefix.last()).filter(|next| *next <= last).map(|next| (next, last));
        Some(prefix)
    }
}

/// The next address, or `None` after the highest.
fn following<A: Address>(address: A) -> Option<A> {
    let one = 1_u128 << (128 - A::BITS);
    address.to_left_bits().checked_add(one).map(A::from_left_bits)
}

/// The fewest prefixes that cover the addresses of `whole` without those of `hole`, in order.
///
/// All of `whole` if they have nothing in common, and nothing if `hole` covers it.
pub fn exclude<A: Address>(whole: Prefix<A>, hole: Prefix<A>) -> Vec<Prefix<A>> {
    if hole.covers(whole) {
        return Vec::new();
    }
    if !whole.covers(hole) {
        return vec![whole];
    }
    // On the way from the hole up to the whole, the other half at each step stays.
    let mut kept: Vec<_> = (whole.length() + 1..=hole.length())
        .filter_map(|length| hole.supernet(length)?.sibling())
        .collect();
    kept.sort_unstable();
    kept
}
