//! `visits HOST:PORT`: counts your visits, in a cookie. The count is yours to change, as the page
//! on sessions shows. Ctrl-C ends it.

use std::net::TcpListener;

use anyhow::Context as _;
use http_messages::blocking::{Config, RequestBody, Response, Server, Stop};
use http_messages::{RequestHead, Status};

// ANCHOR: count
/// Says which visit this is, and asks the user agent to bring the number along next time.
fn count(head: &RequestHead, _: &mut RequestBody<'_>) -> Response {
    let cookies = head.fields.get_str("Cookie").unwrap_or_default();
    let before = cookies.split("; ").find_map(|pair| pair.strip_prefix("visits="));
    let before: u32 = before.and_then(|count| count.parse().ok()).unwrap_or_default();
    let count = before.saturating_add(1);
    let mut response = Response::text(Status::OK, format_args!("visit number {count}"));
    let cookie = format!("visits={count}; Path=/");
    response.fields.append("Set-Cookie", cookie).expect("a number has no line feed");
    response
}
// ANCHOR_END: count

fn main() -> anyhow::Result<()> {
    let address = std::env::args().nth(1).context("usage: visits HOST:PORT")?;
    let listener = TcpListener::bind(&address).with_context(|| address.clone())?;
    let stop = Stop::new();
    let switch = stop.clone();
    ctrlc::set_handler(move || switch.now())?;
    println!("listening on {}", listener.local_addr()?);
    Server::new(Config::default()).serve(&listener, &stop, count)?;
    Ok(())
}
