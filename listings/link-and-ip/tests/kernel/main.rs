//! The Linux kernel as the judge: its own programs talk to our stack through a TAP device, in a
//! network namespace that each test makes for itself.
//!
//! They need `ip`, `ping`, `arping`, `traceroute`, `python3` and `tshark`: ci/setup.sh.

#![cfg(target_os = "linux")]

mod arp;
mod errors;
mod hostile;
mod net;
mod ping;
mod router;
mod spoof;
mod tshark;
