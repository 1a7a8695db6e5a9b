//! `widen HOST DOMAIN`: may a cookie of this host have this `Domain`? Three answers, of which the
//! last one is the jar's.

use std::time::SystemTime;

use anyhow::{Context as _, bail};
use cookies::{Context, Jar, Uri, uri::InvalidUri};

// ANCHOR: naive
/// What everybody writes first.
fn by_text(host: &str, domain: &str) -> bool {
    host.ends_with(domain)
}

/// What everybody writes second.
fn by_label(host: &str, domain: &str) -> bool {
    host == domain || host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))
}
// ANCHOR_END: naive

fn main() -> anyhow::Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [host, domain] = &arguments[..] else { bail!("usage: widen HOST DOMAIN") };
    let word = |allowed| if allowed { "yes" } else { "no" };
    println!("by its text    {}", word(by_text(host, domain)));
    println!("by its labels  {}", word(by_label(host, domain)));
    match by_the_jar(host, domain).context("HOST has to be a host")? {
        None => println!("by the jar     yes"),
        Some(refusal) => println!("by the jar     no: {refusal}"),
    }
    Ok(())
}

/// Why the jar does not keep such a cookie; `None` if it does.
fn by_the_jar(host: &str, domain: &str) -> Result<Option<String>, InvalidUri> {
    let uri = Uri::parse(&format!("https://{host}/"))?;
    let field = format!("a=1; Domain={domain}");
    let result = Jar::default().store(&Context::direct(&uri), field.as_bytes(), SystemTime::now());
    Ok(result.err().map(|refusal| refusal.to_string()))
}
