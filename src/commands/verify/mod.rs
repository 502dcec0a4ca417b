//! `cz-hook verify`: a verdict for each delivery, and an exit code for CI.

mod batch;
mod compare;

use std::borrow::Cow;
use std::fmt;
use std::io::Write;
use std::path::PathBuf;

use jiff::Timestamp;
use serde::Serialize;

use crate::config::{SecretOptions, Settings};
use crate::diagnose::{Diagnosis, Effort};
use crate::error::{Error, Exit};
use crate::escape;
use crate::json_line;
use crate::output::console::Console;
use crate::output::diagnosis::{self, DiagnosisPart};
use crate::output::wrap;
use crate::webhook::analysis::{check_detected, undetected};
use crate::webhook::content_coding::Decoded;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::parse_fields;
use crate::webhook::provider::detect::{Detection, detect, detect_by_value};
use crate::webhook::provider::{Content, Provider};
use crate::webhook::record::{ContentCodingPart, SignaturePart};
use crate::webhook::signature::scheme::{Algorithm, Scheme};
use crate::webhook::signature::sign::expected;
use crate::webhook::signature::verify::{SignatureReport, Verdict};
use crate::webhook::signature::{Secret, SignatureContext};

use super::shared::capture::{Capture, no_deliveries, open_capture};
use super::shared::explainer::{Explainer, is_explained};
use super::shared::input::InputOptions;
use super::shared::signing::{ContextOptions, named_schemes};

/// A longer body is only explained with all effort: each hypothesis hashes it once more.
const MAX_EXPLAINED_BODY: usize = 8 << 20;

/// The options of `verify`.
#[derive(Debug)]
pub struct VerifyOptions {
    /// A body or a capture; nothing and `-` are standard input.
    pub file: Option<PathBuf>,
    pub provider: Option<String>,
    /// The signature of a body, without its header's name.
    pub signature: Option<String>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub input: InputOptions,
    pub secrets: SecretOptions,
    pub context: ContextOptions,
    /// The time as of which signatures are judged.
    pub at: JudgedAt,
    /// How far to search for the cause of an invalid signature; `None` for no search.
    pub effort: Option<Effort>,
    /// A file to compare the body with.
    pub against: Option<PathBuf>,
    pub show_expected: bool,
    pub json: bool,
}

/// The time as of which a signature is judged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JudgedAt {
    /// When the request was received, if the capture says so; otherwise now.
    #[default]
    ReceivedOrNow,
    /// When the request was received; the capture must say it.
    Received,
    Time(Timestamp),
}

pub fn run(options: &VerifyOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let signature = options.signature.as_deref();
    if signature.is_some_and(|s| s.trim().is_empty()) {
        return Err(Error::usage(
            "the signature given with --signature is empty",
            "is the variable set that it comes from?",
        ));
    }
    let verifier = Verifier {
        options,
        settings,
        provider: settings.receiving(options.provider.as_deref())?,
        secrets: console.show_notes(settings.verifying_secrets(&options.secrets)?),
        context: options.context.context(settings),
        console,
    };
    if let (Some(provider), Some(name)) = (verifier.provider, &verifier.context.required) {
        named_schemes(provider, Some(name))?;
    }
    // To compare bodies takes no secret.
    if verifier.secrets.is_empty() && options.against.is_none() {
        return Err(settings.no_secret("verify"));
    }
    let explainer = Explainer::new(settings, verifier.context.clone(), options.effort);
    let is_body = options.signature.is_some() || !options.headers.is_empty();
    let capture = open_capture(options.file.as_deref(), is_body, &options.input, console)?;
    match capture {
        Capture::Log(log) => batch::log(&verifier, &explainer, *log),
        Capture::Loaded(mut all) if all.len() == 1 => match all.pop() {
            Some(only) => verifier.one(&explainer, only.id, only.delivery),
            None => Err(no_deliveries()),
        },
        Capture::Loaded(all) => batch::loaded(&verifier, &explainer, all),
        Capture::Journal(journal, path) => batch::journal(&verifier, &explainer, &journal, path),
    }
}

fn exit_of(is_valid: bool) -> Exit {
    match is_valid {
        true => Exit::Success,
        false => Exit::Failure,
    }
}

