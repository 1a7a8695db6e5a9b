//! The server: requests of every sort, the bound on amplification, hostile streams.

use std::collections::HashMap;
use std::io::{self, ErrorKind, PipeWriter, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpStream, UdpSocket};
use std::sync::LazyLock;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use proptest::prelude::*;
use socket2::{Domain, Socket, Type};
use testkit::within;
use udp_dns::message::{Class, Edns, Kind, Message, Opcode, Rcode};
use udp_dns::name::Name;
use udp_dns::resolver::framing::framed;
use udp_dns::server::{
    FACTOR, Limits, MAX_NETWORKS, Rate, RateLimiter, ServeError, Settings, Sockets, Transport,
    UDP_SIZE, Verdict, answer,
};
use udp_dns::zone::Zone;

const LIMIT: Duration = Duration::from_secs(60);

fn zone() -> &'static Zone {
    static ZONE: LazyLock<Zone> = LazyLock::new(|| {
        let text = include_str!("../demo/example.test.zone");
        Zone::parse("zone", text, &name("example.test")).expect("a good zone")
    });
    &ZONE
}

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn query(host: &str, kind: Kind) -> Message {
    Message::query(7, name(host), kind)
}

fn edns(udp_size: u16) -> Edns {
    Edns { udp_size, version: 0, dnssec_ok: false, options: Vec::new() }
}

fn bytes(message: &Message) -> Vec<u8> {
    message.encode(65_535).expect("it fits")
}

fn ask(message: &Message, transport: Transport) -> Message {
    let answer = answer(zone(), &Settings::default(), &bytes(message), transport);
    Message::parse(&answer.expect("an answer")).expect("a good one")
}

fn udp(message: &Message) -> Message {
    ask(message, Transport::Udp)
}

#[test]
fn requests_that_are_no_question_for_us() {
    let good = query("www.example.test", Kind::A);
    for (message, rcode) in [
        (good.clone(), Rcode::NO_ERROR),
        (query("www.example.net", Kind::A), Rcode::REFUSED),
        (query("badexample.test", Kind::A), Rcode::REFUSED),
        (query("test", Kind::A), Rcode::REFUSED),
        (query("example.test", Kind::AXFR), Rcode::REFUSED),
        (query("example.test", Kind(251)), Rcode::REFUSED),
        (query("example.test", Kind::OPT), Rcode::FORMAT_ERROR),
        // Types of questions that nobody knows, TSIG, and MAILB and MAILA, which were given up: as
        // named has it.
        (query("example.test", Kind(128)), Rcode::FORMAT_ERROR),
        (query("example.test", Kind(250)), Rcode::FORMAT_ERROR),
        (query("example.test", Kind(253)), Rcode::NOT_IMPLEMENTED),
        (query("example.test", Kind(254)), Rcode::NOT_IMPLEMENTED),
        (Message { questions: Vec::new(), ..good.clone() }, Rcode::FORMAT_ERROR),
        (
            Message {
                questions: [&good.questions[..], &good.questions[..]].concat(),
                ..good.clone()
            },
            Rcode::FORMAT_ERROR,
        ),
    ] {
        let answer = udp(&message);
        assert_eq!((answer.rcode, answer.id), (rcode, 7), "{message:?}");
        assert!(answer.flags.response && !answer.flags.recursion_available);
        let questions = if message.questions.len() > 1 { &[] } else { &message.questions[..] };
        assert_eq!(answer.questions, questions, "an answer never has two (RFC 9619 §4)");
        assert_eq!(answer.answers.is_empty(), rcode != Rcode::NO_ERROR);
    }
    let mut chaos = good.clone();
    chaos.questions[0].class = Class::CH;
    assert_eq!(udp(&chaos).rcode, Rcode::REFUSED);
    for opcode in [1, 2, 4, 5, 15] {
        let mut other = good.clone();
        other.flags.opcode = Opcode(opcode);
        let answer = udp(&other);
        assert_eq!((answer.rcode, answer.flags.opcode), (Rcode::NOT_IMPLEMENTED, Opcode(opcode)));
    }
}

