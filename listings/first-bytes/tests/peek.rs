//! The program as its user meets it: messages, status, signals, and what happens when nobody reads
//! its output.

mod common;

use std::fs;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::process::Command;
use std::thread;

use common::{LIMIT, impatient, noise, read_exactly, read_to_end, read_until_reset};
use first_bytes::pcap::Reader;
use testkit::{Finished, Process, within};

const PEEK: &str = env!("CARGO_BIN_EXE_peek");

/// peek in front of a listener, started and listening.
struct Peek {
    process: Process,
    address: SocketAddr,
    server: TcpListener,
}

impl Peek {
    fn start(options: &[&str]) -> Self {
        Self::start_in_shell("exec \"$@\"", options)
    }

    /// Starts peek by a shell script, which has peek's command line as `"$@"`.
    fn start_in_shell(script: &str, options: &[&str]) -> Self {
        let server = TcpListener::bind("127.0.0.1:0").unwrap();
        let target = server.local_addr().unwrap();
        let mut command = Command::new("sh");
        command.args(["-c", script, "sh", PEEK, ":0"]).arg(target.to_string()).args(options);
        let process = Process::start(&mut command).unwrap();
        process.wait_for_text(&format!("relaying to {target}\n"), LIMIT).unwrap();
        let text = process.text_so_far();
        let address = text.split([' ', ',']).nth(2).unwrap().parse().unwrap();
        Self { process, address, server }
    }

    fn client(&self) -> TcpStream {
        impatient(TcpStream::connect(self.address).unwrap())
    }

    fn accept(&self) -> TcpStream {
        let server = self.server.try_clone().unwrap();
        impatient(within(LIMIT, "peek connects", move || server.accept().unwrap().0))
    }

    /// One exchange, ended from both sides.
    fn exchange(&self, question: &[u8], answer: &[u8]) {
        let mut client = self.client();
        let mut server = self.accept();
        client.write_all(question).unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        assert_eq!(read_to_end(&server), question);
        server.write_all(answer).unwrap();
        drop(server);
        assert_eq!(read_to_end(&client), answer);
    }

    fn finish(self) -> Finished {
        self.process.finish(LIMIT).unwrap()
    }
}

fn run(arguments: &[&str]) -> Finished {
    Process::start(Command::new(PEEK).args(arguments)).unwrap().finish(LIMIT).unwrap()
}

