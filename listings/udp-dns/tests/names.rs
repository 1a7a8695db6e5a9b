//! The files of the machine, names for addresses, and what answers mean.

use std::net::IpAddr;
use std::time::Duration;

use proptest::prelude::*;
use udp_dns::hosts::Hosts;
use udp_dns::message::{Class, Data, Kind, Message, Question, Rcode, Record, Soa};
use udp_dns::name::Name;
use udp_dns::resolv_conf::{Nameserver, ResolvConf};
use udp_dns::resolver::{Outcome, reverse, search};

fn name(text: &str) -> Name {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

#[test]
fn resolv_conf_is_read_as_glibc_reads_it() {
    let conf = ResolvConf::parse(
        b"# a comment\n; another\nnameserver 192.0.2.53\nnameserver\t2001:db8::53 # ours\n\
          nameserver fe80::53%2\nnameserver 192.0.2.54\nsearch a.test b.test\n\
          domain example.test ignored.test\noptions ndots:20 timeout:99 attempts:0 rotate\n\
          options edns0 use-vc trust-ad no-reload\r\n",
    );
    let servers: Vec<_> = conf.nameservers.iter().map(|server| server.address).collect();
    assert_eq!(servers, [ip("192.0.2.53"), ip("2001:db8::53"), ip("fe80::53")]);
    assert_eq!(conf.nameservers[2].socket(53, |_| None).unwrap().to_string(), "[fe80::53%2]:53");
    assert_eq!(conf.search, [name("example.test")]);
    assert_eq!((conf.ndots, conf.timeout, conf.attempts), (15, Duration::from_secs(30), 1));
    assert!(conf.rotate && conf.edns && conf.use_vc && conf.trust_ad);
    let warnings: Vec<_> = conf.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, ["line 6: more than 3 name servers"]);
}

#[test]
fn what_resolv_conf_gets_wrong_is_said() {
    let conf = ResolvConf::parse(
        b" nameserver 192.0.2.1\nnameserver example.test\nNameserver 192.0.2.2\n\
          search a..b good.test\noptions ndots timeout:x rotating\n\xff\xfe\n",
    );
    assert_eq!(conf.nameservers, [Nameserver { address: ip("127.0.0.1"), zone: None }]);
    assert_eq!(conf.search, [name("good.test")]);
    let warnings: Vec<_> = conf.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings.len(), 8, "{warnings:#?}");
    assert_eq!(warnings[1], "line 2: \"example.test\" is no address");
}

#[test]
fn an_interface_is_looked_up_by_its_name() {
    let conf = ResolvConf::parse(b"nameserver fe80::1%eth0\n");
    let server = &conf.nameservers[0];
    let socket = server.socket(53, |name| (name == "eth0").then_some(7)).unwrap();
    assert_eq!(socket.to_string(), "[fe80::1%7]:53");
    assert_eq!(server.socket(53, |_| None), None);
}

#[test]
fn short_names_are_tried_with_suffixes() {
    let suffixes = [name("a.test"), name("b.test")];
    let tried = |text: &str, ndots| -> Vec<String> {
        let names = search::candidates(text, &suffixes, ndots).unwrap();
        names.iter().map(ToString::to_string).collect()
    };
    assert_eq!(tried("www", 1), ["www.a.test.", "www.b.test.", "www."]);
    assert_eq!(tried("www.x", 1), ["www.x.", "www.x.a.test.", "www.x.b.test."]);
    assert_eq!(tried("www.x", 2), ["www.x.a.test.", "www.x.b.test.", "www.x."]);
    assert_eq!(tried("www.", 5), ["www."]);
    assert_eq!(tried(r"www\.", 1), [r"www\..a.test.", r"www\..b.test.", r"www\.."]);
    assert!(search::candidates("a..b", &suffixes, 1).is_err());
    let long = format!("{0}.{0}.{0}.{0}", "x".repeat(62));
    assert_eq!(tried(&long, 1).len(), 1, "a suffix that does not fit is left out");
}

const HOSTS: &[u8] =
    b"127.0.0.1 localhost\n# a comment\n192.0.2.1\tOne.example.test one # the first\n\
    192.0.2.2 two two.example.test\n192.0.2.1 uno\n2001:db8::1 one\nfe80::1%lo link\n\
    not-an-address x\n192.0.2.9\n192.0.2.3 one two\n192.0.2.3 one\n\xff\xff\n";

