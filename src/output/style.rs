//! How output looks: the colours, and how every report writes an event, a provider and a duration.

use std::time::Duration;

use colored::Colorize;

use crate::escape::clipped;
use crate::webhook::payload::validate::Validity;
use crate::webhook::signature::verify::Verdict;

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ColorChoice {
    /// On a terminal, unless NO_COLOR is set; CLICOLOR_FORCE forces it.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl ColorChoice {
    /// The choice comes first, then NO_COLOR, then CLICOLOR_FORCE, then the terminal.
    pub(super) fn is_on(self, is_terminal: impl Fn() -> bool) -> bool {
        let set = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty());
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto if set("NO_COLOR").is_some() => false,
            Self::Auto if set("CLICOLOR_FORCE").is_some_and(|value| value != "0") => true,
            Self::Auto => {
                is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
            }
        }
    }
}

/// Colours, or none. Standard output and standard error each have one, as either may be a terminal.
#[derive(Clone, Copy, Debug)]
pub struct Palette {
    on: bool,
}

impl Palette {
    /// A palette that colours when `on`.
    pub fn new(on: bool) -> Self {
        if on {
            // Otherwise the crate would check standard output again.
            colored::control::set_override(true);
        }
        Self { on }
    }

    /// Whether it colours.
    pub(crate) fn is_on(self) -> bool {
        self.on
    }

    pub(crate) fn success(self, text: &str) -> String {
        self.paint(text, |t| t.green().to_string())
    }

    pub(crate) fn error(self, text: &str) -> String {
        self.paint(text, |t| t.red().bold().to_string())
    }

    pub(crate) fn warn(self, text: &str) -> String {
        self.paint(text, |t| t.yellow().to_string())
    }

    pub(crate) fn bold(self, text: &str) -> String {
        self.paint(text, |t| t.bold().to_string())
    }

    pub(crate) fn dim(self, text: &str) -> String {
        self.paint(text, |t| t.dimmed().to_string())
    }

    pub(crate) fn key(self, text: &str) -> String {
        self.paint(text, |t| t.blue().to_string())
    }

    pub(crate) fn string(self, text: &str) -> String {
        self.paint(text, |t| t.green().to_string())
    }

    /// A number, a boolean or null.
    pub(crate) fn literal(self, text: &str) -> String {
        self.paint(text, |t| t.yellow().to_string())
    }

    pub(crate) fn verdict(self, verdict: Verdict) -> String {
        let word = verdict.word();
        match verdict {
            Verdict::Valid => self.success(word),
            Verdict::Unsigned | Verdict::Unchecked => self.warn(word),
            Verdict::Invalid | Verdict::Missing | Verdict::Malformed | Verdict::Stale => {
                self.error(word)
            }
        }
    }

    pub(crate) fn validity(self, validity: Validity) -> String {
        let words = validity.word().replace('_', " ");
        match validity {
            Validity::Valid => self.success(&words),
            Validity::UnknownEvent => self.warn(&words),
            Validity::Invalid | Validity::NotJson => self.error(&words),
        }
    }

    pub(crate) fn status(self, status: u16) -> String {
        let text = status.to_string();
        match status {
            200..=299 => self.success(&text),
            300..=399 => self.warn(&text),
            _ => self.error(&text),
        }
    }

    fn paint(self, text: &str, paint: impl Fn(&str) -> String) -> String {
        match self.on && !text.is_empty() {
            true => paint(text),
            false => text.to_owned(),
        }
    }
}

/// An event, with its channel if it has one.
pub(crate) fn event_label(name: Option<&str>, channel: Option<&str>) -> String {
    let name = name.map_or_else(|| "(no event)".to_owned(), clip);
    channel.map_or(name.clone(), |channel| format!("{name}/{}", clip(channel)))
}

pub(crate) fn provider_label(name: Option<&str>) -> String {
    name.map_or_else(|| "(unknown provider)".to_owned(), clip)
}

pub(crate) fn elapsed(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1e3)
}

/// How long a run took.
pub(crate) fn run_time(time: Duration) -> String {
    match time.as_secs() {
        0 => elapsed(time),
        _ => format!("{:.1} s", time.as_secs_f64()),
    }
}

fn clip(text: &str) -> String {
    clipped(text.as_bytes(), 60)
}
