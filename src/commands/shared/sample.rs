//! Events, channels and samples by the names that users give, and the body that `sign` and `send` work on: a sample of
//! a provider or of the user, changed or not, or the bytes of a file, unchanged.

use std::path::PathBuf;

use bytes::Bytes;

use crate::config::Settings;
use crate::error::Error;
use crate::output::console::Console;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::Event;
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::set::{Assignment, SetError};
use crate::webhook::payload::stringify::stringify;
use crate::webhook::provider::catalog::{self, Catalog};
use crate::webhook::provider::folder::Fixture;
use crate::webhook::provider::{Content, EventSpec, Provider};
use crate::webhook::suggest;

use super::input::read_body;

/// Which body: a sample, changed or not, or a file's bytes.
#[derive(Clone, Debug, Default)]
pub struct SampleOptions {
    /// The event, or the name of one of the user's samples.
    pub event: Option<String>,
    pub provider: Option<String>,
    pub channel: Option<String>,
    /// The file whose bytes are the body; `-` is standard input.
    pub body: Option<PathBuf>,
    /// The body itself.
    pub data: Option<Vec<u8>>,
    /// The maximum length of that file.
    pub max_input: usize,
    /// Whether that file is the body whatever it looks like.
    pub is_any_body: bool,
    pub set: Vec<Assignment>,
    /// Whether `set` may add fields that the sample does not have.
    pub add: bool,
}

impl SampleOptions {
    /// Whether the body is the user's own, and not a sample.
    pub fn has_own_body(&self) -> bool {
        self.body.is_some() || self.data.is_some()
    }
}

/// A body to sign.
#[derive(Clone, Debug)]
pub(crate) struct SignableBody {
    pub provider: &'static Provider,
    pub event: Option<String>,
    pub channel: Option<String>,
    pub body: Bytes,
}

/// The one body that the arguments describe.
pub(crate) fn signable_body(
    options: &SampleOptions,
    settings: &Settings,
    console: &Console,
) -> Result<SignableBody, Error> {
    let provider = settings.producing(options.provider.as_deref())?;
    if options.has_own_body() {
        return own_body(options, provider, console);
    }
    let Some(name) = &options.event else {
        let names: Vec<_> = provider.events.iter().map(|e| e.name.as_str()).collect();
        return Err(Error::usage(
            "there is nothing to sign: neither an event nor a body was given",
            format!("{} documents: {}", provider.name, names.join(", ")),
        ));
    };
    let channel = options.channel.as_deref();
    let sample = find_sample(settings, options.provider.as_deref(), name, channel, console)?;
    from_sample(&sample, options)
}

/// Every sample of the provider, or every channel of the event.
pub(crate) fn signable_bodies(
    options: &SampleOptions,
    settings: &Settings,
) -> Result<Vec<SignableBody>, Error> {
    let provider = settings.producing(options.provider.as_deref())?;
    samples(settings, provider, options.event.as_deref())?
        .iter()
        .map(|sample| from_sample(sample, options))
        .collect()
}

pub(crate) fn from_sample(
    sample: &Sample<'_>,
    options: &SampleOptions,
) -> Result<SignableBody, Error> {
    let shown_by = || {
        format!(
            "`cz-hook events show {} --provider {}` prints the sample",
            sample.name, sample.provider.name
        )
    };
    let made = |body: Bytes, event: Event| SignableBody {
        provider: sample.provider,
        event: event.name.or(sample.event.map(str::to_owned)),
        channel: event.channel.or(sample.channel.map(str::to_owned)),
        body,
    };
    if sample.provider.envelope.form {
        let mut body = sample.body.to_vec();
        if !options.set.is_empty() {
            let mut text = String::from_utf8(body).map_err(|_| {
                Error::usage(
                    format!("{} is not UTF-8, so that --set cannot change it", sample.name),
                    shown_by(),
                )
            })?;
            for assignment in &options.set {
                let applied = assignment.apply_to_form(&mut text, options.add);
                applied.map_err(|why| unsettable(&why, &shown_by()))?;
            }
            body = text.into();
        }
        let body = Bytes::from(body);
        let event = event_of(sample.provider, &body);
        return Ok(made(body, event));
    }
    let not_json = |why| Error::usage(format!("{} is not JSON: {why}", sample.name), shown_by());
    let mut text = parse_body(sample.body).map_err(not_json)?.text().to_owned();
    for assignment in &options.set {
        assignment.apply(&mut text, options.add).map_err(|why| unsettable(&why, &shown_by()))?;
    }
    let json = parse_body(text.as_bytes()).map_err(not_json)?;
    let body = stringify(&json).into();
    // What was set may be the event itself. Not every provider's body says which channel it is of.
    let event = event_of(sample.provider, &body);
    Ok(made(body, event))
}

