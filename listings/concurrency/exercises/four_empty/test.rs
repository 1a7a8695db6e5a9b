//! `cargo test -p concurrency --test four_empty`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use exercise::serve;
use testkit::within;

const LIMIT: Duration = Duration::from_secs(5);

/// A server for `total` connections with four workers.
fn server(total: usize) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let thread = thread::spawn(move || serve(&listener, 4, total).unwrap());
    (address, thread)
}

fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream
}

fn ask(stream: &mut TcpStream, word: &str) {
    stream.write_all(word.as_bytes()).unwrap();
    let mut answer = vec![0; word.len()];
    let read = stream.read_exact(&mut answer);
    assert!(read.is_ok(), "{word:?} was not answered: {read:?}");
    assert_eq!(answer, word.as_bytes());
}

fn end(mut stream: TcpStream) {
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
}

#[test]
fn an_answer_for_each_word() {
    within(LIMIT * 2, "one client", || {
        let (address, serving) = server(1);
        let mut client = connect(address);
        ask(&mut client, "one");
        ask(&mut client, "two");
        end(client);
        serving.join().unwrap();
    });
}

#[test]
fn four_silent_clients_keep_nobody_from_being_served() {
    within(LIMIT * 2, "five clients", || {
        let (address, serving) = server(5);
        let silent: Vec<_> = (0..4).map(|_| connect(address)).collect();
        let mut fifth = connect(address);
        ask(&mut fifth, "hello");
        // They were silent, not gone.
        for mut client in silent {
            ask(&mut client, "sorry");
            end(client);
        }
        end(fifth);
        serving.join().unwrap();
    });
}

#[test]
fn a_crowd_that_speaks_now_and_then() {
    within(LIMIT * 3, "forty clients", || {
        let (address, serving) = server(40);
        let mut clients: Vec<_> = (0..40).map(|_| connect(address)).collect();
        for _ in 0..3 {
            for client in &mut clients {
                ask(client, "again");
            }
        }
        clients.into_iter().for_each(end);
        serving.join().unwrap();
    });
}
