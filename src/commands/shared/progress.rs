//! A progress bar, on a terminal only and not with --quiet.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::console::Console;

/// A bar with this template, redrawn `hz` times a second; `length` is the total, if it is known.
pub fn bar(length: Option<u64>, template: &str, hz: u8, console: &Console) -> ProgressBar {
    let target = match console.quiet {
        true => ProgressDrawTarget::hidden(),
        false => ProgressDrawTarget::stderr_with_hz(hz),
    };
    let bar = ProgressBar::with_draw_target(length, target);
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
