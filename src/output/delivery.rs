//! A received delivery for people: one line that says it all, the payload, and what is wrong with it.

use jiff::Zoned;
use jiff::tz::TimeZone;

use crate::webhook::analysis::Analysis;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::validate::Finding;
use crate::webhook::payload::validate::Validity;
use crate::webhook::record::{DeliveryRecord, Forwarded, Rejected};
use crate::webhook::signature::verify::Verdict;

use super::labels;
use super::payload;
use super::style::Palette;
use crate::escape::{block, clipped, line};

/// The longest name of a stranger's that is shown whole.
const NAME: usize = 60;

/// How deliveries are shown.
#[derive(Clone, Debug)]
pub struct View {
    /// Colours.
    pub palette: Palette,
    /// Also the request line and headers.
    pub verbose: bool,
    /// The zone of the times shown.
    pub zone: TimeZone,
}

impl View {
    /// A delivery, ending with an empty line; `cause` is why its signature is not valid, if that is known.
    pub fn delivery(&self, received: &DeliveryRecord, cause: Option<&str>) -> String {
        let mut out = String::new();
        if received.forwarded.is_some() {
            out.push_str("--> ");
        }
        out.push_str(&self.headline(received));
        out.push('\n');
        if let Some(forwarded) = &received.forwarded {
            endpoint(forwarded, self.palette, &mut out);
        }
        self.remarks(received, cause, &mut out);
        if self.verbose {
            out.push_str(&head(&received.delivery, self.palette, "  "));
        }
        self.body(received, &mut out);
        let validation = &received.analysis.validation;
        if validation.verdict != Validity::NotJson {
            findings(
                &validation.errors,
                &validation.notes,
                self.palette,
                &mut out,
            );
        }
        out.push('\n');
        out
    }

    /// A request that never became a delivery, in one line.
    pub fn turned_away(&self, turned: &Rejected) -> String {
        let p = self.palette;
        let mut words = vec![p.dim(&self.time(turned.at)), p.error("turned away")];
        if let Some((method, target)) = &turned.request {
            words.push(format!(
                "{} {}",
                clipped(method.as_bytes(), 20),
                clipped(target.as_bytes(), NAME)
            ));
        }
        words.push(clipped(turned.detail.as_bytes(), 200));
        if let Some(status) = turned.status {
            words.push(p.status(status));
        }
        if let Some(peer) = turned.peer {
            words.push(p.dim(&format!("from {peer}")));
        }
        format!("{}\n\n", words.join("  "))
    }

    /// Time, event and channel, provider, the two verdicts, the answer and how long it took.
    fn headline(&self, received: &DeliveryRecord) -> String {
        let p = self.palette;
        let found = &received.analysis;
        let (event, channel) = (&found.event.name, &found.event.channel);
        let time = received.delivery.received_at.map(|at| self.time(at));
        let mut words = vec![
            p.dim(&format!("#{} {}", received.id, time.unwrap_or_default())),
            p.bold(&labels::event(event.as_deref(), channel.as_deref())),
            labels::provider(found.provider.map(|known| known.name.as_str())),
            format!("signature {}", p.verdict(found.signature.verdict)),
            format!("payload {}", p.validity(found.validation.verdict)),
            match received.status {
                Some(status) => p.status(status),
                None => p.error("no answer"),
            },
            p.dim(&labels::elapsed(received.duration)),
        ];
        if let Some(first) = received.duplicate_of {
            words.push(p.warn(&repeats(first)));
        }
        words.join("  ")
    }

    fn remarks(&self, received: &DeliveryRecord, cause: Option<&str>, out: &mut String) {
        let p = self.palette;
        if let Some(fault) = &received.injected {
            remark(p, "injected", fault, out);
        }
        let found = &received.analysis;
        if says_why(found.signature.verdict) || self.verbose {
            remark(p, "signature", &found.signature.reason, out);
        } else if let Some(said) = &found.conflict {
            remark(p, "provider", &said.sentence(), out);
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

    fn body(&self, received: &DeliveryRecord, out: &mut String) {
        const MOST: usize = 1024;
        let body = &received.delivery.body;
        if body.is_empty() {
            return;
        }
        if received.analysis.validation.verdict == Validity::NotJson {
            out.push_str(&no_json(body, MOST, "--json"));
        } else {
            out.push_str(&payload::pretty(body, self.palette, "  "));
        }
    }

    fn time(&self, at: jiff::Timestamp) -> String {
        Zoned::new(at, self.zone.clone())
            .strftime("%H:%M:%S%.3f")
            .to_string()
    }
}

/// What the endpoint said that a delivery was passed on to.
pub fn endpoint(forwarded: &Forwarded, p: Palette, out: &mut String) {
    let said = match &forwarded.outcome {
        Ok(status) => p.status(*status),
        Err(why) => p.error(&line(why.as_bytes())),
    };
    out.push_str(&format!(
        "<-- {said}  {}  {}\n",
        line(forwarded.url.as_bytes()),
        p.dim(&labels::elapsed(forwarded.duration))
    ));
}

/// One thing to know, on a line of its own.
pub fn remark(p: Palette, about: &str, text: &str, out: &mut String) {
    out.push_str(&format!(
        "  {} {}\n",
        p.dim(&format!("{about}:")),
        clipped(text.as_bytes(), 400)
    ));
}

/// Whether people are told what a verdict rests on without asking.
pub fn says_why(verdict: Verdict) -> bool {
    matches!(
        verdict,
        Verdict::Invalid | Verdict::Missing | Verdict::Malformed | Verdict::Stale
    )
}

/// That the delivery of this number had the same body.
pub fn repeats(first: u64) -> String {
    format!("same body as #{first}: a retry or a duplicate")
}

/// The request line and the headers, each line behind `indent`.
pub fn head(delivery: &Delivery, p: Palette, indent: &str) -> String {
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

/// A body that is no JSON: at most so many bytes of it, and the option that gives them all.
pub fn no_json(body: &[u8], most: usize, all: &str) -> String {
    let shown = body.get(..most).unwrap_or(body);
    let safe = block(shown);
    let mut out: String = safe.lines().map(|text| format!("  {text}\n")).collect();
    if shown.len() < body.len() {
        let more = body.len() - shown.len();
        out.push_str(&format!("  … {more} more bytes ({all} has them all)\n"));
    }
    out
}

/// The verdict on a body alone, with what it rests on.
pub fn validated(found: &Analysis, p: Palette) -> String {
    let mut out = format!(
        "{}  {}  {}\n",
        p.validity(found.validation.verdict),
        p.bold(&labels::event(found.event.name.as_deref(), None)),
        labels::provider(found.provider.map(|known| known.name.as_str())),
    );
    let validation = &found.validation;
    findings(&validation.errors, &validation.notes, p, &mut out);
    out
}

/// What is wrong with a body, and what is worth knowing of it.
pub fn findings(errors: &[Finding], notes: &[Finding], p: Palette, out: &mut String) {
    let errors = errors.iter().map(|e| (p.error("✗"), e));
    let notes = notes.iter().map(|n| (p.warn("+"), n));
    for (mark, finding) in errors.chain(notes) {
        let path = if finding.path.is_empty() {
            "(the whole body)"
        } else {
            &finding.path
        };
        out.push_str(&format!(
            "  {mark} {}  {}\n",
            p.bold(&clipped(path.as_bytes(), 120)),
            clipped(finding.message.as_bytes(), 400)
        ));
    }
}
