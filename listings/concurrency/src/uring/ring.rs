//! A ring that is safe to use, because each operation owns what the kernel reads or writes for it.
//! It is the only file of this crate with `unsafe` in it.

#![expect(unsafe_code, reason = "the kernel is told addresses, and nobody else can check them")]

use std::collections::VecDeque;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::rc::Rc;
use std::time::Duration;

use io_uring::types::{Fd, SubmitArgs, Timespec};
use io_uring::{IoUring, cqueue, opcode, squeue};
use rustix::io::Errno;
use rustix::net::{SendFlags, SocketFlags};

/// Entries of the submission queue: so many operations go to the kernel with one call.
const ENTRIES: u32 = 1024;
/// Buffers for what is received, for all connections together.
const BUFFERS: u16 = 64;
/// The name of these buffers, for the kernel.
const GROUP: u16 = 0;
/// Instead of a place: a buffer was lent. A completion comes only if that failed.
const LENT: u64 = u64::MAX;

// ANCHOR: operation
/// Something that the kernel has been asked to do and has not completed. What is in here lives
/// until then, whatever becomes of the connection that it was asked for.
#[expect(dead_code, reason = "the kernel uses what is only owned here")]
enum Operation {
    /// A connection.
    Accept(Rc<OwnedFd>),
    /// Anything to read.
    Poll(Rc<OwnedFd>),
    /// Bytes, into one of the buffers that the kernel has been lent.
    Receive(Rc<OwnedFd>),
    /// These bytes.
    Send(Rc<OwnedFd>, Vec<u8>),
    /// To give up another operation.
    Cancel,
}
// ANCHOR_END: operation

/// What has been done.
pub(super) enum Completion {
    Accepted(io::Result<OwnedFd>),
    Readable,
    /// For the connection with this token. `None` is the end of the stream.
    Received(usize, io::Result<Option<Filled>>),
    /// So many of the bytes.
    Sent(usize, io::Result<usize>),
}

/// A buffer that the kernel has filled and given back.
pub(super) struct Filled {
    buffer: Box<[u8]>,
    id: u16,
    length: usize,
}

