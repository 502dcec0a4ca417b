//! The map of the house. A delivery goes one way through it, and nothing below knows anything above:
//!
//! - [`cli`] says what can be asked for, [`config`] resolves what was asked, [`command`] does it: one
//!   file per subcommand, each a walk through the rooms below.
//! - [`webhook`] is the field's rules, pure: deliveries, providers, signing, verifying, validating.
//! - [`diagnose`] proves, as purely, why a signature does not match.
//! - [`sender`] and [`listener`] are the two doors to the network; [`tunnel`] runs a client that opens the
//!   second one to the internet.
//! - [`conformance`] is the cases that an endpoint must pass, and the runner that asks it.
//! - [`capture`] turns deliveries into files and back.
//! - [`snippets`] are correct endpoints to paste.
//! - [`report`] is what people and programs read, [`error`] and [`exit`] how a run ends; [`safe`] makes
//!   strangers' text safe to look at, [`shell`] reads command lines that no shell runs; [`lock`] takes a
//!   lock.
//!
//! What is specific to one provider is data under `fixtures/`, not code.

pub mod capture;
pub mod cli;
pub mod command;
pub mod config;
pub mod conformance;
pub mod diagnose;
pub mod error;
pub mod exit;
pub mod listener;
pub mod lock;
pub mod report;
pub mod safe;
pub mod sender;
pub mod shell;
pub mod snippets;
pub mod tunnel;
pub mod webhook;

use std::ffi::OsString;

use clap::Parser;
use clap::error::ErrorKind;

use cli::{Cli, Shared};
use exit::Exit;
use report::console::Console;

/// Runs the tool on a command line whose first word is the program's name.
pub fn run(args: impl IntoIterator<Item = OsString>) -> Exit {
    let args: Vec<_> = args.into_iter().collect();
    let read = match cli::quick::read(&args) {
        Some(cli) => Ok(cli),
        None => Cli::try_parse_from(&args),
    };
    let cli = match read {
        Ok(cli) => cli,
        Err(error) => return not_run(&error, &args),
    };
    let console = Console::new(&cli.shared);
    match command::run(cli.command, &cli.shared, &console) {
        Ok(exit) => exit,
        Err(error) => {
            console.error(&error);
            error.exit
        }
    }
}

/// Help and version, or a command line that cannot be read.
fn not_run(error: &clap::Error, args: &[OsString]) -> Exit {
    let is_help = error.exit_code() == 0
        || error.kind() == ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand;
    if is_help {
        return match error.print() {
            // A reader who went away misses nothing.
            Err(why) if why.kind() != std::io::ErrorKind::BrokenPipe => Exit::Io,
            _ if error.exit_code() == 0 => Exit::Yes,
            _ => Exit::Usage,
        };
    }
    let error = cli::mistake::explain(error);
    let shared = Shared {
        color: cli::mistake::color(args),
        ..Shared::default()
    };
    Console::new(&shared).error(&error);
    error.exit
}
