//! The entry point: runs the command line and exits with its exit code.

use std::process::ExitCode;

fn main() -> ExitCode {
    cz_hook::run(std::env::args_os()).into()
}
