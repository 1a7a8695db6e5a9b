//! `jar`: cookies on disk, in the file format that curl reads and writes.

mod arguments;
mod get;
mod tell;

use std::path::Path;
use std::process::ExitCode;
use std::time::SystemTime;

use anyhow::{Context as _, Result};
use clap::Parser;
use cookies::context::Api;
use cookies::{Context, Jar, Policy, SetCookie, Uri, file, netscape};

use arguments::{Arguments, Circumstances, Command};
use tell::{complain, say};

fn main() -> ExitCode {
    match run(&Arguments::parse()) {
        Ok(code) => code,
        Err(error) => {
            complain(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &Arguments) -> Result<ExitCode> {
    let now = SystemTime::now();
    let policy = Policy { trust_loopback: !arguments.distrust_loopback, ..Policy::default() };
    let mut jar = open(&arguments.file, policy, now)?;
    let (before, _) = netscape::write(jar.iter(now));
    if arguments.new_session {
        jar.end_session();
    }
    let result = match &arguments.command {
        Command::List => {
            jar.iter(now).for_each(|cookie| say(&cookie.to_string()));
            return Ok(ExitCode::SUCCESS);
        }
        Command::Header { url, circumstances, verbose } => {
            return with_context(url, circumstances, |context| {
                if *verbose {
                    tell::about_sending(&jar, context, now);
                }
                if let Some(field) = jar.cookie_field(context, now) {
                    say(&format!("Cookie: {}", String::from_utf8_lossy(&field)));
                }
                Ok(ExitCode::SUCCESS)
            });
        }
        Command::Explain { url, field, circumstances } => {
            return with_context(url, circumstances, |context| {
                let parsed = SetCookie::parse(field.as_bytes());
                let verdict = parsed.clone().and_then(|field| jar.receive(context, &field, now));
                tell::about_parsing(parsed.as_ref());
                say(&tell::verdict(field.as_bytes(), &verdict));
                Ok(ExitCode::SUCCESS)
            });
        }
        Command::Add { url, field, circumstances } => with_context(url, circumstances, |context| {
            let (line, kept) = tell::store(&mut jar, context, field.as_bytes(), now);
            say(&line);
            Ok(if kept { ExitCode::SUCCESS } else { ExitCode::FAILURE })
        }),
        Command::Get(request) => get::get(&mut jar, request),
    };
    // Cookies that came are kept even if the rest of the response did not come.
    close(&arguments.file, &jar, &before)?;
    result
}

/// Reads the jar's file. A line that is no cookie is reported and dropped.
fn open(path: &Path, policy: Policy, now: SystemTime) -> Result<Jar> {
    let bytes = file::load(path).with_context(|| format!("cannot read {}", path.display()))?;
    let (cookies, bad) = netscape::read(&bytes, now);
    for line in bad {
        complain(&format!("{}, {line}; the line is ignored", path.display()));
    }
    let mut jar = Jar::new(policy);
    for cookie in cookies {
        // Nobody but a script can be refused here.
        let _ = jar.insert(cookie, Api::Http, now);
    }
    Ok(jar)
}

/// Writes the file, if its cookies are others than `before`.
fn close(path: &Path, jar: &Jar, before: &[u8]) -> Result<()> {
    let (bytes, left_out) = netscape::write(jar.iter(SystemTime::now()));
    for cookie in left_out {
        complain(&format!("the file has no room for {cookie}: it is lost"));
    }
    if bytes == before {
        return Ok(());
    }
    file::save(path, &bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Who makes the request, from the command line.
fn with_context<T>(
    url: &str,
    circumstances: &Circumstances,
    then: impl FnOnce(&Context<'_>) -> Result<T>,
) -> Result<T> {
    let parse = |url: &str| Uri::parse(url).with_context(|| url.to_owned());
    let uri = parse(url)?;
    let mut documents = Vec::new();
    for page in circumstances.from.iter().rev() {
        documents.push(parse(page)?);
    }
    let documents: Vec<_> = documents.iter().collect();
    then(&circumstances.context(&uri, &documents)?)
}
