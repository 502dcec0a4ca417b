//! Handshakes human-readable and as JSON: those that a listener received, and those that were sent to an endpoint.

use serde::Serialize;

use crate::escape::{clipped, line};
use crate::http::Response;
use crate::json_line;
use crate::webhook::delivery::Delivery;
use crate::webhook::handshake::{HandshakeRecord, HandshakeResult, Probe};
use crate::webhook::record::{AnswerPart, ForwardedPart, RequestPart, ResponsePart, milliseconds};

use super::delivery::{DeliveryFormatter, endpoint, remark};
use super::exchange::{answer_part, response};
use super::style::Palette;
use super::wrap;

/// A handshake as a line of `--json`.
pub(crate) fn json_line(record: &HandshakeRecord) -> Vec<u8> {
    let (result, expected) = match &record.result {
        HandshakeResult::Answered => ("answered", None),
        HandshakeResult::Refused(_) => ("refused", None),
        HandshakeResult::Forwarded(expected) => ("forwarded", *expected),
    };
    json_line::line(&HandshakeLine {
        at: format!("{:.3}", record.at),
        handshake: record.name,
        providers: &record.providers,
        method: record.method,
        path: &record.path,
        result,
        expected,
        remarks: remarks(record),
        key: record.key.as_deref(),
        response: record.status.into(),
        forwarded: record.forwarded.as_ref().map(ForwardedPart::from),
        peer: record.peer.map(|peer| peer.to_string()),
    })
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "handshake")]
struct HandshakeLine<'r> {
    at: String,
    handshake: &'r str,
    providers: &'r [&'static str],
    method: &'r str,
    path: &'r str,
    result: &'static str,
    expected: Option<bool>,
    remarks: Vec<&'r str>,
    key: Option<&'r str>,
    response: ResponsePart,
    forwarded: Option<ForwardedPart<'r>>,
    peer: Option<String>,
}

fn remarks(record: &HandshakeRecord) -> Vec<&str> {
    let reason = match &record.result {
        HandshakeResult::Refused(reason) => Some(reason.as_str()),
        HandshakeResult::Answered | HandshakeResult::Forwarded(_) => None,
    };
    reason.into_iter().chain(record.notes.iter().map(String::as_str)).collect()
}

impl DeliveryFormatter {
    /// A handshake, ending with an empty line.
    pub(crate) fn handshake(&self, record: &HandshakeRecord) -> String {
        let p = self.palette;
        let mut words = vec![
            p.dim(&self.time(record.at)),
            p.bold(&format!("handshake {}", clipped(record.name.as_bytes(), 60))),
            record.providers.join(", "),
            format!("{} {}", record.method, clipped(record.path.as_bytes(), 60)),
            p.status(record.status),
        ];
        words.push(match &record.result {
            HandshakeResult::Answered => "answered".to_owned(),
            HandshakeResult::Refused(_) => p.error("refused"),
            HandshakeResult::Forwarded(Some(true)) => {
                "forwarded, the response is correct".to_owned()
            }
            HandshakeResult::Forwarded(Some(false)) => {
                format!("forwarded, {}", p.error("the response is wrong"))
            }
            HandshakeResult::Forwarded(None) => "forwarded".to_owned(),
        });
        words.extend(record.peer.map(|peer| p.dim(&format!("from {peer}"))));
        let arrow = if record.forwarded.is_some() { "--> " } else { "" };
        let mut out = format!("{arrow}{}\n", words.join("  "));
        if let Some(forwarded) = &record.forwarded {
            endpoint(forwarded, p, &mut out);
        }
        for text in remarks(record) {
            remark(p, "note", text, &mut out);
        }
        if let Some(key) = &record.key {
            remark(p, "key", key, &mut out);
        }
        out.push('\n');
        wrap::lines(&out, self.columns)
    }
}

/// A handshake that was sent to an endpoint, and the verdict on its response.
#[derive(Clone, Debug)]
pub(crate) struct SentHandshake<'s> {
    pub url: &'s str,
    pub provider: &'s str,
    pub handshake: &'s str,
    pub probe: Probe,
    /// The request, without verify token and key.
    pub request: &'s Delivery,
    pub response: &'s Response,
    /// Whether the response is correct.
    pub expected: bool,
    /// The expected response.
    pub expectation: String,
    pub remarks: Vec<String>,
}

impl SentHandshake<'_> {
    pub(crate) fn human(&self, p: Palette, verbose: bool) -> String {
        let how = self.probe.clause().map_or(String::new(), |clause| format!(", {clause}"));
        let mut out = format!(
            "{}{how}  {}  to {}\n",
            p.bold(&format!("handshake {}", self.handshake)),
            self.provider,
            line(self.url.as_bytes())
        );
        let to = p.dim(">");
        let Delivery { method, target, headers, body, .. } = self.request;
        out.push_str(&format!("{to} {method} {} HTTP/1.1\n", clipped(target.as_bytes(), 400)));
        if verbose {
            for (name, value) in headers.iter() {
                out.push_str(&format!("{to} {}: {}\n", p.key(name), line(value)));
            }
        }
        if !body.is_empty() {
            out.push_str(&format!("{to} {}\n", clipped(body, 400)));
        }
        response(self.response, p, verbose, &mut out);
        match self.expected {
            true => out.push_str(&format!("{} correct\n", p.success("✓"))),
            false => {
                let expectation = clipped(self.expectation.as_bytes(), 400);
                out.push_str(&format!("{} wrong: expected {expectation}\n", p.error("✗")));
            }
        }
        let mark = if self.expected { p.warn("!") } else { p.error("✗") };
        for remark in &self.remarks {
            out.push_str(&format!("{mark} {}\n", clipped(remark.as_bytes(), 400)));
        }
        out.push('\n');
        out
    }

    pub(crate) fn json(&self) -> Vec<u8> {
        json_line::line(&SentHandshakeLine {
            provider: self.provider,
            handshake: self.handshake,
            probe: self.probe.word(),
            url: self.url,
            request: RequestPart::from(self.request),
            response: answer_part(self.response, &self.response.body),
            expected: self.expected,
            expectation: &self.expectation,
            remarks: &self.remarks,
            duration_ms: milliseconds(self.response.duration),
        })
    }
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "sent_handshake")]
struct SentHandshakeLine<'s> {
    provider: &'s str,
    handshake: &'s str,
    probe: &'s str,
    url: &'s str,
    request: RequestPart<'s>,
    response: AnswerPart<'s>,
    expected: bool,
    expectation: &'s str,
    remarks: &'s [String],
    duration_ms: f64,
}
