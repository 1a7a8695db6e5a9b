//! Solution: the fields that the response's `Vary` names are part of the key.

use std::collections::HashMap;

use http_messages::Fields;

// ANCHOR: solution
/// Responses by URI, and for each of them what its request said.
#[derive(Default)]
pub(crate) struct Cache {
    stored: HashMap<String, Vec<(Fields, Response)>>,
}

/// A response: its fields and its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    pub(crate) fields: Fields,
    pub(crate) content: &'static str,
}

impl Cache {
    /// Keeps the response to a request for `uri` with these fields.
    pub(crate) fn put(&mut self, uri: &str, request: &Fields, response: Response) {
        let variants = self.stored.entry(uri.to_string()).or_default();
        variants.retain(|(before, old)| !matches(&old.fields, before, request));
        variants.push((request.clone(), response));
    }

    /// The response for a request, if one is kept that this request would have got (RFC 9111 §4.1).
    pub(crate) fn get(&self, uri: &str, request: &Fields) -> Option<&Response> {
        let mut variants = self.stored.get(uri)?.iter().rev();
        let found = variants.find(|(before, stored)| matches(&stored.fields, before, request));
        found.map(|(_, response)| response)
    }
}

/// Whether the two requests say the same in all that the response depends on.
fn matches(response: &Fields, before: &Fields, request: &Fields) -> bool {
    response.list("Vary").all(|name| match str::from_utf8(name) {
        Ok("*") | Err(_) => false,
        Ok(name) => {
            before.contains(name) == request.contains(name)
                && before.list(name).eq(request.list(name))
        }
    })
}
// ANCHOR_END: solution
