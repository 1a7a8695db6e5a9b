//! `/etc/resolv.conf`: whom to ask, and what a short name may mean (`resolv.conf(5)`).
//!
//! A file that is wrong somewhere still has to do: what cannot be used is skipped, and said.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, SocketAddrV6};
use std::time::Duration;

use addresses::text::{Zone, Zoned};

use crate::name::Name;
use crate::resolver::Settings;

/// Where it lies.
pub const PATH: &str = "/etc/resolv.conf";

/// Bytes beyond these are not looked at.
pub const MAX_BYTES: usize = 64 << 10;
/// Servers beyond these are not asked, as in glibc (`MAXNS`).
pub const MAX_NAMESERVERS: usize = 3;
/// glibc has had no limit since 2.26; each suffix is one more question for a mistyped name.
pub const MAX_SEARCH: usize = 32;
const MAX_WARNINGS: usize = 16;
/// Where the caps of `ndots`, `timeout` and `attempts` lie (`resolv.conf(5)`).
const MAX_NDOTS: u32 = 15;
const MAX_TIMEOUT: u32 = 30;
const MAX_ATTEMPTS: u32 = 5;
/// The DNS's port (RFC 1035 §4.2).
pub const PORT: u16 = 53;

/// A server's address, with the link that it is on if the address does not tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nameserver {
    pub address: IpAddr,
    pub zone: Option<Zone>,
}

/// Something that was skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// From 1.
    pub line: usize,
    pub what: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(clippy::struct_excessive_bools)] // each is an option of the file's
pub struct ResolvConf {
    /// The machine itself if the file names none.
    pub nameservers: Vec<Nameserver>,
    /// The last `search` or `domain` line's.
    pub search: Vec<Name>,
    /// With so many dots a name is tried as it stands first.
    pub ndots: usize,
    pub timeout: Duration,
    pub attempts: u8,
    pub rotate: bool,
    pub edns: bool,
    /// Ask over TCP only.
    pub use_vc: bool,
    /// Believe the server's AD bit.
    pub trust_ad: bool,
    pub warnings: Vec<Warning>,
}

impl Default for ResolvConf {
    /// What an empty file means.
    fn default() -> Self {
        Self {
            nameservers: vec![Nameserver { address: Ipv4Addr::LOCALHOST.into(), zone: None }],
            search: Vec::new(),
            ndots: 1,
            timeout: Duration::from_secs(5),
            attempts: 2,
            rotate: false,
            edns: false,
            use_vc: false,
            trust_ad: false,
            warnings: Vec::new(),
        }
    }
}

impl ResolvConf {
    /// Reads the file's bytes. What is no UTF-8 is skipped with its line.
    pub fn parse(bytes: &[u8]) -> Self {
        let mut conf = Self { nameservers: Vec::new(), ..Self::default() };
        let read = &bytes[..bytes.len().min(MAX_BYTES)];
        for (number, line) in (1..).zip(read.split(|&byte| byte == b'\n')) {
            let result = match std::str::from_utf8(line) {
                Ok(line) => conf.line(line, number),
                Err(_) => Err("not text".to_owned()),
            };
            if let Err(what) = result {
                conf.warn(number, what);
            }
        }
        if bytes.len() > MAX_BYTES {
            conf.warn(0, format!("the file is longer than {MAX_BYTES} bytes"));
        }
        if conf.nameservers.is_empty() {
            conf.nameservers = Self::default().nameservers;
        }
        conf
    }

    fn warn(&mut self, line: usize, what: String) {
        if self.warnings.len() < MAX_WARNINGS {
            self.warnings.push(Warning { line, what });
        }
    }

