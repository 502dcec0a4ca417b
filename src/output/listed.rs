//! The list of what is in a capture, for people and for programs.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::capture::journal::Row;
use crate::capture::{Captured, Found};

use super::json;
use super::style::Palette;
use super::table::{self, Cell};
use crate::escape::clipped;

/// Rows under their headings. Where they would not fit into so many columns, what is the same in all of them is
/// said once: the date above the times, the provider above the events.
pub fn table(listed: &[Listed], p: Palette, columns: Option<usize>) -> String {
    let heads = [
        "ID",
        "RECEIVED",
        "EVENT",
        "PROVIDER",
        "SIGNATURE",
        "PAYLOAD",
        "STATUS",
        "BYTES",
    ];
    let rows: Vec<_> = listed.iter().map(|one| one.row(p, WHOLE)).collect();
    if columns.is_none_or(|columns| table::width(heads, &rows) <= columns) {
        return table::text(heads, &rows, p);
    }
    let date = same(listed.iter().map(|one| one.time(DATE)));
    let (received, format) = match &date {
        Some(date) => (date.as_str(), TIME),
        None => ("RECEIVED", WHOLE),
    };
    let rows = listed.iter().map(|one| one.row(p, format));
    let [id, _, event, provider, others @ ..] = heads;
    let [signature, payload, status, bytes] = others;
    let Some(only) = same(listed.iter().map(Listed::provider)) else {
        let heads = [
            id, received, event, provider, signature, payload, status, bytes,
        ];
        return table::text(heads, &rows.collect::<Vec<_>>(), p);
    };
    let rows: Vec<_> = rows
        .map(|[id, time, event, _, signature, payload, status, bytes]| {
            [id, time, event, signature, payload, status, bytes]
        })
        .collect();
    let event = format!("{event} ({only})");
    let heads = [id, received, &event, signature, payload, status, bytes];
    table::text(heads, &rows, p)
}

const DATE: &str = "%Y-%m-%d";
const TIME: &str = "%H:%M:%S%.3f";
const WHOLE: &str = "%Y-%m-%d %H:%M:%S%.3f";

/// What all of them are, if that is one and is known.
fn same(mut all: impl Iterator<Item = String>) -> Option<String> {
    let first = all.next().filter(|first| first != UNKNOWN)?;
    all.all(|other| other == first).then_some(first)
}

/// What stands in the place of what is not known.
const UNKNOWN: &str = "-";

/// What a list says of a delivery.
#[derive(Clone, Debug)]
pub struct Listed {
    id: u64,
    received_at: Option<Timestamp>,
    method: String,
    target: String,
    bytes: u64,
    found: Found,
}

impl From<Row> for Listed {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            received_at: Some(row.received_at),
            method: row.method,
            target: row.target,
            bytes: row.body_length,
            found: row.found,
        }
    }
}

impl Listed {
    /// A delivery and what is known of it.
    pub fn new(captured: &Captured, found: Found) -> Self {
        let delivery = &captured.delivery;
        Self {
            id: captured.id,
            received_at: delivery.received_at,
            method: delivery.method.clone(),
            target: delivery.target.clone(),
            bytes: delivery.body.len() as u64,
            found,
        }
    }

    /// The line for programs.
    pub fn json(&self) -> Vec<u8> {
        json::line(&ListedLine {
            id: self.id,
            received_at: self.received_at.map(|at| at.to_string()),
            method: &self.method,
            target: &self.target,
            provider: self.found.provider.as_deref(),
            event: self.found.event.as_deref(),
            channel: self.found.channel.as_deref(),
            signature: self.found.signature.word(),
            validation: self.found.validation.word(),
            duplicate_of: self.found.duplicate_of,
            status: self.found.status,
            bytes: self.bytes,
        })
    }

    fn time(&self, format: &str) -> String {
        self.received_at.map_or(UNKNOWN.to_owned(), |at| {
            let zoned = Zoned::new(at, TimeZone::system());
            zoned.strftime(format).to_string()
        })
    }

    fn provider(&self) -> String {
        self.found.provider.as_deref().map_or(UNKNOWN.into(), clip)
    }

    fn row(&self, p: Palette, time: &str) -> [Cell; 8] {
        let event = match (&self.found.event, &self.found.channel) {
            (Some(event), Some(channel)) => format!("{}/{}", clip(event), clip(channel)),
            (Some(event), None) => clip(event),
            (None, _) => UNKNOWN.to_owned(),
        };
        let (verdict, validity) = (self.found.signature, self.found.validation);
        let status = self.found.status.map(|s| s.to_string());
        [
            self.id.to_string().into(),
            self.time(time).into(),
            event.into(),
            self.provider().into(),
            Cell::painted(verdict.word(), p.verdict(verdict)),
            Cell::painted(&validity.word().replace('_', " "), p.validity(validity)),
            status.unwrap_or_else(|| UNKNOWN.to_owned()).into(),
            self.bytes.to_string().into(),
        ]
    }
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
    signature: &'l str,
    validation: &'l str,
    duplicate_of: Option<u64>,
    status: Option<u16>,
    bytes: u64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::payload::validate::Validity;
    use crate::webhook::signature::verify::Verdict;

    fn listed(id: u64, at: &str, provider: &str) -> Listed {
        Listed {
            id,
            received_at: Some(at.parse().unwrap()),
            method: "POST".to_owned(),
            target: "/".to_owned(),
            bytes: 200,
            found: Found {
                provider: Some(provider.to_owned()),
                event: Some("message.received".to_owned()),
                channel: Some("telegram".to_owned()),
                signature: Verdict::Valid,
                reason: String::new(),
                validation: Validity::Valid,
                duplicate_of: None,
                status: Some(200),
                details: None,
            },
        }
    }

    fn head(all: &[Listed], columns: Option<usize>) -> String {
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
        // A day apart wherever on earth this runs.
        let (one, same, other) = (
            listed(1, "2026-01-02T12:00:00Z", "p"),
            listed(2, "2026-01-02T12:00:01Z", "p"),
            listed(3, "2026-01-05T12:00:00Z", "q"),
        );
        let whole = "ID|RECEIVED|EVENT|PROVIDER|SIGNATURE|PAYLOAD|STATUS|BYTES";
        let day = [one.clone(), same];
        assert_eq!(head(&day, None), whole);
        assert_eq!(head(&day, Some(200)), whole);
        let date = one.time(DATE);
        let narrow = format!("ID|{date}|EVENT (p)|SIGNATURE|PAYLOAD|STATUS|BYTES");
        assert_eq!(head(&day, Some(80)), narrow);
        // Nothing is left out that differs.
        assert_eq!(head(&[one.clone(), other], Some(80)), whole);
        // What nobody knows is no heading.
        let mut unknown = one;
        unknown.received_at = None;
        unknown.found.provider = None;
        assert_eq!(head(&[unknown], Some(20)), whole);
    }
}
