//! A thread per connection.

use std::io;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use super::error::Error;
use super::server::{Config, RequestBody, Response, serve_watched};
use super::stop::Stop;
use crate::head::RequestHead;

/// How long to wait before accepting again after a failure.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Failures in a row, with no connection open, after which the listener counts as broken.
const ACCEPT_RETRIES: u32 = 20;

/// A server with a thread for each connection.
///
/// ```
/// use std::io::Read;
/// use std::net::{TcpListener, TcpStream};
/// use std::thread;
///
/// use http_messages::blocking::{Body, Client, Response, Server, Stop};
/// use http_messages::{Fields, Limits, Method, Status, Target};
///
/// let listener = TcpListener::bind("127.0.0.1:0")?;
/// let address = listener.local_addr()?;
/// let stop = Stop::new();
/// let switch = stop.clone();
/// let server = thread::spawn(move || {
///     Server::default().serve(&listener, &switch, |head, _| {
///         Response::text(Status::OK, format_args!("you asked for {}", head.target))
///     })
/// });
///
/// let mut client = Client::new(TcpStream::connect(address)?, Limits::default());
/// let mut fields = Fields::new();
/// fields.append("Host", address.to_string())?;
/// client.send(&Method::Get, &Target::new(&Method::Get, "/a?b")?, &fields, Body::Empty)?;
/// let mut text = String::new();
/// client.read_to_string(&mut text)?;
/// assert_eq!(text, "you asked for /a?b\n");
///
/// stop.drain();
/// server.join().unwrap()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default)]
pub struct Server {
    pub config: Config,
}

impl Server {
    pub fn new(config: Config) -> Self {
        Self { config }
    }

    /// Accepts connections and serves each on a thread of its own, until `stop`. What goes wrong on a
    /// connection ends that connection only.
    ///
    /// After [`Stop::drain`] it returns when the open connections have ended, at the latest after
    /// [`Timeouts::grace`](super::Timeouts::grace).
    pub fn serve(
        &self,
        listener: &TcpListener,
        stop: &Stop,
        handler: impl Fn(&RequestHead, &mut RequestBody<'_>) -> Response + Send + Sync + 'static,
    ) -> Result<(), Error> {
        let shared = Arc::new((self.config.clone(), handler));
        stop.wakes(listener);
        let mut failures = 0;
        while stop.wait_for_room(self.config.connections) {
            let started = listener.accept().and_then(|(stream, _)| {
                if stop.is_requested() {
                    return Ok(()); // Nobody but the wake-up call, or somebody who is too late.
                }
                start(stream, stop, &shared)
            });
            match started {
                Ok(()) => failures = 0,
                Err(error) if error.kind() == io::ErrorKind::ConnectionAborted => {}
                Err(error) => {
                    failures += 1;
                    if failures > ACCEPT_RETRIES && stop.is_without_connections() {
                        stop.need_not_wake();
                        return Err(Error::Accept(error));
                    }
                    stop.pause(ACCEPT_PAUSE);
                }
            }
        }
        stop.need_not_wake();
        stop.end(self.config.timeouts.grace);
        Ok(())
    }
}

/// Starts the thread of a connection.
fn start<H>(stream: TcpStream, stop: &Stop, shared: &Arc<(Config, H)>) -> io::Result<()>
where
    H: Fn(&RequestHead, &mut RequestBody<'_>) -> Response + Send + Sync + 'static,
{
    // A response is written in as few pieces as possible already; holding the last one back until
    // the client has acknowledged the others would only add a round trip.
    // Where this fails for a client that has gone, its thread will notice.
    let _ = stream.set_nodelay(true);
    let stream = Arc::new(stream);
    let slot = stop.enroll(&stream);
    let shared = Arc::clone(shared);
    thread::Builder::new().name("connection".to_owned()).spawn(move || {
        let (config, handler) = &*shared;
        // What went wrong was the client's doing or the network's, and the client has been told.
        let _ = serve_watched(&*stream, config, handler, &slot);
    })?;
    Ok(())
}
