//! `lost_place`: eight clients at once, room for four, and two ways to count.

use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

const LIMIT: usize = 4;
const CLIENTS: usize = 8;

// ANCHOR: look
/// Looks whether there is room, then takes it.
fn look_then_take(inside: &AtomicUsize, bad_luck: &Barrier) -> bool {
    let room = inside.load(Ordering::SeqCst) < LIMIT;
    bad_luck.wait(); // the scheduler may stop a thread anywhere: here it stops all of them
    if room {
        inside.fetch_add(1, Ordering::SeqCst);
    }
    room
}
// ANCHOR_END: look

// ANCHOR: take
/// Looks and takes in one step, or does neither.
fn take(inside: &AtomicUsize, bad_luck: &Barrier) -> bool {
    bad_luck.wait();
    let more = |count| (count < LIMIT).then_some(count + 1);
    inside.fetch_update(Ordering::SeqCst, Ordering::SeqCst, more).is_ok()
}
// ANCHOR_END: take

fn main() {
    for (name, enter) in [("look, then take", look_then_take as Enter), ("in one step", take)] {
        let (inside, bad_luck) = (AtomicUsize::new(0), Barrier::new(CLIENTS));
        thread::scope(|threads| {
            for _ in 0..CLIENTS {
                threads.spawn(|| enter(&inside, &bad_luck));
            }
        });
        println!("{name:16} room for {LIMIT}, {} inside", inside.into_inner());
    }
}

type Enter = fn(&AtomicUsize, &Barrier) -> bool;
