//! One file per subcommand: from arguments through the rooms to a report and an exit code.

mod against;
mod captures;
mod completions;
mod config;
mod demo;
pub(crate) mod events;
mod init;
mod inspect;
pub mod listen;
mod progress;
mod remarks;
mod replay;
mod report_files;
mod retry;
mod retry_plan;
mod selection;
mod send;
pub(crate) mod shared;
mod sign;
mod snippet;
mod test;
mod transport;
pub(crate) mod verify;

pub(crate) use shared::sample::SampleOptions;

use crate::cli::{Command, Shared};
use crate::config::Settings;
use crate::error::Error;
use crate::error::Exit;
use crate::output::console::Console;

/// Runs a command.
///
/// # Errors
/// When there is no verdict to give; the error holds the exit code.
pub fn run(command: Command, shared: &Shared, console: &Console) -> Result<Exit, Error> {
    let settings = || Settings::load(shared);
    match command {
        Command::Sign(args) => sign::run(&args, &settings()?, console),
        Command::Send(args) => send::run(&args, &settings()?, console),
        Command::Verify(args) => verify::run(&args.into_options(), &settings()?, console),
        Command::Listen(args) => listen::run(&args.into_options(), &settings()?, console),
        Command::Inspect(args) => inspect::run(&args, &settings()?, console),
        Command::Replay(args) => replay::run(&args, &settings()?, console),
        Command::Test(args) => test::run(&args, &settings()?, console),
        Command::Events(args) => events::run(&args.into_options(), &settings()?, console),
        Command::Snippet(args) => snippet::run(&args, console),
        Command::Config(args) => config::run(&args, &settings()?, console),
        Command::Init(args) => init::run(&args, console),
        Command::Demo(args) => demo::run(args.json, console),
        Command::Completions(args) => completions::run(&args, console),
    }
}
