//! The server on tokio: tasks, a reactor and timers that others wrote.

use std::future::{Future, pending, poll_fn};
use std::io;
use std::mem::MaybeUninit;
use std::net::TcpListener;
use std::os::fd::AsFd;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};
use tokio::net::unix::pipe;
use tokio::net::{self, TcpStream};
use tokio::runtime;
use tokio::select;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::{sleep, timeout};

use crate::accept::{Accepted, Acceptor, PAUSE};
use crate::session::{Session, Step};
use crate::settings::{READ, Settings, UNWANTED};
use crate::stop::Stop;

/// Serves until `stop`, then finishes what is in flight. All tasks run on this thread.
///
/// # Errors
///
/// If the runtime or the listener cannot be made ready for it.
pub fn run(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    let runtime = runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(serve(listener, settings, stop))
}

/// The same, with a worker thread for each processor.
///
/// # Errors
///
/// As [`run`].
pub fn run_multi(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(serve(listener, settings, stop))
}

// ANCHOR: serve
async fn serve(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    let mut acceptor = Acceptor::new(listener)?;
    // tokio owns what it waits for, so it gets copies of the descriptors.
    let copy = acceptor.as_fd().try_clone_to_owned()?;
    let listener = net::TcpListener::from_std(copy.into())?;
    let stop = pipe::Receiver::from_owned_fd(stop.as_fd().try_clone_to_owned()?)?;
    let mut server = Server::new(settings);
    loop {
        select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => server.admit_or_refuse(stream, &mut acceptor),
                Err(_) => server.no_descriptor(&mut acceptor).await,
            },
            Some(_) = server.tasks.join_next() => {} // one that panicked ends alone
            () = after(acceptor.timeout()) => acceptor.sweep(),
            _ = stop.readable() => break,
        }
    }
    drop(listener);
    server.finish(acceptor).await
}
// ANCHOR_END: serve

async fn after(time: Option<Duration>) {
    match time {
        Some(time) => sleep(time).await,
        None => pending().await,
    }
}

struct Server {
    settings: Arc<Settings>,
    /// All tasks. One that the server does not know of would outlive it.
    tasks: JoinSet<io::Result<()>>,
    /// A permit for each connection.
    places: Arc<Semaphore>,
    /// Becomes `true` with the stop: a task that waits for bytes has to hear it.
    stopping: watch::Sender<bool>,
}

impl Server {
    fn new(settings: &Settings) -> Self {
        Self {
            settings: Arc::new(settings.clone()),
            tasks: JoinSet::new(),
            places: Arc::new(Semaphore::new(settings.connections.min(Semaphore::MAX_PERMITS))),
            stopping: watch::Sender::new(false),
        }
    }

    // ANCHOR: admit
    /// A task for the connection; without a free place, the connection comes back.
    fn admit(&mut self, stream: TcpStream) -> Option<TcpStream> {
        let Ok(place) = Arc::clone(&self.places).try_acquire_owned() else { return Some(stream) };
        let settings = Arc::clone(&self.settings);
        let stopping = self.stopping.subscribe();
        self.tasks.spawn(async move {
            let _place = place; // free when this future is dropped, for whatever reason
            stream.set_nodelay(true)?;
            converse(stream, &settings, stopping).await
        });
        None
    }
    // ANCHOR_END: admit

    fn admit_or_refuse(&mut self, stream: TcpStream, acceptor: &mut Acceptor) {
        if let Some(stream) = self.admit(stream)
            && let Ok(stream) = stream.into_std()
        {
            acceptor.refuse(stream);
        }
    }

