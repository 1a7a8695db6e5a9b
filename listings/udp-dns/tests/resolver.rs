//! The exchange, without sockets and without a clock: every answer that a peer could give, at the
//! time that we choose.

use std::net::SocketAddr;
use std::time::Duration;

use proptest::prelude::*;
use udp_dns::message::{Class, Data, Edns, Kind, Message, Question, Rcode, Record};
use udp_dns::resolver::random::Known;
use udp_dns::resolver::{Answer, Exchange, Failure, Ignored, Problem, Settings, Step, Transport};

const ZERO: Duration = Duration::ZERO;
const SECOND: Duration = Duration::from_secs(1);

fn server(number: u8) -> SocketAddr {
    SocketAddr::from(([192, 0, 2, number], 53))
}

fn question() -> Question {
    Question { name: "www.example.test".parse().unwrap(), kind: Kind::A, class: Class::IN }
}

type Asking = Exchange<Known<Box<dyn FnMut() -> u16>>>;

/// Random numbers that are the same every time, and look like none.
fn numbers(seed: u64) -> Known<Box<dyn FnMut() -> u16>> {
    let mut random = fastrand::Rng::with_seed(seed);
    Known(Box::new(move || random.u16(..)))
}

fn exchange(servers: &[SocketAddr], settings: Settings) -> Asking {
    Exchange::new(question(), servers, settings, numbers(1), ZERO)
}

/// The UDP query that is to be sent now.
struct Query {
    port: u16,
    server: SocketAddr,
    message: Message,
}

fn query(exchange: &mut Asking, now: Duration) -> Query {
    match exchange.next(now) {
        Step::Datagram { port, server, query } => {
            Query { port, server, message: Message::parse(&query).unwrap() }
        }
        step => panic!("no datagram: {step:?}"),
    }
}

/// The TCP query that is to be sent now.
fn stream_query(exchange: &mut Asking, now: Duration) -> Message {
    match exchange.next(now) {
        Step::Stream { query, .. } => {
            let (length, message) = query.split_first_chunk().unwrap();
            assert_eq!(usize::from(u16::from_be_bytes(*length)), message.len());
            Message::parse(message).unwrap()
        }
        step => panic!("no stream: {step:?}"),
    }
}

/// What an honest server says: one address.
fn answer(query: &Message) -> Message {
    let mut answer = query.clone();
    answer.flags.response = true;
    answer.answers = vec![record("www.example.test", Data::A([192, 0, 2, 80].into()))];
    answer
}

fn record(name: &str, data: Data) -> Record {
    Record { name: name.parse().unwrap(), class: Class::IN, ttl: 300, data }
}

fn bytes(message: &Message) -> Vec<u8> {
    message.encode(65535).unwrap()
}

fn framed(message: &Message) -> Vec<u8> {
    udp_dns::resolver::framing::framed(&bytes(message)).unwrap()
}

fn finish(mut exchange: Asking, now: Duration) -> Result<Answer, Failure> {
    assert_eq!(exchange.next(now), Step::Finished);
    exchange.finish()
}

#[test]
fn an_answer_that_fits_ends_it() {
    let mut exchange = exchange(&[server(1)], Settings::default());
    let query = query(&mut exchange, ZERO);
    assert_eq!(query.message.questions, [question()]);
    assert!(query.message.flags.recursion_desired);
    assert_eq!(query.message.edns.as_ref().map(|edns| edns.udp_size), Some(1232));
    assert!(matches!(exchange.next(ZERO), Step::Wait(_)));
    exchange.datagram(query.port, query.server, &bytes(&answer(&query.message)));
    let answer = finish(exchange, ZERO).unwrap();
    assert_eq!(answer.message.answers.len(), 1);
    assert_eq!(answer.transport, Transport::Udp);
    assert_eq!(answer.ignored, Ignored::default());
}

