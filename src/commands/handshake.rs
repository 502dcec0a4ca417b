//! `cz-hook send --handshake`: the provider's side of a handshake, and a report of the endpoint's responses.

use crate::config::{SecretOptions, Settings, VerifyToken};
use crate::conformance::{HandshakeProbe, HandshakeSender, redact};
use crate::error::{Error, Exit};
use crate::http::{Endpoint, RawClient, Transport};
use crate::output::console::Console;
use crate::output::handshake::SentHandshake;
use crate::webhook::handshake::{Handshake, Probe};
use crate::webhook::provider::Provider;
use crate::webhook::signature::Secret;
use crate::webhook::suggest;

use super::send;
use super::shared::runtime;
use super::shared::signing::SigningOptions;

#[derive(Debug)]
pub struct HandshakeOptions {
    /// The one handshake; `None` for all of the provider's.
    pub name: Option<String>,
    /// The endpoint; `None` for the profile's.
    pub url: Option<String>,
    pub provider: Option<String>,
    pub secret: SecretOptions,
    pub signing: SigningOptions,
    pub verify_token: Option<VerifyToken>,
    pub headers: Vec<(String, Vec<u8>)>,
    pub transport: Transport,
    /// Print the requests, send nothing.
    pub dry_run: bool,
    pub json: bool,
}

/// The maximum size of a response that is read, in bytes.
const MAX_RESPONSE: usize = 64 << 10;

pub fn run(
    options: &HandshakeOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    let provider = settings.producing(options.provider.as_deref())?;
    let handshakes = chosen(provider, options.name.as_deref(), settings)?;
    let endpoint = Endpoint::parse(settings.url(options.url.as_deref())?)?;
    let needs_secret = handshakes.iter().any(|one| one.signed || one.key.is_some());
    let secret = console.show_notes(settings.signing_secret(&options.secret, needs_secret)?);
    let token = console.show_notes(settings.verify_token(options.verify_token.as_ref())?);
    let is_signed = handshakes.iter().any(|one| one.signed);
    if secret.is_some() {
        let flag = options.provider.as_deref();
        options.signing.check_disclosure(settings, flag, provider)?;
        if handshakes.iter().any(|one| one.key.is_some()) {
            settings.check_disclosure(flag, provider)?;
        }
    }
    let scheme = match &secret {
        Some(secret) if is_signed => Some(options.signing.scheme(provider, secret)?),
        _ => None,
    };
    let sender = HandshakeSender {
        provider,
        endpoint: &endpoint,
        scheme,
        context: &options.signing.context.context(settings),
        stamp: options.signing.stamp(),
        secret: secret.as_ref(),
        verify_token: token.as_ref(),
    };
    let headers = send::headers(settings.headers(&options.headers))?;
    let mut probes = Vec::new();
    for handshake in handshakes {
        for probe in handshake.probes() {
            let mut built = sender.build(handshake, probe).map_err(|why| {
                Error::usage(
                    format!("the handshake {} cannot be sent: {why}", handshake.name),
                    "give --secret, or --verify-token with the text that you entered at the provider",
                )
            })?;
            for delivery in [&mut built.delivery, &mut built.shown] {
                headers.iter().for_each(|(name, value)| delivery.headers.set(name, value));
            }
            probes.push((handshake, probe, built));
        }
    }
    if options.dry_run {
        for (_, _, built) in &probes {
            console.print(&built.delivery.to_wire(usize::MAX))?;
            console.print(b"\n")?;
        }
        return Ok(Exit::Success);
    }
    let secrets: Vec<_> = secret.iter().chain(&token).collect();
    let client = RawClient::new(&endpoint, &options.transport, MAX_RESPONSE)?;
    let sending = send_all(options, provider, &endpoint, &client, &probes, &secrets, console);
    runtime::sending(|runtime| runtime.block_on(sending))
}

/// The handshakes of the provider, or the one of this name.
fn chosen<'p>(
    provider: &'p Provider,
    name: Option<&str>,
    settings: &Settings,
) -> Result<Vec<&'p Handshake>, Error> {
    let all = &provider.handshakes;
    if all.is_empty() {
        let others = settings.catalog.providers_with_handshakes();
        let others: Vec<_> = others.map(|other| other.name.as_str()).collect();
        return Err(Error::usage(
            format!("{} has no handshake", provider.name),
            match others.is_empty() {
                true => "[[handshake]] in a provider.toml describes one".to_owned(),
                false => format!("--provider names one that has: {}", others.join(", ")),
            },
        ));
    }
    let Some(name) = name else {
        return Ok(all.iter().collect());
    };
    let found = all.iter().find(|one| one.name == name);
    found.map(|one| vec![one]).ok_or_else(|| {
        let names = all.iter().map(|one| one.name.as_str());
        let near = suggest::nearest(name, names.clone());
        let near = near.map_or(String::new(), |near| format!("did you mean `{near}`? "));
        let all: Vec<_> = names.collect();
        Error::usage(
            format!("{} has no handshake `{name}`", provider.name),
            format!("{near}There are: {}", all.join(", ")),
        )
    })
}

async fn send_all(
    options: &HandshakeOptions,
    provider: &Provider,
    endpoint: &Endpoint,
    client: &RawClient,
    probes: &[(&Handshake, Probe, HandshakeProbe)],
    secrets: &[&Secret],
    console: &Console,
) -> Result<Exit, Error> {
    let mut exit = Exit::Success;
    for (handshake, probe, built) in probes {
        let bytes = built.delivery.to_wire(usize::MAX).into();
        let mut response = client.exchange(endpoint, &built.delivery, bytes).await?;
        let (status, headers, body) = (response.status, &response.headers, &response.body);
        let judged = handshake.judge(*probe, &built.expected, status, headers, body);
        let is_right = judged.is_ok();
        let remarks = judged.unwrap_or_else(|why| vec![why]);
        for secret in secrets {
            redact(&mut response, secret.expose());
        }
        let sent = SentHandshake {
            url: endpoint.url(),
            provider: &provider.name,
            handshake: &handshake.name,
            probe: *probe,
            request: &built.shown,
            response: &response,
            expected: is_right,
            expectation: handshake.expectation(*probe, &built.expected),
            remarks,
        };
        match options.json {
            true => console.print(&sent.json())?,
            false => console.report(&sent.human(console.out, console.verbose))?,
        }
        if !is_right {
            exit = Exit::Failure;
        }
    }
    Ok(exit)
}
