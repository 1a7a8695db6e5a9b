//! PUT and DELETE: changes that come complete or not at all, and only if the preconditions hold.

use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, Hasher as _, RandomState};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;
use std::time::SystemTime;

use http_messages::{Length, Method, RequestHead, Status, request_length};

use super::file::Selected;
use super::path::Location;
use super::select::is_file;
use super::tags::{Hasher, strong};
use super::{Answer, Problem, Site, empty, media, put};
use crate::condition::{self, Outcome, Validators};
use crate::date;

/// The fields that make a request conditional on the state of the resource.
const CONDITIONS: &[&str] = &["If-Match", "If-None-Match", "If-Unmodified-Since"];

const BUFFER: usize = 16 << 10;

/// Content that has arrived and has no name yet. Dropped, it is gone.
struct Upload {
    path: PathBuf,
    /// The hash of what has arrived.
    hash: String,
    /// Its name may soon mean somebody else's file, so this is not asked for later.
    modified: Option<SystemTime>,
}

impl Drop for Upload {
    fn drop(&mut self) {
        // It fails where the upload has got its name.
        let _ = fs::remove_file(&self.path);
    }
}

impl Site {
    // ANCHOR: put
    /// Creates or replaces a file ([RFC 9110] §9.3.4).
    ///
    /// The preconditions are looked at twice: before the content is read, so that a client that asks
    /// with `Expect` does not send a large file for nothing, and again, locked, just before it gets
    /// its name.
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.4
    pub(super) fn put(
        &self,
        head: &RequestHead,
        content: &mut dyn Read,
        now: SystemTime,
    ) -> Answer {
        let path = self.writable(head)?;
        acceptable(head, &path)?;
        self.check(head, &path, now)?;
        let upload = self.receive(head, content, &path)?;

        let lock = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        let existed = self.check(head, &path, now)?;
        fs::rename(&upload.path, &path)?;
        drop(lock);
        sync_folder(&path)?;

        let mut response = empty(if existed { Status::NO_CONTENT } else { Status::CREATED });
        // It was stored as it came, so its validators are those of the new representation.
        if let Some(tag) = strong(&upload.hash) {
            put(&mut response.fields, "ETag", tag.to_bytes());
        }
        if let Some(modified) = upload.modified {
            put(&mut response.fields, "Last-Modified", date::format(modified));
        }
        Ok(response)
    }
    // ANCHOR_END: put

    /// Removes a file ([RFC 9110] §9.3.5).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-9.3.5
    pub(super) fn delete(&self, head: &RequestHead, now: SystemTime) -> Answer {
        let path = self.writable(head)?;
        let _lock = self.writing.lock().unwrap_or_else(PoisonError::into_inner);
        if !is_file(&self.root, &path) {
            return Err(Problem::not_found());
        }
        self.check(head, &path, now)?;
        fs::remove_file(&path)?;
        Ok(empty(Status::NO_CONTENT))
    }

    /// The file that a change is about.
    fn writable(&self, head: &RequestHead) -> Result<PathBuf, Problem> {
        let location = Location::parse(head.target.path()).ok_or_else(Problem::not_found)?;
        if !self.config.writable || location.name.is_empty() {
            return Err(self.method_not_allowed(&location));
        }
        let Some(folder) = location.folder(&self.root) else {
            return Err(Problem::new(Status::CONFLICT, "the folder does not exist"));
        };
        let path = folder.join(&location.name);
        // A link, even to a file inside, would be replaced and not followed; refuse to guess.
        let taken = fs::symlink_metadata(&path).is_ok();
        if taken && !is_file(&self.root, &path) {
            return Err(Problem::new(Status::CONFLICT, "that is no file"));
        }
        if let Some(resource) = (!taken).then(|| self.find(&location)).flatten() {
            // PUT replaces the whole resource, not the one of its files that a GET selects.
            let names = self.alternatives(&resource).join(", ");
            let text = format!("this is negotiated; change one of them: {names}");
            return Err(Problem::new(Status::CONFLICT, text));
        }
        Ok(path)
    }

