//! A selected representation: an open file and what is said about it.

use std::fs::{self, File};
use std::path::PathBuf;
use std::time::SystemTime;

use http_messages::{Fields, Status};

use super::{Problem, Site, media, put, tags};
use crate::condition::Validators;
use crate::date;

/// Below this a compressed file is hardly smaller, in bytes: gzip alone adds 18.
const WORTH_ENCODING: u64 = 256;

/// What negotiation has chosen.
#[derive(Debug, Default)]
pub(super) struct Selected {
    pub(super) path: PathBuf,
    pub(super) media_type: &'static str,
    pub(super) language: Option<String>,
    /// Where this one can be had without negotiation.
    pub(super) content_location: Option<String>,
    pub(super) coding: Option<&'static str>,
    /// The file that holds it under `coding`; `None` if it has to be encoded, or needs not.
    pub(super) compressed: Option<PathBuf>,
    /// The request fields that had a say.
    pub(super) vary: Vec<&'static str>,
}

/// A representation that can be sent.
#[derive(Debug)]
pub(super) struct Representation {
    pub(super) file: File,
    /// Bytes in the file, which is what is sent unless it is encoded on the way.
    pub(super) length: u64,
    pub(super) validators: Validators,
    pub(super) selected: Selected,
}

impl Selected {
    pub(super) fn is_worth_encoding(&self, base: &str) -> bool {
        let length = fs::metadata(&self.path).map_or(0, |metadata| metadata.len());
        media::is_compressible(base) && length >= WORTH_ENCODING
    }

    /// The coding that has to be applied while sending.
    pub(super) fn encode_with(&self) -> Option<&'static str> {
        self.coding.filter(|_| self.compressed.is_none())
    }
}

impl Site {
    /// Opens a file and asks the open file for everything else: the name may mean another one by
    /// the next line.
    pub(super) fn open_selected(
        &self,
        selected: Selected,
        now: SystemTime,
    ) -> Result<Representation, Problem> {
        let path = selected.compressed.as_ref().unwrap_or(&selected.path);
        let mut file = File::open(path)?;
        let metadata = file.metadata()?;
        let hash = self.tags.hash_of(&mut file, now)?;
        let etag = match selected.encode_with() {
            Some(coding) => tags::weak(&hash, coding),
            None => tags::strong(&hash),
        };
        // A date in the future would make a cache believe that nothing can be newer (§8.8.2.1).
        let modified = metadata.modified().ok().map(|modified| modified.min(now));
        let validators = Validators { etag, modified };
        Ok(Representation { file, length: metadata.len(), validators, selected })
    }
}

impl Representation {
    /// The fields of a response with `status` ([RFC 9110] §15.4.5 and §15.3.7 say which of them a
    /// 304 and a 206 have).
    ///
    /// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-15.4.5
    pub(super) fn fields(&self, status: Status, cache_control: Option<&str>) -> Fields {
        let Selected { media_type, language, coding, .. } = &self.selected;
        let etag = self.validators.etag.as_ref().map(ToString::to_string);
        let modified = self.validators.modified.map(date::format);
        let ranges = if self.selected.encode_with().is_some() { "none" } else { "bytes" };
        let vary = (!self.selected.vary.is_empty()).then(|| self.selected.vary.join(", "));
        let full = status != Status::NOT_MODIFIED;
        let if_full = |value| if full { value } else { None };

        let mut fields = Fields::new();
        for (name, value) in [
            ("Content-Type", if_full(Some(*media_type))),
            ("Content-Language", if_full(language.as_deref())),
            ("Content-Encoding", if_full(*coding)),
            ("Last-Modified", if_full(modified.as_deref())),
            ("Accept-Ranges", if_full(Some(ranges))),
            ("Content-Location", self.selected.content_location.as_deref()),
            ("ETag", etag.as_deref()),
            ("Cache-Control", cache_control),
            ("Vary", vary.as_deref()),
        ] {
            if let Some(value) = value {
                put(&mut fields, name, value);
            }
        }
        fields
    }
}