fn temporary(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Without what differs from run to run.
fn masked(text: &str) -> String {
    let mut lines = Vec::new();
    for line in text.lines() {
        lines.push(match line {
            _ if line.contains(" opened by ") => line.split(" by").next().unwrap().to_owned(),
            _ if line.ends_with(" s)") => line.split("  (").next().unwrap().to_owned(),
            _ if line.ends_with(" s") => line.rsplit_once(", ").unwrap().0.to_owned(),
            _ if line.starts_with("listening") => "listening".to_owned(),
            _ => line.to_owned(),
        });
    }
    lines.join("\n")
}

#[test]
fn a_transcript() {
    let peek = Peek::start(&["--max-connections", "1", "--turns"]);
    peek.exchange("你好\r\n".as_bytes(), b"HELLO, CLIENT: 18b");
    let finished = peek.finish();
    assert_eq!(finished.status.code(), Some(0));
    assert_eq!(
        masked(&finished.text()),
        "listening\n\
         #1 opened\n\
         #1 client → server  8 bytes at 0\n\
         00000000  e4 bd a0 e5 a5 bd 0d 0a                           |........|\n\
         #1 client → server  end of stream\n\
         #1 server → client  18 bytes at 0\n\
         00000000  48 45 4c 4c 4f 2c 20 43  4c 49 45 4e 54 3a 20 31  |HELLO, CLIENT: 1|\n\
         00000010  38 62                                             |8b|\n\
         #1 server → client  end of stream\n\
         #1 closed: 8 bytes →, 18 bytes ←\n\
         1 connection: 8 bytes →, 18 bytes ←"
    );
}

#[test]
fn turns_make_the_output_the_same_however_the_bytes_arrive() {
    let request = noise(3000, 1);
    let outputs: Vec<_> = [1, 7, 1000, 3000]
        .into_iter()
        .map(|piece| {
            let peek = Peek::start(&["--max-connections", "1", "--turns"]);
            let mut client = peek.client();
            client.set_nodelay(true).unwrap();
            let mut server = peek.accept();
            for bytes in request.chunks(piece) {
                client.write_all(bytes).unwrap();
            }
            assert_eq!(read_exactly(&server, request.len()), request);
            server.write_all(b"ok").unwrap();
            assert_eq!(read_exactly(&client, 2), b"ok");
            // Both sides close at once, in any order.
            drop(server);
            drop(client);
            masked(&peek.finish().text())
        })
        .collect();
    assert!(outputs[0].contains("3000 bytes at 0"), "{}", outputs[0]);
    for output in &outputs {
        assert_eq!(output, &outputs[0]);
    }
}

#[test]
fn the_dumps_of_two_connections_never_mix() {
    const MANY: u64 = 20;
    let peek = Peek::start(&["--max-connections", "20"]);
    let server = peek.server.try_clone().unwrap();
    let sink = thread::spawn(move || {
        let streams: Vec<_> = (0..MANY).map(|_| impatient(server.accept().unwrap().0)).collect();
        let readers: Vec<_> =
            streams.into_iter().map(|stream| thread::spawn(move || read_to_end(&stream))).collect();
        readers.into_iter().map(|reader| reader.join().unwrap().len()).sum::<usize>()
    });
    let clients: Vec<_> = (0..MANY)
        .map(|seed| {
            let mut client = peek.client();
            thread::spawn(move || client.write_all(&noise(50_000, seed)).unwrap())
        })
        .collect();
    for client in clients {
        client.join().unwrap();
    }
    assert_eq!(within(LIMIT, "the server reads all", move || sink.join().unwrap()), 1_000_000);
    let finished = peek.finish();
    let text = finished.text();
    let mut lines = text.lines().peekable();
    let mut dumps = 0;
    while let Some(line) = lines.next() {
        assert!(line.chars().count() <= 80, "{line}");
        if let Some((_, rest)) = line.split_once("server  ")
            && let Some((count, rest)) = rest.split_once(" bytes at ")
        {
            let count: u64 = count.parse().unwrap();
            let mut at: u64 = rest.split(' ').next().unwrap().parse().unwrap();
            let end = at + count;
            while at < end {
                let dump = lines.next().unwrap();
                assert!(dump.starts_with(&format!("{at:08x}  ")), "{line}\n{dump}");
                at += 16;
            }
            dumps += 1;
        }
        assert!(lines.peek().is_none_or(|next| !next.starts_with('0')), "a dump too long: {line}");
    }
    assert!(dumps >= MANY);
}

#[test]
fn a_taken_port_says_what_to_do() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let finished = run(&[&address, ":8000"]);
    assert_eq!(finished.status.code(), Some(1));
    let text = finished.text();
    let start = format!("peek: cannot listen on {address}: Address already in use");
    assert!(text.starts_with(&start) && text.contains("choose another one"), "{text}");
}

#[test]
fn a_target_that_is_no_address_says_how_to_write_one() {
    let finished = run(&[":0", "no-port"]);
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.text().contains("write it as HOST:PORT"), "{}", finished.text());
}

#[test]
fn a_refused_target_is_said_and_counts() {
    let peek = Peek::start(&["--max-connections", "1"]);
    let Peek { process, address, server } = peek;
    let target = server.local_addr().unwrap();
    drop(server);
    let client = impatient(TcpStream::connect(address).unwrap());
    assert_eq!(read_until_reset(&client), b"");
    let finished = process.finish(LIMIT).unwrap();
    assert_eq!(finished.status.code(), Some(1));
    let message = format!("#1 cannot reach {target}: Connection refused");
    assert!(finished.text().contains(&message), "{}", finished.text());
    assert!(finished.text().contains("is the server running, and on that port?"));
}

#[test]
fn a_reset_is_said() {
    let peek = Peek::start(&["--max-connections", "1"]);
    let mut client = peek.client();
    let server = peek.accept();
    client.write_all(b"before").unwrap();
    assert_eq!(read_exactly(&server, 6), b"before");
    common::reset(client);
    assert_eq!(read_until_reset(&server), b"");
    let finished = peek.finish();
    assert_eq!(finished.status.code(), Some(0));
    assert!(finished.text().contains("#1 reset by the client: Connection reset"));
}

#[test]
fn ctrl_c_completes_the_capture_and_sums_up() {
    let file = temporary("interrupted.pcap");
    let peek = Peek::start(&["--pcap", file.to_str().unwrap(), "--turns"]);
    let mut client = peek.client();
    let server = peek.accept();
    client.write_all(b"unfinished").unwrap();
    assert_eq!(read_exactly(&server, 10), b"unfinished");
    peek.process.interrupt();
    assert_eq!(read_until_reset(&client), b"");
    let finished = peek.finish();
    assert_eq!(finished.status.code(), Some(0));
    let text = finished.text();
    assert!(text.contains("|unfinished|\n#1 cut off: peek is stopping\n#1 closed: "), "{text}");
    assert!(text.ends_with("\n1 connection: 10 bytes →, 0 bytes ←\n"), "{text}");
    let file = fs::read(file).unwrap();
    let frames: Result<Vec<_>, _> = Reader::new(&file).unwrap().collect();
    // A handshake, the data and its acknowledgment.
    assert_eq!(frames.unwrap().len(), 5);
}

