//! `cz-hook verify`: one verdict, and an exit code that a gate can stand on.

use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::capture::raw_http;
use crate::cli::verify::{Format, VerifyArgs};
use crate::config;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;
use crate::report::json::{self, SignaturePart};
use crate::report::sanitize;
use crate::webhook::catalog::Catalog;
use crate::webhook::delivery::Delivery;
use crate::webhook::examine::{check_recognised, unrecognised, without_bom};
use crate::webhook::recognise::{Recognition, recognise, recognise_value};
use crate::webhook::verify::{SignatureReport, Verdict};

use super::input;

pub fn run(args: &VerifyArgs, console: &Console) -> Result<Exit, Error> {
    let provider = config::receiving(&args.provider)?;
    let secrets = config::verifying_secrets(&args.secrets, console)?;
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
    let bytes = input::read(args.file.as_deref())?;
    let mut delivery = understand(args, bytes, console)?;
    let recognition = match provider {
        Some(provider) => Recognition {
            provider: Some(provider),
            ..Recognition::default()
        },
        None => recognised(args, &delivery)?,
    };
    let scheme = recognition.provider.and_then(|p| p.signature.as_ref());
    if let (Some(scheme), Some(value)) = (scheme, &args.signature) {
        delivery.headers.push(&scheme.header, value.trim());
    }
    if secrets.is_empty() {
        return Err(config::no_secret("verify"));
    }
    if scheme.is_none() && args.signature.is_some() {
        let name = recognition.provider.map_or("the provider", |p| &p.name);
        return Err(Error::usage(
            format!("a signature was given, and {name} does not sign"),
            "leave out --signature, or name the provider that does with --provider",
        ));
    }
    let report = check_recognised(&recognition, &delivery, &secrets, Timestamp::now());
    show(args, &recognition, &report, &delivery, console)?;
    Ok(match report.verdict {
        Verdict::Valid => Exit::Yes,
        _ => Exit::No,
    })
}

/// A body with what was given beside it, or a captured request with its own headers.
fn understand(args: &VerifyArgs, bytes: Vec<u8>, console: &Console) -> Result<Delivery, Error> {
    let is_request = match args.format {
        Format::Auto => raw_http::is_request(&bytes),
        Format::Body => false,
        Format::Http => true,
    };
    if is_request {
        if args.signature.is_some() || !args.headers.is_empty() {
            return Err(Error::usage(
                "the input is a request with its own headers, and a signature was given beside it",
                "leave out --signature and --header, or give --format body if it is a body",
            ));
        }
        return input::request(&bytes, console);
    }
    let mut delivery = Delivery::post("/", bytes.into());
    for (name, value) in &args.headers {
        delivery.headers.push(name, value.as_slice());
    }
    Ok(delivery)
}

fn recognised(args: &VerifyArgs, delivery: &Delivery) -> Result<Recognition<'static>, Error> {
    let catalog = Catalog::builtin();
    let json = serde_json::from_slice::<Value>(without_bom(&delivery.body)).ok();
    let recognition = match &args.signature {
        Some(value) => recognise_value(catalog, value.trim().as_bytes(), json.as_ref()),
        None => recognise(catalog, &delivery.headers, json.as_ref()),
    };
    if recognition.provider.is_some() {
        return Ok(recognition);
    }
    let names: Vec<_> = catalog.providers().map(|p| p.name.as_str()).collect();
    Err(Error::usage(
        format!(
            "the provider cannot be recognised: {}",
            unrecognised(&recognition)
        ),
        format!("name it with --provider: {}", names.join(", ")),
    ))
}

fn show(
    args: &VerifyArgs,
    recognition: &Recognition<'_>,
    report: &SignatureReport,
    delivery: &Delivery,
    console: &Console,
) -> Result<(), Error> {
    let provider = recognition.provider.map(|p| p.name.as_str());
    if args.json {
        return console.print(&json::line(&VerdictLine {
            provider,
            signature: SignaturePart::from(report),
            secret: report.secret.as_deref(),
        }));
    }
    let mut text = format!(
        "{}  {}  {}\n",
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
    console.report(&text)?;
    let carries_nothing = delivery.headers.is_empty();
    if report.verdict == Verdict::Missing && carries_nothing {
        console.hint("give --signature or --header with the body, or the whole captured request");
    }
    Ok(())
}

/// The line of `verify --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "verdict")]
struct VerdictLine<'v> {
    provider: Option<&'v str>,
    #[serde(flatten)]
    signature: SignaturePart<'v>,
    secret: Option<&'v str>,
}
