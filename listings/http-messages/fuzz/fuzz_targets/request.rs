//! A server reads any bytes.
#![no_main]

use bytes::BytesMut;
use http_messages::{Content, Fields, Limits, Received, RequestHead, Version, client, server};
use http_messages_fuzz::corpus_support::{Role, drive::serve};
use http_messages_fuzz::{Setting, write_seeds};
use libfuzzer_sys::fuzz_target;

fuzz_target!(
    init: write_seeds("request", |case| {
        matches!(case.role, Role::Request).then(|| Setting::seed(case, 0, false))
    }),
    |input: &[u8]| {
        let Some((setting, bytes)) = Setting::take(input) else { return };
        let limits = setting.limits();
        let whole = serve(&limits, &[bytes], setting.eof);
        for cut in setting.cuts(bytes) {
            assert_eq!(serve(&limits, &cut, setting.eof), whole);
        }
        if let Some(head) = read(bytes)
            && head.version == Version::Http11
        {
            assert_eq!(read(&write(&head)), Some(head));
        }
    }
);

/// The first head, without the fields that the codec writes itself.
fn read(bytes: &[u8]) -> Option<RequestHead> {
    let mut connection = server::Connection::new(Limits { head: 1 << 20, ..Limits::default() });
    connection.receive(bytes);
    let Ok(Received::Head(mut head)) = connection.poll() else { return None };
    head.fields.remove("Content-Length");
    head.fields.remove("Transfer-Encoding");
    Some(head)
}

fn write(head: &RequestHead) -> BytesMut {
    let mut out = BytesMut::new();
    let mut fields = Fields::new();
    for (name, value) in head.fields.iter() {
        fields.append(name, value).expect("a field that was accepted can be sent");
    }
    client::Connection::new(Limits::default())
        .request(&head.method, &head.target, &fields, Content::None, &mut out)
        .expect("a head that was accepted can be sent");
    out
}
