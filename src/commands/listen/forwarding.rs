//! `--forward-to`, or the profile's `forward_to`: from URLs to routes.

use std::time::Duration;

use crate::commands::shared::lookup;
use crate::config::file::split_route;
use crate::error::Error;
use crate::http::{Endpoint, RawClient, Transport};
use crate::server::{Forwarding, MAX_RESPONSE, Route};
use crate::webhook::provider::catalog::Catalog;

/// The timeout of an endpoint without `--forward-timeout`.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// How to forward.
#[derive(Debug)]
pub struct ForwardOptions {
    /// The endpoints, each for an event with `EVENT=URL`; none for those of the profile.
    pub endpoints: Vec<String>,
    /// Forward deliveries whose signature is not valid, too.
    pub invalid: bool,
    /// How long an endpoint may take.
    pub timeout: Option<Duration>,
    /// Do not check the certificates of endpoints.
    pub insecure: bool,
}

/// The routes to `endpoints`, which are those of the options or of the profile.
///
/// # Errors
/// When a URL cannot be used, or an event is not documented.
pub(super) fn forwarding(
    options: &ForwardOptions,
    endpoints: &[String],
    catalog: &Catalog,
) -> Result<Forwarding, Error> {
    let has_settings = options.invalid || options.insecure || options.timeout.is_some();
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
    let mut routes = Vec::new();
    for (event, endpoint) in parse_endpoints(endpoints, origin, catalog)? {
        routes.push(Route {
            event,
            client: RawClient::new(&endpoint, &transport, MAX_RESPONSE)?,
            endpoint,
        });
    }
    Ok(Forwarding {
        routes,
        invalid: options.invalid,
    })
}

/// The endpoints, each with the event that it is for, if any; `origin` names the setting in errors.
///
/// # Errors
/// When a URL cannot be used, or an event is not documented.
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
            lookup::documented(catalog, None, (name, channel), origin)?;
        }
        if endpoints.iter().any(|(known, _)| known.as_deref() == event) {
            return Err(Error::usage(
                format!(
                    "{origin} is given twice for {}",
                    event.unwrap_or("every event")
                ),
                "give each event one endpoint, and one more without an event for the rest",
            ));
        }
        endpoints.push((event.map(str::to_owned), Endpoint::parse(url)?));
    }
    Ok(endpoints)
}
