//! A link in memory: as bad as it is asked to be, and the same each time.
//!
//! Frames go in at a port and come out at the others, later. What is lost, doubled, delayed or
//! damaged on the way is drawn from a seed, so a run that failed fails again. Time is a number
//! that the caller counts up; an hour on this link passes as fast as the frames are worked on.
//!
//! It leaves out: collisions, a limit on the length of frames, and frame check sequences. A real
//! card drops a damaged frame; here it arrives, for that is what the checksums above are for.
//!
//! ```
//! use std::time::Duration;
//! use link_and_ip::link::memory::{Conditions, Memory};
//!
//! let conditions = Conditions { delay: Duration::from_millis(5), ..Conditions::default() };
//! let mut link = Memory::hub(2, conditions, 1);
//! link.send(0, b"a frame".to_vec(), Duration::ZERO);
//!
//! assert_eq!(link.receive(1, Duration::from_millis(4)), None);
//! assert_eq!(link.next_arrival(), Some(Duration::from_millis(5)));
//! assert_eq!(link.receive(1, Duration::from_millis(5)).as_deref(), Some(&b"a frame"[..]));
//! ```

use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use std::io::{self, Write};
use std::time::Duration;

use fastrand::Rng;
use first_bytes::pcap;

/// How bad a link is. Probabilities are from 0 (never) to 1 (always), for each frame and each port
/// that it goes to. The default is a perfect link without any delay.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Conditions {
    /// The probability that a frame vanishes.
    pub loss: f64,
    /// That it arrives twice.
    pub duplicate: f64,
    /// That one of its bits is flipped.
    pub corrupt: f64,
    /// That it is held back, so that later frames overtake it.
    pub reorder: f64,
    /// How long a frame is on its way.
    pub delay: Duration,
    /// How much longer at most, if it is held back. Zero leaves the order as it was.
    pub held_back: Duration,
    /// Bits a second that a port can send. `None` sends at once.
    pub bandwidth: Option<u64>,
    /// With a bandwidth: how long a frame may have to wait for those before it. If it were longer,
    /// the frame is dropped. `None` is a queue without end.
    pub queue: Option<Duration>,
}

/// What has become of the frames so far, for each port that one went to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Fate {
    pub delivered: u64,
    pub lost: u64,
    pub duplicated: u64,
    pub corrupted: u64,
    pub held_back: u64,
    /// Dropped because [`Conditions::queue`] was full.
    pub queue_full: u64,
}

/// What a [filter](Memory::filter) says about a frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Pass,
    Lose,
}

/// When frames are recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tap {
    /// As their sender sends them, once, and those that get lost too.
    Sent,
    /// As they arrive, once for each port.
    Delivered,
}

type Filter = Box<dyn FnMut(usize, &[u8]) -> Verdict + Send>;

/// The link.
pub struct Memory {
    ports: Vec<Port>,
    conditions: Conditions,
    random: Rng,
    /// `None` in a hub. In a switch: which port a sender was seen at last.
    learned: Option<BTreeMap<[u8; 6], usize>>,
    filter: Option<Filter>,
    recorder: Option<Recorder>,
    fate: Fate,
}

#[derive(Debug, Default)]
struct Port {
    /// In the order of their arrival; of those that arrive together, in the order of sending.
    arriving: VecDeque<(Duration, Vec<u8>)>,
    /// When the port has sent all that it was given, if there is a bandwidth.
    free_at: Duration,
}

/// Switches learn from what anyone sends, so there has to be an end.
const MAX_LEARNED: usize = 1024;

impl Memory {
    /// A link where every frame goes to all ports but the one that it came from.
    pub fn hub(ports: usize, conditions: Conditions, seed: u64) -> Self {
        Self {
            ports: (0..ports).map(|_| Port::default()).collect(),
            conditions,
            random: Rng::with_seed(seed),
            learned: None,
            filter: None,
            recorder: None,
            fate: Fate::default(),
        }
    }

    /// A link that remembers where it has seen the sender of a frame. A frame to that address goes
    /// there alone.
    pub fn switch(ports: usize, conditions: Conditions, seed: u64) -> Self {
        Self { learned: Some(BTreeMap::new()), ..Self::hub(ports, conditions, seed) }
    }

    /// Changes how bad the link is from now on. Frames on their way are not affected.
    pub fn set_conditions(&mut self, conditions: Conditions) {
        self.conditions = conditions;
    }

    /// Asks `filter` about every frame that is sent, with the number of the port that it comes
    /// from: to lose exactly the third one, or to look at them all.
    pub fn filter(&mut self, filter: impl FnMut(usize, &[u8]) -> Verdict + Send + 'static) {
        self.filter = Some(Box::new(filter));
    }

    /// Writes frames to `file` in the pcap format, which `tshark` reads. Zero becomes the year
    /// 1970.
    pub fn record(&mut self, tap: Tap, mut file: impl Write + Send + 'static) -> io::Result<()> {
        file.write_all(&pcap::file_header())?;
        self.recorder = Some(Recorder { tap, file: Box::new(file), result: Ok(()) });
        Ok(())
    }

    /// Ends the recording and says whether all of it was written.
    pub fn finish_recording(&mut self) -> io::Result<()> {
        let Some(mut recorder) = self.recorder.take() else {
            return Ok(());
        };
        recorder.result.and_then(|()| recorder.file.flush())
    }

    /// What has become of the frames so far.
    pub fn fate(&self) -> Fate {
        self.fate
    }

