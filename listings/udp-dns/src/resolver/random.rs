//! Numbers that nobody else can guess.

/// Where IDs, ports and letter cases come from.
///
/// A trait so that a test can play an attacker who knows them all.
pub trait Random {
    /// Sixteen bits, each as likely set as not.
    fn bits(&mut self) -> u16;

    // ANCHOR: port
    /// A port to ask from: any from 1024 up, since "as large as possible" is what RFC 5452 §9.2
    /// asks of the choice. Linux's own choice for port 0 is one of 28,232, ours one of 64,512.
    fn port(&mut self) -> u16 {
        loop {
            let port = self.bits();
            // Refused rather than shifted: a remainder would make some ports likelier.
            if port >= 1024 {
                return port;
            }
        }
    }
    // ANCHOR_END: port
}

/// The kernel's.
#[derive(Clone, Copy, Debug, Default)]
pub struct System;

impl Random for System {
    /// # Panics
    ///
    /// If the kernel has no random numbers. It is better to ask nothing than to ask with an ID that
    /// can be guessed.
    fn bits(&mut self) -> u16 {
        let bits = getrandom::u32().expect("random numbers from the kernel");
        bits as u16
    }
}

/// Numbers from a function: for tests and for showing what an attacker gains by knowing them.
#[derive(Clone, Debug)]
pub struct Known<F>(pub F);

impl<F: FnMut() -> u16> Random for Known<F> {
    fn bits(&mut self) -> u16 {
        (self.0)()
    }
}
