//! The chunked transfer coding (RFC 9112 §7.1).
//!
//! ```text
//! 4;name=value CRLF     size in hexadecimal, extensions that nobody uses
//! Rust CRLF             so many bytes
//! 0 CRLF                the last chunk
//! Expires: never CRLF   trailer fields
//! CRLF
//! ```

use bytes::{Buf, BytesMut};

use crate::body::{Piece, take};
use crate::chars::{is_tchar, is_value_byte};
use crate::fields::Fields;
use crate::limits::Limits;
use crate::lines::{Lines, Section};
use crate::parse::parse_trailers;
use crate::refusal::Refusal;

/// More hexadecimal digits than these do not fit into 64 bits. Leading zeros count as well.
const MAX_DIGITS: usize = 16;

/// Fields that say where a message ends, whom it is for, or what becomes of the connection. By the
/// time a trailer arrives all of that has been decided, and a recipient that changed its mind then
/// could be made to cut the messages differently from the others. RFC 9110 §6.5.1 forbids to send
/// them; who does is refused.
pub(crate) const FORBIDDEN_TRAILERS: [&str; 5] =
    ["Transfer-Encoding", "Content-Length", "Host", "Connection", "Upgrade"];

#[derive(Debug)]
pub(crate) struct Chunked {
    state: State,
    /// The size of the current chunk as far as its digits have arrived; then what is left of it.
    size: u64,
    digits: usize,
    /// Bytes of the current chunk-size line, without its end.
    line: usize,
    /// Bytes of the extensions of all chunks.
    extensions: usize,
}

/// What the next byte belongs to.
#[derive(Debug)]
enum State {
    Size,
    /// Whitespace before a `;`.
    BeforeExtension,
    /// After a `;`: whitespace, then a name.
    BeforeName,
    Name,
    /// Whitespace after a name, before `=` or `;`.
    AfterName,
    /// After a `=`: whitespace, then a token or a quoted string.
    BeforeValue,
    Value,
    Quoted,
    /// After a `\` in a quoted string.
    Escaped,
    AfterQuoted,
    /// The LF of the size line.
    SizeEnd,
    Data,
    /// The CR after the data, then their LF.
    DataCr,
    DataLf,
    Trailers(Lines),
}

impl Chunked {
    pub(crate) fn new() -> Self {
        Self { state: State::Size, size: 0, digits: 0, line: 0, extensions: 0 }
    }

    // ANCHOR: decode
    pub(crate) fn decode(
        &mut self,
        buffer: &mut BytesMut,
        allowance: &mut u64,
        limits: &Limits,
    ) -> Result<Piece, Refusal> {
        loop {
            match &mut self.state {
                State::Data if buffer.is_empty() => return Ok(Piece::Wait),
                State::Data => {
                    let data = take(buffer, self.size);
                    self.size -= data.len() as u64;
                    if self.size == 0 {
                        self.state = State::DataCr;
                    }
                    return Ok(Piece::Data(data));
                }
                State::Trailers(lines) => {
                    let Some(length) = lines.advance(buffer, limits)? else {
                        return Ok(Piece::Wait);
                    };
                    return trailers(buffer, length).map(Piece::End);
                }
                _ => {
                    let Some(&byte) = buffer.first() else {
                        return Ok(Piece::Wait);
                    };
                    self.step(byte, allowance, limits)?;
                    buffer.advance(1);
                }
            }
        }
    }
    // ANCHOR_END: decode

    /// Takes one byte of what stands between the data.
    fn step(&mut self, byte: u8, allowance: &mut u64, limits: &Limits) -> Result<(), Refusal> {
        self.state = match self.state {
            State::SizeEnd if byte == b'\n' => return self.begin_data(allowance, limits),
            State::SizeEnd => return Err(Refusal::BareCr),
            State::DataCr if byte == b'\r' => State::DataLf,
            State::DataLf if byte == b'\n' => State::Size,
            State::DataCr | State::DataLf => return Err(Refusal::ChunkDataEnd),
            _ => self.step_in_line(byte, limits)?,
        };
        Ok(())
    }

