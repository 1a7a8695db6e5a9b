//! Our client on real sockets, against a server that lies, truncates, breaks off or is not there.

mod peer;

use std::io::Write;
use std::net::{SocketAddr, UdpSocket};
use std::time::{Duration, Instant};

use peer::{FORGED, LIMIT, Peer, TRUE, answer, question, send_framed};
use testkit::within;
use udp_dns::message::{Data, Message};
use udp_dns::resolver::{Answer, Client, Failure, Ignored, Problem, Settings, Transport};

fn ask(server: SocketAddr, settings: Settings) -> Result<Answer, Failure> {
    within(LIMIT, "the question", move || Client::new(vec![server], settings).ask(question()))
}

/// Waits so long that the test's own limit strikes first.
fn patient() -> Settings {
    Settings { timeout: Duration::from_secs(20), attempts: 1, ..Settings::default() }
}

fn address(answer: &Answer) -> [u8; 4] {
    match answer.message.answers[0].data {
        Data::A(address) => address.octets(),
        ref other => panic!("{other:?}"),
    }
}

#[test]
fn lies_are_ignored_and_counted() {
    let server = Peer::new().play(|peer| {
        let (query, from) = peer.query();
        let lie = |change: &dyn Fn(&mut Message)| {
            let mut message = answer(&query, FORGED);
            change(&mut message);
            peer.send(&message, from);
        };
        lie(&|message| message.id ^= 1);
        lie(&|message| message.id ^= 0x8000);
        lie(&|message| message.questions[0].name = "www.example.com".parse().unwrap());
        lie(&|message| message.questions.clear());
        lie(&|message| message.flags.response = false);
        peer.udp.send_to(&query.id.to_be_bytes(), from).unwrap();
        // The kernel keeps this one from a connected socket: it is not even counted.
        let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
        stranger.send_to(&peer::bytes(&answer(&query, FORGED)), from).unwrap();
        peer.send(&answer(&query, TRUE), from);
    });
    let answer = ask(server, patient()).unwrap();
    assert_eq!(address(&answer), TRUE);
    let expected =
        Ignored { wrong_id: 2, wrong_question: 2, query: 1, malformed: 1, ..Ignored::default() };
    assert_eq!(answer.ignored, expected);
}

#[test]
fn the_right_answer_to_a_query_that_was_given_up_is_too_late() {
    let server = Peer::new().play(|peer| {
        let (first, first_from) = peer.query();
        let (second, from) = peer.query();
        assert_ne!((first.id, first_from), (second.id, from));
        // The port is closed by now, or was never the same; the ID is another in any case.
        peer.send(&answer(&first, FORGED), first_from);
        peer.send(&answer(&first, FORGED), from);
        peer.send(&answer(&second, TRUE), from);
    });
    let settings = Settings { timeout: Duration::from_millis(200), attempts: 2, ..patient() };
    // The second round has 400 ms, which a busy machine may need.
    let answer = ask(server, settings).unwrap();
    assert_eq!(address(&answer), TRUE);
    assert_eq!(answer.ignored, Ignored { wrong_id: 1, ..Ignored::default() });
    assert!(matches!(answer.tried[0].problem, Problem::Silence(_)));
}

#[test]
fn a_flood_of_guesses_ends_on_tcp() {
    let server = Peer::new().play(|peer| {
        let (query, from) = peer.query();
        for guess in 1..=200 {
            let mut forged = answer(&query, FORGED);
            forged.id ^= guess;
            // The client's port may be closed by now.
            let _ = peer.udp.send_to(&peer::bytes(&forged), from);
        }
        let (query, mut stream) = peer.stream();
        send_framed(&mut stream, &answer(&query, TRUE));
    });
    let answer = ask(server, patient()).unwrap();
    assert_eq!(address(&answer), TRUE);
    assert_eq!(answer.transport, Transport::Tcp);
    assert_eq!(answer.ignored.wrong_id, 100);
    assert_eq!(answer.tried[0].problem, Problem::Forgeries);
}

