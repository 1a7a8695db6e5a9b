//! What the page on datagrams says of its programs, and of the kernel.

use std::io::ErrorKind;
use std::net::UdpSocket;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use testkit::Process;

const LIMIT: Duration = Duration::from_secs(60);

fn run(name: &str) -> String {
    let finished =
        Process::start(&mut Command::new(testkit::example(name))).unwrap().finish(LIMIT).unwrap();
    assert!(finished.status.success(), "{}", finished.text());
    finished.text()
}

#[test]
fn a_peek_tells_how_long_a_cut_datagram_was() {
    let text = run("cut_short");
    assert!(
        text.starts_with("7 bytes fit, and there are 19\nrecv says 7: \"message\"\n"),
        "{text}"
    );
    assert!(text.contains("a datagram of 65508: Message too long"), "{text}");
}

#[cfg(target_os = "linux")] // elsewhere the most is a setting, and smaller
#[test]
fn the_longest_datagram_has_65507_bytes() {
    assert!(run("cut_short").contains("a datagram of 65507: sent 65507\n"));
}

#[cfg(target_os = "linux")]
#[test]
fn an_error_takes_a_later_datagram_with_it_if_connected() {
    let expected = "connected
  send \"one\": Ok
  the server starts
  send \"two\": ConnectionRefused
  send \"three\": Ok
  it receives [\"three\"]
not connected
  send \"one\": Ok
  the server starts
  send \"two\": Ok
  send \"three\": Ok
  it receives [\"two\", \"three\"]
";
    assert_eq!(run("late_refusal"), expected);
}

#[test]
fn a_full_queue_drops_the_late_ones_and_no_send_fails() {
    let text = run("overrun");
    assert!(text.starts_with("1000 sent, and every send said Ok\n"), "{text}");
    assert!(text.contains(" received, the first ones\n"), "{text}");
    let numbers = text.split_whitespace().filter_map(|word| word.parse::<u32>().ok());
    let [sent, received, lost] = numbers.collect::<Vec<_>>()[..] else { panic!("{text}") };
    assert_eq!(received + lost, sent);
    assert!(received > 0 && lost > 0, "{text}");
}

#[cfg(target_os = "linux")] // elsewhere 127.0.0.2 is nobody's
#[test]
fn a_wildcard_server_answers_from_another_address() {
    let expected = "the server is bound to 0.0.0.0
  asked 127.0.0.2, answered by 127.0.0.1
  connected to 127.0.0.2: no answer
the server is bound to 127.0.0.2
  asked 127.0.0.2, answered by 127.0.0.2
  asked 127.0.0.2, answered by 127.0.0.2
";
    assert_eq!(run("wrong_source"), expected);
}

#[cfg(target_os = "linux")]
#[test]
fn broadcast_asks_for_leave_and_a_group_is_heard_by_those_who_bind_too_widely() {
    let text = run("group_talk");
    assert!(text.starts_with("to everyone: Permission denied"), "{text}");
    let rest = "with SO_BROADCAST: first hears it, second hears it
bound to 0.0.0.0: news hears it, sport hears it
bound to the group: news hears it, sport nothing
";
    assert!(text.ends_with(rest), "{text}");
}

#[test]
fn a_connected_socket_hears_its_peer_alone() {
    let [client, peer, stranger] = [(); 3].map(|()| UdpSocket::bind("127.0.0.1:0").unwrap());
    client.set_read_timeout(Some(LIMIT)).unwrap();
    let address = client.local_addr().unwrap();
    client.connect(peer.local_addr().unwrap()).unwrap();
    stranger.send_to(b"lie", address).unwrap();
    peer.send_to(b"truth", address).unwrap();
    let mut buffer = [0; 16];
    assert_eq!(client.recv(&mut buffer).unwrap(), 5);
    assert_eq!(&buffer[..5], b"truth");
    client.set_nonblocking(true).unwrap();
    assert_eq!(client.recv(&mut buffer).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[cfg(target_os = "linux")]
mod lab {
    use addresses::lab::Lab;

    use super::*;

    #[test]
    #[ignore = "needs a network namespace: ci/setup.sh"]
    fn a_raw_socket_sees_what_was_not_for_it() {
        let lab = Lab::open().unwrap();
        let path = Path::new(env!("CARGO_BIN_EXE_ncr")).with_file_name("examples/raw_copy");
        let process = Process::start(&mut lab.command(path)).unwrap();
        let text = process.finish(LIMIT).unwrap().text();
        let expected = "62 bytes: type 3 (destination unreachable)
28 bytes: type 8 (echo request)
28 bytes: type 0 (echo reply)
a raw socket without CAP_NET_RAW: Operation not permitted (os error 1)
a ping socket without CAP_NET_RAW: Permission denied (os error 13)
";
        assert_eq!(text, expected);
    }
}
