//! What both roles of a connection have in common.

use bytes::Bytes;

use crate::fields::Fields;

// ANCHOR: content
/// What the sender of a message will send as content. From this the codec writes `Content-Length`
/// or `Transfer-Encoding` itself, so that the framing cannot contradict the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// No content at all.
    None,
    /// So many bytes.
    Known(u64),
    /// As many as there will be: chunked for an HTTP/1.1 peer, until the connection closes for an
    /// HTTP/1.0 client.
    Streamed,
}
// ANCHOR_END: content

// ANCHOR: received
/// What a step of `poll` gave; `H` is [`RequestHead`](crate::RequestHead) for a server and
/// [`ResponseHead`](crate::ResponseHead) for a client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Received<H> {
    /// A head. An interim response (1xx, but for 101) is a head without an `End`; every other head
    /// is followed by any number of `Data` and one `End`.
    Head(H),
    /// Some content, never empty.
    Data(Bytes),
    /// The message has ended. With chunked content it may bring trailer fields, which must not be
    /// mixed into those of the head (RFC 9110 §6.5.1).
    End(Fields),
    /// More bytes are needed: read, then poll again.
    Wait,
    /// The next request has to wait until this one is answered: do not read before that, so that a
    /// client that sends without listening fills its own buffers and not ours.
    Paused,
    /// No more messages will come, because the peer or we have ended the exchange, or because the
    /// connection has become another protocol's.
    Closed,
}
// ANCHOR_END: received
