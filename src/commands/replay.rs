//! `cz-hook replay`: deliveries from a capture, sent again: byte for byte, or signed anew.

use std::ops::ControlFlow;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::capture::{Captured, raw_http};
use crate::cli::replay::{ReplayArgs, Speed};
use crate::config::{self, Settings};
use crate::error::Error;
use crate::error::Exit;
use crate::http::{Endpoint, RawClient, Response, SendErrorKind, proxy};
use crate::output::console::Console;
use crate::output::replayed::Replayed;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::{parse_body, parse_fields};
use crate::webhook::provider::Provider;
use crate::webhook::provider::detect::detect;
use crate::webhook::signature::secret::Secret;
use crate::webhook::signature::sign::signature;

use super::captures;
use super::selection::{self, Selection};
use super::shared::{progress, runtime};

/// The most that is read of an answer's body, in bytes: only the status counts.
const MOST_OF_ANSWER: usize = 64 << 10;

pub fn run(args: &ReplayArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let endpoint = Endpoint::parse(settings.url(args.url.as_deref())?)?;
    let is_signed_anew = args.resign || !args.set.is_empty();
    let secret =
        console.show_notes(settings.signing_secret(&args.secret.options(), is_signed_anew)?);
    if is_signed_anew && secret.is_none() {
        return Err(config::no_secret("sign anew"));
    }
    if secret.is_some()
        && !is_signed_anew
        && (args.secret.secret.is_some() || args.secret.secret_file.is_some())
    {
        return Err(Error::usage(
            "a secret was given, and nothing is signed: deliveries go out with their own signatures",
            "add --resign, or leave out the secret",
        ));
    }
    let transport = args.transport.transport(args.timeout);
    let sender = RawClient::new(&endpoint, &transport, MOST_OF_ANSWER)?;
    runtime::sending(|runtime| {
        let run = Run {
            args,
            settings,
            endpoint: &endpoint,
            sender,
            runtime,
            secret: secret.filter(|_| is_signed_anew),
            console,
        };
        run.all()
    })
}

struct Run<'r> {
    args: &'r ReplayArgs,
    settings: &'r Settings,
    endpoint: &'r Endpoint,
    sender: RawClient,
    runtime: &'r Runtime,
    secret: Option<Secret>,
    console: &'r Console,
}

/// How far a run has come.
#[derive(Default)]
struct Tally {
    sent: u64,
    refused: u64,
    answered: u64,
    /// Why the last one without an answer got none.
    error: Option<Error>,
    previous: Option<Timestamp>,
}

