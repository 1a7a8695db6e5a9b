//! The words of a master file: comments away, parentheses joined, strings whole (RFC 1035 §5.1).

use std::iter::Peekable;
use std::str::CharIndices;

use super::Fault;

/// A word or a quoted string, its escapes as they are written: what they mean depends on whether it
/// is a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token<'a> {
    pub(super) text: &'a str,
    pub(super) quoted: bool,
}

/// A line, or several that parentheses join.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entry<'a> {
    /// Of its first word, from 1.
    pub(super) line: usize,
    /// It begins with white space: the owner is the one of the entry before.
    pub(super) same_owner: bool,
    pub(super) tokens: Vec<Token<'a>>,
}

pub(super) struct Entries<'a> {
    text: &'a str,
    chars: Peekable<CharIndices<'a>>,
    line: usize,
}

impl<'a> Entries<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, chars: text.char_indices().peekable(), line: 1 }
    }

    /// The next entry that has words; the line and the fault if there is none to be had.
    pub(super) fn next_entry(&mut self) -> Result<Option<Entry<'a>>, (usize, Fault)> {
        let mut entry = Entry::default();
        let mut opened = None;
        let mut at_start = true;
        while let Some(&(at, c)) = self.chars.peek() {
            match c {
                '\n' if opened.is_none() && !entry.tokens.is_empty() => return Ok(Some(entry)),
                '\n' if opened.is_none() => entry.same_owner = false,
                ' ' | '\t' if at_start => entry.same_owner = true,
                '(' if opened.is_none() => opened = Some(self.line),
                '(' => return Err((self.line, Fault::Open)),
                ')' => _ = opened.take().ok_or((self.line, Fault::Close))?,
                ';' => self.skip_comment(),
                '\n' | ' ' | '\t' | '\r' => {}
                _ => {
                    if entry.tokens.is_empty() {
                        entry.line = self.line;
                    }
                    let token = if c == '"' { self.string(at)? } else { self.word(at) };
                    entry.tokens.push(token);
                    at_start = false;
                    continue;
                }
            }
            at_start = c == '\n' && opened.is_none();
            self.advance();
        }
        match opened {
            Some(line) => Err((line, Fault::Open)),
            None => Ok(Some(entry).filter(|entry| !entry.tokens.is_empty())),
        }
    }

    fn advance(&mut self) -> Option<char> {
        let (_, c) = self.chars.next()?;
        self.line += usize::from(c == '\n');
        Some(c)
    }

    /// Up to the end of the line, which stays; the last character of the comment too.
    fn skip_comment(&mut self) {
        let rest = self.chars.peek().map_or("", |&(at, _)| &self.text[at..]);
        let length = rest.find('\n').unwrap_or(rest.len());
        for _ in 1..rest[..length].chars().count() {
            self.advance();
        }
    }

    fn word(&mut self, start: usize) -> Token<'a> {
        let mut end = start;
        while let Some(&(at, c)) = self.chars.peek() {
            if matches!(c, ' ' | '\t' | '\r' | '\n' | '(' | ')' | ';' | '"') {
                break;
            }
            self.advance();
            end = at + c.len_utf8();
            // What follows a backslash belongs to the word, whatever it is, but for a line's end.
            if c == '\\'
                && let Some(&(at, escaped)) = self.chars.peek()
                && escaped != '\n'
            {
                self.advance();
                end = at + escaped.len_utf8();
            }
        }
        Token { text: &self.text[start..end], quoted: false }
    }

    fn string(&mut self, quote: usize) -> Result<Token<'a>, (usize, Fault)> {
        let line = self.line;
        self.advance();
        while let Some(&(at, c)) = self.chars.peek() {
            // A string may not go on in the next line: a forgotten quote would eat the zone.
            if c == '\n' {
                break;
            }
            self.advance();
            if c == '"' {
                return Ok(Token { text: &self.text[quote + 1..at], quoted: true });
            }
            if c == '\\' && self.chars.peek().is_some_and(|(_, escaped)| *escaped != '\n') {
                self.advance();
            }
        }
        Err((line, Fault::Quote))
    }
}
