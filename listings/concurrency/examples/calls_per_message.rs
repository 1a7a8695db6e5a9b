//! `calls_per_message KIND…`: 64 connections, 50 messages on each, and the system calls that
//! `strace` counts in the server meanwhile.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;
use std::{env, fs};

use anyhow::Context;
use testkit::{Process, free_port};

const CONNECTIONS: usize = 64;
const ROUNDS: usize = 50;
const LIMIT: Duration = Duration::from_secs(30);

fn main() -> anyhow::Result<()> {
    for kind in env::args().skip(1) {
        let counts = env::temp_dir().join(format!("calls-{kind}-{}", std::process::id()));
        let calls = measure(&kind, &counts);
        let _ = fs::remove_file(&counts);
        let calls = calls? as f64 / (CONNECTIONS * ROUNDS) as f64;
        let calls = if calls < 1.0 { "less than 1".into() } else { format!("{calls:.0}") };
        println!("{kind:7} system calls for a message: {calls}");
    }
    Ok(())
}

fn measure(kind: &str, counts: &Path) -> anyhow::Result<u64> {
    let address = format!("127.0.0.1:{}", free_port());
    let mut command = Command::new("strace");
    command.args(["-f", "-qq", "-c", "-U", "calls,name", "-o"]).arg(counts);
    command.arg(servers()).args([kind, "--listen", &address]);
    let server = Process::start(&mut command)?;
    server.wait_for_text("listening", LIMIT)?;
    rounds(&address)?;
    server.terminate();
    server.finish(LIMIT)?;
    let table = fs::read_to_string(counts)?;
    let total = table.lines().rev().find_map(|line| line.trim().strip_suffix("total"));
    Ok(total.context("no total")?.trim().parse()?)
}

/// All send, and then all read: the server finds many messages at once.
fn rounds(address: &str) -> anyhow::Result<()> {
    let clients: Result<Vec<_>, _> =
        (0..CONNECTIONS).map(|_| TcpStream::connect(address)).collect();
    let clients = clients?;
    let mut answer = [0; 5];
    for _ in 0..ROUNDS {
        for mut client in &clients {
            client.write_all(b"hello")?;
        }
        for mut client in &clients {
            client.set_read_timeout(Some(LIMIT))?;
            client.read_exact(&mut answer)?;
        }
    }
    Ok(())
}

/// Beside this program or one folder above, where cargo puts it; else the one in `PATH`.
fn servers() -> PathBuf {
    let here = env::current_exe().unwrap_or_default();
    let mut beside = here.ancestors().skip(1).take(2).map(|folder| folder.join("servers"));
    beside.find(|path| path.is_file()).unwrap_or_else(|| "servers".into())
}
