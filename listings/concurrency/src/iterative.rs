//! One connection after the other. Whoever comes second waits in the kernel's backlog.

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};

use crate::accept::Acceptor;
use crate::session::{Session, Step};
use crate::settings::{READ, Settings, UNWANTED};
use crate::stop::Stop;
use crate::wait::Patience;

/// Serves until `stop`, then finishes what is in flight: the connection that it serves, and those
/// in the backlog. It looks at no limit on connections, since it never has more than one.
// ANCHOR: run
pub fn run(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    let mut acceptor = Acceptor::new(listener)?;
    let mut patience = Patience::new(settings, stop);
    while let Some(stream) = acceptor.next(stop)? {
        // An error is the end of this connection, and of no other.
        let _ = serve(stream, settings, &mut patience);
    }
    for stream in acceptor.rest(settings.connections) {
        let _ = serve(stream, settings, &mut patience);
    }
    Ok(())
}
// ANCHOR_END: run

/// One connection from its first byte to its last, on the thread that calls this. `stream` is
/// non-blocking, as [`Acceptor`] gives it.
// ANCHOR: serve
pub fn serve(
    mut stream: TcpStream,
    settings: &Settings,
    patience: &mut Patience<'_>,
) -> io::Result<()> {
    let mut session = Session::new(settings.service);
    let mut buffer = [0; READ];
    loop {
        match session.step() {
            Step::Read => {
                if !patience.readable(&stream)? {
                    return Ok(());
                }
                match stream.read(&mut buffer) {
                    Ok(0) => session.ended(),
                    Ok(count) => session.received(&buffer[..count]),
                    Err(error) if again(&error) => {}
                    Err(error) => return Err(error),
                }
            }
            Step::Work(time) => {
                if !patience.work(time) {
                    return Ok(());
                }
                session.worked();
            }
            Step::Write => match stream.write(session.output()) {
                Ok(count) => session.sent(count),
                Err(error) if again(&error) => {
                    if !patience.writable(&stream)? {
                        return Ok(());
                    }
                }
                Err(error) => return Err(error),
            },
            Step::End => return farewell(stream, patience),
        }
    }
}
// ANCHOR_END: serve

/// Ends our side, and reads what the client still sends until it ends its own: closed with bytes
/// unread, the connection would be reset, and the last answer might be lost with it.
///
/// Not inlined: its buffer would lie in the frame of `serve`, and every thread touches each page of
/// that when it enters (stack probes), long before anybody says farewell.
#[inline(never)]
fn farewell(mut stream: TcpStream, patience: &mut Patience<'_>) -> io::Result<()> {
    stream.shutdown(Shutdown::Write)?;
    let mut unwanted = [0; READ];
    for _ in 0..UNWANTED / READ {
        if !patience.readable(&stream)? {
            break;
        }
        match stream.read(&mut unwanted) {
            Ok(0) => break,
            Ok(_) => {}
            Err(error) if again(&error) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// Not ready after all, or a signal came: the same call is made again.
pub(crate) fn again(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted)
}
