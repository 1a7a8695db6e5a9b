//! `cargo test -p udp-dns --test tc_fallback`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::thread;
use std::time::Duration;

use testkit::within;
use udp_dns::message::{Class, Data, Kind, Message, Record};

const LIMIT: Duration = Duration::from_secs(10);

fn query() -> Message {
    Message::query(0x1234, "long.example.test".parse().unwrap(), Kind::TXT)
}

/// An answer with so many strings of 200 bytes.
fn answer(strings: usize) -> Message {
    let mut message = query();
    message.flags.response = true;
    let name = "long.example.test".parse().unwrap();
    let data = Data::Txt(vec![vec![b'x'; 200]; strings]);
    message.answers = vec![Record { name, class: Class::IN, ttl: 300, data }];
    message
}

/// A server that truncates what does not fit, and sends on a stream in pieces.
fn server(whole: Message, pieces: usize) -> SocketAddr {
    let tcp = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = tcp.local_addr().unwrap();
    let udp = UdpSocket::bind(address).unwrap();
    let truncated = whole.encode(512).unwrap();
    thread::spawn(move || {
        let mut buffer = [0; 512];
        let (_, from) = udp.recv_from(&mut buffer).unwrap();
        udp.send_to(&truncated, from).unwrap();
    });
    thread::spawn(move || {
        let (mut stream, _) = tcp.accept().unwrap();
        stream.set_nodelay(true).unwrap();
        let mut length = [0; 2];
        stream.read_exact(&mut length).unwrap();
        let mut query = vec![0; u16::from_be_bytes(length).into()];
        stream.read_exact(&mut query).unwrap();
        assert_eq!(Message::parse(&query).unwrap(), self::query());
        let bytes = whole.encode(65535).unwrap();
        let length = u16::try_from(bytes.len()).unwrap();
        let bytes = [&length.to_be_bytes(), &bytes[..]].concat();
        for piece in bytes.chunks(pieces) {
            stream.write_all(piece).unwrap();
            thread::yield_now();
        }
    });
    address
}

fn ask(whole: &Message, pieces: usize) -> Message {
    let server = server(whole.clone(), pieces);
    within(LIMIT, "the question", move || exercise::ask(server, &query()).unwrap())
}

#[test]
fn what_fits_comes_over_udp() {
    let whole = answer(1);
    assert_eq!(ask(&whole, 1), whole);
}

#[test]
fn what_does_not_fit_comes_over_tcp() {
    let whole = answer(10);
    assert_eq!(ask(&whole, usize::MAX), whole);
}

#[test]
fn in_pieces_of_one_byte_and_of_a_thousand() {
    let whole = answer(10);
    for pieces in [1, 2, 3, 1000] {
        assert_eq!(ask(&whole, pieces), whole, "pieces of {pieces}");
    }
}

#[test]
fn sixty_thousand_bytes() {
    let whole = answer(300);
    assert_eq!(ask(&whole, 1500), whole);
}
