//! Reads frames from a TAP device and prints them. Nothing answers.
//!
//! `tap_read [--fields] TAP [FRAMES [BUFFER]]`: how many frames (all, until Ctrl-C), and how many
//! bytes of each (65535). With `--fields` each is taken apart instead of dumped.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    use std::time::Duration;

    use anyhow::Context;
    use first_bytes::hexdump::dump;
    use link_and_ip::link::tap::{MAX_FRAME, Tap};
    use link_and_ip::wire::dissect::{dissect, render};

    let mut arguments = std::env::args().skip(1).peekable();
    let fields = arguments.next_if(|word| word == "--fields").is_some();
    let name = arguments.next().context("usage: tap_read [--fields] TAP [FRAMES [BUFFER]]")?;
    let frames = arguments.next().map_or(Ok(usize::MAX), |text| text.parse())?;
    let size = arguments.next().map_or(Ok(MAX_FRAME), |text| text.parse())?;
    let print = |frame: &[u8]| {
        let mut text = String::new();
        if fields {
            text = render(&dissect(frame));
        } else {
            dump(&mut text, 0, frame);
        }
        print!("{text}");
    };

    // ANCHOR: read
    let tap = Tap::open(&name)?;
    println!("attached to {name}");
    let mut buffer = vec![0; size];
    let mut seen: usize = 0;
    while seen < frames {
        tap.wait(Duration::from_secs(1))?;
        while let Some(length) = tap.receive(&mut buffer)? {
            seen += 1;
            println!("one read, {length} bytes:");
            print(&buffer[..length]);
        }
    }
    // ANCHOR_END: read
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("TAP devices are Linux's");
}
