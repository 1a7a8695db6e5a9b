//! The Linux kernel as the judge: its TCP talks to ours through a TAP device, in a network namespace
//! that each test makes for itself.
//!
//! They need `ip`, `ss`, `curl`, `nginx`, `python3` and `tshark`: ci/setup.sh.

#![cfg(target_os = "linux")]

mod half_close;
mod net;
mod odd;
mod states;
mod transfer;
