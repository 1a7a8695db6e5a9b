//! OPTIONS, TRACE, what is not allowed, and the two resources of the demonstration.

use std::io::Read;

use http_messages::blocking::Response;
use http_messages::{Form, Method, RequestHead, Status};

use super::path::Location;
use super::write::methods;
use super::{Answer, Problem, Site, empty, put};
use crate::trace;

/// The most that `/echo` repeats, in bytes.
const ECHO_LIMIT: u64 = 4 << 10;

impl Site {
    /// What can be done with a resource, or with the server as a whole for `*` ([RFC 9110] §9.3.7).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.7
    pub(super) fn options(&self, head: &RequestHead) -> Answer {
        let is_file_name = match head.target.form() {
            Form::Asterisk => true,
            _ => {
                !Location::parse(head.target.path()).ok_or_else(Problem::not_found)?.name.is_empty()
            }
        };
        let mut response = empty(Status::NO_CONTENT);
        put(&mut response.fields, "Allow", self.allow(is_file_name));
        Ok(response)
    }

    /// Sends the request back. This server forwards nothing, so it is the last recipient of all that
    /// reaches it.
    pub(super) fn trace(&self, head: &RequestHead) -> Answer {
        if !self.config.trace {
            return self.not_allowed(head);
        }
        let mut response = Response::new(Status::OK, trace::message(head));
        put(&mut response.fields, "Content-Type", trace::MEDIA_TYPE);
        Ok(response)
    }

    /// 405 for what exists, 404 for what does not.
    pub(super) fn not_allowed(&self, head: &RequestHead) -> Answer {
        let location = Location::parse(head.target.path()).ok_or_else(Problem::not_found)?;
        match self.find(&location) {
            Some(_) => Err(self.method_not_allowed(&location)),
            None => Err(Problem::not_found()),
        }
    }

    pub(super) fn method_not_allowed(&self, location: &Location) -> Problem {
        let allow = self.allow(!location.name.is_empty());
        let text = format!("this resource allows {allow}");
        Problem::new(Status::METHOD_NOT_ALLOWED, text).with("Allow", allow)
    }

    fn allow(&self, is_file_name: bool) -> String {
        let methods = methods(self, is_file_name);
        methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
    }

    /// `/moved/CODE/PATH` and `/echo`, if they are configured.
    pub(super) fn special(&self, head: &RequestHead, content: &mut dyn Read) -> Option<Answer> {
        if !self.config.demo {
            return None;
        }
        let path = head.target.path();
        if path == "/echo" {
            return Some(echo(head, content));
        }
        let (code, rest) = path.strip_prefix("/moved/")?.split_once('/')?;
        let code = code.parse().ok().filter(|code| matches!(code, 301 | 302 | 303 | 307 | 308))?;
        // `//host` would be another place, and this is no way to send people anywhere. Browsers take
        // `\` for `/`.
        let place = format!("/{}", rest.trim_start_matches(['/', '\\']));
        let problem = Problem::new(Status::new(code)?, format!("it is at {place}"));
        Some(Err(problem.with("Location", place)))
    }
}

/// Says which method it got and which content.
fn echo(head: &RequestHead, content: &mut dyn Read) -> Answer {
    let mut bytes = Vec::new();
    let complete = content.take(ECHO_LIMIT).read_to_end(&mut bytes);
    complete.map_err(|error| Problem::new(Status::BAD_REQUEST, error.to_string()))?;
    let kind = head.fields.get_str("Content-Type").unwrap_or("no type");
    let text = match bytes.len() {
        0 => "no content".to_string(),
        count => format!("{count} bytes of {kind}: {}", String::from_utf8_lossy(&bytes)),
    };
    let mut response = Response::new(Status::OK, format!("{} with {text}\n", head.method.as_str()));
    put(&mut response.fields, "Content-Type", "text/plain; charset=utf-8");
    Ok(response)
}
