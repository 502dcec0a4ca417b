//! `cz-hook sign`: the signature of a body, in the form that a script, a person or curl wants it.

use serde::Serialize;

use crate::capture::curl;
use crate::cli::sign::{Print, SignArgs};
use crate::config::{self, Settings};
use crate::error::Error;
use crate::error::Exit;
use crate::http::Endpoint;
use crate::output::console::Console;
use crate::output::json;
use crate::webhook::delivery::Headers;
use crate::webhook::provider::Provider;
use crate::webhook::signature::scheme::Scheme;
use crate::webhook::signature::secret::Secret;
use crate::webhook::signature::sign::signature;
use crate::webhook::wire;

use super::compose::{self, Composed};

/// Where `listen` listens when nothing else is said.
const NOBODY_YET: &str = "http://127.0.0.1:8080/";

pub fn run(args: &SignArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let has_request = !args.json && matches!(args.print, Print::Request | Print::Curl);
    if args.url.is_some() && !has_request {
        return Err(Error::usage(
            "an endpoint was given with --url, and no request is printed",
            "leave it out, or add --print request or --print curl",
        ));
    }
    let composed = compose::one(&args.sample, settings, console)?;
    let provider = composed.provider;
    let secret = settings.signing_secret(&args.secret, provider.signature.is_some(), console)?;
    let signed = match &provider.signature {
        None => None,
        Some(scheme) => {
            let secret = secret.as_ref().ok_or_else(|| config::no_secret("sign"))?;
            Some((scheme, value(scheme, secret, &composed)?))
        }
    };
    if args.json {
        let (scheme, value) = signed.ok_or_else(|| unsigned(provider))?;
        console.print(&json::line(&Signature {
            provider: &provider.name,
            event: composed.event.as_deref(),
            channel: composed.channel.as_deref(),
            header: &scheme.header,
            algorithm: scheme.algorithm.name(),
            value: &value,
        }))?;
        return Ok(Exit::Success);
    }
    let out = match args.print {
        Print::Header => {
            let (scheme, value) = signed.ok_or_else(|| unsigned(provider))?;
            format!("{}: {value}\n", scheme.header).into_bytes()
        }
        Print::Value => {
            let (_, value) = signed.ok_or_else(|| unsigned(provider))?;
            format!("{value}\n").into_bytes()
        }
        Print::Request | Print::Curl => {
            let url = settings.url_if_any(args.url.as_deref());
            let endpoint = Endpoint::parse(url.unwrap_or(NOBODY_YET))?;
            let mut delivery = endpoint.request(composed.body);
            match signed {
                Some((scheme, value)) => delivery.headers.push(&scheme.header, value),
                None => console.note(&format!("{} does not sign", provider.name)),
            }
            match args.print {
                Print::Curl => curl::command(endpoint.url(), &delivery),
                _ => wire::write(&delivery, usize::MAX),
            }
        }
    };
    console.print(&out)?;
    Ok(Exit::Success)
}

fn value(scheme: &Scheme, secret: &Secret, composed: &Composed) -> Result<String, Error> {
    signature(scheme, secret, &Headers::default(), &composed.body).map_err(|why| {
        Error::usage(
            format!("the body cannot be signed alone: {why}"),
            "use send with -H to give the header that is signed too",
        )
    })
}

fn unsigned(provider: &Provider) -> Error {
    Error::usage(
        format!("{} does not sign its deliveries", provider.name),
        "there is no header to print; --print request and --print curl work without one",
    )
}

/// The line of `sign --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "signature")]
struct Signature<'s> {
    provider: &'s str,
    event: Option<&'s str>,
    channel: Option<&'s str>,
    header: &'s str,
    algorithm: &'s str,
    value: &'s str,
}
