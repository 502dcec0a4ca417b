//! A delivery that was sent and what came back, for people and for programs.

use serde::Serialize;

use crate::http::Response;
use crate::webhook::delivery::Delivery;

use super::json::{self, AnswerPart, RequestPart};
use super::labels;
use super::style::Palette;
use crate::escape::{block, clipped, line};

/// One exchange.
#[derive(Clone, Debug)]
pub struct Sent<'s> {
    /// The endpoint.
    pub url: &'s str,
    /// Whose delivery it is.
    pub provider: &'s str,
    /// The event, if it is known.
    pub event: Option<&'s str>,
    /// The channel, if it has one.
    pub channel: Option<&'s str>,
    /// The request.
    pub delivery: &'s Delivery,
    /// The signature header's name, when the delivery carries one.
    pub signature: Option<&'s str>,
    /// How it was spoilt, if it was.
    pub tampered: Option<&'static str>,
    /// The answer.
    pub answer: &'s Response,
    /// Whether the answer is what was asked for.
    pub expected: bool,
    /// What is to be said about the answer.
    pub remarks: &'s [String],
}

impl Sent<'_> {
    /// The exchange for people.
    pub fn human(&self, p: Palette, verbose: bool) -> String {
        let mut out = format!(
            "{}  {}  {} bytes to {}\n",
            p.bold(&labels::event(self.event, self.channel)),
            self.provider,
            self.delivery.body.len(),
            line(self.url.as_bytes())
        );
        let to = p.dim(">");
        out.push_str(&format!(
            "{to} {} {} HTTP/1.1\n",
            self.delivery.method, self.delivery.target
        ));
        for (name, value) in self.delivery.headers.iter() {
            let is_signature = self.signature.is_some_and(|s| s.eq_ignore_ascii_case(name));
            if verbose || is_signature {
                out.push_str(&format!("{to} {}: {}\n", p.key(name), line(value)));
            }
        }
        self.answer(p, verbose, &mut out);
        let mark = if self.expected {
            p.warn("!")
        } else {
            p.error("✗")
        };
        for remark in self.remarks {
            out.push_str(&format!("{mark} {}\n", clipped(remark.as_bytes(), 400)));
        }
        out
    }

    fn answer(&self, p: Palette, verbose: bool, out: &mut String) {
        const MOST: usize = 2048;
        let answer = self.answer;
        let from = p.dim("<");
        out.push_str(&format!(
            "{from} {} {}  {}\n",
            p.status(answer.status),
            clipped(answer.phrase.as_bytes(), 60),
            p.dim(&labels::elapsed(answer.duration))
        ));
        if verbose {
            for (name, value) in answer.headers.iter() {
                out.push_str(&format!(
                    "{from} {}: {}\n",
                    p.key(&line(name.as_bytes())),
                    line(value)
                ));
            }
        }
        let shown = answer.body.get(..MOST).unwrap_or(&answer.body);
        for text in block(shown).lines() {
            out.push_str(&format!("  {text}\n"));
        }
        let more = answer.body.len() - shown.len();
        if more > 0 || answer.clipped {
            let at_least = if answer.clipped { "at least " } else { "" };
            out.push_str(&format!("  … {at_least}{more} more bytes\n"));
        }
    }

    /// The exchange as a line of JSON.
    pub fn json(&self) -> Vec<u8> {
        json::line(&SentLine {
            provider: self.provider,
            event: self.event,
            channel: self.channel,
            url: self.url,
            tampered: self.tampered,
            request: RequestPart::from(self.delivery),
            response: AnswerPart::with(self.answer, &self.answer.body),
            expected: self.expected,
            remarks: self.remarks,
            duration_ms: json::milliseconds(self.answer.duration),
        })
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "sent")]
struct SentLine<'s> {
    provider: &'s str,
    event: Option<&'s str>,
    channel: Option<&'s str>,
    url: &'s str,
    tampered: Option<&'s str>,
    request: RequestPart<'s>,
    response: AnswerPart<'s>,
    expected: bool,
    remarks: &'s [String],
    duration_ms: f64,
}
