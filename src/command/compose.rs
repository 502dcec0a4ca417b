//! From arguments to bodies: a provider's samples, changed or not, or a file's bytes untouched.

use bytes::Bytes;
use serde_json::Value;

use crate::cli::sample::SampleArgs;
use crate::config::Settings;
use crate::error::Error;
use crate::report::console::Console;
use crate::webhook::catalog::Sample;
use crate::webhook::event::Event;
use crate::webhook::examine::without_bom;
use crate::webhook::provider::Provider;
use crate::webhook::set::SetError;
use crate::webhook::stringify::stringify;

use super::{input, lookup};

/// A body to sign, and what it is.
#[derive(Clone, Debug)]
pub struct Composed {
    /// Whose header and scheme it gets.
    pub provider: &'static Provider,
    /// The event, if it is known.
    pub event: Option<String>,
    /// The channel, if it has one.
    pub channel: Option<String>,
    /// The bytes.
    pub body: Bytes,
}

/// The one body that the arguments describe.
///
/// # Errors
/// When they describe none.
pub fn one(args: &SampleArgs, settings: &Settings, console: &Console) -> Result<Composed, Error> {
    let provider = settings.producing(args.provider.as_deref())?;
    if args.body.is_some() {
        return file(args, provider, console);
    }
    let Some(name) = &args.event else {
        let names: Vec<_> = provider.events.iter().map(|e| e.name.as_str()).collect();
        return Err(Error::usage(
            "there is nothing to sign: neither an event nor --body was given",
            format!("{} documents: {}", provider.name, names.join(", ")),
        ));
    };
    let event = lookup::event(settings.catalog, provider, name)?;
    let channel = lookup::channel(event, args.channel.as_deref())?;
    if args.channel.is_none()
        && let (Some(chosen), others) = (channel, event.channels.len())
    {
        console.note(&format!(
            "{name} comes on {others} channels; this is {chosen}, --channel takes another"
        ));
    }
    let sample = settings
        .catalog
        .sample(provider, event, channel)
        .ok_or_else(|| no_sample(provider))?;
    from_sample(&sample, args, provider)
}

/// Every sample of the provider, or every channel of the event.
///
/// # Errors
/// When a change cannot be made to one of them.
pub fn all(args: &SampleArgs, settings: &Settings) -> Result<Vec<Composed>, Error> {
    let provider = settings.producing(args.provider.as_deref())?;
    if let Some(name) = &args.event {
        lookup::event(settings.catalog, provider, name)?;
    }
    settings
        .catalog
        .samples(provider)
        .iter()
        .filter(|s| args.event.as_ref().is_none_or(|name| s.event.name == *name))
        .map(|sample| from_sample(sample, args, provider))
        .collect()
}

fn from_sample(
    sample: &Sample<'_>,
    args: &SampleArgs,
    provider: &'static Provider,
) -> Result<Composed, Error> {
    let mut json: Value = serde_json::from_slice(sample.json).map_err(|_| no_sample(provider))?;
    for assignment in &args.set {
        assignment
            .apply(&mut json, args.add)
            .map_err(|why| unsettable(&why, &shown_by(sample)))?;
    }
    Ok(Composed {
        provider,
        event: Some(sample.event.name.clone()),
        channel: sample.channel.map(str::to_owned),
        body: stringify(&json).into(),
    })
}

fn shown_by(sample: &Sample<'_>) -> String {
    format!(
        "`cz-hook events show {} --provider {}` prints the sample",
        sample.event.name, sample.provider.name
    )
}

/// Why `--set` cannot be done; `otherwise` is what to do when no nearer name helps.
pub fn unsettable(why: &SetError, otherwise: &str) -> Error {
    let hint = match why {
        SetError::NoSuchPath {
            nearest: Some(near),
            ..
        } => format!("did you mean `{near}`? --add adds what is not there"),
        SetError::NoSuchPath { nearest: None, .. } => "--add adds what is not there".to_owned(),
        _ => otherwise.to_owned(),
    };
    Error::usage(format!("--set: {why}"), hint)
}

fn no_sample(provider: &Provider) -> Error {
    Error::usage(
        format!("{} has no sample for this event", provider.name),
        "give the body with --body FILE",
    )
}

fn file(
    args: &SampleArgs,
    provider: &'static Provider,
    console: &Console,
) -> Result<Composed, Error> {
    let bytes = input::read(args.body.as_deref())?;
    let found = serde_json::from_slice::<Value>(without_bom(&bytes))
        .map(|json| Event::read(provider, &json))
        .unwrap_or_default();
    // The body is the user's and goes out as it is; what the words beside it claim is only checked.
    for (given, has, what) in [
        (&args.event, &found.name, "event"),
        (&args.channel, &found.channel, "channel"),
    ] {
        if given.is_some() && given != has {
            console.warn(
                &format!(
                    "the body's {what} is {}, not {}",
                    has.as_deref().unwrap_or("not given"),
                    given.as_deref().unwrap_or_default()
                ),
                "--body is sent as it is; change the file if this is not meant",
            );
        }
    }
    Ok(Composed {
        provider,
        event: found.name,
        channel: found.channel,
        body: bytes.into(),
    })
}
