//! Status codes (RFC 9110 §15).

use std::fmt;

/// A status code: three digits.
///
/// Only 100 to 599 have a meaning, but a client has to cope with whatever arrives, so any three
/// digits can be held; see [`Status::generic`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Status(u16);

/// The first digit of a status code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Class {
    /// 1xx: interim, a final response follows (RFC 9110 §15.2).
    Informational,
    Successful,
    Redirection,
    ClientError,
    /// 5xx, and what is no valid code at all (RFC 9110 §15).
    ServerError,
}

macro_rules! statuses {
    ($($code:literal $name:ident $reason:literal;)*) => {
        impl Status {
            $(pub const $name: Self = Self($code);)*

            /// The reason phrase that the registry gives; empty for a code that is not in it. It
            /// means nothing to a recipient (RFC 9112 §4).
            pub const fn reason(self) -> &'static str {
                match self.0 {
                    $($code => $reason,)*
                    _ => "",
                }
            }

            /// The start of a response with this status and its own reason phrase, up to CRLF.
            pub(crate) const fn line(self) -> Option<&'static str> {
                match self.0 {
                    $($code => Some(concat!("HTTP/1.1 ", $code, " ", $reason, "\r\n")),)*
                    _ => None,
                }
            }
        }
    };
}

statuses! {
    100 CONTINUE "Continue";
    101 SWITCHING_PROTOCOLS "Switching Protocols";
    102 PROCESSING "Processing";
    103 EARLY_HINTS "Early Hints";
    200 OK "OK";
    201 CREATED "Created";
    202 ACCEPTED "Accepted";
    203 NON_AUTHORITATIVE_INFORMATION "Non-Authoritative Information";
    204 NO_CONTENT "No Content";
    205 RESET_CONTENT "Reset Content";
    206 PARTIAL_CONTENT "Partial Content";
    207 MULTI_STATUS "Multi-Status";
    208 ALREADY_REPORTED "Already Reported";
    226 IM_USED "IM Used";
    300 MULTIPLE_CHOICES "Multiple Choices";
    301 MOVED_PERMANENTLY "Moved Permanently";
    302 FOUND "Found";
    303 SEE_OTHER "See Other";
    304 NOT_MODIFIED "Not Modified";
    305 USE_PROXY "Use Proxy";
    307 TEMPORARY_REDIRECT "Temporary Redirect";
    308 PERMANENT_REDIRECT "Permanent Redirect";
    400 BAD_REQUEST "Bad Request";
    401 UNAUTHORIZED "Unauthorized";
    402 PAYMENT_REQUIRED "Payment Required";
    403 FORBIDDEN "Forbidden";
    404 NOT_FOUND "Not Found";
    405 METHOD_NOT_ALLOWED "Method Not Allowed";
    406 NOT_ACCEPTABLE "Not Acceptable";
    407 PROXY_AUTHENTICATION_REQUIRED "Proxy Authentication Required";
    408 REQUEST_TIMEOUT "Request Timeout";
    409 CONFLICT "Conflict";
    410 GONE "Gone";
    411 LENGTH_REQUIRED "Length Required";
    412 PRECONDITION_FAILED "Precondition Failed";
    413 CONTENT_TOO_LARGE "Content Too Large";
    414 URI_TOO_LONG "URI Too Long";
    415 UNSUPPORTED_MEDIA_TYPE "Unsupported Media Type";
    416 RANGE_NOT_SATISFIABLE "Range Not Satisfiable";
    417 EXPECTATION_FAILED "Expectation Failed";
    421 MISDIRECTED_REQUEST "Misdirected Request";
    422 UNPROCESSABLE_CONTENT "Unprocessable Content";
    423 LOCKED "Locked";
    424 FAILED_DEPENDENCY "Failed Dependency";
    425 TOO_EARLY "Too Early";
    426 UPGRADE_REQUIRED "Upgrade Required";
    428 PRECONDITION_REQUIRED "Precondition Required";
    429 TOO_MANY_REQUESTS "Too Many Requests";
    431 REQUEST_HEADER_FIELDS_TOO_LARGE "Request Header Fields Too Large";
    451 UNAVAILABLE_FOR_LEGAL_REASONS "Unavailable For Legal Reasons";
    500 INTERNAL_SERVER_ERROR "Internal Server Error";
    501 NOT_IMPLEMENTED "Not Implemented";
    502 BAD_GATEWAY "Bad Gateway";
    503 SERVICE_UNAVAILABLE "Service Unavailable";
    504 GATEWAY_TIMEOUT "Gateway Timeout";
    505 HTTP_VERSION_NOT_SUPPORTED "HTTP Version Not Supported";
    506 VARIANT_ALSO_NEGOTIATES "Variant Also Negotiates";
    507 INSUFFICIENT_STORAGE "Insufficient Storage";
    508 LOOP_DETECTED "Loop Detected";
    511 NETWORK_AUTHENTICATION_REQUIRED "Network Authentication Required";
}

impl Status {
    /// `None` if it has more than three digits.
    pub const fn new(code: u16) -> Option<Self> {
        if code <= 999 { Some(Self(code)) } else { None }
    }

    pub const fn code(self) -> u16 {
        self.0
    }

    pub const fn class(self) -> Class {
        match self.0 / 100 {
            1 => Class::Informational,
            2 => Class::Successful,
            3 => Class::Redirection,
            4 => Class::ClientError,
            _ => Class::ServerError,
        }
    }

    /// Whether it is 1xx, so that another response to the same request follows.
    pub const fn is_interim(self) -> bool {
        matches!(self.class(), Class::Informational)
    }

    /// Whether it lies in 100 to 599, as every status that is sent must.
    pub const fn is_valid(self) -> bool {
        matches!(self.0, 100..=599)
    }

    /// What to act on: itself if it is known, else the x00 of its class, and 500 for what is no
    /// valid code (RFC 9110 §15).
    #[must_use]
    pub const fn generic(self) -> Self {
        match self.0 {
            _ if self.line().is_some() => self,
            100..=599 => Self(self.0 / 100 * 100),
            _ => Self::INTERNAL_SERVER_ERROR,
        }
    }
}

/// Three digits, as in a status line.
impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:03}", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_code_acts_as_the_first_of_its_class() {
        for (code, generic) in [
            (200, 200),
            (299, 200),
            (199, 100),
            (306, 300),
            (418, 400),
            (471, 400),
            (599, 500),
            (600, 500),
            (99, 500),
            (0, 500),
            (999, 500),
        ] {
            assert_eq!(Status::new(code).unwrap().generic().code(), generic, "{code}");
        }
        assert_eq!(Status::new(1000), None);
    }

    #[test]
    fn the_class_is_the_first_digit() {
        assert_eq!(Status::EARLY_HINTS.class(), Class::Informational);
        assert_eq!(Status::new(250).unwrap().class(), Class::Successful);
        assert_eq!(Status::new(99).unwrap().class(), Class::ServerError);
        assert_eq!(Status::new(700).unwrap().class(), Class::ServerError);
        assert_eq!(Status::new(7).unwrap().to_string(), "007");
        assert_eq!(Status::NOT_FOUND.line(), Some("HTTP/1.1 404 Not Found\r\n"));
    }
}
