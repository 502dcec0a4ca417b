//! `cz-hook verify --against`: what an endpoint says it hashed, held against what was sent.

use std::path::Path;

use serde::Serialize;

use crate::diagnose::compare::transformations;
use crate::diagnose::difference::{Hunk, difference, hunks};
use crate::error::Error;
use crate::output::console::Console;
use crate::output::diagnosis::{Compared, not_all_tried};
use crate::output::json;

use super::shared::input;

/// How many places at which the two differ are shown to people.
const SHOWN: usize = 8;

/// Compares the body that was sent with the file's bytes, and says what leads from one to the other. Says
/// whether they are the same.
///
/// # Errors
/// When the file cannot be read.
pub fn compare(sent: &[u8], path: &Path, is_json: bool, console: &Console) -> Result<bool, Error> {
    let hashed = input::read(Some(path))?;
    let leads = transformations(sent, &hashed);
    let found = &leads.found;
    let places = hunks(sent, &hashed);
    let is_same = sent == hashed;
    if is_json {
        let first = found.first();
        console.print(&json::line(&AgainstLine {
            same: is_same,
            sent_bytes: sent.len(),
            hashed_bytes: hashed.len(),
            causes: first.map(|one| one.codes()).unwrap_or_default(),
            formula: first.map(|one| one.formula.clone()),
            explanation: first.map(|one| one.says()),
            fix: first.map(|one| one.fix()),
            also: found.iter().skip(1).map(|one| one.codes()).collect(),
            complete: leads.is_complete,
            differences: places.iter().map(Place::from).collect(),
        }))?;
        return Ok(is_same);
    }
    let text = match difference(sent, &hashed) {
        None => format!("{}  {} bytes\n", console.out.success("same"), sent.len()),
        Some(difference) => {
            let head = format!("{}  sent and hashed\n", console.out.error("different"));
            let compared = Compared {
                sent,
                hashed: &hashed,
                first: &difference,
                places: places.get(..SHOWN).unwrap_or(&places),
                of: places.len(),
                found,
            };
            let mut text = head + &compared.human(console.out, console.width());
            if found.is_empty() && !leads.is_complete {
                text.push_str(&not_all_tried(console.out));
            }
            text
        }
    };
    console.report(&text)?;
    Ok(is_same)
}

/// The line of `verify --against --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "against")]
struct AgainstLine {
    same: bool,
    sent_bytes: usize,
    hashed_bytes: usize,
    causes: Vec<&'static str>,
    formula: Option<String>,
    explanation: Option<String>,
    fix: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    also: Vec<Vec<&'static str>>,
    complete: bool,
    differences: Vec<Place>,
}

/// Bytes that were sent and those that were hashed in their place: offsets and lengths.
#[derive(Serialize)]
struct Place {
    sent_offset: usize,
    sent_bytes: usize,
    hashed_offset: usize,
    hashed_bytes: usize,
}

impl From<&Hunk> for Place {
    fn from(hunk: &Hunk) -> Self {
        Self {
            sent_offset: hunk.sent.start,
            sent_bytes: hunk.sent.len(),
            hashed_offset: hunk.hashed.start,
            hashed_bytes: hunk.hashed.len(),
        }
    }
}