#[test]
fn what_does_not_fit_is_ignored_and_counted() {
    let settings = Settings { mixed_case: true, ..Settings::default() };
    let mut exchange = exchange(&[server(1)], settings);
    let Query { port, server: asked, message: query } = query(&mut exchange, ZERO);
    let good = answer(&query);
    let mut forge = |change: &dyn Fn(&mut Message)| {
        let mut message = good.clone();
        change(&mut message);
        exchange.datagram(port, asked, &bytes(&message));
    };
    forge(&|message| message.id ^= 1);
    forge(&|message| message.flags.response = false);
    forge(&|message| message.flags.opcode.0 = 4);
    forge(&|message| message.questions[0].kind = Kind::AAAA);
    forge(&|message| message.questions[0].class = Class::CH);
    forge(&|message| message.questions[0].name = "www.example.com".parse().unwrap());
    forge(&|message| message.questions.push(question()));
    forge(&|message| message.questions.clear());
    let good_bytes = bytes(&good);
    exchange.datagram(port, asked, &good_bytes[..good_bytes.len() - 1]);
    exchange.datagram(port, asked, b"");
    exchange.datagram(port ^ 1, asked, &good_bytes);
    exchange.datagram(port, server(2), &good_bytes);
    exchange.datagram(port, SocketAddr::new(asked.ip(), 54), &good_bytes);
    assert!(matches!(exchange.next(SECOND), Step::Wait(_)), "still waiting");
    let expected = Ignored {
        wrong_port: 1,
        wrong_source: 2,
        malformed: 2,
        wrong_id: 1,
        query: 1,
        wrong_opcode: 1,
        wrong_question: 5,
        wrong_case: 0,
    };
    assert_eq!(exchange.ignored(), expected);
    exchange.datagram(port, asked, &good_bytes);
    let answer = finish(exchange, SECOND).unwrap();
    assert_eq!(answer.ignored, expected);
    assert_eq!(
        answer.ignored.to_string(),
        "13 answers ignored: wrong port 1, wrong source 2, malformed 2, wrong ID 1, a query 1, \
         wrong opcode 1, wrong question 5"
    );
}

#[test]
fn every_query_has_a_new_id_and_a_new_port() {
    let settings =
        Settings { attempts: 5, deadline: Duration::from_secs(1000), ..Settings::default() };
    let mut exchange = exchange(&[server(1)], settings);
    let mut now = ZERO;
    let (mut ids, mut ports, mut waits) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..5 {
        let query = query(&mut exchange, now);
        ids.push(query.message.id);
        ports.push(query.port);
        let Step::Wait(until) = exchange.next(now) else { panic!("no wait") };
        waits.push(until.checked_sub(now).unwrap());
        now = until;
    }
    let failure = finish(exchange, now).unwrap_err();
    assert_eq!(failure.tried.len(), 5);
    for list in [&mut ids, &mut ports] {
        list.sort_unstable();
        list.dedup();
        assert_eq!(list.len(), 5, "all different");
    }
    for (round, wait) in waits.iter().enumerate() {
        let base = Duration::from_secs(5) * (1 << round);
        assert!((base..=base.mul_f64(1.25)).contains(wait), "round {round} waits {wait:?}");
    }
}

#[test]
fn an_answer_to_an_earlier_query_is_too_late() {
    let mut exchange = exchange(&[server(1)], Settings::default());
    let first = query(&mut exchange, ZERO);
    let Step::Wait(until) = exchange.next(ZERO) else { panic!("no wait") };
    let second = query(&mut exchange, until);
    exchange.datagram(first.port, first.server, &bytes(&answer(&first.message)));
    assert_eq!(exchange.ignored().wrong_port, 1);
    exchange.datagram(second.port, second.server, &bytes(&answer(&first.message)));
    assert_eq!(exchange.ignored().wrong_id, 1);
    exchange.datagram(second.port, second.server, &bytes(&answer(&second.message)));
    assert!(finish(exchange, until).is_ok());
}

#[test]
fn servers_take_turns_and_one_that_cannot_help_is_not_asked_again() {
    let mut exchange = exchange(&[server(1), server(2)], Settings::default());
    let first = query(&mut exchange, ZERO);
    assert_eq!(first.server, server(1));
    let mut refusal = answer(&first.message);
    refusal.rcode = Rcode::REFUSED;
    refusal.answers.clear();
    exchange.datagram(first.port, first.server, &bytes(&refusal));
    let second = query(&mut exchange, ZERO);
    assert_eq!(second.server, server(2));
    exchange.failed(Problem::Refused);
    let third = query(&mut exchange, ZERO);
    assert_eq!(third.server, server(2), "the first one has said no");
    exchange.failed(Problem::Refused);
    // Nobody has helped; what the first one said is better than nothing.
    let answer = finish(exchange, ZERO).unwrap();
    assert_eq!(answer.message.rcode, Rcode::REFUSED);
    assert_eq!(answer.server, server(1));
    assert_eq!(answer.tried.len(), 3);
}

