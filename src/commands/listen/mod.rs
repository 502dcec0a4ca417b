//! `cz-hook listen`: a listener, its report, and the ways it ends.

mod announce;
mod options;
mod pruner;
mod recorder;
pub(super) mod reporter;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::path::Path;
use std::pin::pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde::Serialize;
use tokio::time::Instant;

use crate::capture::journal::Journal;
use crate::commands::ui::{Backend, BackendOptions, Source, TemporaryJournal};
use crate::config::file::split_route;
use crate::config::{Settings, other_secrets};
use crate::error::{self, Error, Exit};
use crate::escape;
use crate::inspector::{Changes, Inspector};
use crate::json_line;
use crate::lock::lock;
use crate::output::console::Console;
use crate::output::delivery::Ready;
use crate::server::{
    EventSink, Expectations, Listener, Rejections, ShutdownHandle, Sinks, StopReason, Unseen,
};
use crate::tunnel::{Tunnel, TunnelError, URL_TIMEOUT};
use crate::webhook::analysis::Analyzer;
use crate::webhook::signature::Secret;

use super::shared::explainer::{ExplainContext, ExplainWorker};
use super::shared::interrupts::{Interrupts, TIME_TO_END};
use super::shared::runtime::{self, cannot_start};
use announce::{announce, remove_port_file, sample};
use options::{expectations, resolve, server_options};
use reporter::{OutputFormat, QUEUE, ReportResult, Reporter};

pub(super) use options::parse_endpoints;
pub(crate) use options::{AllowedOrigin, Expectation, Faults, FixedResponse};
pub use options::{ForwardOptions, ListenOptions};

/// How long a step at the end of an interrupted run may take. The listener itself takes at most a second before.
const INTERRUPTED: Duration = Duration::from_millis(250);

