//! A delivery that was sent again, in one line.

use serde::Serialize;

use crate::capture::Found;
use crate::sender::Answer;
use crate::webhook::delivery::Delivery;

use super::json::{self, RequestPart};
use super::sanitize::clipped;
use super::style::Palette;

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
    pub outcome: Result<&'r Answer, &'r str>,
}

impl Replayed<'_> {
    /// The line for people.
    pub fn human(&self, p: Palette) -> String {
        let clip = |text: &str| clipped(text.as_bytes(), 60);
        let event = self
            .found
            .event
            .as_deref()
            .map_or("(no event)".into(), clip);
        let channel = self.found.channel.as_deref().map(clip);
        let name = match channel {
            Some(channel) => format!("{event}/{channel}"),
            None => event,
        };
        let provider = self.found.provider.as_deref();
        let mut words = vec![
            p.faint(&format!("#{}", self.id)),
            p.name(&name),
            provider.map_or("(unknown provider)".into(), clip),
        ];
        if self.resigned {
            words.push("signed anew".to_owned());
        }
        match self.outcome {
            Ok(answer) => {
                let status = p.status(answer.status);
                words.push(format!("→ {status} {}", clip(&answer.phrase)));
                let took = format!("{:.1} ms", answer.duration.as_secs_f64() * 1e3);
                words.push(p.faint(&took));
            }
            Err(why) => words.push(format!("→ {}", p.bad(&clipped(why.as_bytes(), 200)))),
        }
        format!("{}\n", words.join("  "))
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
