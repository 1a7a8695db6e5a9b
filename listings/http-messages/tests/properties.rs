//! What holds for all bytes: nothing panics, no cut matters, what is written is read back, nobody can
//! split a message, and memory stays bounded.

mod corpus_support;

use std::sync::LazyLock;

use bytes::BytesMut;
use corpus_support::{Case, Role, corpus, drive::drive, event::lines};
use http_messages::limits::READ_SIZE;
use http_messages::{
    Content, Fields, HttpUrl, Limits, Method, Received, RequestHead, ResponseHead, Status, Target,
    client, server,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};

static CORPUS: LazyLock<Vec<Case>> = LazyLock::new(corpus);

/// What messages are made of, and what they should not be made of.
const FRAGMENTS: [&str; 48] = [
    "GET ",
    "HEAD ",
    "POST ",
    "CONNECT ",
    "OPTIONS ",
    "/",
    "*",
    "a:1",
    "http://a/",
    "/?x",
    " ",
    "\t",
    " HTTP/1.1",
    " HTTP/1.0",
    "HTTP/1.1 200 OK",
    "HTTP/1.1 100 ",
    "HTTP/1.1 101 ",
    "HTTP/1.1 204",
    "HTTP/1.0 200",
    "\r\n",
    "\r\n",
    "\r\n",
    "\r\n\r\n",
    "\n",
    "\r",
    "\0",
    "Host: a\r\n",
    "Host",
    ":",
    "Content-Length: 3\r\n",
    "Content-Length: 0\r\n",
    "Content-Length: ",
    "Transfer-Encoding: ",
    "Transfer-Encoding: chunked\r\n",
    "chunked",
    ",",
    "Connection: close\r\n",
    "Connection: ",
    "keep-alive",
    "Expect: 100-continue\r\n",
    "Upgrade: x\r\n",
    "3\r\nabc\r\n",
    "0\r\n\r\n",
    "0\r\n",
    "1;a=\"b\"\r\nx\r\n",
    "ffffffffffffffff",
    "abc",
    "\x7f",
];

fn soup() -> impl Strategy<Value = Vec<u8>> {
    let fragment = prop_oneof![
        12 => select(&FRAGMENTS[..]).prop_map(|text| text.as_bytes().to_vec()),
        1 => vec(any::<u8>(), 1..6),
    ];
    vec(fragment, 0..24).prop_map(|fragments| fragments.concat())
}

/// A message of the corpus with a few bytes changed, and its case for the role and the limits.
fn mutant() -> impl Strategy<Value = Case> {
    #[derive(Clone, Debug)]
    enum Change {
        Set(u8),
        Insert(&'static str),
        Remove(usize),
        Repeat(usize),
    }
    let change = prop_oneof![
        any::<u8>().prop_map(Change::Set),
        select(&FRAGMENTS[..]).prop_map(Change::Insert),
        (1..8usize).prop_map(Change::Remove),
        (1..24usize).prop_map(Change::Repeat),
    ];
    let short: Vec<_> = (0..CORPUS.len()).filter(|&at| CORPUS[at].bytes().len() < 2000).collect();
    (select(short), vec((any::<Index>(), change), 1..4), any::<bool>()).prop_map(
        |(number, changes, eof)| {
            let mut case = CORPUS[number].clone();
            case.eof = eof;
            case.parts.truncate(1);
            let part = &mut case.parts[0];
            for (index, change) in changes {
                let at = index.index(part.len() + 1);
                let end = |length: usize| (at + length).min(part.len());
                match change {
                    Change::Set(byte) => part[at..].iter_mut().take(1).for_each(|b| *b = byte),
                    Change::Insert(text) => drop(part.splice(at..at, text.bytes())),
                    Change::Remove(length) => drop(part.drain(at..end(length))),
                    Change::Repeat(length) => {
                        let piece = part[at..end(length)].to_vec();
                        drop(part.splice(at..at, piece));
                    }
                }
            }
            case
        },
    )
}

fn cuts() -> impl Strategy<Value = Vec<Index>> {
    vec(any::<Index>(), 1..5)
}

fn pieces<'a>(bytes: &'a [u8], cuts: &[Index]) -> Vec<&'a [u8]> {
    let mut places: Vec<_> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
    places.sort_unstable();
    let mut start = 0;
    let mut pieces = Vec::new();
    for place in places.into_iter().chain([bytes.len()]) {
        pieces.push(&bytes[start..place]);
        start = place;
    }
    pieces
}