impl Filled {
    pub(super) fn bytes(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

/// Names an operation that is in flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Id(u64);

pub(super) struct Ring {
    queues: IoUring,
    /// With the token that its completion carries. The place of an operation is its [`Id`], and is
    /// not given to another one before the completion: no completion can meet the wrong operation.
    operations: Vec<Option<(usize, Operation)>>,
    free: Vec<usize>,
    /// Where the buffers are. A `Box` is an owner, and the kernel is the owner now.
    lent: Vec<Option<*mut [u8]>>,
    completed: VecDeque<cqueue::Entry>,
}

impl Ring {
    /// # Errors
    ///
    /// If the kernel does not know `io_uring` (`ENOSYS`) or does not let us use it (`EPERM`).
    pub(super) fn new(buffer: usize) -> io::Result<Self> {
        // Completions are processed when we ask, and only one thread asks: cheaper, since Linux 6.1.
        let queues = IoUring::builder()
            .setup_single_issuer()
            .setup_defer_taskrun()
            .build(ENTRIES)
            .or_else(|_| IoUring::new(ENTRIES))?;
        let mut new = Self {
            queues,
            operations: Vec::new(),
            free: Vec::new(),
            lent: Vec::new(),
            completed: VecDeque::new(),
        };
        for id in 0..BUFFERS {
            let buffer = vec![0; buffer].into_boxed_slice();
            new.lent.push(None);
            new.give_back(Filled { buffer, id, length: 0 })?;
        }
        Ok(new)
    }

    pub(super) fn accept(&mut self, listener: &Rc<OwnedFd>) -> io::Result<Id> {
        let fd = Fd(listener.as_raw_fd());
        let entry = opcode::Accept::new(fd, std::ptr::null_mut(), std::ptr::null_mut());
        let entry = entry.flags(SocketFlags::CLOEXEC.bits().cast_signed()).build();
        self.start(0, Operation::Accept(Rc::clone(listener)), entry)
    }

    pub(super) fn poll(&mut self, fd: &Rc<OwnedFd>) -> io::Result<Id> {
        let readable = rustix::event::PollFlags::IN.bits();
        let entry = opcode::PollAdd::new(Fd(fd.as_raw_fd()), u32::from(readable)).build();
        self.start(0, Operation::Poll(Rc::clone(fd)), entry)
    }

    /// Receives bytes into any of the buffers. Which one, the kernel decides when bytes have come.
    pub(super) fn receive(&mut self, socket: &Rc<OwnedFd>, token: usize) -> io::Result<Id> {
        let fd = Fd(socket.as_raw_fd());
        let entry = opcode::Recv::new(fd, std::ptr::null_mut(), 0).buf_group(GROUP).build();
        let entry = entry.flags(squeue::Flags::BUFFER_SELECT);
        self.start(token, Operation::Receive(Rc::clone(socket)), entry)
    }

    /// Sends `bytes`, or the first of them.
    pub(super) fn send(
        &mut self,
        socket: &Rc<OwnedFd>,
        bytes: Vec<u8>,
        token: usize,
    ) -> io::Result<Id> {
        let fd = Fd(socket.as_raw_fd());
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let entry = opcode::Send::new(fd, bytes.as_ptr(), length);
        let entry = entry.flags(SendFlags::NOSIGNAL.bits().cast_signed()).build();
        self.start(token, Operation::Send(Rc::clone(socket), bytes), entry)
    }

    /// Asks the kernel to give up `id`. Its completion still comes, and may be a success.
    pub(super) fn cancel(&mut self, id: Id) -> io::Result<()> {
        let entry = opcode::AsyncCancel::new(id.0).build();
        self.start(0, Operation::Cancel, entry).map(drop)
    }

    // ANCHOR: give_back
    /// Lends the kernel a buffer, again.
    pub(super) fn give_back(&mut self, filled: Filled) -> io::Result<()> {
        let Filled { buffer, id, .. } = filled;
        let length = i32::try_from(buffer.len()).unwrap_or(i32::MAX);
        let address = Box::into_raw(buffer); // from here on, it is the kernel's
        self.lent[usize::from(id)] = Some(address);
        let entry = opcode::ProvideBuffers::new(address.cast(), length, 1, GROUP, id).build();
        self.push(&entry.flags(squeue::Flags::SKIP_SUCCESS).user_data(LENT))
    }
    // ANCHOR_END: give_back

    // ANCHOR: start
    /// Puts an operation into the queue. The kernel hears of it with the next [`wait`](Self::wait).
    fn start(
        &mut self,
        token: usize,
        operation: Operation,
        entry: squeue::Entry,
    ) -> io::Result<Id> {
        let place = self.free.pop().unwrap_or_else(|| {
            self.operations.push(None);
            self.operations.len() - 1
        });
        self.operations[place] = Some((token, operation));
        self.push(&entry.user_data(place as u64))?;
        Ok(Id(place as u64))
    }

    fn push(&mut self, entry: &squeue::Entry) -> io::Result<()> {
        // SAFETY: the descriptor and the bytes that the entry points to are owned by the
        // `Operation`, or are the buffer that was given away above, until the completion.
        while unsafe { self.queues.submission().push(entry) }.is_err() {
            self.queues.submit()?; // the queue is full
        }
        Ok(())
    }
    // ANCHOR_END: start

    /// Hands all new operations to the kernel and waits for a completion, for `limit` at most: one
    /// system call for everything.
    pub(super) fn wait(&mut self, limit: Option<Duration>) -> io::Result<()> {
        let result = match limit {
            None => self.queues.submit_and_wait(1),
            Some(limit) => {
                let limit = Timespec::from(limit);
                self.queues.submitter().submit_with_args(1, &SubmitArgs::new().timespec(&limit))
            }
        };
        self.completed.extend(self.queues.completion());
        match result.map_err(|error| (Errno::from_io_error(&error), error)) {
            // The time is over; a signal; or so many completions that these come first.
            Ok(_) | Err((Some(Errno::TIME | Errno::INTR | Errno::BUSY), _)) => Ok(()),
            Err((_, error)) => Err(error),
        }
    }

    /// Something that has been done. What the kernel was given for it comes back here.
    pub(super) fn next(&mut self) -> Option<Completion> {
        loop {
            let entry = self.completed.pop_front()?;
            if entry.user_data() == LENT {
                continue; // a buffer that the kernel did not take; there are others
            }
            let place = usize::try_from(entry.user_data()).ok()?;
            let (token, operation) = self.operations.get_mut(place)?.take()?;
            self.free.push(place);
            let count = count(&entry);
            return Some(match operation {
                Operation::Cancel => continue,
                Operation::Poll(_) => Completion::Readable,
                Operation::Send(..) => Completion::Sent(token, count),
                Operation::Receive(_) => {
                    let mut filled = self.take_back(&entry);
                    if count.is_err()
                        && let Some(filled) = filled.take()
                    {
                        // Not with a kernel of today; a buffer that is lost is lost for all connections.
                        let _ = self.give_back(filled); // fails if `wait` does
                    }
                    Completion::Received(token, count.map(|_| filled))
                }
                Operation::Accept(_) => Completion::Accepted(accepted(&entry)),
            });
        }
    }

    // ANCHOR: take_back
    /// The buffer that a completion names is ours again.
    fn take_back(&mut self, entry: &cqueue::Entry) -> Option<Filled> {
        let id = cqueue::buffer_select(entry.flags())?;
        let lent = self.lent.get_mut(usize::from(id))?.take()?;
        // SAFETY: the address came out of `Box::into_raw`, and only once: `take` leaves none. The
        // kernel has named the buffer, so it does not write to it any more.
        let buffer = unsafe { Box::from_raw(lent) };
        let length = usize::try_from(entry.result()).unwrap_or(0);
        Some(Filled { buffer, id, length })
    }
    // ANCHOR_END: take_back
}

/// Closing the ring does not wait for what is in flight, and the kernel may still write. So its
/// memory is never freed: what is lent has no owner here, and what is sent loses it.
impl Drop for Ring {
    fn drop(&mut self) {
        std::mem::forget(std::mem::take(&mut self.operations));
    }
}

fn count(entry: &cqueue::Entry) -> io::Result<usize> {
    usize::try_from(entry.result())
        .map_err(|_| io::Error::from_raw_os_error(entry.result().saturating_neg()))
}

fn accepted(entry: &cqueue::Entry) -> io::Result<OwnedFd> {
    count(entry)?;
    // SAFETY: the kernel has made this descriptor for this completion, and told nobody else.
    Ok(unsafe { OwnedFd::from_raw_fd(entry.result()) })
}
