//! Media types by the extension of a file's name.

/// Extension, media type, and whether it shrinks when it is compressed. The order is the server's
/// preference where one resource has several.
const TYPES: &[(&str, &str, bool)] = &[
    ("html", "text/html; charset=utf-8", true),
    ("json", "application/json", true),
    ("txt", "text/plain; charset=utf-8", true),
    ("md", "text/markdown; charset=utf-8", true),
    ("css", "text/css; charset=utf-8", true),
    ("csv", "text/csv; charset=utf-8", true),
    ("js", "text/javascript; charset=utf-8", true),
    ("svg", "image/svg+xml", true),
    ("xml", "application/xml", true),
    ("wasm", "application/wasm", true),
    ("pdf", "application/pdf", false),
    ("png", "image/png", false),
    ("jpg", "image/jpeg", false),
    ("gif", "image/gif", false),
    ("webp", "image/webp", false),
    ("ico", "image/x-icon", false),
    ("mp4", "video/mp4", false),
    ("gz", "application/gzip", false),
    ("zip", "application/zip", false),
];

/// What nothing is known about ([RFC 9110] §8.3).
///
/// [RFC 9110]: https://www.rfc-editor.org/rfc/rfc9110#section-8.3
const UNKNOWN: &str = "application/octet-stream";

/// The extensions that a path without one may stand for, in order of preference.
pub(super) fn extensions() -> impl Iterator<Item = &'static str> {
    TYPES.iter().map(|(extension, ..)| *extension)
}

/// The media type of a file of this name.
pub(super) fn of(name: &str) -> &'static str {
    find(name).map_or(UNKNOWN, |(_, media_type, _)| media_type)
}

/// Whether it pays to compress a file of this name.
pub(super) fn is_compressible(name: &str) -> bool {
    find(name).is_some_and(|(.., compressible)| *compressible)
}

/// Whether two media types are the same but for their parameters.
pub(super) fn same_essence(one: &str, other: &str) -> bool {
    let essence = |media_type: &str| {
        media_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
    };
    essence(one) == essence(other)
}

fn find(name: &str) -> Option<&'static (&'static str, &'static str, bool)> {
    let (_, extension) = name.rsplit_once('.')?;
    TYPES.iter().find(|(known, ..)| known.eq_ignore_ascii_case(extension))
}
