//! One file per subcommand: from arguments through the rooms to a report and an exit code.

mod against;
mod completions;
mod compose;
mod config;
mod counts;
mod demo;
mod events;
mod expected;
mod explain;
mod explaining;
mod form;
mod forwarding;
mod init;
mod input;
pub(crate) mod inspect;
mod interrupts;
mod listen;
mod lookup;
mod port_file;
mod progress;
mod recorder;
mod remarks;
pub(crate) mod replay;
mod report_files;
mod reporter;
mod retry;
mod retry_plan;
mod runtime;
mod samples;
mod send;
mod shared;
mod sign;
mod snippet;
mod tally;
mod test;
mod transport;
mod tunnel;
mod verify;
mod waiting;

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
        Command::Verify(args) => verify::run(&args, &settings()?, console),
        Command::Listen(args) => listen::run(&args, &settings()?, console),
        Command::Inspect(args) => inspect::run(&args.into_options(), &settings()?, console),
        Command::Replay(args) => replay::run(&args.into_options(), &settings()?, console),
        Command::Test(args) => test::run(&args, &settings()?, console),
        Command::Events(args) => events::run(&args, &settings()?, console),
        Command::Snippet(args) => snippet::run(&args, console),
        Command::Config(args) => config::run(&args, &settings()?, console),
        Command::Init(args) => init::run(&args, console),
        Command::Demo(args) => demo::run(&args, console),
        Command::Completions(args) => completions::run(&args, console),
    }
}