    /// Takes one byte of a chunk-size line.
    fn step_in_line(&mut self, byte: u8, limits: &Limits) -> Result<State, Refusal> {
        let next = match (&self.state, byte) {
            (State::Size, b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F') => self.digit(byte)?,
            (State::Size, b'\r' | b';') if self.digits == 0 => return Err(Refusal::NoChunkSize),
            (State::Size | State::Name | State::Value | State::AfterQuoted, b'\r') => {
                State::SizeEnd
            }
            (State::Size | State::Name | State::Value | State::AfterQuoted, b'\n') => {
                return Err(Refusal::BareLf);
            }
            (State::Size, b' ' | b'\t') if self.digits > 0 => State::BeforeExtension,
            (State::Size, b';') => State::BeforeName,
            (State::Size, byte) => return Err(Refusal::ChunkSizeByte(byte)),
            (_, byte) => self.step_in_extension(byte)?,
        };
        if !matches!(next, State::SizeEnd) {
            self.line += 1;
            if self.line > limits.chunk_line {
                return Err(Refusal::ChunkLineTooLong(limits.chunk_line));
            }
            self.extensions += usize::from(!matches!(next, State::Size));
            if self.extensions > limits.chunk_extensions {
                return Err(Refusal::ChunkExtensions(limits.chunk_extensions));
            }
        }
        Ok(next)
    }

    /// `*( BWS ";" BWS name [ BWS "=" BWS value ] )`, the value a token or a quoted string
    /// (RFC 9112 §7.1.1). What is said there is ignored; where it ends must not be in doubt.
    fn step_in_extension(&self, byte: u8) -> Result<State, Refusal> {
        use State::{
            AfterName, AfterQuoted, BeforeExtension, BeforeName, BeforeValue, Escaped, Name,
            Quoted, Value,
        };
        Ok(match (&self.state, byte) {
            (BeforeExtension | Name | AfterName | Value | AfterQuoted, b';')
            | (BeforeName, b' ' | b'\t') => BeforeName,
            (BeforeExtension | Value | AfterQuoted, b' ' | b'\t') => BeforeExtension,
            (BeforeName | Name, byte) if is_tchar(byte) => Name,
            (Name | AfterName, b' ' | b'\t') => AfterName,
            (Name | AfterName, b'=') | (BeforeValue, b' ' | b'\t') => BeforeValue,
            (BeforeValue | Value, byte) if is_tchar(byte) => Value,
            (BeforeValue, b'"') => Quoted,
            (Quoted, b'\\') => Escaped,
            (Quoted, b'"') => AfterQuoted,
            (Quoted | Escaped, byte) if is_value_byte(byte) => Quoted,
            _ => return Err(Refusal::ChunkExtensionByte(byte)),
        })
    }

    fn digit(&mut self, byte: u8) -> Result<State, Refusal> {
        self.digits += 1;
        if self.digits > MAX_DIGITS {
            return Err(Refusal::ChunkSizeOverflow);
        }
        let digit = char::from(byte).to_digit(16).unwrap_or_default();
        self.size = self.size << 4 | u64::from(digit);
        Ok(State::Size)
    }

    /// The size line is complete.
    fn begin_data(&mut self, allowance: &mut u64, limits: &Limits) -> Result<(), Refusal> {
        let left = allowance.checked_sub(self.size);
        *allowance = left.ok_or(Refusal::ContentTooLarge(limits.content))?;
        self.digits = 0;
        self.line = 0;
        self.state = match self.size {
            0 => State::Trailers(Lines::new(Section::Trailers)),
            _ => State::Data,
        };
        Ok(())
    }
}

/// Takes a complete trailer section out of `buffer`.
fn trailers(buffer: &mut BytesMut, length: usize) -> Result<Fields, Refusal> {
    let block = buffer.split_to(length);
    if block.len() == "\r\n".len() {
        return Ok(Fields::new());
    }
    let trailers = parse_trailers(block.freeze())?;
    if FORBIDDEN_TRAILERS.iter().any(|name| trailers.contains(name)) {
        return Err(Refusal::ForbiddenTrailer);
    }
    Ok(trailers)
}
