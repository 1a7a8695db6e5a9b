//! `taptcp echo`, `discard` and `nc`: bytes from one end to another.

use std::io::{self, Read, Write};
use std::net::{Shutdown, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;

use tcp::net::{Net, TcpListener, TcpStream};

use crate::arguments::{ListenArguments, NcArguments};
use crate::serve::ANY;
use crate::setup::Signal;
use crate::{complain, say};

pub(crate) fn echo(net: &Arc<Net>, arguments: &ListenArguments) -> anyhow::Result<ExitCode> {
    listen(net, arguments, |stream| {
        copy(&mut &*stream, &mut &*stream)?;
        stream.shutdown(Shutdown::Write);
        Ok(())
    })
}

pub(crate) fn discard(net: &Arc<Net>, arguments: &ListenArguments) -> anyhow::Result<ExitCode> {
    listen(net, arguments, |stream| copy(&mut &*stream, &mut io::sink()).map(|_| ()))
}

fn listen(
    net: &Arc<Net>,
    arguments: &ListenArguments,
    serve: fn(&TcpStream) -> io::Result<()>,
) -> anyhow::Result<ExitCode> {
    let signal = Signal::catch()?;
    for address in ANY {
        let listener = TcpListener::bind(net, SocketAddr::new(address, arguments.port))?;
        thread::spawn(move || {
            for stream in listener.incoming() {
                // If there is no thread left for it, the connection is closed.
                let _ = thread::Builder::new().spawn(move || {
                    if let Err(error) = serve(&stream) {
                        complain(&format!("{}: {error}", stream.peer_addr()));
                    }
                });
            }
        });
    }
    say(&format!("listening on port {}", arguments.port));
    signal.wait();
    Ok(ExitCode::SUCCESS)
}

/// Each direction ends by itself: the end of stdin is our FIN, and the peer's FIN the end of
/// stdout. It is over when both have ended.
pub(crate) fn nc(net: &Arc<Net>, arguments: &NcArguments) -> anyhow::Result<ExitCode> {
    let address = SocketAddr::new(arguments.address, arguments.port);
    let stream = if arguments.listen {
        let listener = TcpListener::bind(net, address)?;
        complain(&format!("listening on {}", listener.local_addr()));
        listener.accept()?.0
    } else {
        TcpStream::connect_from(net, arguments.from, address)?
    };
    complain(&format!("connected to {}", stream.peer_addr()));
    let stream = Arc::new(stream);
    let reader = Arc::clone(&stream);
    let down = thread::spawn(move || copy(&mut &*reader, &mut io::stdout()));
    let up = copy(&mut io::stdin().lock(), &mut &*stream);
    stream.shutdown(Shutdown::Write);
    let down = down.join().unwrap_or_else(|_| Err(io::Error::other("reading failed")));
    up.and(down)?;
    Ok(ExitCode::SUCCESS)
}

/// Unlike `io::copy`, hands on at once what has come.
fn copy(from: &mut impl Read, to: &mut impl Write) -> io::Result<u64> {
    let mut buffer = vec![0; 64 << 10];
    let mut count = 0;
    loop {
        let length = match from.read(&mut buffer) {
            Ok(0) => return Ok(count),
            Ok(length) => length,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        to.write_all(&buffer[..length])?;
        to.flush()?;
        count += length as u64;
    }
}
