//! Messages that dnspython wrote (`python3 tests/python/judge.py corpus tests/corpus`), whole, cut
//! and bent; and messages that a server of good will would not send.

use std::fs;
use std::path::Path;

use udp_dns::message::dissect::{dissect, render};
use udp_dns::message::{
    Class, Data, Edns, Kind, MAX_MESSAGE, MAX_POINTERS, Malformed, Rcode, Record, TooLong,
};
use udp_dns::{Message, Name};

/// Name and bytes of each.
fn corpus() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mut cases: Vec<_> = files
        .map(|path| {
            let text = fs::read_to_string(&path).unwrap();
            let lines = text.lines().filter(|line| !line.starts_with('#'));
            let bytes = lines.flat_map(str::split_whitespace);
            let bytes = bytes.map(|byte| u8::from_str_radix(byte, 16).unwrap()).collect();
            (path.file_stem().unwrap().to_string_lossy().into_owned(), bytes)
        })
        .collect();
    cases.sort();
    assert!(cases.len() >= 30, "only {}", cases.len());
    cases
}

fn case(name: &str) -> Vec<u8> {
    corpus().into_iter().find(|(known, _)| known == name).unwrap().1
}

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

#[test]
fn each_is_read_and_written_byte_for_byte() {
    for (name, bytes) in corpus() {
        let message = Message::parse(&bytes).unwrap_or_else(|fault| panic!("{name}: {fault}"));
        assert_eq!(message.encode(MAX_MESSAGE).unwrap(), bytes, "{name}");
        let parts = dissect(&bytes);
        assert!(parts.iter().flat_map(|part| part.bytes).eq(&bytes), "{name}");
        assert!(parts.iter().all(|part| part.owner != "fault"), "{name}");
        assert!(render(&parts).lines().all(|line| line.len() <= 80), "{name}");
    }
}

#[test]
fn each_is_refused_wherever_it_is_cut_and_shown_up_to_there() {
    for (name, bytes) in corpus() {
        for end in 0..bytes.len() {
            let cut = &bytes[..end];
            let fault = Message::parse(cut).expect_err(&name);
            assert!(fault.offset() <= bytes.len(), "{name} cut at {end}: {fault}");
            let last = dissect(cut).pop().unwrap();
            assert_eq!(last.owner, "fault", "{name} cut at {end}");
        }
        let longer = [&bytes[..], &[0]].concat();
        assert_eq!(Message::parse(&longer), Err(Malformed::Trailing(bytes.len())), "{name}");
    }
}

#[test]
fn each_with_any_bit_flipped_is_read_or_refused() {
    for (name, bytes) in corpus() {
        for bit in 0..bytes.len() * 8 {
            let mut bent = bytes.clone();
            bent[bit / 8] ^= 1 << (bit % 8);
            assert!(
                dissect(&bent).iter().flat_map(|part| part.bytes).eq(&bent),
                "{name}, bit {bit}"
            );
            if let Ok(message) = Message::parse(&bent) {
                let again = Message::parse(&message.encode(MAX_MESSAGE).unwrap());
                assert_eq!(again, Ok(message), "{name}, bit {bit}");
            }
        }
    }
}

#[test]
fn a_chain_of_aliases_as_text() {
    let text = Message::parse(&case("cname-chain")).unwrap().to_string();
    let expected = "\
;; ->>HEADER<<- opcode: QUERY, status: NOERROR, id: 4660
;; flags: qr aa rd; QUERY: 1, ANSWER: 3, AUTHORITY: 0, ADDITIONAL: 0

;; QUESTION SECTION:
;a.example.\tIN\tA

;; ANSWER SECTION:
a.example.\t60\tIN\tCNAME\tb.example.
b.example.\t60\tIN\tCNAME\twww.example.
www.example.\t300\tIN\tA\t192.0.2.1
";
    assert_eq!(text, expected);
}

