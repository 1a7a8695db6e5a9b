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

use siphasher::sip::SipHasher24;

/// What only we know.
pub type Key = [u64; 2];

/// 64 bits that look random to whoever does not have the key.
pub fn siphash([first, second]: Key, bytes: &[u8]) -> u64 {
    SipHasher24::new_with_keys(first, second).hash(bytes)
}
