//! `ncr` with itself and with sockets of this test: what its page says.

mod common;
#[cfg(target_os = "linux")]
#[path = "common/load.rs"]
mod load;

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream, UdpSocket};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixStream;
use std::process::Stdio;
use std::time::{Duration, Instant};

use common::{LIMIT, Run, ncr, noise, split};
use proptest::prelude::*;
#[cfg(target_os = "linux")]
use socket2::SockRef;
use sockets::pump::Pump;
use testkit::within;

/// A listening `ncr` with an empty input, and its address.
fn listening(arguments: &[&str], input: Vec<u8>) -> (Run, String) {
    let mut run = Run::with_input(ncr(&["-l", "0"]).args(arguments), input);
    let place = run.place();
    (run, place)
}

fn client(place: &str, arguments: &[&str]) -> std::process::Command {
    let (host, port) = split(place);
    let mut command = ncr(&[host, port]);
    command.args(arguments);
    command
}

#[test]
fn both_directions_at_once() {
    let (up, down) = (noise(1, 10_000_000), noise(2, 10_000_000));
    let (server, place) = listening(&[], down.clone());
    let client = Run::with_input(&mut client(&place, &[]), up.clone());
    let (status, output) = client.finish("the client");
    assert!(status.success() && output == down);
    let (status, output) = server.finish("the server");
    assert!(status.success() && output == up);
}

/// What `nc -l` and `socat` lose.
#[test]
fn an_answer_after_the_end_of_the_question() {
    let (mut server, mut answer) = Run::open(&mut ncr(&["-l", "0"]));
    let place = server.place();
    let (host, port) = split(&place);
    let mut stream = TcpStream::connect((host, port.parse().unwrap())).unwrap();
    stream.write_all(b"six times seven?").unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    let got = within(LIMIT, "the answer", move || {
        stream.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let early = stream.read(&mut [0; 1]);
        assert!(matches!(early, Err(error) if error.kind() == ErrorKind::WouldBlock));
        answer.write_all(b"42").unwrap();
        drop(answer);
        stream.set_read_timeout(Some(LIMIT)).unwrap();
        let mut got = Vec::new();
        stream.read_to_end(&mut got).unwrap();
        got
    });
    assert_eq!(got, b"42");
    let (status, output) = server.finish("the server");
    assert!(status.success());
    assert_eq!(output, b"six times seven?");
}

#[test]
fn no_shutdown_says_nothing() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let run = Run::with_input(&mut client(&place, &["--no-shutdown"]), b"hi".to_vec());
    let (mut stream, _) = within(LIMIT, "a client", move || listener.accept().unwrap());
    stream.read_exact(&mut [0; 2]).unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let end = stream.read(&mut [0; 1]);
    assert!(matches!(end, Err(error) if error.kind() == ErrorKind::WouldBlock));
    drop(stream);
    assert!(run.finish("the client").0.success());
}

#[test]
fn one_direction_only() {
    let (server, place) = listening(&["--recv-only"], b"not read".to_vec());
    let client = Run::with_input(&mut client(&place, &["--send-only"]), b"all".to_vec());
    let (status, output) = client.finish("the client");
    assert!(status.success() && output.is_empty());
    let (status, output) = server.finish("the server");
    assert!(status.success());
    assert_eq!(output, b"all");
}

#[test]
fn send_only_drops_what_it_is_told() {
    let (server, place) = listening(&[], noise(3, 1_000_000));
    let (client, mut stdin) = Run::open(&mut client(&place, &["--send-only"]));
    stdin.write_all(b"mine").unwrap();
    drop(stdin);
    let (status, output) = client.finish("the client");
    assert!(status.success() && output.is_empty());
    let (_, output) = server.finish("the server");
    assert_eq!(output, b"mine");
}

/// A close on what the peer still says would be a reset, and cost it what it has not read.
#[test]
fn send_only_hears_out_a_slow_reader_who_talks() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let mine = noise(5, 3_000_000);
    let client = Run::with_input(&mut client(&place, &["--send-only"]), mine.clone());
    let got = within(LIMIT, "all of it", move || {
        let (mut stream, _) = listener.accept().unwrap();
        for _ in 0..20 {
            stream.write_all(b"I am busy").unwrap();
            std::thread::sleep(Duration::from_millis(10));
        }
        let mut got = Vec::new();
        stream.read_to_end(&mut got).map(|_| got)
    });
    assert!(got.expect("no reset") == mine);
    assert!(client.finish("the client").0.success());
}

#[test]
fn a_second_guest_is_refused() {
    let (mut server, stdin) = Run::open(&mut ncr(&["-l", "0"]));
    let place = server.place();
    let mut first = TcpStream::connect(&place).unwrap();
    let (mut line, mut stdin) = ([0; 2], stdin);
    stdin.write_all(b"hi").unwrap();
    first.read_exact(&mut line).unwrap(); // so it has been let in
    let second = TcpStream::connect(&place);
    assert!(matches!(second, Err(error) if error.kind() == ErrorKind::ConnectionRefused));
    drop((first, stdin));
    assert!(server.finish("the server").0.success());
}

#[test]
fn a_silence_ends_it() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let start = Instant::now();
    let (run, _stdin) = Run::open(&mut client(&place, &["-w", "0.2"]));
    let (status, _) = run.finish("the client");
    assert_eq!(status.code(), Some(124));
    assert!(start.elapsed() >= Duration::from_millis(200));
}

