//! What is private in a delivery, and what replaces it: another value of the same length, alphabet, escaping and type.
//! The same value is replaced by the same one everywhere, and nobody without the key of the run can tell which it was.
//!
//! - `judge` decides what is private, and `words` has what replaces it.
//! - `units` are characters as they are escaped. `body` and `request` change bodies, and headers and targets.
//! - `secret` makes a secret of the same form as another one.

mod body;
mod judge;
mod request;
mod secret;
mod time;
mod units;
mod words;

use std::collections::BTreeMap;

use crate::webhook::signature::Secret;

pub use judge::{Kind, is_mark};
pub(crate) use judge::{MAX_KEY, is_word, reveals};
pub(crate) use request::is_signature_name;
pub(crate) use time::unit_of;

use judge::{Protocol, kind, prefix};
use words::Words;

/// The time that replaces every time in a sample: 2026-01-31T12:00:00Z.
const TIME: i64 = 1_769_860_800;
const MOMENT: &str = "2026-01-31T12:00:00";

/// The date that replaces every date of birth.
const BIRTHDAY: &str = "1990-01-01T00:00:00";

/// The most remarks of one delivery.
const MAX_REMARKS: usize = 10;

/// What is replaced in addition, and what stays.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    /// Pointers to values of which everything is replaced, also what is not private by itself.
    pub redact: Vec<String>,
    /// Pointers to values that stay.
    pub keep: Vec<String>,
    /// Pointers to the texts that name the event: these texts stay, and what is below them does not.
    pub events: Vec<String>,
    /// Headers that stay, in lower case.
    pub headers: Vec<String>,
    /// What is never shown.
    pub secrets: Vec<Secret>,
    /// Whether times are replaced by one fixed time.
    pub fixes_times: bool,
}

impl Rules {
    fn keeps(&self, path: &str) -> bool {
        self.keep.iter().any(|pointer| is_within(path, pointer))
    }

    fn forces(&self, path: &str) -> bool {
        self.redact.iter().any(|pointer| is_within(path, pointer))
    }
}

/// Whether a pointer is this one, or leads to something below it.
fn is_within(path: &str, pointer: &str) -> bool {
    path.strip_prefix(pointer).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Where a value is.
#[derive(Clone, Copy)]
struct At<'a> {
    path: &'a str,
    /// The same with private keys replaced: what may be shown.
    shown: &'a str,
    key: &'a str,
}

/// What was done, without any value.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// How many values of each kind were replaced.
    pub counts: BTreeMap<Kind, u64>,
    /// What could not be judged, a clause each.
    pub remarks: Vec<String>,
    /// How many more there are.
    pub more: u64,
}

/// Replaces what is private.
pub struct Redactor {
    rules: Rules,
    words: Words,
    report: Report,
}

impl Redactor {
    /// A redactor with the key of this run, which must be random and secret: who knows it can try out values.
    pub fn new(key: &[u8], rules: Rules) -> Self {
        Self { rules, words: Words::new(key), report: Report::default() }
    }

    /// What was done since this was last asked.
    pub fn take_report(&mut self) -> Report {
        std::mem::take(&mut self.report)
    }

    /// Changes what is replaced from now on.
    pub fn set_events(&mut self, events: Vec<String>) {
        self.rules.events = events;
    }

    fn count(&mut self, kind: Kind) {
        *self.report.counts.entry(kind).or_default() += 1;
    }

    /// Adds what could not be judged. It must not show a value.
    pub(crate) fn unsure(&mut self, what: &str) {
        match self.report.remarks.len() < MAX_REMARKS {
            true => self.report.remarks.push(what.to_owned()),
            false => self.report.more += 1,
        }
    }

    fn is_secret(&self, text: &str) -> bool {
        self.rules.secrets.iter().any(|secret| reveals(text.as_bytes(), secret.expose()))
    }

    /// What replaces a text; `None` where it stays. `nested` counts the JSON texts that it is in.
    fn value(&mut self, text: &str, at: At<'_>, nested: usize) -> Option<String> {
        if !text.contains(char::is_alphanumeric) {
            return None;
        }
        let is_secret = self.is_secret(text);
        if !is_secret && self.rules.keeps(at.path) {
            return None;
        }
        if let Some(other) = self.nested(text, at, nested) {
            return (other != text).then_some(other);
        }
        if !is_secret && !self.rules.forces(at.path) {
            if self.rules.events.iter().any(|pointer| pointer == at.path) {
                return None;
            }
            if judge::is_time(text, at.key) {
                return self.time(text);
            }
            match judge::protocol(text, at.key, at.path) {
                Protocol::No => {}
                Protocol::Yes => return None,
                Protocol::Unsure => {
                    self.unsure(&format!("{}: it looks like a fixed word and stays", at.shown));
                    return None;
                }
            }
        }
        let kind = if is_secret { Kind::Secret } else { kind(text, at.key) };
        self.count(kind);
        Some(match kind {
            Kind::Ip if text.contains('.') && !text.contains(':') => self.words.ipv4(text),
            Kind::Birthday if is_date(text) => in_form_of(text, BIRTHDAY),
            Kind::Secret => self.words.text(text),
            _ => {
                let (prefix, rest) = text.split_at(prefix(text));
                format!("{prefix}{}", self.words.text(rest))
            }
        })
    }

    /// What replaces a time; `None` where times stay.
    fn time(&self, text: &str) -> Option<String> {
        use crate::webhook::signature::scheme::Unit;
        if !self.rules.fixes_times {
            return None;
        }
        Some(match unit_of(&[text]) {
            Some(Unit::Seconds) => TIME.to_string(),
            Some(Unit::Milliseconds) => (TIME * 1000).to_string(),
            _ => in_form_of(text, MOMENT),
        })
    }
}

/// A fixed time in the form of another one: the offset stays, and fractions of a second are zero.
fn in_form_of(text: &str, fixed: &str) -> String {
    let mut fixed = fixed.chars();
    let mut is_fraction = false;
    text.chars()
        .map(|c| match fixed.next() {
            Some(digit) if digit.is_ascii_digit() => digit,
            Some(_) if !c.is_ascii_digit() => c,
            Some(_) => '0',
            None => {
                is_fraction = c == '.' || (is_fraction && c.is_ascii_digit());
                if is_fraction && c != '.' { '0' } else { c }
            }
        })
        .collect()
}

/// Whether a text has only what dates and times are written with.
fn is_date(text: &str) -> bool {
    text.len() <= 40 && text.bytes().all(|b| b.is_ascii_digit() || b"-/.: TZ+".contains(&b))
}

#[cfg(test)]
mod tests;