    /// Takes a frame in at `port`. One from a port that does not exist is lost.
    pub fn send(&mut self, port: usize, frame: Vec<u8>, now: Duration) {
        self.record_if(Tap::Sent, &frame, now);
        let verdict = self.filter.as_mut().map(|filter| filter(port, &frame));
        if verdict == Some(Verdict::Lose) || port >= self.ports.len() {
            self.fate.lost += 1;
            return;
        }
        let Some(departure) = self.departure(port, frame.len(), now) else {
            self.fate.queue_full += 1;
            return;
        };
        let only = self.learn(port, &frame);
        let mut receivers = (0..self.ports.len())
            .filter(|&other| other != port && only.is_none_or(|only| only == other));
        // The last one gets the frame itself: with two ports nothing is copied.
        let Some(mut next) = receivers.next() else { return };
        for after in receivers {
            self.carry(next, frame.clone(), departure);
            next = after;
        }
        self.carry(next, frame, departure);
    }

    /// Brings a frame to one port, or not.
    fn carry(&mut self, port: usize, mut frame: Vec<u8>, departure: Duration) {
        if self.happens(self.conditions.loss) {
            self.fate.lost += 1;
            return;
        }
        if self.happens(self.conditions.corrupt) && !frame.is_empty() {
            let bit = self.random.usize(..frame.len() * 8);
            frame[bit / 8] ^= 0x80 >> (bit % 8);
            self.fate.corrupted += 1;
        }
        if self.happens(self.conditions.duplicate) {
            let arrival = self.arrival(departure);
            self.ports[port].arrive(arrival, frame.clone());
            self.fate.duplicated += 1;
        }
        let arrival = self.arrival(departure);
        self.ports[port].arrive(arrival, frame);
    }

    /// Nothing is drawn for what never happens: an unused setting changes no run.
    fn happens(&mut self, probability: f64) -> bool {
        probability > 0.0 && self.random.f64() < probability
    }

    fn arrival(&mut self, departure: Duration) -> Duration {
        let mut arrival = departure + self.conditions.delay;
        if self.happens(self.conditions.reorder) {
            arrival += self.conditions.held_back.mul_f64(self.random.f64());
            self.fate.held_back += 1;
        }
        arrival
    }

    /// When the last bit of a frame has left the port, or `None` if too many wait before it.
    fn departure(&mut self, port: usize, length: usize, now: Duration) -> Option<Duration> {
        let Some(bandwidth) = self.conditions.bandwidth else {
            return Some(now);
        };
        let start = self.ports[port].free_at.max(now);
        if self.conditions.queue.is_some_and(|longest| start.saturating_sub(now) > longest) {
            return None;
        }
        let nanoseconds = length as u64 * 8 * 1_000_000_000 / bandwidth.max(1);
        self.ports[port].free_at = start + Duration::from_nanos(nanoseconds);
        Some(self.ports[port].free_at)
    }

    /// A switch notes who is behind `port`. Returns the only port that the frame has to go to, if
    /// it is known.
    fn learn(&mut self, port: usize, frame: &[u8]) -> Option<usize> {
        let learned = self.learned.as_mut()?;
        let (destination, rest) = frame.split_first_chunk::<6>()?;
        let (source, _) = rest.split_first_chunk::<6>()?;
        // Nobody sends from a group; who did would get what is for all.
        let group = source[0] & 1 == 1;
        if !group && (learned.len() < MAX_LEARNED || learned.contains_key(source)) {
            learned.insert(*source, port);
        }
        learned.get(destination).copied()
    }

    /// When the next frame arrives anywhere.
    pub fn next_arrival(&self) -> Option<Duration> {
        self.ports.iter().filter_map(|port| Some(port.arriving.front()?.0)).min()
    }

    /// The next frame that has arrived at `port` by `now`.
    pub fn receive(&mut self, port: usize, now: Duration) -> Option<Vec<u8>> {
        let port = self.ports.get_mut(port)?;
        port.arriving.front().filter(|(arrival, _)| *arrival <= now)?;
        let (arrival, frame) = port.arriving.pop_front()?;
        self.fate.delivered += 1;
        self.record_if(Tap::Delivered, &frame, arrival);
        Some(frame)
    }

    fn record_if(&mut self, tap: Tap, frame: &[u8], now: Duration) {
        if let Some(recorder) = self.recorder.as_mut().filter(|recorder| recorder.tap == tap) {
            recorder.write(frame, now);
        }
    }
}

impl Port {
    /// Nearly always the frame is the last to arrive.
    fn arrive(&mut self, arrival: Duration, frame: Vec<u8>) {
        let later = self.arriving.iter().rev().take_while(|(other, _)| *other > arrival).count();
        match later {
            0 => self.arriving.push_back((arrival, frame)),
            _ => self.arriving.insert(self.arriving.len() - later, (arrival, frame)),
        }
    }
}

struct Recorder {
    tap: Tap,
    file: Box<dyn Write + Send>,
    /// The first error; nothing is written after it.
    result: io::Result<()>,
}

impl Recorder {
    fn write(&mut self, frame: &[u8], now: Duration) {
        if self.result.is_ok() {
            let header = pcap::record_header(now, frame.len());
            self.result = self.file.write_all(&header).and_then(|()| self.file.write_all(frame));
        }
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory")
            .field("ports", &self.ports)
            .field("conditions", &self.conditions)
            .field("fate", &self.fate)
            .finish_non_exhaustive()
    }
}
