//! `cz-hook listen`: a listener, its reports, and the ways it ends.

use std::io::IsTerminal;
use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::pin::pin;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::cli::listen::ListenArgs;
use crate::config::{Settings, other_secrets};
use crate::error::Exit;
use crate::error::{self, Error};
use crate::lock::lock;
use crate::output::console::Console;
use crate::output::json::{self, Ready};
use crate::server::{Audience, Faults, Listener, Options, ShutdownHandle, Stop};
use crate::webhook::analysis::Analyzer;

use super::explaining::{Explaining, Means};
use super::form::Form;
use super::forwarding::forwarding;
use super::interrupts::Interrupts;
use super::reporter::{self, Ended, QUEUE, Reporter};
use super::runtime::{self, cannot_start};
use super::tunnel::{self, OpenTunnel};
use super::{expected, port_file, recorder};

pub fn run(args: &ListenArgs, settings: &Settings, console: &Console) -> Result<Exit, Error> {
    if let Some(path) = &args.port_file {
        port_file::clear(path)?;
    }
    let analyzer = Analyzer {
        catalog: settings.catalog,
        provider: settings.receiving(args.provider.as_deref())?,
        secrets: console.show_notes(settings.verifying_secrets(&args.secrets.options())?),
        allow_unsigned: args.allow_unsigned,
    };
    let expectations = Arc::new(Mutex::new(expected::expectations(
        args, &analyzer, console,
    )?));
    let is_checked = !analyzer.secrets.is_empty();
    let hidden = match args.forward.tunnel {
        Some(_) => [analyzer.secrets.clone(), other_secrets(settings)].concat(),
        None => Vec::new(),
    };
    let means = args.explain.effort().map(|effort| Means {
        catalog: settings.catalog,
        secrets: analyzer.secrets.clone(),
        others: other_secrets(settings),
        effort,
    });
    let explaining = means.filter(|_| is_checked).map(Explaining::start);
    let address = resolve(&args.host, args.port)?;
    let mut options = options(args, settings, console)?;
    let form = Form::of(args.json, console);
    let shutdown = ShutdownHandle::default();
    let (sender, notices) = mpsc::channel(QUEUE);
    let (recording, journal) = match &args.record {
        Some(path) => recorder::start(path, console.clone()).map(|(r, j)| (Some(r), Some(j)))?,
        None => (None, None),
    };
    options.numbered_from = journal.as_ref().map_or(0, |journal| journal.last);
    let audience = Audience {
        expectations: Arc::clone(&expectations),
        recorder: recording,
        notices: (form != Form::Nothing).then_some(sender),
        scribe: form.scribe(explaining.is_some()),
        shutdown: shutdown.clone(),
    };
    let serving = async {
        let listener = Listener::bind(address, options, analyzer, audience)
            .map_err(|e| unbindable(address, &e))?;
        let mut interrupts = Interrupts::new().map_err(|e| cannot_start(&e))?;
        let port = listener.address().map_err(|e| cannot_start(&e))?.port();
        let deadline = args.timeout.map(|timeout| Instant::now() + timeout);
        let mut tunnel = match &args.forward.tunnel {
            Some(client) => {
                let deadline = until(deadline);
                Some(tunnel::open(client, port, &hidden, &mut interrupts, deadline).await?)
            }
            None => None,
        };
        ready(args, &listener, tunnel.as_ref(), is_checked, form, console)?;
        let mut reporter =
            reporter::start(notices, explaining, form, console.clone(), shutdown.clone());
        let serving = listener.run();
        let broken = tunnel::ended(tunnel.as_mut(), console);
        let (stop, is_hurried) = serve(serving, broken, &mut interrupts, deadline, &shutdown).await;
        if is_hurried {
            // Dropped, a tunnel is killed with everything it started.
            return Ok((stop, None));
        }
        if let Some(tunnel) = tunnel {
            tunnel.close().await;
        }
        let ended = flush(&mut reporter, stop, &mut interrupts, deadline).await;
        Ok::<_, Error>((stop, ended))
    };
    let (stop, ended) = runtime::serving(|runtime| runtime.block_on(serving))?;
    if let Some(journal) = journal {
        journal.close();
    }
    match ended {
        None => console.note("the report was cut short"),
        Some(ended) => {
            let ended = ended?;
            console.summary(&ended.tally.summary());
        }
    }
    let expectations = lock(&expectations);
    let has_all = expected::report(&expectations, form, console)?;
    Ok(exit_of(stop, has_all, !expectations.is_empty()))
}

