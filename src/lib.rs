//! The crate overview. A command line becomes the options of one command, which works on deliveries and reports:
//!
//! - [`cli`] defines the command line and turns it into options; [`config`] resolves the effective settings;
//!   `commands` holds one file per subcommand.
//! - [`webhook`] holds the rules of the field, without I/O: deliveries, providers, signatures, payloads, retries.
//! - [`diagnose`] finds out, also without I/O, why a signature does not match, and proves it.
//! - `http` sends requests, [`server`] receives them, [`tunnel`] runs a client that makes the server public.
//! - `inspector` serves a page that shows the deliveries of a journal.
//! - `conformance` tests an endpoint: the cases and their runner. `load` sends many requests and measures them.
//! - [`capture`] reads and writes deliveries as files.
//! - `shell` parses shell command lines.
//! - `snippets` writes endpoints to paste, with the verification of a provider.
//! - [`output`] prints human-readable text and JSON.
//! - [`error`], [`escape`], [`json_line`], `lock`, `mask`, `read_limited`, `uuid` and `waiting` are small helpers that any
//!   module may use.
//!
//! All that is specific to one provider is data under `fixtures/`.

pub mod capture;
pub mod cli;
mod commands;
pub mod config;
pub(crate) mod conformance;
pub mod diagnose;
pub mod error;
pub mod escape;
pub(crate) mod http;
pub(crate) mod inspector;
pub mod json_line;
pub(crate) mod load;
pub(crate) mod lock;
pub(crate) mod mask;
pub mod output;
pub(crate) mod read_limited;
pub(crate) mod replace;
pub mod server;
pub(crate) mod shell;
pub(crate) mod snippets;
pub mod tunnel;
pub(crate) mod uuid;
pub(crate) mod waiting;
pub mod webhook;

use std::ffi::OsString;

use clap::error::ErrorKind;
use clap::{CommandFactory, FromArgMatches};

use cli::Cli;
use error::Exit;
use output::console::{Console, ConsoleOptions};

/// Runs the tool on a command line whose first word is the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args = cli::with_options(args.into_iter().collect());
    let mut definition = Cli::command();
    let Cli { global, command, .. } = match parsed(&mut definition, &args) {
        Ok(cli) => cli,
        Err(error) => return print_clap_error(&error, &args),
    };
    match command {
        // It runs for long, and uses the memory again.
        cli::Command::Listen(_) => drop(definition),
        // Freeing it would take a tenth of the time of `verify`.
        _ => std::mem::forget(definition),
    }
    let console = Console::new(global.console_options());
    let notes = console.clone();
    waiting::report_to(move |text| notes.note(text));
    let run = || commands::run(command.into_options()?, &global.into_config_options(), &console);
    run().unwrap_or_else(|error| {
        console.error(&error);
        error.exit()
    })
}

fn parsed(definition: &mut clap::Command, args: &[OsString]) -> Result<Cli, clap::Error> {
    definition
        .try_get_matches_from_mut(args)
        .and_then(|matches| Cli::from_arg_matches(&matches))
        .map_err(|error| error.format(definition))
}

/// Prints help, the version, or why a command line cannot be parsed.
fn print_clap_error(error: &clap::Error, args: &[OsString]) -> Exit {
    let is_help = error.exit_code() == 0
        || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help {
        return match error.print() {
            // A closed pipe is not an error: the reader had enough.
            Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => Exit::Io,
            _ if error.exit_code() == 0 => Exit::Success,
            _ => Exit::Usage,
        };
    }
    let error = cli::error::explain(error);
    let options = ConsoleOptions { color: cli::error::color(args), ..ConsoleOptions::default() };
    Console::new(options).error(&error);
    error.exit()
}
