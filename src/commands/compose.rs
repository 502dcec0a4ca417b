//! From arguments to bodies: a provider's samples, changed or not, or a file's bytes untouched.

use bytes::Bytes;
use serde_json::Value;

use crate::cli::sample::SampleArgs;
use crate::config::Settings;
use crate::error::Error;
use crate::output::console::Console;
use crate::webhook::analysis::without_bom;
use crate::webhook::payload::event::Event;
use crate::webhook::payload::set::SetError;
use crate::webhook::payload::stringify::stringify;
use crate::webhook::provider::Provider;

use super::input;
use super::samples::{self, Sample};

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
    let channel = args.channel.as_deref();
    let sample = samples::find(settings, args.provider.as_deref(), name, channel, console)?;
    from_sample(&sample, args)
}

/// Every sample of the provider, or every channel of the event.
///
/// # Errors
/// When a change cannot be made to one of them.
pub fn all(args: &SampleArgs, settings: &Settings) -> Result<Vec<Composed>, Error> {
    let provider = settings.producing(args.provider.as_deref())?;
    samples::all(settings, provider, args.event.as_deref())?
        .iter()
        .map(|sample| from_sample(sample, args))
        .collect()
}

fn from_sample(sample: &Sample<'_>, args: &SampleArgs) -> Result<Composed, Error> {
    let shown_by = || {
        format!(
            "`cz-hook events show {} --provider {}` prints the sample",
            sample.name, sample.provider.name
        )
    };
    let mut json: Value = serde_json::from_slice(without_bom(sample.json))
        .map_err(|why| Error::usage(format!("{} is not JSON: {why}", sample.name), shown_by()))?;
    for assignment in &args.set {
        assignment
            .apply(&mut json, args.add)
            .map_err(|why| unsettable(&why, &shown_by()))?;
    }
    // What was set may be the event itself. Not every provider's body says on which channel it came.
    let event = Event::read(sample.provider, &json);
    Ok(Composed {
        provider: sample.provider,
        event: event.name.or(sample.event.map(str::to_owned)),
        channel: event.channel.or(sample.channel.map(str::to_owned)),
        body: stringify(&json).into(),
    })
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