pub(super) fn run(
    options: &ListenOptions,
    settings: &Arc<Settings>,
    console: &Console,
) -> Result<Exit, Error> {
    if let Some(path) = &options.port_file {
        remove_port_file(path)?;
    }
    let analyzer = Analyzer {
        catalog: settings.catalog,
        provider: settings.receiving(options.provider.as_deref())?,
        secrets: console.show_notes(settings.verifying_secrets(&options.secrets)?),
        allow_unsigned: options.allow_unsigned,
        context: options.context.context(settings),
    };
    let expectations = expectations(options, &analyzer, console).map_err(|error| {
        settings
            .explain(error, &["secret", "secret_env", "secret_file", "secret_command", "providers"])
    })?;
    let expectations = Arc::new(Mutex::new(expectations));
    let has_secrets = !analyzer.secrets.is_empty();
    let format = OutputFormat::new(options.json, console);
    let sample = sample(&analyzer, options, format);
    let hidden_secrets = match options.tunnel {
        Some(_) => {
            let token = settings.verify_token(options.verify_token.as_ref())?.value;
            [analyzer.secrets.clone(), other_secrets(settings), Vec::from_iter(token)].concat()
        }
        None => Vec::new(),
    };
    let context = options.effort.map(|effort| ExplainContext {
        catalog: settings.catalog,
        secrets: analyzer.secrets.clone(),
        others: other_secrets(settings),
        signature: analyzer.context.clone(),
        effort,
    });
    let explain_worker = context.filter(|_| has_secrets).map(ExplainWorker::start);
    let address = resolve(&options.host, options.port)?;
    let mut server_options = server_options(options, settings, console)?;
    let shutdown = ShutdownHandle::default();
    let (sink, events) = EventSink::new(QUEUE);
    let unseen = Arc::clone(&sink.unseen);
    let mut interrupts = Interrupts::new().map_err(|e| cannot_start(&e))?;
    let inspector = options.ui.map(|ui| Inspector::bind(ui.port)).transpose()?;
    let ui_url = inspector.as_ref().map(Inspector::url);
    let changes = options.ui.map(|_| Changes::default());
    let temporary = match (&options.ui, &options.record) {
        (Some(_), None) => Some(TemporaryJournal::create()?),
        _ => None,
    };
    let private = temporary.as_ref().map(TemporaryJournal::path);
    let journal = match (&options.record, private) {
        (Some(path), _) => Some((Journal::record(path), &**path)),
        (None, Some(path)) => Some((Journal::record_private(path), path)),
        (None, None) => None,
    };
    let path = journal.as_ref().map(|(_, path)| path.to_path_buf());
    let (record_requests, recorder) = match journal {
        Some((journal, path)) => {
            recorder::start(journal, path, options.keep, console.clone(), changes.clone())
                .map(|(r, j)| (Some(r), Some(j)))?
        }
        None => (None, None),
    };
    let rejections = options.ui.map(|_| Rejections::default());
    let backend_options = options.ui.map(|_| BackendOptions {
        secrets: analyzer.secrets.clone(),
        provider: analyzer.provider,
        context: options.context.clone(),
        effort: options.effort,
        endpoints: Vec::new(),
        forward_to: forward_urls(options, settings),
        insecure: options.forward.insecure,
    });
    let behaviour = server_options.behaviour.clone();
    server_options.last_id = recorder.as_ref().map_or(0, |recorder| recorder.last_id);
    let sinks = Sinks {
        events: (format != OutputFormat::Quiet).then_some(sink),
        line_formatter: format.line_formatter(explain_worker.is_some()),
        recorder: record_requests,
        rejections: rejections.clone(),
        shutdown: shutdown.clone(),
        expectations: Arc::clone(&expectations),
    };
    let serving = async {
        let listener = Listener::bind(address, server_options, analyzer, sinks)
            .map_err(|e| cannot_bind(address, &e))?;
        let port = listener.address().map_err(|e| cannot_start(&e))?.port();
        let deadline = options.timeout.map(|timeout| Instant::now() + timeout);
        let mut tunnel = match &options.tunnel {
            Some(client) => {
                let deadline = until(deadline);
                Some(open_tunnel(client, port, &hidden_secrets, &mut interrupts, deadline).await?)
            }
            None => None,
        };
        if !has_secrets {
            console.note("no secret was given: signatures are not checked (--secret checks them)");
        }
        let mut to_open = None;
        if let (Some(inspector), Some(path), Some(rejections), Some(backend_options)) =
            (inspector, path, rejections, backend_options)
        {
            let url = url_of(&listener, options)?;
            let kept = options.record.clone();
            let source = Source::Listener { url, path: kept, behaviour, rejections };
            let backend =
                Backend::new(Arc::clone(settings), backend_options, source, console.clone());
            if options.ui.is_some_and(|ui| ui.open) {
                to_open = Some(inspector.url_to_open()?);
            }
            let changes = changes.clone().unwrap_or_default();
            inspector.start(&path, changes, Arc::new(backend))?;
            temporary.as_ref().map_or(Ok(()), TemporaryJournal::unlink)?;
        }
        let path = options.path.as_deref().unwrap_or("");
        let ready = Ready {
            url: url_of(&listener, options)?,
            public_url: tunnel.as_ref().map(|tunnel| format!("{}{path}", tunnel.url)),
            ui: ui_url.as_deref(),
        };
        let (port_file, to_open) = (options.port_file.as_deref(), to_open.as_deref());
        announce(&ready, port, port_file, to_open, sample.as_deref(), format, console)?;
        let printed = Arc::clone(&unseen);
        let mut reporter = reporter::start(
            events,
            printed,
            explain_worker,
            format,
            console.clone(),
            shutdown.clone(),
        );
        let tunnel_ended = tunnel_ended(tunnel.as_mut(), console);
        let (reason, is_hurried) =
            serve(listener.run(), tunnel_ended, &mut interrupts, deadline, &shutdown).await;
        if let Some(changes) = &changes {
            changes.end().await;
        }
        if is_hurried {
            // Dropping the tunnel kills its client with everything it started.
            reporter.hurry();
            let report = tokio::time::timeout(INTERRUPTED, reporter.finish()).await;
            return Ok((reason, report.ok()));
        }
        if let Some(tunnel) = tunnel {
            let stopping = tunnel.client.stop();
            match reason {
                // When it does not end in time, it is killed.
                StopReason::Interrupt => drop(tokio::time::timeout(INTERRUPTED, stopping).await),
                _ => stopping.await,
            }
        }
        let report = finish_report(&mut reporter, reason, &mut interrupts, deadline).await;
        Ok::<_, Error>((reason, report))
    };
    let (reason, report) = runtime::serving(|runtime| runtime.block_on(serving))?;
    if let Some(recorder) = recorder {
        // Closing only leaves one file instead of three, so an interrupt does not wait for it.
        recorder.close(match reason {
            StopReason::Interrupt => INTERRUPTED,
            _ => Duration::from_secs(2),
        });
    }
    let is_complete = report
        .as_ref()
        .is_some_and(|report| report.as_ref().is_ok_and(|result| !result.is_cut_short));
    if !is_complete {
        report_unseen(&unseen, options.record.as_deref(), reason, console);
    }
    // A thread that is stuck while it writes holds the standard output.
    let is_stuck = report.is_none() && unseen.is_writing.load(Ordering::Relaxed);
    let format = if is_stuck { OutputFormat::Human } else { format };
    if let Some(report) = report {
        console.summary(&report?.stats.summary());
    }
    let expectations = lock(&expectations);
    let are_met = report_expectations(&expectations, format, console)?;
    Ok(exit_of(reason, are_met, !expectations.is_empty()))
}

