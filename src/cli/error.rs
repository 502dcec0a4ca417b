//! Errors of clap, in the form of every other error: one line for what happened, one for what to do.

use std::error::Error as _;
use std::ffi::OsString;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, Error as ClapError, ErrorKind};

use crate::error::Error;
use crate::output::style::ColorChoice;
use crate::webhook::suggest;

/// The usage error of a command line that clap rejects.
pub fn explain(error: &ClapError) -> Error {
    let text = error.render().to_string();
    // The first paragraph says what happened; it lists possible values on lines of their own.
    let message: Vec<_> =
        text.lines().take_while(|line| !line.trim().is_empty()).map(str::trim).collect();
    let message = message.join(" ");
    let message = message.strip_prefix("error: ").unwrap_or(&message);
    // A header's value may be a token, which the message of clap repeats.
    let message = match (error.get(ContextKind::InvalidArg), error.source()) {
        (Some(ContextValue::String(arg)), Some(why)) if arg.starts_with("--header") => {
            format!("invalid value for '{arg}': {why}")
        }
        _ => message.to_owned(),
    };
    Error::usage(message, hint(error))
}

/// The value of `--color` on a command line that clap rejects.
pub fn color(args: &[OsString]) -> ColorChoice {
    let asked = args.iter().enumerate().find_map(|(i, arg)| {
        let arg = arg.to_str()?;
        match arg.strip_prefix("--color") {
            Some("") => args.get(i + 1)?.to_str(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        }
    });
    asked.and_then(|word| ColorChoice::from_str(word, false).ok()).unwrap_or_default()
}

/// What the user gave in place of what is suggested.
fn given(error: &ClapError) -> String {
    let kinds = match error.kind() {
        ErrorKind::InvalidSubcommand => [ContextKind::InvalidSubcommand, ContextKind::InvalidArg],
        ErrorKind::InvalidValue => [ContextKind::InvalidValue, ContextKind::InvalidArg],
        _ => [ContextKind::InvalidArg, ContextKind::InvalidSubcommand],
    };
    let mut texts = kinds.into_iter().filter_map(|kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.clone()),
        _ => None,
    });
    texts.next().unwrap_or_default()
}

fn hint(error: &ClapError) -> String {
    let suggested =
        [ContextKind::SuggestedSubcommand, ContextKind::SuggestedArg, ContextKind::SuggestedValue];
    for kind in suggested {
        let name = match error.get(kind) {
            Some(ContextValue::String(name)) => Some(name),
            Some(ContextValue::Strings(names)) => names.first(),
            _ => None,
        };
        // What clap thinks similar often is not.
        if let Some(name) = name.and_then(|name| suggest::nearest(&given(error), [name.as_str()])) {
            return format!("did you mean `{name}`?");
        }
    }
    // What this tool adds to clap's commands.
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(name) = suggest::nearest(&given(error), ["help", "version"])
    {
        return format!("did you mean `{name}`?");
    }
    let values = error.get(ContextKind::ValidValue);
    let has_values = matches!(values, Some(ContextValue::Strings(names)) if !names.is_empty());
    match error.kind() {
        ErrorKind::InvalidValue if has_values => "choose one of these values",
        ErrorKind::InvalidValue => "give it a value; check that the variable it comes from is set",
        ErrorKind::ArgumentConflict => "leave out one of the two",
        ErrorKind::MissingRequiredArgument => "add it; `cz-hook COMMAND --help` has examples",
        ErrorKind::ValueValidation => "correct the value; `cz-hook COMMAND --help` has examples",
        _ => "`cz-hook --help` and `cz-hook COMMAND --help` list commands and options",
    }
    .to_owned()
}
