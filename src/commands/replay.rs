//! `cz-hook replay`: sends the deliveries of a capture again, byte for byte or re-signed.

use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;
use tokio::runtime::Runtime;

use crate::capture::journal::Filter;
use crate::config::{SecretOptions, Settings};
use crate::error::{Error, Exit};
use crate::http::{Endpoint, RawClient, Response, SendErrorKind, Transport, readdress};
use crate::load::summary::Label;
use crate::output::console::Console;
use crate::output::exchange::Replayed;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::{BOM, parse_body};
use crate::webhook::payload::set::Assignment;
use crate::webhook::record::DeliveryRecord;
use crate::webhook::signature::request::is_form;
use crate::webhook::signature::scheme::Algorithm;
use crate::webhook::signature::{Secret, SignatureContext};

use super::load::BulkOptions;
use super::load::bulk_replay::{self, BulkReplay, Recorded};
use super::send::headers as sent_headers;
use super::shared::capture::{analysis, no_deliveries, open_partial_capture};
use super::shared::hidden::without_secret;
use super::shared::input::InputOptions;
use super::shared::resign::Resigner;
use super::shared::sample::unsettable;
use super::shared::signing::SigningOptions;
use super::shared::{progress_bar, runtime};

/// The most that is read of a response's body, in bytes: only the status counts.
const MAX_RESPONSE: usize = 64 << 10;

/// The options of `replay`.
#[derive(Debug)]
pub struct ReplayOptions {
    pub capture: PathBuf,
    pub input: InputOptions,
    /// The endpoint; `None` is the profile's.
    pub url: Option<String>,
    /// Only the deliveries of these numbers, if there are any.
    pub ids: Vec<u64>,
    /// Which deliveries; its provider is that of all of them.
    pub filter: Filter,
    pub resign: bool,
    pub set: Vec<Assignment>,
    pub add: bool,
    pub secret: SecretOptions,
    pub signing: SigningOptions,
    /// How many times as fast as they were received; infinite is without pauses.
    pub speed: f64,
    pub transport: Transport,
    /// Headers of every request, in addition to the delivery's or in the place of them.
    pub headers: Vec<(String, Vec<u8>)>,
    pub json: bool,
    /// Many requests, instead of each delivery once.
    pub bulk: Option<BulkOptions>,
}

/// The most deliveries that are sent in bulk, and the most bytes that they have: all are in memory.
const MAX_DELIVERIES: usize = 100_000;
const MAX_BYTES: usize = 256 << 20;

pub fn run(options: &ReplayOptions, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    let endpoint = Endpoint::parse(settings.url(options.url.as_deref())?)?;
    // A changed body is signed again when a secret is given.
    let is_changed = !options.set.is_empty();
    let is_resigned = options.resign || is_changed && !options.secret.is_empty();
    let secret = console.show_notes(settings.signing_secret(&options.secret, is_resigned)?);
    if is_resigned && secret.is_none() {
        return Err(settings.no_secret("re-sign"));
    }
    if secret.is_some() && !is_resigned && !options.secret.is_empty() {
        return Err(Error::usage(
            "a secret was given, and nothing is signed: deliveries go out with their own signatures",
            "add --resign, or leave out the secret",
        ));
    }
    if is_changed && !is_resigned {
        console.note(
            "the signatures are those of the bodies before --set, and no longer fit: --resign makes new ones",
        );
    }
    let run = Run {
        options,
        settings,
        endpoint: &endpoint,
        secret: secret.filter(|_| is_resigned),
        context: options.signing.context.context(settings),
        headers: sent_headers(options.headers.clone())?,
        console,
    };
    match &options.bulk {
        None => {
            let client = RawClient::new(&endpoint, &options.transport, MAX_RESPONSE)?;
            runtime::sending(|runtime| run.all(&Sender { client, runtime }))
        }
        Some(bulk) => run.in_bulk(bulk),
    }
}

struct Run<'r> {
    options: &'r ReplayOptions,
    settings: &'r Settings,
    endpoint: &'r Endpoint,
    secret: Option<Secret>,
    context: SignatureContext,
    headers: Headers,
    console: &'r Console,
}

/// What sends one delivery after the other.
struct Sender<'r> {
    client: RawClient,
    runtime: &'r Runtime,
}

