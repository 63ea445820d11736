//! Long work beside the interpreter: detached from it, stoppable by Ctrl-C, with progress.

use crate::errors::{ConsilienceError, raise};
use consilience::{Result, stats::Watch};
use pyo3::prelude::*;
use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::thread;
use std::time::Duration;

/// Below this number of rows a thread of its own is not worth its start, even if they are compared pair by pair.
const SMALL: usize = 2_000;

type Outcome<T> = thread::Result<Result<T>>;

/// Does `work` on `rows` rows without holding the interpreter.
///
/// Many rows are worked on by a thread of their own, while this one wakes up 20 times a second, lets Python handle signals and calls
/// `progress(done, total)`. Whatever these raise stops the work and is raised here.
pub fn run<T: Send>(
    py: Python<'_>,
    progress: Option<&Py<PyAny>>,
    rows: usize,
    work: impl FnOnce(&Watch) -> Result<T> + Send,
) -> PyResult<T> {
    let watch = Watch::new();
    let guarded = || catch_unwind(AssertUnwindSafe(|| work(&watch)));
    if rows < SMALL || cfg!(target_family = "wasm") {
        return settled(py.detach(guarded));
    }
    let (outcome, failure) = py.detach(|| {
        thread::scope(|scope| {
            let (done, finished) = sync_channel(1);
            let worker = scope.spawn(move || {
                let outcome = guarded();
                // Nobody listens any more only if the listener itself is gone.
                let _ = done.send(());
                outcome
            });
            let failure = attend(&finished, &watch, progress);
            (worker.join().and_then(|outcome| outcome), failure)
        })
    });
    match failure {
        Some(failure) => Err(failure),
        None => settled(outcome),
    }
}

/// Waits for the work to end; gives what a signal handler or the progress function raised meanwhile.
fn attend(finished: &Receiver<()>, watch: &Watch, progress: Option<&Py<PyAny>>) -> Option<PyErr> {
    let mut failure = None;
    let mut patience = Duration::from_millis(5);
    while finished.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
        patience = Duration::from_millis(50);
        if failure.is_none() {
            failure = Python::attach(|py| look_up(py, watch, progress)).err();
        }
        if failure.is_some() {
            watch.stop();
        }
    }
    failure
}

fn look_up(py: Python<'_>, watch: &Watch, progress: Option<&Py<PyAny>>) -> PyResult<()> {
    py.check_signals()?;
    let (done, total) = watch.progress();
    if let Some(progress) = progress.filter(|_| total > 0) {
        progress.call1(py, (done.min(total), total))?;
    }
    Ok(())
}

fn settled<T>(outcome: Outcome<T>) -> PyResult<T> {
    match outcome {
        Ok(result) => result.map_err(raise),
        Err(panic) => Err(ConsilienceError::new_err(format!(
            "a mistake in consilience itself, please report it with the data that led to it: {}",
            text_of(&*panic)
        ))),
    }
}

fn text_of(panic: &(dyn Any + Send)) -> &str {
    let text = panic.downcast_ref::<&str>().copied();
    text.or_else(|| panic.downcast_ref::<String>().map(String::as_str)).unwrap_or("no message")
}
