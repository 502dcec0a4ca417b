//! `cz-hook verify --against`: compares the bytes that an endpoint hashed with the body that was sent.

use std::path::Path;

use serde::Serialize;

use crate::commands::shared::input::read_input;
use crate::diagnose::difference::{difference, hunks};
use crate::diagnose::search::transformations;
use crate::error::Error;
use crate::json_line;
use crate::output::console::Console;
use crate::output::diagnosis::{Compared, not_all_tried};

use super::VerifyOptions;

/// How many differences are printed in human-readable output.
const MAX_PRINTED: usize = 8;

/// Compares the body that was sent with the file's bytes and explains the difference. Returns whether they are the
/// same.
pub fn compare(
    sent: &[u8],
    path: &Path,
    options: &VerifyOptions,
    console: &Console,
) -> Result<bool, Error> {
    let hashed = read_input(Some(path), options.input.max)?;
    let transforms = transformations(sent, &hashed);
    let found = &transforms.found;
    let differences = hunks(sent, &hashed);
    let is_same = sent == hashed;
    if options.json {
        let first = found.first();
        console.print(&json_line::line(&AgainstLine {
            same: is_same,
            sent_bytes: sent.len(),
            hashed_bytes: hashed.len(),
            causes: first.map(|one| one.codes()).unwrap_or_default(),
            formula: first.map(|one| one.formula.clone()),
            explanation: first.map(|one| one.says()),
            fix: first.map(|one| one.fix()),
            also: found.iter().skip(1).map(|one| one.codes()).collect(),
            complete: transforms.is_complete,
            differences: differences
                .iter()
                .map(|hunk| Difference {
                    sent_offset: hunk.sent.start,
                    sent_bytes: hunk.sent.len(),
                    hashed_offset: hunk.hashed.start,
                    hashed_bytes: hunk.hashed.len(),
                })
                .collect(),
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
                places: differences.get(..MAX_PRINTED).unwrap_or(&differences),
                of: differences.len(),
                found,
            };
            let mut text = head + &compared.human(console.out, console.width());
            if found.is_empty() && !transforms.is_complete {
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
    differences: Vec<Difference>,
}

/// Bytes that were sent and those that were hashed in their place: offsets and lengths.
#[derive(Serialize)]
struct Difference {
    sent_offset: usize,
    sent_bytes: usize,
    hashed_offset: usize,
    hashed_bytes: usize,
}
