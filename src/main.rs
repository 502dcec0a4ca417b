//! The door: run, and leave with the exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    cz_hook::run(std::env::args_os()).into()
}
