//! Verifying a capture of many deliveries: every processor checks, and the verdicts are printed in the capture's
//! order. Journals and logs are read in batches, in bounded memory.

use std::ops::ControlFlow;
use std::panic::resume_unwind;
use std::path::PathBuf;
use std::sync::Mutex;
use std::thread;

use crate::capture::journal::{Journal, ReaderPool};
use crate::commands::shared::VerdictCounts;
use crate::commands::shared::capture::{journal_error, no_deliveries};
use crate::commands::shared::explainer::{Explainer, MAX_EXPLAINED};
use crate::commands::shared::input::{Lines, Log};
use crate::diagnose::Effort;
use crate::error::{Error, Exit};
use crate::lock::lock;
use crate::webhook::record::{DeliveryRecord, ReadDepth};
use crate::webhook::signature::verify::Verdict;

use super::{Checked, Verifier, exit_of};

/// How many deliveries are a batch.
const DELIVERIES: usize = 256;

/// Verifies deliveries in memory.
pub(super) fn loaded(
    verifier: &Verifier<'_>,
    explainer: &Explainer<'_>,
    all: Vec<DeliveryRecord>,
) -> Result<Exit, Error> {
    let produce = |feed: Feed<'_, Vec<DeliveryRecord>>| {
        let mut all = all.into_iter();
        while all.len() > 0 && feed(all.by_ref().take(DELIVERIES).collect()).is_continue() {}
        Ok(())
    };
    verify(verifier, explainer, produce, |batch, _, results| {
        batch.into_iter().try_for_each(|record| results.add(record))?;
        Ok(None)
    })
}

/// Verifies a journal: the thread that checks deliveries reads them.
pub(super) fn journal(
    verifier: &Verifier<'_>,
    explainer: &Explainer<'_>,
    journal: &Journal,
    path: PathBuf,
) -> Result<Exit, Error> {
    let pool = ReaderPool::new(path.clone());
    let unusable = |why| journal_error(&path, &why);
    let produce = |feed: Feed<'_, _>| journal.id_batches(feed).map_err(unusable);
    verify(verifier, explainer, produce, |ids, _, results| {
        let mut added = Ok(());
        let read = pool.requests(&ids, |record| {
            if added.is_ok() {
                added = results.add(record);
            }
        });
        read.map_err(unusable)?;
        added.map(|()| None)
    })
}

/// A batch of a log.
enum Batch {
    Read(Vec<DeliveryRecord>),
    Lines(Lines),
}

/// Verifies the lines of a log. A log of one delivery is that delivery.
pub(super) fn log(
    verifier: &Verifier<'_>,
    explainer: &Explainer<'_>,
    mut log: Log,
) -> Result<Exit, Error> {
    let mut first = Vec::new();
    while first.len() < 2
        && let Some(deliveries) = log.next(ReadDepth::Request)?
    {
        first.extend(deliveries);
    }
    if first.len() == 1
        && let Some(only) = first.pop()
    {
        return verifier.one(explainer, only.id, only.delivery);
    }
    let produce = |feed: Feed<'_, Batch>| {
        let mut flow = feed(Batch::Read(first));
        while flow.is_continue()
            && let Some(lines) = log.next_lines()?
        {
            flow = feed(Batch::Lines(lines));
        }
        Ok(())
    };
    verify(verifier, explainer, produce, |batch, before, results| {
        let deliveries = match batch {
            Batch::Read(deliveries) => deliveries,
            Batch::Lines(lines) => {
                let read = lines.read(before.unwrap_or(0), ReadDepth::Request)?;
                // Numbers that the log does not hold depend on how many deliveries are before them.
                if read.is_counted && before.is_none() {
                    return Ok(Some(Batch::Lines(lines)));
                }
                read.deliveries
            }
        };
        for record in deliveries {
            results.add(record)?;
        }
        Ok(None)
    })
}

