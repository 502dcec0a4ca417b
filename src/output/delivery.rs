//! Received deliveries human-readable and as JSON, one by one and as the list of a capture; and requests that were
//! rejected.

use jiff::Zoned;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::diagnose::Diagnosis;
use crate::escape::{block, clipped, line};
use crate::json_line;
use crate::webhook::analysis::Analysis;
use crate::webhook::content_coding::Decoded;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::validate::{Finding, Validity};
use crate::webhook::record::{
    DeliveryRecord, Forwarded, RecordedAnalysis, RejectReason, Rejected, ResponsePart,
};
use crate::webhook::signature::verify::Verdict;

use super::diagnosis::DiagnosisPart;
use super::payload;
use super::style::{Palette, elapsed, event_label, provider_label};
use super::wrap;

/// A delivery as a line of `--json`, with the diagnosis of its signature if there is one.
pub fn json_line(record: &DeliveryRecord, diagnosis: Option<&Diagnosis>) -> Vec<u8> {
    let decoded = Decoded::new(&record.delivery.headers, &record.delivery.body);
    json_line::line(&record.line(decoded.as_ref(), diagnosis.map(DiagnosisPart::from)))
}

pub(crate) fn rejected_json_line(rejected: &Rejected) -> Vec<u8> {
    let request = rejected.request.as_ref();
    json_line::line(&RejectedLine {
        at: format!("{:.3}", rejected.at),
        reason: rejected.reason,
        detail: &rejected.detail,
        method: request.map(|(method, _)| method.as_str()),
        target: request.map(|(_, target)| target.as_str()),
        response: rejected.status.map(ResponsePart::from),
        peer: rejected.peer.map(|p| p.to_string()),
    })
}

#[derive(Serialize)]
#[serde(tag = "type", rename = "turned_away")]
struct RejectedLine<'r> {
    at: String,
    reason: RejectReason,
    detail: &'r str,
    method: Option<&'r str>,
    target: Option<&'r str>,
    response: Option<ResponsePart>,
    peer: Option<String>,
}

/// The first line of `listen --json` and `demo --json`.
#[derive(Debug, Serialize)]
#[serde(tag = "type", rename = "ready")]
pub(crate) struct Ready<'r> {
    /// Where deliveries go.
    pub url: String,
    /// The same from the internet, when there is a tunnel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_url: Option<String>,
    /// The address of the inspector, with its token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ui: Option<&'r str>,
}

/// How deliveries are shown.
#[derive(Clone, Debug)]
pub(crate) struct DeliveryFormatter {
    pub palette: Palette,
    /// Also the request line and headers.
    pub verbose: bool,
    /// The zone of the times shown.
    pub zone: TimeZone,
    /// The columns of the terminal; `None` leaves long lines whole. The lines of a body always are, to be copied.
    pub columns: Option<usize>,
}

impl DeliveryFormatter {
    /// A delivery, ending with an empty line; `cause` is why its signature is not valid, if that is known.
    pub(crate) fn delivery(&self, record: &DeliveryRecord, cause: Option<&str>) -> String {
        let p = self.palette;
        let mut out = String::new();
        if record.forwarded.is_some() {
            out.push_str("--> ");
        }
        out.push_str(&self.headline(record));
        out.push('\n');
        if let Some(forwarded) = &record.forwarded {
            endpoint(forwarded, p, &mut out);
        }
        if record.sender_left {
            let text = "left: it had closed its side of the connection before the response";
            remark(p, "sender", text, &mut out);
        }
        if let Some(fault) = &record.injected {
            remark(p, "injected", fault, &mut out);
        }
        let analysis = record.analysis.as_ref();
        if let Some(found) = analysis {
            self.remarks(found, cause, &mut out);
        }
        let mut out = wrap::lines(&out, self.columns);
        if self.verbose {
            out.push_str(&head(&record.delivery, p, "  "));
        }
        let validation = analysis.map(|found| &found.validation);
        let is_json = validation.is_none_or(|found| found.verdict != Validity::NotJson);
        encoding(&record.delivery, p, &mut out);
        body(&record.delivery.decoded_body(), is_json, p, &mut out);
        if let Some(found) = validation.filter(|_| is_json) {
            let mut text = String::new();
            findings(&found.errors, &found.notes, p, &mut text);
            out.push_str(&wrap::lines(&text, self.columns));
        }
        out.push('\n');
        out
    }

    /// A rejected request, in one line.
    pub(crate) fn rejected(&self, rejected: &Rejected) -> String {
        let p = self.palette;
        let mut words = vec![p.dim(&self.time(rejected.at)), p.error("rejected")];
        if let Some((method, target)) = &rejected.request {
            let method = clipped(method.as_bytes(), 20);
            words.push(format!("{method} {}", clipped(target.as_bytes(), 60)));
        }
        words.push(clipped(rejected.detail.as_bytes(), 200));
        words.extend(rejected.status.map(|status| p.status(status)));
        words.extend(rejected.peer.map(|peer| p.dim(&format!("from {peer}"))));
        wrap::lines(&format!("{}\n\n", words.join("  ")), self.columns)
    }

