//! A chat room: who is in it, what they said, and what each of them has not read yet.
//!
//! It takes bytes and gives bytes; sockets are its owner's. Nobody waits for anybody: a line goes
//! into each person's outbox, which is bounded, and an outbox that is full takes no more lines until
//! its owner has read what is in it. Then a notice says how many were skipped.
//!
//! ```
//! use sockets::room::Room;
//!
//! let mut room = Room::new();
//! let (ann, ben) = (room.enter(), room.enter());
//! room.received(ann, b"ann\n");
//! room.received(ben, b"ben\r\nhello\r\n");
//! assert!(room.outbox(ann).ends_with("* ben is here\nben: hello\n".as_bytes()));
//! ```

use std::collections::BTreeMap;

use crate::framing::Lines;

/// The longest line that is heard, in bytes.
pub const LINE: usize = 1000;

/// The longest name, in characters.
pub const NAME: usize = 20;

/// The longest line that is said, in bytes, without its end: a name, and a line of which each byte
/// has become a U+FFFD, which has three.
pub const SAID: usize = 4 * NAME + ": ".len() + 3 * LINE;

/// What waits for one person at most, in bytes: a few screens.
pub const OUTBOX: usize = 32 << 10;

/// Who is meant. Numbers are not used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Id(u64);

/// Everyone who is connected.
#[derive(Debug, Default)]
pub struct Room {
    people: BTreeMap<Id, Person>,
    next: u64,
}

// ANCHOR: outbox
#[derive(Debug)]
struct Person {
    /// Unknown until the first line: who has not said it hears nothing.
    name: Option<String>,
    lines: Lines,
    /// What the person has not read yet: [`OUTBOX`] bytes at most, and a notice.
    outbox: Vec<u8>,
    /// Lines that found the outbox full.
    skipped: u64,
    /// Said goodbye to: nothing more is heard.
    leaving: bool,
}

impl Person {
    /// Puts a line into the outbox, or counts it.
    fn offer(&mut self, line: &str) {
        // Once one is skipped, all are until the outbox is empty: one notice, not one for each gap.
        if self.skipped > 0 || self.outbox.len() + line.len() > OUTBOX {
            self.skipped += 1;
        } else {
            self.outbox.extend_from_slice(line.as_bytes());
        }
    }

    /// So many bytes of the outbox have been read.
    fn taken(&mut self, count: usize) {
        self.outbox.drain(..count);
        if self.outbox.is_empty() && self.skipped > 0 {
            self.outbox.extend(format!("* {} lines skipped\n", self.skipped).bytes());
            self.skipped = 0;
        }
    }
}
// ANCHOR_END: outbox

impl Room {
    /// An empty room.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Somebody has connected, and is asked for a name.
    pub fn enter(&mut self) -> Id {
        let id = Id(self.next);
        self.next += 1;
        let outbox = b"* your name?\n".to_vec();
        let lines = Lines::new(LINE);
        self.people.insert(id, Person { name: None, lines, outbox, skipped: 0, leaving: false });
        id
    }

    /// Somebody has gone.
    pub fn leave(&mut self, id: Id) {
        if let Some(Person { name: Some(name), .. }) = self.people.remove(&id) {
            self.post(id, &format!("* {name} is gone\n"));
        }
    }

    /// Bytes from somebody, as they came.
    pub fn received(&mut self, id: Id, bytes: &[u8]) {
        let Some(person) = self.people.get_mut(&id).filter(|person| !person.leaving) else {
            return;
        };
        person.lines.push(bytes);
        while let Some(person) = self.people.get_mut(&id).filter(|person| !person.leaving) {
            match person.lines.next_line() {
                Ok(Some(line)) => self.heard(id, &printable(&line)),
                Ok(None) => return,
                Err(error) => self.dismiss(id, &format!("* {error}; goodbye\n")),
            }
        }
    }

    /// What is to be sent to somebody.
    #[must_use]
    pub fn outbox(&self, id: Id) -> &[u8] {
        self.people.get(&id).map_or(&[], |person| &person.outbox)
    }

