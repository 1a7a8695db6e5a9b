//! `taptcp get`: Part II's client, unchanged, on our TCP.

use std::fs::File;
use std::io::{self, Write};
use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use http_messages::blocking::{Body, Client};
use http_messages::{Fields, HttpUrl, Limits, Method, Status};
use tcp::net::{Net, TcpStream};

use crate::arguments::GetArguments;
use crate::complain;

/// How long to wait for a connection, and for each piece of the answer.
const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn run(net: &Arc<Net>, arguments: &GetArguments) -> anyhow::Result<ExitCode> {
    let url: HttpUrl = arguments.url.parse()?;
    let host: IpAddr =
        url.host_name().parse().context("names are not looked up: use an address")?;
    let remote = SocketAddr::new(host, url.port());
    let stream = TcpStream::connect_timeout(net, remote, PATIENCE)?;
    stream.set_read_timeout(Some(PATIENCE));
    stream.set_write_timeout(Some(PATIENCE));

    let mut client = Client::new(&stream, Limits::default());
    let mut fields = Fields::new();
    fields.append("Host", url.host_field())?;
    fields.append("Connection", "close")?;
    let head = client.send(&Method::Get, url.target(), &fields, Body::Empty)?;
    let mut output: Box<dyn Write> = match &arguments.output {
        Some(path) => Box::new(File::create(path).with_context(|| path.display().to_string())?),
        None => Box::new(io::stdout().lock()),
    };
    let mut count = 0;
    while let Some(piece) = client.body_chunk()? {
        count += piece.len();
        output.write_all(&piece)?;
    }
    output.flush()?;
    complain(&format!("{}: {count} bytes", head.status));
    Ok(if head.status == Status::OK { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
