//! Errors of clap, in the form of every other error: one line for what happened, one for what to do.

use std::error::Error as _;
use std::ffi::OsString;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, Error as ClapError, ErrorKind};

use crate::error::Error;
use crate::mask;
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
    Error::usage(without_secrets(message, error), hint(error))
}

/// The message of clap without the secrets in the arguments that it repeats: the token of a header, and the password
/// of a URL.
fn without_secrets(message: &str, error: &ClapError) -> String {
    let context = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => text.as_str(),
        _ => "",
    };
    let arg = context(ContextKind::InvalidArg);
    if let Some(why) = error.source()
        && arg.starts_with("--header")
    {
        return format!("invalid value for '{arg}': {why}");
    }
    let is_url = arg.ends_with("URL>");
    let value = context(ContextKind::InvalidValue);
    [arg, context(ContextKind::InvalidSubcommand), if is_url { value } else { "" }]
        .into_iter()
        .filter(|word| word.contains("@"))
        .fold(message.to_owned(), |message, word| message.replace(word, &mask::invalid_url(word)))
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
        // Clap also suggests names that are not similar.
        if let Some(name) = name.and_then(|name| suggest::nearest(&given(error), [name.as_str()])) {
            return format!("did you mean `{name}`?");
        }
    }
    // `help` and `version` are no commands of clap here: they are only known as the first word.
    let given = given(error);
    if error.kind() == ErrorKind::InvalidSubcommand
        && let Some(name) = suggest::nearest(&given, ["help", "version"])
    {
        return match name == given {
            true => format!("put it first: `cz-hook {name}`"),
            false => format!("did you mean `{name}`?"),
        };
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
