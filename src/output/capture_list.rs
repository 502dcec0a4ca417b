//! The list of the deliveries in a capture, as `inspect` prints it.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::escape::clipped;
use crate::json_line;
use crate::webhook::record::DeliveryRecord;

use super::style::Palette;
use super::table::{self, Cell};

/// The deliveries of a capture as rows under their headings. Where they would not fit into so many columns, what is
/// the same in all of them is said once: the date above the times, the provider above the events.
pub(crate) fn table(records: &[DeliveryRecord], p: Palette, columns: Option<usize>) -> String {
    let heads = HEADS;
    let zone = TimeZone::system();
    let rows: Vec<_> = records.iter().map(|one| row(one, p, WHOLE, &zone)).collect();
    if columns.is_none_or(|columns| table::width(heads, &rows) <= columns) {
        return table::text(heads, &rows, p);
    }
    let date = same(records.iter().map(|one| time(one, DATE, &zone)));
    let (received, format) = match &date {
        Some(date) => (date.as_str(), TIME),
        None => ("RECEIVED", WHOLE),
    };
    let rows: Vec<_> = records.iter().map(|one| row(one, p, format, &zone)).collect();
    let [id, _, event, provider, signature, payload, status, bytes] = heads;
    let Some(only) = same(records.iter().map(provider_name)) else {
        let heads = [id, received, event, provider, signature, payload, status, bytes];
        return table::text(heads, &rows, p);
    };
    let without = |[id, time, event, _, signature, payload, status, bytes]: [Cell; 8]| {
        [id, time, event, signature, payload, status, bytes]
    };
    let event = format!("{event} ({only})");
    let heads = [id, received, &event, signature, payload, status, bytes];
    let rows: Vec<_> = rows.into_iter().map(without).collect();
    table::text(heads, &rows, p)
}

/// The same for deliveries that arrive in batches, with columns of any width.
pub(crate) struct Table {
    stream: table::Stream<8>,
    palette: Palette,
    zone: TimeZone,
}

impl Table {
    pub(crate) fn new(palette: Palette) -> Self {
        Self { stream: table::Stream::new(HEADS, palette), palette, zone: TimeZone::system() }
    }

    /// The next rows, below their headings if they are the first. Without rows, there are no headings.
    pub(crate) fn rows(&mut self, records: &[DeliveryRecord]) -> String {
        let row = |one| row(one, self.palette, WHOLE, &self.zone);
        let rows: Vec<_> = records.iter().map(row).collect();
        match rows.is_empty() {
            true => String::new(),
            false => self.stream.add(&rows),
        }
    }
}

const HEADS: [&str; 8] =
    ["ID", "RECEIVED", "EVENT", "PROVIDER", "SIGNATURE", "PAYLOAD", "STATUS", "BYTES"];

const DATE: &str = "%Y-%m-%d";
const TIME: &str = "%H:%M:%S%.3f";
const WHOLE: &str = "%Y-%m-%d %H:%M:%S%.3f";

/// Stands for what is not known.
const UNKNOWN: &str = "-";

/// The value that all of them have, if it is known.
fn same(mut all: impl Iterator<Item = String>) -> Option<String> {
    let first = all.next().filter(|first| first != UNKNOWN)?;
    all.all(|other| other == first).then_some(first)
}

/// The line of `inspect --prune --json`.
pub(crate) fn pruned_json_line(removed: u64, left: u64) -> Vec<u8> {
    json_line::line(&PrunedLine { removed, left })
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "pruned")]
struct PrunedLine {
    removed: u64,
    left: u64,
}

/// A delivery of the list as a line of `inspect --json`.
pub(crate) fn json_line(record: &DeliveryRecord) -> Vec<u8> {
    let (delivery, found) = (&record.delivery, record.analysis.as_ref());
    json_line::line(&ListedLine {
        id: record.id,
        received_at: delivery.received_at.map(|at| at.to_string()),
        method: &delivery.method,
        target: &delivery.target,
        provider: found.and_then(|found| found.provider.as_deref()),
        event: found.and_then(|found| found.event.as_deref()),
        channel: found.and_then(|found| found.channel.as_deref()),
        signature: found.map(|found| found.signature.verdict.word()),
        validation: found.map(|found| found.validation.verdict.word()),
        duplicate_of: record.duplicate_of,
        status: record.status,
        bytes: record.body_length(),
    })
}

