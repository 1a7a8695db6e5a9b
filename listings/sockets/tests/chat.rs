//! The three chats: two that stop, and one that does not.

#[cfg(target_os = "linux")]
#[path = "common/load.rs"]
mod load;

use std::io::{BufRead, BufReader, ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::process::Command;
use std::time::Duration;

use socket2::{Domain, Socket, Type};
use testkit::{Process, example, require, within};

const LIMIT: Duration = Duration::from_secs(60);

/// A server that says where it listens.
fn start(command: &mut Command) -> (Process, SocketAddr) {
    let process = Process::start(command).unwrap();
    process.wait_for_text("\n", LIMIT).unwrap();
    let text = process.text_so_far();
    let address = text.trim_end().rsplit(' ').next().unwrap().parse().unwrap();
    (process, address)
}

fn chat() -> (Process, SocketAddr) {
    start(Command::new(env!("CARGO_BIN_EXE_chat")).arg("127.0.0.1:0"))
}

/// Somebody in `chat`.
struct Person(BufReader<TcpStream>);

impl Person {
    fn connect(address: SocketAddr) -> Self {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        socket.set_read_timeout(Some(LIMIT)).unwrap();
        // A small buffer is full soon, if this one stops reading.
        socket.set_recv_buffer_size(4096).unwrap();
        socket.connect(&address.into()).unwrap();
        Self(BufReader::new(socket.into()))
    }

    fn enter(address: SocketAddr, name: &str) -> Self {
        let mut person = Self::connect(address);
        assert_eq!(person.hears(), "* your name?\n");
        person.says(&format!("{name}\n"));
        assert!(person.hears().starts_with(&format!("* welcome, {name};")));
        person
    }

    fn says(&mut self, text: &str) {
        self.0.get_mut().write_all(text.as_bytes()).unwrap();
    }

    fn hears(&mut self) -> String {
        let mut line = String::new();
        self.0.read_line(&mut line).unwrap();
        line
    }

    /// The rest, up to the end of the connection.
    fn rest(&mut self) -> String {
        let mut text = String::new();
        self.0.read_to_string(&mut text).unwrap();
        text
    }
}

fn frozen(address: SocketAddr) -> String {
    let run = Process::start(Command::new(example("frozen_reader")).arg(address.to_string()));
    run.unwrap().finish(LIMIT).unwrap().text()
}

#[test]
fn two_take_turns_or_wait() {
    let run = Process::start(&mut Command::new(example("chat_two"))).unwrap();
    let text = run.finish(LIMIT).unwrap().text();
    assert!(text.contains("ben hears nothing for 300ms"), "{text}");
    assert!(text.ends_with("ben hears  hello?\n"), "{text}");
}

#[test]
fn one_who_does_not_read_stops_many() {
    let (_server, address) = start(Command::new(example("chat_many")).arg("127.0.0.1:0"));
    let text = frozen(address);
    assert!(text.contains("a line does not reach ben"), "{text}");
    assert!(text.contains("is not let in"), "{text}");
    assert!(text.ends_with("cat leaves:            ben hears that line\n"), "{text}");
}

#[test]
fn one_who_does_not_read_stops_nobody() {
    let (_server, address) = chat();
    let text = frozen(address);
    assert!(text.contains("cat does not read:     ben hears 5000 of 5000"), "{text}");
    assert!(text.contains("is let in"), "{text}");
    assert!(text.ends_with("she is told how many lines she missed\n"), "{text}");
}

#[test]
fn a_hundred_hear_everything() {
    let (_server, address) = chat();
    let mut people: Vec<_> =
        (0..100).map(|number| Person::enter(address, &format!("p{number}"))).collect();
    for number in [0, 50, 99] {
        people[number].says("hello\n");
    }
    within(LIMIT, "a hundred", move || {
        for (number, person) in people.iter_mut().enumerate() {
            for speaker in [0, 50, 99] {
                let wanted = format!("p{speaker}: hello\n");
                while number != speaker && person.hears() != wanted {}
            }
        }
    });
}

#[test]
fn lines_may_come_in_pieces_and_end_as_they_like() {
    let (_server, address) = chat();
    let (mut ann, mut ben) = (Person::enter(address, "ann"), Person::enter(address, "ben"));
    assert_eq!(ann.hears(), "* ben is here\n");
    for piece in ["h", "i", "\r", "\n", "\n\nyou\n"] {
        ben.says(piece);
    }
    assert_eq!(ann.hears(), "ben: hi\n");
    assert_eq!(ann.hears(), "ben: you\n");
    drop(ben);
    assert_eq!(ann.hears(), "* ben is gone\n");
    ann.says(&"x".repeat(2000));
    assert!(ann.rest().contains("goodbye"));
}

#[test]
fn who_makes_no_progress_leaves() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_chat"));
    let (_server, address) = start(command.args(["127.0.0.1:0", "--patience", "1"]));
    let mut nobody = Person::connect(address);
    let mut ann = Person::enter(address, "ann");
    let fussy = Person::connect(address);
    let fussy = std::thread::spawn(|| insists(fussy, "*\n")); // bad names do not buy time
    // Cat reads nothing, and this is more than the kernel keeps for her.
    let _cat = Person::enter(address, "cat");
    ann.says(&format!("{}\n", "x".repeat(900)).repeat(6000));
    assert_eq!(ann.hears(), "* cat is here\n");
    assert_eq!(ann.hears(), "* cat is gone\n");
    assert_eq!(nobody.rest(), "* your name?\n");
    fussy.join().unwrap();
    // Ann may be silent as long as she likes.
    let stream = ann.0.get_mut();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    let silence = stream.read(&mut [0; 1]);
    assert!(matches!(silence, Err(error) if error.kind() == ErrorKind::WouldBlock));
}