fn exit_of(reason: StopReason, are_met: bool, is_expecting: bool) -> Exit {
    match reason {
        StopReason::Expected => Exit::Success,
        // The last deliveries may have been received while responses were finished.
        StopReason::Timeout if is_expecting && are_met => Exit::Success,
        // A closed output is not an error, but does not meet expectations either.
        StopReason::Count | StopReason::OutputClosed if are_met => Exit::Success,
        StopReason::Count | StopReason::OutputClosed | StopReason::Timeout => Exit::Failure,
        StopReason::Broken => Exit::Io,
        StopReason::Interrupt => Exit::Interrupted,
    }
}

fn cannot_bind(address: SocketAddr, error: &std::io::Error) -> Error {
    let hint = match error.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program listens there: stop it, or give another --port (0 takes a free one)"
        }
        std::io::ErrorKind::PermissionDenied => "ports below 1024 need privileges: give another",
        std::io::ErrorKind::AddrNotAvailable => "--host must be an address of this machine",
        _ => "give another --port or --host",
    };
    Error::io(format!("cannot listen on {address}: {}", error::reason(error)), hint)
}

/// Where deliveries go.
fn url_of(listener: &Listener, options: &ListenOptions) -> Result<String, Error> {
    let address = listener.address().map_err(|e| cannot_start(&e))?;
    Ok(format!("http://{address}{}", options.path.as_deref().unwrap_or("")))
}

/// The endpoints that deliveries are forwarded to.
fn forward_urls(options: &ListenOptions, settings: &Settings) -> Vec<String> {
    let routes = settings.forward_to(&options.forward.endpoints).value;
    routes.iter().map(|route| split_route(route).1.to_owned()).collect()
}

/// Serves until the listener stops, the time is up, the tunnel ends or the run is interrupted; returns the reason, and
/// whether a second interrupt ended the run at once.
async fn serve(
    serving: impl Future<Output = StopReason>,
    tunnel_ended: impl Future<Output = ()>,
    interrupts: &mut Interrupts,
    deadline: Option<Instant>,
    shutdown: &ShutdownHandle,
) -> (StopReason, bool) {
    let mut serving = pin!(serving);
    let mut tunnel_ended = pin!(tunnel_ended);
    let mut has_tunnel_ended = false;
    let mut is_time_up = false;
    let mut is_interrupted = false;
    loop {
        tokio::select! {
            reason = &mut serving => return (reason, false),
            () = interrupts.next() => {
                if is_interrupted {
                    return (StopReason::Interrupt, true);
                }
                is_interrupted = true;
                shutdown.stop(StopReason::Interrupt);
            }
            () = &mut tunnel_ended, if !has_tunnel_ended => {
                has_tunnel_ended = true;
                shutdown.stop(StopReason::Broken);
            }
            () = until(deadline), if !is_time_up => {
                is_time_up = true;
                shutdown.stop(StopReason::Timeout);
            }
        }
    }
}