fn time(record: &DeliveryRecord, format: &str, zone: &TimeZone) -> String {
    let zoned = |at| Zoned::new(at, zone.clone()).strftime(format).to_string();
    record.delivery.received_at.map_or(UNKNOWN.to_owned(), zoned)
}

fn provider_name(record: &DeliveryRecord) -> String {
    let found = record.analysis.as_ref();
    let provider = found.and_then(|found| found.provider.as_deref());
    provider.map_or(UNKNOWN.to_owned(), clip)
}

fn row(record: &DeliveryRecord, p: Palette, format: &str, zone: &TimeZone) -> [Cell; 8] {
    let unknown = || Cell::from(UNKNOWN);
    let found = record.analysis.as_ref();
    let event = found.and_then(|found| {
        let event = clip(found.event.as_deref()?);
        let channel = found.channel.as_deref().map(clip);
        Some(channel.map_or(event.clone(), |channel| format!("{event}/{channel}")))
    });
    let verdict = found.map(|found| found.signature.verdict);
    let validity = found.map(|found| found.validation.verdict);
    [
        record.id.to_string().into(),
        time(record, format, zone).into(),
        event.map_or_else(unknown, Cell::from),
        provider_name(record).into(),
        verdict.map_or_else(unknown, |v| Cell::painted(v.word(), p.verdict(v))),
        validity
            .map_or_else(unknown, |v| Cell::painted(&v.word().replace('_', " "), p.validity(v))),
        record.status.map_or_else(unknown, |s| s.to_string().into()),
        record.body_length().to_string().into(),
    ]
}

fn clip(text: &str) -> String {
    clipped(text.as_bytes(), 40)
}

/// A line of `inspect --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "listed")]
struct ListedLine<'l> {
    id: u64,
    received_at: Option<String>,
    method: &'l str,
    target: &'l str,
    provider: Option<&'l str>,
    event: Option<&'l str>,
    channel: Option<&'l str>,
    signature: Option<&'l str>,
    validation: Option<&'l str>,
    duplicate_of: Option<u64>,
    status: Option<u16>,
    bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::record::{DeliveryLine, ReadDepth};

    fn listed(id: u64, at: &str, provider: &str) -> DeliveryRecord {
        let line = serde_json::json!({
            "type": "delivery", "id": id, "received_at": at, "method": "POST", "target": "/",
            "headers": [], "body": "", "provider": provider, "event": "message.received",
            "channel": "telegram", "signature": {"verdict": "valid", "reason": ""},
            "validation": {"verdict": "valid", "errors": [], "notes": []},
            "response": {"status": 200},
        });
        let line = line.to_string();
        let line: DeliveryLine<'_> = serde_json::from_str(&line).unwrap();
        line.into_record(ReadDepth::Summary).unwrap().1
    }

    fn head(all: &[DeliveryRecord], columns: Option<usize>) -> String {
        let text = table(all, Palette::new(false), columns);
        let mut lines = text.lines().map(str::to_owned);
        let head = lines.next().unwrap();
        assert!(lines.all(|line| line.len() <= head.len()));
        head.split("  ")
            .filter(|word| !word.is_empty())
            .map(str::trim)
            .collect::<Vec<_>>()
            .join("|")
    }

    #[test]
    fn a_narrow_table_says_once_what_is_the_same_in_every_row() {
        // A day apart in any time zone.
        let (one, same, other) = (
            listed(1, "2026-01-02T12:00:00Z", "p"),
            listed(2, "2026-01-02T12:00:01Z", "p"),
            listed(3, "2026-01-05T12:00:00Z", "q"),
        );
        let whole = "ID|RECEIVED|EVENT|PROVIDER|SIGNATURE|PAYLOAD|STATUS|BYTES";
        let day = [one.clone(), same];
        assert_eq!(head(&day, None), whole);
        assert_eq!(head(&day, Some(200)), whole);
        let date = time(&one, DATE, &TimeZone::system());
        let narrow = format!("ID|{date}|EVENT (p)|SIGNATURE|PAYLOAD|STATUS|BYTES");
        assert_eq!(head(&day, Some(80)), narrow);
        // Nothing is left out that differs.
        assert_eq!(head(&[one.clone(), other], Some(80)), whole);
        // What is not known is no heading.
        let mut unknown = one;
        unknown.delivery.received_at = None;
        unknown.analysis.as_mut().unwrap().provider = None;
        assert_eq!(head(&[unknown], Some(20)), whole);
    }
}