/// RFC 2136 §2.5.2: "delete all NS records" is a record of the class ANY without data. A query with
/// it is malformed, and an update is not implemented.
#[test]
fn an_update_is_not_implemented_however_it_looks() {
    let mut update = b"\0\x07\x28\0\0\x01\0\0\0\x01\0\0".to_vec();
    update.extend(b"\x07example\x04test\0\0\x06\0\x01");
    update.extend(b"\xc0\x0c\0\x02\0\xff\0\0\0\0\0\0");
    for (opcode, rcode) in [(0x28, Rcode::NOT_IMPLEMENTED), (0, Rcode::FORMAT_ERROR)] {
        update[2] = opcode;
        let answer = answer(zone(), &Settings::default(), &update, Transport::Udp);
        let answer = Message::parse(&answer.expect("an answer")).expect("a good one");
        assert_eq!((answer.rcode, answer.flags.opcode.0), (rcode, opcode >> 3));
    }
}

#[test]
fn edns_is_answered_with_edns() {
    let mut message = query("www.example.test", Kind::A);
    assert_eq!(udp(&message).edns, None);
    message.edns = Some(edns(4096));
    assert_eq!(udp(&message).edns, Some(edns(UDP_SIZE)));
    message.edns.as_mut().expect("it is there").options.push((10, vec![1; 8]));
    assert_eq!(udp(&message).edns, Some(edns(UDP_SIZE)), "an unknown option is left alone");
    message.edns.as_mut().expect("it is there").version = 1;
    let answer = udp(&message);
    assert_eq!((answer.rcode, answer.edns), (Rcode::BAD_VERSION, Some(edns(UDP_SIZE))));
}

#[test]
fn an_answer_is_never_answered() {
    let mut message = query("www.example.test", Kind::A);
    message.flags.response = true;
    let whole = bytes(&message);
    for length in 0..=whole.len() {
        let said = answer(zone(), &Settings::default(), &whole[..length], Transport::Udp);
        assert_eq!(said, None, "{length} bytes");
    }
}

#[test]
fn what_cannot_be_read_gets_a_header() {
    let whole = bytes(&query("www.example.test", Kind::A));
    for length in 0..whole.len() {
        let said = answer(zone(), &Settings::default(), &whole[..length], Transport::Udp);
        let Some(said) = said else {
            assert!(length < 12, "{length} bytes");
            continue;
        };
        let message = Message::parse(&said).expect("a good answer");
        assert_eq!((message.rcode, message.id), (Rcode::FORMAT_ERROR, 7), "{length} bytes");
        assert_eq!(said.len(), 12);
    }
}

#[test]
fn the_case_of_the_question_comes_back() {
    let mixed = name("wWw.ExAmPlE.tEsT");
    let answer = udp(&Message::query(7, mixed.clone(), Kind::A));
    assert!(answer.questions[0].name.same_case(&mixed));
    assert_eq!(answer.answers.len(), 2);
}

#[test]
fn what_does_not_fit_is_cut_and_tcp_gets_it_all() {
    for host in ["large.example.test", "huge.example.test"] {
        let mut message = query(host, Kind::TXT);
        message.edns = Some(edns(4096));
        let cut = udp(&message);
        assert!(cut.flags.truncated && cut.answers.is_empty(), "{host}");
        let whole = ask(&message, Transport::Tcp);
        assert!(!whole.flags.truncated && !whole.answers.is_empty(), "{host}");
    }
}

/// RFC 6891 §6.2.3: values below 512 are 512.
#[test]
fn nobody_takes_less_than_512_bytes() {
    for size in [0, 1, 511, 512] {
        let mut message = query("shop.example.test", Kind::A);
        message.edns = Some(edns(size));
        let answer = udp(&message);
        assert_eq!((answer.rcode, answer.answers.len()), (Rcode::NO_ERROR, 4), "{size}");
    }
}

