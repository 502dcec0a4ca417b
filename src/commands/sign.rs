//! `cz-hook sign`: the signature of a body, as a script, a person or curl needs it.

use serde::Serialize;

use crate::capture::curl;
use crate::config::{SecretOptions, Settings};
use crate::error::{Error, Exit};
use crate::http::Endpoint;
use crate::json_line;
use crate::output::console::Console;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::parse_body;
use crate::webhook::provider::Provider;
use crate::webhook::signature::scheme::{Location, Scheme};

use super::send::{Signer, headers, prepare};
use super::shared::sample::{SampleOptions, signable_body};
use super::shared::signing::SigningOptions;

/// The URL of a request when neither a flag nor the profile gives one: where `listen` listens by default.
const DEFAULT_URL: &str = "http://127.0.0.1:8080/";

#[derive(Debug)]
pub struct SignOptions {
    pub sample: SampleOptions,
    pub secret: SecretOptions,
    pub headers: Vec<(String, Vec<u8>)>,
    pub signing: SigningOptions,
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
    let secret =
        console.show_notes(settings.signing_secret(&options.secret, provider.needs_secret())?);
    if provider.needs_secret() && secret.is_none() {
        return Err(settings.no_secret("sign"));
    }
    let url = match &options.output {
        SignOutput::Request { url } | SignOutput::Curl { url } => {
            settings.url_if_any(url.as_deref())
        }
        _ => None,
    };
    let endpoint = Endpoint::parse(url.unwrap_or(DEFAULT_URL))?;
    if secret.is_some() {
        let flag = options.sample.provider.as_deref();
        options.signing.check_disclosure(settings, flag, provider)?;
    }
    let scheme = match &secret {
        Some(secret) if provider.signs() => Some(options.signing.scheme(provider, secret)?),
        _ => None,
    };
    let signer = Signer {
        headers: headers(options.headers.clone())?,
        secret,
        context: options.signing.context.context(settings),
        options: options.signing.clone(),
        method: "POST".to_owned(),
    };
    let (event, channel) = (body.event.clone(), body.channel.clone());
    let delivery = prepare(body, &endpoint, &signer, None)?.delivery;
    let signed = || Signed::new(scheme.ok_or_else(|| unsigned(provider))?, &delivery);
    let out = match &options.output {
        SignOutput::Json => {
            let signed = signed()?;
            json_line::line(&Signature {
                provider: &provider.name,
                event: event.as_deref(),
                channel: channel.as_deref(),
                header: signed.scheme.header(),
                algorithm: signed.scheme.algorithm.name(),
                name: signed.scheme.name.as_deref(),
                value: &signed.value,
                headers: &signed.headers,
            })
        }
        SignOutput::Header => {
            let lines = signed()?.headers.into_iter();
            lines.map(|(name, value)| format!("{name}: {value}\n")).collect::<String>().into_bytes()
        }
        SignOutput::Value => format!("{}\n", signed()?.value).into_bytes(),
        SignOutput::Request { .. } => delivery.to_wire(usize::MAX),
        SignOutput::Curl { .. } => curl::command(endpoint.url(), &delivery),
    };
    match scheme {
        Some(_) => {}
        None if provider.signs() => {
            console.note(&format!("{} does not sign without a secret", provider.name));
        }
        None => console.note(&format!("{} does not sign", provider.name)),
    }
    console.print_raw(&out)?;
    Ok(Exit::Success)
}

/// The signature of a request, and the headers that are signed or made with it, its own first.
struct Signed<'s> {
    scheme: &'s Scheme,
    value: String,
    headers: Vec<(String, String)>,
}

impl<'s> Signed<'s> {
    fn new(scheme: &'s Scheme, delivery: &Delivery) -> Result<Self, Error> {
        let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
        let names = scheme.header().into_iter().chain(scheme.headers_beside());
        let headers =
            names.filter_map(|name| Some((name.to_owned(), text(delivery.headers.get(name)?))));
        let headers: Vec<_> = headers.collect();
        let value = match &scheme.location {
            Location::Header(_) => headers.first().map(|(_, value)| value.clone()),
            Location::Body(pointer) => parse_body(&delivery.body)
                .ok()
                .and_then(|json| Some(json.root().at_pointer(pointer)?.text()?.into_owned())),
        };
        Ok(Self { scheme, value: value.unwrap_or_default(), headers })
    }
}

fn unsigned(provider: &Provider) -> Error {
    if provider.signs() {
        return Error::usage(
            format!("{} does not sign without a secret", provider.name),
            "give --secret; --print request and --print curl work without one",
        );
    }
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
    header: Option<&'s str>,
    algorithm: &'s str,
    name: Option<&'s str>,
    value: &'s str,
    /// The header of the signature and those that are signed with it.
    headers: &'s [(String, String)],
}
