//! What clap says of a command line it cannot read, in the form of every other error: one line for what
//! happened, one for what to do.

use clap::error::{ContextKind, ContextValue, Error as ClapError, ErrorKind};

use crate::error::Error;

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
    Error::usage(what, hint(error))
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
        ErrorKind::InvalidValue if error.get(ContextKind::ValidValue).is_some() => {
            "choose one of these values"
        }
        ErrorKind::InvalidValue => "give it a value: is the variable set that it comes from?",
        ErrorKind::ArgumentConflict => "leave one of the two out",
        ErrorKind::MissingRequiredArgument => "add it; `cz-hook COMMAND --help` has examples",
        ErrorKind::ValueValidation => "correct the value; `cz-hook COMMAND --help` has examples",
        _ => "`cz-hook --help` and `cz-hook COMMAND --help` list what there is",
    }
    .to_owned()
}
