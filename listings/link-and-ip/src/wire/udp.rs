//! UDP's header. What to do with it is a later chapter's.

use crate::field::{Field, Table};

const SOURCE: Field = Field::first("source port", 16);
const DESTINATION: Field = SOURCE.then("destination port", 16);
const LENGTH: Field = DESTINATION.then("length", 16);
const CHECKSUM: Field = LENGTH.then("checksum", 16);

/// RFC 768.
pub const HEADER: Table =
    Table::new("udp", "RFC 768", &[SOURCE, DESTINATION, LENGTH, CHECKSUM]).followed_by("data");
