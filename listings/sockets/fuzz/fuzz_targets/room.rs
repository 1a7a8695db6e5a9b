//! Strangers in a chat room: whatever they send, in whatever pieces, and however little they read,
//! what leaves is text in lines of the promised length, and what is held is bounded.
#![no_main]

use std::collections::BTreeMap;

use libfuzzer_sys::fuzz_target;
use sockets::room::{Id, LINE, OUTBOX, Room, SAID};

/// People at once.
const PEOPLE: usize = 8;

const FAREWELL: &str = "* goodbye\n";

/// The longest of the room's own notices: a number of lines, and a framing error.
const NOTICE: usize = 100;

/// What moves text about without being a control character: UAX #9's marks, embeddings, overrides
/// and isolates.
const DIRECTIONS: [char; 12] = [
    '\u{61c}', '\u{200e}', '\u{200f}', '\u{202a}', '\u{202b}', '\u{202c}', '\u{202d}', '\u{202e}',
    '\u{2066}', '\u{2067}', '\u{2068}', '\u{2069}',
];

/// A room, and for each person the end of what was read: a line that is not whole yet.
#[derive(Default)]
struct Scene {
    room: Room,
    heard: BTreeMap<Id, Vec<u8>>,
}

impl Scene {
    /// Somebody reads so many bytes of what waits.
    fn read(&mut self, id: Id, count: usize) {
        let bytes = self.room.outbox(id);
        let bytes = bytes[..count.min(bytes.len())].to_vec();
        self.room.taken(id, bytes.len());
        let heard = self.heard.entry(id).or_default();
        heard.extend(bytes);
        while let Some(end) = heard.iter().position(|&byte| byte == b'\n') {
            let line: Vec<u8> = heard.drain(..=end).collect();
            check(&line[..end]);
        }
        assert!(heard.len() <= SAID);
    }

    fn leave(&mut self, id: Id) {
        self.room.leave(id);
        self.heard.remove(&id);
        assert!(self.room.outbox(id).is_empty() && self.room.held(id) == 0);
    }

    /// Says it several times over, which fills the outboxes of those who do not read.
    fn say(&mut self, id: Id, bytes: &[u8], times: usize) {
        for _ in 0..times {
            self.room.received(id, bytes);
        }
    }

    fn is_bounded(&self) -> bool {
        let most = OUTBOX + NOTICE + FAREWELL.len() + LINE + "\r\n".len();
        self.heard.keys().all(|&id| self.room.held(id) <= most)
    }
}

/// A line that leaves is from the room or from somebody, short enough, and gives no commands.
fn check(line: &[u8]) {
    assert!(line.len() <= SAID, "{} bytes", line.len());
    let text = std::str::from_utf8(line).expect("only text leaves");
    let is_command = |c: char| c.is_control() || DIRECTIONS.contains(&c);
    assert!(!text.contains(is_command), "a command leaves: {text:?}");
    let name = text.split_once(": ").map(|(name, _)| name);
    let is_said = name.is_some_and(|name| !name.is_empty() && !name.contains(['*', ' ']));
    assert!(text.starts_with("* ") || is_said, "{text:?}");
}

fuzz_target!(|input: &[u8]| {
    let mut scene = Scene::default();
    let mut input = input;
    // Each command: what, who, how much; some of them are followed by so many bytes.
    while let [what, who, much, rest @ ..] = input {
        input = rest;
        let much = usize::from(*much);
        let someone = scene.heard.keys().nth(usize::from(*who) % PEOPLE).copied();
        match (what % 8, someone) {
            (_, None) if scene.heard.len() < PEOPLE => {
                let id = scene.room.enter();
                scene.heard.insert(id, Vec::new());
            }
            (0, Some(id)) => scene.leave(id),
            (1, Some(id)) if !scene.room.is_leaving(id) => scene.room.dismiss(id, FAREWELL),
            (2 | 3, Some(id)) => scene.read(id, much << (who >> 4)),
            (4.., Some(id)) => {
                let (bytes, rest) = input.split_at(much.min(input.len()));
                input = rest;
                scene.say(id, bytes, 1 << (what >> 5));
            }
            _ => {}
        }
        assert!(scene.is_bounded());
    }
    for id in scene.heard.keys().copied().collect::<Vec<_>>() {
        scene.read(id, usize::MAX);
    }
});