#[test]
fn datagrams_keep_their_size_and_end_in_silence() {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    let place = socket.local_addr().unwrap().to_string();
    let (run, mut stdin) = Run::open(&mut client(&place, &["-u", "-w", "0.3"]));
    stdin.write_all(b"one").unwrap();
    let mut buffer = [0; 100];
    let (count, peer) = socket.recv_from(&mut buffer).unwrap();
    assert_eq!(&buffer[..count], b"one");
    // An empty datagram is not an end.
    socket.send_to(b"", peer).unwrap();
    socket.send_to(b"two", peer).unwrap();
    let (status, output) = run.finish("the client");
    assert!(status.success());
    assert_eq!(output, b"two");
}

#[test]
fn nobody_reads_any_more() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let mut command = client(&place, &[]);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let (_stream, _) = listener.accept().unwrap();
    drop(child.stdout.take());
    // The peer says nothing, and standard input is open: it is standard output that ends it.
    let status = within(LIMIT, "the end", move || child.wait().unwrap());
    assert_eq!(status.code(), Some(1));
}

/// The same with a socket for standard output, whose end is not an error.
#[test]
fn nobody_reads_the_socket_any_more() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let place = listener.local_addr().unwrap().to_string();
    let (ours, theirs) = UnixStream::pair().unwrap();
    let mut command = client(&place, &[]);
    command.stdin(Stdio::piped()).stdout(OwnedFd::from(theirs));
    let mut child = command.spawn().unwrap();
    drop(command); // it has a copy
    let (_stream, _) = listener.accept().unwrap();
    drop(ours);
    let _stdin = child.stdin.take();
    let status = within(LIMIT, "the end", move || child.wait().unwrap());
    assert_eq!(status.code(), Some(1));
}

#[test]
fn nobody_is_there() {
    let place = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().to_string()
    };
    let output = client(&place, &[]).stdin(Stdio::null()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    let text = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(text.contains("cannot connect") && text.contains("refused"), "{text}");
}

#[test]
fn ctrl_c_removes_the_file() {
    let path = std::env::temp_dir().join(format!("ncr-test-{}.sock", std::process::id()));
    let text = path.to_str().unwrap();
    let mut run = Run::with_input(&mut ncr(&["-l", "-U", text]), Vec::new());
    assert_eq!(run.place(), text);
    assert!(path.exists());
    let id = rustix::process::Pid::from_raw(run.id().try_into().unwrap()).unwrap();
    rustix::process::kill_process(id, rustix::process::Signal::INT).unwrap();
    assert_eq!(run.finish("the server").0.code(), Some(130));
    assert!(!path.exists());
}

/// `poll` reports the end of what has ended for ever: it must be off the list.
#[cfg(target_os = "linux")]
#[test]
fn it_sleeps_while_it_waits() {
    let connected = |take_output: bool| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let place = listener.local_addr().unwrap().to_string();
        let mut command = client(&place, &[]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        if take_output {
            let mut output = child.stdout.take().unwrap();
            std::thread::spawn(move || io::copy(&mut output, &mut io::sink()));
        }
        (child, listener.accept().unwrap().0)
    };
    let end =
        |mut child: std::process::Child| within(LIMIT, "the end", move || child.wait().unwrap());

    let (mut child, stream) = connected(true);
    let stdin = child.stdin.take();
    stream.shutdown(Shutdown::Write).unwrap();
    load::assert_sleeps(child.id(), "the peer has ended, standard input has not");
    SockRef::from(&stream).set_linger(Some(Duration::ZERO)).unwrap();
    drop(stream);
    assert_eq!(end(child).code(), Some(1), "the connection is gone, standard input is not");
    drop(stdin);

    let (mut child, stream) = connected(true);
    drop(child.stdin.take());
    load::assert_sleeps(child.id(), "standard input has ended, the peer has not");
    drop(stream);
    assert!(end(child).success());

    let (mut child, mut stream) = connected(false);
    drop(child.stdin.take());
    // More than a pipe and a pump hold.
    stream.write_all(&vec![0; 300_000]).unwrap();
    assert_eq!(stream.read(&mut [0; 1]).unwrap(), 0);
    drop(stream);
    load::assert_sleeps(child.id(), "both have ended, and nobody takes the rest");
    drop(child.stdout.take());
    assert_eq!(end(child).code(), Some(1));
}

/// A source that is cut at the given lengths, and wants to wait now and then.
struct Cut(Vec<u8>, Vec<usize>);

impl Read for Cut {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.1.pop() {
            Some(0) => Err(ErrorKind::WouldBlock.into()),
            length => {
                let count = length.unwrap_or(self.0.len()).min(self.0.len()).min(buffer.len());
                buffer[..count].copy_from_slice(&self.0[..count]);
                self.0.drain(..count);
                // Only an empty source has ended.
                Ok(count)
            }
        }
    }
}

impl Write for Cut {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.1.pop() {
            Some(0) => Err(ErrorKind::WouldBlock.into()),
            length => {
                let count = length.unwrap_or(bytes.len()).min(bytes.len());
                self.0.extend_from_slice(&bytes[..count]);
                Ok(count)
            }
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

proptest! {
    #[test]
    fn a_pump_passes_every_byte_once(
        bytes: Vec<u8>,
        reads in prop::collection::vec(0_usize..40, 0..60),
        writes in prop::collection::vec(0_usize..40, 0..60),
        capacity in 1_usize..50,
    ) {
        let (mut source, mut sink) = (Cut(bytes.clone(), reads), Cut(Vec::new(), writes));
        let mut pump = Pump::new(capacity);
        let mut ends = 0;
        for _ in 0..10_000 {
            if pump.wants_source() {
                pump.fill(&mut source).unwrap();
            }
            pump.drain(&mut sink).unwrap();
            ends += u32::from(pump.must_end());
            if pump.is_done() {
                break;
            }
        }
        prop_assert_eq!(ends, 1);
        prop_assert_eq!(sink.0, bytes);
    }
}