    /// A keyword stands at the line's very beginning, as does the sign of a comment.
    fn line(&mut self, line: &str, number: usize) -> Result<(), String> {
        if line.starts_with(['#', ';']) || line.trim().is_empty() {
            return Ok(());
        }
        let (keyword, rest) = line.split_once([' ', '\t']).unwrap_or((line, ""));
        let words = rest.split_whitespace();
        match keyword {
            "nameserver" => self.nameserver(rest),
            "search" => {
                self.search = Vec::new();
                for word in words {
                    self.suffix(word, number);
                }
                Ok(())
            }
            "domain" => {
                self.search = Vec::new();
                words.take(1).for_each(|word| self.suffix(word, number));
                Ok(())
            }
            "options" => {
                for word in words {
                    self.option(word).unwrap_or_else(|what| self.warn(number, what));
                }
                Ok(())
            }
            _ => Err(format!("unknown keyword {keyword:?}")),
        }
    }

    fn nameserver(&mut self, rest: &str) -> Result<(), String> {
        let text = rest.trim_start().split([' ', '\t', '#', ';', '\r']).next().unwrap_or_default();
        let nameserver =
            Nameserver::parse(text).ok_or_else(|| format!("{text:?} is no address"))?;
        if self.nameservers.len() == MAX_NAMESERVERS {
            return Err(format!("more than {MAX_NAMESERVERS} name servers"));
        }
        self.nameservers.push(nameserver);
        Ok(())
    }

    fn suffix(&mut self, word: &str, number: usize) {
        match word.parse() {
            Ok(_) if self.search.len() == MAX_SEARCH => {
                self.warn(number, format!("more than {MAX_SEARCH} suffixes"));
            }
            Ok(name) => self.search.push(name),
            Err(error) => self.warn(number, format!("{word:?}: {error}")),
        }
    }

    fn option(&mut self, word: &str) -> Result<(), String> {
        let (name, value) = word.split_once(':').unwrap_or((word, ""));
        let number = || value.parse::<u32>().map_err(|_| format!("{word:?} has no number"));
        match name {
            "ndots" => self.ndots = number()?.min(MAX_NDOTS) as usize,
            "timeout" => {
                self.timeout = Duration::from_secs(number()?.clamp(1, MAX_TIMEOUT).into());
            }
            "attempts" => self.attempts = number()?.clamp(1, MAX_ATTEMPTS) as u8,
            "rotate" => self.rotate = true,
            "edns0" => self.edns = true,
            "use-vc" => self.use_vc = true,
            "trust-ad" => self.trust_ad = true,
            // They tell glibc how to work around servers that we do not meet, or how to go about
            // two questions at once.
            "debug"
            | "inet6"
            | "single-request"
            | "single-request-reopen"
            | "no-tld-query"
            | "no-reload"
            | "no-aaaa"
            | "no-check-names"
            | "ip6-bytestring"
            | "ip6-dotint"
            | "no-ip6-dotint" => {}
            _ => return Err(format!("unknown option {word:?}")),
        }
        Ok(())
    }

    /// What this says about how to ask. EDNS stays on in any case: that the file says nothing of it
    /// is only glibc's caution.
    pub fn settings(&self) -> Settings {
        Settings {
            timeout: self.timeout,
            attempts: self.attempts,
            rotate: self.rotate,
            tcp: self.use_vc,
            ..Settings::default()
        }
    }
}

impl Nameserver {
    /// `192.0.2.53`, `2001:db8::53` or `fe80::53%eth0`; `None` for anything else.
    pub fn parse(text: &str) -> Option<Self> {
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Some(Self { address: address.into(), zone: None });
        }
        let Zoned { address, zone } = text.parse().ok()?;
        Some(Self { address: address.into(), zone })
    }

    /// Address and port for a socket. `index` knows the number of an interface by its name.
    pub fn socket(&self, port: u16, index: impl FnOnce(&str) -> Option<u32>) -> Option<SocketAddr> {
        let IpAddr::V6(address) = self.address else {
            return Some(SocketAddr::new(self.address, port));
        };
        let scope = match &self.zone {
            None => 0,
            Some(zone) => zone.index().or_else(|| index(zone.as_str()))?,
        };
        Some(SocketAddrV6::new(address, port, 0, scope).into())
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.what)
    }
}
