//! `cz-hook completions`: scripts for shells, with the built-in events, providers and channels in them.

use std::collections::BTreeSet;

use clap::builder::{PossibleValue, PossibleValuesParser};
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};

use crate::cli::{Cli, CompletionsArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;
use crate::webhook::catalog::Catalog;

pub fn run(args: &CompletionsArgs, console: &Console) -> Result<Exit, Error> {
    console.print(&script(args.shell))?;
    Ok(Exit::Yes)
}

/// The completion script of a shell; the same bytes are committed under `completions/`.
pub fn script(shell: Shell) -> Vec<u8> {
    let mut out = Vec::new();
    generate(shell, &mut with_names(Cli::command()), "cz-hook", &mut out);
    out
}

/// The command line with the names that exist as possible values. Parsing does without them: it names
/// what was meant, which a list of values cannot.
fn with_names(command: Command) -> Command {
    let catalog = Catalog::builtin();
    let mut events = BTreeSet::new();
    let mut channels = BTreeSet::new();
    let mut providers = Vec::new();
    for provider in catalog.providers() {
        providers.push(provider.name.as_str());
        for event in &provider.events {
            events.insert(event.name.as_str());
            channels.extend(event.channels.iter().map(String::as_str));
        }
    }
    let names = Names {
        events: events.into_iter().collect(),
        channels: channels.into_iter().collect(),
        providers,
    };
    names.fill(command)
}

struct Names {
    events: Vec<&'static str>,
    channels: Vec<&'static str>,
    providers: Vec<&'static str>,
}

impl Names {
    fn fill(&self, command: Command) -> Command {
        command
            .mut_args(|arg| {
                let is_auto = arg
                    .get_default_values()
                    .first()
                    .is_some_and(|v| *v == "auto");
                let extra = is_auto.then_some("auto");
                let names = match arg.get_id().as_str() {
                    "event" => &self.events,
                    "channel" => &self.channels,
                    "provider" => &self.providers,
                    _ => return arg,
                };
                let values: Vec<_> = names
                    .iter()
                    .copied()
                    .chain(extra)
                    .map(PossibleValue::new)
                    .collect();
                arg.value_parser(PossibleValuesParser::new(values))
            })
            .mut_subcommands(|sub| self.fill(sub))
    }
}
