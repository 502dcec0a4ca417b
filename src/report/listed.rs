//! The list of what is in a capture, for people and for programs.

use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use serde::Serialize;

use crate::capture::journal::Row;
use crate::capture::{Captured, Found};

use super::json;
use super::sanitize::clipped;
use super::style::Palette;
use super::table::{self, Cell};

/// Rows under their headings.
pub fn table(listed: &[Listed], p: Palette) -> String {
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
    let rows: Vec<_> = listed.iter().map(|one| one.row(p)).collect();
    table::text(heads, &rows, p)
}

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

    fn row(&self, p: Palette) -> [Cell; 8] {
        let clip = |text: &str| clipped(text.as_bytes(), 40);
        let event = match (&self.found.event, &self.found.channel) {
            (Some(event), Some(channel)) => format!("{}/{}", clip(event), clip(channel)),
            (Some(event), None) => clip(event),
            (None, _) => "-".to_owned(),
        };
        let time = self.received_at.map_or("-".to_owned(), |at| {
            let zoned = Zoned::new(at, TimeZone::system());
            zoned.strftime("%Y-%m-%d %H:%M:%S%.3f").to_string()
        });
        let provider = self.found.provider.as_deref().map_or("-".into(), clip);
        let (verdict, validity) = (self.found.signature, self.found.validation);
        let status = self.found.status.map(|s| s.to_string());
        [
            self.id.to_string().into(),
            time.into(),
            event.into(),
            provider.into(),
            Cell::painted(verdict.word(), p.verdict(verdict)),
            Cell::painted(&validity.word().replace('_', " "), p.validity(validity)),
            status.unwrap_or_else(|| "-".to_owned()).into(),
            self.bytes.to_string().into(),
        ]
    }
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
