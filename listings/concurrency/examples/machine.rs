//! The same wait for two numbers, written as an `async fn` and as the machine that the compiler
//! makes of it; and what it has to keep while it waits.

use std::cell::Cell;
use std::pin::{Pin, pin};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

/// Where the numbers arrive. Nobody is woken: `main` polls when it likes.
#[derive(Clone, Default)]
struct Inbox(Rc<Cell<Option<u32>>>);

/// Ready with the next number.
impl Future for Inbox {
    type Output = u32;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<u32> {
        self.0.take().map_or(Poll::Pending, Poll::Ready)
    }
}

// ANCHOR: compiled
async fn sum(inbox: Inbox) -> u32 {
    let first = inbox.clone().await;
    let second = inbox.await;
    first + second
}
// ANCHOR_END: compiled

// ANCHOR: by_hand
enum Sum {
    Start { inbox: Inbox },
    First { inbox: Inbox },
    Second { inbox: Inbox, first: u32 },
    Done,
}

impl Future for Sum {
    type Output = u32;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<u32> {
        loop {
            *self = match &mut *self {
                Sum::Start { inbox } => Sum::First { inbox: inbox.clone() },
                Sum::First { inbox } => match Pin::new(&mut *inbox).poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(first) => Sum::Second { inbox: inbox.clone(), first },
                },
                Sum::Second { inbox, first } => match Pin::new(inbox).poll(context) {
                    Poll::Pending => return Poll::Pending,
                    Poll::Ready(second) => {
                        let sum = *first + second;
                        *self = Sum::Done;
                        return Poll::Ready(sum);
                    }
                },
                Sum::Done => panic!("polled after it was ready"),
            };
        }
    }
}
// ANCHOR_END: by_hand

// ANCHOR: sizes
async fn keeps_it(inbox: Inbox) -> u8 {
    let buffer = [1; 1024];
    inbox.await;
    buffer[0]
}

async fn drops_it(inbox: Inbox) -> u8 {
    let first = {
        let buffer = [1; 1024];
        buffer[0]
    };
    inbox.await;
    first
}
// ANCHOR_END: sizes

fn main() {
    println!("            async fn    by hand");
    let mut context = Context::from_waker(Waker::noop());
    let (one, two) = (Inbox::default(), Inbox::default());
    let mut compiled = pin!(sum(one.clone()));
    let mut by_hand = pin!(Sum::Start { inbox: two.clone() });
    for arrives in [None, Some(4), None, Some(3)] {
        if arrives.is_some() {
            one.0.set(arrives);
            two.0.set(arrives);
        }
        let number = arrives.map_or("nothing".to_owned(), |number| number.to_string());
        let compiled = format!("{:?}", compiled.as_mut().poll(&mut context));
        let by_hand = by_hand.as_mut().poll(&mut context);
        println!("{number:10}  {compiled:10}  {by_hand:?}");
    }
    println!("keeps_it    {}", size(&keeps_it(Inbox::default())));
    println!("drops_it    {}", size(&drops_it(Inbox::default())));
}

/// Not to the byte, which depends on the compiler.
fn size<F: Future>(future: &F) -> &'static str {
    match size_of_val(future) {
        ..64 => "less than 64 bytes",
        64..1024 => "less than 1024 bytes",
        1024.. => "more than 1024 bytes",
    }
}