/// Detects the provider of a delivery and checks its signature. Any thread may use it.
struct Verifier<'v> {
    options: &'v VerifyOptions,
    settings: &'v Settings,
    provider: Option<&'static Provider>,
    secrets: Vec<Secret>,
    context: SignatureContext,
    console: &'v Console,
}

impl Verifier<'_> {
    /// One delivery: a body with the given headers, or a captured request with its own headers.
    fn one(
        &self,
        explainer: &Explainer<'_>,
        id: u64,
        mut delivery: Delivery,
    ) -> Result<Exit, Error> {
        let Self { options, console, .. } = self;
        let mut is_same = true;
        if let Some(path) = &options.against {
            is_same = compare::compare(&delivery.body, path, options, console)?;
            if self.secrets.is_empty() {
                return Ok(exit_of(is_same));
            }
        }
        if !delivery.headers.is_empty() {
            self.reject_given_headers()?;
        }
        for (name, value) in &options.headers {
            delivery.headers.push(name, value.as_slice());
        }
        let detection = self.detect(&delivery);
        self.add_signature(&detection, &mut delivery)?;
        let checked = self.check(id, delivery, detection)?;
        let is_explained = checked.is_explained(self);
        let is_short = checked.delivery.body.len() <= MAX_EXPLAINED_BODY
            || options.effort == Some(Effort::Deep);
        let diagnosis = match is_explained && is_short {
            true => checked.explain(self, explainer),
            false => None,
        };
        let is_proven = diagnosis.as_ref().is_some_and(|diagnosis| diagnosis.proof.is_some());
        if let Some(needs) = checked.report.needs.as_ref().filter(|_| !is_proven) {
            let provider = checked.detection.provider.map(|p| p.name.as_str()).unwrap_or_default();
            let message = format!("the signature of {provider}: {}", checked.report.reason);
            return Err(Error::usage(escape::line(message.as_bytes()), needs.as_str()));
        }
        if is_explained && !is_short {
            console.note(&format!(
                "of a body over {} MiB it is only explained with --explain=deep",
                MAX_EXPLAINED_BODY >> 20
            ));
        }
        let mut text = Vec::new();
        checked.write(self, false, diagnosis.as_ref(), &mut text);
        console.print(&text)?;
        let verdict = checked.report.verdict;
        if verdict == Verdict::Missing && checked.delivery.headers.is_empty() {
            console
                .hint("give --signature or --header with the body, or the whole captured request");
        }
        Ok(exit_of(is_same && verdict == Verdict::Valid))
    }

    /// A signature or headers may only be given with a body.
    fn reject_given_headers(&self) -> Result<(), Error> {
        if self.options.signature.is_none() && self.options.headers.is_empty() {
            return Ok(());
        }
        Err(Error::usage(
            "the input is a request with its own headers, and a signature was also given",
            "leave out --signature and --header, or give --format body if it is a body",
        ))
    }

    /// Adds the signature that was given with a body, under the header of the detected provider.
    fn add_signature(
        &self,
        detection: &Detection<'_>,
        delivery: &mut Delivery,
    ) -> Result<(), Error> {
        let Some(provider) = detection.provider else {
            let names: Vec<_> = self.settings.catalog.names().collect();
            return Err(Error::usage(
                format!("the provider cannot be recognised: {}", undetected(detection)),
                format!("name it with --provider: {}", names.join(", ")),
            ));
        };
        let header = provider.signatures.iter().find_map(Scheme::header);
        match (header, &self.options.signature) {
            (Some(header), Some(value)) => delivery.headers.push(header, value.trim()),
            (None, Some(_)) if provider.signs() => {
                return Err(Error::usage(
                    format!("a signature was given, and {} puts it into the body", provider.name),
                    "leave out --signature",
                ));
            }
            (None, Some(_)) => {
                return Err(Error::usage(
                    format!("a signature was given, and {} does not sign", provider.name),
                    "leave out --signature, or name the provider that does with --provider",
                ));
            }
            (_, None) => {}
        }
        Ok(())
    }

    fn detect(&self, delivery: &Delivery) -> Detection<'static> {
        if let Some(provider) = self.provider {
            return Detection::new(provider);
        }
        let catalog = self.settings.catalog;
        let body = delivery.decoded_body();
        let json = parse_fields(&body, catalog.fields()).ok();
        let content = Content::new(delivery, &body, json.as_ref());
        match &self.options.signature {
            Some(value) => detect_by_value(catalog, value.trim().as_bytes(), &content),
            None => detect(catalog, &delivery.headers, &content),
        }
    }

    fn check(
        &self,
        id: u64,
        delivery: Delivery,
        detection: Detection<'static>,
    ) -> Result<Checked, Error> {
        let now = match (self.options.at, delivery.received_at) {
            (JudgedAt::Time(at), _) => at,
            (_, Some(at)) => at,
            (JudgedAt::ReceivedOrNow, None) => Timestamp::now(),
            (JudgedAt::Received, None) => {
                return Err(Error::usage(
                    format!("the capture does not say when delivery {id} was received"),
                    "give the time with --at, such as --at 2026-01-31T12:00:00Z",
                ));
            }
        };
        let report = check_detected(&detection, &delivery, &self.secrets, &self.context, now);
        Ok(Checked { id, delivery, detection, report })
    }
}

