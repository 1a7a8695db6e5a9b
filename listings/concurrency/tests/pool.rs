//! What the page about the pool claims: the textbooks' pool fails, and ours does not.

mod common;

use std::io::{Read, Write};
use std::process::Command;
use std::thread;
use std::time::{Duration, Instant};

use concurrency::pool;
use concurrency::session::Service;
use concurrency::settings::Settings;
use testkit::{Process, within};

use common::{LIMIT, connect, serve};

fn example(name: &str) -> Command {
    Command::new(testkit::example(name))
}

/// What `silent` prints about a server that `command` starts.
fn silent(command: &mut Command, number: &str) -> String {
    let server = Process::start(command).unwrap();
    server.wait_for_text("\n", LIMIT).unwrap();
    let text = server.text_so_far();
    let address = text.lines().next().unwrap().rsplit_once(' ').unwrap().1;
    let client = Process::start(example("silent").args([address, number])).unwrap();
    client.finish(LIMIT).unwrap().text()
}

#[test]
fn silent_clients_close_the_naive_pool_whatever_its_size() {
    for number in ["4", "40"] {
        let text = silent(example("naive_pool").args(["127.0.0.1:0", number]), number);
        assert!(text.contains("one more says hello: nothing for 0.5 s"), "{text}");
    }
}

#[test]
fn a_timeout_opens_it_and_cuts_the_patient_ones() {
    let text = silent(example("naive_pool").args(["127.0.0.1:0", "4", "0.05"]), "4");
    assert!(text.contains("one more says hello: hello"), "{text}");
    assert!(!text.contains("sorry: sorry"), "{text}");
}

#[test]
fn silent_clients_do_not_hold_a_worker() {
    for number in ["4", "400"] {
        let mut command = Command::new(env!("CARGO_BIN_EXE_servers"));
        let text = silent(command.args(["pool", "--workers", "4"]), number);
        assert!(text.contains("one more says hello: hello"), "{text}");
        assert!(text.contains("a silent one says sorry: sorry"), "{text}");
    }
}

#[test]
fn who_has_much_to_do_lets_the_others_in_between() {
    within(LIMIT, "two clients of one worker", || {
        let settings = Settings { service: Service::Upper, workers: 1, ..Settings::default() };
        let (address, stopper, server) = serve(pool::run, settings);
        let mut many = connect(address);
        many.write_all(&b"many\n".repeat(40)).unwrap();
        let begun = Instant::now();
        let mut one = connect(address);
        one.write_all(b"one\n").unwrap();
        one.read_exact(&mut [0; 4]).unwrap();
        let one_took = begun.elapsed();
        many.read_exact(&mut [0; 200]).unwrap();
        assert!(one_took * 4 < begun.elapsed(), "{one_took:?} of {:?}", begun.elapsed());
        drop((many, one, stopper));
        server.join().unwrap();
    });
}

/// Two workers, three clients who send and do not read: the fourth is served all the same.
#[test]
fn a_client_that_does_not_read_holds_no_worker() {
    within(LIMIT, "readers who do not read", || {
        let (address, stopper, server) =
            serve(pool::run, Settings { workers: 2, ..Settings::default() });
        let block = vec![b'x'; 65536];
        let stuck: Vec<_> = (0..3)
            .map(|_| {
                let mut stream = connect(address);
                stream.set_nonblocking(true).unwrap();
                // Until the server does not read any more, because it cannot write.
                let mut quiet_since = Instant::now();
                while quiet_since.elapsed() < Duration::from_millis(100) {
                    if stream.write(&block).is_ok() {
                        quiet_since = Instant::now();
                    } else {
                        thread::yield_now();
                    }
                }
                stream
            })
            .collect();
        let mut stream = connect(address);
        stream.write_all(b"served").unwrap();
        stream.read_exact(&mut [0; 6]).unwrap();
        drop((stuck, stream, stopper));
        server.join().unwrap();
    });
}
