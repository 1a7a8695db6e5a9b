//! What HTTP's fields mean.

pub mod cache;
pub mod condition;
pub mod date;
pub mod etag;
pub mod negotiate;
pub mod range;
pub mod redirect;
pub mod site;
pub mod trace;
pub mod uri;
