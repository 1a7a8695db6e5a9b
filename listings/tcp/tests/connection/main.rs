//! One connection, without a host or a link: what each rule of the RFCs makes of a segment.

mod hostile;
mod limits;
mod rules;
mod script;
