//! The small programs beside peek.

mod common;

use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use common::{LIMIT, Running, impatient, limits, read_to_end};
use first_bytes::event::Direction;
use testkit::{Finished, Process, example};

fn layers(path: &Path, frame: &str) -> Finished {
    let mut command = Command::new(example("layers"));
    Process::start(command.arg(path).arg(frame)).unwrap().finish(LIMIT).unwrap()
}

#[test]
fn drip_sends_single_bytes_and_prints_the_answer() {
    let relay = Running::start(limits(1));
    let server = relay.server.try_clone().unwrap();
    let answering = thread::spawn(move || {
        let mut stream = impatient(server.accept().unwrap().0);
        let question = read_to_end(&stream);
        stream.write_all(b"understood").unwrap();
        question
    });
    let mut command = Command::new(example("drip"));
    let (drip, mut stdin) = Process::stdin_piped(command.arg(relay.address.to_string())).unwrap();
    stdin.write_all(b"drop by drop").unwrap();
    drop(stdin);
    let finished = drip.finish(LIMIT).unwrap();
    assert!(finished.status.success());
    assert_eq!(finished.text(), "understood");
    assert_eq!(answering.join().unwrap(), b"drop by drop");
    let (_, recorder) = relay.finish();
    assert_eq!(recorder.stream(1, Direction::ToServer), b"drop by drop");
}

#[test]
fn drip_says_when_nobody_listens() {
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().to_string();
    let mut command = Command::new(example("drip"));
    let finished = Process::start(command.arg(nobody)).unwrap().finish(LIMIT).unwrap();
    assert_eq!(finished.status.code(), Some(1));
    assert!(finished.text().starts_with("drip: Connection refused"), "{}", finished.text());
}

#[test]
fn layers_shows_a_frame_or_says_why_not() {
    use first_bytes::capture::Capture;
    use first_bytes::event::{Connection, Event, Sink};
    use std::time::{Duration, UNIX_EPOCH};

    let capture = Capture::new(Vec::new()).unwrap();
    let connection = Connection {
        number: 1,
        client: "127.0.0.1:51000".parse().unwrap(),
        server: "127.0.0.1:80".parse().unwrap(),
        accepted: UNIX_EPOCH,
    };
    let put = |event| capture.put(&connection, Duration::ZERO, event).unwrap();
    put(Event::Opened);
    put(Event::Bytes {
        direction: Direction::ToServer,
        offset: 0,
        bytes: b"GET / HTTP/1.0\r\n\r\n",
    });
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("layers.pcap");
    fs::write(&file, capture.into_inner()).unwrap();

    let finished = layers(&file, "4");
    assert!(finished.status.success(), "{}", finished.text());
    let text = finished.text();
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(lines[0], "offset  bytes                    owner     meaning");
    assert_eq!(
        lines[1],
        "0000    02 00 00 00 00 02        ethernet  destination 02:00:00:00:00:02"
    );
    assert!(lines.contains(&"0022    c7 38                    tcp       source port 51000"));
    assert!(lines.contains(&"0036    47 45 54 20 2f 20 48 54  http      GET / HT"));
    assert_eq!(lines.last(), Some(&"0046    0d 0a                    http      .."));

    for (frame, reason) in [("6", "fewer frames"), ("0", "numbered 1, 2, 3"), ("x", "numbered")] {
        let finished = layers(&file, frame);
        assert_eq!(finished.status.code(), Some(1));
        assert!(finished.text().contains(reason), "{}", finished.text());
    }
    assert!(layers(Path::new("no-such-file"), "1").text().contains("No such file"));
    let text = folder.join("not-a.pcap");
    fs::write(&text, [b'x'; 100]).unwrap();
    assert!(layers(&text, "1").text().contains("not a classic pcap file"));
}
