//! `cargo test -p cookies --test public_suffix`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use exercise::Scope::{self, Domain, HostOnly, Refused};
use exercise::{is_address, is_public_suffix, scope};

fn check(host: &str, domain: &str, expected: &Scope) {
    assert_eq!(scope(host, Some(domain)), *expected, "{host} sets Domain={domain}");
}

#[test]
fn without_the_attribute_the_host_keeps_it() {
    assert_eq!(scope("www.example.com", None), HostOnly("www.example.com".into()));
    check("www.example.com", "", &HostOnly("www.example.com".into()));
}

#[test]
fn it_widens_upwards_and_nowhere_else() {
    check("www.example.com", "example.com", &Domain("example.com".into()));
    check("www.example.com", "www.example.com", &Domain("www.example.com".into()));
    check("a.b.example.com", "example.com", &Domain("example.com".into()));
    check("example.com", "www.example.com", &Refused);
    check("www.example.com", "mail.example.com", &Refused);
    check("www.example.com", "example.org", &Refused);
}

#[test]
fn it_ends_between_labels() {
    check("notexample.com", "example.com", &Refused);
    check("www.example.com", "ample.com", &Refused);
    check("www.example.com", ".com", &Refused);
}

#[test]
fn an_address_has_no_subdomains() {
    assert!(is_address("127.0.0.1") && is_address("::1") && !is_address("www.example.com"));
    check("127.0.0.1", "0.0.1", &Refused);
    check("127.0.0.1", "1", &Refused);
}

#[test]
fn a_public_suffix_is_nobodys_domain() {
    assert!(is_public_suffix("co.uk") && !is_public_suffix("bank.co.uk"));
    check("bank.co.uk", "co.uk", &Refused);
    check("bank.co.uk", "uk", &Refused);
    check("alice.github.io", "github.io", &Refused);
    check("www.bank.co.uk", "bank.co.uk", &Domain("bank.co.uk".into()));
    check("intranet", "intranet", &HostOnly("intranet".into()));
    check("github.io", "github.io", &HostOnly("github.io".into()));
}
