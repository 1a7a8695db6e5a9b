//! Exercise: the canonical text of an IPv6 address (RFC 5952 §4 and §5).

// ANCHOR: exercise
/// The canonical text of the address with these groups.
///
/// Write it without std's `Display` of `Ipv6Addr`. This version compresses the first zeros that it
/// meets, and never asks how many there are.
pub(crate) fn canonical(groups: [u16; 8]) -> String {
    let mut text = String::new();
    let mut at = 0;
    let mut compressed = false;
    while at < 8 {
        if groups[at] == 0 && !compressed {
            compressed = true;
            text += if at == 0 { "::" } else { ":" };
            while at < 8 && groups[at] == 0 {
                at += 1;
            }
            continue;
        }
        text += &format!("{:x}", groups[at]);
        at += 1;
        if at < 8 {
            text.push(':');
        }
    }
    text
}
// ANCHOR_END: exercise
