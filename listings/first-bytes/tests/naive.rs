//! The three tempting relays fail, each at the conversation that it did not think of. The real one
//! passes all.

mod common;

// Its `main` is not called here.
#[allow(dead_code)]
#[path = "../examples/naive_relay.rs"]
mod naive_relay;

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use common::{LIMIT, Running, limits};
use naive_relay::{Mistake, close_both, one_read, one_thread};
use testkit::within;

/// How long a wrong relay may leave us without an answer before we call it stuck. The real relay
/// needs less than a millisecond for the same, and it gets [`LIMIT`].
const STUCK: Duration = Duration::from_millis(700);

/// A wrong relay for one connection; returns where it listens.
fn run(relay: Mistake, server: SocketAddr) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    // It may never end; then it ends with the test's process.
    thread::spawn(move || relay(listener.accept()?.0, TcpStream::connect(server)?));
    address
}

/// A server that does `talk` with its only client.
fn server(talk: impl FnOnce(TcpStream) -> io::Result<()> + Send + 'static) -> TcpListener {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let accepting = listener.try_clone().unwrap();
    thread::spawn(move || talk(accepting.accept()?.0));
    listener
}

/// Runs the client's part through a wrong relay and through ours, and returns what each gave.
fn compare(
    relay: Mistake,
    start_server: fn() -> TcpListener,
    client: fn(SocketAddr, Duration) -> io::Result<Vec<u8>>,
) -> (io::Result<Vec<u8>>, Vec<u8>) {
    let theirs = start_server();
    let address = run(relay, theirs.local_addr().unwrap());
    let wrong = within(LIMIT, "the wrong relay's client", move || client(address, STUCK));
    let ours = start_server();
    let target = ours.local_addr().unwrap();
    let real = Running::start_with(limits(1), ours, target);
    let address = real.address;
    let right = within(LIMIT, "the real relay's client", move || client(address, LIMIT)).unwrap();
    (wrong, right)
}

/// Answers each request of four bytes at once, and hopes for more.
fn keep_alive_server() -> TcpListener {
    server(|mut stream| {
        let mut request = [0; 4];
        while stream.read_exact(&mut request).is_ok() {
            stream.write_all(b"pong")?;
        }
        Ok(())
    })
}

/// Answers when the client has said all it has to say.
fn answer_at_the_end_server() -> TcpListener {
    server(|mut stream| {
        let mut question = Vec::new();
        stream.read_to_end(&mut question)?;
        stream.write_all(b"the answer")
    })
}

fn keep_alive(address: SocketAddr, patience: Duration) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(patience))?;
    let mut answers = [0; 8];
    for answer in answers.chunks_mut(4) {
        stream.write_all(b"ping")?;
        stream.read_exact(answer)?;
    }
    Ok(answers.into())
}

fn half_close(address: SocketAddr, patience: Duration) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(b"a question")?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(answer)
}

/// A request that arrives in two pieces.
fn torn(address: SocketAddr, patience: Duration) -> io::Result<Vec<u8>> {
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(patience))?;
    let mut answer = [0; 4];
    stream.write_all(b"p")?;
    // Nothing can come back yet. Waiting here lets the first piece arrive alone.
    stream.set_read_timeout(Some(Duration::from_millis(200)))?;
    assert!(stream.read(&mut answer).is_err());
    stream.set_read_timeout(Some(patience))?;
    stream.write_all(b"ing")?;
    stream.read_exact(&mut answer)?;
    Ok(answer.into())
}

fn is_stuck(result: &io::Result<Vec<u8>>) -> bool {
    result.as_ref().is_err_and(|e| e.kind() == io::ErrorKind::WouldBlock)
}

#[test]
fn one_thread_waits_for_an_end_that_never_comes() {
    let (wrong, right) = compare(one_thread, keep_alive_server, keep_alive);
    assert!(is_stuck(&wrong), "{wrong:?}");
    assert_eq!(right, b"pongpong");
}

#[test]
fn close_both_loses_the_answer() {
    let (wrong, right) = compare(close_both, answer_at_the_end_server, half_close);
    assert!(!matches!(&wrong, Ok(answer) if answer == b"the answer"), "{wrong:?}");
    assert!(!is_stuck(&wrong), "{wrong:?}");
    assert_eq!(right, b"the answer");
}

#[test]
fn one_read_tears_the_request() {
    let (wrong, right) = compare(one_read, keep_alive_server, torn);
    assert!(is_stuck(&wrong), "{wrong:?}");
    assert_eq!(right, b"pong");
}

#[test]
fn each_of_them_works_in_the_easy_case() {
    // Otherwise they would not tempt anybody, and these tests would show something else.
    fn easy(address: SocketAddr, patience: Duration) -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect(address)?;
        stream.set_read_timeout(Some(patience))?;
        stream.write_all(b"ping")?;
        let mut answer = [0; 4];
        stream.read_exact(&mut answer)?;
        Ok(answer.into())
    }
    for relay in [close_both, one_read] {
        let server = keep_alive_server();
        let address = run(relay, server.local_addr().unwrap());
        assert_eq!(within(LIMIT, "the easy case", move || easy(address, LIMIT)).unwrap(), b"pong");
    }
    let server = answer_at_the_end_server();
    let address = run(one_thread, server.local_addr().unwrap());
    let answer = within(LIMIT, "the easy case", move || half_close(address, LIMIT)).unwrap();
    assert_eq!(answer, b"the answer");
}

#[test]
fn the_test_itself_finds_no_fault_without_a_relay() {
    let (sender, receiver) = mpsc::channel();
    for (start, client) in [
        (keep_alive_server as fn() -> TcpListener, keep_alive as fn(_, _) -> _),
        (answer_at_the_end_server, half_close),
        (keep_alive_server, torn),
    ] {
        let address = start().local_addr().unwrap();
        sender.send(within(LIMIT, "a client", move || client(address, LIMIT)).is_ok()).unwrap();
    }
    drop(sender);
    assert!(receiver.iter().all(|fine| fine));
}