fn role() -> impl Strategy<Value = Role> {
    let methods = [Method::Get, Method::Head, Method::Post, Method::Connect];
    prop_oneof![
        Just(Role::Request),
        (select(methods.to_vec()), any::<bool>())
            .prop_map(|(method, upgrade)| Role::Response { methods: vec![method], upgrade }),
    ]
}

/// Limits that a few bytes can reach, or the usual ones.
fn limits() -> impl Strategy<Value = Limits> {
    let small = Limits {
        target: 8,
        method: 5,
        head: 64,
        fields: 2,
        chunk_line: 8,
        chunk_extensions: 6,
        trailers: 16,
        content: 5,
        interim: 1,
    };
    prop_oneof![Just(Limits::default()), Just(small)]
}

/// Whole and cut, which must be the same.
fn check(case: &Case, cuts: &[Index]) -> Result<(), TestCaseError> {
    let bytes = case.bytes();
    let whole = drive(case, &[vec![&bytes]]);
    for pieces in [pieces(&bytes, cuts), bytes.chunks(1).collect()] {
        let cut = drive(case, std::slice::from_ref(&pieces));
        let show = |events: &[_]| lines(events);
        prop_assert!(
            cut == whole,
            "{}\nwhole\n{}in pieces of {:?}\n{}",
            bytes.escape_ascii(),
            show(&whole),
            pieces.iter().map(|piece| piece.len()).collect::<Vec<_>>(),
            show(&cut)
        );
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 192, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_get_one_verdict(
        role in role(),
        limits in limits(),
        eof in any::<bool>(),
        bytes in prop_oneof![3 => soup(), 1 => vec(any::<u8>(), 0..80)],
        cuts in cuts(),
    ) {
        let case = Case { role, limits, eof, parts: vec![bytes], ..CORPUS[0].clone() };
        check(&case, &cuts)?;
    }

    #[test]
    fn a_changed_message_gets_one_verdict(case in mutant(), cuts in cuts()) {
        check(&case, &cuts)?;
    }

    #[test]
    fn text_never_panics(text in prop_oneof![soup(), vec(any::<u8>(), 0..40)]) {
        for method in [Method::Get, Method::Connect, Method::Options] {
            if let Ok(target) = Target::parse_for(&method, text.clone().into()) {
                prop_assert_eq!(target.as_str().as_bytes(), &text[..]);
                let (path, query) = (target.path(), target.query());
                prop_assert!(target.as_str().contains(path) || path == "/");
                prop_assert!(query.is_none_or(|query| target.as_str().ends_with(query)));
                let _ = (target.authority(), target.scheme(), target.form());
            }
        }
        let _ = String::from_utf8_lossy(&text).parse::<HttpUrl>();
        let mut fields = Fields::new();
        if fields.append("A", &text).is_ok() {
            prop_assert!(fields.list("a").all(|member| !member.is_empty()));
        }
    }
}

// What is written is read back.

const TOKEN: &str = "[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}";
const PATH: &str = "/[!$-;=?-~]{0,24}";

fn field() -> impl Strategy<Value = (String, Vec<u8>)> {
    let value = vec(prop_oneof![4 => 0x20..0x7fu8, 1 => 0x80..=0xffu8, 1 => Just(b'\t')], 0..24);
    // A letter in front that begins no name which the codec understands.
    ("[XYZxyz]".prop_flat_map(|first| TOKEN.prop_map(move |rest| format!("{first}{rest}"))), value)
}

fn fields() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    vec(field(), 0..6)
}

#[derive(Clone, Copy, Debug)]
enum Framed {
    None,
    Known,
    Streamed,
}

fn body() -> impl Strategy<Value = (Framed, Vec<Vec<u8>>)> {
    let framed = select(&[Framed::None, Framed::Known, Framed::Streamed][..]);
    (framed, vec(vec(any::<u8>(), 0..40), 0..5)).prop_map(|(framed, chunks)| match framed {
        Framed::None => (framed, Vec::new()),
        _ => (framed, chunks),
    })
}

fn content(framed: Framed, chunks: &[Vec<u8>]) -> Content {
    match framed {
        Framed::None => Content::None,
        Framed::Known => Content::Known(chunks.concat().len() as u64),
        Framed::Streamed => Content::Streamed,
    }
}

fn built(lines: &[(String, Vec<u8>)]) -> Fields {
    let mut fields = Fields::new();
    for (name, value) in lines {
        fields.append(name, value).expect("a valid field");
    }
    fields
}

/// The fields that the codec did not write itself.
fn given(fields: &Fields) -> Fields {
    let mut fields = fields.clone();
    for name in ["Content-Length", "Transfer-Encoding", "Connection"] {
        fields.remove(name);
    }
    fields
}