#[test]
fn a_lowered_name_is_asked_again_over_tcp() {
    let server = Peer::new().play(|peer| {
        let (query, from) = peer.query();
        let mut lowered = answer(&query, FORGED);
        lowered.questions = vec![question()];
        peer.send(&lowered, from);
        let (query, mut stream) = peer.stream();
        send_framed(&mut stream, &answer(&query, TRUE));
    });
    let settings = Settings { mixed_case: true, ..patient() };
    let answer = ask(server, settings).unwrap();
    // One name in 2^14 is drawn in small letters throughout; then the answer is right.
    if answer.transport == Transport::Tcp {
        assert_eq!(address(&answer), TRUE);
        assert_eq!(answer.ignored.wrong_case, 1);
    }
}

#[test]
fn truncation_is_followed_by_tcp() {
    let server = Peer::new().play(|peer| {
        peer.truncate();
        let (query, mut stream) = peer.stream();
        let mut late = answer(&query, FORGED);
        late.id ^= 1;
        send_framed(&mut stream, &late);
        let bytes = udp_dns::resolver::framing::framed(&peer::bytes(&answer(&query, TRUE)));
        for byte in bytes.unwrap() {
            stream.write_all(&[byte]).unwrap();
        }
    });
    let answer = ask(server, patient()).unwrap();
    assert_eq!((address(&answer), answer.transport), (TRUE, Transport::Tcp));
    assert_eq!(answer.ignored.wrong_id, 1);
    assert_eq!(answer.tried[0].problem, Problem::Truncated);
}

#[test]
fn truncation_without_tcp_is_a_failure_that_says_so() {
    let mut peer = Peer::new();
    peer.tcp = None;
    let server = peer.play(Peer::truncate);
    let failure = ask(server, patient()).unwrap_err();
    let text = format!(
        "no server answered: {server} over UDP: truncated, so TCP was used; \
         {server} over TCP: refused: no server listens there"
    );
    assert_eq!(failure.to_string(), text);
}

/// What a server may write on a stream instead of an answer, and what is said about it.
#[test]
fn a_stream_that_breaks_off_says_where() {
    let cases: [(&[u8], usize, usize); 5] = [
        (b"", 0, 2),
        (&[0xff], 1, 2),
        (&[0xff, 0xff], 2, 65537),
        (&[0, 9, 1, 2, 3], 5, 11),
        (&[0, 0], 0, 2),
    ];
    for (written, had, wanted) in cases {
        let server = Peer::new().play(move |peer| {
            let (_, mut stream) = peer.stream();
            stream.write_all(written).unwrap();
        });
        let failure = ask(server, Settings { tcp: true, ..patient() }).unwrap_err();
        assert_eq!(failure.tried[0].problem, Problem::Closed { had, wanted }, "{written:?}");
    }
}

#[test]
fn a_stream_that_says_nothing_is_given_up_in_time() {
    let server = Peer::new().play(|peer| {
        let (_, mut stream) = peer.stream();
        // A byte now and then does not prolong it.
        for _ in 0..100 {
            std::thread::sleep(Duration::from_millis(50));
            if stream.write_all(&[0xff]).is_err() {
                break;
            }
        }
    });
    let settings = Settings { tcp: true, timeout: Duration::from_millis(200), ..patient() };
    let started = Instant::now();
    let failure = ask(server, settings).unwrap_err();
    assert!(matches!(failure.tried[0].problem, Problem::Silence(_)), "{failure}");
    assert!(started.elapsed() < Duration::from_secs(3), "{:?}", started.elapsed());
}

#[test]
fn nobody_there_is_known_at_once() {
    let address = Peer::new().address;
    let started = Instant::now();
    let failure = ask(address, patient()).unwrap_err();
    assert_eq!(failure.tried[0].problem, Problem::Refused);
    assert!(started.elapsed() < Duration::from_secs(5));
}

#[test]
fn the_next_server_is_asked() {
    let nobody = Peer::new().address;
    let server = Peer::new().play(|peer| {
        let (query, from) = peer.query();
        peer.send(&answer(&query, TRUE), from);
    });
    let answer = within(LIMIT, "the question", move || {
        Client::new(vec![nobody, server], patient()).ask(question())
    });
    let answer = answer.unwrap();
    assert_eq!((address(&answer), answer.server), (TRUE, server));
    assert_eq!(answer.tried[0].problem, Problem::Refused);
}
