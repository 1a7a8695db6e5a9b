//! Fragments of IPv4 put together again.
