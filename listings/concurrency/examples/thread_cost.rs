//! `thread_cost STACK`: what a thread for each of 1,000 idle connections costs, with a stack of so
//! many KiB.

use std::fs;
use std::io::Read;
use std::net::{TcpListener, TcpStream};
use std::thread::Builder;
use std::time::Duration;

use anyhow::{Context, ensure};

const CONNECTIONS: u64 = 1000;

fn main() -> anyhow::Result<()> {
    let stack: usize = std::env::args().nth(1).context("usage: thread_cost STACK")?.parse()?;
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let mut clients = Vec::new();
    let before = (status("VmSize:")?, status("VmRSS:")?);
    for _ in 0..CONNECTIONS {
        clients.push(TcpStream::connect(listener.local_addr()?)?);
        let (mut stream, _) = listener.accept()?;
        Builder::new().stack_size(stack << 10).spawn(move || stream.read(&mut [0; 64]))?;
    }
    wait_until_all_sleep()?;
    println!("threads                {:6}", status("Threads:")? - 1);
    println!("mapped for each, KiB   {:6}", (status("VmSize:")? - before.0) / CONNECTIONS);
    println!("resident for each, KiB {:6}", (status("VmRSS:")? - before.1) / CONNECTIONS);
    Ok(())
}

/// A number of `/proc/self/status`.
fn status(name: &str) -> anyhow::Result<u64> {
    let status = fs::read_to_string("/proc/self/status").context("this needs Linux")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).context("no such line")?;
    Ok(line.split_whitespace().next().context("no number")?.parse()?)
}

/// A thread that has not run yet has not touched its stack.
fn wait_until_all_sleep() -> anyhow::Result<()> {
    for _ in 0..1000 {
        let asleep = |path: &fs::DirEntry| {
            let stat = fs::read_to_string(path.path().join("stat")).unwrap_or_default();
            stat.rsplit_once(") ").is_some_and(|(_, state)| state.starts_with('S'))
        };
        let tasks = fs::read_dir("/proc/self/task")?.flatten();
        if tasks.filter(asleep).count() as u64 >= CONNECTIONS {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    ensure!(false, "the threads do not come to rest");
    Ok(())
}
