//! `cz-hook send`: signed deliveries to an endpoint, and a report of its responses.

use std::time::Duration;

use serde_json::Value;

use crate::config::{self, SecretOptions, Settings};
use crate::error::{Error, Exit};
use crate::http::readdress::set_length;
use crate::http::{Client, Endpoint, Response, Transport};
use crate::output::console::Console;
use crate::output::exchange::Sent;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::provider::Provider;
use crate::webhook::signature::scheme::Scheme;
use crate::webhook::signature::sign::{SignError, Signing, Stamp};
use crate::webhook::signature::tamper::{Tamper, Tampered};
use crate::webhook::signature::{Secret, SignatureContext};

use super::load::BulkOptions;
use super::shared::hidden::without_secret;
use super::shared::runtime;
use super::shared::sample::{SampleOptions, SignableBody, signable_bodies, signable_body};
use super::shared::signing::{SigningOptions, tampered, unsignable, unsigned};

#[derive(Debug)]
pub struct SendOptions {
    /// The endpoint, if not the profile's.
    pub url: Option<String>,
    pub secret: SecretOptions,
    pub sample: SampleOptions,
    /// Send every sample, or every channel of the event.
    pub all: bool,
    /// Whether to send the provider's first event when neither an event nor a body is given.
    pub first_event: bool,
    pub method: String,
    pub headers: Vec<(String, Vec<u8>)>,
    pub signing: SigningOptions,
    pub tamper: Option<Tamper>,
    /// The expected status, if not any 2xx.
    pub expect_status: Option<ExpectedStatus>,
    pub transport: Transport,
    pub mode: SendMode,
    pub json: bool,
}

#[derive(Debug)]
pub enum SendMode {
    /// Print the request instead.
    DryRun,
    Once,
    Retry(RetryOptions),
    /// Many requests.
    Bulk(Box<BulkSend>),
}

/// What only bulk sending has.
#[derive(Debug)]
pub struct BulkSend {
    pub bulk: BulkOptions,
    /// The events to send, each with its weight.
    pub mix: Vec<(String, f64)>,
    pub retry: Option<RetryOptions>,
    /// Print the requests instead.
    pub dry_run: bool,
}

/// What the command line sets of the schedule; the rest is documented or a default.
#[derive(Debug)]
pub struct RetryOptions {
    /// The time after which to give up.
    pub limit: Option<Duration>,
    pub base: Option<Duration>,
    pub factor: Option<f64>,
    pub cap: Option<Duration>,
    pub jitter: Option<f64>,
    pub seed: Option<u64>,
    pub max_attempts: Option<u32>,
    pub time_scale: f64,
    pub honour_retry_after: bool,
}

/// A status that counts as success: one number, or a class.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ExpectedStatus {
    /// This status.
    Exactly(u16),
    /// Any status that starts with this digit.
    Class(u16),
}

impl ExpectedStatus {
    pub fn admits(self, status: u16) -> bool {
        match self {
            Self::Exactly(n) => n == status,
            Self::Class(n) => status / 100 == n,
        }
    }
}

impl std::fmt::Display for ExpectedStatus {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Exactly(n) => write!(f, "{n}"),
            Self::Class(n) => write!(f, "{n}xx"),
        }
    }
}

/// A delivery, and the body that it was made of.
pub struct Prepared {
    pub body: SignableBody,
    pub delivery: Delivery,
    /// The delivery as reports show it.
    pub(super) shown: Delivery,
}

/// Headers that follow from the body and cannot be set.
const BODY_HEADERS: [&str; 2] = ["content-length", "transfer-encoding"];

pub fn run(options: &SendOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let (endpoint, prepared) = prepare_all(options, settings, console)?;
    if let SendMode::DryRun = options.mode {
        for one in &prepared {
            console.print_raw(&one.delivery.to_wire(usize::MAX))?;
        }
        return Ok(Exit::Success);
    }
    let client = Client::new(&endpoint, &options.transport, true)?;
    let all = send_all(options, &endpoint, &client, &prepared, console);
    runtime::sending(|runtime| runtime.block_on(all))
}

