//! From `--forward-to`, or the profile, to routes.

use std::time::Duration;

use crate::cli::listen::ForwardArgs;
use crate::config::file::split_route;
use crate::error::Error;
use crate::http::{Endpoint, RawClient, Transport};
use crate::server::{Forwarding, MOST_OF_ANSWER, Route};
use crate::webhook::provider::catalog::Catalog;

use super::shared::lookup;

/// How long an endpoint may take when nothing is said.
const PATIENCE: Duration = Duration::from_secs(30);

/// The routes to `forward_to`, as the options ask for them.
///
/// # Errors
/// When a URL cannot be used, or an event is named that nobody documents.
pub fn forwarding(
    args: &ForwardArgs,
    forward_to: &[String],
    catalog: &Catalog,
) -> Result<Forwarding, Error> {
    let is_about_it = args.forward_invalid || args.insecure || args.forward_timeout.is_some();
    if forward_to.is_empty() && is_about_it {
        return Err(Error::usage(
            "how deliveries are passed on was said, and not where to",
            "add --forward-to, or write `forward_to` into a profile of cz-hook.toml",
        ));
    }
    let transport = Transport {
        timeout: args.forward_timeout.unwrap_or(PATIENCE),
        insecure: args.insecure,
        cacert: None,
    };
    let said = match args.forward_to.is_empty() {
        true => "`forward_to`",
        false => "--forward-to",
    };
    let mut routes = Vec::new();
    for (event, endpoint) in places(forward_to, said, catalog)? {
        routes.push(Route {
            event,
            sender: RawClient::new(&endpoint, &transport, MOST_OF_ANSWER)?,
            endpoint,
        });
    }
    Ok(Forwarding {
        routes,
        invalid: args.forward_invalid,
    })
}

/// The endpoints, each with the event that it is for, or none; `said` is where the texts stand.
///
/// # Errors
/// As [`forwarding`].
pub fn places(
    texts: &[String],
    said: &str,
    catalog: &Catalog,
) -> Result<Vec<(Option<String>, Endpoint)>, Error> {
    let mut places: Vec<(Option<String>, Endpoint)> = Vec::new();
    for text in texts {
        let (event, url) = split_route(text);
        if let Some(event) = event {
            let (name, channel) = match event.split_once('/') {
                Some((name, channel)) => (name, Some(channel)),
                None => (event, None),
            };
            lookup::documented(catalog, None, (name, channel), said)?;
        }
        if places.iter().any(|(known, _)| known.as_deref() == event) {
            return Err(Error::usage(
                format!(
                    "{said} is given twice for {}",
                    event.unwrap_or("every event")
                ),
                "give each event one endpoint, and one more without an event for the rest",
            ));
        }
        places.push((event.map(str::to_owned), Endpoint::parse(url)?));
    }
    Ok(places)
}