    /// Whether the preconditions hold for the file as it is now; returns whether there is one.
    fn check(&self, head: &RequestHead, path: &Path, now: SystemTime) -> Result<bool, Problem> {
        let selected = Selected { path: path.into(), ..Selected::default() };
        let current = match self.open_selected(selected, now) {
            Ok(representation) => Some(representation.validators),
            Err(problem) if problem.status == Status::NOT_FOUND => None,
            Err(problem) => return Err(problem),
        };
        let conditional = CONDITIONS.iter().any(|name| head.fields.contains(name));
        if self.config.require_conditions && !conditional {
            return Err(Problem::new(
                Status::PRECONDITION_REQUIRED,
                "say which version you are changing: If-Match with its ETag, \
                 or If-None-Match: * for a new one",
            ));
        }
        match condition::evaluate(&head.method, &head.fields, current.as_ref(), now) {
            Outcome::Proceed => Ok(current.is_some()),
            _ => Err(changed_meanwhile(current.as_ref())),
        }
    }

    /// Reads the content into a file without a name that anybody could ask for, in the same folder:
    /// only there a rename is one step.
    fn receive(
        &self,
        head: &RequestHead,
        content: &mut dyn Read,
        path: &Path,
    ) -> Result<Upload, Problem> {
        let limit = self.config.max_upload;
        let too_large =
            || Problem::new(Status::CONTENT_TOO_LARGE, format!("at most {limit} bytes are taken"));
        if matches!(request_length(head), Ok(Length::Known(length)) if length > limit) {
            return Err(too_large());
        }
        // Names that begin with a dot are never served, and a random one is never taken.
        let name = format!(".upload-{:016x}", RandomState::new().build_hasher().finish());
        let old = fs::metadata(path);
        let path = path.with_file_name(name);
        let mut upload = Upload { path, hash: String::new(), modified: None };
        let mut file = OpenOptions::new().write(true).create_new(true).open(&upload.path)?;
        if let Ok(old) = old {
            // Who may not read the old version may not read the new one either.
            file.set_permissions(old.permissions())?;
        }

        let mut hasher = Hasher::default();
        let mut buffer = vec![0; BUFFER];
        let mut received = 0;
        loop {
            let count = content.read(&mut buffer).map_err(|error| cut_off(&error))?;
            if count == 0 {
                break;
            }
            received += count as u64;
            if received > limit {
                return Err(too_large());
            }
            hasher.write_all(&buffer[..count])?;
            file.write_all(&buffer[..count])?;
        }
        file.sync_all()?;
        upload.hash = hasher.finish();
        upload.modified = file.metadata()?.modified().ok();
        Ok(upload)
    }
}

/// Who is told that it has been stored must find it after a power failure too: the content is on
/// the disk before it gets its name, and now the name is as well.
fn sync_folder(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

/// Refuses content that could not be given back as what it is.
fn acceptable(head: &RequestHead, path: &Path) -> Result<(), Problem> {
    let fields = &head.fields;
    if fields.contains("Content-Range") {
        // A server that does not know it would store the part as the whole (RFC 9110 §14.5).
        return Err(Problem::new(Status::BAD_REQUEST, "only whole files are taken"));
    }
    if fields.list("Content-Encoding").any(|coding| !coding.eq_ignore_ascii_case(b"identity")) {
        let problem =
            Problem::new(Status::UNSUPPORTED_MEDIA_TYPE, "send it without a content coding");
        return Err(problem.with("Accept-Encoding", "identity"));
    }
    let own = media::of(&path.to_string_lossy());
    match fields.get_str("Content-Type") {
        Some(sent) if !media::same_essence(sent, own) => {
            let text = format!("a file of this name is {own}");
            Err(Problem::new(Status::UNSUPPORTED_MEDIA_TYPE, text).with("Accept", own))
        }
        _ => Ok(()),
    }
}

/// 412 with the tag of what is there, so that the client can tell whether it has seen it.
fn changed_meanwhile(current: Option<&Validators>) -> Problem {
    let text = match current {
        Some(_) => "it has changed, or is there already; get it again before you change it",
        None => "it does not exist",
    };
    let problem = Problem::new(Status::PRECONDITION_FAILED, text);
    match current.and_then(|current| current.etag.as_ref()) {
        Some(tag) => problem.with("ETag", tag.to_bytes()),
        None => problem,
    }
}

/// The content did not come to its end. What is said here hardly reaches anybody.
fn cut_off(error: &io::Error) -> Problem {
    Problem::new(Status::BAD_REQUEST, format!("the content did not arrive: {error}"))
}

/// The methods that a resource of this kind allows.
pub(super) fn methods(site: &Site, is_file_name: bool) -> Vec<Method> {
    let mut methods = vec![Method::Get, Method::Head, Method::Options];
    if site.config.writable && is_file_name {
        methods.extend([Method::Put, Method::Delete]);
    }
    if site.config.trace {
        methods.push(Method::Trace);
    }
    methods
}
