//! The options of `cz-hook listen`, and what the listener needs of them: its address, its settings, the routes that
//! deliveries are forwarded to, and the expected deliveries.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crate::capture::journal::Keep;
use crate::commands::shared::sample::check_documented;
use crate::commands::shared::signing::ContextOptions;
use crate::commands::ui::ServerOptions;
use crate::config::file::split_route;
use crate::config::{SecretOptions, Settings, VerifyToken};
use crate::diagnose::Effort;
use crate::error::Error;
use crate::http::{Endpoint, RawClient, Transport, readdress};
use crate::output::console::Console;
use crate::server::{
    AddedHeaders, Behaviour, Expectations, Forwarding, Handshakes, MAX_RESPONSE, Options, Route,
};
use crate::webhook::analysis::Analyzer;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::Secret;

pub(crate) use crate::server::{AllowedOrigin, Expectation, Faults, FixedResponse};

/// The timeout of an endpoint without `--forward-timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// What `listen` does.
#[derive(Debug)]
pub struct ListenOptions {
    pub host: String,
    /// The port; 0 for a free one.
    pub port: u16,
    /// The path of deliveries; `None` for every path.
    pub path: Option<String>,
    /// The path of health checks.
    pub health_path: Option<String>,
    /// The origins of web pages that may send deliveries.
    pub allowed_origins: Vec<AllowedOrigin>,
    pub provider: Option<String>,
    pub secrets: SecretOptions,
    /// What the verify token of a handshake must be, if not the environment's or the profile's.
    pub verify_token: Option<VerifyToken>,
    pub context: ContextOptions,
    /// Accept deliveries of providers that do not sign although there are secrets.
    pub allow_unsigned: bool,
    /// Stop after this many deliveries.
    pub count: Option<u64>,
    /// Stop when these were received.
    pub expect: Vec<Expectation>,
    /// Stop after this time.
    pub timeout: Option<Duration>,
    pub port_file: Option<PathBuf>,
    pub record: Option<PathBuf>,
    /// What the journal keeps; `None` for everything.
    pub keep: Option<Keep>,
    pub strict: bool,
    pub max_body: usize,
    /// The timeout of heads and of bodies.
    pub read_timeout: Duration,
    pub max_connections: Option<usize>,
    pub json: bool,
    pub effort: Option<Effort>,
    pub forward: ForwardOptions,
    /// The client that makes the listener reachable from the internet.
    pub tunnel: Option<String>,
    /// Serve the web inspector.
    pub ui: Option<ServerOptions>,
    pub faults: Faults,
}

/// How to forward.
#[derive(Debug)]
pub struct ForwardOptions {
    /// The endpoints, each for an event with `EVENT=URL`; none for those of the profile.
    pub endpoints: Vec<String>,
    /// Forward deliveries whose signature is not valid, too.
    pub invalid: bool,
    pub timeout: Option<Duration>,
    pub insecure: bool,
    /// Headers of forwarded requests.
    pub headers: Vec<(String, Secret)>,
}

pub(super) fn server_options(
    options: &ListenOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Options, Error> {
    let endpoints = console.show_notes(settings.forward_to(&options.forward.endpoints));
    Ok(Options {
        path: options.path.clone(),
        health_path: options.health_path.clone(),
        allowed_origins: options.allowed_origins.clone(),
        max_body: options.max_body,
        read_timeout: options.read_timeout,
        max_connections: options.max_connections,
        strict: options.strict,
        count: options.count,
        last_id: 0,
        behaviour: Behaviour::new(options.faults.clone()),
        forwarding: forwarding(&options.forward, endpoints, settings.catalog)
            .map_err(|error| settings.explain(error, &["forward_to", "providers"]))?,
        handshakes: handshakes(options, settings, console)?,
    })
}

/// The handshakes of the one provider, or of all.
fn handshakes(
    options: &ListenOptions,
    settings: &Settings,
    console: &Console,
) -> Result<Handshakes, Error> {
    let named = settings.receiving(options.provider.as_deref())?;
    Ok(Handshakes {
        providers: match named {
            Some(provider) => vec![provider],
            None => settings.catalog.providers_with_handshakes().collect(),
        },
        is_named: named.is_some(),
        verify_token: console.show_notes(settings.verify_token(options.verify_token.as_ref())?),
    })
}

pub(super) fn resolve(host: &str, port: u16) -> Result<SocketAddr, Error> {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(ip) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(ip, port));
    }
    (host, port).to_socket_addrs().ok().and_then(|mut found| found.next()).ok_or_else(|| {
        Error::usage(
            format!("there is no address `{host}` to listen on"),
            "give an address of this machine, such as 127.0.0.1 or 0.0.0.0",
        )
    })
}

