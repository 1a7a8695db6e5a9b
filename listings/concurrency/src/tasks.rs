//! A task for each connection, on the executor of our own: one thread, and code that reads as if
//! there were one for each.

use std::cell::{Cell, RefCell};
use std::future::poll_fn;
use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::os::fd::AsFd;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

use crate::accept::{Accepted, Acceptor, PAUSE};
use crate::executor::{self, Direction, Either, Sleep, Source};
use crate::session::{Session, Step};
use crate::settings::{FOREVER, READ, Settings, UNWANTED};
use crate::stop::Stop;

/// Serves until `stop`, then finishes what is in flight.
pub fn run(listener: TcpListener, settings: &Settings, stop: &Stop) -> io::Result<()> {
    executor::run(accept_all(listener, settings.clone(), stop.clone()))?
}

/// What the connections share.
struct Shared {
    settings: Settings,
    /// What a connection has read is in here for as long as it takes to hand it on: no task waits
    /// in between, so one is enough, and an idle connection needs none.
    buffer: RefCell<Box<[u8]>>,
    open: Cell<usize>,
    /// After the stop: when the last connection is cut.
    cut: Cell<Option<Instant>>,
    /// Waits for the last connection.
    last: RefCell<Waker>,
}

// ANCHOR: accept
async fn accept_all(listener: TcpListener, settings: Settings, stop: Stop) -> io::Result<()> {
    let shared = Rc::new(Shared::new(settings));
    let mut acceptor = Acceptor::new(listener)?;
    // The same listener once more, to wait with: `acceptor` is changed meanwhile.
    let backlog = Source::new(acceptor.as_fd().try_clone_to_owned()?)?;
    let stop = Source::new(stop)?;
    let mut stopped = pin!(requested(&stop));
    loop {
        let sweep = acceptor.timeout().unwrap_or(Duration::MAX);
        let arrival = executor::timeout(sweep, backlog.ready(Direction::Read));
        match executor::race(stopped.as_mut(), arrival).await {
            Either::First(done) => break done?,
            Either::Second(None) => acceptor.sweep(),
            Either::Second(Some(())) => match acceptor.accept() {
                Accepted::Stream(stream) if shared.has_room() => shared.start(stream),
                Accepted::Stream(stream) => acceptor.refuse(stream),
                Accepted::Nothing => backlog.exhausted(Direction::Read),
                Accepted::Later => executor::sleep(PAUSE).await,
            },
        }
    }
    drop(backlog);
    let room = shared.settings.connections.saturating_sub(shared.open.get());
    acceptor.rest(room).into_iter().for_each(|stream| shared.start(stream));
    shared.finish().await;
    Ok(())
}
// ANCHOR_END: accept

/// Waits until the server shall end.
async fn requested(stop: &Source<Stop>) -> io::Result<()> {
    let look = |stop: &Stop| {
        if stop.requested() { Ok(()) } else { Err(io::ErrorKind::WouldBlock.into()) }
    };
    stop.io(Direction::Read, look).await
}

impl Shared {
    fn new(settings: Settings) -> Self {
        Self {
            settings,
            buffer: RefCell::new(vec![0; READ].into()),
            open: Cell::new(0),
            cut: Cell::new(None),
            last: RefCell::new(Waker::noop().clone()),
        }
    }

    fn has_room(&self) -> bool {
        self.open.get() < self.settings.connections
    }

    fn start(self: &Rc<Self>, stream: TcpStream) {
        let place = Place::take(self.clone());
        executor::spawn(async move {
            // An error is the end of this connection, and of no other.
            if let Ok(stream) = Source::new(stream) {
                let _ = serve(stream, &place.0).await;
            }
        });
    }

