//! `cz-hook demo`: the tool at work on itself. A real listener, every sample through the real sender,
//! two deliveries that must be refused, and a check that all of it came out right.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::sync::mpsc;

use crate::error::{self, Error, Exit};
use crate::http::{Client, Endpoint, Transport};
use crate::output::console::Console;
use crate::output::json::{self, Ready};
use crate::server::{Audience, Listener, Options, ShutdownHandle, Stop};
use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::stringify::stringify;
use crate::webhook::provider::catalog::{Catalog, Sample};
use crate::webhook::signature::secret::Secret;
use crate::webhook::signature::sign::signature;
use crate::webhook::signature::tamper::{Tamper, tamper};
use crate::webhook::signature::verify::Verdict;

use super::form::Form;
use super::reporter::{self, QUEUE};
use super::runtime;
use super::tally::Tally;

/// The secret of both sides. It protects nothing: both ends are this process.
const SECRET: &str = "demo-secret";

/// A delivery of the demonstration, and what has to come of it.
struct Step {
    delivery: Delivery,
    verdict: Verdict,
    status: u16,
}

pub fn run(is_json: bool, console: &Console) -> Result<Exit, Error> {
    let secret = Secret::new(SECRET.into(), "the demo");
    let (sender, notices) = mpsc::channel(QUEUE);
    let shutdown = ShutdownHandle::default();
    let form = Form::of(is_json, console);
    let serving = async {
        let analyzer = Analyzer {
            catalog: Catalog::builtin(),
            provider: None,
            secrets: vec![secret.clone()],
            allow_unsigned: true,
        };
        let audience = Audience::new(sender, shutdown.clone());
        let anywhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let (listener, address) = Listener::bind(anywhere, options(), analyzer, audience)
            .and_then(|listener| listener.address().map(|address| (listener, address)))
            .map_err(|e| {
                Error::io(
                    format!("cannot listen on {anywhere}: {}", error::reason(&e)),
                    "does the loopback interface work?",
                )
            })?;
        let url = format!("http://{address}");
        console.say(&format!("listening on {url}"));
        if form == Form::Json {
            console.print(&json::line(&Ready {
                url: url.clone(),
                public_url: None,
            }))?;
        }
        let endpoint = Endpoint::parse(&url)?;
        let steps = steps(&endpoint, &secret)?;
        let reporter = reporter::start(notices, None, form, console.clone(), shutdown.clone());
        let serving = tokio::spawn(listener.run());
        let sent = send(&endpoint, &steps).await;
        shutdown.stop(Stop::Count);
        let _ = serving.await;
        Ok::<_, Error>((steps, sent, reporter))
    };
    let (steps, sent, reporter) = runtime::serving(|runtime| runtime.block_on(serving))?;
    // What the reporter met explains what the sender met, so it comes first.
    let ended = reporter.finish()?;
    if ended.is_cut_short {
        return Ok(Exit::Success);
    }
    conclude(&steps, &sent?, &ended.tally, console)
}

fn options() -> Options {
    Options {
        strict: true,
        ..Options::default()
    }
}

/// Every sample of every provider, then one tampered with and one without its signature.
fn steps(endpoint: &Endpoint, secret: &Secret) -> Result<Vec<Step>, Error> {
    let catalog = Catalog::builtin();
    let samples: Vec<_> = catalog
        .providers()
        .flat_map(|provider| catalog.samples(provider))
        .collect();
    let mut steps = samples
        .iter()
        .map(|sample| step(endpoint, sample, secret, None))
        .collect::<Result<Vec<_>, _>>()?;
    if let Some(first) = samples.first() {
        for how in [Tamper::Body, Tamper::Missing] {
            steps.push(step(endpoint, first, secret, Some(how))?);
        }
    }
    Ok(steps)
}

fn step(
    endpoint: &Endpoint,
    sample: &Sample<'_>,
    secret: &Secret,
    how: Option<Tamper>,
) -> Result<Step, Error> {
    let bug = |why: String| Error::usage(why, "this is a bug: please report it");
    let json = serde_json::from_slice(sample.json).map_err(|e| bug(e.to_string()))?;
    let mut body = stringify(&json).into();
    let Some(scheme) = &sample.provider.signature else {
        return Ok(Step {
            delivery: endpoint.request(body),
            verdict: Verdict::Unsigned,
            status: 200,
        });
    };
    let headers = Headers::default();
    let value = match how {
        None => Some(signature(scheme, secret, &headers, &body).map_err(|e| bug(e.to_string()))?),
        Some(how) => {
            let spoilt =
                tamper(how, scheme, secret, &headers, &body).map_err(|e| bug(e.to_string()))?;
            body = spoilt.body;
            spoilt.signature
        }
    };
    let (verdict, status) = match how {
        None => (Verdict::Valid, 200),
        Some(Tamper::Missing) => (Verdict::Missing, 400),
        Some(_) => (Verdict::Invalid, 400),
    };
    let mut delivery = endpoint.request(body);
    if let Some(value) = value {
        delivery.headers.push(&scheme.header, value);
    }
    Ok(Step {
        delivery,
        verdict,
        status,
    })
}

async fn send(endpoint: &Endpoint, steps: &[Step]) -> Result<Vec<u16>, Error> {
    let transport = Transport {
        timeout: Duration::from_secs(10),
        insecure: false,
        cacert: None,
    };
    let client = Client::new(endpoint, &transport, true)?;
    let mut statuses = Vec::with_capacity(steps.len());
    for step in steps {
        statuses.push(client.send(endpoint, &step.delivery).await?.status);
    }
    Ok(statuses)
}

fn conclude(
    steps: &[Step],
    statuses: &[u16],
    tally: &Tally,
    console: &Console,
) -> Result<Exit, Error> {
    let answered_right = steps.iter().map(|s| s.status).eq(statuses.iter().copied());
    let judged_right = [
        Verdict::Valid,
        Verdict::Unsigned,
        Verdict::Invalid,
        Verdict::Missing,
    ]
    .into_iter()
    .all(|verdict| {
        let expected = steps.iter().filter(|s| s.verdict == verdict).count() as u64;
        tally.verdicts.of(verdict) == expected
    });
    console.summary(&tally.summary());
    if !(answered_right && judged_right) {
        console.warn(
            "not every delivery was judged and answered as it should be",
            "this is a bug: please report it",
        );
        return Ok(Exit::Failure);
    }
    console.note("every delivery was judged and answered as it should be");
    console.hint("`cz-hook listen --secret S` in one terminal, `cz-hook send lead.submit --secret S --url http://127.0.0.1:8080` in another");
    Ok(Exit::Success)
}
