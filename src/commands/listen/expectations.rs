//! `--expect`: from options to expectations, and the report about what has not come.

use serde::Serialize;

use crate::error::Error;
use crate::escape;
use crate::json_line;
use crate::output::console::Console;
use crate::server::Expectations;
use crate::webhook::analysis::Analyzer;

use super::ListenOptions;
use super::reporter::OutputFormat;
use crate::commands::shared::lookup;

/// The expectations of the options.
///
/// # Errors
/// When they can never be met: without a secret to check signatures with, or for an event that is not documented.
pub(super) fn expectations(
    options: &ListenOptions,
    analyzer: &Analyzer,
    console: &Console,
) -> Result<Expectations, Error> {
    if options.expect.is_empty() {
        return Ok(Expectations::default());
    }
    let never_signs = analyzer.provider.is_some_and(|p| p.signature.is_none());
    if analyzer.secrets.is_empty() && !never_signs {
        return Err(Error::usage(
            "--expect waits for validly signed deliveries, but there is no secret to check them with",
            "give --secret, --secret-file, or set CZ_HOOK_SECRET",
        ));
    }
    for expected in &options.expect {
        lookup::documented(
            analyzer.catalog,
            analyzer.provider,
            (&expected.event, expected.channel.as_deref()),
            "--expect",
        )?;
    }
    if options.timeout.is_none() {
        console.note("without --timeout this waits until everything has come");
    }
    let accepts_unsigned = analyzer.allow_unsigned || never_signs;
    Ok(Expectations::new(options.expect.clone(), accepts_unsigned))
}

/// Reports what has not come and what came instead; true when everything has come.
///
/// # Errors
/// When the output cannot be written.
pub(super) fn report(
    expectations: &Expectations,
    format: OutputFormat,
    console: &Console,
) -> Result<bool, Error> {
    if expectations.is_empty() {
        return Ok(true);
    }
    let missing = expectations.missing();
    let (instead, more) = expectations.instead();
    if format == OutputFormat::Json {
        console.print(&json_line::line(&SummaryLine {
            met: missing.is_empty(),
            missing: &missing,
            instead,
            more_instead: more,
        }))?;
    }
    for clause in &missing {
        console.summary(&format!("{} {clause}", console.err.error("missing:")));
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
            console.summary(&format!("{} {line}", console.err.warn("came instead:")));
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
