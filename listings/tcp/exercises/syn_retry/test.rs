//! `cargo test -p tcp --test syn_retry`

#[cfg_attr(feature = "solutions", path = "solution.rs")]
#[cfg_attr(not(feature = "solutions"), path = "exercise.rs")]
mod exercise;

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use exercise::attempts;
use tcp::connection::Config;
use tcp::{Connection, Seq};

const fn seconds(count: u64) -> Duration {
    Duration::from_secs(count)
}

#[test]
fn each_wait_is_twice_as_long() {
    let times = attempts(seconds(1), seconds(60), seconds(40));
    assert_eq!(times, [0, 1, 3, 7, 15, 31].map(seconds));
}

#[test]
fn no_wait_is_longer_than_the_longest() {
    let times = attempts(seconds(1), seconds(4), seconds(20));
    assert_eq!(times, [0, 1, 3, 7, 11, 15, 19].map(seconds));
}

#[test]
fn nothing_is_sent_when_patience_ends() {
    assert_eq!(attempts(seconds(1), seconds(60), seconds(3)), [0, 1].map(seconds));
    assert_eq!(attempts(seconds(1), seconds(60), Duration::ZERO), []);
}

/// What our TCP does with a peer that is not there.
#[test]
fn it_is_what_the_connection_does() {
    let config = Config {
        initial_rto: seconds(1),
        max_rto: seconds(60),
        user_timeout: seconds(180),
        ..Config::default()
    };
    let [local, remote] = [1, 2].map(|last| SocketAddr::new(IpAddr::from([192, 0, 2, last]), 80));
    let mut connection = Connection::connect(config, local, remote, Seq(0), Duration::ZERO);
    let mut sent = Vec::new();
    let mut now = Duration::ZERO;
    loop {
        while connection.transmit(&mut Vec::new(), now) {
            sent.push(now);
        }
        let Some(next) = connection.deadline() else { break };
        now = next;
        connection.handle_timeout(now);
    }
    assert_eq!(now, seconds(180));
    assert_eq!(attempts(seconds(1), seconds(60), seconds(180)), sent);
}
