//! The smallest executor: one future, and a thread that is parked while it is pending.

use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

// ANCHOR: block_on
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}
// ANCHOR_END: block_on

/// A parcel that another thread brings.
#[derive(Default)]
struct Hall {
    parcel: Option<&'static str>,
    /// Who waits for it.
    waker: Option<Waker>,
    /// Somebody has been here; the parcel never comes before.
    asked: bool,
}

struct Delivery {
    hall: Arc<Mutex<Hall>>,
    forgets: bool,
}

// ANCHOR: delivery
impl Future for Delivery {
    type Output = &'static str;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<&'static str> {
        let mut hall = self.hall.lock().unwrap();
        if let Some(parcel) = hall.parcel.take() {
            println!("polled: ready");
            return Poll::Ready(parcel);
        }
        println!("polled: pending");
        hall.asked = true;
        if !self.forgets {
            hall.waker = Some(context.waker().clone());
        }
        Poll::Pending
    }
}

fn bring(hall: &Mutex<Hall>, parcel: &'static str) {
    let mut hall = hall.lock().unwrap();
    hall.parcel = Some(parcel);
    println!("the parcel is in the hall");
    if let Some(waker) = hall.waker.take() {
        waker.wake();
    }
}
// ANCHOR_END: delivery

fn main() {
    let forgets = std::env::args().nth(1).is_some_and(|word| word == "forgets");
    let hall = Arc::new(Mutex::new(Hall::default()));
    let delivery = Delivery { hall: hall.clone(), forgets };
    thread::spawn(move || {
        while !hall.lock().unwrap().asked {
            thread::sleep(Duration::from_millis(1));
        }
        bring(&hall, "a book");
    });
    println!("got {}", block_on(delivery));
}