    /// So many bytes of somebody's outbox have been sent; they are from [`Room::outbox`].
    pub fn taken(&mut self, id: Id, count: usize) {
        if let Some(person) = self.people.get_mut(&id) {
            person.taken(count.min(person.outbox.len()));
        }
    }

    /// Does somebody have a name yet?
    #[must_use]
    pub fn is_named(&self, id: Id) -> bool {
        self.people.get(&id).is_some_and(|person| person.name.is_some())
    }

    /// Has somebody been dismissed? The connection ends when the outbox is empty.
    #[must_use]
    pub fn is_leaving(&self, id: Id) -> bool {
        self.people.get(&id).is_none_or(|person| person.leaving)
    }

    /// Ends somebody's visit with a last line, which is sent before the connection ends.
    pub fn dismiss(&mut self, id: Id, line: &str) {
        if let Some(person) = self.people.get_mut(&id) {
            person.outbox.extend_from_slice(line.as_bytes());
            person.lines = Lines::new(LINE); // what is left of it will not be heard
            person.leaving = true;
        }
    }

    /// Bytes that wait for somebody or are no line yet: [`OUTBOX`], a notice, a last line and
    /// [`LINE`] at most, with its end.
    #[must_use]
    pub fn held(&self, id: Id) -> usize {
        self.people.get(&id).map_or(0, |person| person.outbox.len() + person.lines.rest().len())
    }

    fn heard(&mut self, id: Id, line: &str) {
        let Some(person) = self.people.get(&id) else { return };
        match &person.name {
            Some(_) if line.is_empty() => {}
            Some(name) => {
                let line = format!("{name}: {line}\n");
                self.post(id, &line);
            }
            None => self.name(id, line.trim()),
        }
    }

    fn name(&mut self, id: Id, name: &str) {
        let good = !name.is_empty()
            && name.chars().count() <= NAME
            && name.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_');
        let lower = name.to_lowercase();
        let mut names = self.people.values().filter_map(|person| person.name.as_deref());
        let taken = good && names.any(|other| other.to_lowercase() == lower);
        if taken || !good {
            let line = if taken { "* taken; another?\n" } else { "* letters and digits, please\n" };
            if let Some(person) = self.people.get_mut(&id) {
                person.offer(line);
            }
            return;
        }
        let here = self.here();
        if let Some(person) = self.people.get_mut(&id) {
            person.offer(&format!("* welcome, {name}; here: {here}\n"));
            person.name = Some(name.to_owned());
        }
        self.post(id, &format!("* {name} is here\n"));
    }

    /// Who has a name: as many as a line has room for, and how many more.
    fn here(&self) -> String {
        let mut names: Vec<_> = self.people.values().filter_map(|p| p.name.as_deref()).collect();
        let all = names.len();
        let mut length = 0;
        names.retain(|name| {
            length += name.len() + ", ".len();
            length <= LINE
        });
        match all - names.len() {
            _ if all == 0 => "nobody else".to_owned(),
            0 => names.join(", "),
            more => format!("{} and {more} more", names.join(", ")),
        }
    }

    /// Offers a line to everyone who has a name, except the one who said it.
    fn post(&mut self, from: Id, line: &str) {
        for (id, person) in &mut self.people {
            if *id != from && person.name.is_some() && !person.leaving {
                person.offer(line);
            }
        }
    }
}

