//! A delivery that was sent and its response, for people and for programs.

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
    /// How it was corrupted, if it was.
    pub tampered: Option<&'static str>,
    /// The response.
    pub response: &'s Response,
    /// Whether the response is the expected one.
    pub expected: bool,
    /// Notes about the response.
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
        self.response(p, verbose, &mut out);
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

    fn response(&self, p: Palette, verbose: bool, out: &mut String) {
        const MOST: usize = 2048;
        let response = self.response;
        let from = p.dim("<");
        out.push_str(&format!(
            "{from} {} {}  {}\n",
            p.status(response.status),
            clipped(response.phrase.as_bytes(), 60),
            p.dim(&labels::elapsed(response.duration))
        ));
        if verbose {
            for (name, value) in response.headers.iter() {
                out.push_str(&format!(
                    "{from} {}: {}\n",
                    p.key(&line(name.as_bytes())),
                    line(value)
                ));
            }
        }
        let shown = response.body.get(..MOST).unwrap_or(&response.body);
        for text in block(shown).lines() {
            out.push_str(&format!("  {text}\n"));
        }
        let more = response.body.len() - shown.len();
        if more > 0 || response.clipped {
            let at_least = if response.clipped { "at least " } else { "" };
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
            response: AnswerPart::with(self.response, &self.response.body),
            expected: self.expected,
            remarks: self.remarks,
            duration_ms: json::milliseconds(self.response.duration),
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
