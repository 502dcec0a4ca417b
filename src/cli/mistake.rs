//! What clap says of a command line it cannot read, in the form of every other error: one line for what
//! happened, one for what to do.

use std::error::Error as _;
use std::ffi::OsString;

use clap::ValueEnum;
use clap::error::{ContextKind, ContextValue, Error as ClapError, ErrorKind};

use crate::error::Error;

use super::ColorWhen;

/// A usage error from clap's own.
pub fn explain(error: &ClapError) -> Error {
    let text = error.render().to_string();
    // The first paragraph says what happened; possible values stand on lines of their own in it.
    let what: Vec<_> = text
        .lines()
        .take_while(|line| !line.trim().is_empty())
        .map(str::trim)
        .collect();
    let what = what.join(" ");
    let what = what.strip_prefix("error: ").unwrap_or(&what);
    // A header's value may be a token: its sentence is not made of clap's, which repeats it.
    let what = match (error.get(ContextKind::InvalidArg), error.source()) {
        (Some(ContextValue::String(arg)), Some(why)) if arg.starts_with("--header") => {
            format!("invalid value for '{arg}': {why}")
        }
        _ => what.to_owned(),
    };
    Error::usage(what, hint(error))
}

/// The colour that was asked for on a command line that cannot be read.
pub fn color(args: &[OsString]) -> ColorWhen {
    let asked = args.iter().enumerate().find_map(|(i, arg)| {
        let arg = arg.to_str()?;
        match arg.strip_prefix("--color") {
            Some("") => args.get(i + 1)?.to_str(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        }
    });
    asked
        .and_then(|word| ColorWhen::from_str(word, false).ok())
        .unwrap_or_default()
}

fn has_valid_values(error: &ClapError) -> bool {
    let values = error.get(ContextKind::ValidValue);
    matches!(values, Some(ContextValue::Strings(names)) if !names.is_empty())
}

fn hint(error: &ClapError) -> String {
    let suggested = [
        ContextKind::SuggestedSubcommand,
        ContextKind::SuggestedArg,
        ContextKind::SuggestedValue,
    ];
    for kind in suggested {
        let name = match error.get(kind) {
            Some(ContextValue::String(name)) => name,
            Some(ContextValue::Strings(names)) => match names.first() {
                Some(name) => name,
                None => continue,
            },
            _ => continue,
        };
        return format!("did you mean `{name}`?");
    }
    match error.kind() {
        ErrorKind::InvalidValue if has_valid_values(error) => "choose one of these values",
        ErrorKind::InvalidValue => "give it a value: is the variable set that it comes from?",
        ErrorKind::ArgumentConflict => "leave one of the two out",
        ErrorKind::MissingRequiredArgument => "add it; `cz-hook COMMAND --help` has examples",
        ErrorKind::ValueValidation => "correct the value; `cz-hook COMMAND --help` has examples",
        _ => "`cz-hook --help` and `cz-hook COMMAND --help` list what there is",
    }
    .to_owned()
}