// ANCHOR: printable
/// The line as it may appear on somebody else's terminal: text, and nothing that moves the cursor.
#[must_use]
pub fn printable(line: &[u8]) -> String {
    let text = String::from_utf8_lossy(line);
    text.chars().map(|c| if is_command(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

/// Control characters, and those that change the direction of the text around them.
fn is_command(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}'..='\u{200f}')
        || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
// ANCHOR_END: printable

#[cfg(test)]
mod tests {
    use super::*;

    fn named(room: &mut Room, name: &str) -> Id {
        let id = room.enter();
        room.received(id, format!("{name}\n").as_bytes());
        let length = room.outbox(id).len();
        room.taken(id, length);
        id
    }

    fn text(room: &Room, id: Id) -> &str {
        std::str::from_utf8(room.outbox(id)).unwrap()
    }

    #[test]
    fn a_line_goes_to_everyone_else() {
        let mut room = Room::new();
        let (ann, ben) = (named(&mut room, "ann"), named(&mut room, "ben"));
        let nameless = room.enter();
        room.taken(ann, room.outbox(ann).len());
        room.received(ben, b"he");
        room.received(ben, b"llo\r\nyou\n");
        assert_eq!(text(&room, ann), "ben: hello\nben: you\n");
        assert_eq!(text(&room, ben), "");
        assert_eq!(text(&room, nameless), "* your name?\n");
        room.leave(ben);
        assert!(text(&room, ann).ends_with("* ben is gone\n"));
    }

    #[test]
    fn names_are_taken_once() {
        let mut room = Room::new();
        named(&mut room, "ann");
        let other = room.enter();
        for (name, answer) in [
            ("ANN", "* taken; another?\n"),
            ("*", "please\n"),
            ("a b", "please\n"),
            ("", "please\n"),
        ] {
            room.received(other, format!("{name}\n").as_bytes());
            assert!(text(&room, other).ends_with(answer), "{name}");
        }
        room.received(other, "安\n".as_bytes());
        assert!(text(&room, other).ends_with("* welcome, 安; here: ann\n"));
    }

    #[test]
    fn a_full_room_is_named_in_one_line_of_the_usual_length() {
        let mut room = Room::new();
        for number in 0..200 {
            named(&mut room, &format!("{}{number:03}", "n".repeat(NAME - 3)));
        }
        let last = room.enter();
        room.received(last, b"last\n");
        let said = text(&room, last);
        assert!(said.ends_with(" and 155 more\n"), "{said}");
        assert!(said.lines().all(|line| line.len() <= SAID));
    }

    #[test]
    fn who_does_not_read_is_told_how_much_is_missing() {
        let mut room = Room::new();
        let (ann, cat) = (named(&mut room, "ann"), named(&mut room, "cat"));
        let line = format!("{}\n", "x".repeat(500));
        for _ in 0..1000 {
            room.received(ann, line.as_bytes());
        }
        let kept = text(&room, cat).lines().count();
        assert!(room.outbox(cat).len() <= OUTBOX && kept > 10);
        room.taken(cat, 600); // there is room for a line again
        room.received(ann, line.as_bytes());
        assert_eq!(text(&room, cat).lines().count(), kept - 1, "still skipping: not empty yet");
        room.taken(cat, room.outbox(cat).len());
        assert_eq!(text(&room, cat), format!("* {} lines skipped\n", 1001 - kept));
        room.received(ann, b"again\n");
        assert!(text(&room, cat).ends_with("skipped\nann: again\n"));
    }

    #[test]
    fn a_terminal_gets_no_commands() {
        assert_eq!(printable(b"\x1b[2Jhi\rann: no\x07"), "\u{fffd}[2Jhi\u{fffd}ann: no\u{fffd}");
        assert_eq!(printable("\u{9b}31m \u{202e}abc".as_bytes()), "\u{fffd}31m \u{fffd}abc");
        assert_eq!(printable("a\u{61c}b\u{2068}c".as_bytes()), "a\u{fffd}b\u{fffd}c");
        assert_eq!(printable(b"\xff\xfe"), "\u{fffd}\u{fffd}");
        assert_eq!(printable("你好, é".as_bytes()), "你好, é");
    }

    #[test]
    fn who_was_dismissed_costs_nothing_more() {
        let mut room = Room::new();
        let ann = named(&mut room, "ann");
        room.dismiss(ann, "* goodbye\n");
        room.received(ann, &[b'x'; 10]);
        assert_eq!(room.people[&ann].lines.rest(), b"");
    }

    #[test]
    fn a_line_without_an_end_is_the_last() {
        let mut room = Room::new();
        let (ann, ben) = (named(&mut room, "ann"), named(&mut room, "ben"));
        room.taken(ann, room.outbox(ann).len());
        room.received(ben, &[b'x'; LINE + 2]);
        assert!(room.is_leaving(ben) && text(&room, ben).contains("goodbye"));
        assert_eq!(room.held(ben), room.outbox(ben).len(), "the line itself is not kept");
        room.received(ben, b"\nhello\n");
        assert_eq!(text(&room, ann), "");
    }
}
