//! The console: data goes to standard output, notes, warnings and errors go to standard error.

use std::io::{self, IsTerminal, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{self, Error, Note, Noted};
use crate::{escape, mask};

use super::style::{ColorChoice, Palette};
use super::wrap;

/// How a console looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct ConsoleOptions {
    pub color: ColorChoice,
    /// Print no report and no notes.
    pub quiet: bool,
    /// Print more of everything.
    pub verbose: bool,
}

/// Where output goes and how it looks.
#[derive(Clone, Debug)]
pub struct Console {
    /// Colours for standard output.
    pub out: Palette,
    /// Colours for standard error.
    pub err: Palette,
    pub quiet: bool,
    pub verbose: bool,
    /// Whether the reader of standard output has closed it.
    closed: Arc<AtomicBool>,
}

impl Console {
    /// A console with these options; the environment has a say in the colours.
    pub fn new(options: ConsoleOptions) -> Self {
        Self {
            out: Palette::new(options.color.is_on(|| io::stdout().is_terminal())),
            err: Palette::new(options.color.is_on(|| io::stderr().is_terminal())),
            quiet: options.quiet,
            verbose: options.verbose,
            closed: Arc::default(),
        }
    }

    /// Writes data. A broken pipe is not an error: its reader had what it wanted.
    pub fn print(&self, bytes: &[u8]) -> Result<(), Error> {
        let mut out = io::stdout().lock();
        match out.write_all(bytes).and_then(|()| out.flush()) {
            Err(e) if e.kind() != io::ErrorKind::BrokenPipe => {
                let message = format!("cannot write the output: {}", error::reason(&e));
                return Err(Error::io(message, "check where standard output goes"));
            }
            Err(_) => self.closed.store(true, Ordering::Relaxed),
            Ok(()) => {}
        }
        Ok(())
    }

    /// Writes untrusted bytes: unchanged into a pipe or a file, escaped on a terminal.
    pub fn print_raw(&self, bytes: &[u8]) -> Result<(), Error> {
        if !self.is_terminal() {
            return self.print(bytes);
        }
        let shown = escape::block(bytes);
        let is_changed = shown.as_bytes() != bytes;
        self.print(shown.as_bytes())?;
        if is_changed {
            if !shown.ends_with('\n') {
                self.print(b"\n")?;
            }
            self.note("escaped for the terminal; a pipe or a file gets the bytes");
        }
        Ok(())
    }

    /// Whether standard output goes to a terminal.
    pub fn is_terminal(&self) -> bool {
        io::stdout().is_terminal()
    }

    /// The columns of the terminal that standard output goes to, but no more than is easy to read.
    pub fn width(&self) -> usize {
        const MAX_WIDTH: usize = 100;
        self.columns().unwrap_or(MAX_WIDTH).min(MAX_WIDTH)
    }

    /// The columns of the terminal that standard output goes to, if it is one.
    pub fn columns(&self) -> Option<usize> {
        let (width, _) = terminal_size::terminal_size_of(io::stdout())?;
        Some(usize::from(width.0))
    }

    /// Whether the reader of standard output has closed it: nothing more needs to be printed.
    pub fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Relaxed)
    }

    /// Writes a human-readable report; nothing when quiet.
    pub fn report(&self, text: &str) -> Result<(), Error> {
        match self.quiet {
            true => Ok(()),
            false => self.print(text.as_bytes()),
        }
    }

    /// Writes a note; nothing when quiet.
    pub fn note(&self, text: &str) {
        if !self.quiet {
            self.say_labelled(self.err.dim("note:"), text);
        }
    }

    /// Writes a warning about a probable mistake, and what to do about it; nothing when quiet.
    pub fn warn(&self, text: &str, hint: &str) {
        if !self.quiet {
            self.say_labelled(self.err.warn("warning:"), text);
            self.hint(hint);
        }
    }

    /// Writes one line that concerns security, also when quiet.
    pub fn security_note(&self, text: &str) {
        let text = escape::line(text.as_bytes());
        self.say_labelled(self.err.warn("note:"), &text);
    }

    /// Writes the notes about a value, and returns the value.
    pub fn show_notes<T>(&self, noted: Noted<T>) -> T {
        for note in &noted.notes {
            match note {
                Note::Info(text) => self.note(text),
                Note::Security(text) => self.security_note(text),
                Note::Warning { message, hint } => self.warn(message, hint),
            }
        }
        noted.value
    }

    /// Writes what to do; nothing when quiet.
    pub fn hint(&self, text: &str) {
        if !self.quiet {
            self.say_hint(text);
        }
    }

    /// Writes an error and its hint, also when quiet.
    pub fn error(&self, error: &Error) {
        self.say_labelled(self.err.error("error:"), &error.message);
        self.say_hint(&error.hint);
    }

    /// A hint may contain a command, so its lines stay whole, to be copied.
    fn say_hint(&self, text: &str) {
        if !text.is_empty() {
            self.say(&labelled(self.err.bold("hint:"), text));
        }
    }

    fn say_labelled(&self, label: String, text: &str) {
        self.say_wrapped(&labelled(label, text));
    }

    fn say_wrapped(&self, text: &str) {
        let columns = terminal_size::terminal_size_of(io::stderr());
        self.say(&wrap::lines(text, columns.map(|(width, _)| usize::from(width.0))));
    }

    /// Writes a line with the result; nothing when quiet.
    pub fn summary(&self, line: &str) {
        if !self.quiet {
            self.say_wrapped(line);
        }
    }

    /// Writes a line to standard error, unescaped.
    pub fn say(&self, line: &str) {
        // There is nowhere to report that standard error cannot be written.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

/// Messages may contain untrusted names of files, addresses and settings, and URLs with secrets in them.
fn labelled(label: String, text: &str) -> String {
    format!("{label} {}", escape::block(mask::text(text).as_bytes()))
}
