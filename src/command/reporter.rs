//! What a listener has to tell, written out by a thread of its own: a slow terminal must not slow the
//! answers, beyond the room that the queue has.

use std::io::{self, Write};
use std::thread::JoinHandle;

use jiff::tz::TimeZone;
use tokio::sync::mpsc;

use crate::error::{self, Error};
use crate::listener::{Notice, Stop, Stopper};
use crate::report::console::Console;
use crate::report::delivery::View;
use crate::report::json::{self, DeliveryLine, TurnedAwayLine};
use crate::webhook::verify::Verdict;

/// How many notices may wait to be written.
pub const QUEUE: usize = 1024;

/// How notices are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// For people.
    Human,
    /// One JSON object a line.
    Json,
    /// Not at all.
    Nothing,
}

impl Form {
    /// The form that the options ask for.
    pub fn of(json: bool, console: &Console) -> Self {
        match (json, console.quiet) {
            (true, _) => Self::Json,
            (false, true) => Self::Nothing,
            (false, false) => Self::Human,
        }
    }
}

/// What came, counted.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// How many deliveries each verdict had.
    pub verdicts: Vec<(Verdict, u64)>,
    /// How many requests were turned away.
    pub turned_away: u64,
}

impl Tally {
    /// How many deliveries had this verdict.
    pub fn of(&self, verdict: Verdict) -> u64 {
        let found = self.verdicts.iter().find(|(v, _)| *v == verdict);
        found.map_or(0, |(_, n)| *n)
    }

    /// One line: how many deliveries, with which verdicts.
    pub fn summary(&self) -> String {
        let total: u64 = self.verdicts.iter().map(|(_, n)| n).sum();
        let verdicts: Vec<_> = self
            .verdicts
            .iter()
            .map(|(verdict, n)| format!("{n} {}", verdict.word()))
            .collect();
        let mut text = match total {
            1 => "1 delivery".to_owned(),
            n => format!("{n} deliveries"),
        };
        if !verdicts.is_empty() {
            text.push_str(&format!(", signatures: {}", verdicts.join(", ")));
        }
        if self.turned_away > 0 {
            text.push_str(&format!("; turned away: {}", self.turned_away));
        }
        text
    }

    fn count(&mut self, notice: &Notice) {
        match notice {
            Notice::TurnedAway(_) => self.turned_away += 1,
            Notice::Delivery(received, _) => {
                let verdict = received.examination.signature.verdict;
                match self.verdicts.iter_mut().find(|(v, _)| *v == verdict) {
                    Some((_, n)) => *n += 1,
                    None => self.verdicts.push((verdict, 1)),
                }
            }
        }
    }
}

/// Writes notices until the listener is gone. A reader that goes away stops the listener, which is no
/// error; output that cannot be written stops it, and is.
pub fn start(
    mut notices: mpsc::Receiver<Notice>,
    form: Form,
    console: Console,
    stopper: Stopper,
) -> JoinHandle<Result<Tally, Error>> {
    std::thread::spawn(move || {
        let mut out = io::BufWriter::new(io::stdout());
        let view = View {
            palette: console.out,
            verbose: console.verbose,
            zone: TimeZone::system(),
        };
        let mut tally = Tally::default();
        let mut write = |notice: &Notice, more_waiting: bool| -> io::Result<()> {
            out.write_all(&render(notice, form, &view))?;
            if more_waiting { Ok(()) } else { out.flush() }
        };
        while let Some(notice) = notices.blocking_recv() {
            tally.count(&notice);
            if let Err(error) = write(&notice, !notices.is_empty()) {
                stopper.stop(Stop::OutputClosed);
                if error.kind() == io::ErrorKind::BrokenPipe {
                    return Ok(tally);
                }
                return Err(Error::io(
                    format!("cannot write the output: {}", error::reason(&error)),
                    "check where standard output goes",
                ));
            }
        }
        Ok(tally)
    })
}

fn render(notice: &Notice, form: Form, view: &View) -> Vec<u8> {
    match (form, notice) {
        (Form::Nothing, _) => Vec::new(),
        (Form::Human, Notice::Delivery(received, _)) => view.delivery(received).into_bytes(),
        (Form::Human, Notice::TurnedAway(turned)) => view.turned_away(turned).into_bytes(),
        (Form::Json, Notice::Delivery(received, _)) => json::line(&DeliveryLine::from(&**received)),
        (Form::Json, Notice::TurnedAway(turned)) => json::line(&TurnedAwayLine::from(turned)),
    }
}
