//! What a test of an endpoint found, in the forms that people and programs read.

pub mod curl;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod tap;
mod told;

use std::io;

use crate::conformance::outcome::Run;

use super::style::Palette;

pub use human::{human, listed};
pub use json::{lines, listed as listed_json};

/// The kinds of report files.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReportKind {
    /// JUnit XML, which every CI system reads.
    Junit,
    /// The Test Anything Protocol, version 14.
    Tap,
    /// One page for a browser.
    Html,
    /// For the summary of a CI job.
    Markdown,
    /// The checklist for people, without colours.
    Text,
    /// The lines of `--json`.
    Json,
}

/// A report for a file.
///
/// # Errors
/// When the writer of XML refuses, which it does for no text that is known.
pub fn write(kind: ReportKind, run: &Run) -> io::Result<Vec<u8>> {
    Ok(match kind {
        ReportKind::Junit => junit::junit(run)?,
        ReportKind::Tap => tap::tap(run).into_bytes(),
        ReportKind::Html => html::page(run).into_bytes(),
        ReportKind::Markdown => markdown::markdown(run).into_bytes(),
        ReportKind::Text => human(run, Palette::new(false), true).into_bytes(),
        ReportKind::Json => lines(run),
    })
}