/// The endpoint, and the deliveries to send to it: one, except with `all`.
pub fn prepare_all(
    options: &SendOptions,
    settings: &Settings,
    console: &Console,
) -> Result<(Endpoint, Vec<Prepared>), Error> {
    let endpoint = Endpoint::parse(settings.url(options.url.as_deref())?)?;
    let bodies = bodies(options, settings, console)?;
    let signer = signer(options, &bodies, settings, console)?;
    let prepared = bodies
        .into_iter()
        .map(|body| prepare(body, &endpoint, &signer, options.tamper))
        .collect::<Result<Vec<_>, _>>()?;
    Ok((endpoint, prepared))
}

/// The bodies to send.
pub(super) fn bodies(
    options: &SendOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Vec<SignableBody>, Error> {
    match options.all {
        true => signable_bodies(&options.sample, settings),
        false => {
            Ok(vec![signable_body(&with_event(options, settings, console)?, settings, console)?])
        }
    }
}

/// What signs these bodies.
pub(super) fn signer(
    options: &SendOptions,
    bodies: &[SignableBody],
    settings: &Settings,
    console: &Console,
) -> Result<Signer, Error> {
    let is_signed = options.tamper != Some(Tamper::Missing)
        && bodies.iter().any(|body| body.provider.needs_secret());
    let secret = console.show_notes(settings.signing_secret(&options.secret, is_signed)?);
    if is_signed && secret.is_none() {
        return Err(settings.no_secret("sign"));
    }
    if secret.is_some() {
        let flag = options.sample.provider.as_deref();
        for body in bodies {
            options.signing.check_disclosure(settings, flag, body.provider)?;
        }
    }
    Ok(Signer {
        headers: headers(settings.headers(&options.headers))?,
        secret,
        context: options.signing.context.context(settings),
        options: options.signing.clone(),
        method: options.method.clone(),
    })
}

/// Which body to send: when only a URL was given, the first event that the provider documents.
fn with_event(
    options: &SendOptions,
    settings: &Settings,
    console: &Console,
) -> Result<SampleOptions, Error> {
    let mut sample = options.sample.clone();
    if options.first_event && sample.event.is_none() && !sample.has_own_body() {
        let provider = settings.producing(sample.provider.as_deref())?;
        if let Some(first) = provider.events.first() {
            console.note(&format!(
                "no event was named: sending {} of {}; `cz-hook events` lists all",
                first.name, provider.name
            ));
            sample.event = Some(first.name.clone());
        }
    }
    Ok(sample)
}

/// What signs deliveries.
#[derive(Clone)]
pub(super) struct Signer {
    /// The headers that the user sets, names in lower case.
    pub headers: Headers,
    pub secret: Option<Secret>,
    pub context: SignatureContext,
    pub options: SigningOptions,
    pub method: String,
}

impl Signer {
    /// Whether deliveries of a provider are signed.
    pub fn signs(&self, provider: &Provider) -> bool {
        provider.signs() && (provider.needs_secret() || self.secret.is_some())
    }
}

/// The headers that the user sets, names in lower case.
pub(super) fn headers(all: Vec<(String, Vec<u8>)>) -> Result<Headers, Error> {
    let mut headers = Headers::default();
    for (name, value) in all {
        if BODY_HEADERS.iter().any(|own| name.eq_ignore_ascii_case(own)) {
            return Err(Error::usage(
                format!("the header {name} follows from the body and cannot be set"),
                "leave it out",
            ));
        }
        headers.push(name.to_ascii_lowercase(), value);
    }
    Ok(headers)
}

/// The request for a body, signed now.
pub(super) fn prepare(
    body: SignableBody,
    endpoint: &Endpoint,
    signer: &Signer,
    how: Option<Tamper>,
) -> Result<Prepared, Error> {
    let delivery = encode(&body, endpoint, signer, how, &signer.options.stamp())?;
    let shown = without_secret(&delivery, &body.provider.signatures, signer.secret.as_ref());
    Ok(Prepared { body, delivery, shown })
}

/// The request for a body: the provider's headers, the signature, then the user's headers.
pub(super) fn encode(
    body: &SignableBody,
    endpoint: &Endpoint,
    signer: &Signer,
    how: Option<Tamper>,
    stamp: &Stamp,
) -> Result<Delivery, Error> {
    let provider = body.provider;
    let mut delivery = unsigned(body, endpoint, stamp);
    delivery.method.clone_from(&signer.method);
    let signed = match (signer.signs(provider), how) {
        (false, None) | (true, Some(Tamper::Missing)) => None,
        (false, Some(_)) => {
            let without = if provider.signs() { " without a secret" } else { "" };
            return Err(Error::usage(
                format!(
                    "{} does not sign{without}: there is nothing to tamper with",
                    provider.name
                ),
                "leave out --tamper, or choose a provider that signs",
            ));
        }
        (true, how) => {
            let secret = signer.secret.as_ref().ok_or_else(|| config::no_secret("sign"))?;
            let scheme = signer.options.scheme(provider, secret)?;
            let mut request = delivery.clone();
            request.headers.replace_all(&signer.headers);
            let cannot = |why: SignError| unsignable(&why, "give the body with --body FILE");
            let context = &signer.context;
            let signing = Signing::new(scheme, secret, &request, context, stamp).map_err(cannot)?;
            let signature = signing.signature().map_err(|why| cannot(SignError::Needs(why)))?;
            let sent = match how {
                None => Tampered {
                    signature: Some(signing.write(&signature)),
                    body: signing.request().body.clone(),
                },
                Some(how) => tampered(how, &signing)?,
            };
            Some(signing.place(sent.body, sent.signature.as_deref()).map_err(cannot)?)
        }
    };
    if let Some(signed) = signed {
        delivery.body = signed.body;
        set_length(&mut delivery.headers, &delivery.body);
        for (name, value) in signed.headers {
            delivery.headers.set(&name, value);
        }
    }
    delivery.headers.replace_all(&signer.headers);
    Ok(delivery)
}

async fn send_all(
    options: &SendOptions,
    endpoint: &Endpoint,
    client: &Client,
    all: &[Prepared],
    console: &Console,
) -> Result<Exit, Error> {
    let mut exit = Exit::Success;
    let mut first_hint = None;
    let total = all.len();
    for (i, one) in all.iter().enumerate() {
        let sent = client.send(endpoint, &one.delivery).await;
        let response = sent.inspect_err(|_| {
            if total > 1 {
                console.note(&format!("{i} of {total} deliveries got a response"));
            }
        })?;
        if !report(options, endpoint, one, &response, console)? {
            exit = Exit::Failure;
            first_hint = first_hint.or_else(|| hint(options, one.body.provider, response.status));
        }
        if total > 1 && !options.json {
            console.report("\n")?;
        }
    }
    if let Some(hint) = first_hint {
        console.hint(&hint);
    }
    Ok(exit)
}

/// Whether a response is the expected one.
pub fn is_expected(options: &SendOptions, response: &Response) -> bool {
    match options.expect_status {
        Some(status) => status.admits(response.status),
        None => response.is_success(),
    }
}

/// Reports an exchange; returns whether the response is the expected one.
pub fn report(
    options: &SendOptions,
    endpoint: &Endpoint,
    one: &Prepared,
    response: &Response,
    console: &Console,
) -> Result<bool, Error> {
    let Prepared { body, shown: delivery, .. } = one;
    let expected = is_expected(options, response);
    let notes = response_notes(options, body.provider, response, expected);
    let mut headers = body.provider.signatures.iter().filter_map(Scheme::header);
    let sent = Sent {
        url: endpoint.url(),
        provider: &body.provider.name,
        event: body.event.as_deref(),
        channel: body.channel.as_deref(),
        delivery,
        signature: headers.find(|name| delivery.headers.get(name).is_some()),
        tampered: options.tamper.map(Tamper::name),
        response,
        expected,
        remarks: &notes,
    };
    if options.json {
        console.print(&sent.json())?;
    } else {
        console.report(&sent.human(console.out, console.verbose))?;
    }
    Ok(expected)
}

/// What a developer should know about a response.
fn response_notes(
    options: &SendOptions,
    provider: &Provider,
    response: &Response,
    expected: bool,
) -> Vec<String> {
    let mut notes = Vec::new();
    if (300..400).contains(&response.status) {
        let to = response
            .headers
            .get("location")
            .map_or_else(|| "nowhere".to_owned(), |l| String::from_utf8_lossy(l).into_owned());
        notes.push(format!(
            "a redirect to {to}, which is not followed: give the provider the final URL"
        ));
    }
    match (options.expect_status, expected) {
        (Some(status), false) => {
            notes.push(format!("expected status {status}, got {}", response.status));
        }
        (None, false) if options.tamper.is_some() => {
            notes.push(rejection(response.status).to_owned())
        }
        (None, false) => {
            notes.push("not a 2xx response: the provider counts the delivery as failed".into())
        }
        (_, true) => {}
    }
    if let (Some(how), true) = (options.tamper, response.is_success()) {
        notes.push(format!("the endpoint accepted a delivery that {}", how.clause()));
    }
    if response.is_success() && options.tamper.is_none() {
        notes.extend(differs_from_document(provider, response));
    }
    notes
}

/// How the endpoint took a corrupted delivery, by a status that is not 2xx. A crash is not a rejection: the next
/// delivery may be accepted.
fn rejection(status: u16) -> &'static str {
    match status {
        400..=499 => "rejected, as it should be; --expect-status 4xx makes that a success",
        500..=599 => "the endpoint failed instead of rejecting it: it should respond with 4xx",
        _ => "neither accepted nor rejected: the endpoint should respond with 4xx",
    }
}

