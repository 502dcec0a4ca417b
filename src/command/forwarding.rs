//! From `--forward-to` to routes.

use std::time::Duration;

use crate::cli::listen::ForwardArgs;
use crate::error::Error;
use crate::listener::{Forwarding, MOST_OF_ANSWER, Route};
use crate::sender::{Endpoint, Exact, Transport};
use crate::webhook::catalog::Catalog;

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
    let mut routes: Vec<Route> = Vec::new();
    for text in forward_to {
        let (event, url) = split(text);
        if let Some(event) = event {
            known(event, catalog)?;
        }
        if routes.iter().any(|route| route.event.as_deref() == event) {
            return Err(Error::usage(
                format!(
                    "--forward-to is given twice for {}",
                    event.unwrap_or("every event")
                ),
                "give each event one endpoint, and one more without an event for the rest",
            ));
        }
        let endpoint = Endpoint::parse(url)?;
        routes.push(Route {
            event: event.map(str::to_owned),
            sender: Exact::new(&endpoint, &transport, MOST_OF_ANSWER)?,
            endpoint,
        });
    }
    Ok(Forwarding {
        routes,
        invalid: args.forward_invalid,
    })
}

/// `EVENT=URL`, or a URL, which may hold `=` in its query.
fn split(text: &str) -> (Option<&str>, &str) {
    match text.split_once('=') {
        Some((event, url)) if !event.contains("://") => (Some(event), url),
        _ => (None, text),
    }
}

/// An event that nobody documents would never be passed on, and nobody would know why.
fn known(event: &str, catalog: &Catalog) -> Result<(), Error> {
    let name = event.split('/').next().unwrap_or(event);
    if catalog.documenting(name).is_empty() {
        return Err(Error::usage(
            format!("--forward-to: nobody documents an event `{name}`"),
            "`cz-hook events` lists them",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn an_equals_sign_in_a_query_is_no_event() {
        assert_eq!(split("http://h/?a=b"), (None, "http://h/?a=b"));
        assert_eq!(
            split("lead.submit=http://h/?a=b"),
            (Some("lead.submit"), "http://h/?a=b")
        );
    }
}
