//! `cz-hook verify`: a verdict for each delivery, and an exit code that a gate can stand on.

mod in_order;
mod large;
mod many;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::capture::Format;
use crate::cli::verify::{InputFormat, VerifyArgs};
use crate::config::{self, Settings};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;
use crate::report::json::{self, SignaturePart};
use crate::report::sanitize;
use crate::webhook::catalog::Catalog;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::examine::{check_recognised, unrecognised, without_bom};
use crate::webhook::provider::Provider;
use crate::webhook::recognise::{Recognition, recognise, recognise_value};
use crate::webhook::secret::Secret;
use crate::webhook::skim::skim;
use crate::webhook::verify::{SignatureReport, Verdict};

use super::captures::{self, Capture, Opened};

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
    match captures::open_large(args.file.as_deref(), format, LARGE, console)? {
        Opened::Large(large, Format::Body) => large::verify(&gate, large),
        Opened::Large(large, _) => many::lines(&gate, large),
        Opened::Capture(Capture::Loaded(mut all)) if all.len() == 1 => match all.pop() {
            Some(only) => gate.one(only.delivery),
            None => Err(nothing()),
        },
        Opened::Capture(capture) => many::capture(&gate, capture),
    }
}

/// What need not be in memory as a whole to be verified.
const LARGE: &[Format] = &[Format::Body, Format::Ndjson];

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
    fn one(&self, mut delivery: Delivery) -> Result<Exit, Error> {
        if !delivery.headers.is_empty() {
            self.refuse_beside()?;
        }
        self.add_headers(&mut delivery.headers);
        let recognition = self.recognised(&delivery);
        self.add_signature(&recognition, &mut delivery.headers)?;
        let report = self.check(&recognition, &delivery);
        let length = delivery.body.len() as u64;
        self.conclude(&recognition, &report, &delivery, length)
    }

    /// What was given beside a body has no place beside a request.
    fn refuse_beside(&self) -> Result<(), Error> {
        if self.args.signature.is_none() && self.args.headers.is_empty() {
            return Ok(());
        }
        Err(Error::usage(
            "the input is a request with its own headers, and a signature was given beside it",
            "leave out --signature and --header, or give --format body if it is a body",
        ))
    }

    /// The headers that were given beside a body.
    fn add_headers(&self, headers: &mut Headers) {
        for (name, value) in &self.args.headers {
            headers.push(name, value.as_slice());
        }
    }

    /// The signature that was given beside a body, under the header of the provider that was recognised.
    fn add_signature(
        &self,
        recognition: &Recognition<'_>,
        headers: &mut Headers,
    ) -> Result<(), Error> {
        let Some(provider) = recognition.provider else {
            return Err(ask_for_provider(self.settings.catalog, recognition));
        };
        match (&provider.signature, &self.args.signature) {
            (Some(scheme), Some(value)) => headers.push(&scheme.header, value.trim()),
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

    /// Says what was found of one delivery, and whether it opens the gate.
    fn conclude(
        &self,
        recognition: &Recognition<'_>,
        report: &SignatureReport,
        delivery: &Delivery,
        length: u64,
    ) -> Result<Exit, Error> {
        let text = self.text(None, recognition, report, delivery, length);
        self.console.print(&text)?;
        if report.verdict == Verdict::Missing && delivery.headers.is_empty() {
            self.console
                .hint("give --signature or --header with the body, or the whole captured request");
        }
        Ok(exit_of(report.verdict == Verdict::Valid))
    }

    fn recognised(&self, delivery: &Delivery) -> Recognition<'static> {
        self.recognised_by(&delivery.headers, |depth| {
            skim(without_bom(&delivery.body), depth)
        })
    }

    /// Only what tells providers apart is taken out of the body, however large it is: its top, down to
    /// the depth that `skim` is given.
    fn recognised_by(
        &self,
        headers: &Headers,
        skim: impl FnOnce(usize) -> Option<Value>,
    ) -> Recognition<'static> {
        if let Some(provider) = self.provider {
            return Recognition {
                provider: Some(provider),
                ..Recognition::default()
            };
        }
        let catalog = self.settings.catalog;
        let json = skim(catalog.event_depth());
        match &self.args.signature {
            Some(value) => recognise_value(catalog, value.trim().as_bytes(), json.as_ref()),
            None => recognise(catalog, headers, json.as_ref()),
        }
    }

    fn check(&self, recognition: &Recognition<'_>, delivery: &Delivery) -> SignatureReport {
        // A capture is judged as of when it came; a body alone, as of now.
        let moment = delivery.received_at.unwrap_or_else(Timestamp::now);
        check_recognised(recognition, delivery, &self.secrets, moment)
    }

    /// What is printed of one delivery: nothing when quiet, unless it is data.
    fn text(
        &self,
        id: Option<u64>,
        recognition: &Recognition<'_>,
        report: &SignatureReport,
        delivery: &Delivery,
        length: u64,
    ) -> Vec<u8> {
        let console = self.console;
        let provider = recognition.provider.map(|p| p.name.as_str());
        if self.args.json {
            return json::line(&VerdictLine {
                id,
                provider,
                signature: SignaturePart::from(report),
                secret: report.secret.as_deref(),
            });
        }
        if console.quiet {
            return Vec::new();
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
            text.push_str(&format!("  body: {length} bytes\n"));
        }
        text.into_bytes()
    }
}

fn exit_of(is_valid: bool) -> Exit {
    match is_valid {
        true => Exit::Yes,
        false => Exit::No,
    }
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
