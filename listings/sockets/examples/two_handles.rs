//! `two_handles`: one connection, two descriptors. Which call ends it?

use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::time::Duration;

fn main() -> anyhow::Result<()> {
    // ANCHOR: handles
    let (near, mut far) = pair()?;
    let mut second = near.try_clone()?;
    drop(near);
    println!("one of two is dropped:    the peer reads {}", heard(&mut far));

    let third = second.try_clone()?;
    third.shutdown(Shutdown::Write)?;
    println!("one of two shuts down:    the peer reads {}", heard(&mut far));
    println!("the other one writes:     {}", shown(second.write(b"more")));

    far.write_all(b"answer")?;
    println!("the other one reads:      {}", heard(&mut second));
    // ANCHOR_END: handles
    Ok(())
}

fn heard(stream: &mut TcpStream) -> String {
    let mut buffer = [0; 100];
    match stream.read(&mut buffer) {
        Ok(0) => "the end".to_owned(),
        Ok(count) => format!("{:?}", String::from_utf8_lossy(&buffer[..count])),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => "nothing".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn shown(result: io::Result<usize>) -> String {
    result.map_or_else(|error| format!("{:?}", error.kind()), |count| format!("{count} bytes"))
}

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    let (far, _) = listener.accept()?;
    for stream in [&near, &far] {
        stream.set_read_timeout(Some(Duration::from_millis(100)))?;
    }
    Ok((near, far))
}
