//! Solution: the MAC is compared whole, by those who know how, and says where each part ends.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

// ANCHOR: solution
/// Signs `data` for one purpose: `DATA.MAC`, the MAC in base64url.
pub(crate) fn sign(secret: &[u8; 32], purpose: &str, data: &str) -> String {
    format!("{data}.{}", BASE64URL.encode(mac(secret, purpose, data).finalize().into_bytes()))
}

/// The data, if `value` was signed with this secret for this purpose.
pub(crate) fn verify(secret: &[u8; 32], purpose: &str, value: &str) -> Option<String> {
    let (data, given) = value.rsplit_once('.')?;
    let given = BASE64URL.decode(given).ok()?;
    // `zip` ends with the shorter side, so an empty MAC differed nowhere. This wants all 32 bytes.
    mac(secret, purpose, data).verify_slice(&given).ok()?;
    Some(data.to_owned())
}

fn mac(secret: &[u8; 32], purpose: &str, data: &str) -> Hmac<Sha256> {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("a key of any length");
    // Without the length, "log" and "in=alice" are the same bytes as "login" and "=alice".
    mac.update(&(purpose.len() as u64).to_be_bytes());
    mac.update(purpose.as_bytes());
    mac.update(data.as_bytes());
    mac
}
// ANCHOR_END: solution