/// The routes to `endpoints`, which are those of the options or of the profile.
fn forwarding(
    options: &ForwardOptions,
    endpoints: &[String],
    catalog: &Catalog,
) -> Result<Forwarding, Error> {
    let has_settings = options.invalid
        || options.insecure
        || options.timeout.is_some()
        || !options.headers.is_empty();
    if endpoints.is_empty() && has_settings {
        return Err(Error::usage(
            "options for forwarding were given without an endpoint to forward to",
            "add --forward-to, or write `forward_to` into a profile of cz-hook.toml",
        ));
    }
    let transport = Transport {
        timeout: options.timeout.unwrap_or(DEFAULT_TIMEOUT),
        insecure: options.insecure,
        cacert: None,
    };
    let origin = match options.endpoints.is_empty() {
        true => "`forward_to`",
        false => "--forward-to",
    };
    let headers = added_headers(options)?;
    let mut routes = Vec::new();
    for (event, endpoint) in parse_endpoints(endpoints, origin, catalog)? {
        routes.push(Route {
            event,
            client: RawClient::new(&endpoint, &transport, MAX_RESPONSE)?,
            endpoint,
            headers: Arc::clone(&headers),
        });
    }
    Ok(Forwarding { routes, invalid: options.invalid })
}

fn added_headers(options: &ForwardOptions) -> Result<AddedHeaders, Error> {
    let is_host = |(name, _): &&(String, Secret)| name.eq_ignore_ascii_case("host");
    if options.headers.iter().filter(is_host).count() > 1 {
        return Err(Error::usage("-H gives Host twice", "give it once"));
    }
    for (name, _) in &options.headers {
        if !readdress::is_settable(name) {
            return Err(Error::usage(
                format!(
                    "the header {name} belongs to the connection or the body and cannot be set"
                ),
                "leave it out",
            ));
        }
    }
    Ok(Arc::new(options.headers.clone()))
}

/// The endpoints, each with the event that it is for, if any; `origin` names the setting in errors.
pub(in crate::commands) fn parse_endpoints(
    texts: &[String],
    origin: &str,
    catalog: &Catalog,
) -> Result<Vec<(Option<String>, Endpoint)>, Error> {
    let mut endpoints: Vec<(Option<String>, Endpoint)> = Vec::new();
    for text in texts {
        let (event, url) = split_route(text);
        if let Some(event) = event {
            let (name, channel) = match event.split_once('/') {
                Some((name, channel)) => (name, Some(channel)),
                None => (event, None),
            };
            check_documented(catalog, None, (name, channel), origin)?;
        }
        if endpoints.iter().any(|(known, _)| known.as_deref() == event) {
            return Err(Error::usage(
                format!("{origin} is given twice for {}", event.unwrap_or("every event")),
                "give each event one endpoint, and one more without an event for the rest",
            ));
        }
        endpoints.push((event.map(str::to_owned), Endpoint::parse(url)?));
    }
    Ok(endpoints)
}

/// The expectations of the options; an error when they can never be met.
pub(super) fn expectations(
    options: &ListenOptions,
    analyzer: &Analyzer,
    console: &Console,
) -> Result<Expectations, Error> {
    if options.expect.is_empty() {
        return Ok(Expectations::default());
    }
    let never_signs =
        analyzer.secrets.is_empty() && analyzer.provider.is_some_and(|p| p.may_be_unsigned());
    if analyzer.secrets.is_empty() && !never_signs {
        return Err(Error::usage(
            "--expect waits for validly signed deliveries, but there is no secret to check them with",
            "give --secret, --secret-file, or set CZ_HOOK_SECRET",
        ));
    }
    for expected in &options.expect {
        check_documented(
            analyzer.catalog,
            analyzer.provider,
            (&expected.event, expected.channel.as_deref()),
            "--expect",
        )?;
    }
    if options.timeout.is_none() {
        console.note("without --timeout this waits until everything has been received");
    }
    let accepts_unsigned = analyzer.allow_unsigned || never_signs;
    Ok(Expectations::new(options.expect.clone(), accepts_unsigned))
}
