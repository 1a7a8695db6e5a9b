//! What is special about the server on `io_uring`; the rest is in the suite.
#![cfg(target_os = "linux")]

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::process::Command;
use std::thread;
use std::time::Duration;

use concurrency::settings::Settings;
use concurrency::{stop, uring};
use testkit::{Process, require, within};

const LIMIT: Duration = Duration::from_secs(60);

/// More clients than buffers, all with more bytes than a buffer holds, and some who read late: each
/// gets its own bytes back, whatever buffer they were in.
#[test]
#[ignore = "needs io_uring: /proc/sys/kernel/io_uring_disabled"]
fn buffers_go_around_and_never_mix() {
    within(LIMIT, "200 clients", || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stopper, stop) = stop::pair().unwrap();
        let server = thread::spawn(move || uring::run(listener, &Settings::default(), &stop));
        let clients = (0..200_u8).map(|byte| {
            thread::spawn(move || {
                let mut stream = TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(LIMIT)).unwrap();
                stream.write_all(&vec![byte; 50_000]).unwrap();
                stream.shutdown(Shutdown::Write).unwrap();
                let mut answer = Vec::new();
                stream.read_to_end(&mut answer).unwrap();
                assert_eq!(answer.len(), 50_000);
                assert!(answer.iter().all(|&one| one == byte));
            })
        });
        clients.collect::<Vec<_>>().into_iter().for_each(|client| client.join().unwrap());
        drop(stopper);
        server.join().unwrap().unwrap();
    });
}

/// The connection ends while the kernel still has a receive for it, and others go on.
#[test]
#[ignore = "needs io_uring: /proc/sys/kernel/io_uring_disabled"]
fn an_operation_that_is_given_up_is_waited_for() {
    within(LIMIT, "an idle client", || {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (stopper, stop) = stop::pair().unwrap();
        let settings = Settings { idle: Duration::from_millis(100), ..Settings::default() };
        let server = thread::spawn(move || uring::run(listener, &settings, &stop));
        for _ in 0..3 {
            let mut idle = TcpStream::connect(address).unwrap();
            idle.set_read_timeout(Some(LIMIT)).unwrap();
            assert_eq!(idle.read(&mut [0; 1]).unwrap(), 0);
            let mut next = TcpStream::connect(address).unwrap();
            next.write_all(b"x").unwrap();
            assert_eq!(next.read(&mut [0; 1]).unwrap(), 1);
        }
        drop(stopper);
        server.join().unwrap().unwrap();
    });
}

#[test]
#[ignore = "needs strace: ci/setup.sh"]
fn a_kernel_that_refuses_is_named() {
    for (error, expected) in [("EPERM", "io_uring_disabled"), ("ENOSYS", "has no io_uring")] {
        let inject = format!("inject=io_uring_setup:error={error}");
        let mut command = Command::new(require("strace"));
        command.args(["-f", "-o", "/dev/null", "-e", "trace=io_uring_setup", "-e", &inject]);
        command.args([env!("CARGO_BIN_EXE_servers"), "uring"]);
        let finished = Process::start(&mut command).unwrap().finish(LIMIT).unwrap();
        assert!(!finished.status.success());
        assert!(finished.text().contains(expected), "{}", finished.text());
    }
}
