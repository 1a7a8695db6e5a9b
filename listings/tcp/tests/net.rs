//! The sockets that block, without a device: the host carries its peer with it.

#![cfg(target_os = "linux")]

mod lan;

use std::io::{ErrorKind, Read, Write};
use std::net::Shutdown;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use lan::{CLIENT, SERVER, host, server_at};
use link_and_ip::link::Node;
use link_and_ip::link::tap::Driver;
use link_and_ip::stack::InterfaceId;
use tcp::host::{Config, Host, ListenerId};
use tcp::net::{Carrier, Net, TcpListener, TcpStream};
use testkit::within;

const LIMIT: Duration = Duration::from_secs(60);

/// Two hosts with a perfect wire between them. The first is the one that programs see; the second
/// accepts what comes, and says nothing.
struct Both {
    hosts: [Host; 2],
    listener: ListenerId,
    /// Falls over when somebody has connected.
    fragile: bool,
    /// What time it is, as far as anybody has said.
    now: Duration,
}

impl Both {
    fn new(fragile: bool) -> Self {
        let mut hosts = [1, 2].map(|last| host(last, &Config::default()));
        let listener = hosts[SERVER].listen(server_at(80), 8).unwrap();
        Self { hosts, listener, fragile, now: Duration::ZERO }
    }
}

impl Node for Both {
    fn receive(&mut self, _: InterfaceId, _: &[u8], _: Duration) {}

    fn next_frame(&mut self) -> Option<(InterfaceId, Vec<u8>)> {
        loop {
            let mut moved = false;
            for from in [CLIENT, SERVER] {
                while let Some((interface, frame)) = self.hosts[from].next_frame() {
                    self.hosts[1 - from].receive(interface, &frame, Duration::ZERO);
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
        if let Some(id) = self.hosts[SERVER].accept(self.listener) {
            assert!(!self.fragile, "on purpose");
            // Nothing has come from outside yet, and still the time is known.
            assert!(self.now > Duration::ZERO);
            let _ = self.hosts[SERVER].write(id, b"hello", Duration::ZERO);
            return self.next_frame();
        }
        None
    }

    fn deadline(&self) -> Option<Duration> {
        self.hosts.iter().filter_map(Node::deadline).min()
    }

    fn handle_timeout(&mut self, now: Duration) {
        self.hosts.iter_mut().for_each(|host| host.handle_timeout(now));
    }
}

impl Carrier for Both {
    fn host(&self) -> &Host {
        &self.hosts[CLIENT]
    }

    fn host_mut(&mut self) -> &mut Host {
        &mut self.hosts[CLIENT]
    }

    fn tick(&mut self, now: Duration) {
        self.now = now;
    }
}

fn net(fragile: bool) -> Net {
    Net::start(Driver::new(Vec::new()), Both::new(fragile), Box::new(|_, _, _| {})).unwrap()
}

/// A connection whose reader waits for what never comes, and what it is told when the other thread
/// ends it.
fn interrupted(end: fn(&TcpStream)) -> ErrorKind {
    within(LIMIT, "a reader that is interrupted", move || {
        let net = net(false);
        let stream = Arc::new(TcpStream::connect(&net, server_at(80)).unwrap());
        let mut greeting = [0; 5];
        (&*stream).read_exact(&mut greeting).unwrap();
        assert_eq!(&greeting, b"hello");
        let reader = Arc::clone(&stream);
        let reader = thread::spawn(move || (&*reader).read(&mut [0; 10]).unwrap_err().kind());
        // It has to be asleep for this to prove anything; if it is not, the test still holds.
        thread::sleep(Duration::from_millis(50));
        end(&stream);
        reader.join().unwrap()
    })
}

#[test]
fn who_waits_is_woken_when_another_thread_shuts_down() {
    assert_eq!(interrupted(|stream| stream.shutdown(Shutdown::Both)), ErrorKind::BrokenPipe);
}

#[test]
fn who_waits_is_woken_when_another_thread_aborts() {
    assert_eq!(interrupted(TcpStream::abort), ErrorKind::BrokenPipe);
}

#[test]
fn who_waits_is_woken_when_the_network_ends() {
    within(LIMIT, "a call on a network that ends", || {
        let net = net(false);
        let listener = TcpListener::bind(&net, "192.0.2.1:80".parse().unwrap()).unwrap();
        let waiting = thread::spawn(move || listener.accept().map(|_| ()).unwrap_err().kind());
        drop(net);
        assert_eq!(waiting.join().unwrap(), ErrorKind::NetworkDown);
    });
}

/// A bug in our own code must not leave everybody asleep.
#[test]
fn who_waits_is_woken_when_the_thread_panics() {
    within(LIMIT, "a call on a network that ends", || {
        let net = net(true);
        let failed = TcpStream::connect(&net, server_at(80)).and_then(|mut stream| {
            stream.write_all(b"x")?;
            stream.read(&mut [0; 1])
        });
        assert_eq!(failed.unwrap_err().kind(), ErrorKind::NetworkDown);
        assert!(net.ended().is_some_and(|why| why.contains("panicked")));
    });
}
