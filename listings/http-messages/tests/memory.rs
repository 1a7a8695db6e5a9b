//! Content of any size, in either direction, needs the same memory.

mod common;

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::process::Command;
use std::sync::{Mutex, mpsc};

use common::{HGET, LIMIT, field, read_head, serve};
use testkit::{Process, example, folder};

const SMALL: u64 = 1 << 10;
const LARGE: u64 = 40 << 20;
const VERY_LARGE: u64 = 200 << 20;

/// How much more memory the large exchange may take, in bytes: what an allocator does by the way.
const SLACK: u64 = 1 << 20;

/// The most memory that the process has had at a time, in bytes.
fn peak(id: u32) -> u64 {
    let status = fs::read_to_string(format!("/proc/{id}/status")).expect("Linux");
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
    line.trim().strip_suffix(" kB").expect("in kB").parse::<u64>().expect("a number") << 10
}

/// hget's peak in an exchange with a server whose `talk` gets the size and, when all but the last
/// byte of the exchange is through, sends a word and waits for one.
fn peak_of_hget(
    size: u64,
    options: &[&str],
    talk: fn(&mut TcpStream, u64, &mut dyn FnMut()) -> io::Result<()>,
) -> u64 {
    let (almost, at_almost) = mpsc::channel();
    let (go, at_go) = mpsc::channel();
    let at_go = Mutex::new(at_go);
    let address = serve(move |stream| {
        talk(stream, size, &mut || {
            almost.send(()).unwrap();
            at_go.lock().unwrap().recv_timeout(LIMIT).unwrap();
        })
    });
    let mut command = Command::new(HGET);
    command.args(options).args(["-o", "/dev/null", &format!("http://{address}/")]);
    let process = Process::start(&mut command).unwrap();
    at_almost.recv_timeout(LIMIT).expect("the exchange to get to its end");
    let peak = peak(process.id());
    go.send(()).unwrap();
    let finished = process.finish(LIMIT).unwrap();
    assert_eq!(finished.status.code(), Some(0), "{}", finished.text());
    peak
}

#[track_caller]
fn compare(large: u64, peak_for: impl Fn(u64) -> u64) {
    let (small, large) = (peak_for(SMALL), peak_for(large));
    println!("peaks: {} KiB and {} KiB", small >> 10, large >> 10);
    assert!(large <= small + SLACK, "{small} bytes of memory for little, {large} for much");
}

fn download(large: u64) {
    let peak_for = |size| {
        peak_of_hget(size, &[], |stream, size, wait| {
            read_head(stream)?;
            write!(stream, "HTTP/1.1 200 OK\r\nContent-Length: {size}\r\n\r\n")?;
            io::copy(&mut io::repeat(b'x').take(size - 1), stream)?;
            wait();
            stream.write_all(b"x")
        })
    };
    compare(large, peak_for);
}

fn chunked_download(large: u64) {
    let peak_for = |size| {
        peak_of_hget(size, &[], |stream, size, wait| {
            read_head(stream)?;
            stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")?;
            // One chunk may be as large as all content; then small ones, and one that never ends.
            write!(stream, "{:x}\r\n", size / 2)?;
            io::copy(&mut io::repeat(b'x').take(size / 2), stream)?;
            stream.write_all(b"\r\n")?;
            let chunk = [&b"400\r\n"[..], &[b'x'; 1024], b"\r\n"].concat().repeat(64);
            for _ in 0..size / 2 / (64 << 10) {
                stream.write_all(&chunk)?;
            }
            wait();
            stream.write_all(b"0\r\n\r\n")
        })
    };
    compare(large, peak_for);
}

fn upload(large: u64, name: &str) {
    let file = folder(name).join("file");
    let data = format!("@{}", file.display());
    let peak_for = |size| {
        // Without blocks on the disk; it reads as zeros.
        File::create(&file).unwrap().set_len(size).unwrap();
        peak_of_hget(size, &["-d", &data], |stream, size, wait| {
            let head = read_head(stream)?;
            assert_eq!(field(&head, "Content-Length"), Some(&size.to_string()[..]));
            io::copy(&mut stream.take(size), &mut io::sink())?;
            wait();
            stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
        })
    };
    compare(large, peak_for);
}

#[test]
fn a_download_needs_the_same_memory_for_any_size() {
    download(LARGE);
}

#[test]
fn a_chunked_download_needs_the_same_memory_for_any_size() {
    chunked_download(LARGE);
}

#[test]
fn an_upload_needs_the_same_memory_for_any_size() {
    upload(LARGE, "upload-memory");
}

#[test]
#[ignore = "three times 200 MiB"]
fn even_for_a_very_large_one() {
    download(VERY_LARGE);
    chunked_download(VERY_LARGE);
    upload(VERY_LARGE, "large-upload-memory");
}

#[test]
#[ignore = "40 MiB of SHA-256 in a debug build"]
fn a_server_needs_the_same_memory_for_any_size() {
    let mut command = Command::new(example("tiny_server"));
    let server = Process::start(command.arg("127.0.0.1:0")).unwrap();
    server.wait_for_text("\n", LIMIT).unwrap();
    let text = server.text_so_far();
    let url = format!("http://{}/sum", text.trim_end().strip_prefix("listening on ").unwrap());
    let file = folder("server-memory").join("file");
    let data = format!("@{}", file.display());
    let peak_for = |size| {
        File::create(&file).unwrap().set_len(size).unwrap();
        let mut command = Command::new(HGET);
        let hget = Process::start(command.args(["-d", &data, &url])).unwrap();
        let text = hget.finish(LIMIT * 4).unwrap().text();
        assert!(text.starts_with(&format!("{size} ")), "{text}");
        peak(server.id())
    };
    compare(LARGE, peak_for);
}
