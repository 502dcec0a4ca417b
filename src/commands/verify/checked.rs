//! A delivery that was checked, and how `verify` prints it.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;

use serde::Serialize;

use crate::commands::shared::explainer::{Explainer, is_explained};
use crate::diagnose::Diagnosis;
use crate::escape;
use crate::json_line;
use crate::output::diagnosis::{self, DiagnosisPart};
use crate::webhook::delivery::Delivery;
use crate::webhook::provider::catalog::Detection;
use crate::webhook::record::SignaturePart;
use crate::webhook::signature::Secret;
use crate::webhook::signature::signature;
use crate::webhook::signature::verify::SignatureReport;

use super::Verifier;

/// A delivery and the verdict on its signature.
pub(super) struct Checked {
    pub id: u64,
    pub delivery: Delivery,
    pub detection: Detection<'static>,
    pub report: SignatureReport,
}

impl Checked {
    /// Whether the cause of the verdict is to be explained.
    pub fn is_explained(&self, verifier: &Verifier<'_>) -> bool {
        let is_printed = verifier.options.json || !verifier.console.quiet;
        is_printed && verifier.options.effort.is_some() && is_explained(self.report.verdict)
    }

    /// Why the signature is not valid.
    pub fn explain(&self, verifier: &Verifier<'_>, explainer: &Explainer<'_>) -> Option<Diagnosis> {
        explainer.explain(
            self.report.verdict,
            &self.delivery,
            self.detection.provider,
            &verifier.secrets,
        )
    }

    /// Adds what is printed to `text`: nothing when quiet, unless it is data.
    pub fn write(
        &self,
        verifier: &Verifier<'_>,
        has_number: bool,
        diagnosis: Option<&Diagnosis>,
        text: &mut Vec<u8>,
    ) {
        let (console, report) = (verifier.console, &self.report);
        let provider = self.detection.provider.map(|p| p.name.as_str());
        let expected = match verifier.options.show_expected {
            true => self.expected(&verifier.secrets),
            false => Vec::new(),
        };
        let header = report.header.as_deref().unwrap_or_default();
        if verifier.options.json {
            let received = self.delivery.headers.get(header);
            let line = json_line::line(&VerdictLine {
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
        if has_number {
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
            let length = self.delivery.body.len();
            add(text, format_args!("  body: {length} bytes\n"));
        }
        if let Some(diagnosis) = diagnosis {
            text.extend(diagnosis::block(diagnosis, console.out, console.width()).into_bytes());
        }
        for (origin, value) in &expected {
            let line = format_args!("  expected:   {value} (under the secret from {origin})\n");
            add(text, line);
        }
    }

    /// The signature that the provider's scheme gives under each secret, with the secret's origin.
    fn expected<'k>(&self, secrets: &'k [Secret]) -> Vec<(&'k str, String)> {
        let provider = self.detection.provider;
        let Some(scheme) = provider.and_then(|p| p.signature.as_ref()) else {
            return Vec::new();
        };
        let Delivery { headers, body, .. } = &self.delivery;
        let signed = |secret: &Secret| signature(scheme, secret, headers, body);
        secrets
            .iter()
            .filter_map(|secret| Some((secret.origin(), signed(secret).ok()?)))
            .collect()
    }
}

/// Writing to memory does not fail.
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
