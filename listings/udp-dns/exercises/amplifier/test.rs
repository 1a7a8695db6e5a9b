//! `cargo test -p udp-dns --test amplifier`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::{FACTOR, over_udp};
use udp_dns::message::{Class, Data, Edns, Kind, Message, Record};

fn question(udp_size: Option<u16>, padding: usize) -> Message {
    let name = "txt.example.test".parse().expect("a name");
    let edns = udp_size.map(|udp_size| {
        let options = if padding == 0 { Vec::new() } else { vec![(12, vec![0; padding])] };
        Edns { udp_size, version: 0, dnssec_ok: false, options }
    });
    Message { edns, ..Message::query(7, name, Kind::TXT) }
}

fn answer(question: &Message, bytes: usize) -> Message {
    let mut whole = question.clone();
    whole.flags.response = true;
    if let Some(edns) = &mut whole.edns {
        edns.options.clear();
    }
    let data = Data::Txt(vec![vec![b'x'; 100]; bytes / 100]);
    let name = question.questions[0].name.clone();
    whole.answers = vec![Record { name, class: Class::IN, ttl: 60, data }];
    whole
}

fn send(udp_size: Option<u16>, padding: usize, bytes: usize) -> (usize, Vec<u8>) {
    let question = question(udp_size, padding);
    let request = question.encode(65_535).expect("it fits");
    let sent = over_udp(&question, request.len(), &answer(&question, bytes)).expect("it fits");
    (request.len(), sent)
}

#[test]
fn nobody_gets_more_than_the_factor() {
    for udp_size in [None, Some(0), Some(512), Some(1232), Some(4096), Some(u16::MAX)] {
        for bytes in [100, 400, 1000, 3000] {
            let (request, sent) = send(udp_size, 0, bytes);
            assert!(
                sent.len() <= FACTOR * request,
                "{} bytes for {request}: somebody else's line is flooded",
                sent.len()
            );
        }
    }
}

#[test]
fn what_is_cut_says_so() {
    let (_, sent) = send(Some(4096), 0, 1000);
    let message = Message::parse(&sent).expect("a good message");
    assert!(message.flags.truncated, "else the client believes that there is no record");
    assert!(message.answers.is_empty() && message.edns.is_some());
}

#[test]
fn a_short_answer_is_whole() {
    let (_, sent) = send(Some(1232), 40, 100);
    let message = Message::parse(&sent).expect("a good message");
    assert!(!message.flags.truncated && message.answers.len() == 1);
}

#[test]
fn a_padded_request_is_worth_more_and_not_everything() {
    let (_, sent) = send(Some(4096), 400, 1000);
    assert!(!Message::parse(&sent).expect("a good message").flags.truncated);
    let (_, sent) = send(Some(4096), 1000, 3000);
    assert!(sent.len() <= 1232, "{} bytes would be cut into fragments", sent.len());
    let (_, sent) = send(Some(100), 400, 300);
    assert!(!Message::parse(&sent).expect("a good message").flags.truncated, "100 means 512");
}
