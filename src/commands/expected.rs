//! `--expect`: what a CI job waits for, and what it is told when that does not come.

use serde::Serialize;

use crate::cli::listen::ListenArgs;
use crate::error::Error;
use crate::escape;
use crate::output::console::Console;
use crate::output::json;
use crate::server::Expectations;
use crate::webhook::analysis::Analyzer;

use super::form::Form;
use super::shared::lookup;

/// What is waited for.
///
/// # Errors
/// When it can never come: no secret to check signatures with, or an event that is not documented.
pub fn expectations(
    args: &ListenArgs,
    analyzer: &Analyzer,
    console: &Console,
) -> Result<Expectations, Error> {
    if args.expect.is_empty() {
        return Ok(Expectations::default());
    }
    let never_signs = analyzer.provider.is_some_and(|p| p.signature.is_none());
    if analyzer.secrets.is_empty() && !never_signs {
        return Err(Error::usage(
            "--expect waits for validly signed deliveries, and there is no secret to check them with",
            "give --secret, --secret-file, or set CZ_HOOK_SECRET",
        ));
    }
    for wanted in &args.expect {
        lookup::documented(
            analyzer.catalog,
            analyzer.provider,
            (&wanted.event, wanted.channel.as_deref()),
            "--expect",
        )?;
    }
    if args.timeout.is_none() {
        console.note("without --timeout this waits for as long as it takes");
    }
    let unsigned_counts = analyzer.allow_unsigned || never_signs;
    Ok(Expectations::new(args.expect.clone(), unsigned_counts))
}

/// Says what has not come and what came instead; whether everything has come.
///
/// # Errors
/// When the output cannot be written.
pub fn report(expectations: &Expectations, form: Form, console: &Console) -> Result<bool, Error> {
    if expectations.is_empty() {
        return Ok(true);
    }
    let missing = expectations.missing();
    let (instead, more) = expectations.instead();
    if form == Form::Json {
        console.print(&json::line(&SummaryLine {
            met: missing.is_empty(),
            missing: &missing,
            instead,
            more_instead: more,
        }))?;
    }
    for clause in &missing {
        console.summary(&format!("{} {clause}", console.err.bad("missing:")));
    }
    if !missing.is_empty() {
        let instead = instead.iter();
        let mut lines: Vec<_> = instead
            .map(|clause| escape::clipped(clause.as_bytes(), 200))
            .collect();
        if more > 0 {
            lines.push(format!("{more} more"));
        }
        for line in lines {
            console.summary(&format!("{} {line}", console.err.doubt("came instead:")));
        }
    }
    Ok(missing.is_empty())
}

/// The last line of `listen --json --expect`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "summary")]
struct SummaryLine<'s> {
    met: bool,
    missing: &'s [String],
    instead: &'s [String],
    more_instead: u64,
}
