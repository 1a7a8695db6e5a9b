//! The headers, as views and builders.
