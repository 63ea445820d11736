//! A watch over long computations.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::error::{Error, Result};

/// Counts the steps of a long computation and stops it on request; shared by reference between threads.
///
/// The stop is cooperative: the computation calls [`tick`](Watch::tick) between pieces of work and gives up when that
/// fails (the pattern of a cancellation token; no outside source).
#[derive(Debug, Default)]
pub struct Watch {
    stop: AtomicBool,
    done: AtomicU64,
    total: AtomicU64,
}

// All orderings are relaxed: the three values carry no other memory with them.
impl Watch {
    /// A watch with nothing done, nothing expected and no stop (as [`Default`]).
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts `n` steps as done. Fails with [`Error::Interrupted`] once [`stop`](Watch::stop) was called.
    pub fn tick(&self, n: u64) -> Result<()> {
        self.done.fetch_add(n, Ordering::Relaxed);
        if self.stop.load(Ordering::Relaxed) { Err(Error::Interrupted) } else { Ok(()) }
    }

    /// Asks the computation to stop at its next [`tick`](Watch::tick).
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }

    /// Whether a stop was asked for: for loops that cannot fail, and leave it to a later tick.
    pub fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// The steps done so far and the steps expected in all (0 while nobody knows).
    pub fn progress(&self) -> (u64, u64) {
        (self.done.load(Ordering::Relaxed), self.total.load(Ordering::Relaxed))
    }

    /// Adds `total` to the steps expected, so that several computations can share one watch.
    pub fn expect(&self, total: u64) {
        self.total.fetch_add(total, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_expectations_add_up() {
        let watch = Watch::new();
        assert_eq!(watch.progress(), (0, 0));
        watch.expect(3);
        watch.expect(4);
        assert_eq!(watch.tick(2), Ok(()));
        assert_eq!(watch.tick(1), Ok(()));
        assert_eq!(watch.progress(), (3, 7));
    }

    #[test]
    fn a_stopped_watch_interrupts_every_tick() {
        let watch = Watch::default();
        std::thread::scope(|s| {
            s.spawn(|| watch.stop());
        });
        assert_eq!(watch.tick(1), Err(Error::Interrupted));
        assert_eq!(watch.tick(0), Err(Error::Interrupted));
        assert_eq!(watch.progress(), (1, 0));
    }
}