/// Verifies the batches that `produce` feeds. `read` reads the deliveries of one, given how many came before when
/// that is known; a batch that it gives back is read again when it is known.
fn verify<P: Send>(
    verifier: &Verifier<'_>,
    explainer: &Explainer<'_>,
    produce: impl FnOnce(Feed<'_, P>) -> Result<(), Error>,
    read: impl Fn(P, Option<u64>, &mut BatchResult<'_, '_>) -> Result<Option<P>, Error> + Sync,
) -> Result<Exit, Error> {
    verifier.reject_given_headers()?;
    if verifier.options.against.is_some() {
        return Err(Error::usage(
            "--against compares one delivery, and the capture holds several",
            "take one out with `cz-hook inspect FILE ID --as http`",
        ));
    }
    let work = |batch, before| {
        let mut result = BatchResult {
            verifier,
            counts: VerdictCounts::default(),
            parts: Vec::new(),
            text: Vec::new(),
            explained: 0,
            unexplained: 0,
        };
        let again = read(batch, before, &mut result)?;
        Ok::<_, Error>((result, again))
    };
    let mut counts = VerdictCounts::default();
    ordered_parallel(
        produce,
        |batch| work(batch, None),
        |result| {
            let (mut result, again) = result?;
            if let Some(batch) = again {
                (result, _) = work(batch, Some(counts.total()))?;
            }
            counts.add_all(std::mem::take(&mut result.counts));
            result.print(explainer)
        },
    )?;
    let total = counts.total();
    if total == 0 {
        return Err(no_deliveries());
    }
    let console = verifier.console;
    console.note(&format!("{total} deliveries: {}", counts.summary()));
    if explainer.skipped() > 0 {
        console.note(&format!(
            "{} more were not explained; --explain=deep explains every one",
            explainer.skipped()
        ));
    }
    Ok(exit_of(counts.get(Verdict::Valid) == total))
}

/// The verdicts on a batch.
struct BatchResult<'r, 'v> {
    verifier: &'r Verifier<'v>,
    counts: VerdictCounts,
    parts: Vec<Part>,
    /// What is printed after the parts.
    text: Vec<u8>,
    /// How many deliveries are held to be explained.
    explained: u32,
    /// How many more there are that are not.
    unexplained: u64,
}

/// What is printed of a batch.
enum Part {
    Text(Vec<u8>),
    /// A delivery whose verdict may be explained: only the first ones of all are.
    Explained(Box<Checked>),
}

impl BatchResult<'_, '_> {
    /// Checks one more delivery.
    fn add(&mut self, record: DeliveryRecord) -> Result<(), Error> {
        let verifier = self.verifier;
        let detection = verifier.detect(&record.delivery);
        let checked = verifier.check(record.id, record.delivery, detection)?;
        self.counts.add(checked.report.verdict, 1);
        let is_explained = checked.is_explained(verifier);
        let is_deep = verifier.options.effort == Some(Effort::Deep);
        // Bodies may be large: no more are held than are explained.
        if is_explained && (is_deep || self.explained < MAX_EXPLAINED) {
            self.explained += 1;
            self.parts.push(Part::Text(std::mem::take(&mut self.text)));
            self.parts.push(Part::Explained(Box::new(checked)));
        } else {
            self.unexplained += u64::from(is_explained);
            checked.write(verifier, true, None, &mut self.text);
        }
        Ok(())
    }

    /// Prints it, with the causes that are to be explained.
    fn print(self, explainer: &Explainer<'_>) -> Result<(), Error> {
        let console = self.verifier.console;
        explainer.skip(self.unexplained);
        for part in self.parts {
            match part {
                Part::Text(text) => console.print(&text)?,
                Part::Explained(checked) => {
                    let diagnosis = checked.explain(self.verifier, explainer);
                    let mut text = Vec::new();
                    checked.write(self.verifier, true, diagnosis.as_ref(), &mut text);
                    console.print(&text)?;
                }
            }
        }
        console.print(&self.text)
    }
}

/// How many items a round has for each thread: enough that no thread waits long for the last one.
const ITEMS_PER_THREAD: usize = 16;

/// Takes one more item.
type Feed<'f, P> = &'f mut dyn FnMut(P) -> ControlFlow<()>;

/// `produce` feeds the items, `work` is done on each in some thread, `consume` gets the results in the items' order
/// in this one. Items are worked on in rounds. The first error of `consume` ends it all.
fn ordered_parallel<P: Send, R: Send, E>(
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
