//! What the page about threads claims.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use testkit::Process;

const LIMIT: Duration = Duration::from_secs(60);

fn example(name: &str) -> Command {
    Command::new(testkit::example(name))
}

fn output(command: &mut Command) -> String {
    let finished = Process::start(command).unwrap().finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

#[test]
fn who_looks_first_and_takes_then_lets_too_many_in() {
    let text = output(&mut example("lost_place"));
    assert_eq!(
        text,
        "look, then take  room for 4, 8 inside\nin one step      room for 4, 4 inside\n"
    );
}

#[cfg(target_os = "linux")]
#[test]
fn a_stack_is_mapped_whole_and_resident_where_it_was_touched() {
    let numbers = |stack: &str| -> Vec<u64> {
        let text = output(example("thread_cost").arg(stack));
        text.lines().map(|line| line.rsplit_once(' ').unwrap().1.parse().unwrap()).collect()
    };
    let (large, small) = (numbers("2048"), numbers("128"));
    assert_eq!((large[0], small[0]), (1000, 1000));
    // The heaps that malloc maps for threads come on top, the same for both.
    assert!((1900..1940).contains(&(large[1] - small[1])), "{large:?} {small:?}");
    assert!(large[2].max(small[2]) < 64, "{large:?} {small:?}");
}

/// The address after "listening on ".
fn address(server: &Process) -> SocketAddr {
    server.wait_for_text("\n", LIMIT).unwrap();
    server.text_so_far().lines().next().unwrap().rsplit_once(' ').unwrap().1.parse().unwrap()
}

fn ask(address: SocketAddr) -> (TcpStream, Vec<u8>) {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.write_all(b"hello\n").unwrap();
    let mut answer = [0; 64];
    let count = stream.read(&mut answer).unwrap();
    (stream, answer[..count].to_vec())
}

/// With so little memory to map, some of the stacks cannot be had.
#[cfg(target_os = "linux")]
#[test]
fn without_a_thread_to_be_had_a_client_is_told_and_the_others_are_served() {
    let servers = env!("CARGO_BIN_EXE_servers");
    let script = format!("ulimit -v 40000; exec {servers} threads");
    let server = Process::start(Command::new("sh").args(["-c", &script])).unwrap();
    let address = address(&server);
    let clients: Vec<_> = (0..300).map(|_| ask(address)).collect();
    let answered = clients.iter().filter(|(_, answer)| answer == b"hello\n").count();
    let busy = clients.iter().filter(|(_, answer)| answer.starts_with(b"busy")).count();
    assert_eq!(answered + busy, 300, "{}", server.text_so_far());
    assert!(answered > 0 && busy > 0, "{answered} served, {busy} busy");
    drop(clients);
    // Their threads end, each in its own time; then there is room again.
    testkit::within(LIMIT, "room again", move || while ask(address).1 != b"hello\n" {});
    server.terminate();
    assert!(server.finish(LIMIT).unwrap().status.success());
}
