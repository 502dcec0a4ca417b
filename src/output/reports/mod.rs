//! The reports of a test run: one file per format, listed in [`FORMATS`].

mod curl;
mod excerpt;
mod github;
mod gitlab;
mod html;
mod human;
mod json;
mod junit;
mod markdown;
mod sarif;
mod tap;
mod wording;

use std::io;

use crate::conformance::Run;

pub(crate) use curl::of_delivery as curl_command;
pub use github::{annotations, quoted};
pub(crate) use html::document as html_document;
pub use human::{human, list};
pub use json::{lines, list as list_json};
pub use markdown::summary as job_summary;

/// A format that a report file can have.
#[derive(Clone, Copy, Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    write: fn(&Run) -> io::Result<Vec<u8>>,
}

/// All formats. A new one is a file, and a line here.
#[rustfmt::skip]
pub const FORMATS: [Format; 8] = [
    Format { name: "junit", write: junit::junit },
    Format { name: "tap", write: |run| Ok(tap::tap(run).into_bytes()) },
    Format { name: "sarif", write: |run| Ok(sarif::sarif(run)) },
    Format { name: "gitlab", write: |run| Ok(gitlab::code_quality(run)) },
    Format { name: "html", write: |run| Ok(html::page(run).into_bytes()) },
    Format { name: "markdown", write: |run| Ok(markdown::markdown(run).into_bytes()) },
    Format { name: "text", write: |run| Ok(human::text(run).into_bytes()) },
    Format { name: "json", write: |run| Ok(json::lines(run)) },
];

impl Format {
    pub fn named(name: &str) -> Option<Self> {
        FORMATS.into_iter().find(|format| format.name == name)
    }

    /// A whole report; only the XML writer can fail.
    pub fn write(&self, run: &Run) -> io::Result<Vec<u8>> {
        (self.write)(run)
    }
}
