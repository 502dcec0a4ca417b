//! A delivery as a row of the inspector's list.

use serde::Serialize;

use super::filter::payload;
use crate::webhook::record::{DeliveryRecord, RejectReason, Rejected};

/// The longest text of a row, in characters. Senders choose these texts, and a list has hundreds of rows.
const MAX_TEXT: usize = 300;

fn shortened(text: &str) -> &str {
    match text.char_indices().nth(MAX_TEXT) {
        Some((end, _)) => text.get(..end).unwrap_or_default(),
        None => text,
    }
}

#[derive(Debug, Serialize)]
pub(super) struct Row<'r> {
    /// Of a rejected request: negative, from -1 on.
    id: i64,
    received_at: Option<String>,
    method: &'r str,
    target: &'r str,
    provider: Option<&'r str>,
    event: Option<&'r str>,
    channel: Option<&'r str>,
    signature: &'static str,
    payload: &'static str,
    status: Option<u16>,
    duration_ms: Option<f64>,
    size: u64,
    duplicate_of: Option<u64>,
    rejected: Option<RejectReason>,
    fault: Option<&'r str>,
    forwarded: Option<u16>,
}

impl<'r> From<&'r DeliveryRecord> for Row<'r> {
    fn from(record: &'r DeliveryRecord) -> Self {
        let (delivery, found) = (&record.delivery, record.analysis.as_ref());
        let forwarded = record.forwarded.as_ref();
        Self {
            id: i64::try_from(record.id).unwrap_or(i64::MAX),
            received_at: delivery.received_at.map(|at| format!("{at:.3}")),
            method: shortened(&delivery.method),
            target: shortened(&delivery.target),
            provider: found.and_then(|found| found.provider.as_deref()),
            event: found.and_then(|found| found.event.as_deref()).map(shortened),
            channel: found.and_then(|found| found.channel.as_deref()).map(shortened),
            signature: record.verdict().map_or("unchecked", |verdict| verdict.word()),
            payload: found.map_or("unknown", |found| payload(found.validation.verdict)),
            status: record.status,
            duration_ms: record.duration.map(|took| took.as_micros() as f64 / 1e3),
            size: record.body_length(),
            duplicate_of: record.duplicate_of,
            rejected: None,
            fault: record.injected.as_deref(),
            forwarded: forwarded.and_then(|forwarded| forwarded.outcome.as_ref().ok().copied()),
        }
    }
}

impl<'r> Row<'r> {
    /// A request that was rejected, the one of this number.
    pub(super) fn rejected(number: u64, rejected: &'r Rejected) -> Self {
        let request = rejected.request.as_ref();
        Self {
            id: -i64::try_from(number).unwrap_or(i64::MAX),
            received_at: Some(format!("{:.3}", rejected.at)),
            method: request.map_or("", |(method, _)| shortened(method)),
            target: request.map_or("", |(_, target)| shortened(target)),
            provider: None,
            event: None,
            channel: None,
            signature: "unchecked",
            payload: "unknown",
            status: rejected.status,
            duration_ms: None,
            size: 0,
            duplicate_of: None,
            rejected: Some(rejected.reason),
            fault: Some(shortened(&rejected.detail)),
            forwarded: None,
        }
    }
}
