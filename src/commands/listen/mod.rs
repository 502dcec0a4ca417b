//! `cz-hook listen`: a listener, its report, and the ways it ends.

mod expectations;
mod explain_worker;
mod forwarding;
mod recorder;
pub(super) mod reporter;
mod tunnel;

use std::fs;
use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::config::{SecretOptions, Settings, other_secrets};
use crate::diagnose::Effort;
use crate::error::{self, Error, Exit};
use crate::json_line;
use crate::lock::lock;
use crate::output::console::Console;
use crate::output::delivery::Ready;
use crate::server::{self, Listener, ShutdownHandle, Sinks, StopReason};
use crate::webhook::analysis::Analyzer;

use super::shared::runtime::{self, Interrupts, cannot_start};
use explain_worker::{ExplainContext, ExplainWorker};
use reporter::{OutputFormat, QUEUE, ReportResult, Reporter};
use tunnel::OpenTunnel;

pub(crate) use crate::server::{Expectation, Faults, FixedResponse};
pub use forwarding::ForwardOptions;
pub(super) use forwarding::parse_endpoints;
pub(super) use recorder::journal_error;

/// What `listen` does.
#[derive(Debug)]
pub struct ListenOptions {
    /// The address or name to listen on.
    pub host: String,
    /// The port; 0 for a free one.
    pub port: u16,
    /// The path of deliveries; `None` for every path.
    pub path: Option<String>,
    /// The provider to expect; `None` for that of the profile.
    pub provider: Option<String>,
    /// The secrets to check signatures with.
    pub secrets: SecretOptions,
    /// Accept deliveries of providers that do not sign although there are secrets.
    pub allow_unsigned: bool,
    /// Stop after this many deliveries.
    pub count: Option<u64>,
    /// Stop when these have come.
    pub expect: Vec<Expectation>,
    /// Stop after this time.
    pub timeout: Option<Duration>,
    /// The file for the port.
    pub port_file: Option<PathBuf>,
    /// The journal to record deliveries in.
    pub record: Option<PathBuf>,
    /// Reject invalid payloads.
    pub strict: bool,
    /// The maximum size of a body.
    pub max_body: usize,
    /// The timeout of heads and of bodies.
    pub read_timeout: Duration,
    /// The maximum number of connections.
    pub max_connections: Option<usize>,
    /// Print JSON lines.
    pub json: bool,
    /// How far to look for the cause of an invalid signature; `None` for not at all.
    pub effort: Option<Effort>,
    /// Where deliveries are forwarded to.
    pub forward: ForwardOptions,
    /// The client that makes the listener reachable from the internet.
    pub tunnel: Option<String>,
    /// Faults to inject.
    pub faults: Faults,
}

pub(super) fn run(
    options: &ListenOptions,
    settings: &Settings,
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
    };
    let expectations = expectations::expectations(options, &analyzer, console)?;
    let expectations = Arc::new(Mutex::new(expectations));
    let has_secrets = !analyzer.secrets.is_empty();
    let hidden_secrets = match options.tunnel {
        Some(_) => [analyzer.secrets.clone(), other_secrets(settings)].concat(),
        None => Vec::new(),
    };
    let context = options.effort.map(|effort| ExplainContext {
        catalog: settings.catalog,
        secrets: analyzer.secrets.clone(),
        others: other_secrets(settings),
        effort,
    });
    let explain_worker = context.filter(|_| has_secrets).map(ExplainWorker::start);
    let address = resolve(&options.host, options.port)?;
    let mut server_options = server_options(options, settings, console)?;
    let format = OutputFormat::new(options.json, console);
    let shutdown = ShutdownHandle::default();
    let (sender, events) = mpsc::channel(QUEUE);
    let (record_requests, recorder) = match &options.record {
        Some(path) => recorder::start(path, console.clone()).map(|(r, j)| (Some(r), Some(j)))?,
        None => (None, None),
    };
    server_options.last_id = recorder.as_ref().map_or(0, |recorder| recorder.last_id);
    let sinks = Sinks {
        events: (format != OutputFormat::Quiet).then_some(sender),
        line_formatter: format.line_formatter(explain_worker.is_some()),
        recorder: record_requests,
        shutdown: shutdown.clone(),
        expectations: Arc::clone(&expectations),
    };
    let serving = async {
        let listener = Listener::bind(address, server_options, analyzer, sinks)
            .map_err(|e| cannot_bind(address, &e))?;
        let mut interrupts = Interrupts::new().map_err(|e| cannot_start(&e))?;
        let port = listener.address().map_err(|e| cannot_start(&e))?.port();
        let deadline = options.timeout.map(|timeout| Instant::now() + timeout);
        let mut tunnel = match &options.tunnel {
            Some(client) => {
                let deadline = until(deadline);
                Some(tunnel::open(client, port, &hidden_secrets, &mut interrupts, deadline).await?)
            }
            None => None,
        };
        if !has_secrets {
            console.note("no secret was given: signatures are not checked (--secret checks them)");
        }
        announce(options, &listener, tunnel.as_ref(), format, console)?;
        let mut reporter = reporter::start(
            events,
            explain_worker,
            format,
            console.clone(),
            shutdown.clone(),
        );
        let tunnel_ended = tunnel::ended(tunnel.as_mut(), console);
        let (reason, is_hurried) = serve(
            listener.run(),
            tunnel_ended,
            &mut interrupts,
            deadline,
            &shutdown,
        )
        .await;
        if is_hurried {
            // Dropping the tunnel kills its client with everything it started.
            return Ok((reason, None));
        }
        if let Some(tunnel) = tunnel {
            tunnel.close().await;
        }
        let report = finish_report(&mut reporter, reason, &mut interrupts, deadline).await;
        Ok::<_, Error>((reason, report))
    };
    let (reason, report) = runtime::serving(|runtime| runtime.block_on(serving))?;
    if let Some(recorder) = recorder {
        recorder.close();
    }
    match report {
        None => console.note("the report was cut short"),
        Some(report) => console.summary(&report?.stats.summary()),
    }
    let expectations = lock(&expectations);
    let are_met = expectations::report(&expectations, format, console)?;
    Ok(exit_of(reason, are_met, !expectations.is_empty()))
}

