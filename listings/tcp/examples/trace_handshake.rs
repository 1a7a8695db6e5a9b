//! A connection from SYN to TIME-WAIT on a clock that is counted: a question, an answer, and both
//! FINs. `cargo run -p tcp --example trace_handshake`

use std::time::Duration;

use link_and_ip::link::memory::Conditions;
use tcp::connection::Config;
use tcp::pair::Pair;
use tcp::trace::HEADING;

fn main() {
    let conditions = Conditions { delay: Duration::from_millis(10), ..Conditions::default() };
    let mut pair = Pair::new([Config::default(); 2], conditions, 1);
    pair.sides[0].to_write = b"GET / HTTP/1.0\r\n\r\n".to_vec();
    pair.sides[1].to_write = vec![b'x'; 3000];
    // Who asks closes when the answer is there.
    pair.sides[0].closes = false;
    pair.trace(["client", "server"]);
    while !pair.sides[0].ended && pair.step() {}
    pair.sides[0].closes = true;
    pair.run(Duration::from_secs(3600));
    println!("{HEADING}");
    for row in &pair.rows {
        println!("{row}");
    }
    println!("TIME-WAIT of the server ends after {} s", pair.now.as_secs());
}