#[test]
fn the_deadline_ends_it() {
    let settings = Settings { deadline: Duration::from_secs(7), ..Settings::default() };
    let mut exchange = exchange(&[server(1), server(2)], settings);
    let _ = query(&mut exchange, ZERO);
    let Step::Wait(until) = exchange.next(ZERO) else { panic!("no wait") };
    let _ = query(&mut exchange, until);
    assert_eq!(exchange.next(until), Step::Wait(Duration::from_secs(7)));
    assert!(finish(exchange, Duration::from_secs(7)).is_err());
}

#[test]
fn no_server_is_a_failure_that_says_so() {
    let failure = finish(exchange(&[], Settings::default()), ZERO).unwrap_err();
    assert_eq!(failure.to_string(), "no server answered: none was asked, since none is known");
}

/// Truncates the first answer and returns the exchange, about to ask over TCP.
fn truncated() -> Asking {
    let mut exchange = exchange(&[server(1)], Settings::default());
    let first = query(&mut exchange, ZERO);
    let mut truncated = answer(&first.message);
    truncated.flags.truncated = true;
    truncated.answers.clear();
    exchange.datagram(first.port, first.server, &bytes(&truncated));
    exchange
}

#[test]
fn truncation_is_followed_by_tcp_wherever_the_stream_is_cut() {
    let length = {
        let mut exchange = truncated();
        framed(&answer(&stream_query(&mut exchange, ZERO))).len()
    };
    for cut in 0..=length {
        let mut exchange = truncated();
        let query = stream_query(&mut exchange, ZERO);
        let stream = framed(&answer(&query));
        let (first, second) = stream.split_at(cut);
        exchange.stream(first);
        exchange.stream(second);
        let answer = finish(exchange, ZERO).unwrap();
        assert_eq!(answer.transport, Transport::Tcp, "cut at {cut}");
        assert_eq!(answer.message.answers.len(), 1);
        assert_eq!(answer.tried[0].problem, Problem::Truncated);
    }
}

/// Over TCP there is no more room to be had. What is left of such an answer says nothing
/// (RFC 2181 §9): least of all that there is no data.
#[test]
fn an_answer_that_is_cut_over_tcp_too_is_none() {
    let mut exchange = truncated();
    let mut cut = answer(&stream_query(&mut exchange, ZERO));
    cut.answers.clear();
    cut.flags.truncated = true;
    exchange.stream(&framed(&cut));
    let failure = finish(exchange, ZERO).expect_err("nothing to believe");
    let problems: Vec<_> = failure.tried.iter().map(|tried| &tried.problem).collect();
    assert_eq!(problems, [&Problem::Truncated, &Problem::StillTruncated]);
}

#[test]
fn a_stream_that_ends_early_says_how_far_it_came() {
    let mut exchange = truncated();
    let query = stream_query(&mut exchange, ZERO);
    let stream = framed(&answer(&query));
    exchange.stream(&stream[..10]);
    exchange.closed();
    let problem = Problem::Closed { had: 10, wanted: stream.len() };
    // The second round begins with UDP again.
    let _ = crate::query(&mut exchange, ZERO);
    exchange.failed(Problem::Refused);
    let failure = finish(exchange, ZERO).unwrap_err();
    assert_eq!(failure.tried[1].problem, problem);
}

#[test]
fn a_stream_of_strangers_ends_too() {
    let mut exchange = truncated();
    let mut strange = answer(&stream_query(&mut exchange, ZERO));
    strange.id ^= 1;
    for _ in 0..100 {
        exchange.stream(&framed(&strange));
    }
    exchange.stream(&[0, 0]);
    assert_eq!(exchange.ignored().wrong_id, 100);
    assert!(matches!(exchange.next(ZERO), Step::Datagram { .. }), "the second round");
}

