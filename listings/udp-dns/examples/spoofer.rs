//! Forges answers on the loopback interface, against three resolvers, and counts how many it takes
//! until one is believed.
//!
//! The forger does not see the questions: it writes from the server's address and never reads. Here
//! the program holds the server's socket itself; on the Internet it takes a network that lets
//! datagrams with somebody else's address out (RFC 2827).

#[path = "naive_resolver.rs"]
mod naive_resolver;

use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::time::Duration;

use anyhow::{Context, bail};
use naive_resolver::NaiveResolver;
use udp_dns::message::{Class, Data, Kind, Message, Question, Record};
use udp_dns::resolver::framing::framed;
use udp_dns::resolver::random::Known;
use udp_dns::resolver::{Exchange, Random, Settings, Step};

const NAME: &str = "www.example.test";
const TRUE: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 80);
const FORGED: Ipv4Addr = Ipv4Addr::new(192, 0, 2, 66);
const LIMIT: Duration = Duration::from_secs(5);

fn main() -> anyhow::Result<()> {
    let tcp = TcpListener::bind("127.0.0.1:0")?;
    let address = tcp.local_addr()?;
    let scene = Scene { udp: UdpSocket::bind(address)?, tcp, address };
    println!("resolver                    forged answers  believes");
    show("one port, IDs that count", scene.counting_ids()?);
    show("one port, random IDs", scene.random_ids()?);
    show("digr's, its port betrayed", scene.ours()?);
    Ok(())
}

fn show(resolver: &str, (forged, message): (u32, Message)) {
    let believes = match message.answers.first().map(|record| &record.data) {
        Some(Data::A(address)) if *address == FORGED => format!("{address}, the forger's"),
        Some(Data::A(address)) => format!("{address}, the server's"),
        _ => "nothing".to_owned(),
    };
    println!("{resolver:26}  {forged:14}  {believes}");
}

/// A server that is slow: it answers when the forger has had its chance.
struct Scene {
    udp: UdpSocket,
    tcp: TcpListener,
    address: SocketAddr,
}

impl Scene {
    /// The forger has made the resolver ask for a name of the forger's own, and so has seen a query:
    /// it knows the port, and that the next ID is one more.
    fn counting_ids(&self) -> anyhow::Result<(u32, Message)> {
        let seen = 4711;
        let mut resolver = NaiveResolver::new(self.address, seen)?;
        let port = resolver.port()?;
        resolver.send(NAME)?;
        self.forge(port, seen + 1)?;
        Ok((1, resolver.receive()?))
    }

    /// The port is known as before. The ID is not, so all are tried.
    fn random_ids(&self) -> anyhow::Result<(u32, Message)> {
        let last = fastrand::Rng::with_seed(2008).u16(..);
        let mut resolver = NaiveResolver::new(self.address, last)?;
        let port = resolver.port()?;
        resolver.send(NAME)?;
        for id in 0..=u16::MAX {
            self.forge(port, id)?;
            if let Some(message) = resolver.look()? {
                return Ok((u32::from(id) + 1, message));
            }
        }
        bail!("all were tried")
    }

    /// Even if it is told the port, one of 64,512, the forger has a hundred guesses.
    fn ours(&self) -> anyhow::Result<(u32, Message)> {
        let mut random = fastrand::Rng::with_seed(2008);
        let random = Known(move || random.u16(..));
        let question = Question { name: NAME.parse()?, kind: Kind::A, class: Class::IN };
        let settings = Settings::default();
        let now = Duration::ZERO;
        let mut exchange = Exchange::new(question, &[self.address], settings, random, now);
        let Step::Datagram { port, server, query } = exchange.next(now) else {
            bail!("it does not ask over UDP");
        };
        let socket = UdpSocket::bind((Ipv4Addr::LOCALHOST, port))?;
        socket.connect(server)?;
        socket.set_read_timeout(Some(LIMIT))?;
        socket.send(&query)?;
        for id in 0..=u16::MAX {
            match exchange.next(now) {
                Step::Wait(_) => self.forge(port, id)?,
                Step::Stream { query, .. } => {
                    self.over_tcp(&mut exchange, &query)?;
                    return Ok((id.into(), exchange.finish()?.message));
                }
                step => bail!("it does something else: {step:?}"),
            }
            let mut buffer = [0; 512];
            let length = socket.recv(&mut buffer)?;
            exchange.datagram(port, server, &buffer[..length]);
        }
        bail!("all were tried")
    }

    fn forge(&self, port: u16, id: u16) -> anyhow::Result<()> {
        let bytes = answer(id, FORGED)?;
        self.udp.send_to(&bytes, (Ipv4Addr::LOCALHOST, port))?;
        Ok(())
    }

    /// Where nobody forges: to get a word in, one would have to guess the sequence numbers too.
    fn over_tcp<R: Random>(&self, exchange: &mut Exchange<R>, query: &[u8]) -> anyhow::Result<()> {
        let mut client = TcpStream::connect_timeout(&self.address, LIMIT)?;
        client.set_read_timeout(Some(LIMIT))?;
        client.write_all(query)?;
        let (mut server, _) = self.tcp.accept()?;
        // Who closes with bytes unread resets the connection, and the answer is lost (RFC 9293 §3.6.1).
        server.read_exact(&mut vec![0; query.len()])?;
        let id = query.get(2..4).context("a query")?;
        let bytes = answer(u16::from_be_bytes([id[0], id[1]]), TRUE)?;
        server.write_all(&framed(&bytes).context("it is short")?)?;
        drop(server);
        let mut answer = Vec::new();
        client.take(1 << 16).read_to_end(&mut answer)?;
        exchange.stream(&answer);
        Ok(())
    }
}

fn answer(id: u16, address: Ipv4Addr) -> anyhow::Result<Vec<u8>> {
    let name: udp_dns::Name = NAME.parse()?;
    let mut message = Message::query(id, name.clone(), Kind::A);
    message.flags.response = true;
    message.answers.push(Record { name, class: Class::IN, ttl: 86400, data: Data::A(address) });
    Ok(message.encode(512)?)
}
