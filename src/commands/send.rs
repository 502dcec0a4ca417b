//! `cz-hook send`: signed deliveries to an endpoint, and the truth about its answers.

use crate::cli::send::SendArgs;
use crate::config::{self, Settings};
use crate::error::Error;
use crate::error::Exit;
use crate::http::{Answer, Endpoint, Sender};
use crate::output::console::Console;
use crate::output::exchange::Sent;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::signature::secret::Secret;
use crate::webhook::signature::sign::signature;
use crate::webhook::signature::tamper::{Tamper, TamperError, tamper};
use crate::webhook::wire;

use super::compose::{self, Composed};
use super::remarks::{hint, remarks};
use super::retry::Retrying;
use super::runtime;
use super::transport::transport;

/// Headers that follow from the body and cannot be given.
const FROM_THE_BODY: [&str; 2] = ["content-length", "transfer-encoding"];

pub fn run(args: &SendArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let endpoint = Endpoint::parse(settings.url(args.url.as_deref())?)?;
    let composed = if args.all {
        compose::all(&args.sample, settings)?
    } else {
        vec![compose::one(&args.sample, settings, console)?]
    };
    let is_signed = args.tamper != Some(Tamper::Missing)
        && composed.iter().any(|one| one.provider.signature.is_some());
    let secret = settings.signing_secret(&args.secret, is_signed, console)?;
    let headers = settings.headers(&args.headers);
    let is_the_bodys = |name: &str| {
        FROM_THE_BODY
            .iter()
            .any(|own| name.eq_ignore_ascii_case(own))
    };
    if let Some((name, _)) = headers.iter().find(|(name, _)| is_the_bodys(name)) {
        return Err(Error::usage(
            format!("the header {name} follows from the body and cannot be given"),
            "leave it out",
        ));
    }
    let mut prepared = Vec::with_capacity(composed.len());
    for one in composed {
        let delivery = prepare(args, &headers, &endpoint, &one, secret.as_ref())?;
        prepared.push((one, delivery));
    }
    if args.dry_run {
        for (_, delivery) in &prepared {
            console.print(&wire::write(delivery, usize::MAX))?;
        }
        return Ok(Exit::Success);
    }
    let transport = transport(&args.transport, args.timeout)?;
    if let ([(one, delivery)], true) = (&prepared[..], args.retry.retry) {
        let retrying = Retrying {
            args,
            endpoint: &endpoint,
            transport: &transport,
            one,
            delivery,
            console,
        };
        return runtime::sending(|runtime| runtime.block_on(retrying.run_until_interrupted()));
    }
    let sender = Sender::new(&endpoint, &transport)?;
    let each = one_by_one(args, &endpoint, &sender, &prepared, console);
    runtime::sending(|runtime| runtime.block_on(each))
}

async fn one_by_one(
    args: &SendArgs,
    endpoint: &Endpoint,
    sender: &Sender,
    prepared: &[(Composed, Delivery)],
    console: &Console,
) -> Result<Exit, Error> {
    let mut exit = Exit::Success;
    let mut told = None;
    let total = prepared.len();
    for (i, (one, delivery)) in prepared.iter().enumerate() {
        let sent = sender.send(endpoint, delivery).await;
        let answer = sent.inspect_err(|_| {
            if total > 1 {
                console.note(&format!("{i} of {total} deliveries were answered"));
            }
        })?;
        if !show(args, endpoint, one, delivery, &answer, console)? {
            exit = Exit::Failure;
            told = told.or_else(|| hint(args, one.provider, answer.status));
        }
        if total > 1 && !args.json {
            console.report("\n")?;
        }
    }
    if let Some(hint) = told {
        console.hint(&hint);
    }
    Ok(exit)
}

/// The request for a body: standard headers, the signature as asked for, then the user's headers.
fn prepare(
    args: &SendArgs,
    headers: &[(String, Vec<u8>)],
    endpoint: &Endpoint,
    one: &Composed,
    secret: Option<&Secret>,
) -> Result<Delivery, Error> {
    let mut body = one.body.clone();
    let mut given = Headers::default();
    for (name, value) in headers {
        given.push(name.to_ascii_lowercase(), value.as_slice());
    }
    let value = match (&one.provider.signature, args.tamper) {
        (None, None) => None,
        (None, Some(_)) => {
            return Err(Error::usage(
                format!(
                    "{} does not sign: there is nothing to tamper with",
                    one.provider.name
                ),
                "leave out --tamper, or choose a provider that signs",
            ));
        }
        (Some(_), Some(Tamper::Missing)) => None,
        (Some(scheme), how) => {
            let secret = secret.ok_or_else(|| config::no_secret("sign"))?;
            match how {
                None => Some(
                    signature(scheme, secret, &given, &body)
                        .map_err(|why| unsignable(&why.to_string()))?,
                ),
                Some(how) => {
                    let spoilt = tamper(how, scheme, secret, &given, &body)
                        .map_err(|why| untamperable(how, &why))?;
                    body = spoilt.body;
                    spoilt.signature
                }
            }
        }
    };
    let mut delivery = endpoint.request(body);
    if let (Some(scheme), Some(value)) = (&one.provider.signature, value) {
        delivery.headers.push(&scheme.header, value);
    }
    // A header given once or more replaces ours of that name, and keeps its own duplicates, side by
    // side as the HTTP library writes them.
    let mut replaced: Vec<&str> = Vec::new();
    for (name, value) in given.iter() {
        if replaced.contains(&name) {
            delivery.headers.push_beside(name, value);
        } else {
            delivery.headers.set(name, value);
            replaced.push(name);
        }
    }
    Ok(delivery)
}

fn unsignable(why: &str) -> Error {
    Error::usage(
        format!("the delivery cannot be signed: {why}"),
        "give the header with -H",
    )
}

fn untamperable(how: Tamper, why: &TamperError) -> Error {
    Error::usage(
        format!("--tamper {}: {why}", how.name()),
        "choose another way to tamper",
    )
}

/// Whether an answer is what was asked for.
pub fn is_expected(args: &SendArgs, answer: &Answer) -> bool {
    match args.expect_status {
        Some(status) => status.admits(answer.status),
        None => answer.is_success(),
    }
}

/// Shows an exchange; says whether the answer is what was asked for.
pub fn show(
    args: &SendArgs,
    endpoint: &Endpoint,
    one: &Composed,
    delivery: &Delivery,
    answer: &Answer,
    console: &Console,
) -> Result<bool, Error> {
    let expected = is_expected(args, answer);
    let remarks = remarks(args, one.provider, answer, expected);
    let scheme = one.provider.signature.as_ref();
    let sent = Sent {
        url: endpoint.url(),
        provider: &one.provider.name,
        event: one.event.as_deref(),
        channel: one.channel.as_deref(),
        delivery,
        signature: scheme
            .map(|s| s.header.as_str())
            .filter(|h| delivery.headers.get(h).is_some()),
        tampered: args.tamper.map(Tamper::name),
        answer,
        expected,
        remarks: &remarks,
    };
    if args.json {
        console.print(&sent.json())?;
    } else {
        console.report(&sent.human(console.out, console.verbose))?;
    }
    Ok(expected)
}
