//! What is printed at the end: the counters, and who is known.

use std::time::Duration;

use link_and_ip::Stack;
use link_and_ip::stack::Neighbor;

use crate::say;

/// Prints the counters that are not zero.
pub(crate) fn counters(stack: &Stack) {
    for (name, number) in stack.counters().iter().filter(|(_, number)| *number > 0) {
        say(&format!("{number:>6}  {name}"));
    }
}

/// Prints who is known, as `ip neigh` does.
pub(crate) fn neighbors(stack: &Stack, names: &[String], now: Duration) {
    for Neighbor { interface, address, mac, state } in stack.neighbors(now) {
        let name = names.get(interface as usize).map_or("?", String::as_str);
        let mac = mac.map_or(String::new(), |mac| format!("lladdr {mac} "));
        say(&format!("{address} dev {name} {mac}{state}"));
    }
}
