//! How every report writes an event, a provider and a duration.

use std::time::Duration;

use crate::escape::clipped;

/// Longer names are cut off.
const MAX_NAME: usize = 60;

/// An event, with its channel if it has one.
pub fn event(name: Option<&str>, channel: Option<&str>) -> String {
    let name = name.map_or_else(|| "(no event)".to_owned(), clip);
    match channel {
        Some(channel) => format!("{name}/{}", clip(channel)),
        None => name,
    }
}

/// A provider, or `(unknown provider)`.
pub fn provider(name: Option<&str>) -> String {
    name.map_or_else(|| "(unknown provider)".to_owned(), clip)
}

/// A duration in milliseconds.
pub fn elapsed(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn clip(text: &str) -> String {
    clipped(text.as_bytes(), MAX_NAME)
}
