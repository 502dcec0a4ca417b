//! A line that moves while a long run goes on: on a terminal only, and not when quiet.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::output::console::Console;

/// A bar of this template, drawn so many times a second; `length` is how much there is to do, if that is known.
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
