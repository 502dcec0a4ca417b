//! What a listener has to tell, written out by a thread of its own: a slow terminal must not slow the
//! answers, beyond the room that the queue has.

use std::io::{self, Write};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot};

use crate::error::{self, Error};
use crate::output::console::Console;
use crate::output::delivery::DeliveryFormatter;
use crate::server::{Notice, ShutdownHandle, Stop};

use super::explaining::{Explaining, Said};
use super::form::Form;
use super::tally::Tally;
use super::waiting::Waiting;

/// How many notices may wait to be written.
pub const QUEUE: usize = 1024;

/// How long the thread lets notices gather after it has written some: to be woken for each costs the
/// connections more than it gains the reader. One that comes alone is written at once.
const PAUSE: Duration = Duration::from_millis(1);

/// As much as a pipe takes at once.
const BUFFER: usize = 64 << 10;

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
    shutdown: ShutdownHandle,
) -> Reporter {
    let (done, ended) = oneshot::channel();
    std::thread::spawn(move || {
        let written = write(&mut notices, explaining, form, &console);
        let is_whole = written.as_ref().is_ok_and(|ended| !ended.is_cut_short);
        if !is_whole {
            shutdown.stop(Stop::OutputClosed);
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

    /// The same, outside of any runtime.
    ///
    /// # Errors
    /// When the output could not be written.
    pub fn finish(self) -> Result<Ended, Error> {
        self.0.blocking_recv().unwrap_or_else(|_| Err(cut_short()))
    }
}

fn cut_short() -> Error {
    Error::io(
        "the report was cut short",
        "this is a bug: please report it",
    )
}

fn write(
    notices: &mut mpsc::Receiver<Notice>,
    explaining: Option<Explaining>,
    form: Form,
    console: &Console,
) -> Result<Ended, Error> {
    let mut writer = Writer::new(explaining, form, console);
    let mut batch = Vec::with_capacity(QUEUE);
    let mut is_cut_short = false;
    while notices.blocking_recv_many(&mut batch, QUEUE) > 0 {
        batch
            .drain(..)
            .for_each(|notice| writer.waiting.push(notice));
        match writer.write_waiting(notices) {
            Ok(()) => std::thread::sleep(PAUSE),
            Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {
                is_cut_short = true;
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
    Ok(Ended {
        tally: writer.tally,
        is_cut_short,
    })
}

/// Writes what waits, and counts it.
struct Writer {
    out: io::BufWriter<io::Stdout>,
    /// One notice in words; its memory is used again.
    words: Vec<u8>,
    form: Form,
    formatter: DeliveryFormatter,
    explaining: Option<Explaining>,
    waiting: Waiting,
    tally: Tally,
}

impl Writer {
    fn new(explaining: Option<Explaining>, form: Form, console: &Console) -> Self {
        Self {
            out: io::BufWriter::with_capacity(BUFFER, io::stdout()),
            words: Vec::new(),
            form,
            formatter: DeliveryFormatter {
                palette: console.out,
                verbose: console.verbose,
                zone: TimeZone::system(),
            },
            explaining,
            waiting: Waiting::default(),
            tally: Tally::default(),
        }
    }

    /// Writes all that waits, and what comes while causes are looked for.
    fn write_waiting(&mut self, notices: &mut mpsc::Receiver<Notice>) -> io::Result<()> {
        while let Some(notice) = self.waiting.pop() {
            self.tally.count(&notice);
            let said = self.explain(&notice, notices);
            self.form
                .write(&notice, &said, &self.formatter, &mut self.words);
            self.out.write_all(&self.words)?;
            self.words.clear();
            self.words.shrink_to(BUFFER);
        }
        self.out.flush()
    }

    fn explain(&mut self, notice: &Notice, notices: &mut mpsc::Receiver<Notice>) -> Said {
        let (Some(explaining), Notice::Delivery(received, _)) = (&mut self.explaining, notice)
        else {
            return Said::Nothing;
        };
        explaining.ask(received, || {
            while let Ok(more) = notices.try_recv() {
                self.waiting.push(more);
            }
            self.waiting.is_crowded()
        })
    }
}
