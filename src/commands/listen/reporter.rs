//! Writes the events of a listener to standard output and counts them, in a thread of its own: a slow terminal must
//! not slow down responses, as long as the queue is not full.

use std::collections::VecDeque;
use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::sync::{mpsc, oneshot};

use crate::commands::shared::VerdictCounts;
use crate::commands::shared::explainer::{ExplainWorker, Explanation, is_explained};
use crate::error::{self, Error};
use crate::lock::lock;
use crate::output::console::Console;
use crate::output::delivery::{self, DeliveryFormatter};
use crate::output::{diagnosis, handshake};
use crate::server::{LineFormatter, ServerEvent, ShutdownHandle, StopReason, Unseen};

/// How many events may wait to be written.
pub(crate) const QUEUE: usize = 1024;

/// How many of them are taken out at once, at most: while the output is not read, these wait as well.
const BATCH: usize = 256;

/// How long the thread lets events gather after it has written some: waking up for each costs the connections more
/// than it gains the reader. An event that comes alone is written at once.
const PAUSE: Duration = Duration::from_millis(1);

/// A pipe takes this much as a whole or not at all (`PIPE_BUF` of Linux), so that it is known what was printed.
const BUFFER: usize = 4 << 10;

/// The text in place of a cause when deliveries come faster than they can be explained.
const NOT_EXPLAINED: &str =
    "not looked for: too many at once; `cz-hook verify` on a recording explains each";

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum OutputFormat {
    /// As human-readable text.
    Human,
    /// As one JSON object a line.
    Json,
    /// Not at all.
    Quiet,
}

impl OutputFormat {
    pub(crate) fn new(json: bool, console: &Console) -> Self {
        match (json, console.quiet) {
            (true, _) => Self::Json,
            (false, true) => Self::Quiet,
            (false, false) => Self::Human,
        }
    }

    /// Formats deliveries before they are reported: as JSON, all except those whose signature is to be explained.
    pub(crate) fn line_formatter(self, is_explaining: bool) -> Option<LineFormatter> {
        match (self, is_explaining) {
            (Self::Json, false) => Some(|record| Some(delivery::json_line(record, None))),
            (Self::Json, true) => Some(|record| {
                let is_valid = !record.verdict().is_some_and(is_explained);
                is_valid.then(|| delivery::json_line(record, None))
            }),
            (Self::Human | Self::Quiet, _) => None,
        }
    }
}

/// The events of a run, counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stats {
    pub(crate) verdicts: VerdictCounts,
    rejected: u64,
    handshakes: u64,
}

impl Stats {
    /// One line: how many deliveries, with which verdicts, and how many rejected requests.
    pub(crate) fn summary(&self) -> String {
        let mut text = match self.verdicts.total() {
            1 => "1 delivery".to_owned(),
            n => format!("{n} deliveries"),
        };
        if self.verdicts.total() > 0 {
            text.push_str(&format!(", signatures: {}", self.verdicts.summary()));
        }
        if self.handshakes > 0 {
            text.push_str(&format!("; handshakes: {}", self.handshakes));
        }
        if self.rejected > 0 {
            text.push_str(&format!("; rejected: {}", self.rejected));
        }
        text
    }

    fn count(&mut self, event: &ServerEvent) {
        match event {
            ServerEvent::Rejected(_) => self.rejected += 1,
            ServerEvent::Handshake(_) => self.handshakes += 1,
            ServerEvent::Delivery(record, _) => {
                let verdict = record.verdict();
                verdict.into_iter().for_each(|v| self.verdicts.add(v, 1));
            }
            ServerEvent::Line { verdict, .. } => self.verdicts.add(*verdict, 1),
        }
    }
}

/// How a report ended.
#[derive(Debug, Default)]
pub(crate) struct ReportResult {
    /// The events that were written.
    pub(crate) stats: Stats,
    /// Whether the output was closed before the end.
    pub(crate) is_cut_short: bool,
}

