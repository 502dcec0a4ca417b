//! Work on many pieces with every processor, and what became of them in the order of the pieces.

use std::collections::BTreeMap;
use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, SyncSender, channel, sync_channel};
use std::thread;

use crate::lock::lock;

/// How many pieces are on their way at most, for each thread: enough that none waits for another.
const AHEAD: usize = 4;

/// Hands pieces in.
pub(super) type Push<'p, P> = &'p mut dyn FnMut(P) -> ControlFlow<()>;

/// `feed` hands in the pieces, `work` is done on each in some thread, `done` gets the results in the
/// pieces' order in this one. The first error of `done` ends it all.
pub(super) fn in_order<P: Send, R: Send, E>(
    feed: impl FnOnce(Push<'_, P>) -> Result<(), E>,
    work: impl Fn(P) -> R + Sync,
    mut done: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let (pieces, queue) = sync_channel(threads * AHEAD);
    let (results, finished) = channel();
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        let mut line = Line {
            first: None,
            pieces,
            finished,
            waiting: BTreeMap::new(),
            pushed: 0,
            taken: 0,
            done: &mut done,
        };
        let mut failed = Ok(());
        let mut results = Some(results);
        let fed = feed(&mut |piece| {
            if line.pushed == 0 && line.first.is_none() {
                line.first = Some(piece);
                return ControlFlow::Continue(());
            }
            // Not before there is something to share.
            if let Some(results) = results.take() {
                for _ in 0..threads {
                    let (queue, work, results) = (&queue, &work, results.clone());
                    scope.spawn(move || help(queue, work, &results));
                }
            }
            let first = line.first.take();
            for piece in first.into_iter().chain([piece]) {
                if let Err(why) = line.push(piece, threads * AHEAD) {
                    failed = Err(why);
                    return ControlFlow::Break(());
                }
            }
            ControlFlow::Continue(())
        });
        drop(results);
        failed?;
        if let Some(only) = line.first.take() {
            (line.done)(work(only))?;
        }
        line.finish()?;
        fed
    })
}

fn help<P, R>(
    queue: &Mutex<Receiver<(usize, P)>>,
    work: &impl Fn(P) -> R,
    results: &Sender<(usize, thread::Result<R>)>,
) {
    loop {
        let next = lock(queue).recv();
        // Either end may be gone: all is done, or nobody wants to know any more.
        let Ok((number, piece)) = next else { return };
        let result = catch_unwind(AssertUnwindSafe(|| work(piece)));
        if results.send((number, result)).is_err() {
            return;
        }
    }
}

/// The pieces on their way.
struct Line<'d, P, R, D> {
    /// Held until there is a second one.
    first: Option<P>,
    pieces: SyncSender<(usize, P)>,
    finished: Receiver<(usize, thread::Result<R>)>,
    /// Results whose turn has not come.
    waiting: BTreeMap<usize, R>,
    pushed: usize,
    taken: usize,
    done: &'d mut D,
}

impl<P, R, E, D: FnMut(R) -> Result<(), E>> Line<'_, P, R, D> {
    fn push(&mut self, piece: P, most: usize) -> Result<(), E> {
        // The threads stay as long as this does.
        let _ = self.pieces.send((self.pushed, piece));
        self.pushed += 1;
        while self.pushed - self.taken >= most {
            let Ok((number, result)) = self.finished.recv() else {
                return Ok(());
            };
            self.take(number, result)?;
        }
        Ok(())
    }

    fn take(&mut self, number: usize, result: thread::Result<R>) -> Result<(), E> {
        // Nobody would ever see the result that a panic was instead of.
        let result = result.unwrap_or_else(|panic| resume_unwind(panic));
        self.waiting.insert(number, result);
        while let Some(result) = self.waiting.remove(&self.taken) {
            self.taken += 1;
            (self.done)(result)?;
        }
        Ok(())
    }

    /// No more pieces: waits for what is on its way.
    fn finish(mut self) -> Result<(), E> {
        let (closed, _) = sync_channel(0);
        drop(std::mem::replace(&mut self.pieces, closed));
        while let Ok((number, result)) = self.finished.recv() {
            self.take(number, result)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn squares(count: u64, last: u64) -> (Result<(), u64>, Vec<u64>) {
        let mut seen = Vec::new();
        let result = in_order(
            |push| {
                for n in 0..count {
                    if push(n).is_break() {
                        break;
                    }
                }
                Ok(())
            },
            |n| {
                // The early ones take longest.
                thread::sleep(Duration::from_micros(300 / (n % 7 + 1)));
                n * n
            },
            |square| {
                if square > last {
                    return Err(square);
                }
                seen.push(square);
                Ok(())
            },
        );
        (result, seen)
    }

    #[test]
    fn results_come_in_the_pieces_order() {
        for count in [0, 1, 2, 3, 100, 1000] {
            let expected: Vec<_> = (0..count).map(|n| n * n).collect();
            assert_eq!(squares(count, u64::MAX), (Ok(()), expected));
        }
    }

    #[test]
    fn the_first_error_ends_it() {
        let (result, seen) = squares(1000, 99);
        assert_eq!((result, seen.len()), (Err(100), 10));
    }

    #[test]
    fn an_error_of_the_feeder_comes_behind_what_it_fed() {
        let mut seen = 0;
        let result = in_order(
            |push| {
                for _ in 0..3 {
                    let _ = push(());
                }
                Err("torn")
            },
            |()| (),
            |()| {
                seen += 1;
                Ok(())
            },
        );
        assert_eq!((result, seen), (Err("torn"), 3));
    }

    #[test]
    #[should_panic(expected = "not this one")]
    fn a_panic_is_passed_on() {
        let _: Result<(), ()> = in_order(
            |push| {
                for n in 0..100 {
                    let _ = push(n);
                }
                Ok(())
            },
            |n| assert_ne!(n, 50, "not this one"),
            |()| Ok(()),
        );
    }
}