/// Who sends more may get more: padding (RFC 7830) buys a long answer without TCP.
#[test]
fn a_padded_request_is_worth_more() {
    let mut message = query("large.example.test", Kind::TXT);
    message.edns = Some(edns(1232));
    message.edns.as_mut().expect("it is there").options.push((12, vec![0; 200]));
    let answer = udp(&message);
    assert!(!answer.flags.truncated && answer.answers.len() == 7);
}

/// Every name, also those that are not there, with every type and every size.
fn all_requests() -> Vec<Message> {
    let zone = zone();
    let mut hosts: Vec<Name> = zone.names().map(|(name, _)| name.clone()).collect();
    hosts.extend(
        ["x", "x.dyn", "x.b.dyn", "x.sub", "x.y.z.www"]
            .map(|host| name(&format!("{host}.example.test"))),
    );
    hosts.push(name("elsewhere.test"));
    let kinds = [1, 2, 5, 6, 12, 15, 16, 28, 33, 43, 99, 252, 255, 65280].map(Kind);
    let sizes = [None, Some(0), Some(512), Some(1232), Some(4096), Some(65_535)];
    let mut all = Vec::new();
    for host in &hosts {
        for kind in kinds {
            for size in sizes {
                let edns = size.map(edns);
                all.push(Message { edns, ..Message::query(7, host.clone(), kind) });
            }
        }
    }
    all
}

/// The worst factor, and which request it was.
fn worst(settings: &Settings) -> (f64, usize, usize, String) {
    let zone = zone();
    let mut worst = (0.0, 0, 0, String::new());
    for message in all_requests() {
        let request = bytes(&message);
        let answer = answer(zone, settings, &request, Transport::Udp).expect("an answer");
        Message::parse(&answer).expect("a good answer");
        let factor = answer.len() as f64 / request.len() as f64;
        if factor > worst.0 {
            let question = &message.questions[0];
            let text = format!("{} {}", question.name, question.kind);
            worst = (factor, request.len(), answer.len(), text);
        }
    }
    worst
}

#[test]
fn over_udp_nobody_gets_more_than_the_factor() {
    let (factor, request, answer, question) = worst(&Settings::default());
    println!("with the bound: {answer} bytes for {request}, {factor:.1} times: {question}");
    assert!(factor <= FACTOR as f64, "{factor}");
    assert!(factor > 3.0, "{factor}: the bound is not met by accident");

    let open = Settings { udp_size: 4096, factor: None };
    let (factor, request, answer, question) = worst(&open);
    println!("without the bound: {answer} bytes for {request}, {factor:.1} times: {question}");
    assert!(factor > 30.0, "{factor}: so the bound is what keeps it low");
}

/// Why the factor is no less: the SOA record of a negative answer takes 51 bytes here, which is more
/// than most questions have.
#[test]
fn with_a_factor_of_two_a_short_no_needs_tcp() {
    let mut request = query("nobody.example.test", Kind::A);
    request.edns = Some(edns(1232));
    let request = bytes(&request);
    let ask = |factor| {
        let settings = Settings { factor: Some(factor), ..Settings::default() };
        let answer = answer(zone(), &settings, &request, Transport::Udp).expect("an answer");
        (answer.len(), Message::parse(&answer).expect("good").flags.truncated)
    };
    println!("{} bytes, answered by {}; with a factor of 2 cut", request.len(), ask(FACTOR).0);
    assert_eq!((request.len(), ask(FACTOR), ask(2)), (48, (99, false), (48, true)));
}

/// Ordinary questions must not need TCP: that would be three round trips instead of one.
#[test]
fn ordinary_answers_fit() {
    let cut: Vec<String> = all_requests()
        .into_iter()
        .filter(is_cut)
        .map(|message| format!("{} {}", message.questions[0].name, message.questions[0].kind))
        .filter(|question| !question.starts_with("large.") && !question.starts_with("huge."))
        .collect();
    assert!(cut.is_empty(), "{cut:?}");
}

