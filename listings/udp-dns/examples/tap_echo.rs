//! Sends every datagram back, with our own UDP and IP, on a TAP device.
//!
//! `lab tap_echo tap0 192.0.2.2/24 7`

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    linux::main()
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("TAP devices are Linux's");
}

#[cfg(target_os = "linux")]
mod linux {
    use std::io;
    use std::ops::ControlFlow;
    use std::time::Duration;

    use addresses::Mac;
    use anyhow::Context;
    use link_and_ip::link::tap::{Driver, Owner, Tap};
    use link_and_ip::stack::{Config, Interface, Stack};
    use udp_dns::udp::{Endpoint, SocketId};

    struct Echo {
        socket: SocketId,
    }

    impl Owner<Endpoint> for Echo {
        fn turn(&mut self, endpoint: &mut Endpoint, now: Duration) -> ControlFlow<()> {
            while let Some(received) = endpoint.recv_from(self.socket) {
                println!("{} bytes from {}", received.data.len(), received.from.ip());
                let sent = endpoint.answer(
                    self.socket,
                    &received.data,
                    Some(received.to),
                    received.from,
                    now,
                );
                if let Err(error) = sent {
                    println!("not sent back: {error}");
                }
            }
            ControlFlow::Continue(())
        }
    }

    pub(super) fn main() -> anyhow::Result<()> {
        let arguments: Vec<String> = std::env::args().collect();
        let [_, device, address, port] = &arguments[..] else {
            anyhow::bail!("usage: tap_echo DEVICE ADDRESS/LENGTH PORT");
        };
        let (address, length) =
            address.split_once('/').context("an address needs a length: /24")?;
        let mut stack = Stack::new(Config::default());
        let (mac, addresses) = (Mac([2, 0, 0, 0, 0, 2]), vec![(address.parse()?, length.parse()?)]);
        let number = stack.add_interface(&Interface { mac, mtu: 1500, addresses })?;
        let mut endpoint = Endpoint::new(stack, || 0); // never asked: the port is given
        let socket = endpoint.bind(None, port.parse()?)?;
        let mut driver = Driver::new(vec![(number, Tap::open(device)?)]);
        println!("ready on {device}");
        driver.run(&mut endpoint, &mut Echo { socket }, io::stdin())?;
        Ok(())
    }
}
