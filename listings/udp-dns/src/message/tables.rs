//! Where the fields of a message are, as tables: the code reads and writes through them, and the
//! program `dns_header` draws them.

use link_and_ip::field::{Field, Table};

pub const ID: Field = Field::first("ID", 16);
pub const QR: Field = ID.then("QR", 1);
pub const OPCODE: Field = QR.then("opcode", 4);
pub const AA: Field = OPCODE.then("AA", 1);
pub const TC: Field = AA.then("TC", 1);
pub const RD: Field = TC.then("RD", 1);
pub const RA: Field = RD.then("RA", 1);
pub const Z: Field = RA.then("Z", 1);
pub const AD: Field = Z.then("AD", 1);
pub const CD: Field = AD.then("CD", 1);
pub const RCODE: Field = CD.then("rcode", 4);
pub const QDCOUNT: Field = RCODE.then("QDCOUNT", 16);
pub const ANCOUNT: Field = QDCOUNT.then("ANCOUNT", 16);
pub const NSCOUNT: Field = ANCOUNT.then("NSCOUNT", 16);
pub const ARCOUNT: Field = NSCOUNT.then("ARCOUNT", 16);

/// What every message begins with. Three bits that RFC 1035 reserved have become one.
pub const HEADER: Table = Table::new(
    "header",
    "RFC 1035 §4.1.1, RFC 6895 §2",
    &[ID, QR, OPCODE, AA, TC, RD, RA, Z, AD, CD, RCODE, QDCOUNT, ANCOUNT, NSCOUNT, ARCOUNT],
);

pub const QTYPE: Field = Field::first("QTYPE", 16);
pub const QCLASS: Field = QTYPE.then("QCLASS", 16);

/// What follows a question's name.
pub const QUESTION: Table = Table::new("question", "RFC 1035 §4.1.2", &[QTYPE, QCLASS]);

pub const TYPE: Field = Field::first("TYPE", 16);
pub const CLASS: Field = TYPE.then("CLASS", 16);
pub const TTL: Field = CLASS.then("TTL", 32);
pub const RDLENGTH: Field = TTL.then("RDLENGTH", 16);

/// What follows a record's name.
pub const RECORD: Table =
    Table::new("record", "RFC 1035 §4.1.3", &[TYPE, CLASS, TTL, RDLENGTH]).followed_by("RDATA");

pub const UDP_SIZE: Field = TYPE.then("UDP payload size", 16);
pub const EXTENDED_RCODE: Field = UDP_SIZE.then("extended rcode", 8);
pub const VERSION: Field = EXTENDED_RCODE.then("version", 8);
pub const DO: Field = VERSION.then("DO", 1);
pub const ZEROS: Field = DO.then("Z", 15);
pub const OPT_LENGTH: Field = ZEROS.then("RDLENGTH", 16);

/// The same ten bytes in an OPT record: class and TTL hold something else.
pub const OPT: Table = Table::new(
    "opt",
    "RFC 6891 §6.1.2, §6.1.3",
    &[TYPE, UDP_SIZE, EXTENDED_RCODE, VERSION, DO, ZEROS, OPT_LENGTH],
)
.followed_by("options");

pub const OPTION_CODE: Field = Field::first("OPTION-CODE", 16);
pub const OPTION_LENGTH: Field = OPTION_CODE.then("OPTION-LENGTH", 16);

/// What an option in an OPT record begins with.
pub const OPTION: Table = Table::new("option", "RFC 6891 §6.1.2", &[OPTION_CODE, OPTION_LENGTH])
    .followed_by("OPTION-DATA");

/// Every table, for the program that draws them.
pub const TABLES: &[&Table] = &[&HEADER, &QUESTION, &RECORD, &OPT, &OPTION];
