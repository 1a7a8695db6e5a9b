//! `who_is_there PATH`: waits at a Unix socket and asks the kernel who has connected.

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    use std::fs;
    use std::os::unix::net::UnixListener;

    use anyhow::Context;
    use rustix::net::sockopt::socket_peercred;
    use rustix::process::geteuid;

    let path = std::env::args().nth(1).context("usage: who_is_there PATH")?;
    let listener = UnixListener::bind(&path)?;
    println!("waiting");
    // ANCHOR: who
    let (client, _) = listener.accept()?;
    let peer = socket_peercred(&client)?;
    let program = fs::read_to_string(format!("/proc/{}/comm", peer.pid))?;
    let mine = if peer.uid == geteuid() { "the same user as I" } else { "another user" };
    println!("{} of {mine}", program.trim());
    // ANCHOR_END: who
    fs::remove_file(path)?;
    Ok(())
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("SO_PEERCRED is Linux's; elsewhere it is getpeereid(3)");
}
