//! Exercise: a signed value that nobody can forge.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

// ANCHOR: exercise
/// Signs `data` for one purpose: `DATA.MAC`, the MAC in base64url.
pub(crate) fn sign(secret: &[u8; 32], purpose: &str, data: &str) -> String {
    format!("{data}.{}", BASE64URL.encode(mac(secret, purpose, data)))
}

/// The data, if `value` was signed with this secret for this purpose.
pub(crate) fn verify(secret: &[u8; 32], purpose: &str, value: &str) -> Option<String> {
    let (data, given) = value.rsplit_once('.')?;
    let given = BASE64URL.decode(given).ok()?;
    let expected = mac(secret, purpose, data);
    // Looks at every byte, so the time it takes says nothing.
    let different = expected.iter().zip(&given).fold(0, |bits, (a, b)| bits | (a ^ b));
    (different == 0).then(|| data.to_owned())
}

fn mac(secret: &[u8; 32], purpose: &str, data: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    mac.update(purpose.as_bytes());
    mac.update(data.as_bytes());
    mac.finalize().into_bytes().into()
}
// ANCHOR_END: exercise
