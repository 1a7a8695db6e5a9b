//! GET and HEAD.

use std::io::Read;
use std::time::SystemTime;

use brotli::CompressorReader;
use flate2::Compression;
use flate2::read::GzEncoder;
use http_messages::blocking::{Body, Response};
use http_messages::{Method, RequestHead, Status};

use super::file::Representation;
use super::parts::Parts;
use super::path::{Location, encode};
use super::{Answer, Problem, Site, combined, empty, put};
use crate::condition::{self, Outcome};
use crate::range::{self, Multipart, Selection};

/// How hard to compress while a client waits, from 1 to 9 for gzip and 0 to 11 for br: well below
/// the defaults, which are for files that are compressed once.
const GZIP_LEVEL: u32 = 5;
const BR_LEVEL: u32 = 4;

/// Bytes that br looks back, as a power of two, and reads at once.
const BR_WINDOW: u32 = 20;
const BUFFER: usize = 16 << 10;

impl Site {
    pub(super) fn read(&self, head: &RequestHead, now: SystemTime) -> Answer {
        let location = Location::parse(head.target.path()).ok_or_else(Problem::not_found)?;
        let Some(resource) = self.find(&location) else { return self.missing(head, &location) };
        let selected = self.select(&resource, &head.fields)?;
        let representation = self.open_selected(selected, now)?;

        let current = &representation.validators;
        match condition::evaluate(&head.method, &head.fields, Some(current), now) {
            Outcome::Proceed => Ok(self.send(representation, head, now)),
            Outcome::NotModified => {
                let mut response = empty(Status::NOT_MODIFIED);
                let cache_control = self.config.cache_control.as_deref();
                response.fields = representation.fields(Status::NOT_MODIFIED, cache_control);
                Ok(response)
            }
            Outcome::PreconditionFailed => Err(Problem::new(
                Status::PRECONDITION_FAILED,
                "this is not the version that you asked for",
            )),
        }
    }

    /// The whole, or the parts that `Range` asks for.
    fn send(
        &self,
        representation: Representation,
        head: &RequestHead,
        now: SystemTime,
    ) -> Response {
        let length = representation.length;
        let honored = head.method == Method::Get
            && representation.selected.encode_with().is_none()
            && condition::range_applies(&head.fields, &representation.validators, now);
        let value = combined(&head.fields, "Range").filter(|_| honored);
        match value.map_or(Selection::Whole, |value| range::select(&value, length)) {
            Selection::Whole => self.send_whole(representation),
            Selection::Parts(ranges) => {
                let short = head.fields.contains("If-Range");
                self.send_parts(representation, &ranges, short)
            }
            Selection::Unsatisfiable => {
                let problem = Problem::new(
                    Status::RANGE_NOT_SATISFIABLE,
                    format!("there are only {length} bytes"),
                );
                problem.with("Content-Range", range::unsatisfied_range(length)).into_response()
            }
        }
    }

    fn send_whole(&self, representation: Representation) -> Response {
        let mut response = empty(Status::OK);
        response.fields = representation.fields(Status::OK, self.config.cache_control.as_deref());
        let Representation { file, length, selected, .. } = representation;
        let encoded: Option<Box<dyn Read + Send>> = match selected.encode_with() {
            Some("gzip") => Some(Box::new(GzEncoder::new(file, Compression::new(GZIP_LEVEL)))),
            Some(_) => Some(Box::new(CompressorReader::new(file, BUFFER, BR_LEVEL, BR_WINDOW))),
            None => {
                let reader = Box::new(file.take(length));
                response.body = Body::Reader { length: Some(length), reader };
                None
            }
        };
        if let Some(reader) = encoded {
            // How long it becomes shows only at its end.
            response.body = Body::Reader { length: None, reader };
        }
        response
    }

    /// `short`: the client has the rest and knows what it is, as its `If-Range` shows (§15.3.7).
    fn send_parts(
        &self,
        representation: Representation,
        ranges: &[range::ByteRange],
        short: bool,
    ) -> Response {
        let status = Status::PARTIAL_CONTENT;
        let mut response = empty(status);
        response.fields = representation.fields(status, self.config.cache_control.as_deref());
        if short {
            for name in ["Content-Type", "Content-Language", "Content-Encoding", "Last-Modified"] {
                response.fields.remove(name);
            }
        }
        let Representation { file, length, validators, selected } = representation;
        let parts = if let [range] = ranges {
            put(&mut response.fields, "Content-Range", range.content_range(length));
            Parts::new(file, vec![range::Piece::Range(*range)])
        } else {
            // The hash of the content as the boundary: no content holds its own hash.
            let hash =
                validators.etag.map(|tag| String::from_utf8_lossy(tag.opaque()).into_owned());
            let boundary = hash.unwrap_or_default();
            let multipart = Multipart::new(&boundary, selected.media_type, ranges, length);
            response.fields.remove("Content-Type");
            put(&mut response.fields, "Content-Type", multipart.content_type());
            Parts::new(file, multipart.into_pieces())
        };
        let length = Some(parts.len());
        response.body = Body::Reader { length, reader: Box::new(parts) };
        response
    }

    /// 404, or the way to a folder whose slash is missing.
    fn missing(&self, head: &RequestHead, location: &Location) -> Answer {
        let Location { folders, name } = location;
        if name.is_empty() {
            return Err(Problem::not_found());
        }
        let folder = [&folders[..], std::slice::from_ref(name)].concat();
        let index = Location { folders: folder.clone(), name: String::new() };
        if self.find(&index).is_none() {
            return Err(Problem::not_found());
        }
        let path: String = folder.iter().map(|name| format!("/{}", encode(name))).collect();
        let query = head.target.query().map(|query| format!("?{query}")).unwrap_or_default();
        let problem = Problem::new(Status::PERMANENT_REDIRECT, format!("it is at {path}/"));
        Err(problem.with("Location", format!("{path}/{query}")))
    }
}
