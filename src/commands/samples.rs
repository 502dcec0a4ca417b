//! Samples by the names people type: the user's own fixtures first, then what the provider documents.

use crate::config::Settings;
use crate::error::Error;
use crate::output::console::Console;
use crate::webhook::provider::catalog;
use crate::webhook::provider::fixture::Fixture;
use crate::webhook::provider::{EventSpec, Provider};
use crate::webhook::suggest;

use super::lookup;

/// A sample that was found.
#[derive(Debug)]
pub struct Sample<'s> {
    /// Whose header and scheme it gets.
    pub provider: &'static Provider,
    /// The event, if it has one.
    pub event: Option<&'s str>,
    /// The channel, if it has one.
    pub channel: Option<&'s str>,
    /// The documented event; `None` for the user's own samples.
    pub documented: Option<&'s EventSpec>,
    /// What it is asked for by.
    pub name: &'s str,
    /// The JSON text.
    pub json: &'s [u8],
}

/// The sample of an event, or the user's own of this name. A fixture of the user's goes before a
/// provider's sample of the same name, and brings its provider along unless one is named.
///
/// # Errors
/// When there is none; names the nearest.
pub fn find<'s>(
    settings: &'s Settings,
    provider: Option<&str>,
    name: &str,
    channel: Option<&str>,
    console: &Console,
) -> Result<Sample<'s>, Error> {
    let is_named = settings.names_provider(provider);
    let provider = settings.producing(provider)?;
    let fixtures = settings.fixtures()?;
    let own = |name: &str, may_be_anybodys: bool| {
        Fixture::named(fixtures, name)
            .filter(|own| may_be_anybodys || own.provider.name == provider.name)
    };
    let asked = channel.map_or(name.to_owned(), |channel| format!("{name}.{channel}"));
    if let Some(fixture) = own(&asked, !is_named) {
        return Ok(of_user(fixture));
    }
    let event = lookup::event(settings.catalog, provider, name)
        .map_err(|error| nearer(error, &asked, provider, fixtures))?;
    let chosen = lookup::channel(event, channel)?;
    if let (None, Some(chosen)) = (channel, chosen) {
        let channels = event.channels.len();
        if channels > 1 {
            console.note(&format!(
                "{name} comes on {channels} channels; this is {chosen}, --channel takes another"
            ));
        }
        if let Some(fixture) = own(&format!("{name}.{chosen}"), false) {
            return Ok(of_user(fixture));
        }
    }
    let sample = settings.catalog.sample(provider, event, chosen);
    sample
        .map(|sample| of_provider(provider, sample))
        .ok_or_else(|| {
            Error::usage(
                format!("{} has no sample for this event", provider.name),
                "give the body with --body FILE, or write it into a fixture of your own",
            )
        })
}

/// Every sample of the provider, or every one of an event, the user's own among them.
///
/// # Errors
/// When there is none of this event.
pub fn all<'s>(
    settings: &'s Settings,
    provider: &'static Provider,
    event: Option<&str>,
) -> Result<Vec<Sample<'s>>, Error> {
    let fixtures = settings.fixtures()?;
    let own = fixtures
        .iter()
        .filter(|own| own.provider.name == provider.name);
    let documented = settings.catalog.samples(provider);
    let is_replaced = |sample: &catalog::Sample<'_>| {
        own.clone().any(|own| match sample.channel {
            Some(channel) => own.name == format!("{}.{channel}", sample.event.name),
            None => own.name == sample.event.name,
        })
    };
    let kept: Vec<_> = documented
        .into_iter()
        .filter(|sample| !is_replaced(sample))
        .collect();
    let all = kept
        .into_iter()
        .map(|sample| of_provider(provider, sample))
        .chain(own.clone().map(of_user));
    let wanted = |sample: &Sample<'_>| {
        event.is_none_or(|event| sample.event == Some(event) || sample.name == event)
    };
    let found: Vec<_> = all.filter(wanted).collect();
    match (event, found.is_empty()) {
        (Some(event), true) => lookup::event(settings.catalog, provider, event)
            .map(|_| found)
            .map_err(|error| nearer(error, event, provider, fixtures)),
        _ => Ok(found),
    }
}

fn of_user(fixture: &Fixture) -> Sample<'_> {
    Sample {
        provider: fixture.provider,
        event: fixture.event.name.as_deref(),
        channel: fixture.event.channel.as_deref(),
        documented: None,
        name: &fixture.name,
        json: &fixture.json,
    }
}

fn of_provider<'s>(provider: &'static Provider, sample: catalog::Sample<'s>) -> Sample<'s> {
    Sample {
        provider,
        event: Some(&sample.event.name),
        channel: sample.channel,
        documented: Some(sample.event),
        name: &sample.event.name,
        json: sample.json,
    }
}

/// The same error with a better hint, when a fixture of the user's is what was meant.
fn nearer(mut error: Error, name: &str, provider: &Provider, fixtures: &[Fixture]) -> Error {
    if let Some(fixture) = Fixture::named(fixtures, name) {
        error.hint = format!(
            "your fixture of this name is one of {}: add --provider {0}",
            fixture.provider.name
        );
        return error;
    }
    let own = fixtures.iter().map(|fixture| fixture.name.as_str());
    let documented = provider.events.iter().map(|event| event.name.as_str());
    if let Some(near) = suggest::nearest(name, own.chain(documented))
        && Fixture::named(fixtures, near).is_some()
    {
        error.hint = format!("did you mean `{near}`, a fixture of yours?");
    }
    error
}
