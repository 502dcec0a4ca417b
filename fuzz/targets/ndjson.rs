//! The JSON lines of the listener: reading a written line gives the same delivery, and a line is safe to show.

use cz_hook::capture::{Captured, ndjson as lines};

pub fn ndjson(data: &[u8]) {
    let read = match lines::read(data) {
        Ok(read) => read,
        Err(why) => return super::assert_harmless(&why.to_string(), false),
    };
    let written: Vec<u8> = read.iter().flat_map(lines::line).collect();
    super::assert_harmless(std::str::from_utf8(&written).expect("text"), true);
    let again = lines::read(&written).expect("what is written is read");
    assert!(read.iter().map(kept).eq(again.iter().map(kept)));
}

/// Lines have a precision of milliseconds.
fn kept(captured: &Captured) -> (Captured, Option<String>) {
    let mut kept = captured.clone();
    let at = kept.delivery.received_at.take();
    (kept, at.map(|at| format!("{at:.3}")))
}