fn exit_of(reason: StopReason, are_met: bool, is_expecting: bool) -> Exit {
    match reason {
        StopReason::Expected => Exit::Success,
        // The last deliveries may have come while responses were finished.
        StopReason::Timeout if is_expecting && are_met => Exit::Success,
        // A closed output is not an error, but does not meet expectations either.
        StopReason::Count | StopReason::OutputClosed if are_met => Exit::Success,
        StopReason::Count | StopReason::OutputClosed | StopReason::Timeout => Exit::Failure,
        StopReason::Broken => Exit::Io,
        StopReason::Interrupt => Exit::Interrupted,
    }
}

fn server_options(
    options: &ListenOptions,
    settings: &Settings,
    console: &Console,
) -> Result<server::Options, Error> {
    let endpoints = console.show_notes(settings.forward_to(&options.forward.endpoints));
    Ok(server::Options {
        path: options.path.clone(),
        max_body: options.max_body,
        read_timeout: options.read_timeout,
        max_connections: options.max_connections,
        strict: options.strict,
        count: options.count,
        last_id: 0,
        faults: options.faults.clone(),
        forwarding: forwarding::forwarding(&options.forward, endpoints, settings.catalog)?,
    })
}

fn resolve(host: &str, port: u16) -> Result<SocketAddr, Error> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, port));
    }
    (host, port)
        .to_socket_addrs()
        .ok()
        .and_then(|mut found| found.next())
        .ok_or_else(|| {
            Error::usage(
                format!("there is no address `{host}` to listen on"),
                "give an address of this machine, such as 127.0.0.1 or 0.0.0.0",
            )
        })
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
    Error::io(
        format!("cannot listen on {address}: {}", error::reason(error)),
        hint,
    )
}

/// Reports the listener's address: the lines and the file that scripts wait for.
fn announce(
    options: &ListenOptions,
    listener: &Listener,
    tunnel: Option<&OpenTunnel>,
    format: OutputFormat,
    console: &Console,
) -> Result<(), Error> {
    let address = listener.address().map_err(|e| cannot_start(&e))?;
    let path = options.path.as_deref().unwrap_or("");
    let url = format!("http://{address}{path}");
    let public_url = tunnel.map(|tunnel| format!("{}{path}", tunnel.url));
    if let Some(path) = &options.port_file {
        write_port_file(path, address.port())?;
    }
    if let Some(public) = &public_url {
        console.say(&format!("reached from the internet at {public}"));
    }
    console.say(&format!("listening on {url}"));
    if format == OutputFormat::Human && std::io::stderr().is_terminal() {
        console.hint(&format!(
            "send it a sample: cz-hook send lead.submit --secret SECRET --url {url}"
        ));
    }
    if format == OutputFormat::Json {
        console.print(&json_line::line(&Ready { url, public_url }))?;
    }
    Ok(())
}

/// Removes the port file of an earlier run: its presence means that deliveries can be sent.
fn remove_port_file(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(Error::io(
            format!(
                "cannot remove {}: {}",
                path.display(),
                error::reason(&error)
            ),
            "check the path given with --port-file",
        )),
        _ => Ok(()),
    }
}

/// Writes the port and a line end. The file appears complete or not at all, so that a script can read it as soon as it
/// exists.
fn write_port_file(path: &Path, port: u16) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    fs::write(&temporary, format!("{port}\n"))
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|error| {
            // The first error is the one to report.
            let _ = fs::remove_file(&temporary);
            Error::io(
                format!("cannot write {}: {}", path.display(), error::reason(&error)),
                "check the path given with --port-file",
            )
        })
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

/// Waits for the rest of the report to be written, for as long as it takes when everything has come, but not past the
/// deadline or an interrupt: its reader may be stuck. `None` when it was cut short.
async fn finish_report(
    reporter: &mut Reporter,
    reason: StopReason,
    interrupts: &mut Interrupts,
    deadline: Option<Instant>,
) -> Option<Result<ReportResult, Error>> {
    const GRACE: Duration = Duration::from_secs(2);
    let latest = match reason {
        StopReason::Count | StopReason::Expected => {
            deadline.map(|at| at.max(Instant::now()) + GRACE)
        }
        _ => Some(Instant::now() + GRACE),
    };
    tokio::select! {
        result = reporter.finish() => Some(result),
        () = until(latest) => None,
        () = interrupts.next() => None,
    }
}

async fn until(deadline: Option<Instant>) {
    match deadline {
        Some(at) => tokio::time::sleep_until(at).await,
        None => std::future::pending().await,
    }
}