/// How a successful response differs from the one that the provider documents.
fn differs_from_document(provider: &Provider, response: &Response) -> Option<String> {
    let documented = &provider.response;
    let status_fits = documented.status.is_none_or(|status| status == response.status);
    let body_fits = documented.body.as_ref().is_none_or(|wanted| {
        let parse = |bytes: &[u8]| serde_json::from_slice::<Value>(bytes).ok();
        match parse(wanted.as_bytes()) {
            Some(wanted) => parse(&response.body) == Some(wanted),
            None => response.body == wanted.as_bytes(),
        }
    });
    if status_fits && body_fits {
        return None;
    }
    let wanted = [documented.status.map(|status| status.to_string()), documented.body.clone()];
    let wanted: Vec<_> = wanted.into_iter().flatten().collect();
    Some(format!(
        "accepted, but the response is not the documented one: {} ({})",
        wanted.join(" "),
        provider.document
    ))
}

/// What to try when a response is not 2xx and nothing else was expected.
fn hint(options: &SendOptions, provider: &Provider, status: u16) -> Option<String> {
    if options.expect_status.is_some() || options.tamper.is_some() {
        return None;
    }
    let hint = match status {
        400 | 401 | 403 if provider.signs() => {
            return Some(format!(
                "if it rejects the signature: check that the endpoint has this secret and expects the signature of \
                 {}; `cz-hook test` finds out what it accepts",
                provider.name
            ));
        }
        404 | 410 => "there is nothing at this path: check the path of the URL",
        405 => "this path does not accept POST: check the path of the URL",
        429 => "the endpoint limits the request rate: wait, or raise its limit for tests",
        500.. => "check the endpoint's log: the handler failed, it did not reject the delivery",
        _ => return None,
    };
    Some(hint.to_owned())
}