fn is_cut(message: &Message) -> bool {
    udp(message).flags.truncated
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn any_bytes_get_at_most_the_factor(mut request: Vec<u8>, query: bool) {
        if query && request.len() > 2 {
            request[2] &= 0x7f;
        }
        if let Some(said) = answer(zone(), &Settings::default(), &request, Transport::Udp) {
            prop_assert!(said.len() <= FACTOR * request.len());
            prop_assert!(Message::parse(&said).is_ok());
        }
    }

    #[test]
    fn a_damaged_question_gets_at_most_the_factor(at in 0_usize..60, with: u8, size: u16) {
        let mut message = query("shop.example.test", Kind::A);
        message.edns = Some(edns(size));
        let mut request = bytes(&message);
        let at = at % request.len();
        request[at] = with;
        if let Some(said) = answer(zone(), &Settings::default(), &request, Transport::Udp) {
            prop_assert!(said.len() <= FACTOR * request.len());
            prop_assert!(Message::parse(&said).is_ok());
        }
    }
}

#[test]
fn a_network_gets_its_rate_and_others_theirs() {
    let mut limiter = RateLimiter::new(Rate { per_second: 10, burst: 20 });
    let now = Duration::from_secs(1);
    let mut ask = |host: &str| limiter.verdict(host.parse().expect("an address"), now);
    let verdicts: Vec<Verdict> = (0..40).map(|n| ask(&format!("192.0.2.{n}"))).collect();
    let count = |verdict| verdicts.iter().filter(|v| **v == verdict).count();
    assert_eq!(count(Verdict::Send), 20, "a /24 has one bucket");
    assert_eq!((count(Verdict::Truncate), count(Verdict::Drop)), (10, 10));
    assert_eq!(ask("198.51.100.1"), Verdict::Send, "another network has its own");
    assert_eq!(ask("2001:db8::1"), Verdict::Send);
    for _ in 0..19 {
        ask("2001:db8:0:ff::1");
    }
    assert_ne!(ask("2001:db8::2"), Verdict::Send, "a /56 has one bucket");
}

#[test]
fn a_limited_answer_is_cut_or_dropped() {
    let mut limiter = RateLimiter::new(Rate { per_second: 1, burst: 1 });
    let request = bytes(&query("www.example.test", Kind::A));
    let whole = answer(zone(), &Settings::default(), &request, Transport::Udp).expect("an answer");
    let mut limit = || limiter.limit(whole.clone(), [192, 0, 2, 1].into(), Duration::ZERO);
    assert_eq!(limit().as_ref(), Some(&whole));
    let cut = limit().expect("a cut one");
    let message = Message::parse(&cut).expect("a good one");
    assert!(message.flags.truncated && message.answers.is_empty() && cut.len() == request.len());
    assert_eq!(limit(), None);
}

#[test]
fn a_flood_of_networks_fills_no_memory() {
    let mut limiter = RateLimiter::new(Rate::default());
    for number in 0..100_000_u32 {
        let client = Ipv4Addr::from_bits(number << 8).into();
        limiter.verdict(client, Duration::from_micros(number.into()));
        assert!(limiter.len() <= MAX_NETWORKS);
    }
    // After a quiet time there is room again.
    let later = Duration::from_secs(100);
    assert_eq!(limiter.verdict([192, 0, 2, 1].into(), later), Verdict::Send);
    assert_eq!(limiter.len(), 1);
}

/// The limiter as it was at first: once it was full, each new network made it look through all that
/// it knew, to find old ones.
#[derive(Default)]
struct FirstLimiter {
    networks: HashMap<IpAddr, Duration>,
    looked_at: u64,
}

impl FirstLimiter {
    fn verdict(&mut self, network: IpAddr, now: Duration) {
        if self.networks.len() >= MAX_NETWORKS && !self.networks.contains_key(&network) {
            let looked_at = &mut self.looked_at;
            self.networks.retain(|_, used| {
                *looked_at += 1;
                now.saturating_sub(*used) < Duration::from_secs(3)
            });
        }
        if self.networks.len() < MAX_NETWORKS {
            self.networks.insert(network, now);
        }
    }
}

