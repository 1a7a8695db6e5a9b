//! What the page on Unix sockets says, with Python at the other end of some of them.

use std::fs;
use std::io::{ErrorKind, Read, Write, pipe};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use sockets::descriptors::{MOST, ReceiveError, receive, send};
use testkit::{Process, example, require, within};

const LIMIT: Duration = Duration::from_secs(60);

/// An empty folder of its own. Under `/tmp`, since the path of a Unix socket has to be short.
fn folder(name: &str) -> PathBuf {
    let path = PathBuf::from(format!("/tmp/sockets-{name}-{}", std::process::id()));
    let _ = fs::remove_dir_all(&path);
    fs::create_dir_all(&path).unwrap();
    path
}

fn demo(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("demo").join(name)
}

#[cfg(target_os = "linux")]
#[test]
fn three_kinds_differ_as_the_page_says() {
    let process = Process::start(&mut Command::new(example("unix_kinds"))).unwrap();
    let expected = "            \"ab\", \"cd\", read   nobody reads   the other end is gone
stream      \"abcd\"             send waits     read Ok(0), write Err(BrokenPipe)
datagram    \"ab\"               send waits     read Err(WouldBlock), write Err(ConnectionRefused)
seqpacket   \"ab\"               send waits     read Ok(0), write Err(BrokenPipe)
";
    assert_eq!(process.finish(LIMIT).unwrap().text(), expected);
}