#[test]
fn a_server_without_edns_is_asked_without_once() {
    for rcode in [Rcode::FORMAT_ERROR, Rcode::NOT_IMPLEMENTED, Rcode::BAD_VERSION] {
        let mut exchange = exchange(&[server(1)], Settings::default());
        let first = query(&mut exchange, ZERO);
        let mut refusal = answer(&first.message);
        refusal.answers.clear();
        // Old servers send nothing but the header back.
        refusal.questions.clear();
        refusal.rcode = rcode;
        let edns = Edns { udp_size: 512, version: 0, dnssec_ok: false, options: Vec::new() };
        refusal.edns = (rcode == Rcode::BAD_VERSION).then_some(edns);
        exchange.datagram(first.port, first.server, &bytes(&refusal));
        let second = query(&mut exchange, ZERO);
        assert_eq!(second.message.edns, None);
        assert_eq!(second.server, server(1));
        assert_ne!(second.message.id, first.message.id);
        refusal.id = second.message.id;
        exchange.datagram(second.port, second.server, &bytes(&refusal));
        let answer = finish(exchange, ZERO).unwrap();
        assert_eq!(answer.message.rcode, rcode, "it is not asked a third time");
    }
}

#[test]
fn changed_case_leads_to_tcp_where_case_does_not_matter() {
    let settings = Settings { mixed_case: true, ..Settings::default() };
    let mut exchange = exchange(&[server(1)], settings);
    let first = query(&mut exchange, ZERO);
    assert!(!first.message.questions[0].name.same_case(&question().name));
    let mut lowered = answer(&first.message);
    lowered.questions = vec![question()];
    exchange.datagram(first.port, first.server, &bytes(&lowered));
    assert_eq!(exchange.ignored().wrong_case, 1);
    let second = stream_query(&mut exchange, ZERO);
    exchange.stream(&framed(&answer(&second)));
    assert!(finish(exchange, ZERO).is_ok());
}

#[test]
fn many_forgeries_lead_to_tcp() {
    let mut exchange = exchange(&[server(1)], Settings::default());
    let first = query(&mut exchange, ZERO);
    let mut forged = answer(&first.message);
    for guess in 1..=100 {
        assert!(matches!(exchange.next(ZERO), Step::Wait(_)), "before guess {guess}");
        forged.id = first.message.id ^ guess;
        exchange.datagram(first.port, first.server, &bytes(&forged));
    }
    let second = stream_query(&mut exchange, ZERO);
    // From here on even the right answer over UDP is no answer.
    exchange.datagram(first.port, first.server, &bytes(&answer(&first.message)));
    assert!(matches!(exchange.next(ZERO), Step::Wait(_)));
    exchange.stream(&framed(&answer(&second)));
    let answer = finish(exchange, ZERO).unwrap();
    assert_eq!((answer.ignored.wrong_id, answer.ignored.wrong_port), (100, 1));
    assert_eq!(answer.tried[0].problem, Problem::Forgeries);
}

#[test]
fn a_taken_port_is_replaced_a_few_times() {
    let mut exchange = exchange(&[server(1)], Settings::default());
    let first = query(&mut exchange, ZERO);
    let Some(Step::Datagram { port, .. }) = exchange.port_taken() else { panic!("no step") };
    assert_ne!(port, first.port);
    exchange.datagram(port, first.server, &bytes(&answer(&first.message)));
    assert!(finish(exchange, ZERO).is_ok());

    let settings = Settings { attempts: 1, ..Settings::default() };
    let mut exchange = crate::exchange(&[server(1)], settings);
    let _ = query(&mut exchange, ZERO);
    while exchange.port_taken().is_some() {}
    assert_eq!(finish(exchange, ZERO).unwrap_err().tried[0].problem, Problem::NoPort);
}

/// What a forger who sees nothing may vary.
#[derive(Clone, Debug)]
struct Forgery {
    id: u16,
    port: u16,
    from: u8,
    name: bool,
    kind: u16,
    response: bool,
    cut: Option<usize>,
}

