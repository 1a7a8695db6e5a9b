//! Zone files, good and bad, and what a zone says.

use proptest::prelude::*;
use udp_dns::message::{Data, Edns, Kind, Message, Rcode};
use udp_dns::name::Name;
use udp_dns::server::{Settings, Transport, answer};
use udp_dns::zone::{Found, MAX_CHAIN, Zone, ZoneError};

const DEMO: &str = include_str!("../demo/example.test.zone");
const TOP: &str = "$TTL 1h\n@ SOA ns hostmaster 1 1d 2h 4w 5m\n  NS ns\nns A 192.0.2.53\n";

fn name(text: &str) -> Name {
    text.parse().expect("a name")
}

fn parse(text: &str) -> Result<Zone, ZoneError> {
    Zone::parse("zone", text, &name("example.test"))
}

fn demo() -> Zone {
    parse(DEMO).expect("a good zone")
}

fn ask(zone: &Zone, host: &str, kind: Kind) -> Found {
    let host = if host == "@" { String::new() } else { format!("{host}.") };
    zone.lookup(&name(&format!("{host}example.test")), kind)
}

fn lines(found: &Found) -> Vec<String> {
    let records = found.answers.iter().chain(&found.authorities).chain(&found.additionals);
    records.map(|record| record.to_string().replace('\t', " ")).collect()
}

#[test]
fn what_is_wrong_and_where() {
    for (text, what) in [
        ("@ A 192.0.2.1", "zone:5: no TTL"),
        ("a A 192.0.2.256", "zone:5: \"192.0.2.256\" is no IPv4 address"),
        ("a A", "zone:5: the line ends where IPv4 address should stand"),
        ("a A 192.0.2.1 x", "zone:5: \"x\" is too much"),
        ("a BOGUS x", "zone:5: \"BOGUS\" is no type"),
        ("a ANY x", "zone:5: ANY is a type for questions"),
        ("a TYPE41 \\# 0", "zone:5: TYPE41 is a type for questions"),
        ("a CH TXT x", "zone:5: class CH: only IN"),
        ("a 2147483648 A 192.0.2.1", "zone:5: \"2147483648\" is no TTL"),
        ("a 1h30 A 192.0.2.1", "zone:5: \"1h30\" is no TTL"),
        ("$INCLUDE other", "zone:5: the directive $INCLUDE"),
        ("a TXT \"open", "zone:5: a string without its second quote"),
        ("\n\na TXT ( b", "zone:7: a parenthesis that is never closed"),
        ("a TXT b )", "zone:5: a closing parenthesis"),
        ("a.example.net. A 192.0.2.1", "zone:5: a.example.net. is outside"),
        ("a SOA ns h 1 1 1 1 1", "zone:5: an SOA record that is not at the zone's top"),
        ("@ SOA ns h 2 1 1 1 1", "zone:5: a second SOA"),
        ("a CNAME b\na A 192.0.2.1", "zone:6: a.example.test. is an alias"),
        ("a A 192.0.2.1\na CNAME b", "zone:6: a.example.test. is an alias"),
        ("a CNAME b\na CNAME c", "zone:6: a.example.test. is an alias"),
        ("a 1 A 192.0.2.1\na 2 A 192.0.2.2", "zone:6: TTL 2 in a set of records with TTL 1"),
        ("*.a NS ns", "zone:5: a wildcard cannot be delegated"),
        ("a NS b", "zone: a.example.test. has the name server b.example.test., which has no"),
        (
            "a MX 1 b\nb CNAME ns",
            "zone: a.example.test. points to b.example.test., which is an alias",
        ),
        ("a TYPE65280 \\# 3 0102", "zone:5: the data has 2 bytes, and not 3"),
        ("a TYPE65280 \\# 2 010", "zone:5: \"010\" is no number of pairs"),
        ("a TYPE65280 \\# 99999 01", "zone:5: \"99999\" is no number of bytes"),
        ("a A \\# 3 010203", "zone:5: the data has 3 bytes, and not 4"),
        ("a TXT \\256", "zone:5: a backslash without"),
        ("a..b A 192.0.2.1", "zone:5: \"a..b\" is no name"),
    ] {
        let top =
            if what.contains("no TTL:") || text == "@ A 192.0.2.1" { "\n\n\n\n" } else { TOP };
        let error = parse(&format!("{top}{text}\n")).expect_err(text).to_string();
        assert!(error.starts_with(what), "{text:?}: {error}");
    }
    let long = format!("{TOP}a TXT {}\n", "x".repeat(256));
    assert!(parse(&long).expect_err("long").to_string().contains("more than 255 bytes"));
    assert_eq!(parse("").expect_err("empty").to_string().find("no SOA record"), Some(6));
    assert!(parse(" A 1.2.3.4").expect_err("blank").to_string().contains("without an owner"));
    let no_ns = "@ 1 SOA ns h 1 1 1 1 1\n";
    assert!(parse(no_ns).expect_err("no NS").to_string().contains("no NS record"));
}

