//! Work on many items with every processor, with the results in the order of the items and in bounded memory.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::sync::Mutex;
use std::thread;

use crate::lock::lock;

/// How many items a round has for each thread: enough that no thread waits long for the last one.
const ITEMS_PER_THREAD: usize = 16;

/// Takes one more item.
pub(super) type Feed<'f, P> = &'f mut dyn FnMut(P) -> ControlFlow<()>;

/// `produce` feeds the items, `work` is done on each in some thread, `consume` gets the results in the items' order
/// in this one. Items are worked on in rounds. The first error of `consume` ends it all.
pub(super) fn ordered_parallel<P: Send, R: Send, E>(
    produce: impl FnOnce(Feed<'_, P>) -> Result<(), E>,
    work: impl Fn(P) -> R + Sync,
    mut consume: impl FnMut(R) -> Result<(), E>,
) -> Result<(), E> {
    let threads = thread::available_parallelism().map_or(1, usize::from);
    let mut round = Vec::new();
    let mut finish = |round: &mut Vec<P>| {
        let results = map(std::mem::take(round), &work, threads);
        results.into_iter().try_for_each(&mut consume)
    };
    let mut consumed = Ok(());
    let produced = produce(&mut |item| {
        round.push(item);
        if round.len() == threads * ITEMS_PER_THREAD {
            consumed = finish(&mut round);
        }
        match consumed {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        }
    });
    consumed?;
    finish(&mut round)?;
    produced
}

/// The results of `work`, in the order of the items.
fn map<P: Send, R: Send>(items: Vec<P>, work: &(impl Fn(P) -> R + Sync), threads: usize) -> Vec<R> {
    let threads = threads.min(items.len());
    let queue = Mutex::new(items.into_iter().enumerate());
    let next = || lock(&queue).next();
    let worker = || {
        let mut results = Vec::new();
        while let Some((number, item)) = next() {
            results.push((number, work(item)));
        }
        results
    };
    let mut results = thread::scope(|scope| {
        let others: Vec<_> = (1..threads).map(|_| scope.spawn(worker)).collect();
        let mut results = worker();
        for other in others {
            results.extend(other.join().unwrap_or_else(|panic| resume_unwind(panic)));
        }
        results
    });
    results.sort_unstable_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, result)| result).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    fn squares(count: u64, last: u64) -> (Result<(), u64>, Vec<u64>) {
        let mut seen = Vec::new();
        let result = ordered_parallel(
            |feed| {
                for n in 0..count {
                    if feed(n).is_break() {
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
    fn results_come_in_the_order_of_the_items() {
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
    fn an_error_of_the_producer_comes_after_its_items() {
        let mut seen = 0;
        let result = ordered_parallel(
            |feed| {
                for _ in 0..3 {
                    let _ = feed(());
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
        let _: Result<(), ()> = ordered_parallel(
            |feed| {
                for n in 0..100 {
                    let _ = feed(n);
                }
                Ok(())
            },
            |n| assert_ne!(n, 50, "not this one"),
            |()| Ok(()),
        );
    }
}
