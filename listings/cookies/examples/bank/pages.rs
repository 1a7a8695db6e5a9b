//! What the bank answers: pages, plain text, and problems.

use std::fmt::Display;

use http_messages::Status;
use http_messages::blocking::Response;

/// Why a request is not done.
pub(crate) struct Problem {
    status: Status,
    reason: String,
    /// For 405 (RFC 9110 §15.5.6).
    allow: Option<&'static str>,
}

impl Problem {
    pub(crate) fn new(status: Status, reason: impl Display) -> Self {
        Self { status, reason: reason.to_string(), allow: None }
    }

    pub(crate) fn bad_request(reason: impl Display) -> Self {
        Self::new(Status::BAD_REQUEST, reason)
    }

    pub(crate) fn unavailable(reason: impl Display) -> Self {
        Self::new(Status::SERVICE_UNAVAILABLE, reason)
    }

    pub(crate) fn method(allow: &'static str) -> Self {
        let reason = format!("use {allow}");
        Self { status: Status::METHOD_NOT_ALLOWED, reason, allow: Some(allow) }
    }

    pub(crate) fn page(self) -> Response {
        let page = text(self.status, &format!("{}\n", self.reason));
        match self.allow {
            Some(allow) => with_field(page, "Allow", allow),
            None => page,
        }
    }
}

pub(crate) fn login(token: &str) -> Response {
    html(&format!(
        r#"<p>Who are you?</p>
<form method="post" action="/login">
<input type="hidden" name="token" value="{token}">
<label>Name <input name="user"></label>
<label>Password <input name="password" type="password"></label>
<button>Log in</button>
</form>
"#
    ))
}

pub(crate) fn account(user: &str, balance: u64, token: &str) -> Response {
    html(&format!(
        r#"<p>{user} has {balance}</p>
<form method="post" action="/transfer">
<input type="hidden" name="token" value="{token}">
<label>To <input name="to"></label>
<label>Amount <input name="amount"></label>
<button>Send</button>
</form>
<form method="post" action="/logout">
<input type="hidden" name="token" value="{token}">
<button>Log out</button>
</form>
"#,
        user = escape(user)
    ))
}

/// Only the naive session lets a visitor choose a user's name, and this is why it matters here too.
fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('"', "&quot;")
}

fn html(body: &str) -> Response {
    let page = format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>Bank</title>\n<h1>Bank</h1>\n{body}"
    );
    respond(Status::OK, page, "text/html; charset=utf-8")
}

pub(crate) fn text(status: Status, body: &str) -> Response {
    respond(status, body.to_owned(), "text/plain; charset=utf-8")
}

/// After a form: the browser gets the home page with GET, so a reload posts nothing again
/// (RFC 9110 §15.4.4). Whoever uses curl sees the text.
pub(crate) fn see_home(body: &str) -> Response {
    with_field(text(Status::SEE_OTHER, body), "Location", "/")
}

fn respond(status: Status, body: String, kind: &str) -> Response {
    let page = Response::new(status, body);
    let page = with_field(page, "Content-Type", kind);
    // Nobody else is to find this page in a cache.
    let page = with_field(page, "Cache-Control", "no-store");
    // Nothing loaded, no forms to elsewhere, and no page of another site around it.
    let policy = "default-src 'none'; form-action 'self'; frame-ancestors 'none'";
    let page = with_field(page, "Content-Security-Policy", policy);
    // "no-referrer" would turn the Origin of our own forms into "null".
    with_field(page, "Referrer-Policy", "same-origin")
}

pub(crate) fn with_field(mut response: Response, name: &str, value: &str) -> Response {
    response.fields.append(name, value).expect("names and values of ours are valid");
    response
}
