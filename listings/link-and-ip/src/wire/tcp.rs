//! TCP's header and options. What to do with them is a later chapter's.

use crate::field::{Field, Table};

pub const SOURCE: Field = Field::first("source port", 16);
pub const DESTINATION: Field = SOURCE.then("destination port", 16);
pub const SEQUENCE: Field = DESTINATION.then("sequence number", 32);
pub const ACKNOWLEDGMENT: Field = SEQUENCE.then("acknowledgment number", 32);
pub const DATA_OFFSET: Field = ACKNOWLEDGMENT.then("data offset", 4);
pub const RESERVED: Field = DATA_OFFSET.then("reserved", 4);
pub const CWR: Field = RESERVED.then("CWR", 1);
pub const ECE: Field = CWR.then("ECE", 1);
pub const URG: Field = ECE.then("URG", 1);
pub const ACK: Field = URG.then("ACK", 1);
pub const PSH: Field = ACK.then("PSH", 1);
pub const RST: Field = PSH.then("RST", 1);
pub const SYN: Field = RST.then("SYN", 1);
pub const FIN: Field = SYN.then("FIN", 1);
pub const WINDOW: Field = FIN.then("window", 16);
pub const CHECKSUM: Field = WINDOW.then("checksum", 16);
pub const URGENT: Field = CHECKSUM.then("urgent pointer", 16);

/// RFC 9293 §3.1.
pub const HEADER: Table = Table::new(
    "tcp",
    "RFC 9293 §3.1",
    &[
        SOURCE,
        DESTINATION,
        SEQUENCE,
        ACKNOWLEDGMENT,
        DATA_OFFSET,
        RESERVED,
        CWR,
        ECE,
        URG,
        ACK,
        PSH,
        RST,
        SYN,
        FIN,
        WINDOW,
        CHECKSUM,
        URGENT,
    ],
)
.followed_by("options and data");

/// Bytes of a header without options.
pub const LENGTH: usize = HEADER.length();
/// Bytes of the longest header: its length is 4 bits, and counts words.
pub const MAX_LENGTH: usize = 15 * 4;

const KIND: Field = Field::first("kind", 8);
const OPTION_LENGTH: Field = KIND.then("length", 8);

pub const MSS_SIZE: Field = OPTION_LENGTH.then("maximum segment size", 16);
/// RFC 9293 §3.7.1.
pub const MSS: Table = Table::new("tcp-mss", "RFC 9293 §3.2", &[KIND, OPTION_LENGTH, MSS_SIZE]);

pub const SHIFT: Field = OPTION_LENGTH.then("shift count", 8);
/// RFC 7323 §2.2.
pub const WINDOW_SCALE: Table =
    Table::new("tcp-window-scale", "RFC 7323 §2.2", &[KIND, OPTION_LENGTH, SHIFT]);

/// RFC 2018 §2.
pub const SACK_PERMITTED: Table =
    Table::new("tcp-sack-permitted", "RFC 2018 §2", &[KIND, OPTION_LENGTH]);

/// RFC 2018 §3: as many blocks as fit.
pub const SACK: Table =
    Table::new("tcp-sack", "RFC 2018 §3", &[KIND, OPTION_LENGTH]).followed_by("blocks");

pub const LEFT_EDGE: Field = Field::first("left edge", 32);
pub const RIGHT_EDGE: Field = LEFT_EDGE.then("right edge", 32);
/// RFC 2018 §3.
pub const SACK_BLOCK: Table = Table::new("tcp-sack-block", "RFC 2018 §3", &[LEFT_EDGE, RIGHT_EDGE]);

pub const VALUE: Field = OPTION_LENGTH.then("TS value", 32);
pub const ECHO: Field = VALUE.then("TS echo reply", 32);
/// RFC 7323 §3.2.
pub const TIMESTAMPS: Table =
    Table::new("tcp-timestamps", "RFC 7323 §3.2", &[KIND, OPTION_LENGTH, VALUE, ECHO]);

/// The first byte of an option.
pub mod kind {
    /// Ends the list. It has no length.
    pub const END: u8 = 0;
    /// Fills a byte. It has no length.
    pub const NO_OPERATION: u8 = 1;
    pub const MSS: u8 = 2;
    pub const WINDOW_SCALE: u8 = 3;
    pub const SACK_PERMITTED: u8 = 4;
    pub const SACK: u8 = 5;
    pub const TIMESTAMPS: u8 = 8;
}
