//! The tempting reader of names: where a pointer leads, begin again. `naive_name` reads a message in
//! hex, as `od` writes it, and prints the name of its first question.
//!
//! It works for every message that is meant well.

use std::io;

use anyhow::Context;

fn main() -> anyhow::Result<()> {
    let text = io::read_to_string(io::stdin())?;
    let bytes = text.split_whitespace().map(|byte| u8::from_str_radix(byte, 16));
    let message: Vec<u8> = bytes.collect::<Result<_, _>>().context("not bytes in hex")?;
    println!("{}", name(&message, 12));
    Ok(())
}

// ANCHOR: naive
/// The name at `at`.
fn name(message: &[u8], at: usize) -> String {
    let length = usize::from(message[at]);
    match length {
        0 => String::new(),
        1..=63 => {
            let label = String::from_utf8_lossy(&message[at + 1..][..length]);
            format!("{label}.{}", name(message, at + 1 + length))
        }
        _ => name(message, (length & 63) << 8 | usize::from(message[at + 1])),
    }
}
// ANCHOR_END: naive
