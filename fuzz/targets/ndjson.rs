//! The lines of a listener: what was read is written and read the same, and a line is safe to show.

use cz_hook::capture::ndjson as lines;
use cz_hook::output::delivery::json_line;
use cz_hook::webhook::record::DeliveryRecord;

pub fn ndjson(data: &[u8]) {
    let read = match lines::read(data) {
        Ok(read) => read,
        Err(why) => return super::assert_harmless(&why.to_string(), false),
    };
    let written: Vec<u8> = read.iter().flat_map(|record| json_line(record, None)).collect();
    super::assert_harmless(std::str::from_utf8(&written).expect("text"), true);
    let again = lines::read(&written).expect("what is written is read");
    assert!(read.iter().map(kept).eq(again.iter().map(kept)));
}

/// Lines have milliseconds.
fn kept(record: &DeliveryRecord) -> (DeliveryRecord, Option<String>) {
    let mut kept = record.clone();
    let at = kept.delivery.received_at.take();
    (kept, at.map(|at| format!("{at:.3}")))
}
