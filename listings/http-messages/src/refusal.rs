//! Why a message is refused.

use thiserror::Error;

use crate::chars::Shown;
use crate::status::Status;

/// Why a message is refused. The text is for the peer's author: it names the rule that was broken.
///
/// After a refusal nothing more is read from the connection. Whoever sent the message, or whatever
/// stands between, may disagree about where it ends, and what comes next may be somebody else's
/// request (RFC 9112 §11.2).
///
/// "Position" decides when several rules are broken: the first byte at which one of them is known
/// to be broken. So the verdict does not depend on how the bytes were cut by the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Refusal {
    // Lines.
    #[error("a line ends with LF alone, without CR (RFC 9112 §2.2)")]
    BareLf,
    #[error("a CR is not followed by LF (RFC 9112 §2.2)")]
    BareCr,
    #[error("more than {0} empty lines before a request (RFC 9112 §2.2)")]
    EmptyLines(usize),
    #[error("the head is larger than {0} bytes (RFC 6585 §5)")]
    HeadTooLarge(usize),
    #[error("more than {0} field lines (RFC 6585 §5)")]
    TooManyFields(usize),

    // The request line.
    #[error("the method holds {}, which no token may (RFC 9110 §5.6.2)", Shown(*.0))]
    MethodByte(u8),
    #[error("the method is longer than {0} bytes (RFC 9112 §3)")]
    MethodTooLong(usize),
    #[error("the request line is not METHOD SP TARGET SP VERSION (RFC 9112 §3)")]
    RequestLine,
    #[error("the request line has no version, as in HTTP/0.9 (RFC 9112 §3)")]
    NoVersion,
    #[error("the version is not HTTP/DIGIT.DIGIT (RFC 9112 §2.3)")]
    Version,
    #[error("only HTTP/1.0 and HTTP/1.1 are spoken here (RFC 9110 §15.6.6)")]
    UnsupportedVersion,

    // The request target.
    #[error("the target is longer than {0} bytes (RFC 9110 §15.5.15)")]
    TargetTooLong(usize),
    #[error("the target holds {}, which has to be percent-encoded (RFC 9112 §3.2)", Shown(*.0))]
    TargetByte(u8),
    #[error("the target holds a fragment, which is never sent (RFC 9110 §7.1)")]
    Fragment,
    #[error("the target is neither a path nor an absolute URI (RFC 9112 §3.2)")]
    TargetForm,
    #[error("the target of CONNECT is not HOST:PORT (RFC 9112 §3.2.3)")]
    ConnectTarget,
    #[error("the target * belongs to OPTIONS alone (RFC 9112 §3.2.4)")]
    Asterisk,
    #[error("the authority of the target is not HOST or HOST:PORT (RFC 9110 §4.2)")]
    TargetAuthority,

    // The status line.
    #[error("this is not an HTTP/1 response (RFC 9112 §4)")]
    NotHttp,
    #[error("the status line is not VERSION SP 3DIGIT [SP REASON] (RFC 9112 §4)")]
    StatusLine,
    #[error("the reason phrase holds {} (RFC 9112 §4)", Shown(*.0))]
    ReasonByte(u8),

    // Field lines.
    // ANCHOR: fields
    #[error("a field line has no colon (RFC 9112 §5)")]
    NoColon,
    #[error("a field line has no name (RFC 9112 §5)")]
    EmptyName,
    #[error("whitespace between a field name and its colon (RFC 9112 §5.1)")]
    SpaceBeforeColon,
    #[error("a field name holds {} (RFC 9110 §5.1)", Shown(*.0))]
    NameByte(u8),
    #[error("a field value holds {} (RFC 9110 §5.5)", Shown(*.0))]
    ValueByte(u8),
    #[error("a field line begins with whitespace: line folding is obsolete (RFC 9112 §5.2)")]
    Fold,
    #[error("whitespace between the start line and the first field (RFC 9112 §2.2)")]
    SpaceBeforeFields,
    // ANCHOR_END: fields
    #[error("the head is malformed: {0} (RFC 9112 §2.1)")]
    Malformed(httparse::Error),

    // What the fields say.
    #[error("an HTTP/1.1 request without Host (RFC 9112 §3.2)")]
    MissingHost,
    #[error("several Host fields (RFC 9112 §3.2)")]
    SeveralHosts,
    #[error("the value of Host is not HOST or HOST:PORT (RFC 9112 §3.2)")]
    InvalidHost,
    #[error("both Content-Length and Transfer-Encoding (RFC 9112 §6.1)")]
    LengthAndCoding,
    #[error("several values of Content-Length (RFC 9110 §8.6)")]
    SeveralLengths,
    #[error("the value of Content-Length is not a number (RFC 9110 §8.6)")]
    InvalidLength,
    #[error("the value of Content-Length is too large for any computer (RFC 9110 §8.6)")]
    LengthOverflow,
    #[error("Transfer-Encoding in an HTTP/1.0 message (RFC 9112 §6.1)")]
    CodingInHttp10,
    #[error("chunked is not the last transfer coding (RFC 9112 §6.3)")]
    ChunkedNotLast,
    #[error("chunked is applied twice (RFC 9112 §6.1)")]
    ChunkedTwice,
    #[error("the transfer coding chunked has no parameters (RFC 9112 §7.1)")]
    ChunkedParameter,
    #[error("the only transfer coding known here is chunked (RFC 9112 §6.1)")]
    UnknownCoding,
    #[error("the only expectation known here is 100-continue (RFC 9110 §10.1.1)")]
    Expectation,
    #[error("the content is larger than {0} bytes (RFC 9110 §15.5.14)")]
    ContentTooLarge(u64),

    // The body.
    #[error("a chunk has no size (RFC 9112 §7.1)")]
    NoChunkSize,
    #[error("a chunk size holds {} (RFC 9112 §7.1)", Shown(*.0))]
    ChunkSizeByte(u8),
    #[error("a chunk size has more than 16 digits (RFC 9112 §7.1)")]
    ChunkSizeOverflow,
    #[error("a chunk extension holds {} where it must not (RFC 9112 §7.1.1)", Shown(*.0))]
    ChunkExtensionByte(u8),
    #[error("a chunk-size line is longer than {0} bytes (RFC 9112 §7.1.1)")]
    ChunkLineTooLong(usize),
    #[error("more than {0} bytes of chunk extensions (RFC 9112 §7.1.1)")]
    ChunkExtensions(usize),
    #[error("the data of a chunk are not followed by CRLF (RFC 9112 §7.1)")]
    ChunkDataEnd,
    #[error("the trailer section is larger than {0} bytes (RFC 6585 §5)")]
    TrailersTooLarge(usize),
    #[error("a trailer field that belongs in the head (RFC 9110 §6.5.1)")]
    ForbiddenTrailer,

    // The connection.
    #[error("the connection ended in the middle of a head (RFC 9112 §8)")]
    IncompleteHead,
    #[error("the connection ended in the middle of the content (RFC 9112 §8)")]
    IncompleteContent,
    #[error("the connection ended before a response (RFC 9112 §8)")]
    NoResponse,
    #[error("more than {0} interim responses (RFC 9110 §15.2)")]
    TooManyInterim(usize),
    #[error("101 without a request for it (RFC 9110 §15.2.2)")]
    UnexpectedSwitch,
    #[error("bytes that answer no request (RFC 9112 §9.2)")]
    Unsolicited,
    #[error("the request did not arrive in time (RFC 9110 §15.5.9)")]
    Timeout,
}