impl Run<'_> {
    fn all(&self) -> Result<Exit, Error> {
        let mut tally = Tally::default();
        let mut failed = Ok(());
        let template = "{spinner} {pos} deliveries, {per_sec}, {elapsed}";
        let progress = progress::bar(None, template, 4, self.console);
        let mut visit = |captured: Captured| {
            progress.inc(1);
            failed = progress.suspend(|| self.one(&captured, &mut tally));
            match failed {
                Ok(()) => ControlFlow::Continue(()),
                Err(_) => ControlFlow::Break(()),
            }
        };
        let capture = captures::open_what_there_is(Some(&self.args.capture), self.console)?;
        if self.args.id.is_empty() {
            let chosen = Selection::of(&self.args.filter, self.settings.catalog);
            capture.each(&chosen, visit)?;
        } else {
            // All of them are there before the first one is sent.
            for captured in capture.pick(&self.args.id)? {
                if visit(captured).is_break() {
                    break;
                }
            }
        }
        progress.finish_and_clear();
        failed?;
        if tally.sent == 0 {
            if self.is_everything() {
                return Err(captures::no_deliveries());
            }
            return Err(Error::usage(
                "no delivery in the capture is asked for",
                "`cz-hook inspect FILE` lists what there is",
            ));
        }
        if tally.sent > 1 {
            self.console.note(&format!(
                "{} deliveries sent, {} not answered with 2xx",
                tally.sent, tally.refused
            ));
        }
        match (tally.error, tally.refused) {
            (Some(error), _) if tally.answered == 0 => Err(error),
            (_, 0) => Ok(Exit::Success),
            _ => Ok(Exit::Failure),
        }
    }

    /// Whether nothing in the capture was left out.
    fn is_everything(&self) -> bool {
        let filter = &self.args.filter;
        self.args.id.is_empty()
            && filter.event.is_none()
            && filter.provider.is_none()
            && filter.verdict.is_none()
            && filter.since.is_none()
    }

    /// Sends one delivery and says what came of it.
    fn one(&self, captured: &Captured, tally: &mut Tally) -> Result<(), Error> {
        let mut delivery = captured.delivery.clone();
        if let Some(secret) = &self.secret {
            self.sign_anew(captured.id, &mut delivery, secret)?;
        }
        self.pause(captured, tally);
        let sent = proxy::readdress(&delivery, self.endpoint);
        let request = raw_http::write(&sent).into();
        let exchange = self.sender.exchange(self.endpoint, &sent, request);
        let outcome = match self.runtime.block_on(exchange) {
            // Nobody there at all: there is nothing to be learnt from trying the others.
            Err(none) if tally.sent == 0 && none.kind == SendErrorKind::Unreachable => {
                return Err(none.error);
            }
            Err(none) => {
                let what = none.error.message.clone();
                tally.error = Some(none.error);
                Err(what)
            }
            Ok(answer) => Ok(answer),
        };
        tally.sent += 1;
        tally.answered += u64::from(outcome.is_ok());
        if !outcome.as_ref().is_ok_and(Response::is_success) {
            tally.refused += 1;
        }
        let found = selection::found(captured, self.settings.catalog);
        let line = Replayed {
            id: captured.id,
            found: &found,
            url: self.endpoint.url(),
            delivery: &sent,
            resigned: self.secret.is_some(),
            outcome: outcome.as_ref().map_err(String::as_str),
        };
        if self.args.json {
            self.console.print(&line.json())
        } else {
            self.console.report(&line.human(self.console.out))
        }
    }

    /// The pause that was between this delivery and the one before, as fast as asked for.
    fn pause(&self, captured: &Captured, tally: &mut Tally) {
        let now = captured.delivery.received_at;
        if let (Speed::Times(factor), Some(now), Some(before)) =
            (self.args.speed, now, tally.previous)
        {
            let pause = now.duration_since(before).as_secs_f64() / factor;
            // What came at once, or out of order, goes out at once.
            if let Ok(pause) = Duration::try_from_secs_f64(pause) {
                std::thread::sleep(pause);
            }
        }
        tally.previous = now.or(tally.previous);
    }

    /// Changes what is to be changed, and signs the result in the place of the old signature.
    fn sign_anew(&self, id: u64, delivery: &mut Delivery, secret: &Secret) -> Result<(), Error> {
        let provider = self.provider(id, delivery)?;
        if !self.args.set.is_empty() {
            let document = parse_body(&delivery.body).map_err(|why| {
                Error::usage(
                    format!("the body of delivery {id} is not JSON: {why}"),
                    "leave out --set, or choose deliveries with --event",
                )
            })?;
            let mut text = document.text().to_owned();
            for assignment in &self.args.set {
                assignment.apply(&mut text, self.args.add).map_err(|why| {
                    super::shared::sample::unsettable(
                        &why,
                        &format!("`cz-hook inspect FILE {id}` prints the delivery"),
                    )
                })?;
            }
            delivery.body = text.into();
            proxy::set_length(&mut delivery.headers, &delivery.body);
        }
        let Some(scheme) = &provider.signature else {
            return Err(Error::usage(
                format!(
                    "{} does not sign: delivery {id} cannot be signed anew",
                    provider.name
                ),
                "leave out --resign and --set for it",
            ));
        };
        let value =
            signature(scheme, secret, &delivery.headers, &delivery.body).map_err(|why| {
                Error::usage(
                    format!("delivery {id} cannot be signed: {why}"),
                    "leave out --resign",
                )
            })?;
        delivery.headers.set_value(&scheme.header, value);
        Ok(())
    }

    fn provider(&self, id: u64, delivery: &Delivery) -> Result<&'static Provider, Error> {
        if let Some(name) = &self.args.filter.provider {
            return self.settings.producing(Some(name));
        }
        let catalog = self.settings.catalog;
        let body = parse_fields(&delivery.body, catalog.fields()).ok();
        detect(catalog, &delivery.headers, body.as_ref())
            .provider
            .or(self.settings.receiving(None)?)
            .ok_or_else(|| {
                Error::usage(
                    format!("the provider of delivery {id} cannot be recognised"),
                    format!("name it: --id {id} --provider NAME"),
                )
            })
    }
}
