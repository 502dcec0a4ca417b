//! What every report calls a delivery and its times, in the same words.

use std::time::Duration;

use crate::escape::clipped;

/// The longest name of a stranger's that is shown whole.
const NAME: usize = 60;

/// An event, with its channel if it has one.
pub fn event(name: Option<&str>, channel: Option<&str>) -> String {
    let name = name.map_or_else(|| "(no event)".to_owned(), clip);
    match channel {
        Some(channel) => format!("{name}/{}", clip(channel)),
        None => name,
    }
}

/// A provider, if it is known.
pub fn provider(name: Option<&str>) -> String {
    name.map_or_else(|| "(unknown provider)".to_owned(), clip)
}

/// How long something took that is expected to take milliseconds.
pub fn took(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

fn clip(text: &str) -> String {
    clipped(text.as_bytes(), NAME)
}