#[derive(Debug)]
pub(crate) struct Reporter {
    result: oneshot::Receiver<Result<ReportResult, Error>>,
    is_hurried: Arc<AtomicBool>,
}

/// Writes events until the listener is gone. An output that is closed stops the listener, which is not an error; an
/// output that cannot be written stops it, too, and is one.
pub(crate) fn start(
    mut events: mpsc::Receiver<ServerEvent>,
    unseen: Arc<Unseen>,
    explain_worker: Option<ExplainWorker>,
    format: OutputFormat,
    console: Console,
    shutdown: ShutdownHandle,
) -> Reporter {
    let (done, result) = oneshot::channel();
    let is_hurried = Arc::<AtomicBool>::default();
    let hurried = Arc::clone(&is_hurried);
    std::thread::spawn(move || {
        let written = write_all(&mut events, unseen, hurried, explain_worker, format, &console);
        let is_complete = written.as_ref().is_ok_and(|result| !result.is_cut_short);
        if !is_complete {
            shutdown.stop(StopReason::OutputClosed);
        }
        // It is not awaited when the run was interrupted.
        let _ = done.send(written);
    });
    Reporter { result, is_hurried }
}

impl Reporter {
    /// Searches for no more causes: there is only time to print what was received.
    pub(crate) fn hurry(&self) {
        self.is_hurried.store(true, Ordering::Relaxed);
    }

    pub(crate) async fn finish(&mut self) -> Result<ReportResult, Error> {
        (&mut self.result).await.unwrap_or_else(|_| {
            Err(Error::io("the report was cut short", "this is a bug: please report it"))
        })
    }
}

