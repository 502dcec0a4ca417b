//! `cz-hook verify`: a verdict for each delivery, and an exit code that a gate can stand on.

use std::ops::ControlFlow;

use jiff::Timestamp;
use serde::Serialize;

use crate::capture::{Captured, Format};
use crate::cli::verify::{InputFormat, VerifyArgs};
use crate::config::{self, Settings};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;
use crate::report::json::{self, SignaturePart};
use crate::report::sanitize;
use crate::webhook::catalog::Catalog;
use crate::webhook::delivery::Delivery;
use crate::webhook::examine::{check_recognised, unrecognised, without_bom};
use crate::webhook::provider::Provider;
use crate::webhook::recognise::{Recognition, recognise, recognise_value};
use crate::webhook::secret::Secret;
use crate::webhook::skim::skim;
use crate::webhook::verify::{SignatureReport, Verdict};

use super::captures::{self, Capture, Selection};

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
        console,
    };
    if gate.secrets.is_empty() {
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
    console: &'g Console,
}

impl Gate<'_> {
    /// One delivery: a body with what was given beside it, or a captured request with its own headers.
    fn one(&self, captured: Captured) -> Result<Exit, Error> {
        let args = self.args;
        let mut delivery = captured.delivery;
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
        self.show(None, &recognition, &report, &delivery)?;
        if report.verdict == Verdict::Missing && delivery.headers.is_empty() {
            self.console
                .hint("give --signature or --header with the body, or the whole captured request");
        }
        Ok(exit_of(report.verdict == Verdict::Valid))
    }

    /// Every delivery of a capture, a line each and a summary.
    fn all(&self, capture: Capture) -> Result<Exit, Error> {
        if self.args.signature.is_some() || !self.args.headers.is_empty() {
            return Err(beside_a_request());
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
            printed = self.show(Some(captured.id), &recognition, &report, &captured.delivery);
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
        id: Option<u64>,
        recognition: &Recognition<'_>,
        report: &SignatureReport,
        delivery: &Delivery,
    ) -> Result<(), Error> {
        let console = self.console;
        let provider = recognition.provider.map(|p| p.name.as_str());
        if self.args.json {
            return console.print(&json::line(&VerdictLine {
                id,
                provider,
                signature: SignaturePart::from(report),
                secret: report.secret.as_deref(),
            }));
        }
        let number = id.map_or(String::new(), |id| format!("#{id}  "));
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
        console.report(&text)
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
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<u64>,
    provider: Option<&'v str>,
    #[serde(flatten)]
    signature: SignaturePart<'v>,
    secret: Option<&'v str>,
}
