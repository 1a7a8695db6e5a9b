//! Any bytes as a target, for each kind of method, and as a URL.
#![no_main]

use bytes::Bytes;
use http_messages::{Form, HttpUrl, Limits, Method, Received, Target, server};
use http_messages_fuzz::corpus_support::Role;
use http_messages_fuzz::write_seeds;
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: write_seeds("target", |case| {
        let bytes = case.bytes();
        let target = bytes.split(|&byte| byte == b' ').nth(1)?.to_vec();
        matches!(case.role, Role::Request).then_some(target)
    }),
    |bytes: &[u8]| {
        for method in [Method::Get, Method::Options, Method::Connect] {
            match Target::parse_for(&method, Bytes::copy_from_slice(bytes)) {
                Ok(target) => check(&method, &target),
                Err(refusal) => assert!(!refusal.to_string().is_empty()),
            }
        }
        if let Ok(url) = String::from_utf8_lossy(bytes).parse::<HttpUrl>() {
            assert_eq!(url.target().form(), Form::Origin);
            check(&Method::Get, url.target());
            assert!(!url.host_field().contains(['\r', '\n', ' ', '/', '@']));
        }
    }
);

/// A valid target gives its parts, and a server reads it as it is.
fn check(method: &Method, target: &Target) {
    let text = target.as_str();
    match target.form() {
        Form::Origin => {
            let query = target.query().map(|query| format!("?{query}")).unwrap_or_default();
            assert_eq!(format!("{}{query}", target.path()), text);
            assert_eq!(target.authority(), None);
        }
        Form::Absolute | Form::Authority => assert!(target.authority().is_some()),
        Form::Asterisk => assert_eq!(text, "*"),
    }
    if text.len() > Limits::default().target {
        return;
    }
    let mut connection = server::Connection::new(Limits::default());
    connection.receive(format!("{method} {text} HTTP/1.1\r\nHost:\r\n\r\n").as_bytes());
    match connection.poll() {
        Ok(Received::Head(head)) => assert_eq!((&head.method, &head.target), (method, target)),
        other => panic!("{other:?}"),
    }
}
