//! One direction of a conversation: bytes wait here between a source and a sink.
//!
//! A [`Pump`] never waits. It says what it wants to wait for, and its owner waits for everything at
//! once, in one `poll`. The source and the sink are any `Read` and `Write`, so a test needs no
//! socket, and can cut the bytes where it likes.
//!
//! ```
//! use sockets::pump::Pump;
//!
//! let mut pump = Pump::new(1024);
//! let (mut source, mut sink) = (&b"hello"[..], Vec::new());
//! while !pump.is_done() {
//!     if pump.wants_source() {
//!         pump.fill(&mut source)?;
//!     }
//!     pump.drain(&mut sink)?;
//!     if pump.must_end() {
//!         // The place for `shutdown(Shutdown::Write)`.
//!     }
//! }
//! assert_eq!(sink, b"hello");
//! # Ok::<(), std::io::Error>(())
//! ```

use std::io::{self, ErrorKind, Read, Write};

// ANCHOR: pump
/// One direction: what the source gave and the sink has not taken yet.
#[derive(Debug)]
pub struct Pump {
    /// Its size is the bound: a source is not asked for more than the sink takes.
    buffer: Vec<u8>,
    /// The part of `buffer` that waits for the sink.
    start: usize,
    end: usize,
    source_open: bool,
    sink_open: bool,
}

impl Pump {
    /// Is it time to read? Only when everything has been passed on: this is the backpressure.
    pub fn wants_source(&self) -> bool {
        self.source_open && self.sink_open && self.start == self.end
    }

    /// Is there something to write?
    pub fn wants_sink(&self) -> bool {
        self.start < self.end
    }

    /// Reads once, if it [is time to](Pump::wants_source). A source that has nothing now is asked
    /// again later.
    ///
    /// # Errors
    ///
    /// What the source says, except that it would have to wait or was interrupted.
    pub fn fill(&mut self, source: &mut impl Read) -> io::Result<usize> {
        if !self.wants_source() {
            return Ok(0);
        }
        let count = match source.read(&mut self.buffer) {
            Err(error) if not_now(&error) => return Ok(0),
            Err(error) => return Err(error),
            Ok(count) => count,
        };
        (self.start, self.end) = (0, count);
        self.source_open = count > 0;
        Ok(count)
    }

    /// Writes until everything is gone or the sink takes nothing more now.
    ///
    /// # Errors
    ///
    /// What the sink says, except that it would have to wait or was interrupted.
    pub fn drain(&mut self, sink: &mut impl Write) -> io::Result<usize> {
        let before = self.start;
        while self.start < self.end {
            match sink.write(&self.buffer[self.start..self.end]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) if not_now(&error) => break,
                Err(error) => return Err(error),
                Ok(0) => return Err(ErrorKind::WriteZero.into()),
                Ok(count) => self.start += count,
            }
        }
        Ok(self.start - before)
    }

    /// True once, when the source has ended and the sink has everything: time to tell the sink.
    pub fn must_end(&mut self) -> bool {
        let now = self.sink_open && !self.source_open && self.start == self.end;
        self.sink_open &= !now;
        now
    }
}
// ANCHOR_END: pump

impl Pump {
    /// A pump that holds at most `capacity` bytes, which is also the most that it reads at once.
    ///
    /// # Panics
    ///
    /// If `capacity` is 0: nothing could pass.
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "a pump without room passes nothing");
        let buffer = vec![0; capacity];
        Self { buffer, start: 0, end: 0, source_open: true, sink_open: true }
    }

    /// The sink will not take anything any more; what waits for it is lost. Returns how many bytes.
    pub fn give_up(&mut self) -> usize {
        let lost = self.end - self.start;
        self.start = self.end;
        self.sink_open = false;
        lost
    }

    /// Nothing will happen in this direction any more.
    pub fn is_done(&self) -> bool {
        !self.sink_open
    }
}

fn not_now(error: &io::Error) -> bool {
    matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::Interrupted)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sink that takes `room` bytes, then wants to wait.
    struct Slow {
        taken: Vec<u8>,
        room: usize,
    }

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            if self.room == 0 {
                return Err(ErrorKind::WouldBlock.into());
            }
            let count = bytes.len().min(self.room);
            self.room -= count;
            self.taken.extend_from_slice(&bytes[..count]);
            Ok(count)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_slow_sink_keeps_the_source_waiting() {
        let mut pump = Pump::new(4);
        let mut source = &b"abcdefgh"[..];
        let mut sink = Slow { taken: Vec::new(), room: 3 };
        assert_eq!(pump.fill(&mut source).unwrap(), 4);
        assert_eq!(pump.drain(&mut sink).unwrap(), 3);
        assert!(pump.wants_sink() && !pump.wants_source(), "one byte is left");
        assert_eq!(source, b"efgh", "no more than the capacity was read");
        sink.room = 1;
        pump.drain(&mut sink).unwrap();
        assert!(pump.wants_source() && !pump.wants_sink());
    }

    #[test]
    fn the_end_is_said_once_and_last() {
        let mut pump = Pump::new(4);
        let mut sink = Slow { taken: Vec::new(), room: 0 };
        pump.fill(&mut &b"ab"[..]).unwrap();
        pump.drain(&mut sink).unwrap();
        assert!(!pump.must_end(), "two bytes wait");
        sink.room = 2;
        pump.drain(&mut sink).unwrap();
        assert!(!pump.must_end(), "the source has not ended");
        pump.fill(&mut io::empty()).unwrap();
        assert!(pump.must_end());
        assert!(!pump.must_end() && pump.is_done());
    }

    #[test]
    fn a_source_with_nothing_now_has_not_ended() {
        struct Later;
        impl Read for Later {
            fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
                Err(ErrorKind::WouldBlock.into())
            }
        }
        let mut pump = Pump::new(4);
        assert_eq!(pump.fill(&mut Later).unwrap(), 0);
        assert!(pump.wants_source() && !pump.must_end());
    }

    #[test]
    fn what_waits_is_not_overwritten() {
        let mut pump = Pump::new(4);
        pump.fill(&mut &b"abc"[..]).unwrap();
        assert_eq!(pump.fill(&mut &b"d"[..]).unwrap(), 0);
        let mut sink = Vec::new();
        pump.drain(&mut sink).unwrap();
        assert_eq!(sink, b"abc");
    }

    #[test]
    fn what_nobody_takes_is_counted() {
        let mut pump = Pump::new(4);
        pump.fill(&mut &b"abc"[..]).unwrap();
        assert_eq!(pump.give_up(), 3);
        assert!(pump.is_done() && !pump.wants_source() && !pump.wants_sink());
    }
}
