//! The routing table: what it refuses, what it answers, and the program that shows it.

use std::fs;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use addresses::Address;
use addresses::route::{NextHop, OffLink, Reason, Route, RoutingTable};
use testkit::{Finished, Process};

const TABLE: &str = "\
    # The order does not matter, except to the reader.
    default        via 192.0.2.1   dev 1
    192.0.2.0/24                   dev 1
    10.0.0.0/8     via 192.0.2.9   dev 1   # the branch office
    10.1.0.0/16                    dev 2
    10.1.2.0/24    via 10.1.0.9    dev 2
    10.1.3.0/24    via 10.1.0.10   dev 2
    198.51.100.6/31                dev 3
    203.0.113.9/32                 dev 3
";

fn table() -> RoutingTable<Ipv4Addr> {
    TABLE.parse().unwrap()
}

fn hop<A: Address>(table: &RoutingTable<A>, destination: &str) -> Option<(u32, String)> {
    let hop = table.next_hop(A::parse(destination).unwrap());
    hop.map(|NextHop { interface, neighbor }| (interface, neighbor.to_string()))
}

#[test]
fn the_longest_prefix_decides() {
    let table = table();
    for (destination, interface, neighbor) in [
        ("192.0.2.77", 1, "192.0.2.77"),
        ("10.9.9.9", 1, "192.0.2.9"),
        ("10.1.9.9", 2, "10.1.9.9"),
        ("10.1.2.9", 2, "10.1.0.9"),
        ("8.8.8.8", 1, "192.0.2.1"),
        // Both addresses of a /31 are hosts (RFC 3021), and a /32 is one.
        ("198.51.100.6", 3, "198.51.100.6"),
        ("198.51.100.7", 3, "198.51.100.7"),
        ("198.51.100.8", 1, "192.0.2.1"),
        ("203.0.113.9", 3, "203.0.113.9"),
        ("203.0.113.8", 1, "192.0.2.1"),
    ] {
        assert_eq!(hop(&table, destination), Some((interface, neighbor.to_owned())));
    }
}

#[test]
fn without_a_default_route_there_may_be_none() {
    let mut table = table();
    let default = "0.0.0.0/0".parse().unwrap();
    assert!(table.remove(default).is_some());
    assert_eq!(table.remove(default), None);
    assert_eq!(hop(&table, "8.8.8.8"), None);
    assert_eq!(hop(&table, "10.9.9.9"), Some((1, "192.0.2.9".to_owned())));
}

#[test]
fn a_gateway_must_be_on_the_link() {
    let mut table = table();
    let mut add = |prefix: &str, gateway: Ipv4Addr, interface| {
        table.insert(prefix.parse().unwrap(), Route { interface, gateway: Some(gateway) })
    };
    // On the link of another interface, behind a gateway, behind the default route.
    for (gateway, interface) in [("192.0.2.5", 2), ("10.9.9.9", 1), ("8.8.8.8", 1)] {
        let gateway = gateway.parse().unwrap();
        assert_eq!(add("172.16.0.0/12", gateway, interface), Err(OffLink { gateway, interface }));
    }
    // On the link, though a longer prefix has a gateway.
    assert_eq!(add("172.16.0.0/12", Ipv4Addr::new(10, 1, 2, 3), 2), Ok(None));
    let again = add("172.16.0.0/12", Ipv4Addr::new(10, 1, 2, 4), 2);
    assert!(matches!(again, Ok(Some(Route { interface: 2, .. }))), "replaced");

    let mut table = RoutingTable::<Ipv6Addr>::default();
    let mut add = |gateway: &str| {
        let gateway = Some(gateway.parse().unwrap());
        table.insert("::/0".parse().unwrap(), Route { interface: 1, gateway })
    };
    assert!(add("2001:db8::1").is_err());
    assert!(add("fec0::1").is_err());
    assert!(add("fe80::1").is_ok());
    assert!(add("febf::1").is_ok());
}

#[test]
fn a_table_survives_its_text() {
    let table = table();
    let text = table.to_string();
    assert!(text.starts_with("0.0.0.0/0 via 192.0.2.1 dev 1\n10.0.0.0/8 via 192.0.2.9 dev 1\n"));
    let again: RoutingTable<Ipv4Addr> = text.parse().unwrap();
    assert!(table.iter().eq(again.iter()));
    assert_eq!(table.iter().count(), 8);
}

#[test]
fn a_bad_line_is_named() {
    let parse = |text: &str| text.parse::<RoutingTable<Ipv4Addr>>().unwrap_err();
    for (text, line) in
        [("\n10.0.0.0/8", 2), ("10.0.0.0/8 dev eth0", 1), ("# x\n\n10.0.0.0/8 dev", 3)]
    {
        let error = parse(text);
        assert_eq!((error.line, error.reason), (line, Reason::Form));
    }
    let twice = parse("default dev 1\n0.0.0.0/0 dev 2");
    assert!(matches!((twice.line, twice.reason), (2, Reason::Twice(_))));
    assert!(matches!(parse("10.0.0.1/8 dev 1").reason, Reason::Prefix(_)));
    assert!(matches!(parse("10.0.0.0/8 via x dev 1").reason, Reason::Gateway(_)));
    assert!(matches!(parse("10.0.0.0/8 via 192.0.2.1 dev 1").reason, Reason::OffLink(_)));
}

fn routes(arguments: &[&str]) -> Finished {
    let programs = Path::new(env!("CARGO_BIN_EXE_ipcalc")).with_file_name("examples");
    let program = programs.join("routes");
    assert!(program.exists(), "cargo build -p addresses --examples");
    Process::start(Command::new(program).args(arguments))
        .unwrap()
        .finish(Duration::from_secs(10))
        .unwrap()
}

#[test]
fn the_example_shows_the_walk() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("routes.txt");
    fs::write(&file, TABLE).unwrap();
    let file = file.to_str().unwrap();
    let finished = routes(&["--walk", file, "10.1.2.3"]);
    assert!(finished.status.success());
    assert_eq!(
        finished.text(),
        "10.1.2.3 is in 10.1.2.0/24 via 10.1.0.9 dev 2: the next hop is 10.1.0.9\n  \
         0.0.0.0/0            via 192.0.2.1 dev 1\n  \
         10.0.0.0/8           via 192.0.2.9 dev 1\n  \
         10.1.0.0/16          dev 2\n  \
         10.1.2.0/23          a fork\n  \
         10.1.2.0/24          via 10.1.0.9 dev 2\n"
    );
    for arguments in [["no-such-file", "10.1.2.3"], [file, "10.1.2"], [file, "::1"]] {
        let finished = routes(&arguments);
        assert_eq!(finished.status.code(), Some(1));
        assert!(finished.text().starts_with("routes: "), "{}", finished.text());
    }
}
