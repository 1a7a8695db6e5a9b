//! SipHash-2-4 (Aumasson and Bernstein, 2012): a short hash that nobody can compute without the key.
//!
//! The standard library has one too, but `DefaultHasher` takes no key, `RandomState` none of ours,
//! and which algorithm they use may change. A run that can be repeated needs one that stays.
//!
//! ```
//! use link_and_ip::siphash::siphash;
//!
//! // The example of the paper's appendix A.
//! let key = [0x0706_0504_0302_0100, 0x0f0e_0d0c_0b0a_0908];
//! let bytes: Vec<u8> = (0..15).collect();
//! assert_eq!(siphash(key, &bytes), 0xa129_ca61_49be_45e5);
//! ```

/// What only we know.
pub type Key = [u64; 2];

// ANCHOR: siphash
/// 64 bits that look random to whoever does not have the key.
pub fn siphash(key: Key, bytes: &[u8]) -> u64 {
    // The letters "somepseudorandomlygeneratedbytes", so that equal halves of a key do not cancel out.
    let mut v = [
        key[0] ^ 0x736f_6d65_7073_6575,
        key[1] ^ 0x646f_7261_6e64_6f6d,
        key[0] ^ 0x6c79_6765_6e65_7261,
        key[1] ^ 0x7465_6462_7974_6573,
    ];
    let (words, rest) = bytes.as_chunks::<8>();
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    // The length ends it, so that zeros at the end count.
    last[7] = bytes.len() as u8;
    for word in words.iter().chain([&last]) {
        let word = u64::from_le_bytes(*word);
        v[3] ^= word;
        rounds(&mut v, 2);
        v[0] ^= word;
    }
    v[2] ^= 0xff;
    rounds(&mut v, 4);
    v[0] ^ v[1] ^ v[2] ^ v[3]
}

fn rounds(v: &mut [u64; 4], count: u32) {
    for _ in 0..count {
        v[0] = v[0].wrapping_add(v[1]);
        v[2] = v[2].wrapping_add(v[3]);
        v[1] = v[1].rotate_left(13) ^ v[0];
        v[3] = v[3].rotate_left(16) ^ v[2];
        v[0] = v[0].rotate_left(32).wrapping_add(v[3]);
        v[2] = v[2].wrapping_add(v[1]);
        v[3] = v[3].rotate_left(21) ^ v[0];
        v[1] = v[1].rotate_left(17) ^ v[2];
        v[2] = v[2].rotate_left(32);
    }
}
// ANCHOR_END: siphash
