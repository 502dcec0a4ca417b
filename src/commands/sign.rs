//! `cz-hook sign`: the signature of a body, as a script, a person or curl needs it.

use serde::Serialize;

use crate::capture::curl;
use crate::config::{SecretOptions, Settings};
use crate::error::{Error, Exit};
use crate::http::Endpoint;
use crate::json_line;
use crate::output::console::Console;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::provider::Provider;
use crate::webhook::signature::scheme::Scheme;
use crate::webhook::signature::signature;

use super::shared::sample::{SampleOptions, SignableBody, signable_body};

/// The URL of a request when neither a flag nor the profile gives one: where `listen` listens by default.
const DEFAULT_URL: &str = "http://127.0.0.1:8080/";

#[derive(Debug)]
pub struct SignOptions {
    pub sample: SampleOptions,
    pub secret: SecretOptions,
    pub output: SignOutput,
}

#[derive(Debug)]
pub enum SignOutput {
    Header,
    Value,
    Json,
    Request { url: Option<String> },
    Curl { url: Option<String> },
}

pub fn run(options: &SignOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let body = signable_body(&options.sample, settings, console)?;
    let provider = body.provider;
    let is_signed = provider.signature.is_some();
    let secret = console.show_notes(settings.signing_secret(&options.secret, is_signed)?);
    let signed = match &provider.signature {
        None => None,
        Some(scheme) => {
            let secret = secret.as_ref().ok_or_else(|| settings.no_secret("sign"))?;
            let value = signature(scheme, secret, &Headers::default(), &body.body);
            let value = value.map_err(|why| {
                Error::usage(
                    format!("the body cannot be signed alone: {why}"),
                    "use send with -H to give the header that is signed too",
                )
            })?;
            Some((scheme, value))
        }
    };
    let header = || signed.clone().ok_or_else(|| unsigned(provider));
    let request = |url: &Option<String>| request(url, &body, signed.clone(), settings, console);
    let out = match &options.output {
        SignOutput::Json => {
            let (scheme, value) = header()?;
            json_line::line(&Signature {
                provider: &provider.name,
                event: body.event.as_deref(),
                channel: body.channel.as_deref(),
                header: &scheme.header,
                algorithm: scheme.algorithm.name(),
                value: &value,
            })
        }
        SignOutput::Header => {
            let (scheme, value) = header()?;
            format!("{}: {value}\n", scheme.header).into_bytes()
        }
        SignOutput::Value => format!("{}\n", header()?.1).into_bytes(),
        SignOutput::Request { url } => request(url)?.1.to_wire(usize::MAX),
        SignOutput::Curl { url } => {
            let (endpoint, delivery) = request(url)?;
            curl::command(endpoint.url(), &delivery)
        }
    };
    console.print(&out)?;
    Ok(Exit::Success)
}

/// The signed request to the endpoint.
fn request(
    url: &Option<String>,
    body: &SignableBody,
    signed: Option<(&Scheme, String)>,
    settings: &Settings,
    console: &Console,
) -> Result<(Endpoint, Delivery), Error> {
    let url = settings.url_if_any(url.as_deref()).unwrap_or(DEFAULT_URL);
    let endpoint = Endpoint::parse(url)?;
    let mut delivery = endpoint.request(body.body.clone());
    match signed {
        Some((scheme, value)) => delivery.headers.push(&scheme.header, value),
        None => console.note(&format!("{} does not sign", body.provider.name)),
    }
    Ok((endpoint, delivery))
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