fn forgery() -> impl Strategy<Value = Forgery> {
    let cut = prop::option::of(0..60_usize);
    (any::<u16>(), any::<u16>(), 1..4_u8, any::<bool>(), 1..3_u16, any::<bool>(), cut).prop_map(
        |(id, port, from, name, kind, response, cut)| Forgery {
            id,
            port,
            from,
            name,
            kind,
            response,
            cut,
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Thousands of forged answers, each wrong in one place at least, and the true one behind them.
    #[test]
    fn no_forgery_wins(
        seed in any::<u64>(),
        forgeries in prop::collection::vec((forgery(), 0..4_u8), 0..90),
    ) {
        let settings = Settings { mixed_case: true, ..Settings::default() };
        let mut exchange = Exchange::new(question(), &[server(1)], settings, numbers(seed), ZERO);
        let Query { port, server: asked, message: query } = query(&mut exchange, ZERO);
        let count = forgeries.len() as u32;
        for (forgery, right) in forgeries {
            let mut message = answer(&query);
            message.answers[0].data = Data::A([192, 0, 2, 66].into());
            let mut from = asked;
            let mut to = port;
            // All but one or two things are right.
            match right {
                0 => message.id = if forgery.id == query.id { query.id ^ 1 } else { forgery.id },
                1 => to = if forgery.port == port { port ^ 1 } else { forgery.port },
                2 => from = server(forgery.from + 1),
                _ => message.questions[0].name = "forged.example.test".parse().unwrap(),
            }
            if forgery.name {
                message.questions[0].name = "evil.example.test".parse().unwrap();
            }
            message.flags.response = forgery.response;
            message.questions[0].kind = Kind(forgery.kind);
            let mut bytes = bytes(&message);
            bytes.truncate(forgery.cut.unwrap_or(usize::MAX));
            exchange.datagram(to, from, &bytes);
        }
        prop_assert_eq!(exchange.ignored().total(), count);
        prop_assert!(matches!(exchange.next(SECOND), Step::Wait(_)));
        exchange.datagram(port, asked, &bytes(&answer(&query)));
        let found = finish(exchange, SECOND).unwrap();
        prop_assert_eq!(&found.message.answers[0].data, &Data::A([192, 0, 2, 80].into()));
    }

    /// Whatever comes: no panic, one step at a time, and it ends.
    #[test]
    fn it_always_ends(
        seed in any::<u64>(),
        events in prop::collection::vec((0..7_u8, prop::collection::vec(any::<u8>(), 0..80)), 0..200),
    ) {
        let servers = [server(1), server(2), server(3)];
        let mut exchange = Exchange::new(question(), &servers, Settings::default(), numbers(seed), ZERO);
        let mut last = None;
        let mut now = ZERO;
        for (event, noise) in events {
            match exchange.next(now) {
                Step::Wait(until) => prop_assert!(until > now),
                Step::Finished => break,
                Step::Datagram { port, server, query } => last = Some((port, server, query)),
                Step::Stream { server, query, .. } => last = Some((0, server, query[2..].to_vec())),
            }
            let Some((port, server, query)) = last.clone() else { continue };
            let mut reply = Message::parse(&query).unwrap();
            reply.flags.response = true;
            match event {
                0 => exchange.datagram(port, server, &noise),
                1 => exchange.stream(&noise),
                2 => exchange.closed(),
                3 => exchange.failed(Problem::Refused),
                4 => {
                    // Without EDNS there are four bits for it.
                    let codes = if reply.edns.is_some() { 17 } else { 16 };
                    reply.rcode = Rcode(noise.len() as u16 % codes);
                    exchange.datagram(port, server, &bytes(&reply));
                }
                5 => {
                    reply.flags.truncated = true;
                    exchange.datagram(port, server, &bytes(&reply));
                }
                _ => now += Duration::from_millis(noise.len() as u64 * 50),
            }
        }
        // From now on, silence.
        let mut steps = 0;
        loop {
            match exchange.next(now) {
                Step::Wait(until) => now = until,
                Step::Finished => break,
                _ => {}
            }
            steps += 1;
            prop_assert!(steps < 100, "it does not end");
        }
        prop_assert!(now <= Duration::from_secs(40));
        let _ = exchange.finish();
    }
}