impl Refusal {
    // ANCHOR: status
    /// The status with which a server answers. A client that refuses a response has no one to tell.
    pub const fn status(self) -> Status {
        match self {
            Self::TargetTooLong(_) => Status::URI_TOO_LONG,
            Self::HeadTooLarge(_) | Self::TooManyFields(_) | Self::TrailersTooLarge(_) => {
                Status::REQUEST_HEADER_FIELDS_TOO_LARGE
            }
            Self::MethodTooLong(_) | Self::UnknownCoding => Status::NOT_IMPLEMENTED,
            Self::UnsupportedVersion => Status::HTTP_VERSION_NOT_SUPPORTED,
            Self::Expectation => Status::EXPECTATION_FAILED,
            Self::ContentTooLarge(_) => Status::CONTENT_TOO_LARGE,
            Self::Timeout => Status::REQUEST_TIMEOUT,
            _ => Status::BAD_REQUEST,
        }
    }
    // ANCHOR_END: status

    /// Whether the peer was cut off rather than wrong: the connection ended too early.
    pub const fn is_incomplete(self) -> bool {
        matches!(self, Self::IncompleteHead | Self::IncompleteContent | Self::NoResponse)
    }
}

/// Why something is not sent. Nothing of it has been written when this is returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SendError {
    #[error("this cannot be sent now: the message before it has not ended")]
    OutOfOrder,
    #[error("the connection takes no more messages: open another one")]
    Closed,
    #[error("{0} is written by the codec: state the length as Content instead")]
    FramingField(&'static str),
    #[error("a request needs exactly one valid Host field (RFC 9112 §3.2)")]
    Host,
    #[error("this target does not go with this method (RFC 9112 §3.2)")]
    Target,
    #[error("a status lies between 100 and 599 (RFC 9110 §15)")]
    Status,
    #[error("this message has no content (RFC 9110 §6.4.1)")]
    NoContent,
    #[error("more content than was stated")]
    TooMuchContent,
    #[error("{0} bytes of the stated content are missing; close the connection")]
    MissingContent(u64),
    #[error("only chunked content has trailer fields (RFC 9112 §7.1.2)")]
    NoTrailers,
    #[error("{0} must not be a trailer field (RFC 9110 §6.5.1)")]
    ForbiddenTrailer(&'static str),
    #[error("101 answers a complete HTTP/1.1 request that has Upgrade (RFC 9110 §7.8)")]
    Upgrade,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_has_a_status_and_says_why() {
        let table = [
            (Refusal::BareLf, 400, "LF alone"),
            (Refusal::TargetTooLong(9), 414, "9 bytes"),
            (Refusal::TooManyFields(100), 431, "100"),
            (Refusal::UnknownCoding, 501, "chunked"),
            (Refusal::UnsupportedVersion, 505, "HTTP/1.1"),
            (Refusal::ContentTooLarge(7), 413, "7 bytes"),
            (Refusal::Expectation, 417, "100-continue"),
            (Refusal::NameByte(b'('), 400, "'('"),
            (Refusal::ValueByte(0), 400, "0x00"),
        ];
        for (refusal, status, words) in table {
            assert_eq!(refusal.status().code(), status);
            let text = refusal.to_string();
            assert!(
                text.contains(words) && text.contains("RFC 9") | text.contains("RFC 6"),
                "{text}"
            );
        }
    }
}