/// A head, all content, and the trailers.
type Message<H> = (H, Vec<u8>, Fields);

fn server_reads(pieces: &[&[u8]]) -> (server::Connection, Message<RequestHead>) {
    let mut connection = server::Connection::new(Limits::default());
    let mut message = (None, Vec::new(), Fields::new());
    for piece in pieces {
        connection.receive(piece);
        while note(connection.poll().expect("a valid request"), &mut message) {}
    }
    (connection, (message.0.expect("a head"), message.1, message.2))
}

fn client_reads(
    mut connection: client::Connection,
    pieces: &[&[u8]],
    eof: bool,
) -> (client::Connection, Message<ResponseHead>) {
    let mut message = (None, Vec::new(), Fields::new());
    for piece in pieces {
        connection.receive(piece);
        while note(connection.poll().expect("a valid response"), &mut message) {}
    }
    if eof {
        connection.receive_end();
        while note(connection.poll().expect("a valid response"), &mut message) {}
    }
    (connection, (message.0.expect("a head"), message.1, message.2))
}

/// Writes an event down; false if nothing more will come for now.
fn note<H>(event: Received<H>, message: &mut (Option<H>, Vec<u8>, Fields)) -> bool {
    match event {
        Received::Head(head) => message.0 = Some(head),
        Received::Data(data) => message.1.extend_from_slice(&data),
        Received::End(trailers) => message.2 = trailers,
        Received::Wait | Received::Paused | Received::Closed => return false,
    }
    true
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn a_request_is_read_as_it_was_written(
        method in prop_oneof![select(vec!["GET", "POST", "PUT", "QUERY"]).prop_map(String::from), TOKEN],
        path in PATH,
        lines in fields(),
        (framed, chunks) in body(),
        trailers in fields(),
        cuts in cuts(),
    ) {
        let method = Method::parse(&method).expect("a token");
        prop_assume!(!matches!(method, Method::Connect));
        let target = Target::new(&method, &path).expect("a valid target");
        let mut sent = built(&lines);
        sent.append("Host", "a.example").expect("a valid field");
        let trailers = if matches!(framed, Framed::Streamed) { built(&trailers) } else { Fields::new() };

        let (mut out, mut client) = (BytesMut::new(), client::Connection::new(Limits::default()));
        client.request(&method, &target, &sent, content(framed, &chunks), &mut out).expect("sent");
        for chunk in &chunks {
            client.send_data(chunk, &mut out).expect("sent");
        }
        if !matches!(framed, Framed::None) {
            client.finish(Some(&trailers), &mut out).expect("sent");
        }

        let (_, (head, data, end)) = server_reads(&pieces(&out, &cuts));
        prop_assert_eq!(head.method, method);
        prop_assert_eq!(head.target.as_str(), path);
        prop_assert_eq!(given(&head.fields), sent);
        prop_assert_eq!(data, chunks.concat());
        prop_assert_eq!(end, trailers);
    }

    #[test]
    fn a_response_is_read_as_it_was_written(
        method in select(vec![Method::Get, Method::Head, Method::Post]),
        old in any::<bool>(),
        status in 200..600u16,
        lines in fields(),
        (framed, chunks) in body(),
        trailers in fields(),
        cuts in cuts(),
    ) {
        let status = Status::new(status).expect("three digits");
        let empty = matches!(status.code(), 204 | 205);
        let (framed, chunks) = if empty { (Framed::None, Vec::new()) } else { (framed, chunks) };
        let trailers = if matches!(framed, Framed::Streamed) { built(&trailers) } else { Fields::new() };

        let target = Target::new(&method, "/").expect("a valid target");
        let host = built(&[("Host".into(), b"a".to_vec())]);
        let (mut out, mut client) = (BytesMut::new(), client::Connection::new(Limits::default()));
        client.request(&method, &target, &host, Content::None, &mut out).expect("sent");
        let mut request = String::from_utf8(out.split().to_vec()).expect("ASCII");
        if old {
            request = request.replace("HTTP/1.1", "HTTP/1.0");
        }
        let (mut server, _) = server_reads(&[request.as_bytes()]);
        let fields = built(&lines);
        server.respond(status, &fields, content(framed, &chunks), &mut out).expect("sent");
        for chunk in &chunks {
            server.send_data(chunk, &mut out).expect("sent");
        }
        if !matches!(framed, Framed::None) {
            server.finish(Some(&trailers), &mut out).expect("sent");
        }

        let pieces = pieces(&out, &cuts);
        let (client, (head, data, end)) = client_reads(client, &pieces, server.must_close());
        prop_assert_eq!(head.status, status);
        prop_assert_eq!(given(&head.fields), fields);
        let bodiless = method == Method::Head || status == Status::NOT_MODIFIED;
        prop_assert_eq!(data, if bodiless { Vec::new() } else { chunks.concat() });
        let has_trailers = !old && !bodiless;
        prop_assert_eq!(end, if has_trailers { trailers } else { Fields::new() });
        prop_assert_eq!(client.is_reusable(), !server.must_close());
    }

    #[test]
    fn nobody_can_split_a_message(
        method in hostile(),
        path in hostile(),
        pairs in vec((hostile(), hostile()), 0..4),
        trailers in vec((hostile(), hostile()), 0..3),
    ) {
        let method = Method::parse(&method).unwrap_or(Method::Get);
        let host = built(&[("Host".into(), b"a".to_vec())]);
        let append = |mut fields: Fields, pairs: &[(String, String)]| {
            for (name, value) in pairs {
                // Refused, or harmless.
                let _ = fields.append(name, value);
                let _ = fields.set(name, value);
            }
            fields
        };
        let fields = append(host, &pairs);
        let mut out = BytesMut::new();
        let mut client = client::Connection::new(Limits::default());
        let target = Target::new(&method, &path);
        let target = target.or_else(|_| Target::new(&method, "/"));
        prop_assume!(target.is_ok());
        let target = target.expect("a target");
        prop_assume!(client.request(&method, &target, &fields, Content::Streamed, &mut out).is_ok());
        let head = count_lines(&out);
        let written = 1 + fields.len() + 1; // Start line, fields, Transfer-Encoding.
        prop_assert_eq!(head, Some(written + 1), "{}", out.escape_ascii());

        out.clear();
        let trailers = append(Fields::new(), &trailers);
        prop_assume!(client.finish(Some(&trailers), &mut out).is_ok());
        prop_assert_eq!(count_lines(&out), Some(trailers.len() + 2), "{}", out.escape_ascii());

        out.clear();
        let (mut server, _) = server_reads(&[b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"]);
        prop_assume!(server.respond(Status::OK, &fields, Content::None, &mut out).is_ok());
        let text = String::from_utf8_lossy(&out);
        let own = ["Content-Length", "Connection"].iter().filter(|name| {
            !fields.contains(name) && text.contains(&format!("\r\n{name}: "))
        });
        prop_assert_eq!(count_lines(&out), Some(2 + fields.len() + own.count()), "{}", text);
    }
}

/// Text that somebody would like to see on a line of its own.
fn hostile() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => TOKEN,
        1 => select(vec!["\r\n", "\n", "\r", "\0", " ", ":", "\u{85}", "\u{10a}\u{10d}", "Set-Cookie: a=b"])
            .prop_map(String::from),
    ];
    vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

/// How many lines end with CRLF; `None` if a CR or LF stands anywhere else.
fn count_lines(bytes: &[u8]) -> Option<usize> {
    let text: String = bytes.iter().map(|&byte| char::from(byte)).collect();
    let lines = text.matches("\r\n").count();
    let rest = text.replace("\r\n", "");
    (!rest.contains(['\r', '\n'])).then_some(lines)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, ..ProptestConfig::default() })]

    #[test]
    fn memory_stays_bounded(pattern in soup(), read in 1..=READ_SIZE) {
        prop_assume!(!pattern.is_empty());
        let limits = Limits { head: 2048, trailers: 2048, ..Limits::default() };
        for start in ["", "GET / HTTP/1.1\r\nHost: a\r\nX: ", "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"] {
            let mut connection = server::Connection::new(limits.clone());
            let mut source = start.bytes().chain(pattern.iter().copied().cycle());
            let (mut taken, mut out) = (0, BytesMut::new());
            while taken < 100_000 {
                match connection.poll() {
                    Ok(Received::Wait) => {
                        let buffer = connection.buffer();
                        prop_assert!(buffer.len() <= limits.head, "{} bytes wait", buffer.len());
                        let room = buffer.capacity() - buffer.len();
                        prop_assert!(room >= READ_SIZE);
                        buffer.extend(source.by_ref().take(read));
                        taken += read;
                        let most = 2 * (limits.head + READ_SIZE);
                        prop_assert!(buffer.capacity() <= most, "{} bytes", buffer.capacity());
                    }
                    Ok(Received::Paused) => {
                        let _ = connection.respond(Status::NO_CONTENT, &Fields::new(), Content::None, &mut out);
                        out.clear();
                        if connection.is_upgraded() {
                            break;
                        }
                    }
                    Ok(Received::Closed) | Err(_) => break,
                    Ok(_) => {}
                }
            }
        }
    }
}
