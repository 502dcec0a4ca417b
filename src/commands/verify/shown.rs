//! What `verify` prints of one delivery.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;

use serde::Serialize;

use crate::commands::explain::is_explained;
use crate::diagnose::Diagnosis;
use crate::escape;
use crate::output::diagnosis::{self, DiagnosisPart};
use crate::output::json::{self, SignaturePart};
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::detect::Detection;
use crate::webhook::signature::secret::Secret;
use crate::webhook::signature::sign::signature;
use crate::webhook::signature::verify::SignatureReport;

use super::Gate;
use super::judge::Judge;

/// A delivery and what was found.
pub(super) struct Shown<'s> {
    pub id: u64,
    pub is_one_of_many: bool,
    pub detection: &'s Detection<'static>,
    pub report: &'s SignatureReport,
    pub delivery: &'s Delivery,
    /// Of the body, which may not be at hand.
    pub length: u64,
}

impl Gate<'_> {
    /// Why the signature is not valid, if that is asked for.
    pub fn explained(&self, shown: &Shown<'_>) -> Option<Diagnosis> {
        if !self.judge.is_explained(shown.report) {
            return None;
        }
        let (verdict, provider) = (shown.report.verdict, shown.detection.provider);
        let secrets = &self.judge.secrets;
        self.explainer
            .explain(verdict, shown.delivery, provider, secrets)
    }
}

impl Judge<'_> {
    /// Whether it may have to be said why.
    pub fn is_explained(&self, report: &SignatureReport) -> bool {
        let is_heard = self.args.json || !self.console.quiet;
        is_heard && self.args.explain.effort().is_some() && is_explained(report.verdict)
    }
}

impl Shown<'_> {
    /// Adds what is printed to `text`: nothing when quiet, unless it is data.
    pub fn write(&self, judge: &Judge<'_>, diagnosis: Option<&Diagnosis>, text: &mut Vec<u8>) {
        let (console, report) = (judge.console, self.report);
        let provider = self.detection.provider.map(|p| p.name.as_str());
        let expected = match judge.args.show_expected {
            true => self.expected(&judge.secrets),
            false => Vec::new(),
        };
        let header = report.header.as_deref().unwrap_or_default();
        if judge.args.json {
            let received = self.delivery.headers.get(header);
            let line = json::line(&VerdictLine {
                id: self.id,
                provider,
                signature: SignaturePart::from(report),
                secret: report.secret.as_deref(),
                received: received.map(String::from_utf8_lossy),
                expected: expected.first().map(|(_, value)| value.as_str()),
                diagnosis: diagnosis.map(DiagnosisPart::from),
            });
            text.extend(line);
            return;
        }
        if console.quiet {
            return;
        }
        if self.is_one_of_many {
            add(text, format_args!("#{}  ", self.id));
        }
        let verdict = console.out.verdict(report.verdict);
        let provider = provider.unwrap_or("(unknown provider)");
        let reason = escape::line(report.reason.as_bytes());
        add(text, format_args!("{verdict}  {provider}  {reason}\n"));
        if console.verbose {
            for value in self.delivery.headers.all(header) {
                let value = escape::clipped(value, 200);
                add(text, format_args!("  {header}: {value}\n"));
            }
            add(text, format_args!("  body: {} bytes\n", self.length));
        }
        if let Some(diagnosis) = diagnosis {
            text.extend(diagnosis::block(diagnosis, console.out, console.width()).into_bytes());
        }
        for (origin, value) in &expected {
            let place = format_args!("  expected:   {value} (under the secret from {origin})\n");
            add(text, place);
        }
    }

    /// The signature that the provider's scheme gives, under each secret, with where that came from.
    fn expected<'k>(&self, secrets: &'k [Secret]) -> Vec<(&'k str, String)> {
        let provider = self.detection.provider;
        let Some(scheme) = provider.and_then(|p| p.signature.as_ref()) else {
            return Vec::new();
        };
        let Delivery { headers, body, .. } = self.delivery;
        let made = |secret: &Secret| signature(scheme, secret, headers, body);
        secrets
            .iter()
            .filter_map(|secret| Some((secret.origin(), made(secret).ok()?)))
            .collect()
    }
}

/// Memory takes whatever is written to it.
fn add(text: &mut Vec<u8>, more: fmt::Arguments<'_>) {
    let _ = text.write_fmt(more);
}

/// The line of `verify --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "verdict")]
struct VerdictLine<'v> {
    id: u64,
    provider: Option<&'v str>,
    #[serde(flatten)]
    signature: SignaturePart<'v>,
    secret: Option<&'v str>,
    received: Option<Cow<'v, str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    expected: Option<&'v str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<DiagnosisPart>,
}
