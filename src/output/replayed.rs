//! A delivery that was sent again, in one line.

use serde::Serialize;

use crate::capture::Found;
use crate::http::Response;
use crate::webhook::delivery::Delivery;

use super::json::{self, RequestPart};
use super::labels;
use super::style::Palette;
use crate::escape::clipped;

/// One replayed delivery.
#[derive(Clone, Debug)]
pub struct Replayed<'r> {
    /// Its number in the capture.
    pub id: u64,
    /// What is known about it.
    pub found: &'r Found,
    /// The endpoint.
    pub url: &'r str,
    /// The request as it was sent.
    pub delivery: &'r Delivery,
    /// Whether it was signed anew.
    pub resigned: bool,
    /// The answer, or why there is none.
    pub outcome: Result<&'r Response, &'r str>,
}

impl Replayed<'_> {
    /// The line for people.
    pub fn human(&self, p: Palette) -> String {
        let found = self.found;
        let event = labels::event(found.event.as_deref(), found.channel.as_deref());
        let mut parts = vec![
            p.dim(&format!("#{}", self.id)),
            p.bold(&event),
            labels::provider(found.provider.as_deref()),
        ];
        if self.resigned {
            parts.push("signed anew".to_owned());
        }
        match self.outcome {
            Ok(answer) => {
                let status = p.status(answer.status);
                let phrase = clipped(answer.phrase.as_bytes(), 60);
                parts.push(format!("→ {status} {phrase}"));
                parts.push(p.dim(&labels::elapsed(answer.duration)));
            }
            Err(why) => parts.push(format!("→ {}", p.error(&clipped(why.as_bytes(), 200)))),
        }
        format!("{}\n", parts.join("  "))
    }

    /// The line for programs.
    pub fn json(&self) -> Vec<u8> {
        json::line(&ReplayedLine {
            id: self.id,
            provider: self.found.provider.as_deref(),
            event: self.found.event.as_deref(),
            channel: self.found.channel.as_deref(),
            url: self.url,
            resigned: self.resigned,
            request: RequestPart::from(self.delivery),
            status: self.outcome.ok().map(|answer| answer.status),
            error: self.outcome.err(),
            duration_ms: self.outcome.ok().map(|a| json::milliseconds(a.duration)),
        })
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "replayed")]
struct ReplayedLine<'r> {
    id: u64,
    provider: Option<&'r str>,
    event: Option<&'r str>,
    channel: Option<&'r str>,
    url: &'r str,
    resigned: bool,
    request: RequestPart<'r>,
    status: Option<u16>,
    error: Option<&'r str>,
    duration_ms: Option<f64>,
}
