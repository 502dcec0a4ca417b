//! One way to take a lock: who panicked while holding it must not take everybody else along.

use std::sync::{Mutex, MutexGuard, PoisonError};

/// What is behind a lock, also after a holder that panicked: nothing here is left half-way between two
/// statements.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
