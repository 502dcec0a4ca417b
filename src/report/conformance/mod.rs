//! What a test of an endpoint found, in the forms that people and programs read.

pub mod curl;
mod human;
mod json;

use crate::cli::test::ReportKind;
use crate::conformance::outcome::Run;

use super::style::Palette;

pub use human::{human, listed};
pub use json::{lines, listed as listed_json};

/// A report for a file.
pub fn write(kind: ReportKind, run: &Run) -> Vec<u8> {
    match kind {
        ReportKind::Text => human(run, Palette::new(false), true).into_bytes(),
        ReportKind::Json => lines(run),
    }
}