#[test]
fn data_as_text() {
    let answer = |case_name| Message::parse(&case(case_name)).unwrap().answers[0].data.to_string();
    assert_eq!(answer("unknown"), "\\# 3 010203");
    assert_eq!(answer("unknown-empty"), "\\# 0");
    assert_eq!(answer("txt-many"), r#""one" "" "\"\\\000\255""#);
    assert_eq!(answer("srv"), "0 5 8080 www.example.");
    assert_eq!(
        Message::parse(&case("query-unknown")).unwrap().questions[0].kind.to_string(),
        "TYPE65280"
    );
    assert_eq!(Message::parse(&case("bad-version")).unwrap().rcode, Rcode::BAD_VERSION);
}

/// A header that claims `counts`, and `rest`.
fn claims(counts: [u16; 4], rest: &[u8]) -> Vec<u8> {
    let counts = counts.map(u16::to_be_bytes).concat();
    [&[0x12, 0x34, 0x80, 0], &counts[..], rest].concat()
}

#[test]
fn pointers_that_do_not_point_back() {
    let question = |name: &[u8]| claims([1, 0, 0, 0], &[name, &[0, 1, 0, 1]].concat());
    let refused = |name: &[u8]| Message::parse(&question(name)).unwrap_err();
    assert_eq!(refused(&[0xc0, 12]), Malformed::Pointer(12), "to itself");
    assert_eq!(refused(&[0xc0, 14, 1, b'a', 0]), Malformed::Pointer(12), "forward");
    assert_eq!(refused(&[1, b'a', 0xc0, 12]), Malformed::Pointer(14), "to the name's own start");
    assert_eq!(refused(&[1, b'a', 0xc0, 14]), Malformed::Pointer(14), "into the name");
    assert_eq!(refused(&[0x40, 0]), Malformed::Label(12));
    assert_eq!(refused(&[0x80, 0]), Malformed::Label(12));
    // Two questions, each other's end.
    let two = claims([2, 0, 0, 0], &[1, b'a', 0xc0, 20, 0, 1, 0, 1, 1, b'b', 0xc0, 12, 0, 1, 0, 1]);
    assert_eq!(Message::parse(&two), Err(Malformed::Pointer(14)));
}

/// Questions, each of whose names is `label` and a pointer to the name before.
fn chain(number: usize, label: &[u8]) -> Vec<u8> {
    let mut rest = b"\0\0\x01\0\x01".to_vec();
    let mut before = 12;
    for _ in 0..number {
        let start = 12 + rest.len();
        rest.extend_from_slice(label);
        rest.extend_from_slice(&(0xc000 | before as u16).to_be_bytes());
        rest.extend_from_slice(&[0, 1, 0, 1]);
        before = start;
    }
    claims([number as u16 + 1, 0, 0, 0], &rest)
}

#[test]
fn a_chain_of_pointers_has_an_end() {
    let longest = Message::parse(&chain(127, b"\x01a")).unwrap();
    assert_eq!(longest.questions[127].name.wire().len(), 255);
    // The 128th question begins behind the header, the root's question and 127 others of 8 bytes.
    let at = 12 + 5 + 127 * 8;
    assert_eq!(Message::parse(&chain(128, b"\x01a")), Err(Malformed::LongName(at)));
    assert!(Message::parse(&chain(MAX_POINTERS, b"")).is_ok(), "pointers to pointers");
    let last = 12 + 5;
    let fault = Message::parse(&chain(MAX_POINTERS + 1, b""));
    assert_eq!(fault, Err(Malformed::TooManyPointers(last)));
}

#[test]
fn a_count_is_a_claim() {
    assert_eq!(Message::parse(&claims([0, 65535, 65535, 65535], &[])), Err(Malformed::Short(12)));
}

#[test]
fn data_is_as_long_as_it_says() {
    let record = |kind: u8, data: &[u8]| {
        let fixed = [0, 0, kind, 0, 1, 0, 0, 0, 0, 0, data.len() as u8];
        Message::parse(&claims([0, 1, 0, 0], &[&fixed, data].concat()))
    };
    for (kind, short, right) in
        [(1, 3, 4), (28, 15, 16), (2, 0, 1), (15, 2, 3), (6, 21, 22), (33, 6, 7), (16, 0, 1)]
    {
        assert_eq!(record(kind, &vec![0; short]), Err(Malformed::Data(23)), "type {kind}");
        assert!(record(kind, &vec![0; right]).is_ok(), "type {kind}");
        if kind != 16 {
            assert_eq!(record(kind, &vec![0; right + 1]), Err(Malformed::Data(23)), "type {kind}");
        }
    }
    // The name runs on into the next record.
    let fixed = [0, 0, 2, 0, 1, 0, 0, 0, 0, 0, 1];
    let stolen = claims([0, 1, 0, 0], &[&fixed[..], &[1, b'a', 0]].concat());
    assert_eq!(Message::parse(&stolen), Err(Malformed::Data(23)));
}

/// The format of SRV is one of the class IN: in another class it is any bytes, and few may do.
#[test]
fn data_of_another_class_is_shown_as_bytes() {
    let fixed = [0, 0, 33, 0, 255, 0, 0, 0, 0, 0, 1, 7];
    let bytes = claims([0, 1, 0, 0], &fixed);
    let message = Message::parse(&bytes).unwrap();
    assert_eq!(message.answers[0].data, Data::Unknown { kind: Kind::SRV, bytes: vec![7] });
    let last = dissect(&bytes).pop().unwrap();
    assert_eq!((last.owner, last.bytes, last.meanings.len()), ("answer", &[7][..], 0));
}

#[test]
fn opt_has_one_place() {
    let opt = [0, 0, 41, 4, 0xd0, 0, 0, 0, 0, 0, 0];
    let two = [opt, opt].concat();
    assert!(Message::parse(&claims([0, 0, 0, 1], &opt)).is_ok());
    assert_eq!(Message::parse(&claims([0, 0, 0, 2], &two)), Err(Malformed::Opt(23)));
    assert_eq!(Message::parse(&claims([0, 1, 0, 0], &opt)), Err(Malformed::Opt(12)));
    assert_eq!(Message::parse(&claims([0, 0, 1, 0], &opt)), Err(Malformed::Opt(12)));
    let named = [&[1, b'a'], &opt[..]].concat();
    assert_eq!(Message::parse(&claims([0, 0, 0, 1], &named)), Err(Malformed::Opt(12)));
    assert_eq!(Message::peek(&claims([0, 1, 0, 0], &opt)).unwrap().0, 0x1234);
    assert_eq!(Message::peek(&[0; 11]), None);
}

#[test]
fn a_ttl_of_32_bits_is_zero() {
    let a = [0, 0, 1, 0, 1, 0x80, 0, 0, 1, 0, 4, 192, 0, 2, 1];
    assert_eq!(Message::parse(&claims([0, 1, 0, 0], &a)).unwrap().answers[0].ttl, 0);
}

fn record(owner: &str, data: Data) -> Record {
    Record { name: name(owner), class: Class::IN, ttl: 60, data }
}

#[test]
fn names_are_compressed_in_old_types_and_nowhere_else() {
    let target = || name("www.example.");
    let length = |data| {
        let mut message = Message::query(0, target(), Kind::A);
        let before = message.encode(MAX_MESSAGE).unwrap().len();
        message.answers.push(record("www.example.", data));
        message.encode(MAX_MESSAGE).unwrap().len() - before - 12
    };
    assert_eq!(length(Data::Ns(target())), 2);
    assert_eq!(length(Data::Mx { preference: 1, exchange: target() }), 4);
    assert_eq!(length(Data::Srv { priority: 0, weight: 0, port: 0, target: target() }), 6 + 13);
    assert_eq!(length(Data::Ns(name("WWW.example."))), 4 + 2, "only what agrees in case too");
    let bytes = vec![0xc0, 12];
    assert_eq!(length(Data::Unknown { kind: Kind(65280), bytes }), 2, "no pointer, data");
}

/// Types that have no format of ours, and names that may be compressed all the same (RFC 3597 §4):
/// kept as they came, their pointers would lead astray in the next message.
#[test]
fn pointers_in_data_are_resolved_where_somebody_may_have_written_them() {
    let cases: &[(&[u8], &[u8], &[u8])] = &[
        (&[3, 4, 7, 8, 9], b"\xc0\x0c", b"\x01a\0"), // MD, MF, MB, MG, MR
        (&[30], b"\xc0\x0c\x40", b"\x01a\0\x40"),    // NXT
        (&[14, 17], b"\xc0\x0c\x01b\xc0\x0c", b"\x01a\0\x01b\x01a\0"), // MINFO, RP
        (&[18, 21], b"\0\x05\xc0\x0c", b"\0\x05\x01a\0"), // AFSDB, RT
        (&[24], b"eighteen bytes, or\xc0\x0c!", b"eighteen bytes, or\x01a\0!"), // SIG
        (&[26], b"\0\x05\xc0\x0c\xc0\x0c", b"\0\x05\x01a\0\x01a\0"), // PX
        (&[35], b"\0\x01\0\x02\x01S\0\0\xc0\x0c", b"\0\x01\0\x02\x01S\0\0\x01a\0"), // NAPTR
        (&[36], b"\xc0\x0c", b"\xc0\x0c"),           // KX is newer, and nobody compresses it
    ];
    let cases = cases
        .iter()
        .flat_map(|(kinds, data, whole)| kinds.iter().map(move |kind| (*kind, *data, *whole)));
    for (kind, data, whole) in cases {
        let mut bytes = b"\0\x07\x80\0\0\x01\0\x01\0\0\0\0\x01a\0\0".to_vec();
        bytes.extend([kind, 0, 1, 0xc0, 12, 0, kind, 0, 1, 0, 0, 0, 9, 0, data.len() as u8]);
        bytes.extend(data);
        let mut chaos = bytes.clone();
        chaos[24] = 3;
        let message = Message::parse(&bytes).expect("a good message");
        let unknown = Data::Unknown { kind: Kind(kind.into()), bytes: whole.to_vec() };
        assert_eq!(message.answers[0].data, unknown, "type {kind}");
        let again = message.encode(512).expect("it fits");
        assert_eq!(Message::parse(&again), Ok(message));
        // In another class, nobody says what the type is.
        let message = Message::parse(&chaos).expect("a good message");
        let unknown = Data::Unknown { kind: Kind(kind.into()), bytes: data.to_vec() };
        assert_eq!(message.answers[0].data, unknown, "type {kind}");
    }
    let mut bytes = b"\0\x07\x80\0\0\0\0\x01\0\0\0\0".to_vec();
    bytes.extend(b"\0\0\x07\0\x01\0\0\0\0\0\x02\xc0\xff");
    assert_eq!(Message::parse(&bytes), Err(Malformed::Pointer(23)));
}

/// Whatever can be read can be written, but for the message's own length.
#[test]
fn data_that_pointers_make_longer_than_a_record_are_refused() {
    let mut bytes = b"\0\x07\x80\0\0\x01\0\x01\0\0\0\0".to_vec();
    bytes.extend([&[63; 64][..], &[63; 64], &[63; 64], &[61; 62], b"\0\0\x11\0\x01"].concat());
    let rest = MAX_MESSAGE - bytes.len() - 12;
    bytes.extend(b"\xc0\x0c\0\x11\0\x01\0\0\0\x09"); // RP: two names of 255 bytes
    bytes.extend(u16::try_from(rest).expect("it fits").to_be_bytes());
    bytes.extend(b"\xc0\x0c\xc0\x0c");
    bytes.resize(MAX_MESSAGE, 0);
    assert_eq!(Message::parse(&bytes), Err(Malformed::Data(MAX_MESSAGE - rest)));
}

#[test]
fn a_pointer_reaches_16383_and_no_further() {
    let mut message = Message::query(0, name("example."), Kind::TXT);
    for number in 0..200_u8 {
        let owner = format!("a{number}.b{number}.example.");
        message.answers.push(record(&owner, Data::Txt(vec![vec![b'x'; 100]])));
        message.authorities.push(record(&owner, Data::Txt(vec![vec![b'y'; 100]])));
    }
    let bytes = message.encode(MAX_MESSAGE).unwrap();
    assert!(bytes.len() > 40_000);
    assert_eq!(Message::parse(&bytes), Ok(message));
}

#[test]
fn what_has_no_room_is_left_out_in_whole_sets() {
    let mut message = Message::query(0, name("example."), Kind::A);
    message.edns = Some(Edns { udp_size: 1232, version: 0, dnssec_ok: false, options: vec![] });
    for number in 0..40 {
        message.answers.push(record("example.", Data::A([192, 0, 2, number].into())));
    }
    message.additionals.push(record("other.example.", Data::A([192, 0, 2, 1].into())));
    let less = Message::parse(&message.encode(512).unwrap()).unwrap();
    assert!(less.flags.truncated && less.answers.is_empty() && less.additionals.is_empty());
    assert_eq!(less.edns, message.edns);
    // All answers fit, the extra does not: nobody is told.
    let all = message.encode(MAX_MESSAGE).unwrap().len();
    let less = Message::parse(&message.encode(all - 1).unwrap()).unwrap();
    assert!(!less.flags.truncated && less.answers.len() == 40 && less.additionals.is_empty());
    assert_eq!(message.encode(20), Err(TooLong::Message));
}

#[test]
fn glue_of_a_referral_is_no_extra() {
    let referral = |server: &str| {
        let mut message = Message::query(0, name("www.sub.example."), Kind::A);
        message.authorities.push(record("sub.example.", Data::Ns(name(server))));
        message.additionals.push(record(server, Data::A([192, 0, 2, 1].into())));
        let all = message.encode(MAX_MESSAGE).unwrap().len();
        Message::parse(&message.encode(all - 1).unwrap()).unwrap()
    };
    assert!(referral("ns.sub.example.").flags.truncated);
    assert!(!referral("ns.example.net.").flags.truncated);
}

#[test]
fn what_has_no_form_on_the_wire() {
    let with = |data| {
        let mut message = Message::default();
        message.answers.push(record(".", data));
        message.encode(MAX_MESSAGE)
    };
    let bytes = vec![0; 65_536];
    assert_eq!(with(Data::Unknown { kind: Kind(65280), bytes }), Err(TooLong::Record));
    assert_eq!(with(Data::Txt(vec![vec![0; 256]])), Err(TooLong::String));
    let message = Message { rcode: Rcode::BAD_VERSION, ..Message::default() };
    assert_eq!(message.encode(512), Err(TooLong::Code), "not NOERROR");
}

#[test]
fn names_in_canonical_order() {
    // The list of RFC 4034 §6.1.
    let sorted = [
        "example.",
        "a.example.",
        "yljkjljk.a.example.",
        "Z.a.example.",
        "zABC.a.EXAMPLE.",
        "z.example.",
        r"\001.z.example.",
        "*.z.example.",
        r"\200.z.example.",
    ];
    let mut names: Vec<Name> = sorted.iter().rev().map(|text| name(text)).collect();
    names.sort();
    let texts: Vec<_> = names.iter().map(Name::to_string).collect();
    assert_eq!(texts, sorted);
}

#[test]
fn a_zone_is_labels_not_text() {
    assert!(name("www.EXAMPLE.").is_within(&name("example.")));
    assert!(name("example.").is_within(&name("example.")));
    assert!(!name("badexample.").is_within(&name("example.")));
    assert!(!name("example.").is_within(&name("www.example.")));
    assert!(!name(r"www\.example.").is_within(&name("example.")));
    assert!(name("example.").is_within(&Name::root()));
    assert_eq!(name("www.example.").parent(), Some(name("example.")));
    assert_eq!(Name::root().parent(), None);
}