/// How far a run has come.
#[derive(Default)]
struct Progress {
    sent: u64,
    refused: u64,
    answered: u64,
    /// Why the last one without a response got none.
    error: Option<Error>,
    previous: Option<Timestamp>,
}

impl Run<'_> {
    fn all(&self, sender: &Sender<'_>) -> Result<Exit, Error> {
        let mut done = Progress::default();
        let template = "{spinner} {pos} deliveries, {per_sec}, {elapsed}";
        let progress = progress_bar(None, template, 4, self.console);
        self.each(|record| {
            progress.inc(1);
            progress.suspend(|| self.one(&record, sender, &mut done))
        })?;
        progress.finish_and_clear();
        if done.sent == 0 {
            return Err(self.nothing());
        }
        if done.sent > 1 {
            self.console.note(&format!(
                "{} deliveries sent, {} without a 2xx response",
                done.sent, done.refused
            ));
        }
        match (done.error, done.refused) {
            (Some(error), _) if done.answered == 0 => Err(error),
            (_, 0) => Ok(Exit::Success),
            _ => Ok(Exit::Failure),
        }
    }

    /// Sends the deliveries in bulk.
    fn in_bulk(&self, bulk: &BulkOptions) -> Result<Exit, Error> {
        let mut recorded = Vec::new();
        let mut bytes = 0;
        self.each(|record| {
            bytes += record.delivery.body.len();
            if recorded.len() >= MAX_DELIVERIES || bytes > MAX_BYTES {
                return Err(Error::usage(
                    format!(
                        "more than {MAX_DELIVERIES} deliveries or 256 MiB cannot be sent in bulk"
                    ),
                    "choose some with --event, --since or --last",
                ));
            }
            recorded.push(self.recorded(&record)?);
            Ok(())
        })?;
        if recorded.is_empty() {
            return Err(self.nothing());
        }
        let replay = BulkReplay {
            recorded,
            endpoint: self.endpoint.clone(),
            transport: self.options.transport.clone(),
            secret: self.secret.clone(),
            context: self.context.clone(),
            at: self.options.signing.timestamp,
            add: self.options.add,
            json: self.options.json,
            headers: self.headers.clone(),
        };
        bulk_replay::run(replay, bulk, self.console)
    }

    /// Visits the deliveries that the options choose.
    fn each(
        &self,
        mut visit: impl FnMut(DeliveryRecord) -> Result<(), Error>,
    ) -> Result<(), Error> {
        let capture =
            open_partial_capture(Some(&self.options.capture), &self.options.input, self.console)?;
        if self.options.ids.is_empty() {
            let (filter, catalog) = (&self.options.filter, self.settings.catalog);
            return capture.each(filter, catalog, |record| visit(record).map(|()| true));
        }
        // All of them are there before the first one is sent.
        capture.pick(&self.options.ids)?.into_iter().try_for_each(visit)
    }

    fn resigner(&self) -> Resigner<'_> {
        Resigner {
            settings: self.settings,
            signing: &self.options.signing,
            context: &self.context,
            provider: self.options.filter.provider.as_deref(),
        }
    }

    /// A delivery with everything but new signatures.
    fn recorded(&self, record: &DeliveryRecord) -> Result<Recorded, Error> {
        let delivery = self.changed(record)?;
        let schemes = match &self.secret {
            Some(secret) => self.resigner().schemes(record.id, &delivery, secret)?,
            None => Vec::new(),
        };
        let found = analysis(record, self.settings.catalog);
        let provider =
            found.provider.as_deref().and_then(|name| self.settings.catalog.provider(name));
        let has_token = provider.is_some_and(|provider| {
            let mut tokens =
                provider.signatures.iter().filter(|one| one.algorithm == Algorithm::Token);
            tokens.any(|scheme| scheme.is_in(&delivery))
        });
        let label = Label {
            provider: found.provider.as_deref().map(str::to_owned),
            event: found.event.clone(),
            channel: found.channel.clone(),
        };
        Ok(Recorded { delivery, schemes, has_token, label })
    }

    /// Why nothing can be sent.
    fn nothing(&self) -> Error {
        if self.is_everything() {
            return no_deliveries();
        }
        Error::usage(
            "no delivery matches the filters",
            "`cz-hook inspect FILE` lists what there is",
        )
    }

    /// Whether nothing in the capture was left out.
    fn is_everything(&self) -> bool {
        let last = self.options.filter.last;
        let nothing = Filter { last, ..Filter::default() };
        self.options.ids.is_empty() && self.options.filter == nothing
    }

    /// Sends one delivery and reports the result.
    fn one(
        &self,
        record: &DeliveryRecord,
        sender: &Sender<'_>,
        done: &mut Progress,
    ) -> Result<(), Error> {
        let mut delivery = self.changed(record)?;
        let schemes = match &self.secret {
            Some(secret) => self.resigner().resign(record.id, &mut delivery, secret)?,
            None => Vec::new(),
        };
        self.pause(record, done);
        let sent = readdress::readdress(&delivery, self.endpoint);
        let request = sent.to_wire(usize::MAX).into();
        let exchange = sender.client.exchange(self.endpoint, &sent, request);
        let outcome = match sender.runtime.block_on(exchange) {
            // Endpoint unreachable: the other deliveries would fail in the same way.
            Err(none) if done.sent == 0 && none.kind == SendErrorKind::Unreachable => {
                return Err(none.error);
            }
            Err(none) => {
                let what = none.error.message.clone();
                done.error = Some(none.error);
                Err(what)
            }
            Ok(answer) => Ok(answer),
        };
        done.sent += 1;
        done.answered += u64::from(outcome.is_ok());
        if !outcome.as_ref().is_ok_and(Response::is_success) {
            done.refused += 1;
        }
        let analysis = analysis(record, self.settings.catalog);
        let mut shown = without_secret(&sent, schemes, self.secret.as_ref());
        shown.headers.hide_values(&self.headers);
        let line = Replayed {
            id: record.id,
            analysis: &analysis,
            url: &self.endpoint.url_of(&shown.target),
            delivery: &shown,
            resigned: self.secret.is_some(),
            outcome: outcome.as_ref().map_err(String::as_str),
        };
        if self.options.json {
            self.console.print(&line.json())
        } else {
            self.console.report(&line.human(self.console.out))
        }
    }

    /// A delivery with the values of --set and the headers of -H.
    fn changed(&self, record: &DeliveryRecord) -> Result<Delivery, Error> {
        let mut delivery = record.delivery.clone();
        if !self.options.set.is_empty() {
            self.change(record.id, &mut delivery)?;
        }
        // Before it is signed: a scheme may sign one of them.
        delivery.headers.replace_all(&self.headers);
        Ok(delivery)
    }

    /// The pause that was between this delivery and the one before, divided by the speed.
    fn pause(&self, record: &DeliveryRecord, done: &mut Progress) {
        let now = record.delivery.received_at;
        if let (Some(now), Some(before)) = (now, done.previous) {
            let pause = now.duration_since(before).as_secs_f64() / self.options.speed;
            // Deliveries that were received at the same time, or out of order, are sent without a pause.
            if let Ok(pause) = Duration::try_from_secs_f64(pause) {
                std::thread::sleep(pause);
            }
        }
        done.previous = now.or(done.previous);
    }

    /// Changes the values of --set. Every other byte of the body stays.
    fn change(&self, id: u64, delivery: &mut Delivery) -> Result<(), Error> {
        let unusable = |why: String| {
            Error::usage(
                format!("the body of delivery {id} is {why}"),
                "leave out --set, or choose deliveries with --event",
            )
        };
        let is_form = is_form(delivery) && parse_body(&delivery.body).is_err();
        let mut text = match is_form {
            true => String::from_utf8(delivery.body.to_vec())
                .map_err(|_| unusable("a form that is not UTF-8".to_owned()))?,
            false => parse_body(&delivery.body)
                .map_err(|why| unusable(format!("not JSON: {why}")))?
                .text()
                .to_owned(),
        };
        for assignment in &self.options.set {
            let applied = match is_form {
                true => assignment.apply_to_form(&mut text, self.options.add),
                false => assignment.apply(&mut text, self.options.add),
            };
            applied.map_err(|why| {
                let hint = format!("`cz-hook inspect FILE {id}` prints the delivery");
                unsettable(&why, &hint)
            })?;
        }
        let bom = if !is_form && delivery.body.starts_with(BOM) { BOM } else { b"" };
        delivery.body = [bom, text.as_bytes()].concat().into();
        readdress::set_length(&mut delivery.headers, &delivery.body);
        Ok(())
    }
}
