//! One delivery: everything that is known of it, and why its signature is not valid.

use std::sync::Arc;

use serde::Serialize;
use serde_json::Value;

use super::excerpts::Excerpts;
use super::failure::Failure;
use super::response::{self, Response};
use super::row::Row;
use super::state::State;
use crate::diagnose::Diagnosis;
use crate::output::diagnosis::DiagnosisPart;
use crate::webhook::content_coding::Decoded;
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::validate::Finding;
use crate::webhook::record::{DeliveryLine, DeliveryRecord};

/// The longest body that is part of the answer, in bytes; a longer one is read in ranges.
const MAX_TEXT: usize = 1 << 20;

/// How many attempts are named.
const MAX_ATTEMPTS: usize = 100;

#[derive(Serialize)]
struct Shown<'r> {
    /// The documented line; without its body when that is long.
    delivery: DeliveryLine<'r, &'r DiagnosisPart>,
    row: Row<'r>,
    verdict: Verdict<'r>,
    violations: Vec<Place<'r>>,
    /// Fields that the document does not name.
    notes: Vec<Place<'r>>,
    body: BodyShown<'r>,
    attempts: Vec<u64>,
    command: String,
}

#[derive(Serialize)]
struct Verdict<'r> {
    sentence: String,
    diagnosis: Option<&'r DiagnosisPart>,
    difference: Option<Excerpts>,
}

#[derive(Serialize)]
struct Place<'r> {
    pointer: &'r str,
    message: &'r str,
}

#[derive(Serialize)]
struct BodyShown<'r> {
    size: u64,
    /// Whether a content coding was undone to get the text.
    decoded: bool,
    is_utf8: bool,
    is_json: bool,
    text: Option<&'r str>,
    hex_only: bool,
}

pub(super) async fn show(state: &Arc<State>, id: u64) -> Result<Response, Failure> {
    let actions = Arc::clone(&state.actions);
    state
        .store
        .read(move |_, journal| {
            let record = journal.get(id)?.ok_or_else(|| Failure::no_delivery(id))?;
            let attempts = journal.same_body(id, MAX_ATTEMPTS)?;
            let diagnosis = actions.diagnose(&record);
            let command = actions.replay_command(id);
            Ok(shown(&record, diagnosis.as_ref(), attempts, command))
        })
        .await
}

#[derive(Serialize)]
struct Attempts<'r> {
    /// What makes them attempts of one delivery.
    key: &'static str,
    attempts: Vec<Row<'r>>,
    schedule: Option<Value>,
    source: Option<Value>,
}

/// The deliveries with the same body, and when the provider tries again.
pub(super) async fn attempts(state: &Arc<State>, id: u64) -> Result<Response, Failure> {
    let actions = Arc::clone(&state.actions);
    state
        .store
        .read(move |_, journal| {
            let ids = journal.same_body(id, MAX_ATTEMPTS)?;
            let records = journal.summaries(&ids)?;
            let own = records.iter().find(|record| record.id == id);
            let own = own.ok_or_else(|| Failure::no_delivery(id))?;
            let mut schedule = actions.schedule(own);
            let mut take = |key: &str| schedule.as_mut().map(|all| all[key].take());
            Ok(response::json(&Attempts {
                key: "same_body",
                attempts: records.iter().map(Row::from).collect(),
                schedule: take("schedule"),
                source: take("source"),
            }))
        })
        .await
}

fn shown(
    record: &DeliveryRecord,
    diagnosis: Option<&Diagnosis>,
    attempts: Vec<u64>,
    command: String,
) -> Response {
    let delivery = &record.delivery;
    let decoded = Decoded::new(&delivery.headers, &delivery.body);
    let part = diagnosis.map(DiagnosisPart::from);
    let proof = diagnosis.and_then(|diagnosis| diagnosis.proof.as_ref());
    let difference = proof.and_then(|proof| proof.difference.as_ref());
    let (is_decoded, body) = match decoded.as_ref().map(|decoded| &decoded.body) {
        Some(Ok(body)) => (true, &body[..]),
        _ => (false, &delivery.body[..]),
    };
    let text = std::str::from_utf8(body).ok();
    let line = record.line(decoded.as_ref(), part.as_ref());
    let is_long = delivery.body.len().max(body.len()) > MAX_TEXT;
    let validation = record.analysis.as_ref().map(|found| &found.validation);
    response::json(&Shown {
        delivery: if is_long { line.without_body() } else { line },
        row: Row::from(record),
        verdict: Verdict {
            sentence: sentence(record),
            diagnosis: part.as_ref(),
            difference: difference.map(Excerpts::from),
        },
        violations: places(validation.map(|found| &found.errors[..])),
        notes: places(validation.map(|found| &found.notes[..])),
        body: BodyShown {
            size: record.body_length(),
            decoded: is_decoded,
            is_utf8: text.is_some(),
            is_json: parse_body(body).is_ok(),
            text: text.filter(|text| text.len() <= MAX_TEXT),
            hex_only: text.is_none(),
        },
        attempts,
        command,
    })
}

fn places(findings: Option<&[Finding]>) -> Vec<Place<'_>> {
    let findings = findings.unwrap_or_default().iter();
    findings.map(|one| Place { pointer: &one.path, message: &one.message }).collect()
}

fn sentence(record: &DeliveryRecord) -> String {
    let Some(found) = &record.analysis else {
        return "The signature was not checked.".to_owned();
    };
    let (verdict, reason) = (found.signature.verdict.word(), &found.signature.reason);
    match reason.is_empty() {
        true => format!("Signature {verdict}."),
        false => format!("Signature {verdict}: {reason}"),
    }
}
