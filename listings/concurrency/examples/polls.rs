//! An echo server and two clients, all of them tasks of one thread; and when each of the server's
//! tasks is polled and woken.

#[cfg(target_os = "linux")]
mod traced {
    use std::io;
    use std::net::{TcpListener, TcpStream};
    use std::pin::Pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Duration;

    use concurrency::executor::{self, Source, run, spawn};

    /// Says when its future is polled.
    struct Traced<F> {
        name: &'static str,
        future: Pin<Box<F>>,
    }

    /// Says when its task is woken.
    struct Told {
        name: &'static str,
        waker: Waker,
    }

    impl Wake for Told {
        fn wake(self: Arc<Self>) {
            println!("    {} is woken", self.name);
            self.waker.wake_by_ref();
        }
    }

    impl<F: Future> Future for Traced<F> {
        type Output = F::Output;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
            let name = self.name;
            println!("    {name} is polled");
            let waker = Waker::from(Arc::new(Told { name, waker: context.waker().clone() }));
            let polled = self.future.as_mut().poll(&mut Context::from_waker(&waker));
            println!("    {name}: {}", if polled.is_ready() { "ready" } else { "pending" });
            polled
        }
    }

    fn traced<F: Future>(name: &'static str, future: F) -> Traced<F> {
        Traced { name, future: Box::pin(future) }
    }

    // ANCHOR: server
    async fn accept(listener: Source<TcpListener>) -> io::Result<()> {
        for name in ["first", "second"] {
            let stream = listener.accept().await?;
            spawn(async move {
                let _ = traced(name, echo(stream)).await;
            });
        }
        Ok(())
    }

    async fn echo(stream: Source<TcpStream>) -> io::Result<()> {
        const IDLE: Duration = Duration::from_millis(400);
        let mut buffer = [0; 64];
        while let Some(count) = executor::timeout(IDLE, stream.read(&mut buffer)).await {
            match count? {
                0 => break,
                count => stream.write_all(&buffer[..count]).await?,
            }
        }
        Ok(())
    }
    // ANCHOR_END: server

    pub(super) fn main() -> io::Result<()> {
        run(async {
            let listener = TcpListener::bind("127.0.0.1:0")?;
            let address = listener.local_addr()?;
            listener.set_nonblocking(true)?;
            let listener = Source::new(listener)?;
            spawn(async {
                let _ = traced("accept", accept(listener)).await;
            });
            let connect = || {
                let stream = TcpStream::connect(address)?;
                stream.set_nonblocking(true)?;
                Source::new(stream)
            };
            println!("nobody is there");
            executor::sleep(Duration::from_millis(5)).await;
            println!("the first client connects and sends a line");
            let first = connect()?;
            ask(&first).await?;
            println!("the second client connects and sends a line");
            let second = connect()?;
            ask(&second).await?;
            println!("the first client sends one more");
            ask(&first).await?;
            println!("the second client leaves; the first is silent");
            drop(second);
            first.read(&mut [0; 64]).await?;
            println!("the first client reads the end of the stream");
            Ok(())
        })?
    }

    async fn ask(stream: &Source<TcpStream>) -> io::Result<()> {
        stream.write_all(b"hello\n").await?;
        stream.read(&mut [0; 64]).await?;
        Ok(())
    }
}

#[cfg(target_os = "linux")]
fn main() -> anyhow::Result<()> {
    Ok(traced::main()?)
}

#[cfg(not(target_os = "linux"))]
fn main() {
    eprintln!("the executor needs epoll, which only Linux has");
    std::process::exit(1);
}
