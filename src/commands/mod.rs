//! One file per subcommand: from arguments through the rooms to a report and an exit code.

mod against;
mod captures;
mod completions;
mod config;
mod counts;
mod demo;
pub(crate) mod events;
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
mod remarks;
mod replay;
mod report_files;
mod reporter;
mod retry;
mod retry_plan;
mod runtime;
mod selection;
mod send;
pub(crate) mod shared;
mod sign;
mod snippet;
mod tally;
mod test;
mod transport;
mod tunnel;
pub(crate) mod verify;
mod waiting;

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
        Command::Listen(args) => listen::run(&args, &settings()?, console),
        Command::Inspect(args) => inspect::run(&args, &settings()?, console),
        Command::Replay(args) => replay::run(&args, &settings()?, console),
        Command::Test(args) => test::run(&args, &settings()?, console),
        Command::Events(args) => events::run(&args.into_options(), &settings()?, console),
        Command::Snippet(args) => snippet::run(&args, console),
        Command::Config(args) => config::run(&args, &settings()?, console),
        Command::Init(args) => init::run(&args, console),
        Command::Demo(args) => demo::run(&args, console),
        Command::Completions(args) => completions::run(&args, console),
    }
}