/// Says something again and again; returns when the connection ends.
fn insists(mut person: Person, text: &str) {
    let text = text.to_owned();
    within(LIMIT, "the end of it", move || {
        let stream = person.0.get_mut();
        while stream.write_all(text.as_bytes()).is_ok() {
            std::thread::sleep(Duration::from_millis(50));
        }
    });
}

#[test]
fn who_was_dismissed_does_not_stay_by_talking_on() {
    let (_server, address) = chat();
    insists(Person::enter(address, "ann"), &"x".repeat(2000));
}

/// `poll` calls the listener readable as long as somebody waits: without a pause it would spin.
#[cfg(target_os = "linux")]
#[test]
fn without_descriptors_it_neither_spins_nor_falls_silent() {
    let mut command = Command::new("sh");
    command.args(["-c", "ulimit -n 12; exec \"$0\" 127.0.0.1:0", env!("CARGO_BIN_EXE_chat")]);
    let (server, address) = start(&mut command);
    let (mut ann, mut ben) = (Person::enter(address, "ann"), Person::enter(address, "ben"));
    let _crowd: Vec<_> = (0..15).map(|_| Person::connect(address)).collect();
    server.wait_for_text("cannot let anybody in", LIMIT).unwrap();
    load::assert_sleeps(server.id(), "no descriptors");
    ben.says("hello\n");
    assert_eq!(ann.hears(), "* ben is here\n");
    assert_eq!(ann.hears(), "ben: hello\n");
}

#[test]
fn ctrl_c_ends_it() {
    let (server, address) = chat();
    let mut ann = Person::enter(address, "ann");
    server.interrupt();
    assert!(server.finish(LIMIT).unwrap().status.success());
    assert_eq!(ann.rest(), "");
}

/// A client in Python: says a name and a line, and prints what it hears until it is greeted.
const CLIENT: &str = "
import socket, sys
stream = socket.create_connection(('127.0.0.1', int(sys.argv[1])))
stream.sendall('安\\r\\n'.encode())
text = stream.makefile(encoding='utf-8')
for line in text:
    print(line, end='', flush=True)
    if line == 'ann: hello\\n':
        stream.sendall(b'hello, ann\\n')
        break
";

#[test]
#[ignore = "needs nc and python3: ci/setup.sh"]
fn their_clients() {
    let (_server, address) = chat();
    let port = address.port().to_string();
    let (nc, mut input) =
        Process::stdin_piped(Command::new(require("nc")).args(["-N", "127.0.0.1", &port])).unwrap();
    input.write_all(b"ann\n").unwrap();
    nc.wait_for_text("* welcome, ann", LIMIT).unwrap();
    let mut command = Command::new(require("python3"));
    let python = Process::start(command.args(["-c", CLIENT, &port])).unwrap();
    nc.wait_for_text("* 安 is here\n", LIMIT).unwrap();
    input.write_all(b"hello\n").unwrap();
    nc.wait_for_text("安: hello, ann\n", LIMIT).unwrap();
    let text = python.finish(LIMIT).unwrap().text();
    assert_eq!(text, "* your name?\n* welcome, 安; here: ann\nann: hello\n");
    drop(input);
    assert!(nc.finish(LIMIT).unwrap().status.success());
}
