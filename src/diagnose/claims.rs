//! What a delivery's headers claim: every value that may be its signature, read in every way that makes sense.

use crate::webhook::delivery::Delivery;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::scheme::Scheme;

use super::cause::Cause;
use super::construction::{Construction, constructions};
use super::received::{Reading, readings};
use super::runtimes::Stack;

/// The most values of one header, and the most unknown headers, that are looked at.
const MOST_VALUES: usize = 4;

/// Every way to read what may be the signature: under the provider's scheme, then under others'.
pub fn claims<'q>(
    delivery: &'q Delivery,
    provider: Option<&'q Provider>,
    catalog: &'q Catalog,
) -> Vec<(Reading<'q>, Vec<Construction>)> {
    let headers = &delivery.headers;
    let own = provider.and_then(|p| p.signature.as_ref());
    let mut found: Vec<Reading<'_>> = Vec::new();
    let mut looked_at = Vec::new();
    if let Some(scheme) = own {
        let values: Vec<_> = headers.all(&scheme.header).collect();
        for value in values.iter().take(MOST_VALUES) {
            let more = (values.len() > 1)
                .then(|| Cause::with("header.repeated", values.len().to_string()));
            found.extend(
                readings(value, scheme)
                    .into_iter()
                    .map(|r| r.with(more.clone())),
            );
        }
        looked_at.push(scheme.header.as_str());
    }
    for provider in catalog.providers() {
        let Some(scheme) = &provider.signature else {
            continue;
        };
        if own.is_some_and(|own| is_same(own, scheme)) {
            continue;
        }
        looked_at.push(&scheme.header);
        let Some(value) = headers.get(&scheme.header) else {
            continue;
        };
        if !scheme.fits(value.trim_ascii()) {
            continue;
        }
        let says = format!("{} of {} ({})", scheme.header, provider.name, scheme.form());
        let cause = Cause::with("header.other_provider", says);
        found.extend(
            readings(value, scheme)
                .into_iter()
                .filter(|reading| reading.causes.is_empty())
                .map(|reading| reading.with(Some(cause.clone()))),
        );
    }
    if let Some(scheme) = own {
        for (name, value) in unknown_signatures(delivery, &looked_at) {
            let says = format!("`{name}`, not in `{}`", scheme.header);
            let cause = Cause::with("header.renamed", says);
            let all = readings(value, scheme).into_iter();
            found.extend(all.map(|reading| reading.with(Some(cause.clone()))));
        }
    }
    found.sort_by_key(|reading| reading.causes.len());
    found
        .into_iter()
        .map(|reading| {
            let constructions = constructions(reading.scheme, headers, reading.time.as_deref());
            (reading, constructions)
        })
        .collect()
}

/// Whether two schemes give the same header.
fn is_same(one: &Scheme, other: &Scheme) -> bool {
    (
        &one.header,
        one.algorithm,
        one.encoding,
        &one.prefix,
        &one.signs,
    ) == (
        &other.header,
        other.algorithm,
        other.encoding,
        &other.prefix,
        &other.signs,
    )
}

/// Headers that may hold a signature by their names, and are no known provider's.
fn unknown_signatures<'d>(
    delivery: &'d Delivery,
    known: &[&str],
) -> impl Iterator<Item = (String, &'d [u8])> {
    let all = delivery.headers.iter();
    all.map(|(name, value)| (name.to_ascii_lowercase(), value))
        .filter(|(name, _)| name.contains("signature") || name.contains("hmac"))
        .filter(move |(name, _)| !known.contains(&name.as_str()))
        .take(MOST_VALUES)
}

/// The language that the sender's program says it is written in.
pub fn sender(delivery: &Delivery) -> Option<Stack> {
    const AGENTS: &[(&str, Stack)] = &[
        ("python", Stack::Python),
        ("aiohttp", Stack::Python),
        ("httpx", Stack::Python),
        ("guzzle", Stack::Php),
        ("php", Stack::Php),
        ("ruby", Stack::Ruby),
        ("faraday", Stack::Ruby),
        ("rails", Stack::Rails),
        ("go-http-client", Stack::Go),
        ("go-resty", Stack::Go),
        ("java", Stack::Jackson),
        ("okhttp", Stack::Jackson),
        ("restsharp", Stack::DotNet),
        (".net", Stack::DotNet),
        ("node", Stack::Node),
        ("axios", Stack::Node),
        ("undici", Stack::Node),
    ];
    let agent = delivery.headers.get("user-agent")?;
    let agent = String::from_utf8_lossy(agent).to_ascii_lowercase();
    let found = AGENTS.iter().find(|(word, _)| agent.contains(word));
    found.map(|(_, stack)| *stack)
}
