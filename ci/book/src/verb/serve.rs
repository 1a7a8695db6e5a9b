//! `cargo book serve`

use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow};
use axum::Router;
use axum::extract::ws::{Message, WebSocket, WebSocketUpgrade};
use axum::routing::get;
use notify::{EventKind, RecursiveMode, Watcher};
use tokio::sync::broadcast;
use tower_http::services::{ServeDir, ServeFile};

use crate::{Book, site};

/// The path of the socket over which a page learns that it changed.
const RELOAD: &str = "__livereload";
/// Editors write a file in several steps; this is how long they are given to finish.
const QUIET: Duration = Duration::from_millis(150);

/// Build both languages, serve them, and reload pages when a source changes
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The port to listen on; 0 takes any free one
    #[arg(short, long, default_value_t = 3000)]
    port: u16,
    /// The address to listen on; others than loopback let the whole network read
    #[arg(long, default_value_t = IpAddr::V4(Ipv4Addr::LOCALHOST))]
    host: IpAddr,
    /// Open the book in a browser
    #[arg(short, long)]
    open: bool,
    /// Where to put the site instead of book/html; what the folder holds is replaced
    #[arg(short, long, value_name = "DIR")]
    dest_dir: Option<PathBuf>,
}

pub fn run(args: &Args) -> Result<()> {
    let book = Book::find()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    // The port first: nobody waits for a build to hear that it is taken.
    let address = SocketAddr::new(args.host, args.port);
    let listener = runtime.block_on(tokio::net::TcpListener::bind(address)).map_err(|error| {
        if error.kind() == io::ErrorKind::AddrInUse {
            anyhow!(
                "port {} is taken: stop what listens there, or choose another with --port",
                args.port
            )
        } else {
            anyhow!("cannot listen on {address}: {error}")
        }
    })?;
    let dest = args.dest_dir.clone().unwrap_or_else(|| site::default_dest(&book));
    let options = site::Options { dest: dest.clone(), live_reload: Some(RELOAD.to_owned()) };
    build(&book, &options);
    let (changed, _) = broadcast::channel(16);
    watch(book, options, changed.clone())?;
    let url = format!("http://{}/", listener.local_addr()?);
    println!("reading room open at {url} (Ctrl-C closes it)");
    if args.open {
        opener::open_browser(&url).context("cannot open a browser")?;
    }
    let app = Router::new()
        .route(
            &format!("/{RELOAD}"),
            get(move |ws: WebSocketUpgrade| async move {
                let waiting = changed.subscribe();
                ws.on_upgrade(|socket| notify(socket, waiting))
            }),
        )
        .fallback_service(
            ServeDir::new(&dest).not_found_service(ServeFile::new(dest.join("404.html"))),
        );
    runtime.block_on(async { axum::serve(listener, app).await })?;
    Ok(())
}

/// A failed build is shown, on its pages as well, and the server goes on: the next edit may mend it.
fn build(book: &Book, options: &site::Options) {
    let start = Instant::now();
    match site::build(book, options) {
        Ok(()) => println!("built both languages in {:.2} s", start.elapsed().as_secs_f64()),
        Err(error) => eprintln!("error: {error:#}"),
    }
}

/// Rebuilds on every edit, on a thread of its own.
fn watch(book: Book, options: site::Options, changed: broadcast::Sender<()>) -> Result<()> {
    let (events, edits) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        // A build reads all sources; if reading counted, each build would start the next.
        if !event.as_ref().is_ok_and(|event| matches!(event.kind, EventKind::Access(_))) {
            // Nobody listens once the server ends.
            let _ = events.send(event);
        }
    })
    .context("cannot watch for changes")?;
    for name in ["src", "theme", "listings", "book.toml", "ci/transcripts.toml"] {
        let path = book.path(name);
        if path.exists() {
            watcher
                .watch(&path, RecursiveMode::Recursive)
                .with_context(|| format!("cannot watch {}", path.display()))?;
        }
    }
    std::thread::spawn(move || {
        // Dropping the watcher would end the watch.
        let _watcher = watcher;
        while let Ok(edit) = edits.recv() {
            if let Err(error) = edit {
                eprintln!("error: watching failed: {error}");
                continue;
            }
            // Whatever else the editor does to the file belongs to the same edit.
            while edits.recv_timeout(QUIET).is_ok() {}
            build(&book, &options);
            // No page is open when nobody listens.
            let _ = changed.send(());
        }
    });
    Ok(())
}

async fn notify(mut socket: WebSocket, mut changed: broadcast::Receiver<()>) {
    if changed.recv().await.is_ok() {
        // A page that has gone needs no reload.
        let _ = socket.send(Message::text("reload")).await;
    }
}
