//! `read_exact_loses`: what `read_exact` has read when a time limit ends it.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::Duration;

fn main() -> anyhow::Result<()> {
    for (name, record) in [("read_exact", again as Record), ("counted", counted)] {
        println!("{name}:");
        let (mut near, mut far) = pair()?;
        far.write_all(b"AAA")?;
        let mut have = Vec::new();
        println!("  {}", shown(record(&mut near, &mut have)));
        far.write_all(b"ABBBBCCCC")?;
        println!("  {}", shown(record(&mut near, &mut have)));
        println!("  {}", shown(record(&mut near, &mut have)));
    }
    Ok(())
}

type Record = fn(&mut TcpStream, &mut Vec<u8>) -> io::Result<[u8; 4]>;

fn again(stream: &mut TcpStream, _: &mut Vec<u8>) -> io::Result<[u8; 4]> {
    let mut record = [0; 4];
    stream.read_exact(&mut record)?;
    Ok(record)
}

// ANCHOR: counted
/// What has come of a record stays in `have` when an error ends this.
fn counted(stream: &mut TcpStream, have: &mut Vec<u8>) -> io::Result<[u8; 4]> {
    loop {
        if let Some(record) = have.first_chunk() {
            let record = *record;
            have.clear();
            return Ok(record);
        }
        let mut buffer = [0; 4];
        let missing = &mut buffer[have.len()..];
        match stream.read(missing) {
            Ok(0) => return Err(io::ErrorKind::UnexpectedEof.into()),
            Ok(count) => have.extend_from_slice(&missing[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}
// ANCHOR_END: counted

fn shown(result: io::Result<[u8; 4]>) -> String {
    match result {
        Ok(record) => String::from_utf8_lossy(&record).into_owned(),
        Err(error) if error.kind() == io::ErrorKind::WouldBlock => "time is up".to_owned(),
        Err(error) => error.to_string(),
    }
}

fn pair() -> io::Result<(TcpStream, TcpStream)> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let near = TcpStream::connect(listener.local_addr()?)?;
    near.set_read_timeout(Some(Duration::from_millis(100)))?;
    Ok((near, listener.accept()?.0))
}
