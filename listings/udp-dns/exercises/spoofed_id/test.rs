//! `cargo test -p udp-dns --test spoofed_id`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use testkit::within;
use udp_dns::message::{Class, Data, Kind, Message, Record};

const LIMIT: Duration = Duration::from_secs(10);
const TRUE: [u8; 4] = [192, 0, 2, 80];
const FORGED: [u8; 4] = [192, 0, 2, 66];

fn query() -> Message {
    Message::query(0x1234, "www.example.test".parse().unwrap(), Kind::A)
}

fn answer(address: [u8; 4]) -> Message {
    let mut message = query();
    message.flags.response = true;
    let name = "www.example.test".parse().unwrap();
    let data = Data::A(address.into());
    message.answers = vec![Record { name, class: Class::IN, ttl: 300, data }];
    message
}

fn socket() -> UdpSocket {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    socket
}

/// A server that lets `forge` go first; it gets the server's socket and the client's address.
fn ask(forge: impl FnOnce(&UdpSocket, SocketAddr) + Send + 'static) -> io::Result<(Message, u32)> {
    let (server, client) = (socket(), socket());
    let address = server.local_addr().unwrap();
    thread::spawn(move || {
        let (_, from) = server.recv_from(&mut [0; 512]).unwrap();
        forge(&server, from);
        server.send_to(&answer(TRUE).encode(512).unwrap(), from).unwrap();
    });
    within(LIMIT, "the question", move || {
        exercise::ask(&client, address, &query(), Duration::from_secs(5))
    })
}

/// The truth must win against one change of a forged answer.
fn against(change: impl FnOnce(&mut Message) + Send + 'static) {
    let result = ask(|server, client| {
        let mut message = answer(FORGED);
        change(&mut message);
        server.send_to(&message.encode(512).unwrap(), client).unwrap();
    });
    assert_eq!(result.unwrap(), (answer(TRUE), 1));
}

#[test]
fn nobody_forges() {
    assert_eq!(ask(|_, _| {}).unwrap(), (answer(TRUE), 0));
}

#[test]
fn the_wrong_id() {
    against(|message| message.id ^= 1);
}

#[test]
fn the_wrong_question() {
    against(|message| message.questions[0].name = "www.example.com".parse().unwrap());
}

#[test]
fn no_question() {
    against(|message| message.questions.clear());
}

#[test]
fn a_question_instead_of_an_answer() {
    against(|message| message.flags.response = false);
}

#[test]
fn the_wrong_port() {
    let result = ask(|_, client| {
        socket().send_to(&answer(FORGED).encode(512).unwrap(), client).unwrap();
    });
    assert_eq!(result.unwrap(), (answer(TRUE), 1));
}

#[test]
fn noise() {
    let result = ask(|server, client| {
        for length in [0, 1, 11, 12, 40] {
            server.send_to(&vec![0xff; length], client).unwrap();
        }
    });
    assert_eq!(result.unwrap(), (answer(TRUE), 5));
}

/// Who forges for ever must not make us wait for ever.
#[test]
fn forgeries_do_not_prolong_the_wait() {
    static OVER: AtomicBool = AtomicBool::new(false);
    let (server, client) = (socket(), socket());
    let (address, target) = (server.local_addr().unwrap(), client.local_addr().unwrap());
    let forger = thread::spawn(move || {
        let mut message = answer(FORGED);
        message.id ^= 1;
        let bytes = message.encode(512).unwrap();
        while !OVER.load(Ordering::Relaxed) {
            // The other socket closes before we hear of it.
            let _ = server.send_to(&bytes, target);
            thread::sleep(Duration::from_millis(5));
        }
    });
    let started = Instant::now();
    let result = within(LIMIT, "the question", move || {
        exercise::ask(&client, address, &query(), Duration::from_millis(200))
    });
    OVER.store(true, Ordering::Relaxed);
    forger.join().unwrap();
    assert!(matches!(
        result.map_err(|error| error.kind()),
        Err(io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock)
    ));
    assert!(started.elapsed() >= Duration::from_millis(200), "it gave up early");
}