/// RFC 2181 §9 sends a set whole or not at all: over TCP, too, there would be nothing but TC.
#[test]
fn a_set_that_no_message_holds_is_refused() {
    let many = |count: usize, length: usize| {
        let line = |number| format!("a TXT {number:0length$}\n");
        parse(&format!("{TOP}{}", (0..count).map(line).collect::<String>()))
    };
    // Each takes 12 bytes, a byte of length and its text; header, question and OPT record take 43.
    let zone = many(617, 93).expect("617 * 106 + 43 = 65,445");
    let mut query = Message::query(1, name("a.example.test"), Kind::TXT);
    query.edns = Some(Edns { udp_size: 1232, version: 0, dnssec_ok: true, options: Vec::new() });
    let query = query.encode(512).expect("a query");
    let answer = answer(&zone, &Settings::default(), &query, Transport::Tcp).expect("an answer");
    assert_eq!(Message::parse(&answer).expect("good").answers.len(), 617);
    for (count, length) in [(618, 93), (6000, 4)] {
        let error = many(count, length).expect_err("too long").to_string();
        assert!(error.contains("a.example.test., type TXT, than a message holds"), "{error}");
    }
}

/// What stands below a delegation is the other zone's affair, a second delegation too.
#[test]
fn the_delegation_next_to_the_top_counts() {
    let zone = parse(&format!(
        "{TOP}sub NS ns.sub\nns.sub A 192.0.2.9\ndeep.sub NS ns.deep.sub\nns.deep.sub A 192.0.2.10\n"
    ));
    let found = ask(&zone.expect("good"), "x.deep.sub", Kind::A);
    let owners: Vec<_> = found.authorities.iter().map(|record| &record.name).collect();
    assert_eq!((owners, found.authoritative), (vec![&name("sub.example.test")], false));
}

#[test]
fn what_is_printed_can_be_read() {
    let records =
        "a TYPE43 \\# 4 01020304\na 5 TYPE65280 \\# 0\nb TXT \"\" \\\"\nB\\.c HTTPS \\# 1 ff\n";
    let zone = parse(&format!("{TOP}{records}")).expect("good");
    let printed: String = zone.iter().map(|record| format!("{record}\n")).collect();
    let again = parse(&printed).expect("what was printed");
    assert!(zone.iter().eq(again.iter()), "{printed}");
}

/// The examples of RFC 3597 §5 that are about the class IN.
#[test]
fn types_and_classes_by_number() {
    let text = "@ 1h SOA ns hostmaster 1 1d 2h 4w 5m
@ 1h NS ns
ns 1h CLASS1 TYPE1 \\# 4 0A000001
e 1h class1 TYPE1 10.0.0.2
";
    let zone = parse(text).expect("a good zone");
    assert_eq!(lines(&ask(&zone, "ns", Kind::A)), ["ns.example.test. 3600 IN A 10.0.0.1"]);
    assert_eq!(lines(&ask(&zone, "e", Kind::A)), ["e.example.test. 3600 IN A 10.0.0.2"]);
}