#[test]
fn a_flood_of_networks_costs_little_work() {
    let (mut first, mut ours) = (FirstLimiter::default(), RateLimiter::new(Rate::default()));
    for number in 0..5000_u32 {
        let network = Ipv4Addr::from_bits(number << 8).into();
        let now = Duration::from_micros(u64::from(number) * 200);
        first.verdict(network, now);
        ours.verdict(network, now);
    }
    let (first, ours) = (first.looked_at, ours.looked_at());
    println!("the first limiter looked at {first} networks, ours at {ours}");
    assert!(first > 3_000_000, "{first}");
    assert_eq!(ours, MAX_NETWORKS as u64, "all of them, once");
}

/// Looking for old ones at each packet would be work that an attacker may order.
#[test]
fn old_networks_are_looked_for_once_a_second() {
    let mut limiter = RateLimiter::new(Rate { per_second: 100, burst: 200 });
    let mut fill = |number: u32, now| {
        limiter.verdict(Ipv4Addr::from_bits(number << 8).into(), Duration::from_millis(now));
        limiter.len()
    };
    assert_eq!((0..MAX_NETWORKS as u32).map(|number| fill(number, 500)).last(), Some(MAX_NETWORKS));
    // They are old after three seconds.
    assert_eq!([3200, 3600, 4100, 4300].map(|now| fill(1 << 20, now)), [4096, 4096, 4096, 1]);
}

/// A server on loopback that ends with the test.
struct Served {
    address: SocketAddr,
    end: Option<PipeWriter>,
    thread: Option<JoinHandle<Result<(), ServeError>>>,
}

impl Served {
    fn start(limits: Limits, rate: Option<Rate>) -> Self {
        let any = (Ipv4Addr::LOCALHOST, 0).into();
        let sockets = Sockets::bind(any, zone().clone(), Settings::default()).expect("a port");
        let address = sockets.local_addr().expect("bound");
        let (reader, end) = io::pipe().expect("a pipe");
        let sockets = sockets.with(rate, limits);
        let thread = thread::spawn(move || sockets.run(reader));
        Self { address, end: Some(end), thread: Some(thread) }
    }

    fn tcp(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("it listens");
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        stream
    }

    /// A connection from this address: on loopback, all of 127.0.0.0/8 may call.
    fn tcp_from(&self, source: [u8; 4]) -> TcpStream {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).expect("a socket");
        socket.bind(&SocketAddr::from((source, 0)).into()).expect("one of loopback's addresses");
        socket.connect(&self.address.into()).expect("it listens");
        let stream = TcpStream::from(socket);
        stream.set_read_timeout(Some(LIMIT)).expect("a limit");
        stream
    }

    fn stop(mut self) {
        drop(self.end.take());
        let thread = self.thread.take().expect("it runs");
        within(LIMIT, "the server ends", move || thread.join())
            .expect("no panic")
            .expect("no error");
    }
}

fn read_answer(stream: &mut TcpStream) -> Message {
    let mut length = [0; 2];
    stream.read_exact(&mut length).expect("a length");
    let mut answer = vec![0; u16::from_be_bytes(length).into()];
    stream.read_exact(&mut answer).expect("an answer");
    Message::parse(&answer).expect("a good one")
}

/// Whether the other end has closed: with FIN, or with RST because bytes of ours were left.
fn is_closed(stream: &mut TcpStream) -> bool {
    match stream.read(&mut [0; 1]) {
        Ok(length) => length == 0,
        Err(error) => error.kind() == ErrorKind::ConnectionReset,
    }
}

