//! `cz-hook verify`: a verdict for each delivery, and an exit code that a gate can stand on.

use std::borrow::Cow;
use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Serialize;

use crate::capture::{Captured, Format};
use crate::cli::verify::{InputFormat, VerifyArgs};
use crate::config::{self, Settings};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;
use crate::report::diagnosis::{self, DiagnosisPart};
use crate::report::json::{self, SignaturePart};
use crate::report::sanitize;
use crate::webhook::catalog::Catalog;
use crate::webhook::delivery::Delivery;
use crate::webhook::examine::{check_recognised, unrecognised, without_bom};
use crate::webhook::provider::Provider;
use crate::webhook::recognise::{Recognition, recognise, recognise_value};
use crate::webhook::secret::Secret;
use crate::webhook::sign::signature;
use crate::webhook::skim::skim;
use crate::webhook::verify::{SignatureReport, Verdict};

use super::against;
use super::captures::{self, Capture, Selection};
use super::explain::Explainer;

pub fn run(args: &VerifyArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    if args
        .signature
        .as_deref()
        .is_some_and(|s| s.trim().is_empty())
    {
        return Err(Error::usage(
            "the signature given with --signature is empty",
            "is the variable set that it comes from?",
        ));
    }
    let gate = Gate {
        args,
        settings,
        provider: settings.receiving(args.provider.as_deref())?,
        secrets: settings.verifying_secrets(&args.secrets, console)?,
        explainer: Explainer::new(settings, args.explain.effort()),
        console,
    };
    // To compare bodies takes no secret.
    if gate.secrets.is_empty() && args.against.is_none() {
        return Err(config::no_secret("verify"));
    }
    let format = match args.format {
        InputFormat::Auto => None,
        InputFormat::Body => Some(Format::Body),
        InputFormat::Http => Some(Format::Http),
        InputFormat::Har => Some(Format::Har),
        InputFormat::Curl => Some(Format::Curl),
        InputFormat::Ndjson => Some(Format::Ndjson),
        InputFormat::Db => Some(Format::Journal),
    };
    match captures::open(args.file.as_deref(), format, console)? {
        Capture::Loaded(mut all) if all.len() == 1 => match all.pop() {
            Some(only) => gate.one(only),
            None => Err(nothing()),
        },
        capture => gate.all(capture),
    }
}

fn nothing() -> Error {
    Error::io(
        "there is no delivery in the input",
        "check what was captured",
    )
}

/// What decides.
struct Gate<'g> {
    args: &'g VerifyArgs,
    settings: &'g Settings,
    provider: Option<&'static Provider>,
    secrets: Vec<Secret>,
    explainer: Explainer<'g>,
    console: &'g Console,
}

