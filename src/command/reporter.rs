//! What a listener has to tell, written out by a thread of its own: a slow terminal must not slow the
//! answers, beyond the room that the queue has.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot};

use crate::error::{self, Error};
use crate::listener::{Notice, Scribe, Stop, Stopper};
use crate::report::console::Console;
use crate::report::delivery::View;
use crate::report::delivery_line;
use crate::report::diagnosis;
use crate::report::json::{self, TurnedAwayLine};

use super::explain::is_explained;
use super::explaining::{Explaining, Said};
use super::tally::Tally;

/// How many notices may wait to be written.
pub const QUEUE: usize = 1024;

/// How long the thread lets notices gather after it has written some: to be woken for each costs the
/// connections more than it gains the reader. One that comes alone is written at once.
const PAUSE: Duration = Duration::from_millis(1);

/// As much as a pipe takes at once.
const BUFFER: usize = 64 << 10;

/// What is said instead of a cause when deliveries come faster than they can be explained.
const NOT_NOW: &str =
    "not looked for: too many at once; `cz-hook verify` on a recording explains each";

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

/// Who puts deliveries into words before they get here: in a form for programs, all of them but those
/// whose signature is to be explained first.
pub fn scribe(form: Form, is_explaining: bool) -> Option<Scribe> {
    match (form, is_explaining) {
        (Form::Json, false) => Some(|received| Some(delivery_line::unnumbered(received, None))),
        (Form::Json, true) => Some(|received| {
            let is_plain = !is_explained(received.examination.signature.verdict);
            is_plain.then(|| delivery_line::unnumbered(received, None))
        }),
        (Form::Human | Form::Nothing, _) => None,
    }
}

/// How a report ended.
#[derive(Debug, Default)]
pub struct Ended {
    /// What came.
    pub tally: Tally,
    /// Whether its reader went away before its end.
    pub is_cut_short: bool,
}

/// A reporter at work.
#[derive(Debug)]
pub struct Reporter(oneshot::Receiver<Result<Ended, Error>>);

/// Writes notices until the listener is gone. A reader that goes away stops the listener, which is no
/// error; output that cannot be written stops it, and is.
pub fn start(
    mut notices: mpsc::Receiver<Notice>,
    explaining: Option<Explaining>,
    form: Form,
    console: Console,
    stopper: Stopper,
) -> Reporter {
    let (done, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let written = write(&mut notices, explaining, form, console);
        if !matches!(
            written,
            Ok(Ended {
                is_cut_short: false,
                ..
            })
        ) {
            stopper.stop(Stop::OutputClosed);
        }
        // Nobody waits any more when the run was cut short.
        let _ = done.send(written);
    });
    Reporter(ended)
}

impl Reporter {
    /// Waits until everything is written.
    ///
    /// # Errors
    /// When the output could not be written.
    pub async fn ended(&mut self) -> Result<Ended, Error> {
        (&mut self.0).await.unwrap_or_else(|_| Err(cut_short()))
    }
}

/// Waits, outside of any runtime, until everything is written.
///
/// # Errors
/// When the output could not be written.
pub fn finish(reporter: Reporter) -> Result<Ended, Error> {
    reporter
        .0
        .blocking_recv()
        .unwrap_or_else(|_| Err(cut_short()))
}

fn cut_short() -> Error {
    Error::io(
        "the report was cut short",
        "this is a bug: please report it",
    )
}

/// How many notices, and how many bytes of bodies, may wait for an explanation: what waits in the queue
/// itself would hold up answers, and bodies take from what the listener may hold.
const CROWD: usize = 256;
const CROWD_BYTES: usize = 4 << 20;

/// Notices that have come and are not written yet.
#[derive(Default)]
struct Waiting {
    notices: VecDeque<Notice>,
    bytes: usize,
}

impl Waiting {
    fn push(&mut self, notice: Notice) {
        self.bytes += length(&notice);
        self.notices.push_back(notice);
    }

    fn pop(&mut self) -> Option<Notice> {
        let notice = self.notices.pop_front()?;
        self.bytes = self.bytes.saturating_sub(length(&notice));
        Some(notice)
    }

    fn is_crowded(&self) -> bool {
        self.notices.len() > CROWD || self.bytes > CROWD_BYTES
    }
}

fn length(notice: &Notice) -> usize {
    match notice {
        Notice::Delivery(received, _) => received.delivery.body.len(),
        Notice::Written(written) => written.words.text.len(),
        Notice::TurnedAway(_) => 0,
    }
}

fn write(
    notices: &mut mpsc::Receiver<Notice>,
    mut explaining: Option<Explaining>,
    form: Form,
    console: Console,
) -> Result<Ended, Error> {
    let mut out = io::BufWriter::with_capacity(BUFFER, io::stdout());
    let view = View {
        palette: console.out,
        verbose: console.verbose,
        zone: TimeZone::system(),
    };
    let mut ended = Ended::default();
    let mut batch = Vec::with_capacity(QUEUE);
    let mut waiting = Waiting::default();
    let mut shown = Vec::new();
    while notices.blocking_recv_many(&mut batch, QUEUE) > 0 {
        batch.drain(..).for_each(|notice| waiting.push(notice));
        let mut write_all = || {
            while let Some(notice) = waiting.pop() {
                ended.tally.count(&notice);
                let said = match (&mut explaining, &notice) {
                    (Some(explaining), Notice::Delivery(received, _)) => {
                        explaining.ask(received, || {
                            while let Ok(more) = notices.try_recv() {
                                waiting.push(more);
                            }
                            waiting.is_crowded()
                        })
                    }
                    _ => Said::Nothing,
                };
                render(&notice, &said, form, &view, &mut shown);
                out.write_all(&shown)?;
                shown.clear();
                shown.shrink_to(BUFFER);
            }
            out.flush()
        };
        match write_all() {
            Ok(()) => std::thread::sleep(PAUSE),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                ended.is_cut_short = true;
                break;
            }
            Err(error) => {
                return Err(Error::io(
                    format!("cannot write the output: {}", error::reason(&error)),
                    "check where standard output goes",
                ));
            }
        }
    }
    Ok(ended)
}

/// Shows a notice behind `out`.
fn render(notice: &Notice, said: &Said, form: Form, view: &View, out: &mut Vec<u8>) {
    let shown = match (form, notice) {
        (Form::Nothing, _) => return,
        (_, Notice::Written(written)) => {
            return delivery_line::number(&written.words, written.id, written.duplicate_of, out);
        }
        (Form::Human, Notice::Delivery(received, _)) => {
            let cause = match said {
                Said::Nothing => None,
                Said::Why(diagnosis) => Some(diagnosis::one_line(diagnosis)),
                Said::TooMany => Some(NOT_NOW.to_owned()),
            };
            view.delivery(received, cause.as_deref()).into_bytes()
        }
        (Form::Human, Notice::TurnedAway(turned)) => view.turned_away(turned).into_bytes(),
        (Form::Json, Notice::Delivery(received, _)) => {
            let diagnosis = match said {
                Said::Why(diagnosis) => Some(&**diagnosis),
                Said::Nothing | Said::TooMany => None,
            };
            delivery_line::line(received, diagnosis)
        }
        (Form::Json, Notice::TurnedAway(turned)) => json::line(&TurnedAwayLine::from(turned)),
    };
    out.extend_from_slice(&shown);
}
