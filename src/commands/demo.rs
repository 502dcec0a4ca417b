//! `cz-hook demo`: sends every sample, and two requests that must be rejected, to a listener in the same process, and
//! checks the results.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use crate::error::{self, Error, Exit};
use crate::http::{Client, Endpoint, Transport};
use crate::json_line;
use crate::output::console::Console;
use crate::output::delivery::Ready;
use crate::server::{EventSink, Listener, Options, ShutdownHandle, Sinks, StopReason};
use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::tamper::Tamper;
use crate::webhook::signature::verify::Verdict;
use crate::webhook::signature::{Secret, SignatureContext};

use super::listen::reporter::{self, OutputFormat, QUEUE, Stats};
use super::send::{Signer, prepare};
use super::shared::runtime;
use super::shared::sample::{Sample, SampleOptions, from_sample, of_provider};
use super::shared::signing::SigningOptions;

/// The secret of both sides. It protects nothing: both ends are this process.
const SECRET: &str = "demo-secret";

/// A delivery to send, and the expected result.
struct Step {
    delivery: Delivery,
    verdict: Verdict,
    status: u16,
}

pub(super) fn run(json: bool, console: &Console) -> Result<Exit, Error> {
    let secret = Secret::new(SECRET.into(), "the demo");
    let (sink, events) = EventSink::new(QUEUE);
    let unseen = Arc::clone(&sink.unseen);
    let shutdown = ShutdownHandle::default();
    let format = OutputFormat::new(json, console);
    let serving = async {
        let analyzer = Analyzer {
            catalog: Catalog::builtin(),
            provider: None,
            secrets: vec![secret.clone()],
            allow_unsigned: true,
            context: SignatureContext::default(),
        };
        let options = Options { strict: true, ..Options::default() };
        let sinks = Sinks::new(sink, shutdown.clone());
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let (listener, address) = Listener::bind(address, options, analyzer, sinks)
            .and_then(|listener| listener.address().map(|address| (listener, address)))
            .map_err(|e| {
                Error::io(
                    format!("cannot listen on {address}: {}", error::reason(&e)),
                    "does the loopback interface work?",
                )
            })?;
        let url = format!("http://{address}");
        console.say(&format!("listening on {url}"));
        if format == OutputFormat::Json {
            console.print(&json_line::line(&Ready {
                url: url.clone(),
                public_url: None,
                ui: None,
            }))?;
        }
        let endpoint = Endpoint::parse(&url)?;
        let steps = steps(&endpoint, &secret)?;
        let mut reporter =
            reporter::start(events, unseen, None, format, console.clone(), shutdown.clone());
        let serving = tokio::spawn(listener.run());
        let sent = send(&endpoint, &steps).await;
        shutdown.stop(StopReason::Count);
        let _ = serving.await;
        Ok::<_, Error>((steps, sent, reporter.finish().await))
    };
    let (steps, sent, report) = runtime::serving(|runtime| runtime.block_on(serving))?;
    // An error of the reporter explains that of the sender, so it comes first.
    let report = report?;
    if report.is_cut_short {
        return Ok(Exit::Success);
    }
    conclude(&steps, &sent?, &report.stats, console)
}

/// Every sample of the providers that this tool is made for, then one with a corrupted body and one without its
/// signature.
fn steps(endpoint: &Endpoint, secret: &Secret) -> Result<Vec<Step>, Error> {
    let catalog = Catalog::builtin();
    let samples: Vec<_> = catalog
        .first_providers()
        .flat_map(|provider| {
            let samples = catalog.samples(provider).into_iter();
            samples.map(move |sample| of_provider(provider, sample))
        })
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
    let body = from_sample(sample, &SampleOptions::default())?;
    let may_be_unsigned = body.provider.may_be_unsigned();
    // Those that need not sign do not.
    let how = how.or((may_be_unsigned && body.provider.signs()).then_some(Tamper::Missing));
    let signer = Signer {
        headers: Headers::default(),
        secret: Some(secret.clone()),
        context: SignatureContext::default(),
        options: SigningOptions::default(),
        method: "POST".to_owned(),
    };
    let prepared = prepare(body, endpoint, &signer, how)?;
    let (verdict, status) = match how {
        _ if may_be_unsigned => (Verdict::Unsigned, 200),
        None => (Verdict::Valid, 200),
        Some(Tamper::Missing) => (Verdict::Missing, 400),
        Some(_) => (Verdict::Invalid, 400),
    };
    Ok(Step { delivery: prepared.delivery, verdict, status })
}

async fn send(endpoint: &Endpoint, steps: &[Step]) -> Result<Vec<u16>, Error> {
    let transport = Transport { timeout: Duration::from_secs(10), insecure: false, cacert: None };
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
    stats: &Stats,
    console: &Console,
) -> Result<Exit, Error> {
    let are_statuses_right = steps.iter().map(|s| s.status).eq(statuses.iter().copied());
    let are_verdicts_right =
        [Verdict::Valid, Verdict::Unsigned, Verdict::Invalid, Verdict::Missing].into_iter().all(
            |verdict| {
                let expected = steps.iter().filter(|s| s.verdict == verdict).count() as u64;
                stats.verdicts.get(verdict) == expected
            },
        );
    console.summary(&stats.summary());
    if !(are_statuses_right && are_verdicts_right) {
        console.warn(
            "not every delivery got the expected verdict and response",
            "this is a bug: please report it",
        );
        return Ok(Exit::Failure);
    }
    console.note("every delivery got the expected verdict and response");
    console.hint("`cz-hook listen --secret S` in one terminal, `cz-hook send lead.submit --secret S --url http://127.0.0.1:8080` in another");
    Ok(Exit::Success)
}
