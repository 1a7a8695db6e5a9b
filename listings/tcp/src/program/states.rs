//! A line whenever a connection enters a state, in the words of RFC 9293 §3.3.2.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tcp::connection::State;
use tcp::host::{ConnectionId, Host};
use tcp::net::Net;

use crate::say;

/// Watches until the host ends, or until nobody else has it.
pub(crate) fn watch(net: &Arc<Net>) -> io::Result<()> {
    let net = Arc::downgrade(net);
    thread::Builder::new().name("states".into()).spawn(move || {
        let mut known = HashMap::new();
        while let Some(net) = net.upgrade().filter(|net| net.ended().is_none()) {
            net.wait(Duration::from_millis(20), |host| report(host, &mut known));
        }
    })?;
    Ok(())
}

/// Prints what is new. Never done, so it is asked again after each change.
fn report(host: &Host, known: &mut HashMap<ConnectionId, State>) -> bool {
    let mut now = HashMap::new();
    for line in host.connections() {
        let (Some(id), Some(state), Some(remote)) = (line.id, line.state, line.remote) else {
            continue;
        };
        if known.get(&id) != Some(&state) {
            say(&format!("state {} {remote} {state}", line.local));
        }
        now.insert(id, state);
    }
    *known = now;
    false
}