fn exit_of(stop: Stop, has_all: bool, is_expecting: bool) -> Exit {
    match stop {
        Stop::Expected => Exit::Success,
        // What came while the last answers were given has come.
        Stop::Timeout if is_expecting && has_all => Exit::Success,
        // A reader that went away is no error, but it does not make true what was waited for.
        Stop::Count | Stop::OutputClosed if has_all => Exit::Success,
        Stop::Count | Stop::OutputClosed | Stop::Timeout => Exit::Failure,
        Stop::Broken => Exit::Io,
        Stop::Interrupt => Exit::Interrupted,
    }
}

fn options(args: &ListenArgs, settings: &Settings, console: &Console) -> Result<Options, Error> {
    let faults = &args.faults;
    Ok(Options {
        path: args.path.clone(),
        max_body: args.max_body,
        read_timeout: args.read_timeout,
        max_connections: args.max_connections,
        strict: args.strict,
        count: args.count,
        numbered_from: 0,
        faults: Faults {
            respond: faults.respond.clone(),
            drop_first: faults.drop_first,
            fail_first: faults.fail_first,
            fail_rate: faults.fail_rate,
            seed: faults.seed,
            delay: faults.delay.unwrap_or_default(),
        },
        forwarding: forwarding(
            &args.forward,
            console.show_notes(settings.forward_to(&args.forward.forward_to)),
            settings.catalog,
        )?,
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

fn unbindable(address: SocketAddr, why: &std::io::Error) -> Error {
    let hint = match why.kind() {
        std::io::ErrorKind::AddrInUse => {
            "another program listens there: stop it, or give another --port (0 takes a free one)"
        }
        std::io::ErrorKind::PermissionDenied => "ports below 1024 need privileges: give another",
        std::io::ErrorKind::AddrNotAvailable => "--host must be an address of this machine",
        _ => "give another --port or --host",
    };
    Error::io(
        format!("cannot listen on {address}: {}", error::reason(why)),
        hint,
    )
}

/// Says where the listener is: the lines and the file that scripts wait for.
fn ready(
    args: &ListenArgs,
    listener: &Listener,
    tunnel: Option<&OpenTunnel>,
    is_checked: bool,
    form: Form,
    console: &Console,
) -> Result<(), Error> {
    let address = listener.address().map_err(|e| cannot_start(&e))?;
    let path = args.path.as_deref().unwrap_or("");
    let url = format!("http://{address}{path}");
    let public_url = tunnel.map(|tunnel| format!("{}{path}", tunnel.url));
    if !is_checked {
        console.note("no secret was given: signatures are not checked (--secret checks them)");
    }
    if let Some(path) = &args.port_file {
        port_file::write(path, address.port())?;
    }
    if let Some(public) = &public_url {
        console.say(&format!("reached from the internet at {public}"));
    }
    console.say(&format!("listening on {url}"));
    if form == Form::Human && std::io::stderr().is_terminal() {
        console.hint(&format!(
            "send it a sample: cz-hook send lead.submit --secret SECRET --url {url}"
        ));
    }
    if form == Form::Json {
        console.print(&json::line(&Ready { url, public_url }))?;
    }
    Ok(())
}

/// Serves until the listener stops by itself, its time is up or somebody interrupts it; a second
/// interrupt does not wait for anything, which is then said beside the reason.
async fn serve(
    serving: impl Future<Output = Stop>,
    broken: impl Future<Output = ()>,
    interrupts: &mut Interrupts,
    deadline: Option<Instant>,
    shutdown: &ShutdownHandle,
) -> (Stop, bool) {
    let mut serving = pin!(serving);
    let mut broken = pin!(broken);
    let mut is_broken = false;
    let mut is_time_up = false;
    let mut is_interrupted = false;
    loop {
        tokio::select! {
            stop = &mut serving => return (stop, false),
            () = interrupts.next() => {
                if is_interrupted {
                    return (Stop::Interrupt, true);
                }
                is_interrupted = true;
                shutdown.stop(Stop::Interrupt);
            }
            () = &mut broken, if !is_broken => {
                is_broken = true;
                shutdown.stop(Stop::Broken);
            }
            () = until(deadline), if !is_time_up => {
                is_time_up = true;
                shutdown.stop(Stop::Timeout);
            }
        }
    }
}

/// Waits for the report to be written: for as long as it takes when all has come, but neither past the
/// deadline nor past an interrupt, as whoever reads it may have stopped reading. `None` when it was cut
/// short.
async fn flush(
    reporter: &mut Reporter,
    stop: Stop,
    interrupts: &mut Interrupts,
    deadline: Option<Instant>,
) -> Option<Result<Ended, Error>> {
    const PATIENCE: Duration = Duration::from_secs(2);
    let latest = match stop {
        Stop::Count | Stop::Expected => deadline.map(|at| at.max(Instant::now()) + PATIENCE),
        _ => Some(Instant::now() + PATIENCE),
    };
    tokio::select! {
        ended = reporter.ended() => Some(ended),
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
