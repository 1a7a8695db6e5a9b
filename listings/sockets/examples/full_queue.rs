//! Clients connect to a server that listens and never accepts.

use std::env;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::time::Duration;

use socket2::{Domain, Socket, Type};

fn main() -> anyhow::Result<()> {
    let (interrupt, interrupted) = mpsc::channel();
    ctrlc::set_handler(move || {
        let _ = interrupt.send(());
    })?;
    let address = env::args().nth(1).expect("usage: full_queue ADDRESS:PORT");
    let address: SocketAddr = address.parse()?;

    // ANCHOR: full
    let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
    listener.set_reuse_address(true)?;
    listener.bind(&address.into())?;
    listener.listen(2)?;
    let address = listener.local_addr()?.as_socket().expect("an IP address");

    let mut clients = Vec::new();
    for number in 1..=5 {
        match TcpStream::connect_timeout(&address, Duration::from_millis(300)) {
            Ok(mut client) => {
                client.write_all(format!("I am {number}").as_bytes())?;
                println!("client {number}: connected, and has written");
                clients.push(client);
            }
            Err(error) => println!("client {number}: {error}"),
        }
    }
    // ANCHOR_END: full
    println!("Ctrl-C accepts one");
    interrupted.recv()?;

    let (mut first, _) = listener.accept()?;
    let mut buffer = [0; 16];
    let count = first.read(&mut buffer)?;
    println!("accepted: {:?}", String::from_utf8_lossy(&buffer[..count]));
    Ok(())
}