#[test]
fn udp_and_tcp_on_one_port() {
    let server = Served::start(Limits::default(), None);
    let request = bytes(&query("www.example.test", Kind::A));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket.set_read_timeout(Some(LIMIT)).expect("a limit");
    socket.send_to(&request, server.address).expect("sent");
    let mut buffer = [0; 2000];
    let length = socket.recv(&mut buffer).expect("an answer");
    assert_eq!(Message::parse(&buffer[..length]).expect("good").answers.len(), 2);

    // Five requests in one write, and one byte by byte.
    let mut stream = server.tcp();
    let one = framed(&request).expect("it fits");
    stream.write_all(&one.repeat(5)).expect("sent");
    for byte in &one {
        stream.write_all(&[*byte]).expect("sent");
    }
    for _ in 0..6 {
        assert_eq!(read_answer(&mut stream).answers.len(), 2);
    }
    server.stop();
    assert!(is_closed(&mut stream), "the end of the server is the end of its connections");
}

/// What is no question ends the connection, but not before the questions in front of it have got
/// their answers, whichever read they came in.
#[test]
fn what_was_asked_before_the_nonsense_is_answered() {
    let server = Served::start(Limits::default(), None);
    let one = framed(&bytes(&query("www.example.test", Kind::A))).expect("it fits");
    let mut stray = one.clone();
    stray[4] |= 0x80; // an answer
    for nonsense in [&[0, 0][..], &stray] {
        let mut stream = server.tcp();
        stream.write_all(&[&one.repeat(3), nonsense, &one].concat()).expect("sent");
        for _ in 0..3 {
            assert_eq!(read_answer(&mut stream).answers.len(), 2);
        }
        assert!(is_closed(&mut stream), "what comes after it is not");
    }
    server.stop();
}

/// Who has said all it has to say still hears the answers (RFC 9293 §3.6, half-close).
#[test]
fn a_half_closed_connection_gets_its_answers() {
    let server = Served::start(Limits::default(), None);
    let one = framed(&bytes(&query("www.example.test", Kind::A))).expect("it fits");
    let mut stream = server.tcp();
    stream.write_all(&one.repeat(3)).expect("sent");
    stream.shutdown(std::net::Shutdown::Write).expect("open until now");
    for _ in 0..3 {
        assert_eq!(read_answer(&mut stream).answers.len(), 2);
    }
    assert!(is_closed(&mut stream));
    server.stop();
}

#[test]
fn who_is_slow_or_silent_is_closed() {
    let short = Duration::from_millis(150);
    let server = Served::start(Limits { idle: short, message: short, ..Limits::default() }, None);
    let mut silent = server.tcp();
    let mut half = server.tcp();
    half.write_all(&[0]).expect("sent");
    let mut claims = server.tcp();
    claims.write_all(&[255, 255]).expect("sent");
    let mut empty = server.tcp();
    empty.write_all(&[0, 0]).expect("sent");
    for stream in [&mut silent, &mut half, &mut claims, &mut empty] {
        assert!(is_closed(stream));
    }
    // A byte now and then, of a message that will never be whole, does not keep it open.
    let mut drip = server.tcp();
    let start = Instant::now();
    while start.elapsed() < LIMIT && drip.write_all(&[0xff]).is_ok() {
        thread::sleep(Duration::from_millis(10));
    }
    assert!(start.elapsed() < LIMIT / 2, "{:?}", start.elapsed());
    server.stop();
}

/// The answers pile up in the kernel until nothing goes in any more.
#[test]
fn who_does_not_read_is_closed() {
    let server =
        Served::start(Limits { message: Duration::from_millis(150), ..Limits::default() }, None);
    let one = framed(&bytes(&query("huge.example.test", Kind::TXT))).expect("it fits");
    let mut deaf = server.tcp();
    deaf.set_write_timeout(Some(LIMIT)).expect("a limit");
    let start = Instant::now();
    while deaf.write_all(&one.repeat(100)).is_ok() {}
    assert!(start.elapsed() < LIMIT / 2, "{:?}", start.elapsed());
    server.stop();
}

