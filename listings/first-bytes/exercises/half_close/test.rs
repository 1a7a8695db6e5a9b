//! `cargo test -p first-bytes --test half_close`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use exercise::pump;
use testkit::within;

const LIMIT: Duration = Duration::from_secs(10);

/// Two ends of a new connection.
fn connection() -> (TcpStream, TcpStream) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let near = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
    let (far, _) = listener.accept().unwrap();
    for stream in [&near, &far] {
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        stream.set_write_timeout(Some(LIMIT)).unwrap();
    }
    (near, far)
}

/// A client and a server, with two pumps between them.
fn relay() -> (TcpStream, TcpStream) {
    let (client, relay_client) = connection();
    let (relay_server, server) = connection();
    thread::spawn(move || {
        thread::scope(|threads| {
            threads.spawn(|| pump(&relay_client, &relay_server));
            let _ = pump(&relay_server, &relay_client);
        });
    });
    (client, server)
}

fn read_all(mut stream: &TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// `first` speaks and closes its half; `second` answers when it has heard the end.
fn converse(mut first: TcpStream, mut second: TcpStream) {
    within(LIMIT * 2, "the conversation", move || {
        let answering = thread::spawn(move || {
            let heard = read_all(&second)?;
            second.write_all(b"the answer")?;
            Ok::<_, io::Error>(heard)
        });
        first.write_all(b"the question").unwrap();
        first.shutdown(Shutdown::Write).unwrap();
        let answer = read_all(&first).expect("an answer instead of an error");
        assert_eq!(answering.join().unwrap().unwrap(), b"the question");
        assert_eq!(answer, b"the answer", "the answer was lost");
    });
}

#[test]
fn bytes_pass_and_are_counted() {
    within(LIMIT * 2, "a copy", || {
        let (mut client, relay_client) = connection();
        let (relay_server, server) = connection();
        client.write_all(b"12345").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(pump(&relay_client, &relay_server).unwrap(), 5);
        assert_eq!(read_all(&server).unwrap(), b"12345");
    });
}

#[test]
fn the_server_answers_a_client_that_has_closed_its_half() {
    let (client, server) = relay();
    converse(client, server);
}

#[test]
fn the_client_answers_a_server_that_has_closed_its_half() {
    let (client, server) = relay();
    converse(server, client);
}
