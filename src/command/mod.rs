//! One file per subcommand: from arguments through the rooms to a report and an exit code.

mod captures;
mod completions;
mod compose;
mod demo;
mod events;
mod expected;
mod forwarding;
mod input;
mod inspect;
mod interrupts;
mod listen;
mod lookup;
mod plan;
mod port_file;
mod recorder;
mod replay;
mod reporter;
mod retry;
mod send;
mod sign;
mod snippet;
mod tunnel;
mod verify;

pub use completions::script;

use crate::cli::Command;
use crate::error::Error;
use crate::exit::Exit;
use crate::report::console::Console;

/// Runs a command.
///
/// # Errors
/// When there is no verdict to give; the error holds the exit code.
pub fn run(command: Command, console: &Console) -> Result<Exit, Error> {
    match command {
        Command::Sign(args) => sign::run(&args, console),
        Command::Send(args) => send::run(&args, console),
        Command::Verify(args) => verify::run(&args, console),
        Command::Listen(args) => listen::run(&args, console),
        Command::Inspect(args) => inspect::run(&args, console),
        Command::Replay(args) => replay::run(&args, console),
        Command::Events(args) => events::run(&args, console),
        Command::Snippet(args) => snippet::run(&args, console),
        Command::Demo(args) => demo::run(&args, console),
        Command::Completions(args) => completions::run(&args, console),
    }
}
