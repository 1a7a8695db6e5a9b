//! What a cache keeps in memory is what it counts, however long it runs. Linux says how much that is.
#![cfg(target_os = "linux")]

use std::fs;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http_messages::client::Connection;
use http_messages::limits::READ_SIZE;
use http_messages::{Content, Fields, Limits, Method, Received, Status, Target};
use http_semantics::cache::{Cache, Exchange, Kind, Times};

const MIB: usize = 1 << 20;

/// The memory of this process, in bytes.
fn resident() -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().strip_suffix(" kB").unwrap().parse::<usize>().unwrap() << 10
}

/// The fields of a response as they come from a connection: views into its buffer.
fn received(fields: &str) -> Fields {
    let mut connection = Connection::new(Limits::default());
    let mut host = Fields::new();
    host.append("Host", "a.test").unwrap();
    let target = Target::new(&Method::Get, "/").unwrap();
    let out = &mut bytes::BytesMut::new();
    connection.request(&Method::Get, &target, &host, Content::None, out).unwrap();
    let response = format!("HTTP/1.1 204 x\r\n{fields}\r\n");
    // A blocking client reads like this.
    let buffer = connection.buffer();
    buffer.resize(READ_SIZE, 0);
    buffer[..response.len()].copy_from_slice(response.as_bytes());
    buffer.truncate(response.len());
    let Ok(Received::Head(head)) = connection.poll() else { panic!("{fields}") };
    head.fields
}

fn receive(cache: &mut Cache, uri: &str, status: Status, response: &Fields, now: SystemTime) {
    cache.receive(Exchange {
        method: &Method::Get,
        uri,
        request: &Fields::new(),
        status,
        response,
        content: Bytes::new(),
        times: Times { request: now, response: now },
    });
}

#[test]
fn neither_small_answers_nor_many_confirmations_fill_it() {
    let (mut cache, mut now) = (Cache::new(Kind::Shared), SystemTime::now());
    let before = resident();
    for number in 0..10_000 {
        let response =
            received("Date: Sun, 22 Nov 2026 12:00:00 GMT\r\nExpires: 0\r\nETag: \"1\"\r\n");
        receive(&mut cache, &format!("http://a.test/{number}"), Status::OK, &response, now);
    }
    assert_eq!(cache.len(), 10_000);
    let grown = resident().saturating_sub(before);
    assert!(grown < 30 * MIB, "small answers: {} MiB", grown / MIB);

    let before = resident();
    let etag = format!("ETag: \"1\"\r\nX: {}\r\n", "x".repeat(10_000));
    receive(&mut cache, "http://a.test/", Status::OK, &received(&etag), now);
    for _ in 0..10_000 {
        now += Duration::from_secs(1);
        receive(&mut cache, "http://a.test/", Status::NOT_MODIFIED, &received(&etag), now);
    }
    let grown = resident().saturating_sub(before);
    assert!(grown < 30 * MIB, "confirmations: {} MiB", grown / MIB);
}