#[test]
fn hosts_are_found_both_ways() {
    let hosts = Hosts::parse(HOSTS);
    assert_eq!(
        hosts.addresses(&name("ONE")),
        [ip("192.0.2.1"), ip("2001:db8::1"), ip("192.0.2.3")]
    );
    assert_eq!(hosts.addresses(&name("one.example.test")), [ip("192.0.2.1")]);
    assert_eq!(hosts.addresses(&name("x")), [] as [IpAddr; 0]);
    // The first line that has it, and no other.
    assert_eq!(hosts.names(ip("192.0.2.1")).unwrap(), [name("one.example.test"), name("one")]);
    assert_eq!(hosts.names(ip("192.0.2.9")), None);
    assert_eq!(hosts.entries().len(), 8);
}

#[test]
fn addresses_have_names() {
    assert_eq!(reverse(ip("192.0.2.1")).to_string(), "1.2.0.192.in-addr.arpa.");
    let nibbles = "1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa.";
    assert_eq!(reverse(ip("2001:db8::1")).to_string(), nibbles);
}

fn question() -> Question {
    Question { name: name("www.example.test"), kind: Kind::A, class: Class::IN }
}

fn record(owner: &str, data: Data) -> Record {
    Record { name: name(owner), class: Class::IN, ttl: 300, data }
}

fn alias(owner: &str, target: &str) -> Record {
    record(owner, Data::Cname(name(target)))
}

fn a(owner: &str) -> Record {
    record(owner, Data::A([192, 0, 2, 80].into()))
}

fn soa(owner: &str) -> Record {
    let (primary, mailbox) = (name("ns1.example.test"), name("hostmaster.example.test"));
    let (serial, refresh, retry, expire, minimum) = (1, 2, 3, 4, 60);
    record(owner, Data::Soa(Soa { primary, mailbox, serial, refresh, retry, expire, minimum }))
}

/// What an answer with these sections says.
fn says(rcode: Rcode, answers: Vec<Record>, authorities: Vec<Record>) -> String {
    let message = Message { rcode, answers, authorities, ..Message::default() };
    Outcome::of(&message, &question()).to_string()
}

#[test]
fn answers_say_what_they_say() {
    let www = "www.example.test";
    let ns = || record("example.test", Data::Ns(name("ns1.example.test")));
    let ok = |answers, authorities| says(Rcode::NO_ERROR, answers, authorities);
    assert_eq!(ok(vec![a(www), a(www)], vec![]), "www.example.test. has 2 records");
    assert_eq!(ok(vec![a("evil.test")], vec![]), "www.example.test. exists and has none of these");
    let with_soa = "www.example.test. exists and has none of these, which holds for 60 s";
    assert_eq!(ok(vec![], vec![soa("example.test")]), with_soa);
    assert_eq!(ok(vec![], vec![ns(), soa("example.test")]), with_soa);
    // A SOA record of somebody else's zone says nothing.
    assert_eq!(
        ok(vec![], vec![soa("other.test")]),
        "www.example.test. exists and has none of these"
    );
    assert_eq!(ok(vec![], vec![ns()]), "the servers of example.test. know");
    let chain = vec![a("c.test"), alias("b.test", "c.test"), alias(www, "b.test")];
    assert_eq!(ok(chain, vec![]), "c.test. has 1 record");
    assert_eq!(
        ok(vec![alias(www, "b.test")], vec![]),
        "an alias for b.test., which is asked elsewhere"
    );
    let circle = vec![alias(www, "b.test"), alias("b.test", www)];
    assert_eq!(ok(circle, vec![]), "aliases without end, at b.test.");
    let gone = says(Rcode::NAME_ERROR, vec![alias(www, "b.test")], vec![soa("test")]);
    assert_eq!(gone, "there is no b.test., which holds for 60 s");
    assert_eq!(says(Rcode::REFUSED, vec![a(www)], vec![]), "the server says REFUSED");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn files_of_noise_do_no_harm(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        let conf = ResolvConf::parse(&bytes);
        prop_assert!(!conf.nameservers.is_empty());
        let _ = Hosts::parse(&bytes);
    }

    #[test]
    fn files_of_nearly_right_words_do_no_harm(
        words in prop::collection::vec("(nameserver|search|options|ndots:|192\\.0\\.2\\.1|fe80::1%|[ \t\n#;.:]|[a-z]{1,5}|[0-9]{1,12}){1,3}", 0..40),
    ) {
        let text = words.concat();
        let conf = ResolvConf::parse(text.as_bytes());
        prop_assert!(conf.nameservers.len() <= 3 && conf.ndots <= 15);
        let hosts = Hosts::parse(text.as_bytes());
        prop_assert!(hosts.entries().iter().all(|entry| !entry.names.is_empty()));
    }
}