/// What a body alone says about its event.
fn event_of(provider: &Provider, body: &Bytes) -> Event {
    let delivery = Delivery::post("/", body.clone());
    let json = parse_body(body).ok();
    Event::read(
        provider,
        &delivery.headers,
        &Content::new(&delivery, &delivery.body, json.as_ref()),
    )
}

/// Why `--set` cannot be done; `otherwise` is what to do when no nearer name helps.
pub(crate) fn unsettable(why: &SetError, otherwise: &str) -> Error {
    let hint = match why {
        SetError::NoSuchPath { nearest: Some(near), .. } => {
            format!("did you mean `{near}`? --add adds a missing path")
        }
        SetError::NoSuchPath { nearest: None, .. } => "--add adds a missing path".to_owned(),
        _ => otherwise.to_owned(),
    };
    Error::usage(format!("--set: {why}"), hint)
}

fn own_body(
    options: &SampleOptions,
    provider: &'static Provider,
    console: &Console,
) -> Result<SignableBody, Error> {
    let body = Bytes::from(match &options.data {
        Some(data) => data.clone(),
        None => read_body(options.body.as_deref(), options.max_input, options.is_any_body)?,
    });
    let mut found = event_of(provider, &body);
    if provider.envelope.event.is_outside_body() {
        found.name = options.event.clone();
    }
    // The body is sent as it is; an event or channel that was also given is only compared.
    for (given, has, what) in
        [(&options.event, &found.name, "event"), (&options.channel, &found.channel, "channel")]
    {
        if given.is_some() && given != has {
            console.warn(
                &format!(
                    "the body's {what} is {}, not {}",
                    has.as_deref().unwrap_or("not given"),
                    given.as_deref().unwrap_or_default()
                ),
                "a body of your own is sent as it is; change it if this is not meant",
            );
        }
    }
    Ok(SignableBody { provider, event: found.name, channel: found.channel, body })
}

/// A sample that was found.
#[derive(Debug)]
pub(crate) struct Sample<'s> {
    pub provider: &'static Provider,
    pub event: Option<&'s str>,
    pub channel: Option<&'s str>,
    /// The documented event; `None` for the user's own samples.
    pub documented: Option<&'s EventSpec>,
    pub name: &'s str,
    pub body: &'s [u8],
}

/// The sample of an event, or the user's own of this name. A fixture of the user's goes before a
/// provider's sample of the same name, and brings its provider along unless one is named.
pub(crate) fn find_sample<'s>(
    settings: &'s Settings,
    provider: Option<&str>,
    name: &str,
    channel: Option<&str>,
    console: &Console,
) -> Result<Sample<'s>, Error> {
    let is_named = settings.names_provider(provider);
    let provider = settings.producing(provider)?;
    let fixtures = settings.fixtures()?;
    let own = |name: &str, of_any_provider: bool| {
        Fixture::named(fixtures, name)
            .filter(|own| of_any_provider || own.provider.name == provider.name)
    };
    let asked = channel.map_or(name.to_owned(), |channel| format!("{name}.{channel}"));
    if let Some(fixture) = own(&asked, !is_named) {
        return Ok(of_user(fixture));
    }
    let event = find_event(settings.catalog, provider, name)
        .map_err(|error| nearer(error, &asked, provider, fixtures))
        .map_err(|error| settings.explain(error, &["fixtures", "providers"]))?;
    let chosen = find_channel(event, channel)?;
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
    sample.map(|sample| of_provider(provider, sample)).ok_or_else(|| no_sample(provider))
}

/// Every sample of the provider, or every one of an event, the user's own among them.
pub(crate) fn samples<'s>(
    settings: &'s Settings,
    provider: &'static Provider,
    event: Option<&str>,
) -> Result<Vec<Sample<'s>>, Error> {
    let fixtures = settings.fixtures()?;
    let own = fixtures.iter().filter(|own| own.provider.name == provider.name);
    let documented = settings.catalog.samples(provider);
    let is_replaced = |sample: &catalog::Sample<'_>| {
        own.clone().any(|own| match sample.channel {
            Some(channel) => own.name == format!("{}.{channel}", sample.event.name),
            None => own.name == sample.event.name,
        })
    };
    let kept: Vec<_> = documented.into_iter().filter(|sample| !is_replaced(sample)).collect();
    let all = kept
        .into_iter()
        .map(|sample| of_provider(provider, sample))
        .chain(own.clone().map(of_user));
    let wanted = |sample: &Sample<'_>| {
        event.is_none_or(|event| sample.event == Some(event) || sample.name == event)
    };
    let found: Vec<_> = all.filter(wanted).collect();
    if found.is_empty() {
        if let Some(event) = event {
            let known = find_event(settings.catalog, provider, event);
            known.map_err(|error| nearer(error, event, provider, fixtures))?;
        }
        return Err(no_sample(provider));
    }
    Ok(found)
}

