//! A lab is closed off from the machine and from other labs, and nothing of it is left.
#![cfg(target_os = "linux")]

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use addresses::lab::{FILE, Lab, LabError};
use testkit::{Process, folder, within};

const LIMIT: Duration = Duration::from_secs(20);

/// What `ip` prints in the lab.
fn ip(lab: &Lab, arguments: &str) -> String {
    let output = lab.command("ip").args(arguments.split(' ')).output().unwrap();
    assert!(output.status.success(), "ip {arguments}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn program(folder: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_lab"));
    command.current_dir(folder);
    command
}

/// The processes of the machine whose command line contains `needle`.
fn running(needle: &str) -> usize {
    command_lines().filter(|line| line.contains(needle)).count()
}

/// Whether some process is exactly this.
fn is_running(line: &str) -> bool {
    command_lines().any(|other| other == line)
}

/// Of all processes, with a zero behind each argument.
fn command_lines() -> impl Iterator<Item = String> {
    let processes = fs::read_dir("/proc").unwrap().flatten();
    processes
        .filter_map(|process| fs::read(process.path().join("cmdline")).ok())
        .map(|line| String::from_utf8_lossy(&line).into_owned())
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn two_labs_do_not_see_each_other() {
    within(LIMIT, "two labs", || {
        let (first, second) = (Lab::open().unwrap(), Lab::open().unwrap());
        assert_eq!(ip(&first, "-brief link").lines().count(), 1, "only lo");
        assert!(ip(&first, "-brief address show lo").contains("127.0.0.1/8 ::1/128"));
        ip(&first, "link add name one type veth peer name other");
        ip(&first, "netns add room");
        assert!(ip(&first, "-brief link").contains("one"));
        assert!(ip(&first, "netns list").contains("room"));
        assert_eq!(ip(&first, "netns exec room ip -brief link").lines().count(), 1);
        assert!(!ip(&second, "-brief link").contains("one"));
        assert_eq!(ip(&second, "netns list"), "");
        // Nor does the machine.
        assert!(!Path::new("/sys/class/net/one").exists());
        assert!(!Path::new("/run/netns/room").exists());
    });
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn addresses_can_be_used_at_once() {
    within(LIMIT, "an address", || {
        let lab = Lab::open().unwrap();
        ip(&lab, "link add name left type veth peer name right");
        ip(&lab, "link set left up");
        ip(&lab, "link set right up");
        ip(&lab, "address add 2001:db8::1/64 dev left");
        assert!(!ip(&lab, "-6 address show dev left").contains("tentative"));
        let forwarding = lab.command("cat").arg("/proc/sys/net/ipv4/ip_forward").output().unwrap();
        assert_eq!(forwarding.stdout, b"0\n");
    });
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn dropping_ends_every_process() {
    within(LIMIT, "dropping", || {
        // A time that no other process sleeps for.
        let time = format!("86400.{}", std::process::id());
        let lab = Lab::open().unwrap();
        let mut child = lab.command("sleep").arg(&time).spawn().unwrap();
        // One in the background, in a session of its own, whose parent is gone.
        let script = "setsid sleep \"$1\" </dev/null >/dev/null 2>&1 & sleep 0.01";
        let mut shell = lab.command("sh");
        shell.args(["-c", script, "sh", &time]).stdout(Stdio::null());
        assert!(shell.status().unwrap().success());
        ip(&lab, "netns add room");
        let room = lab.command("ip").args(["netns", "exec", "room", "sleep", &time]).spawn();
        let mut room = room.unwrap();
        // Each of our two stands under an nsenter with the same words.
        while running(&time) < 5 {
            std::thread::yield_now();
        }
        drop(lab);
        assert!(!child.wait().unwrap().success());
        assert!(!room.wait().unwrap().success());
        assert_eq!(running(&time), 0);
    });
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn a_killed_command_takes_the_program_along() {
    within(LIMIT, "killing", || {
        let time = format!("43200.{}", std::process::id());
        let lab = Lab::open().unwrap();
        let mut child = lab.command("sleep").arg(&time).spawn().unwrap();
        // The program itself: before it is that, what starts it cannot know whose death to follow.
        while !is_running(&format!("sleep\0{time}\0")) {
            std::thread::yield_now();
        }
        child.kill().unwrap();
        child.wait().unwrap();
        while running(&time) > 0 {
            std::thread::yield_now();
        }
    });
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn an_interrupt_reaches_the_program_and_its_last_words_reach_us() {
    let lab = Lab::open().unwrap();
    let script = "trap 'echo last words; exit 3' INT; echo ready; while :; do sleep 0.01; done";
    let process = Process::start(lab.command("sh").args(["-c", script])).unwrap();
    process.wait_for_text("ready", LIMIT).unwrap();
    process.interrupt();
    let finished = process.finish(LIMIT).unwrap();
    assert_eq!(finished.text(), "ready\nlast words\n");
    assert_eq!(finished.status.code(), Some(3));
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn the_program_holds_a_lab_for_its_folder() {
    let folder = folder("lab-program");
    let run = |words: &str| {
        let process = Process::start(program(&folder).args(words.split(' '))).unwrap();
        process.finish(LIMIT).unwrap()
    };
    // Left behind by one that was killed; the number is somebody's by now, as it may be.
    fs::write(folder.join(FILE), format!("{0} {0}\n", std::process::id())).unwrap();
    let early = run("true");
    assert_eq!(early.status.code(), Some(1));
    assert!(early.text().contains("no lab is open in this folder"), "{}", early.text());

    let holder = Process::start(program(&folder).arg("open")).unwrap();
    holder.wait_for_text("open\n", LIMIT).unwrap();
    let second = run("open");
    assert_eq!(second.status.code(), Some(1));
    let told = format!("process {} holds the lab", holder.id());
    assert!(second.text().contains(&told), "{}", second.text());

    run("ip link add name shared type veth peer name other");
    assert!(run("ip -brief link").text().contains("shared"));
    assert_eq!(run("pwd").text().trim_end(), folder.canonicalize().unwrap().to_str().unwrap());
    assert_eq!(run("false").status.code(), Some(1));
    assert_eq!(run("no-such-program").status.code(), Some(127));
    assert!(matches!(Lab::join(&folder), Ok(joined) if ip(&joined, "link").contains("shared")));

    holder.interrupt();
    let finished = holder.finish(LIMIT).unwrap();
    assert_eq!((finished.status.code(), finished.text().as_str()), (Some(0), "open\n"));
    assert!(!folder.join(FILE).exists());
    assert!(matches!(Lab::join(&folder), Err(LabError::None)));
}

#[test]
#[ignore = "needs ip and unshare, as root or with user namespaces: ci/setup.sh"]
fn a_killed_holder_leaves_nothing_but_a_file() {
    let folder = folder("lab-killed");
    let holder = Process::start(program(&folder).arg("open")).unwrap();
    holder.wait_for_text("open\n", LIMIT).unwrap();
    let joined = Lab::join(&folder).unwrap();
    let mut command = joined.command("sh");
    let sleeping = Process::start(command.args(["-c", "echo ready; sleep 86400"])).unwrap();
    sleeping.wait_for_text("ready", LIMIT).unwrap();
    drop(holder); // SIGKILL
    assert!(!sleeping.finish(LIMIT).unwrap().status.success());
    assert!(folder.join(FILE).exists());
    assert!(matches!(Lab::join(&folder), Err(LabError::None)));
    let next = Process::start(program(&folder).arg("open")).unwrap();
    next.wait_for_text("open\n", LIMIT).unwrap();
    next.terminate();
    assert!(next.finish(LIMIT).unwrap().status.success());
}

#[test]
fn the_program_says_how_to_use_it() {
    let process = Process::start(&mut Command::new(env!("CARGO_BIN_EXE_lab"))).unwrap();
    let finished = process.finish(LIMIT).unwrap();
    assert_eq!(finished.status.code(), Some(2));
    assert!(finished.text().starts_with("usage: lab open"));
}
