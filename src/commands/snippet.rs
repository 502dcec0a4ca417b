//! `cz-hook snippet`: prints an endpoint to paste, or lists them.

use serde::Serialize;

use crate::config::Settings;
use crate::error::{Error, Exit};
use crate::json_line;
use crate::output::console::Console;
use crate::output::table::{self, Cell};
use crate::snippets::stacks::{self, Stack};
use crate::snippets::{self, Refusal, Snippet};
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::{Catalog, DEFAULT_PROVIDER};
use crate::webhook::signature::scheme::Scheme;

use super::shared::signing::named_schemes;

#[derive(Debug)]
pub struct SnippetOptions {
    /// Its name or alias; `None` lists all.
    pub name: Option<String>,
    /// The provider; the default one when absent.
    pub provider: Option<String>,
    /// The name of the signature, for a provider that has several.
    pub signature: Option<String>,
    /// Whether a library verifies.
    pub library: bool,
    pub json: bool,
}

/// `settings` is only needed for a provider that is named.
pub fn run(
    options: &SnippetOptions,
    settings: Option<&Settings>,
    console: &Console,
) -> Result<Exit, Error> {
    let provider = match (settings, &options.provider) {
        (Some(settings), Some(name)) => settings.producing(Some(name))?,
        _ => Catalog::builtin().provider(DEFAULT_PROVIDER).ok_or_else(no_provider)?,
    };
    let scheme = scheme(provider, options.signature.as_deref())?;
    let write = |stack: &Stack, name: &str| match options.library {
        true => snippets::of_library(stack, name, provider, scheme),
        false => snippets::of_scheme(stack, name, provider, scheme),
    };
    let line = |stack: &'static Stack, name: &str, made: &Result<Snippet, Refusal>| Line {
        name: stack.name,
        aliases: stack.aliases,
        stack: stack.title,
        file: stack.file,
        run: made.as_ref().map_or_else(|_| stack.run(name, &[]), |snippet| snippet.run.clone()),
        provider: provider.name.clone(),
        signature: scheme.name.clone(),
        variant: if options.library { "library" } else { "scheme" },
        refuses: made.as_ref().err().map(|refusal| refusal.reason.clone()),
        text: None,
    };
    let Some(name) = &options.name else {
        let made = stacks::ALL.iter().map(|stack| (stack, write(stack, stack.name)));
        if options.json {
            let lines =
                made.flat_map(|(stack, made)| json_line::line(&line(stack, stack.name, &made)));
            console.print(&lines.collect::<Vec<u8>>())?;
        } else {
            console.print(list(made, console).as_bytes())?;
            console.hint("`cz-hook snippet NAME` prints the file");
        }
        return Ok(Exit::Success);
    };
    let stack = stacks::find(name).ok_or_else(|| unknown(name))?;
    let made = write(stack, name);
    match made {
        Err(refusal) => return Err(Error::usage(refusal.reason, refusal.hint)),
        Ok(snippet) if !options.json => console.print(snippet.text.as_bytes())?,
        Ok(_) => {
            let line = line(stack, name, &made);
            let text = made.ok().map(|snippet| snippet.text);
            console.print(&json_line::line(&Line { text, ..line }))?;
        }
    }
    Ok(Exit::Success)
}

/// The signature to verify.
fn scheme<'p>(provider: &'p Provider, name: Option<&str>) -> Result<&'p Scheme, Error> {
    named_schemes(provider, name)?.into_iter().next().ok_or_else(|| {
        Error::usage(
            format!(
                "`{}` does not sign its deliveries, so an endpoint cannot verify them",
                provider.name
            ),
            "`cz-hook providers` lists how each provider signs",
        )
    })
}

fn no_provider() -> Error {
    Error::usage(format!("there is no provider `{DEFAULT_PROVIDER}`"), "name one with --provider")
}

fn list(
    made: impl Iterator<Item = (&'static Stack, Result<Snippet, Refusal>)>,
    console: &Console,
) -> String {
    let rows: Vec<_> = made
        .map(|(stack, made)| {
            let run = match made {
                Ok(snippet) => snippet.run,
                Err(refusal) => format!("(none: {})", refusal.reason),
            };
            [stack.name, stack.title, &run].map(Cell::from)
        })
        .collect();
    table::text(["NAME", "STACK", "RUN"], &rows, console.out)
}

fn unknown(name: &str) -> Error {
    let hint = match stacks::nearest(name) {
        Some(near) => format!("did you mean `{near}`? `cz-hook snippet` lists all"),
        None => {
            let names: Vec<_> = stacks::ALL.iter().map(|stack| stack.name).collect();
            format!("available: {}", names.join(", "))
        }
    };
    Error::usage(format!("there is no snippet `{name}`"), hint)
}

/// A line of `snippet --json`.
#[derive(Serialize)]
#[serde(tag = "type", rename = "snippet")]
struct Line {
    name: &'static str,
    aliases: &'static [&'static str],
    stack: &'static str,
    file: &'static str,
    run: String,
    provider: String,
    signature: Option<String>,
    variant: &'static str,
    refuses: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<String>,
}