fn write_all(
    events: &mut mpsc::Receiver<ServerEvent>,
    unseen: Arc<Unseen>,
    is_hurried: Arc<AtomicBool>,
    explain_worker: Option<ExplainWorker>,
    format: OutputFormat,
    console: &Console,
) -> Result<ReportResult, Error> {
    let mut writer = EventWriter {
        text: Vec::with_capacity(BUFFER),
        ids: Vec::new(),
        unseen,
        is_hurried,
        format,
        formatter: DeliveryFormatter {
            palette: console.out,
            verbose: console.verbose,
            zone: TimeZone::system(),
            columns: None,
        },
        explain_worker,
        backlog: Backlog::default(),
        stats: Stats::default(),
    };
    let mut batch = Vec::with_capacity(BATCH);
    let mut is_cut_short = false;
    while events.blocking_recv_many(&mut batch, BATCH) > 0 {
        batch.drain(..).for_each(|event| writer.backlog.push(event));
        // Each time, because a terminal can be resized.
        writer.formatter.columns = console.columns();
        match writer.write_backlog(events) {
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
    Ok(ReportResult { stats: writer.stats, is_cut_short })
}

/// Writes and counts the events of the backlog.
struct EventWriter {
    /// What is to be written next, and the deliveries in it.
    text: Vec<u8>,
    ids: Vec<u64>,
    unseen: Arc<Unseen>,
    is_hurried: Arc<AtomicBool>,
    format: OutputFormat,
    formatter: DeliveryFormatter,
    explain_worker: Option<ExplainWorker>,
    backlog: Backlog,
    stats: Stats,
}

impl EventWriter {
    /// Writes the backlog, and what comes while signatures are explained.
    fn write_backlog(&mut self, events: &mut mpsc::Receiver<ServerEvent>) -> io::Result<()> {
        while let Some(event) = self.backlog.pop() {
            self.stats.count(&event);
            let explanation = self.explain(&event, events);
            self.write(&event, &explanation)?;
        }
        self.flush()
    }

    /// Adds to the text that is written next.
    fn add(&mut self, bytes: &[u8], id: Option<u64>) -> io::Result<()> {
        if self.text.len() + bytes.len() > BUFFER {
            self.flush()?;
        }
        self.text.extend_from_slice(bytes);
        self.ids.extend(id);
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.unseen.is_writing.store(true, Ordering::Relaxed);
        let mut out = io::stdout().lock();
        out.write_all(&self.text)?;
        out.flush()?;
        self.unseen.is_writing.store(false, Ordering::Relaxed);
        self.text.clear();
        let mut unseen = lock(&self.unseen.deliveries);
        for id in self.ids.drain(..) {
            unseen.remove(&id);
        }
        Ok(())
    }

    fn write(&mut self, event: &ServerEvent, explanation: &Explanation) -> io::Result<()> {
        let bytes = match (self.format, event) {
            (OutputFormat::Quiet, _) => return Ok(()),
            (_, ServerEvent::Line { id, line, .. }) => return self.add(line, Some(*id)),
            (OutputFormat::Human, ServerEvent::Delivery(record, _)) => {
                let cause = match explanation {
                    Explanation::None => None,
                    Explanation::Found(diagnosis) => Some(diagnosis::one_line(diagnosis)),
                    Explanation::Skipped => Some(NOT_EXPLAINED.to_owned()),
                };
                self.formatter.delivery(record, cause.as_deref()).into_bytes()
            }
            (OutputFormat::Human, ServerEvent::Handshake(record)) => {
                self.formatter.handshake(record).into_bytes()
            }
            (OutputFormat::Json, ServerEvent::Handshake(record)) => handshake::json_line(record),
            (OutputFormat::Human, ServerEvent::Rejected(rejected)) => {
                self.formatter.rejected(rejected).into_bytes()
            }
            (OutputFormat::Json, ServerEvent::Delivery(record, _)) => {
                let diagnosis = match explanation {
                    Explanation::Found(diagnosis) => Some(&**diagnosis),
                    Explanation::None | Explanation::Skipped => None,
                };
                delivery::json_line(record, diagnosis)
            }
            (OutputFormat::Json, ServerEvent::Rejected(rejected)) => {
                delivery::rejected_json_line(rejected)
            }
        };
        let id = match event {
            ServerEvent::Delivery(record, _) => Some(record.id),
            ServerEvent::Line { .. } | ServerEvent::Handshake(_) | ServerEvent::Rejected(_) => None,
        };
        self.add(&bytes, id)
    }

    fn explain(
        &mut self,
        event: &ServerEvent,
        events: &mut mpsc::Receiver<ServerEvent>,
    ) -> Explanation {
        let (Some(worker), ServerEvent::Delivery(record, _)) = (&mut self.explain_worker, event)
        else {
            return Explanation::None;
        };
        worker.explain(record, || {
            while let Ok(more) = events.try_recv() {
                self.backlog.push(more);
            }
            self.backlog.is_long() || self.is_hurried.load(Ordering::Relaxed)
        })
    }
}

/// Events that were received and are not written yet.
#[derive(Debug, Default)]
struct Backlog {
    events: VecDeque<ServerEvent>,
    bytes: usize,
}

impl Backlog {
    /// How many events, and how many bytes, may wait for an explanation: events that stay in the channel would delay
    /// responses, and bodies count against the listener's memory limit.
    const MAX_EVENTS: usize = 256;
    const MAX_BYTES: usize = 4 << 20;

    fn push(&mut self, event: ServerEvent) {
        self.bytes += Self::size(&event);
        self.events.push_back(event);
    }

    fn pop(&mut self) -> Option<ServerEvent> {
        let event = self.events.pop_front()?;
        self.bytes = self.bytes.saturating_sub(Self::size(&event));
        Some(event)
    }

    fn is_long(&self) -> bool {
        self.events.len() > Self::MAX_EVENTS || self.bytes > Self::MAX_BYTES
    }

    fn size(event: &ServerEvent) -> usize {
        match event {
            ServerEvent::Delivery(record, _) => record.delivery.body.len(),
            ServerEvent::Line { line, .. } => line.len(),
            ServerEvent::Handshake(_) | ServerEvent::Rejected(_) => 0,
        }
    }
}