fn no_sample(provider: &Provider) -> Error {
    Error::usage(
        format!("{} has no sample to send or sign", provider.name),
        "give the body with --body FILE, or write it into a fixture of your own",
    )
}

fn of_user(fixture: &Fixture) -> Sample<'_> {
    Sample {
        provider: fixture.provider,
        event: fixture.event.name.as_deref(),
        channel: fixture.event.channel.as_deref(),
        documented: None,
        name: &fixture.name,
        body: &fixture.json,
    }
}

pub(crate) fn of_provider<'s>(
    provider: &'static Provider,
    sample: catalog::Sample<'s>,
) -> Sample<'s> {
    Sample {
        provider,
        event: Some(&sample.event.name),
        channel: sample.channel,
        documented: Some(sample.event),
        name: &sample.event.name,
        body: sample.body,
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

/// The event of this name; the error names the provider that documents it, or the nearest name.
pub(crate) fn find_event<'p>(
    catalog: &Catalog,
    provider: &'p Provider,
    name: &str,
) -> Result<&'p EventSpec, Error> {
    provider.event(name).ok_or_else(|| {
        let others: Vec<_> = catalog.documenting(name).iter().map(|p| p.name.as_str()).collect();
        let own = || provider.events.iter().map(|e| e.name.as_str());
        let near = suggest::nearest(name, own()).map(|near| format!("did you mean `{near}`?"));
        let elsewhere = others.first().map(|first| {
            let s = if others.len() == 1 { "s" } else { "" };
            format!("{} document{s} it: add --provider {first}", others.join(" and "))
        });
        let hint = match (elsewhere, near) {
            (Some(elsewhere), Some(near)) => format!("{elsewhere}; or {near}"),
            (Some(one), None) | (None, Some(one)) => one,
            (None, None) => {
                let names: Vec<_> = own().collect();
                format!("{} documents: {}", provider.name, names.join(", "))
            }
        };
        Error::usage(format!("{} documents no event `{name}`", provider.name), hint)
    })
}

/// The channel of this name; the first one when none is named, nothing when the event has none.
fn find_channel<'e>(event: &'e EventSpec, name: Option<&str>) -> Result<Option<&'e str>, Error> {
    let Some(name) = name else {
        return Ok(event.channels.first().map(String::as_str));
    };
    if event.channels.is_empty() {
        return Err(Error::usage(
            format!("{} has no channels", event.name),
            "leave the channel out",
        ));
    }
    let found = event.channels.iter().find(|c| *c == name);
    found.map(|c| Some(c.as_str())).ok_or_else(|| {
        let names = event.channels.iter().map(String::as_str);
        let near = suggest::nearest(name, names)
            .map(|n| format!("did you mean `{n}`? "))
            .unwrap_or_default();
        Error::usage(
            format!("{} has no channel `{name}`", event.name),
            format!("{near}There are: {}", event.channels.join(", ")),
        )
    })
}

/// Makes sure that an event, and its channel if one is named, can come: of this provider, or of any. An event that no
/// provider documents would be waited for in vain; `asked` is the option that names it.
pub(crate) fn check_documented(
    catalog: &Catalog,
    provider: Option<&Provider>,
    (name, on): (&str, Option<&str>),
    asked: &str,
) -> Result<(), Error> {
    let documenting = match provider {
        Some(provider) => vec![find_event(catalog, provider, name)?],
        None => {
            let all = catalog.documenting(name);
            all.into_iter().filter_map(|p| p.event(name)).collect()
        }
    };
    let comes = documenting.iter().map(|event| find_channel(event, on));
    let first_or_best = comes.reduce(|best, next| best.or_else(|why| next.map_err(|_| why)));
    match first_or_best {
        Some(found) => found.map(|_| ()),
        None => Err(Error::usage(
            format!("{asked}: no provider documents an event `{name}`"),
            match suggest::nearest(name, catalog.event_names()) {
                Some(near) => format!("did you mean `{near}`? `cz-hook events` lists all"),
                None => "`cz-hook events` lists them".to_owned(),
            },
        )),
    }
}
