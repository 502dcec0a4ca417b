//! Which texts are times, by their form and their magnitude.

use jiff::Timestamp;

use crate::webhook::signature::scheme::Unit;

/// From 2001 to 2286, in seconds.
const SECONDS: std::ops::Range<u64> = 1_000_000_000..10_000_000_000;

/// The unit in which all of these are times.
pub fn unit_of<V: AsRef<[u8]>>(values: &[V]) -> Option<Unit> {
    let mut units = values.iter().map(|value| unit(value.as_ref()));
    let first = units.next()??;
    units.all(|one| one == Some(first)).then_some(first)
}

fn unit(value: &[u8]) -> Option<Unit> {
    let text = std::str::from_utf8(value).ok()?.trim();
    match text.parse::<u64>() {
        Ok(number) if SECONDS.contains(&number) => Some(Unit::Seconds),
        Ok(number) if SECONDS.contains(&(number / 1000)) => Some(Unit::Milliseconds),
        Ok(_) => None,
        Err(_) => text.parse::<Timestamp>().is_ok().then_some(Unit::Rfc3339),
    }
}
