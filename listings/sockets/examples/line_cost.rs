//! `line_cost`: how many bytes are moved to take lines out of a buffer.

use sockets::framing::Lines;

fn main() -> anyhow::Result<()> {
    println!("  bytes   lines   bytes moved");
    for size in [1_000, 10_000, 100_000] {
        let push: Vec<u8> = b"x\n".iter().copied().cycle().take(size).collect();
        let (lines, moved) = drain(push.clone());
        println!("{size:>7} {lines:>7} {moved:>13}");
        let mut ours = Lines::new(80);
        ours.push(&push);
        let mut count = 0;
        while ours.next_line()?.is_some() {
            count += 1;
        }
        anyhow::ensure!(count == lines, "{count} lines instead of {lines}");
    }
    Ok(())
}

// ANCHOR: drain
fn drain(mut buffer: Vec<u8>) -> (usize, usize) {
    let (mut lines, mut moved) = (0, 0);
    while let Some(end) = buffer.iter().position(|&byte| byte == b'\n') {
        let _line: Vec<u8> = buffer.drain(..=end).collect();
        lines += 1;
        // `drain` has moved everything that is left to the front.
        moved += buffer.len();
    }
    (lines, moved)
}
// ANCHOR_END: drain
