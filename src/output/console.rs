//! The two streams: data on standard output, everything said about it on standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{self, Error, Note, Noted};

use super::style::Palette;
use crate::escape;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorWhen {
    /// On a terminal, as far as the environment allows.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// How to print.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConsoleOptions {
    /// When to use colour.
    pub color: ColorWhen,
    /// No report and no notes.
    pub quiet: bool,
    /// More of everything.
    pub verbose: bool,
}

/// Where output goes and how it looks.
#[derive(Clone, Debug)]
pub struct Console {
    /// Colours for standard output.
    pub out: Palette,
    /// Colours for standard error.
    pub err: Palette,
    /// No report and no notes.
    pub quiet: bool,
    /// More of everything.
    pub verbose: bool,
    /// Whether the reader of standard output has gone away.
    closed: Arc<AtomicBool>,
}

impl Console {
    /// The console that the options and the environment ask for.
    pub fn new(options: ConsoleOptions) -> Self {
        Self {
            out: Palette::new(colored(options.color, || io::stdout().is_terminal())),
            err: Palette::new(colored(options.color, || io::stderr().is_terminal())),
            quiet: options.quiet,
            verbose: options.verbose,
            closed: Arc::default(),
        }
    }

    /// Writes data. A reader that has gone away is no error: it had what it wanted.
    ///
    /// # Errors
    /// When standard output cannot be written for any other reason.
    pub fn print(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => Err(Error::io(
                format!("cannot write the output: {}", error::reason(&e)),
                "check where standard output goes",
            )),
            Err(_) => {
                self.closed.store(true, Ordering::Relaxed);
                Ok(())
            }
            Ok(()) => Ok(()),
        }
    }

    /// Writes a stranger's bytes: as they are into a pipe or a file, escaped on a terminal.
    ///
    /// # Errors
    /// As [`Console::print`].
    pub fn print_raw(&self, bytes: &[u8]) -> Result<(), Error> {
        if !io::stdout().is_terminal() {
            return self.print(bytes);
        }
        let shown = escape::block(bytes);
        let is_changed = shown.as_bytes() != bytes;
        self.print(shown.as_bytes())?;
        if is_changed {
            self.note("escaped for the terminal; a pipe or a file gets the bytes");
        }
        Ok(())
    }

    /// The columns of the terminal that standard output goes to; a width that is easy to read when it goes
    /// elsewhere.
    pub fn width(&self) -> usize {
        const READABLE: usize = 100;
        self.columns().unwrap_or(READABLE).min(READABLE)
    }

    /// The columns of the terminal that standard output goes to, if it is one.
    pub fn columns(&self) -> Option<usize> {
        let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
        Some(usize::from(width.0))
    }

    /// Whether the reader of standard output has gone away: what is only printed need not be made.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Writes a report for people; nothing when quiet.
    ///
    /// # Errors
    /// As [`Console::print`].
    pub fn report(&self, text: &str) -> Result<(), Error> {
        if self.quiet {
            return Ok(());
        }
        self.print(text.as_bytes())
    }

    /// Something worth knowing.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.say(&format!("{} {}", self.err.faint("note:"), safe(text)));
        }
    }

    /// Something that is probably a mistake, and what to do about it.
    pub fn warn(&self, text: &str, hint: &str) {
        if !self.quiet {
            self.say(&format!("{} {}", self.err.doubt("warning:"), safe(text)));
            self.hint(hint);
        }
    }

    /// Prints the notes about a value, and returns the value.
    pub fn show_notes<T>(&self, noted: Noted<T>) -> T {
        for note in &noted.notes {
            match note {
                Note::Info(text) => self.note(text),
                Note::Warning { message, hint } => self.warn(message, hint),
            }
        }
        noted.value
    }

    /// What to do.
    pub fn hint(&self, text: &str) {
        if !self.quiet && !text.is_empty() {
            self.say(&format!("{} {}", self.err.name("hint:"), safe(text)));
        }
    }

    /// An error: never silenced.
    pub fn error(&self, error: &Error) {
        self.say(&format!(
            "{} {}",
            self.err.bad("error:"),
            safe(&error.message)
        ));
        if !error.hint.is_empty() {
            self.say(&format!("{} {}", self.err.name("hint:"), safe(&error.hint)));
        }
    }

    /// What came of it all, in a line; nothing when quiet.
    pub fn summary(&self, line: &str) {
        if !self.quiet {
            self.say(line);
        }
    }

    /// A line on standard error, as it is.
    pub fn say(&self, line: &str) {
        // Nobody is left to be told when standard error is gone.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

/// Names of files, addresses and settings may be a stranger's, and no caller has to know which.
fn safe(text: &str) -> String {
    escape::block(text.as_bytes())
}

/// `--color` first, then NO_COLOR, then CLICOLOR_FORCE, then the terminal.
fn colored(when: ColorWhen, is_terminal: impl Fn() -> bool) -> bool {
    let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
    match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto if set("NO_COLOR").is_some() => false,
        ColorWhen::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
        ColorWhen::Auto => {
            is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
        }
    }
}
