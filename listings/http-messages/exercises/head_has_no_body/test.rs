//! `cargo test -p http-messages --test head_has_no_body`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::io::{BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

use exercise::{Response, read_response};

/// How long a client may wait for bytes that will never come. The bytes that do come are there
/// before it begins to read.
const PATIENCE: Duration = Duration::from_secs(2);

/// A connection on which the server has answered and now waits for the next request.
struct Conversation {
    server: TcpStream,
    client: BufReader<TcpStream>,
}

impl Conversation {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        let (server, _) = listener.accept().unwrap();
        Self { server, client: BufReader::new(client) }
    }

    fn answer(&mut self, method: &str, answer: &str) -> Response {
        self.server.write_all(answer.as_bytes()).unwrap();
        read_response(method, &mut self.client).unwrap_or_else(|error| {
            panic!("{method} answered by {answer:?}: still waiting for content, then: {error}")
        })
    }
}

/// Asserts that the answer has no content and that the next response is found after it.
fn has_no_content(method: &str, status: u16, answer: &str) {
    let mut conversation = Conversation::start();
    let response = conversation.answer(method, answer);
    assert_eq!((response.status, &response.content[..]), (status, &b""[..]), "{answer:?}");
    let next = conversation.answer("GET", "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nnext");
    assert_eq!((next.status, &next.content[..]), (200, &b"next"[..]), "after {answer:?}");
}

#[test]
fn a_get_has_the_content_that_its_length_says() {
    let mut conversation = Conversation::start();
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(conversation.answer("GET", ok).content, b"hello");
    let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\nnothing";
    assert_eq!(conversation.answer("GET", missing).content, b"nothing");
    assert_eq!(
        conversation.answer("POST", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n").content,
        b""
    );
}

#[test]
fn a_response_without_a_length_goes_on_to_the_end() {
    let mut conversation = Conversation::start();
    conversation.server.write_all(b"HTTP/1.1 200 OK\r\n\r\nto the end").unwrap();
    conversation.server.shutdown(std::net::Shutdown::Write).unwrap();
    let response = read_response("GET", &mut conversation.client).unwrap();
    assert_eq!(response.content, b"to the end");
}

#[test]
fn head_has_no_content() {
    has_no_content("HEAD", 200, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    has_no_content("HEAD", 404, "HTTP/1.1 404 Not Found\r\nContent-Length: 7\r\n\r\n");
    has_no_content("HEAD", 200, "HTTP/1.1 200 OK\r\n\r\n");
}

#[test]
fn methods_are_case_sensitive() {
    let mut conversation = Conversation::start();
    let ok = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(conversation.answer("head", ok).content, b"hello");
}

#[test]
fn not_modified_has_no_content() {
    // The length is the one that a 200 would have had (RFC 9110 §8.6).
    has_no_content("GET", 304, "HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n");
    has_no_content("GET", 304, "HTTP/1.1 304 Not Modified\r\nETag: \"a\"\r\n\r\n");
}

#[test]
fn no_content_has_no_content() {
    has_no_content("DELETE", 204, "HTTP/1.1 204 No Content\r\n\r\n");
    has_no_content("PUT", 204, "HTTP/1.1 204 No Content\r\nETag: \"a\"\r\n\r\n");
}