    /// Time, event and channel, provider, the two verdicts, the status and how long it took.
    fn headline(&self, record: &DeliveryRecord) -> String {
        let p = self.palette;
        let time = record.delivery.received_at.map(|at| self.time(at));
        let mut words = vec![p.dim(&format!("#{} {}", record.id, time.unwrap_or_default()))];
        if let Some(found) = &record.analysis {
            let event = event_label(found.event.as_deref(), found.channel.as_deref());
            words.extend([
                p.bold(&event),
                provider_label(found.provider.as_deref()),
                format!("signature {}", p.verdict(found.signature.verdict)),
                format!("payload {}", p.validity(found.validation.verdict)),
            ]);
        }
        words.push(match record.status {
            Some(status) => p.status(status),
            None => p.error("no response"),
        });
        words.extend(record.duration.map(|took| p.dim(&elapsed(took))));
        words.extend(record.duplicate_of.map(|first| p.warn(&repeats(first))));
        words.join("  ")
    }

    fn remarks(&self, found: &RecordedAnalysis, cause: Option<&str>, out: &mut String) {
        let p = self.palette;
        if says_why(found.signature.verdict) || self.verbose {
            remark(p, "signature", &found.signature.reason, out);
        } else if let Some(conflict) = &found.conflict {
            remark(p, "provider", conflict, out);
        }
        if let Some(cause) = cause {
            remark(p, "cause", cause, out);
        }
        if found.validation.verdict == Validity::NotJson {
            for error in &found.validation.errors {
                remark(p, "payload", &error.message, out);
            }
        }
    }

    pub(super) fn time(&self, at: jiff::Timestamp) -> String {
        Zoned::new(at, self.zone.clone()).strftime("%H:%M:%S%.3f").to_string()
    }
}

fn body(body: &[u8], is_json: bool, p: Palette, out: &mut String) {
    const MAX_SHOWN: usize = 1024;
    if body.is_empty() {
        return;
    }
    out.push_str(&match is_json {
        true => payload::pretty(body, p, "  "),
        false => no_json(body, MAX_SHOWN, "--json"),
    });
}

/// The response of the endpoint that a delivery was forwarded to.
pub(crate) fn endpoint(forwarded: &Forwarded, p: Palette, out: &mut String) {
    let said = match &forwarded.outcome {
        Ok(status) => p.status(*status),
        Err(why) => p.error(&line(why.as_bytes())),
    };
    out.push_str(&format!(
        "<-- {said}  {}  {}\n",
        line(forwarded.url.as_bytes()),
        p.dim(&elapsed(forwarded.duration))
    ));
}

/// The content codings of a body, if it has any.
pub(crate) fn encoding(delivery: &Delivery, p: Palette, out: &mut String) {
    if let Some(decoded) = Decoded::new(&delivery.headers, &delivery.body) {
        remark(p, "encoding", &decoded.clause(), out);
    }
}

/// One thing to know, on a line of its own.
pub(crate) fn remark(p: Palette, about: &str, text: &str, out: &mut String) {
    out.push_str(&format!("  {} {}\n", p.dim(&format!("{about}:")), clipped(text.as_bytes(), 400)));
}

/// Whether the output says the evidence for a verdict without asking.
pub(crate) fn says_why(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Invalid | Verdict::Missing | Verdict::Malformed | Verdict::Stale)
}

/// That the delivery of this number had the same body.
pub(crate) fn repeats(first: u64) -> String {
    format!("same body as #{first}: a retry or a duplicate")
}

/// The request line and the headers, each line indented by `indent`.
pub(crate) fn head(delivery: &Delivery, p: Palette, indent: &str) -> String {
    let mut out = format!(
        "{indent}{} {}\n",
        line(delivery.method.as_bytes()),
        line(delivery.target.as_bytes())
    );
    for (name, value) in delivery.headers.iter() {
        let name = p.key(&line(name.as_bytes()));
        out.push_str(&format!("{indent}{name}: {}\n", line(value)));
    }
    out
}

/// A body that is not JSON: at most `max` bytes of it, and the option that prints all of them.
pub(crate) fn no_json(body: &[u8], max: usize, all: &str) -> String {
    let shown = body.get(..max).unwrap_or(body);
    let escaped = block(shown);
    let mut out: String = escaped.lines().map(|text| format!("  {text}\n")).collect();
    if shown.len() < body.len() {
        let more = body.len() - shown.len();
        out.push_str(&format!("  … {more} more bytes ({all} has them all)\n"));
    }
    out
}

/// The verdict on a body alone, with the evidence for it.
pub(crate) fn validated(found: &Analysis, p: Palette) -> String {
    let mut out = format!(
        "{}  {}  {}\n",
        p.validity(found.validation.verdict),
        p.bold(&event_label(found.identity.event.name.as_deref(), None)),
        provider_label(found.identity.provider.map(|known| known.name.as_str())),
    );
    let validation = &found.validation;
    findings(&validation.errors, &validation.notes, p, &mut out);
    out
}

/// What is wrong with a body, and what is worth knowing of it.
pub(crate) fn findings(errors: &[Finding], notes: &[Finding], p: Palette, out: &mut String) {
    let errors = errors.iter().map(|e| (p.error("✗"), e));
    let notes = notes.iter().map(|n| (p.warn("+"), n));
    for (mark, finding) in errors.chain(notes) {
        let path = match finding.path.as_str() {
            "" => "(the whole body)",
            path => path,
        };
        out.push_str(&format!(
            "  {mark} {}  {}\n",
            p.bold(&clipped(path.as_bytes(), 120)),
            clipped(finding.message.as_bytes(), 400)
        ));
    }
}