/// A delivery and the verdict on its signature.
struct Checked {
    id: u64,
    delivery: Delivery,
    detection: Detection<'static>,
    report: SignatureReport,
}

impl Checked {
    /// Whether the cause of the verdict is to be explained.
    fn is_explained(&self, verifier: &Verifier<'_>) -> bool {
        let is_printed = verifier.options.json || !verifier.console.quiet;
        is_printed && verifier.options.effort.is_some() && is_explained(self.report.verdict)
    }

    /// Why the signature is not valid.
    fn explain(&self, verifier: &Verifier<'_>, explainer: &Explainer<'_>) -> Option<Diagnosis> {
        explainer.explain(
            self.report.verdict,
            &self.delivery,
            self.detection.provider,
            &verifier.secrets,
        )
    }

    /// Adds what is printed to `text`: nothing when quiet, unless it is data.
    fn write(
        &self,
        verifier: &Verifier<'_>,
        has_number: bool,
        diagnosis: Option<&Diagnosis>,
        text: &mut Vec<u8>,
    ) {
        let (console, report) = (verifier.console, &self.report);
        let provider = self.detection.provider.map(|p| p.name.as_str());
        let expected = match verifier.options.show_expected {
            true => self.expected(verifier),
            false => Vec::new(),
        };
        let header = report.header.as_deref().unwrap_or_default();
        let coding = Decoded::new(&self.delivery.headers, &self.delivery.body);
        if verifier.options.json {
            // A token is the secret.
            let is_token = report.algorithm == Some(Algorithm::Token);
            let received = self.delivery.headers.get(header).filter(|_| !is_token);
            let line = json_line::line(&VerdictLine {
                id: self.id,
                provider,
                signature: SignaturePart::from(report),
                secret: report.secret.as_deref(),
                received: received.map(String::from_utf8_lossy),
                expected: expected.first().map(|(_, value)| value.as_str()),
                content_coding: coding.as_ref().map(ContentCodingPart::from),
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
        let verdict = format!("{verdict}  {provider}  {reason}\n");
        match has_number {
            true => text.extend(verdict.into_bytes()),
            false => text.extend(wrap::lines(&verdict, console.columns()).into_bytes()),
        }
        if let Some(coding) = &coding {
            let clause = coding.clause();
            add(text, format_args!("  encoding: {}\n", escape::clipped(clause.as_bytes(), 200)));
        }
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
    fn expected<'k>(&self, verifier: &'k Verifier<'_>) -> Vec<(&'k str, String)> {
        let provider = self.detection.provider;
        let mut schemes = provider.iter().flat_map(|provider| &provider.signatures);
        let checked = schemes.clone().find(|scheme| scheme.name == self.report.name);
        let Some(scheme) = checked.or_else(|| schemes.next()) else {
            return Vec::new();
        };
        // A token is the secret, and a private key is not at hand.
        if scheme.algorithm == Algorithm::Token || scheme.algorithm.has_public_key() {
            return Vec::new();
        }
        let signed =
            |secret: &Secret| expected(scheme, secret, &self.delivery, &verifier.context).ok();
        let secrets = verifier.secrets.iter();
        secrets.filter_map(|secret| Some((secret.origin(), signed(secret)?))).collect()
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
    content_coding: Option<ContentCodingPart<'v>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    diagnosis: Option<DiagnosisPart>,
}