impl Gate<'_> {
    /// One delivery: a body with what was given beside it, or a captured request with its own headers.
    fn one(&self, captured: Captured) -> Result<Exit, Error> {
        let args = self.args;
        let mut delivery = captured.delivery;
        let is_same = match &args.against {
            Some(path) => {
                let is_same = against::compare(&delivery.body, path, args.json, self.console)?;
                if self.secrets.is_empty() {
                    return Ok(exit_of(is_same));
                }
                is_same
            }
            None => true,
        };
        let is_beside = args.signature.is_some() || !args.headers.is_empty();
        if is_beside && !delivery.headers.is_empty() {
            return Err(beside_a_request());
        }
        for (name, value) in &args.headers {
            delivery.headers.push(name, value.as_slice());
        }
        let recognition = self.recognised(&delivery);
        if recognition.provider.is_none() {
            return Err(ask_for_provider(self.settings.catalog, &recognition));
        }
        let scheme = recognition.provider.and_then(|p| p.signature.as_ref());
        match (scheme, &args.signature) {
            (Some(scheme), Some(value)) => delivery.headers.push(&scheme.header, value.trim()),
            (None, Some(_)) => {
                let name = recognition.provider.map_or("the provider", |p| &p.name);
                return Err(Error::usage(
                    format!("a signature was given, and {name} does not sign"),
                    "leave out --signature, or name the provider that does with --provider",
                ));
            }
            (_, None) => {}
        }
        let report = self.check(&recognition, &delivery);
        self.show(captured.id, false, &recognition, &report, &delivery)?;
        if report.verdict == Verdict::Missing && delivery.headers.is_empty() {
            self.console
                .hint("give --signature or --header with the body, or the whole captured request");
        }
        Ok(exit_of(is_same && report.verdict == Verdict::Valid))
    }

    /// Every delivery of a capture, a line each and a summary.
    fn all(&self, capture: Capture) -> Result<Exit, Error> {
        if self.args.signature.is_some() || !self.args.headers.is_empty() {
            return Err(beside_a_request());
        }
        if self.args.against.is_some() {
            return Err(Error::usage(
                "--against compares one delivery, and the capture holds several",
                "take one out with `cz-hook inspect FILE ID --as http`",
            ));
        }
        let mut counts: Vec<(Verdict, u64)> = Vec::new();
        let mut printed = Ok(());
        capture.each(&Selection::everything(self.settings.catalog), |captured| {
            let recognition = self.recognised(&captured.delivery);
            let report = self.check(&recognition, &captured.delivery);
            match counts.iter_mut().find(|(v, _)| *v == report.verdict) {
                Some((_, n)) => *n += 1,
                None => counts.push((report.verdict, 1)),
            }
            printed = self.show(captured.id, true, &recognition, &report, &captured.delivery);
            match printed {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        })?;
        printed?;
        let total: u64 = counts.iter().map(|(_, n)| n).sum();
        if total == 0 {
            return Err(nothing());
        }
        let words: Vec<_> = counts
            .iter()
            .map(|(verdict, n)| format!("{n} {}", verdict.word()))
            .collect();
        self.console
            .note(&format!("{total} deliveries: {}", words.join(", ")));
        if self.explainer.skipped() > 0 {
            self.console.note(&format!(
                "{} more were not explained; --explain=deep explains every one",
                self.explainer.skipped()
            ));
        }
        let valid = counts.iter().find(|(v, _)| *v == Verdict::Valid);
        Ok(exit_of(valid.is_some_and(|(_, n)| *n == total)))
    }

    fn recognised(&self, delivery: &Delivery) -> Recognition<'static> {
        if let Some(provider) = self.provider {
            return Recognition {
                provider: Some(provider),
                ..Recognition::default()
            };
        }
        let catalog = self.settings.catalog;
        // Only what tells providers apart is taken out of the body, however large it is.
        let json = skim(without_bom(&delivery.body), catalog.event_depth());
        match &self.args.signature {
            Some(value) => recognise_value(catalog, value.trim().as_bytes(), json.as_ref()),
            None => recognise(catalog, &delivery.headers, json.as_ref()),
        }
    }

    fn check(&self, recognition: &Recognition<'_>, delivery: &Delivery) -> SignatureReport {
        // A capture is judged as of when it came; a body alone, as of now.
        let moment = delivery.received_at.unwrap_or_else(Timestamp::now);
        check_recognised(recognition, delivery, &self.secrets, moment)
    }

    fn show(
        &self,
        id: u64,
        is_one_of_many: bool,
        recognition: &Recognition<'_>,
        report: &SignatureReport,
        delivery: &Delivery,
    ) -> Result<(), Error> {
        let console = self.console;
        let provider = recognition.provider.map(|p| p.name.as_str());
        let diagnosis = self.explainer.explain(
            report.verdict,
            delivery,
            recognition.provider,
            &self.secrets,
        );
        let expected = match self.args.show_expected {
            true => self.expected(recognition, delivery),
            false => Vec::new(),
        };
        if self.args.json {
            let header = report.header.as_deref().unwrap_or_default();
            let received = delivery.headers.get(header);
            return console.print(&json::line(&VerdictLine {
                id,
                provider,
                signature: SignaturePart::from(report),
                secret: report.secret.as_deref(),
                received: received.map(String::from_utf8_lossy),
                expected: expected.first().map(|(_, value)| value.as_str()),
                diagnosis: diagnosis.as_ref().map(DiagnosisPart::from),
            }));
        }
        let number = match is_one_of_many {
            true => format!("#{id}  "),
            false => String::new(),
        };
        let mut text = format!(
            "{number}{}  {}  {}\n",
            console.out.verdict(report.verdict),
            provider.unwrap_or("(unknown provider)"),
            sanitize::line(report.reason.as_bytes())
        );
        if console.verbose {
            let header = report.header.as_deref().unwrap_or_default();
            for value in delivery.headers.all(header) {
                text.push_str(&format!("  {header}: {}\n", sanitize::clipped(value, 200)));
            }
            text.push_str(&format!("  body: {} bytes\n", delivery.body.len()));
        }
        if let Some(diagnosis) = &diagnosis {
            text.push_str(&diagnosis::block(diagnosis, console.out, console.width()));
        }
        for (origin, value) in &expected {
            text.push_str(&format!(
                "  expected:   {value} (under the secret from {origin})\n"
            ));
        }
        console.report(&text)
    }
}

impl Gate<'_> {
    /// The signature that the provider's scheme gives, under each secret, with where that came from.
    fn expected(&self, recognition: &Recognition<'_>, delivery: &Delivery) -> Vec<(&str, String)> {
        let Some(scheme) = recognition.provider.and_then(|p| p.signature.as_ref()) else {
            return Vec::new();
        };
        let made = |secret: &Secret| signature(scheme, secret, &delivery.headers, &delivery.body);
        self.secrets
            .iter()
            .filter_map(|secret| Some((secret.origin(), made(secret).ok()?)))
            .collect()
    }
}

fn exit_of(is_valid: bool) -> Exit {
    match is_valid {
        true => Exit::Yes,
        false => Exit::No,
    }
}

fn beside_a_request() -> Error {
    Error::usage(
        "the input is a request with its own headers, and a signature was given beside it",
        "leave out --signature and --header, or give --format body if it is a body",
    )
}

fn ask_for_provider(catalog: &Catalog, recognition: &Recognition<'_>) -> Error {
    let names: Vec<_> = catalog.providers().map(|p| p.name.as_str()).collect();
    Error::usage(
        format!(
            "the provider cannot be recognised: {}",
            unrecognised(recognition)
        ),
        format!("name it with --provider: {}", names.join(", ")),
    )
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
