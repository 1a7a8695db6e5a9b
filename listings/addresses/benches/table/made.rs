//! Tables of the size and the shape that a router meets, made from a seed.
//!
//! The lengths are spread as those of the routes that the Internet's routers hold; how many there are
//! of each is rounded to thousandths. Of the other bits, nothing but two facts is imitated: all
//! prefixes lie in the space that is assigned (1.0.0.0 to 223.255.255.255, `2000::/3`), and half of
//! them are put within one that is there already, if that is shorter, because networks announce parts
//! of what they have.

use addresses::{Address, Prefix};

/// How many of a thousand prefixes have which length.
pub(crate) const LENGTHS_V4: [(u8, u64); 17] = [
    (8, 1),
    (10, 1),
    (11, 1),
    (12, 1),
    (13, 1),
    (14, 2),
    (15, 3),
    (16, 14),
    (17, 9),
    (18, 15),
    (19, 27),
    (20, 46),
    (21, 54),
    (22, 115),
    (23, 103),
    (24, 606),
    (32, 1),
];
pub(crate) const LENGTHS_V6: [(u8, u64); 15] = [
    (20, 1),
    (28, 3),
    (29, 24),
    (30, 4),
    (32, 122),
    (33, 27),
    (34, 21),
    (36, 56),
    (38, 14),
    (40, 100),
    (42, 25),
    (44, 100),
    (46, 35),
    (47, 23),
    (48, 445),
];

/// `SplitMix64`: the same numbers from the same seed on every machine.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    pub(crate) fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }

    fn bits(&mut self) -> u128 {
        u128::from(self.next()) << 64 | u128::from(self.next())
    }

    /// An address from anywhere in the space that is assigned.
    pub(crate) fn anywhere<A: Address>(&mut self) -> A {
        loop {
            let bits = self.bits();
            let assigned = match A::BITS {
                32 => (1..224).contains(&(bits >> 120)),
                _ => bits >> 125 == 1,
            };
            // Of IPv6 an eighth is assigned; the loop would turn long.
            let bits = if A::BITS == 128 { bits >> 3 | 1 << 125 } else { bits };
            if assigned || A::BITS == 128 {
                return A::from_left_bits(bits);
            }
        }
    }

    /// An address of `prefix`.
    pub(crate) fn within<A: Address>(&mut self, prefix: Prefix<A>) -> A {
        let free = u128::MAX.checked_shr(prefix.length().into()).unwrap_or(0);
        A::from_left_bits(prefix.network().to_left_bits() | self.bits() & free)
    }
}

/// `count` different prefixes, in the order in which they came.
pub(crate) fn prefixes<A: Address>(
    random: &mut Random,
    lengths: &[(u8, u64)],
    count: usize,
) -> Vec<Prefix<A>> {
    let total = lengths.iter().map(|(_, share)| share).sum();
    let mut seen = std::collections::HashSet::new();
    let mut made: Vec<Prefix<A>> = Vec::with_capacity(count);
    while made.len() < count {
        let mut left = random.below(total);
        let length = lengths.iter().find(|(_, share)| {
            let here = left < *share;
            left = left.saturating_sub(*share);
            here
        });
        let Some((length, _)) = length else { continue };
        let outer = made.get(random.below(2 * made.len() as u64 + 1) as usize);
        let address = match outer {
            Some(outer) if outer.length() < *length => random.within(*outer),
            _ => random.anywhere(),
        };
        if let Some(prefix) = Prefix::containing(address, *length)
            && seen.insert(prefix)
        {
            made.push(prefix);
        }
    }
    made
}
