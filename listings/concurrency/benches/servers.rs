//! `cargo bench -p concurrency --bench servers`: the tables of the chapter's last page. Every
//! server, three peers that others wrote, one machine, one run.
//!
//! The server has one processor and the load another. With `FAST=1`, shorter and worse.

#[cfg(target_os = "linux")]
mod load;

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("servers: needs Linux, for epoll and for a processor of its own");
}

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    bench::main()
}

#[cfg(target_os = "linux")]
mod bench {
    use std::env;
    use std::fs;
    use std::io::{self, Read};
    use std::net::SocketAddr;
    use std::path::{Path, PathBuf};
    use std::process::Command;
    use std::time::Duration;

    use anyhow::{Context, bail, ensure};
    use rustix::thread::{CpuSet, sched_setaffinity};
    use testkit::Process;

    use crate::load;

    /// Clients of the loads.
    const CLIENTS: usize = 64;
    /// Requests a second of the open loop: what the slowest of the servers can do, with room.
    const RATE: u32 = 5_000;
    /// How often each server is loaded as much as it can take, in turns with the others; the best
    /// round counts, since the rest of the machine can only make a server slower.
    const ROUNDS: usize = 3;
    /// Connections that only cost memory.
    const IDLE: usize = 10_000;
    /// No server needs longer for anything.
    const LIMIT: Duration = Duration::from_secs(20);

    const SERVER_CPU: usize = 0;
    const LOAD_CPU: usize = 1;

    /// What is measured, and how it is started.
    struct Subject {
        name: &'static str,
        command: Vec<String>,
    }

    #[derive(Default, Clone)]
    struct Row {
        per_second: f64,
        cpu: f64,
        alone: f64,
        times: [u32; 3],
        memory: f64,
    }

    pub(super) fn main() -> anyhow::Result<()> {
        let arguments: Vec<_> = env::args().skip(1).filter(|word| word != "--bench").collect();
        let words: Vec<_> = arguments.iter().map(String::as_str).collect();
        match words.as_slice() {
            [] => tables(&[]),
            ["closed", address, clients, seconds, line] => {
                let time = Duration::try_from_secs_f64(seconds.parse()?)?;
                let line = *line == "line";
                let found = load::closed(address.parse()?, clients.parse()?, time, line)?;
                println!("{}", found.answers);
                Ok(())
            }
            ["open", address, clients, rate, seconds] => {
                let time = Duration::try_from_secs_f64(seconds.parse()?)?;
                let mut found =
                    load::open(address.parse()?, clients.parse()?, rate.parse()?, time)?;
                found.times.sort_unstable();
                let at = |per_mille: usize| found.times[(found.times.len() - 1) * per_mille / 1000];
                println!("{} {} {}", at(500), at(990), at(999));
                Ok(())
            }
            ["idle", address, count] => {
                let streams = load::idle(address.parse()?, count.parse()?)?;
                println!("{} open", streams.len());
                io::stdin().read_exact(&mut [0])?; // until the table is done with them
                Ok(())
            }
            names => tables(names),
        }
    }

    fn tables(names: &[&str]) -> anyhow::Result<()> {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
        let mut subjects = peers(folder)?;
        for name in ["threads", "pool", "level", "edge", "executor", "tokio", "uring"] {
            subjects.push(ours(name, "--connections 11000"));
        }
        subjects.retain(|subject| names.is_empty() || names.contains(&subject.name));
        let mut rows = vec![Row { cpu: f64::INFINITY, ..Row::default() }; subjects.len()];
        for _ in 0..ROUNDS {
            for (subject, row) in subjects.iter().zip(&mut rows) {
                let (per_second, cpu) = closed(subject, CLIENTS).with_context(|| subject.name)?;
                row.per_second = row.per_second.max(per_second);
                row.cpu = row.cpu.min(cpu);
            }
        }
        for (subject, row) in subjects.iter().zip(&mut rows) {
            row.alone = closed(subject, 1).with_context(|| subject.name)?.1;
            open(subject, row).with_context(|| subject.name)?;
            memory(subject, row).with_context(|| subject.name)?;
        }
        print(&subjects, &rows);
        println!();
        upper(names)
    }

    fn print(subjects: &[Subject], rows: &[Row]) {
        println!(
            "{CLIENTS} clients, {} bytes, echo; {RATE} requests/s for the latencies",
            load::MESSAGE
        );
        println!();
        println!(
            "             64 clients, at their fastest  1 client     latency in µs        KiB for an"
        );
        println!(
            "            requests/s   µs CPU     ratio    µs CPU     p50     p99   p99.9  idle client"
        );
        // By processor time, which the rest of the machine disturbs less than the clock on the wall.
        let floor = rows.first().map_or(1.0, |row| row.cpu);
        for (subject, row) in subjects.iter().zip(rows) {
            let [p50, p99, p999] = row.times;
            println!(
                "{:12}{:>10.0}{:>9.1}{:>10.2}{:>10.1}{p50:>8}{p99:>8}{p999:>8}{:>13.1}",
                subject.name,
                row.per_second,
                row.cpu,
                floor / row.cpu,
                row.alone,
                row.memory,
            );
        }
    }

    /// A server of this crate.
    fn ours(name: &'static str, options: &str) -> Subject {
        let words = [env!("CARGO_BIN_EXE_servers"), name].into_iter();
        let command = words.chain(options.split_whitespace()).map(str::to_owned).collect();
        Subject { name, command }
    }

