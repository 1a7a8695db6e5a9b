//! Who asks: what a user agent knows about a request besides its URI.

use crate::uri::Uri;

/// Whether a request or a script touches the jar (the retrieval's "type", RFC 10025 §5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Api {
    Http,
    /// A "non-HTTP" API: `document.cookie` and its like.
    Script,
}

/// The circumstances under which cookies are set or sent.
///
/// Which site *received* a cookie is in the jar. Which site *caused* a request is here: without it
/// no `SameSite` can be enforced, and a program such as curl, in which no page causes anything, has
/// nothing to enforce.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    pub uri: &'a Uri,
    pub api: Api,
    /// Whether the request is "same-site" (RFC 10025 §5.2).
    pub same_site: bool,
    /// Whether it loads a whole window, so that the user sees in the address bar where it went.
    pub top_level: bool,
    /// Whether its method is safe: `GET`, `HEAD`, `OPTIONS`, `TRACE` (RFC 9110 §9.2.1).
    pub safe: bool,
}

impl<'a> Context<'a> {
    /// Nobody's page causes it: an address that somebody typed, or a program of one's own.
    #[must_use]
    pub fn direct(uri: &'a Uri) -> Self {
        Self { uri, api: Api::Http, same_site: true, top_level: true, safe: true }
    }

    /// A page's link or form loads a window.
    #[must_use]
    pub fn navigation(uri: &'a Uri, from: &Uri) -> Self {
        Self { same_site: uri.same_site(from), ..Self::direct(uri) }
    }

    /// A page loads an image, a frame or a script, or calls `fetch`.
    ///
    /// `documents` are the documents around it, the window's own first and then frame within frame.
    #[must_use]
    pub fn subresource(uri: &'a Uri, documents: &[&Uri]) -> Self {
        let same_site = site_for_cookies(documents).is_some_and(|site| uri.same_site(site));
        Self { same_site, top_level: false, ..Self::direct(uri) }
    }

    /// A script in the last of `documents` reads or writes `document.cookie`.
    #[must_use]
    pub fn script(uri: &'a Uri, documents: &[&Uri]) -> Self {
        Self { api: Api::Script, ..Self::subresource(uri, documents) }
    }

    /// The same with a method that is not safe, such as `POST`.
    #[must_use]
    pub fn with_unsafe_method(self) -> Self {
        Self { safe: false, ..self }
    }
}

/// The one site that all these documents belong to, if there is one (RFC 10025 §5.2.1).
///
/// The user sees the address of the window and of no frame in it. So a frame counts as part of the
/// window's site only if everything around it does.
#[must_use]
pub fn site_for_cookies<'a>(documents: &[&'a Uri]) -> Option<&'a Uri> {
    let (top, frames) = documents.split_first()?;
    frames.iter().all(|frame| frame.same_site(top)).then_some(*top)
}