    // ANCHOR: no_descriptor
    /// What went wrong with the last accept is for [`Acceptor`] to find out, by trying again. Then
    /// comes a pause, even if nobody waits any more: tokio asks again until it reads "would block",
    /// and without a descriptor Linux says `EMFILE` before it looks whether anybody is there.
    async fn no_descriptor(&mut self, acceptor: &mut Acceptor) {
        match acceptor.accept() {
            // Without a place in tokio's epoll it is closed, and the server goes on.
            Accepted::Stream(stream) => {
                if let Ok(stream) = TcpStream::from_std(stream) {
                    self.admit_or_refuse(stream, acceptor);
                }
            }
            Accepted::Nothing | Accepted::Later => sleep(PAUSE).await, // the tasks go on
        }
    }
    // ANCHOR_END: no_descriptor

    // ANCHOR: finish
    /// Whoever has finished the handshake is served; then nobody is left, or time is over.
    async fn finish(mut self, acceptor: Acceptor) -> io::Result<()> {
        for stream in acceptor.rest(self.places.available_permits()) {
            if let Ok(stream) = TcpStream::from_std(stream) {
                self.admit(stream);
            }
        }
        self.stopping.send_replace(true);
        let all = async { while self.tasks.join_next().await.is_some() {} };
        if timeout(self.settings.drain, all).await.is_err() {
            self.tasks.shutdown().await; // drops the rest, and waits until it is gone
        }
        Ok(())
    }
    // ANCHOR_END: finish
}

// ANCHOR: converse
/// Does what the session asks for, until it asks for nothing more or the client is too slow.
async fn converse(
    mut stream: TcpStream,
    settings: &Settings,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut session = Session::new(settings.service);
    loop {
        match session.step() {
            Step::Read => {
                let bytes = receive(&mut stream, |bytes| session.received(bytes));
                match in_time(bytes, settings, &mut stopping).await.transpose()? {
                    Some(0) => session.ended(),
                    Some(_) => {}
                    None => return Ok(()),
                }
            }
            Step::Work(time) => {
                sleep(time).await;
                session.worked();
            }
            Step::Write => {
                let sent = stream.write(session.output());
                match in_time(sent, settings, &mut stopping).await.transpose()? {
                    Some(count) => session.sent(count),
                    None => return Ok(()),
                }
            }
            Step::End => return farewell(stream, settings, stopping).await,
        }
    }
}
// ANCHOR_END: converse

// ANCHOR: receive
/// One read, into a buffer that is on the stack while the future is polled, and not in the future:
/// a connection that waits holds no buffer.
async fn receive(stream: &mut TcpStream, mut take: impl FnMut(&[u8])) -> io::Result<usize> {
    poll_fn(|context| {
        let mut space = [MaybeUninit::uninit(); READ];
        let mut buffer = ReadBuf::uninit(&mut space);
        ready!(Pin::new(&mut *stream).poll_read(context, &mut buffer))?;
        take(buffer.filled());
        Poll::Ready(Ok(buffer.filled().len()))
    })
    .await
}
// ANCHOR_END: receive

// ANCHOR: in_time
/// What `transfer` gives within the idle time, or, once the server stops, within the quiet time.
/// `None` if it takes longer; then it is dropped, and has moved no byte.
async fn in_time<T>(
    transfer: impl Future<Output = T>,
    settings: &Settings,
    stopping: &mut watch::Receiver<bool>,
) -> Option<T> {
    let mut transfer = pin!(transfer);
    if !*stopping.borrow() {
        select! {
            biased;
            done = &mut transfer => return Some(done),
            _ = stopping.changed() => {}
            () = sleep(settings.idle) => return None,
        }
    }
    timeout(settings.quiet, transfer).await.ok()
}
// ANCHOR_END: in_time

/// Ends our side, and reads what the client still sends until it ends its own: closed with bytes
/// unread, the connection would be reset, and the last answer might be lost with it.
async fn farewell(
    mut stream: TcpStream,
    settings: &Settings,
    mut stopping: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.shutdown().await?;
    for _ in 0..UNWANTED / READ {
        let unwanted = receive(&mut stream, |_| {});
        match in_time(unwanted, settings, &mut stopping).await.transpose()? {
            Some(1..) => {}
            _ => break,
        }
    }
    Ok(())
}
