//! Makes its standard input non-blocking, and ends.

use std::io::stdin;

use rustix::fs::{OFlags, fcntl_getfl, fcntl_setfl};

fn main() -> anyhow::Result<()> {
    // ANCHOR: nonblocking
    let flags = fcntl_getfl(stdin())?;
    fcntl_setfl(stdin(), flags | OFlags::NONBLOCK)?;
    // ANCHOR_END: nonblocking
    Ok(())
}
