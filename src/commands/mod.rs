//! One file per subcommand: from its options through the work to a report and an exit code.

mod against;
mod captures;
pub mod config;
mod counts;
mod demo;
mod events;
mod expected;
mod explain;
mod explaining;
mod form;
mod forwarding;
mod init;
mod inspect;
mod interrupts;
mod listen;
mod port_file;
mod progress;
mod recorder;
mod replay;
mod reporter;
mod response_notes;
pub mod retry;
mod runtime;
mod selection;
pub mod send;
pub mod shared;
pub mod sign;
pub mod snippet;
mod tally;
pub mod test;
mod tunnel;
mod verify;
mod waiting;

use std::path::PathBuf;

use crate::cli::events::EventsArgs;
use crate::cli::inspect::InspectArgs;
use crate::cli::listen::ListenArgs;
use crate::cli::replay::ReplayArgs;
use crate::cli::verify::VerifyArgs;
use crate::config::{ConfigOptions, Settings};
use crate::error::{Error, Exit};
use crate::output::console::Console;

/// A command with its options.
pub enum Command {
    Sign(sign::SignOptions),
    Send(send::SendOptions),
    Verify(VerifyArgs),
    Listen(ListenArgs),
    Inspect(InspectArgs),
    Replay(ReplayArgs),
    Test(test::TestOptions),
    Events(EventsArgs),
    Snippet(snippet::SnippetOptions),
    Demo { json: bool },
    Config(config::ShowConfigOptions),
    Init { folder: PathBuf },
    Completions { script: String },
}

/// Runs a command.
///
/// # Errors
/// When there is no verdict; the error has the exit code.
pub fn run(command: Command, config: &ConfigOptions, console: &Console) -> Result<Exit, Error> {
    let settings = || Settings::load(config);
    match command {
        Command::Sign(options) => sign::run(&options, &settings()?, console),
        Command::Send(options) => send::run(&options, &settings()?, console),
        Command::Verify(args) => verify::run(&args, &settings()?, console),
        Command::Listen(args) => listen::run(&args, &settings()?, console),
        Command::Inspect(args) => inspect::run(&args, &settings()?, console),
        Command::Replay(args) => replay::run(&args, &settings()?, console),
        Command::Test(options) => test::run(&options, &settings()?, console),
        Command::Events(args) => events::run(&args, &settings()?, console),
        Command::Snippet(options) => snippet::run(&options, console),
        Command::Demo { json } => demo::run(json, console),
        Command::Config(options) => config::run(&options, &settings()?, console),
        Command::Init { folder } => init::run(&folder, console),
        Command::Completions { script } => {
            console.print(script.as_bytes())?;
            Ok(Exit::Success)
        }
    }
}
