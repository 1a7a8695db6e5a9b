//! What `accept` says when no descriptor is left: to a client, and to nobody.

use std::fs::File;
use std::net::{Ipv4Addr, TcpListener, TcpStream};

use rustix::process::{Resource, getrlimit, setrlimit};

fn main() -> anyhow::Result<()> {
    // ANCHOR: accept
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let accept = || match listener.accept() {
        Ok(_) => "a connection".to_owned(),
        Err(error) => error.to_string(),
    };
    println!("nobody waits, descriptors left:  {}", accept());

    let client = TcpStream::connect(listener.local_addr()?)?;
    let all = take_all()?;
    println!("a client waits, none left:       {}", accept());
    drop(all);
    println!("a client waits, some left:       {}", accept());

    let all = take_all()?;
    println!("nobody waits, none left:         {}", accept());
    // ANCHOR_END: accept
    drop((all, client));
    Ok(())
}

/// Every descriptor that this process may have: 64 of them, set here.
fn take_all() -> anyhow::Result<Vec<File>> {
    let mut limit = getrlimit(Resource::Nofile);
    limit.current = Some(64);
    setrlimit(Resource::Nofile, limit)?;
    Ok(std::iter::from_fn(|| File::open("/dev/null").ok()).collect())
}
