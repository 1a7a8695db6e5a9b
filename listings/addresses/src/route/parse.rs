//! Routing tables as text, a route a line.

use std::str::FromStr;

use super::{OffLink, Route, RoutingTable};
use crate::prefix::PrefixError;
use crate::text::AddressError;
use crate::{Address, Prefix};

/// Why a text is no routing table.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {reason}")]
pub struct ParseError<A: Address> {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub reason: Reason<A>,
}

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Reason<A: Address> {
    #[error("write a route as PREFIX dev NUMBER or as PREFIX via GATEWAY dev NUMBER")]
    Form,
    #[error(transparent)]
    Prefix(#[from] PrefixError),
    #[error("the gateway: {0}")]
    Gateway(AddressError),
    #[error("there is a route for {0} already")]
    Twice(Prefix<A>),
    #[error(transparent)]
    OffLink(#[from] OffLink<A>),
}

/// Reads `10.0.0.0/8 via 192.0.2.1 dev 1`.
fn parse_line<A: Address>(line: &str) -> Result<(Prefix<A>, Route<A>), Reason<A>> {
    let words: Vec<&str> = line.split_whitespace().collect();
    let (prefix, gateway, interface) = match words[..] {
        [prefix, "dev", interface] => (prefix, None, interface),
        [prefix, "via", gateway, "dev", interface] => (prefix, Some(gateway), interface),
        _ => return Err(Reason::Form),
    };
    let prefix = match (prefix, Prefix::containing(A::from_left_bits(0), 0)) {
        ("default", Some(all)) => all,
        _ => prefix.parse()?,
    };
    let gateway = gateway.map(A::parse).transpose().map_err(Reason::Gateway)?;
    let interface = interface.parse().map_err(|_| Reason::Form)?;
    Ok((prefix, Route { interface, gateway }))
}

impl<A: Address> FromStr for RoutingTable<A> {
    type Err = ParseError<A>;

    /// Reads what `Display` writes; `default` stands for the prefix of length 0. Empty lines and what
    /// follows a `#` do not count. Routes may come in any order.
    fn from_str(text: &str) -> Result<Self, ParseError<A>> {
        let mut routes = Vec::new();
        for (line, text) in (1..).zip(text.lines()) {
            let text = text.split('#').next().unwrap_or_default();
            if !text.trim().is_empty() {
                let (prefix, route) =
                    parse_line(text).map_err(|reason| ParseError { line, reason })?;
                routes.push((line, prefix, route));
            }
        }
        // Gateways need the routes without one; the sort keeps the order otherwise.
        routes.sort_by_key(|(_, _, route)| route.gateway.is_some());
        let mut table = Self::default();
        for (line, prefix, route) in routes {
            let replaced = table.insert(prefix, route);
            let replaced = replaced.map_err(|error| ParseError { line, reason: error.into() })?;
            if replaced.is_some() {
                return Err(ParseError { line, reason: Reason::Twice(prefix) });
            }
        }
        Ok(table)
    }
}
