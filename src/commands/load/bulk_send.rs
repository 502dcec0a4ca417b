//! The requests of `send` in bulk: samples by their weights, or a body of the user.

use bytes::Bytes;

use super::run::{self, Workload};
use super::unique;
use crate::commands::retry;
use crate::commands::send::{self, BulkSend, SendOptions, Signer};
use crate::commands::shared::hidden::without_secret;
use crate::commands::shared::sample::{SampleOptions, SignableBody, find_sample, from_sample};
use crate::config::Settings;
use crate::error::{Error, Exit};
use crate::http::Endpoint;
use crate::load::engine::Retries;
use crate::load::generator::Encoder;
use crate::load::plan::Order;
use crate::load::summary::Label;
use crate::load::template::SignedWith;
use crate::output::console::Console;
use crate::webhook::delivery::Delivery;
use crate::webhook::retry::Schedule;
use crate::webhook::signature::sign::Stamp;
use crate::webhook::signature::tamper::Tamper;

/// Sends the requests, or prints or exports them.
pub fn run(
    options: &SendOptions,
    bulk: &BulkSend,
    settings: &Settings,
    console: &Console,
) -> Result<Exit, Error> {
    if options.signing.id.is_some() {
        return Err(Error::usage(
            "--webhook-id would give all deliveries the same id",
            "leave it out; --duplicate repeats ids",
        ));
    }
    let endpoint = Endpoint::parse(settings.url(options.url.as_deref())?)?;
    let (bodies, weights) = match bulk.mix.is_empty() {
        true => {
            let bodies = send::bodies(options, settings, console)?;
            let weights = vec![1.0; bodies.len()];
            (bodies, weights)
        }
        false => mixed(&bulk.mix, &options.sample, settings, console)?,
    };
    let signer = send::signer(options, &bodies, settings, console)?;
    let plan = bulk.bulk.plan(Order::Weighted(weights));
    let run = plan.run();
    let mut templates = Vec::new();
    let mut has_equal = false;
    for body in &bodies {
        let is_form = body.provider.envelope.form && !body.body.trim_ascii().starts_with(b"{");
        let chosen = match &bulk.bulk.unique {
            Some(given) => given.clone(),
            // A body of the user stays as it is.
            None if options.sample.has_own_body() || is_form => Vec::new(),
            None => unique::by_default(body.provider, &body.body, &run).into_iter().collect(),
        };
        let template = unique::template(&body.body, is_form, &chosen, &run, options.sample.add)?;
        has_equal |= !template.is_unique();
        templates.push(template);
    }
    if has_equal && bulk.bulk.unique.is_none() {
        console.note(
            "not all bodies differ: --unique PATH=TEXT, such as payload.id=id_{run}_{n}, gives each its own id",
        );
    }
    let retries = bulk.retry.as_ref().and_then(|retry| {
        let provider = bodies.first()?.provider;
        // --seed is that of the whole run.
        let schedule = Schedule { seed: plan.seed, ..retry::schedule(retry, provider) };
        Some(Retries { schedule, time_scale: retry.time_scale })
    });
    let labels = bodies
        .iter()
        .map(|body| Label {
            provider: Some(body.provider.name.clone()),
            event: body.event.clone(),
            channel: body.channel.clone(),
        })
        .collect();
    let workload = Workload {
        plan,
        labels,
        kinds: templates.into_iter().enumerate().collect(),
        encoder: Box::new(SendEncoder { endpoint: endpoint.clone(), signer, bodies }),
        at: options.signing.timestamp,
        endpoint,
        transport: options.transport.clone(),
        method: options.method.clone(),
        retries,
        all: None,
        json: options.json,
        dry_run: bulk.dry_run,
    };
    run::run(workload, &bulk.bulk, console)
}

/// The bodies of a mix, with their weights.
fn mixed(
    mix: &[(String, f64)],
    options: &SampleOptions,
    settings: &Settings,
    console: &Console,
) -> Result<(Vec<SignableBody>, Vec<f64>), Error> {
    let mut bodies = Vec::new();
    let provider = options.provider.as_deref();
    for (name, _) in mix {
        let whole = find_sample(settings, provider, name, None, console);
        let sample = match (whole, name.rsplit_once('/')) {
            (Ok(sample), _) => sample,
            // Events may have slashes in their names, too.
            (Err(_), Some((event, channel))) => {
                find_sample(settings, provider, event, Some(channel), console)?
            }
            (Err(why), None) => return Err(why),
        };
        bodies.push(from_sample(&sample, options)?);
    }
    Ok((bodies, mix.iter().map(|(_, weight)| *weight).collect()))
}

/// Makes requests as `send` makes one.
struct SendEncoder {
    endpoint: Endpoint,
    signer: Signer,
    bodies: Vec<SignableBody>,
}

impl SendEncoder {
    fn body(&self, kind: usize) -> Result<&SignableBody, Error> {
        self.bodies.get(kind).ok_or_else(|| Error::usage("there is nothing to send", ""))
    }
}

impl Encoder for SendEncoder {
    fn encode(
        &self,
        kind: usize,
        body: Bytes,
        stamp: &Stamp,
        how: Option<Tamper>,
    ) -> Result<Delivery, Error> {
        let body = SignableBody { body, ..self.body(kind)?.clone() };
        send::encode(&body, &self.endpoint, &self.signer, how, stamp)
    }

    fn signed_with(&self, kind: usize) -> Result<Option<SignedWith<'_>>, Error> {
        let provider = self.body(kind)?.provider;
        let Some(secret) = self.signer.secret.as_ref().filter(|_| self.signer.signs(provider))
        else {
            return Ok(None);
        };
        let scheme = self.signer.options.scheme(provider, secret)?;
        Ok(Some(SignedWith { scheme, secret, context: &self.signer.context }))
    }

    fn shown(&self, kind: usize, delivery: &Delivery) -> Delivery {
        let schemes = self.bodies.get(kind).map(|body| &body.provider.signatures[..]);
        let schemes = schemes.unwrap_or_default();
        let mut shown = without_secret(delivery, schemes, self.signer.secret.as_ref());
        shown.headers.hide_values(&self.signer.headers);
        shown
    }
}