/// Numbers are digits. Others take the same file, and a plus would be a mistake to them.
#[test]
fn a_number_has_no_sign() {
    let start = "@ 1h SOA ns hostmaster 1 1d 2h 4w 5m\n@ 1h NS ns\nns 1h A 192.0.2.53\n";
    for line in
        ["x 1h MX +10 ns", "x 1h SRV +0 0 0 .", "x 1h TYPE65280 \\# +1 00", "x +1 A 192.0.2.1"]
    {
        let text = format!("{start}{line}\n");
        assert!(parse(&text).is_err(), "{line}");
        assert!(parse(&text.replace('+', "")).is_ok(), "{line} without the plus");
    }
}

#[test]
fn units_escapes_and_relative_names() {
    let text = format!(
        "{TOP}a 1h30m A 192.0.2.1\nB\\.c IN 7 A 192.0.2.2 ; comment\n\
         $ORIGIN d\ne ( A\n 192.0.2.3 ) ; comment\n TXT \"x;(\\\"\" y\\032z\nf\\\\. A 192.0.2.4\n"
    );
    let error =
        parse(&text).expect_err("f\\\\. is absolute: the backslash is escaped, not the dot");
    assert!(error.to_string().contains("is outside of the zone"), "{error}");
    let zone = parse(&text.replace("f\\\\. A", "f\\. A")).expect("now the dot is");
    assert_eq!(ask(&zone, "a", Kind::A).answers[0].ttl, 5400);
    assert_eq!(ask(&zone, "b\\.c", Kind::A).answers[0].ttl, 7);
    assert_eq!(ask(&zone, "e.d", Kind::A).answers.len(), 1);
    assert_eq!(ask(&zone, "f\\..d", Kind::A).answers.len(), 1);
    let Data::Txt(strings) = &ask(&zone, "E.D", Kind::TXT).answers[0].data else { panic!("TXT") };
    assert_eq!(strings, &[b"x;(\"".to_vec(), b"y z".to_vec()]);
}

#[test]
fn answers_aliases_and_negative_answers() {
    let zone = demo();
    let soa = "example.test. 300 SOA";
    let www = ["192.0.2.80", "192.0.2.81"];
    for (host, kind, rcode, answers, authority) in [
        ("www", Kind::A, Rcode::NO_ERROR, 2, None),
        ("WWW", Kind::AAAA, Rcode::NO_ERROR, 1, None),
        ("www", Kind::MX, Rcode::NO_ERROR, 0, Some(soa)),
        ("nobody", Kind::A, Rcode::NAME_ERROR, 0, Some(soa)),
        ("shop", Kind::A, Rcode::NO_ERROR, 4, None),
        ("shop", Kind::CNAME, Rcode::NO_ERROR, 1, None),
        ("shop", Kind::MX, Rcode::NO_ERROR, 2, Some(soa)),
        ("elsewhere", Kind::A, Rcode::NO_ERROR, 1, None),
        ("dangling", Kind::A, Rcode::NAME_ERROR, 1, Some(soa)),
        ("loop1", Kind::A, Rcode::SERVER_FAILURE, 2, None),
        ("x.dyn", Kind::A, Rcode::NO_ERROR, 1, None),
        ("x.y.dyn", Kind::A, Rcode::NO_ERROR, 1, None),
        ("*.dyn", Kind::A, Rcode::NO_ERROR, 1, None),
        ("x.dyn", Kind::MX, Rcode::NO_ERROR, 0, Some(soa)),
        ("fixed.dyn", Kind::A, Rcode::NO_ERROR, 0, Some(soa)),
        ("b.dyn", Kind::A, Rcode::NO_ERROR, 0, Some(soa)),
        ("x.b.dyn", Kind::A, Rcode::NAME_ERROR, 0, Some(soa)),
        ("_tcp", Kind::A, Rcode::NO_ERROR, 0, Some(soa)),
        ("unknown", Kind(65280), Rcode::NO_ERROR, 1, None),
    ] {
        let found = ask(&zone, host, kind);
        assert_eq!((found.rcode, found.answers.len()), (rcode, answers), "{host} {kind:?}");
        assert!(found.authoritative, "{host}");
        let lines = lines(&found);
        let has =
            lines.iter().any(|line| line.starts_with("example.test. 300 ") && line.contains("SOA"));
        assert_eq!(has, authority.is_some(), "{host} {kind:?}: {lines:?}");
    }
    let found = ask(&zone, "x.dyn", Kind::A);
    assert_eq!(found.answers[0].name, name("x.dyn.example.test"), "not the asterisk");
    let addresses = ask(&zone, "www", Kind::A);
    assert!(
        addresses.answers.iter().zip(www).all(|(a, b)| a.data == Data::A(b.parse().expect("v4")))
    );
}

