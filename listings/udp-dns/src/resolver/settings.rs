//! How a question is asked.

use std::time::Duration;

/// Servers beyond these are not asked.
pub(super) const MAX_SERVERS: usize = 16;
/// How often each server is asked at most, whatever the settings say.
pub(super) const MAX_ATTEMPTS: u8 = 5;

/// How a question is asked.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools)] // each is a switch of its own
pub struct Settings {
    /// How long the first round waits for each server; every round waits twice as long as the one
    /// before, and up to a quarter more, so that many clients do not ask again in step
    /// (RFC 1035 §4.2.1).
    pub timeout: Duration,
    /// How many rounds there are over the servers; at most 5 count.
    pub attempts: u8,
    /// When all is over, however much is left to try.
    pub deadline: Duration,
    /// Whether [`super::Client`] begins with another server at every question.
    pub rotate: bool,
    /// How many bytes of an answer over UDP we take (RFC 6891 §6.2.3); `None` leaves EDNS out, and
    /// with it everything above 512.
    pub udp_size: Option<u16>,
    /// Asks the server to find out itself (RD).
    pub recursion: bool,
    /// Writes the name's letters in a random case and wants it back (0x20, draft-vixie-dnsext-dns0x20).
    pub mixed_case: bool,
    /// Asks over TCP from the start.
    pub tcp: bool,
    /// So many arrivals that do not fit, for one query, are an attack: the question is asked again
    /// over TCP (RFC 5452 §9.3). Who has the port right and guesses IDs wins with a chance of 100 in
    /// 65,536 before that.
    pub forgeries: u32,
}

impl Default for Settings {
    /// What `resolv.conf(5)` has for the times. For the size, what the operators of name servers
    /// agreed on for 2020: 1,232 bytes, 8 of UDP's header and 40 of IPv6's are the 1,280 that every
    /// link of IPv6 carries in one piece (RFC 8200 §5, RFC 9715 Appendix A; its §3.2 allows 1,400).
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(5),
            attempts: 2,
            deadline: Duration::from_secs(30),
            rotate: false,
            udp_size: Some(1232),
            recursion: true,
            mixed_case: false,
            tcp: false,
            forgeries: 100,
        }
    }
}