#[test]
fn connections_are_bounded_and_udp_goes_on() {
    let limits = Limits { connections: 4, per_network: 4, ..Limits::default() };
    let server = Served::start(limits, None);
    let request = framed(&bytes(&query("www.example.test", Kind::A))).expect("it fits");
    let mut open: Vec<TcpStream> = (0..4)
        .map(|_| {
            let mut stream = server.tcp();
            stream.write_all(&request).expect("sent");
            assert_eq!(read_answer(&mut stream).answers.len(), 2);
            stream
        })
        .collect();
    for _ in 0..50 {
        assert!(is_closed(&mut server.tcp()), "one too many");
    }
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket.set_read_timeout(Some(LIMIT)).expect("a limit");
    socket.send_to(&request[2..], server.address).expect("sent");
    socket.recv(&mut [0; 2000]).expect("an answer");
    open[0].write_all(&request).expect("sent");
    assert_eq!(read_answer(&mut open[0]).answers.len(), 2, "those within are served");
    server.stop();
}

/// Whether a question over this connection gets its answer.
fn is_served(stream: &mut TcpStream) -> bool {
    let request = framed(&bytes(&query("www.example.test", Kind::A))).expect("it fits");
    let mut length = [0; 2];
    if stream.write_all(&request).and_then(|()| stream.read_exact(&mut length)).is_err() {
        return false;
    }
    stream.read_exact(&mut vec![0; u16::from_be_bytes(length).into()]).is_ok()
}

#[test]
fn one_network_does_not_take_all_connections() {
    let limits = Limits { connections: 4, per_network: 2, ..Limits::default() };
    let server = Served::start(limits, None);
    let calls = [[127, 0, 0, 1], [127, 0, 0, 2], [127, 0, 0, 3], [127, 0, 1, 1], [127, 0, 1, 2]];
    let mut calls = calls.map(|source| server.tcp_from(source));
    assert_eq!(calls.each_mut().map(is_served), [true, true, false, true, true]);
    server.stop();
}

/// A few networks that ask now and then do not keep everybody else out.
#[test]
fn the_longest_silent_makes_room() {
    let limits = Limits { connections: 4, per_network: 2, ..Limits::default() };
    let server = Served::start(limits, None);
    let call = |network, host| {
        let mut stream = server.tcp_from([127, 0, network, host]);
        assert!(is_served(&mut stream), "{host} of {network} is let in");
        stream
    };
    let [mut a1, mut a2, mut b1, mut b2] =
        [(0, 1), (0, 2), (1, 1), (1, 2)].map(|(n, h)| call(n, h));
    assert!(is_served(&mut a1));
    let mut c1 = call(2, 1);
    assert!(is_closed(&mut a2), "it has been silent for longest");
    // The others stay; and c1 is now the longest silent of all, but the only one of its network.
    assert!([&mut a1, &mut b1, &mut b2].map(is_served).iter().all(|served| *served));
    let mut c2 = call(2, 2);
    assert!(is_closed(&mut b1), "no network had more");
    assert!([&mut a1, &mut b2, &mut c1, &mut c2].map(is_served).iter().all(|served| *served));
    server.stop();
}

#[test]
fn the_rate_holds_over_sockets() {
    let rate = Rate { per_second: 1, burst: 5 };
    let server = Served::start(Limits::default(), Some(rate));
    let request = bytes(&query("www.example.test", Kind::A));
    let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    socket.set_read_timeout(Some(Duration::from_millis(300))).expect("a limit");
    for _ in 0..15 {
        socket.send_to(&request, server.address).expect("sent");
    }
    let (mut whole, mut cut, mut buffer) = (0, 0, [0; 2000]);
    while let Ok(length) = socket.recv(&mut buffer) {
        let message = Message::parse(&buffer[..length]).expect("good");
        *if message.flags.truncated { &mut cut } else { &mut whole } += 1;
    }
    assert!((5..=7).contains(&whole) && (4..=5).contains(&cut), "{whole} and {cut}");
    server.stop();
}
