//! A network of one's own: a Linux network namespace.
