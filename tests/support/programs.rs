//! Programs that a test needs and a machine may lack: the test prints that it skips, and fails in CI.

use std::io::Write;
use std::process::Command;

/// Whether `program` runs. Without it the caller skips; with `CI=true` the test fails here instead.
#[must_use]
pub fn has(program: &str, why: &str) -> bool {
    let found = Command::new(program).arg("--version").output().is_ok_and(|o| o.status.success());
    if !found {
        skip(&format!("{program} is not there ({why})"));
    }
    found
}

/// The same for programs without `--version`: whether it is found.
#[must_use]
pub fn is_there(program: &str, why: &str) -> bool {
    let found = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
        .any(|folder| folder.join(program).is_file());
    if !found {
        skip(&format!("{program} is not there ({why})"));
    }
    found
}

/// Prints that a test is skipped; under `CI=true` it fails.
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none_or(|v| v != "true"), "in CI nothing is skipped: {why}");
    // The harness hides what a passing test prints, but not direct writes to the stream.
    let _ = writeln!(std::io::stderr(), "SKIPPED: {why}");
}