#[test]
fn a_path_is_left_behind_and_can_be_stolen() {
    let folder = folder("stolen");
    let mut command = Command::new(example("stolen_path"));
    let process = Process::start(command.current_dir(&folder)).unwrap();
    let text = process.finish(LIMIT).unwrap().text();
    for line in [
        "the file is there: true",
        "connect: Connection refused",
        "bind:    Address already in use",
        "  first: accept: Resource temporarily unavailable",
        "  second: accept: Ok",
        "a path of 108 bytes: path must be shorter than SUN_LEN",
    ] {
        assert!(text.contains(line), "no {line:?} in:\n{text}");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn descriptors_arrive_with_their_bytes() {
    within(LIMIT, "four pipes through a stream", || {
        let (here, there) = UnixStream::pair().unwrap();
        let pipes: Vec<_> = (0..MOST).map(|_| pipe().unwrap()).collect();
        let writers: Vec<_> = pipes.iter().map(|(_, writer)| writer.as_fd()).collect();
        send(&here, b"bytes", &writers).unwrap();
        let mut buffer = [0; 16];
        let (length, descriptors) = receive(&there, &mut buffer).unwrap();
        assert_eq!(&buffer[..length], b"bytes");
        assert_eq!(descriptors.len(), MOST);
        for (descriptor, (mut reader, writer)) in descriptors.into_iter().zip(pipes) {
            drop(writer);
            if cfg!(target_os = "linux") {
                let flags = rustix::io::fcntl_getfd(&descriptor).unwrap();
                assert!(flags.contains(rustix::io::FdFlags::CLOEXEC));
            }
            std::io::PipeWriter::from(descriptor).write_all(b"x").unwrap();
            let mut text = Vec::new();
            reader.read_to_end(&mut text).unwrap();
            assert_eq!(text, b"x");
        }
    });
}

#[test]
fn too_many_are_refused_and_closed() {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

    within(LIMIT, "too many descriptors", || {
        for count in [MOST + 1, MOST + 2, MOST + 3, 50] {
            let (here, there) = UnixStream::pair().unwrap();
            let (mut reader, writer) = pipe().unwrap();
            let descriptors = vec![writer.as_fd(); count];
            let mut space =
                vec![std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(count))];
            let mut control = SendAncillaryBuffer::new(&mut space);
            assert!(control.push(SendAncillaryMessage::ScmRights(&descriptors)));
            let bytes = [std::io::IoSlice::new(b"x")];
            sendmsg(&here, &bytes, &mut control, SendFlags::empty()).unwrap();
            drop(writer);
            let result = receive(&there, &mut [0; 4]);
            assert!(matches!(result, Err(ReceiveError::TooMany)), "{count}: {result:?}");
            assert_eq!(reader.read(&mut [0]).unwrap(), 0, "{count}: one is still open");
        }
    });
}

#[test]
fn no_bytes_or_too_many_descriptors_are_not_sent() {
    let (here, _there) = UnixStream::pair().unwrap();
    let kind = |result: std::io::Result<()>| result.unwrap_err().kind();
    assert_eq!(kind(send(&here, b"", &[here.as_fd()])), ErrorKind::InvalidInput);
    assert_eq!(kind(send(&here, b"x", &[here.as_fd(); 50])), ErrorKind::InvalidInput);
}

/// The kernel takes the call, and nothing arrives.
#[cfg(target_os = "linux")]
#[test]
fn a_descriptor_without_a_byte_is_not_carried() {
    use rustix::net::{SendAncillaryBuffer, SendAncillaryMessage, SendFlags, sendmsg};

    within(LIMIT, "a descriptor alone", || {
        let (here, there) = UnixStream::pair().unwrap();
        let (mut reader, writer) = pipe().unwrap();
        let descriptors = [writer.as_fd()];
        let mut space = [std::mem::MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
        let mut control = SendAncillaryBuffer::new(&mut space);
        assert!(control.push(SendAncillaryMessage::ScmRights(&descriptors)));
        assert_eq!(sendmsg(&here, &[], &mut control, SendFlags::empty()), Ok(0));
        drop(writer);
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
        there.set_nonblocking(true).unwrap();
        let result = receive(&there, &mut [0; 4]);
        assert!(
            matches!(&result, Err(ReceiveError::Io(error)) if error.kind() == ErrorKind::WouldBlock),
            "{result:?}"
        );
    });
}

#[test]
fn a_read_loses_the_descriptor_and_says_nothing() {
    within(LIMIT, "a plain read", || {
        let (here, mut there) = UnixStream::pair().unwrap();
        let (mut reader, writer) = pipe().unwrap();
        send(&here, b"x", &[writer.as_fd()]).unwrap();
        drop(writer);
        assert_eq!(there.read(&mut [0; 4]).unwrap(), 1);
        assert_eq!(reader.read(&mut [0]).unwrap(), 0);
    });
}

#[test]
fn an_open_file_is_one_file_for_both() {
    let python = require("python3");
    let folder = folder("give");
    let mut give = Command::new(example("give_file"));
    let give = give.arg(demo("lines.txt")).arg("give.sock").current_dir(&folder);
    let give = Process::start(give).unwrap();
    give.wait_for_text("one", LIMIT).unwrap();
    let mut take = Command::new(python);
    let take = take.arg(demo("take_file.py")).arg("give.sock").current_dir(&folder);
    let took = Process::start(take).unwrap().finish(LIMIT).unwrap().text();
    let text = give.finish(LIMIT).unwrap().text();
    let (number, line) = took.split_once(": ").unwrap();
    assert_eq!(line, "two\n");
    let (first, rest) = text.split_once('\n').unwrap();
    let (mine, line) = first.split_once(": ").unwrap();
    assert_eq!(line, "one");
    assert_eq!(rest, format!("{mine}: three\n"));
    assert_ne!(mine, number);
    fs::remove_dir_all(folder).unwrap();
}

/// Python opens and sends; we receive and read.
#[test]
fn a_file_that_python_sends_is_open_here() {
    let python = require("python3");
    let folder = folder("python");
    let listener = UnixListener::bind(folder.join("here.sock")).unwrap();
    let script = "import os, socket, sys\n\
        peer = socket.socket(socket.AF_UNIX); peer.connect('here.sock')\n\
        file = os.open(sys.argv[1], os.O_RDONLY); os.lseek(file, 4, 0)\n\
        socket.send_fds(peer, [b'x'], [file, file])\n";
    let mut command = Command::new(python);
    let command = command.args(["-c", script]).arg(demo("lines.txt")).current_dir(&folder);
    let process = Process::start(command).unwrap();
    within(LIMIT, "a file from Python", move || {
        let (stream, _) = listener.accept().unwrap();
        let (length, mut descriptors) = receive(&stream, &mut [0; 4]).unwrap();
        assert_eq!((length, descriptors.len()), (1, 2));
        let mut text = String::new();
        fs::File::from(descriptors.remove(0)).read_to_string(&mut text).unwrap();
        assert_eq!(text, "two\nthree\n");
    });
    assert!(process.finish(LIMIT).unwrap().status.success());
    fs::remove_dir_all(folder).unwrap();
}

/// What a client of the baton's is told, on a connection of its own.
fn told(address: SocketAddr) -> String {
    let mut client = TcpStream::connect(address).unwrap();
    client.set_read_timeout(Some(LIMIT)).unwrap();
    let mut text = String::new();
    client.read_to_string(&mut text).unwrap();
    text
}

#[test]
fn a_listener_changes_hands_and_no_client_is_turned_away() {
    let folder = folder("baton");
    let start = |arguments: &[&str]| {
        let mut command = Command::new(example("baton"));
        Process::start(command.args(arguments).current_dir(&folder)).unwrap()
    };
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let giver = start(&["give", "b.sock", "1000000", &address.to_string()]);
    giver.wait_for_text("listening", LIMIT).unwrap();
    for _ in 0..50 {
        assert_eq!(told(address), "given by the first\n");
    }
    let taker = start(&["take", "b.sock", "50"]);
    let mut second = 0;
    while second < 50 {
        match told(address).as_str() {
            "given by the first\n" => assert_eq!(second, 0),
            "given by the second\n" => second += 1,
            other => panic!("told {other:?}"),
        }
    }
    assert!(giver.finish(LIMIT).unwrap().status.success());
    assert!(taker.finish(LIMIT).unwrap().status.success());
    fs::remove_dir_all(folder).unwrap();
}

#[cfg(target_os = "linux")]
#[test]
fn the_kernel_says_who_is_there() {
    let python = require("python3");
    let folder = folder("who");
    let mut command = Command::new(example("who_is_there"));
    let server = Process::start(command.arg("who.sock").current_dir(&folder)).unwrap();
    server.wait_for_text("waiting", LIMIT).unwrap();
    let script =
        "import socket; s = socket.socket(socket.AF_UNIX); s.connect('who.sock'); s.recv(1)";
    let mut client = Command::new(python);
    let client = Process::start(client.args(["-c", script]).current_dir(&folder)).unwrap();
    let text = server.finish(LIMIT).unwrap().text();
    assert!(
        text.starts_with("waiting\npython3") && text.ends_with("the same user as I\n"),
        "{text}"
    );
    assert!(client.finish(LIMIT).unwrap().status.success());
    fs::remove_dir_all(folder).unwrap();
}