#[test]
fn a_delegation_ends_our_word() {
    let zone = demo();
    for (host, kind) in
        [("sub", Kind::A), ("sub", Kind::NS), ("a.b.sub", Kind::A), ("ns.sub", Kind::A)]
    {
        let found = ask(&zone, host, kind);
        assert!(!found.authoritative && found.answers.is_empty(), "{host}");
        assert_eq!((found.authorities.len(), found.additionals.len()), (2, 1), "{host}");
    }
    // DS stands above the cut (RFC 4035 §3.1.4.1).
    let found = ask(&zone, "sub", Kind(43));
    assert!(found.authoritative);
    assert_eq!(found.authorities[0].data.kind(), Kind::SOA);
}

#[test]
fn any_gets_one_small_set() {
    let found = ask(&demo(), "@", Kind::ANY);
    assert!(!found.answers.is_empty());
    let kinds: Vec<Kind> = found.answers.iter().map(|record| record.data.kind()).collect();
    assert!(kinds.iter().all(|kind| *kind == kinds[0]), "{kinds:?}");
}

#[test]
fn a_chain_has_an_end() {
    let links = (0..50).map(|n| format!("c{n} CNAME c{}\n", n + 1)).collect::<String>();
    let zone = parse(&format!("{TOP}{links}c50 A 192.0.2.1\n")).expect("a good zone");
    assert_eq!(ask(&zone, "c0", Kind::A).answers.len(), MAX_CHAIN + 1);
    assert_eq!(ask(&zone, "c45", Kind::A).answers.len(), 6);
}

/// What we print is read again, and is the same.
#[test]
fn a_zone_as_text_is_the_same_zone() {
    let zone = demo();
    let text: String = zone.iter().map(|record| format!("{record}\n")).collect();
    let again = parse(&text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(zone.iter().collect::<Vec<_>>(), again.iter().collect::<Vec<_>>());
    assert_eq!(zone.len(), again.len());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_text_panics(text in "[ -~\n\t]{0,200}") {
        let _ = parse(&text);
    }

    /// The demo zone, damaged: one character out, one in.
    #[test]
    fn no_damage_panics(at in 0..DEMO.len(), with in "[ -~\n\t]") {
        prop_assume!(DEMO.is_char_boundary(at));
        let (front, back) = DEMO.split_at(at);
        let _ = parse(&format!("{front}{with}{}", back.get(1..).unwrap_or_default()));
    }

    #[test]
    fn every_question_has_an_answer(host in "[a-c*.]{0,12}", kind in 1_u16..40) {
        prop_assume!(!host.contains("..") && !host.starts_with('.'));
        let host = if host.is_empty() || host.ends_with('.') { host } else { format!("{host}.") };
        let Ok(name) = format!("{host}dyn.example.test").parse() else { return Ok(()) };
        let found = demo().lookup(&name, Kind(kind));
        prop_assert!(!found.answers.is_empty() || !found.authorities.is_empty());
    }
}
