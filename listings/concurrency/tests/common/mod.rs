//! A server on a free port, in a thread of the test, and clients that do not wait for ever.

use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use concurrency::settings::Settings;
use concurrency::stop::{self, Stop, Stopper};

/// No wait is longer. Nothing here takes a second, and a machine that is slow or busy may take many.
pub(crate) const LIMIT: Duration = Duration::from_secs(60);

/// Any of the servers.
pub(crate) type Run = fn(TcpListener, &Settings, &Stop) -> io::Result<()>;

/// Starts one. It ends after the stopper is dropped.
pub(crate) fn serve(run: Run, settings: Settings) -> (SocketAddr, Stopper, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (stopper, stop) = stop::pair().unwrap();
    let server = thread::spawn(move || run(listener, &settings, &stop).unwrap());
    (address, stopper, server)
}

/// A client whose reads and writes fail after [`LIMIT`].
pub(crate) fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(LIMIT)).unwrap();
    stream.set_write_timeout(Some(LIMIT)).unwrap();
    stream
}