#[test]
fn a_closed_stdout_ends_peek_when_the_traffic_has_ended() {
    // As `peek … | head -n 1`, and a word when the pipe has nobody left who reads.
    let script = "\"$@\" | { head -n 1; exec <&-; echo nobody reads >&2; }";
    let peek = Peek::start_in_shell(script, &[]);
    peek.process.wait_for_text("nobody reads", LIMIT).unwrap();
    let mut client = peek.client();
    let mut server = peek.accept();
    for _ in 0..50 {
        client.write_all(b"to the server").unwrap();
        assert_eq!(read_exactly(&server, 13), b"to the server");
        server.write_all(b"and back").unwrap();
        assert_eq!(read_exactly(&client, 8), b"and back");
    }
    drop((client, server));
    let finished = peek.finish();
    assert!(!finished.text().contains("panicked"), "{}", finished.text());
    assert_eq!(finished.text().lines().count(), 2, "{}", finished.text());
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_under_the_output_stops_nothing() {
    let server = TcpListener::bind("127.0.0.1:0").unwrap();
    let listen = SocketAddr::from(([127, 0, 0, 1], testkit::free_port())).to_string();
    let target = server.local_addr().unwrap().to_string();
    let mut command = Command::new("sh");
    command.args(["-c", "exec \"$@\" >/dev/full", "sh", PEEK, &listen, &target]);
    // The probe for the port is the first connection, the exchange the second.
    let process = Process::start(command.args(["--max-connections", "2"])).unwrap();
    process.wait_for_port(listen.parse().unwrap(), LIMIT).unwrap();
    let peek = Peek { process, address: listen.parse().unwrap(), server };
    drop(peek.accept());
    peek.exchange(b"question", b"answer");
    let finished = peek.finish();
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(finished.text().matches("peek: cannot print any more: No space left").count(), 1);
    assert_eq!(finished.text().lines().count(), 1, "{}", finished.text());
}

#[cfg(target_os = "linux")]
#[test]
fn a_capture_that_cannot_begin_is_said_at_once() {
    for (path, reason) in [("/dev/full", "No space left"), ("/no/such/folder", "No such file")] {
        let finished = run(&[":0", ":8000", "--pcap", path]);
        assert_eq!(finished.status.code(), Some(1));
        let message = format!("peek: cannot write {path}: {reason}");
        assert!(finished.text().starts_with(&message), "{}", finished.text());
    }
}

#[test]
fn a_capture_that_breaks_off_stops_nothing_and_is_said_once() {
    // A pipe whose reader leaves after the file's header fails as late as a disk that fills up.
    let pipe = temporary("breaks-off.pipe");
    let _ = fs::remove_file(&pipe);
    let made = Process::start(Command::new("mkfifo").arg(&pipe)).unwrap().finish(LIMIT).unwrap();
    assert!(made.status.success());
    let opened = pipe.clone();
    let reader = thread::spawn(move || {
        let mut header = [0; 24];
        fs::File::open(opened).unwrap().read_exact(&mut header).unwrap();
    });
    let peek = Peek::start(&["--pcap", pipe.to_str().unwrap(), "--max-connections", "3"]);
    within(LIMIT, "the header is read", move || reader.join().unwrap());
    let answer = noise(100_000, 9);
    for _ in 0..3 {
        peek.exchange(b"question", &answer);
    }
    let finished = peek.finish();
    let text = finished.text();
    assert_eq!(finished.status.code(), Some(1));
    assert_eq!(text.matches("peek: cannot write the pcap file any more").count(), 1, "{text}");
    assert!(text.ends_with("\n3 connections: 24 bytes →, 300000 bytes ←\n"));
}

#[test]
fn more_clients_than_file_descriptors_wait_for_their_turn() {
    // 24 descriptors are enough for a handful of connections at once.
    let peek = Peek::start_in_shell("ulimit -n 24; exec \"$@\"", &["--max-connections", "40"]);
    let server = peek.server.try_clone().unwrap();
    thread::spawn(move || {
        for stream in server.incoming() {
            let mut stream = impatient(stream.unwrap());
            thread::spawn(move || {
                let bytes = read_to_end(&stream);
                stream.write_all(&bytes)
            });
        }
    });
    let mut clients: Vec<_> = (0..40).map(|_| peek.client()).collect();
    for client in &mut clients {
        client.write_all(b"hello").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
    }
    for client in clients {
        assert_eq!(read_to_end(&client), b"hello");
    }
    let finished = peek.finish();
    assert_eq!(finished.status.code(), Some(0), "{}", finished.text());
    assert!(finished.text().ends_with("\n40 connections: 200 bytes →, 200 bytes ←\n"));
}