    /// The floor, and what others would use.
    fn peers(folder: &Path) -> anyhow::Result<Vec<Subject>> {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");
        let floor = folder.join("floor");
        let mut cc = Command::new(testkit::require("cc"));
        run(cc.args(["-O2", "-o"]).arg(&floor).arg(sources.join("floor.c")))?;
        let go = folder.join("go_echo");
        let mut build = Command::new(testkit::require("go"));
        build.env("GO111MODULE", "off").env("GOFLAGS", "").env("GOCACHE", folder.join("go"));
        run(build.args(["build", "-o"]).arg(&go).arg(sources.join("go_echo.go")))?;
        let path = |path: PathBuf| path.to_string_lossy().into_owned();
        let script = path(sources.join("asyncio_echo.py"));
        Ok(vec![
            Subject { name: "C, epoll", command: vec![path(floor)] },
            Subject { name: "asyncio", command: vec!["python3".to_owned(), script] },
            Subject { name: "Go", command: vec![path(go)] },
        ])
    }

    fn run(command: &mut Command) -> anyhow::Result<()> {
        let status = command.status().with_context(|| format!("cannot run {command:?}"))?;
        ensure!(status.success(), "{command:?} failed: {status}");
        Ok(())
    }

    /// As many requests as the server answers: how many a second, and the microseconds of
    /// processor time for each.
    fn closed(subject: &Subject, clients: usize) -> anyhow::Result<(f64, f64)> {
        let seconds = 0.6 * scale();
        let server = Running::start(subject)?;
        let before = server.used()?;
        let address = server.address.to_string();
        let answers = load(&["closed", &address, &clients.to_string(), &seconds.to_string(), "-"])?;
        let used = server.used()?.saturating_sub(before);
        let answers: f64 = answers.trim().parse()?;
        Ok((answers / seconds, used.as_secs_f64() * 1e6 / answers))
    }

    fn open(subject: &Subject, row: &mut Row) -> anyhow::Result<()> {
        let seconds = (2.0 * scale()).to_string();
        let server = Running::start(subject)?;
        let address = server.address.to_string();
        let times = load(&["open", &address, &CLIENTS.to_string(), &RATE.to_string(), &seconds])?;
        let times: Result<Vec<u32>, _> = times.split_whitespace().map(str::parse).collect();
        row.times = times?.try_into().ok().context("three times")?;
        Ok(())
    }

    fn memory(subject: &Subject, row: &mut Row) -> anyhow::Result<()> {
        let server = Running::start(subject)?;
        let before = server.resident()?;
        on_cpu(LOAD_CPU)?;
        let mut command = Command::new(env::current_exe()?);
        command.args(["idle", &server.address.to_string(), &IDLE.to_string()]);
        let (clients, _open) = Process::stdin_piped(&mut command)?;
        clients.wait_for_text("open", LIMIT)?;
        row.memory = (server.resident()? - before) / IDLE as f64;
        Ok(())
    }

    /// 100 clients that send a line each, and the next when it is answered: each answer takes the
    /// server 10 ms in which it has nothing to do.
    fn upper(names: &[&str]) -> anyhow::Result<()> {
        println!("100 clients, upper: 10 ms of work for a line");
        println!();
        println!("            lines/s");
        for name in ["iterative", "threads", "pool", "level", "edge", "executor", "tokio", "uring"]
        {
            if !names.is_empty() && !names.contains(&name) {
                continue;
            }
            let server = Running::start(&ours(name, "--service upper")).context(name)?;
            let answers = load(&["closed", &server.address.to_string(), "100", "1", "line"])?;
            println!("{name:12}{:>7}", answers.trim());
        }
        Ok(())
    }

    fn scale() -> f64 {
        if env::var_os("FAST").is_some() { 0.3 } else { 1.0 }
    }

    /// This program again, on its own processor.
    fn load(arguments: &[&str]) -> anyhow::Result<String> {
        on_cpu(LOAD_CPU)?;
        let process = Process::start(Command::new(env::current_exe()?).args(arguments))?;
        let finished = process.finish(LIMIT)?;
        ensure!(finished.status.success(), "{arguments:?}: {}", finished.text());
        Ok(finished.text())
    }

    /// What this process starts from now on runs there, with all its threads.
    fn on_cpu(cpu: usize) -> anyhow::Result<()> {
        let mut set = CpuSet::new();
        set.set(cpu);
        sched_setaffinity(None, &set).context("needs two processors")
    }

    struct Running {
        address: SocketAddr,
        process: Process,
    }

    impl Running {
        fn start(subject: &Subject) -> anyhow::Result<Self> {
            on_cpu(SERVER_CPU)?;
            let mut command = Command::new(&subject.command[0]);
            let process = Process::start(command.args(&subject.command[1..]))?;
            process.wait_for_text("\n", LIMIT)?;
            let text = process.text_so_far();
            let Some(address) = text.trim().strip_prefix("listening on ") else {
                bail!("printed {text:?}");
            };
            Ok(Self { address: address.parse()?, process })
        }

        /// Processor time of the process, in ticks of 10 ms: fields 14 and 15 of proc(5).
        fn used(&self) -> anyhow::Result<Duration> {
            let text = fs::read_to_string(format!("/proc/{}/stat", self.process.id()))?;
            let fields = text.rsplit(") ").next().unwrap_or_default().split_whitespace();
            let ticks: u64 = fields.skip(11).take(2).filter_map(|x| x.parse::<u64>().ok()).sum();
            Ok(Duration::from_millis(10 * ticks))
        }

        /// Memory of the process that is in use, in KiB. The kernel's own is not in it.
        fn resident(&self) -> anyhow::Result<f64> {
            let text = fs::read_to_string(format!("/proc/{}/status", self.process.id()))?;
            let line = text.lines().find_map(|line| line.strip_prefix("VmRSS:"));
            let word = line.and_then(|line| line.split_whitespace().next()).context("VmRSS")?;
            Ok(word.parse()?)
        }
    }
}