/// Waits for the rest of the report to be written, for as long as it takes when everything was received, but not past the
/// deadline or an interrupt: its reader may be stuck. `None` when it was cut short.
async fn finish_report(
    reporter: &mut Reporter,
    reason: StopReason,
    interrupts: &mut Interrupts,
    deadline: Option<Instant>,
) -> Option<Result<ReportResult, Error>> {
    const GRACE: Duration = Duration::from_secs(2);
    let latest = match reason {
        StopReason::Interrupt => {
            // What is left is for closing the journal.
            let first = interrupts.first.unwrap_or_else(Instant::now);
            Some(first + TIME_TO_END.saturating_sub(2 * INTERRUPTED))
        }
        StopReason::Count | StopReason::Expected => {
            deadline.map(|at| at.max(Instant::now()) + GRACE)
        }
        _ => Some(Instant::now() + GRACE),
    };
    let hurry = latest.map(|latest| latest - INTERRUPTED);
    let mut is_hurried = false;
    loop {
        tokio::select! {
            result = reporter.finish() => return Some(result),
            () = until(latest) => return None,
            () = interrupts.next() => return None,
            () = until(hurry), if !is_hurried => {
                is_hurried = true;
                reporter.hurry();
            }
        }
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}

/// A tunnel to this listener.
#[derive(Debug)]
struct OpenTunnel {
    /// Its public URL, without a slash at the end.
    url: String,
    client: Tunnel,
}

/// Starts the client, which gets none of the `secrets`, and waits for its URL.
async fn open_tunnel(
    client: &str,
    port: u16,
    secrets: &[Secret],
    interrupts: &mut Interrupts,
    deadline: impl Future<Output = ()>,
) -> Result<OpenTunnel, Error> {
    let explain = |error: TunnelError| error.explain(|text| escape::clipped(text.as_bytes(), 200));
    let mut tunnel = Tunnel::start(client, port, secrets).map_err(explain)?;
    let url = tokio::select! {
        url = tunnel.url(URL_TIMEOUT) => url,
        () = interrupts.next() => {
            tunnel.stop().await;
            return Err(Error::interrupted("interrupted before the tunnel was open"));
        }
        () = deadline => {
            tunnel.stop().await;
            return Err(Error::io(
                "the time was up before the tunnel client printed a public URL",
                "give --timeout more time, or run the client by hand to see what it needs",
            ));
        }
    };
    match url {
        Ok(url) => Ok(OpenTunnel { url, client: tunnel }),
        Err(error) => {
            tunnel.stop().await;
            Err(explain(error))
        }
    }
}

/// Waits until the tunnel ends, and reports how; without a tunnel it waits for ever.
async fn tunnel_ended(tunnel: Option<&mut OpenTunnel>, console: &Console) {
    let Some(open) = tunnel else {
        return std::future::pending().await;
    };
    let ended = open.client.ended().await;
    let last_lines: String = ended
        .last_lines
        .iter()
        .map(|line| format!("\n  {}", escape::clipped(line.as_bytes(), 200)))
        .collect();
    let message = escape::clipped(ended.message().as_bytes(), 200);
    let error = Error::io(
        format!("{message}: nothing can reach the listener any more{last_lines}"),
        "see the output of the client, and start again when the tunnel is available",
    );
    // Nothing waits for a standard error that no program reads.
    let console = console.clone();
    let printing = tokio::task::spawn_blocking(move || console.error(&error));
    let _ = tokio::time::timeout(Duration::from_secs(1), printing).await;
}

/// Reports the deliveries that were acknowledged and not printed: no other output shows them.
fn report_unseen(unseen: &Unseen, journal: Option<&Path>, reason: StopReason, console: &Console) {
    let ids = lock(&unseen.deliveries).clone();
    let rejected = unseen.rejected.load(Ordering::Relaxed);
    let mut parts = Vec::new();
    match ids.len() {
        0 => {}
        1 => parts.push(format!("1 delivery was acknowledged and not printed: {}", ranges(&ids))),
        n => parts
            .push(format!("{n} deliveries were acknowledged and not printed: {}", ranges(&ids))),
    }
    if rejected > 0 {
        parts.push(format!("rejected requests that were not printed: {rejected}"));
    }
    if parts.is_empty() {
        return console.note("the report was cut short");
    }
    let hint = match journal {
        _ if ids.is_empty() => String::new(),
        Some(path) => format!("they are recorded: cz-hook inspect {}", path.display()),
        None => "their senders will not send them again; --record keeps every delivery".to_owned(),
    };
    let message = parts.join("; ");
    match reason {
        // Its reader had what it wanted.
        StopReason::OutputClosed => console.note(&message),
        _ => console.error(&Error::io(message, hint)),
    }
}

/// Numbers as ranges: `1-3, 7`.
fn ranges(ids: &BTreeSet<u64>) -> String {
    const MAX_SHOWN: usize = 20;
    let mut ranges: Vec<(u64, u64)> = Vec::new();
    for id in ids {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == *id => *last = *id,
            _ => ranges.push((*id, *id)),
        }
    }
    let shown = ranges.iter().take(MAX_SHOWN).map(|(first, last)| match first == last {
        true => first.to_string(),
        false => format!("{first}-{last}"),
    });
    let mut text = shown.collect::<Vec<_>>().join(", ");
    if let Some((first, _)) = ranges.get(MAX_SHOWN) {
        text.push_str(&format!(", and more from {first} on"));
    }
    text
}

/// Reports the expected deliveries that are missing and what was received instead; true when none is missing.
fn report_expectations(
    expectations: &Expectations,
    format: OutputFormat,
    console: &Console,
) -> Result<bool, Error> {
    if expectations.is_empty() {
        return Ok(true);
    }
    let missing = expectations.missing();
    let (instead, more) = expectations.instead();
    if format == OutputFormat::Json {
        console.print(&json_line::line(&SummaryLine {
            met: missing.is_empty(),
            missing: &missing,
            instead,
            more_instead: more,
        }))?;
    }
    for clause in &missing {
        console.summary(&format!("{} {clause}", console.err.error("missing:")));
    }
    if !missing.is_empty() {
        let clipped = instead.iter().map(|c| escape::clipped(c.as_bytes(), 200));
        let mut lines: Vec<_> = clipped.collect();
        if more > 0 {
            lines.push(format!("{more} more"));
        }
        for line in lines {
            console.summary(&format!("{} {line}", console.err.warn("received instead:")));
        }
    }
    Ok(missing.is_empty())
}

/// The last line of `listen --json --expect`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "summary")]
struct SummaryLine<'s> {
    met: bool,
    missing: &'s [String],
    instead: &'s [String],
    more_instead: u64,
}
