//! `listen --record --keep`: a thread that removes old deliveries while the listener records. It locks the journal
//! only briefly, so that no delivery waits long.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, Weak};
use std::thread;
use std::time::Duration;

use crate::capture::journal::{Journal, JournalError, Keep};
use crate::commands::shared::capture::journal_error;
use crate::lock::lock;
use crate::output::console::Console;

/// Starts the thread, which ends when the journal is closed.
pub(super) fn start(journal: Weak<Mutex<Journal>>, path: PathBuf, keep: Keep, console: Console) {
    const MIN: Duration = Duration::from_millis(100);
    const MAX: Duration = Duration::from_secs(60);
    let by_age = keep.age.map_or(MAX, |age| (age / 10).clamp(MIN, MAX));
    let by_count = keep.count.map_or(MAX, |_| Duration::from_secs(1));
    let interval = by_age.min(by_count);
    thread::spawn(move || {
        let mut is_reported = false;
        loop {
            match prune(&journal, &path, keep) {
                Ok(true) => is_reported = false,
                Ok(false) => return,
                // Another program holds the journal, and will not for long.
                Err(JournalError::Busy) => {}
                Err(error) if !is_reported => {
                    is_reported = true;
                    console.error(&journal_error(&path, &error));
                }
                Err(_) => {}
            }
            thread::sleep(interval);
        }
    });
}

/// Removes what is not to be kept now; false when the journal is closed.
fn prune(journal: &Weak<Mutex<Journal>>, path: &Path, keep: Keep) -> Result<bool, JournalError> {
    if journal.strong_count() == 0 {
        return Ok(false);
    }
    // Searched without blocking the writer: with many to keep it takes a while.
    let Some(limit) = Journal::open(path)?.limit(keep)? else {
        return Ok(true);
    };
    let mut has_removed = false;
    loop {
        let Some(journal) = journal.upgrade() else {
            return Ok(false);
        };
        if lock(&journal).prune(&limit)? == 0 {
            if has_removed {
                lock(&journal).empty_log()?;
            }
            return Ok(true);
        }
        has_removed = true;
        drop(journal);
        // Deliveries come first.
        thread::sleep(Duration::from_millis(2));
    }
}