    /// Tells all connections to come to an end, and waits for the last.
    async fn finish(&self) {
        self.cut.set(Some(Instant::now() + self.settings.drain.min(FOREVER)));
        executor::wake_all();
        poll_fn(|context| {
            self.last.borrow_mut().clone_from(context.waker());
            if self.open.get() == 0 { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// One of the connections that are open, until it is dropped: at the end of its task, however that
/// comes.
struct Place(Rc<Shared>);

impl Place {
    fn take(shared: Rc<Shared>) -> Self {
        shared.open.update(|open| open + 1);
        Self(shared)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.open.update(|open| open - 1);
        self.0.last.borrow().wake_by_ref();
    }
}

// ANCHOR: serve
/// One connection from its first byte to its last.
async fn serve(stream: Source<TcpStream>, shared: &Shared) -> io::Result<()> {
    let mut session = Session::new(shared.settings.service);
    let mut patience = Patience { shared, sleep: None };
    loop {
        match session.step() {
            Step::Read => {
                let reading = read(&stream, shared, |bytes| match bytes {
                    [] => session.ended(),
                    bytes => session.received(bytes),
                });
                let Some(count) = patience.limit(reading).await else { return Ok(()) };
                count?;
            }
            Step::Work(time) => {
                executor::sleep(time).await;
                session.worked();
            }
            Step::Write => {
                let writing = stream.io(Direction::Write, |mut to| to.write(session.output()));
                let Some(count) = patience.limit(writing).await else { return Ok(()) };
                session.sent(count?);
            }
            Step::End => return farewell(&stream, &mut patience).await,
        }
    }
}

/// Reads once, hands the bytes to `take`, and returns how many they were.
async fn read(
    stream: &Source<TcpStream>,
    shared: &Shared,
    mut take: impl FnMut(&[u8]),
) -> io::Result<usize> {
    let count = stream.io(Direction::Read, |mut from| {
        let mut buffer = shared.buffer.borrow_mut();
        let count = from.read(&mut buffer)?;
        take(&buffer[..count]);
        Ok(count)
    });
    let count = count.await?;
    if count < READ {
        stream.short_read();
    }
    Ok(count)
}
// ANCHOR_END: serve

/// Ends our side, and reads what the client still sends until it ends its own: closed with bytes
/// unread, the connection would be reset, and the last answer might be lost with it.
async fn farewell(stream: &Source<TcpStream>, patience: &mut Patience<'_>) -> io::Result<()> {
    stream.get_ref().shutdown(Shutdown::Write)?;
    for _ in 0..UNWANTED / READ {
        match patience.limit(read(stream, patience.shared, |_| ())).await {
            Some(Ok(1..)) => {}
            Some(Ok(0)) | None => break,
            Some(Err(error)) => return Err(error),
        }
    }
    Ok(())
}

/// How long a connection waits for bytes: [`Settings::idle`], and after the stop
/// [`Settings::quiet`] and until the cut.
struct Patience<'a> {
    shared: &'a Shared,
    /// Left from an earlier wait; it comes too early then, and is set anew. A timer for each read
    /// would be set and taken back thousands of times a second, to come once.
    sleep: Option<Sleep>,
}

impl Patience<'_> {
    /// What `future` gives; `None`: the connection has to be given up.
    async fn limit<F: Future>(&mut self, future: F) -> Option<F::Output> {
        let mut future = pin!(future);
        let mut since = None;
        let mut stopped_since = None;
        poll_fn(|context| {
            if self.shared.cut.get().is_some_and(|cut| Instant::now() >= cut) {
                return Poll::Ready(None); // also a client that is never silent
            }
            if let Poll::Ready(output) = future.as_mut().poll(context) {
                return Poll::Ready(Some(output));
            }
            let now = Instant::now();
            let settings = &self.shared.settings;
            let until = match self.shared.cut.get() {
                None => *since.get_or_insert(now) + settings.idle.min(FOREVER),
                Some(cut) => {
                    let silent = *stopped_since.get_or_insert(now) + settings.quiet.min(FOREVER);
                    silent.min(cut)
                }
            };
            self.sleep_until(until, now, context)
        })
        .await
    }

    /// Ready when `until` is over.
    fn sleep_until<T>(
        &mut self,
        until: Instant,
        now: Instant,
        context: &mut std::task::Context<'_>,
    ) -> Poll<Option<T>> {
        if now >= until {
            return Poll::Ready(None);
        }
        let set = self.sleep.take().filter(|sleep| sleep.at() > now && sleep.at() <= until);
        let mut sleep = set.unwrap_or_else(|| executor::sleep_until(until));
        let polled = Pin::new(&mut sleep).poll(context);
        self.sleep = Some(sleep);
        if polled.is_ready() {
            context.waker().wake_by_ref(); // it was over just now
        }
        Poll::Pending
    }
}
