//! Sends the requests of a run: a thread that keeps the pace, and threads with connections that sign, send and measure.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use http::Method;
use tokio::runtime::{Builder, Handle};
use tokio::sync::Notify;

use super::generator::{Generator, Scratch};
use super::plan::Intent;
use super::schedule::Schedule;
use super::statistics::{Example, Outcome, Recorder, ResultKey, Statistics, Times};
use crate::error::{Error, reason};
use crate::http::{Endpoint, KeptConnection, RawClient, SendErrorKind};
use crate::lock::lock;
use crate::webhook::retry::Schedule as RetrySchedule;

/// How long requests that are under way may take after an interrupt.
const TIME_TO_END: Duration = Duration::from_millis(1000);

/// The pause of a connection without a schedule after the endpoint could not be reached.
const PAUSE: Duration = Duration::from_millis(100);

/// How requests are paced.
#[derive(Clone, Debug)]
pub enum Pace {
    /// By a schedule; requests that find this many in flight wait, as many again, and are dropped then.
    Open { schedule: Schedule, max_in_flight: usize },
    /// So many connections, each of which sends when it has its response.
    Closed { concurrency: usize, duration: Option<Duration> },
}

/// How deliveries that fail are sent again.
#[derive(Clone, Debug)]
pub struct Retries {
    pub schedule: RetrySchedule,
    /// By which delays are divided.
    pub time_scale: f64,
}

impl Pace {
    /// How many requests there are at most, with this count; `None` when nothing but the time bounds them.
    pub fn total(&self, count: Option<u64>) -> Option<u64> {
        let scheduled = match self {
            Self::Open { schedule, .. } => Some(schedule.total()),
            Self::Closed { .. } => None,
        };
        [count, scheduled].into_iter().flatten().min()
    }

    /// How long the requests are sent at most.
    pub fn length(&self) -> Option<Duration> {
        match self {
            Self::Open { schedule, .. } => Some(schedule.length()),
            Self::Closed { duration, .. } => *duration,
        }
    }
}

pub struct Options {
    pub pace: Pace,
    /// How many requests at most.
    pub count: Option<u64>,
    pub retries: Option<Retries>,
}

/// How far a run has come.
#[derive(Clone, Copy, Debug, Default)]
pub struct Progress {
    pub elapsed: Duration,
    pub asked: u64,
    pub dropped: u64,
    pub is_interrupted: bool,
}

/// A request to send.
#[derive(Clone, Copy)]
struct Ticket {
    n: u64,
    /// When it was to be sent, from the start; `None` without a schedule.
    due: Option<Duration>,
    /// How many attempts were made before.
    attempts: usize,
}

/// A connection's place to wait for its next request.
#[derive(Default)]
struct Seat {
    ticket: Mutex<Option<Ticket>>,
    wake: Notify,
}

/// The connections without a request, and the requests without a connection.
#[derive(Default)]
struct Pool {
    /// The one that was used last is used next, so that there are no more connections than needed.
    idle: Vec<Arc<Seat>>,
    waiting: VecDeque<Ticket>,
    connections: usize,
}

struct Shared {
    generator: Generator,
    client: RawClient,
    endpoint: Endpoint,
    method: Method,
    options: Options,
    pool: Mutex<Pool>,
    recorders: Vec<Mutex<Recorder>>,
    threads: Vec<Handle>,
    next_thread: AtomicUsize,
    start: Instant,
    /// Requests whose time has come.
    asked: AtomicU64,
    dropped: AtomicU64,
    /// Requests that were given to a connection, or wait for one, and have not ended.
    open: AtomicU64,
    is_all_asked: AtomicBool,
    is_stopped: AtomicBool,
    ended: Notify,
}

/// Runs the requests of a generator. `tick` is called about once a second and at the end.
pub(crate) async fn run(
    generator: Generator,
    (client, endpoint, method): (RawClient, Endpoint, Method),
    options: Options,
    mut tick: impl FnMut(&Statistics, Progress) -> Result<(), Error>,
    interrupted: impl Future<Output = ()>,
) -> Result<(Statistics, Progress, Generator), Error> {
    let is_scheduled = matches!(options.pace, Pace::Open { .. });
    let threads = Threads::start(&options)?;
    // An endpoint that cannot be reached is an error and not a measurement.
    let probe = (client.clone(), endpoint.clone());
    let first = threads.handles.first().cloned().unwrap_or_else(Handle::current);
    let opened = first.spawn(async move { probe.0.keep_alive(&probe.1).await });
    let first_connection = match opened.await {
        Ok(opened) => Some(opened?),
        Err(_) => None,
    };
    let shared = Arc::new(Shared {
        generator,
        client,
        endpoint,
        method,
        options,
        pool: Mutex::default(),
        recorders: threads.handles.iter().map(|_| Mutex::new(Recorder::new())).collect(),
        threads: threads.handles.clone(),
        next_thread: AtomicUsize::new(0),
        start: Instant::now(),
        asked: AtomicU64::new(0),
        dropped: AtomicU64::new(0),
        open: AtomicU64::new(0),
        is_all_asked: AtomicBool::new(false),
        is_stopped: AtomicBool::new(false),
        ended: Notify::new(),
    });
    let pacer = shared.begin(first_connection)?;
    let mut statistics = Statistics::new(is_scheduled);
    let mut interval = tokio::time::interval(Duration::from_secs(1));
    interval.tick().await;
    let mut interrupted = std::pin::pin!(interrupted);
    let mut latest: Option<tokio::time::Instant> = None;
    loop {
        let is_interrupted = latest.is_some();
        let too_late = async {
            match latest {
                Some(at) => tokio::time::sleep_until(at).await,
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            () = shared.ended.notified() => if shared.is_done() { break },
            () = &mut interrupted, if !is_interrupted => {
                shared.stop();
                latest = Some(tokio::time::Instant::now() + TIME_TO_END);
                if shared.is_done() { break }
            }
            () = too_late => break,
            _ = interval.tick() => {
                statistics.take(shared.take(), shared.start.elapsed());
                tick(&statistics, shared.progress(is_interrupted))?;
                if shared.is_done() { break }
            }
        }
    }
    shared.stop();
    if let Some(pacer) = pacer {
        let _ = pacer.join();
    }
    let progress = shared.progress(latest.is_some());
    statistics.take(shared.take(), progress.elapsed);
    tick(&statistics, progress)?;
    let seed = shared.generator.plan.seed;
    drop(threads);
    // The threads have ended, and dropped what they had of it.
    let shared = Arc::try_unwrap(shared)
        .map_err(|_| Error::io(format!("the run with --seed {seed} has not ended"), ""))?;
    Ok((statistics, progress, shared.generator))
}

/// Threads with a runtime each; they end when this is dropped.
struct Threads {
    handles: Vec<Handle>,
    stops: Vec<Arc<Notify>>,
    joins: Vec<thread::JoinHandle<()>>,
}

impl Threads {
    /// Starts them: half of the processors are left to the endpoint.
    fn start(options: &Options) -> Result<Self, Error> {
        const MAX: usize = 8;
        let connections = match options.pace {
            Pace::Open { max_in_flight, .. } => max_in_flight,
            Pace::Closed { concurrency, .. } => concurrency,
        };
        let processors = thread::available_parallelism().map_or(1, usize::from);
        let count = (processors / 2).clamp(1, MAX).min(connections.max(1));
        let cannot = |why: std::io::Error| {
            Error::io(
                format!("cannot start: {}", reason(&why)),
                "the system is out of threads or descriptors",
            )
        };
        let mut threads = Self { handles: Vec::new(), stops: Vec::new(), joins: Vec::new() };
        for _ in 0..count {
            let runtime = Builder::new_current_thread().enable_all().build().map_err(cannot)?;
            threads.handles.push(runtime.handle().clone());
            let stop = Arc::new(Notify::new());
            threads.stops.push(Arc::clone(&stop));
            let work = move || {
                runtime.block_on(stop.notified());
                // Dropping it would wait for name lookups.
                runtime.shutdown_background();
            };
            let named = thread::Builder::new().name("load".to_owned());
            threads.joins.push(named.spawn(work).map_err(cannot)?);
        }
        Ok(threads)
    }
}

impl Drop for Threads {
    fn drop(&mut self) {
        self.stops.iter().for_each(|stop| stop.notify_one());
        for join in self.joins.drain(..) {
            let _ = join.join();
        }
    }
}

impl Shared {
    /// Starts the pacer, or the connections that need none.
    fn begin(
        self: &Arc<Self>,
        first: Option<KeptConnection>,
    ) -> Result<Option<thread::JoinHandle<()>>, Error> {
        let shared = Arc::clone(self);
        match &self.options.pace {
            Pace::Open { .. } => {
                let named = thread::Builder::new().name("pacer".to_owned());
                let pacer = named.spawn(move || shared.keep_pace(first));
                let pacer = pacer.map_err(|why| {
                    Error::io(
                        format!("cannot start: {}", reason(&why)),
                        "the system is out of threads",
                    )
                })?;
                Ok(Some(pacer))
            }
            Pace::Closed { concurrency, .. } => {
                let concurrency = *concurrency;
                // Counts the connections that have not seen the end.
                self.open.store(concurrency as u64, Ordering::SeqCst);
                self.is_all_asked.store(true, Ordering::SeqCst);
                let mut first = first;
                for _ in 0..concurrency {
                    let connection = Connection::new(self, first.take());
                    let thread = connection.thread;
                    if let Some(thread) = self.threads.get(thread) {
                        thread.spawn(connection.serve_in_turn());
                    }
                }
                Ok(None)
            }
        }
    }

    /// Gives each request to a connection when it is due.
    fn keep_pace(self: Arc<Self>, mut first: Option<KeptConnection>) {
        /// How soon a stop is noticed.
        const MAX_SLEEP: Duration = Duration::from_millis(100);
        let Pace::Open { schedule, max_in_flight } = &self.options.pace else {
            return;
        };
        let total = schedule.total().min(self.options.count.unwrap_or(u64::MAX));
        'requests: for n in 0..total {
            let due = schedule.due(n);
            loop {
                if self.is_stopped() {
                    break 'requests;
                }
                let left = due.saturating_sub(self.start.elapsed());
                if left.is_zero() {
                    break;
                }
                thread::sleep(left.min(MAX_SLEEP));
            }
            self.asked.fetch_add(1, Ordering::SeqCst);
            let ticket = Ticket { n, due: Some(due), attempts: 0 };
            self.assign(ticket, *max_in_flight, &mut first);
        }
        self.is_all_asked.store(true, Ordering::SeqCst);
        self.ended.notify_one();
    }

    /// Gives a request to an idle connection or a new one; else it waits, or is dropped.
    fn assign(
        self: &Arc<Self>,
        ticket: Ticket,
        max_in_flight: usize,
        first: &mut Option<KeptConnection>,
    ) {
        let mut pool = lock(&self.pool);
        let is_retry = ticket.attempts > 0;
        if let Some(seat) = pool.idle.pop() {
            drop(pool);
            self.open.fetch_add(u64::from(!is_retry), Ordering::SeqCst);
            *lock(&seat.ticket) = Some(ticket);
            seat.wake.notify_one();
        } else if pool.connections < max_in_flight {
            pool.connections += 1;
            drop(pool);
            self.open.fetch_add(u64::from(!is_retry), Ordering::SeqCst);
            let connection = Connection::new(self, first.take());
            if let Some(thread) = self.threads.get(connection.thread) {
                thread.spawn(connection.serve_pool(ticket));
            }
        } else if is_retry || pool.waiting.len() < max_in_flight {
            pool.waiting.push_back(ticket);
            self.open.fetch_add(u64::from(!is_retry), Ordering::SeqCst);
        } else {
            self.dropped.fetch_add(1, Ordering::SeqCst);
        }
    }

    /// The next request of a connection that has none; otherwise it becomes idle.
    fn next(&self, seat: &Arc<Seat>) -> Option<Ticket> {
        let mut pool = lock(&self.pool);
        let next = pool.waiting.pop_front().filter(|_| !self.is_stopped());
        if next.is_none() {
            pool.idle.push(Arc::clone(seat));
        }
        next
    }

    /// A request has ended for good.
    fn end(&self) {
        if self.open.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.ended.notify_one();
        }
    }

    fn stop(&self) {
        self.is_stopped.store(true, Ordering::SeqCst);
        // Those that wait are not sent any more.
        let mut pool = lock(&self.pool);
        let waiting = pool.waiting.drain(..).filter(|ticket| ticket.attempts == 0).count() as u64;
        drop(pool);
        self.asked.fetch_sub(waiting, Ordering::SeqCst);
        self.open.fetch_sub(waiting, Ordering::SeqCst);
    }

    fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    fn is_done(&self) -> bool {
        (self.is_all_asked.load(Ordering::SeqCst) || self.is_stopped())
            && self.open.load(Ordering::SeqCst) == 0
    }

    fn progress(&self, is_interrupted: bool) -> Progress {
        Progress {
            elapsed: self.start.elapsed(),
            asked: self.asked.load(Ordering::SeqCst),
            dropped: self.dropped.load(Ordering::SeqCst),
            is_interrupted,
        }
    }

    /// What was measured since the last time.
    fn take(&self) -> Vec<Recorder> {
        let recorders = self.recorders.iter();
        recorders
            .map(|recorder| {
                // Made outside the lock, which the connections need.
                let fresh = Recorder::new();
                std::mem::replace(&mut *lock(recorder), fresh)
            })
            .collect()
    }
}

/// One connection, which is opened again as often as needed.
struct Connection {
    shared: Arc<Shared>,
    thread: usize,
    kept: Option<KeptConnection>,
    scratch: Scratch,
}

impl Connection {
    fn new(shared: &Arc<Shared>, kept: Option<KeptConnection>) -> Self {
        let next = shared.next_thread.fetch_add(1, Ordering::Relaxed);
        // A connection stays on the thread on which it was opened.
        let thread = if kept.is_some() { 0 } else { next % shared.threads.len().max(1) };
        Self { shared: Arc::clone(shared), thread, kept, scratch: Scratch::default() }
    }

    /// Sends this request, and then what the pool has for it.
    async fn serve_pool(mut self, first: Ticket) {
        let seat = Arc::new(Seat::default());
        let mut ticket = first;
        loop {
            self.send(ticket).await;
            ticket = match self.shared.next(&seat) {
                Some(next) => next,
                None => loop {
                    seat.wake.notified().await;
                    if let Some(next) = lock(&seat.ticket).take() {
                        break next;
                    }
                },
            };
        }
    }

    /// Sends one request after the other until the count or the time is used up.
    async fn serve_in_turn(mut self) {
        let shared = Arc::clone(&self.shared);
        let Pace::Closed { duration, .. } = shared.options.pace else {
            return;
        };
        let is_over = || duration.is_some_and(|limit| shared.start.elapsed() >= limit);
        while !shared.is_stopped() && !is_over() {
            let n = shared.asked.fetch_add(1, Ordering::SeqCst);
            if shared.options.count.is_some_and(|count| n >= count) {
                shared.asked.fetch_sub(1, Ordering::SeqCst);
                break;
            }
            let ticket = Ticket { n, due: None, attempts: 0 };
            let mut next = self.attempt(ticket).await;
            while let Some((ticket, delay)) = next {
                tokio::time::sleep(delay).await;
                next = self.attempt(ticket).await;
            }
        }
        shared.end();
    }

    /// Sends a request of the pool. When it is to be sent again, it does not keep the connection meanwhile.
    async fn send(&mut self, ticket: Ticket) {
        match self.attempt(ticket).await {
            None => self.shared.end(),
            Some((again, delay)) => {
                let shared = Arc::clone(&self.shared);
                tokio::spawn(async move {
                    tokio::time::sleep(delay).await;
                    if let Pace::Open { max_in_flight, .. } = shared.options.pace {
                        shared.assign(again, max_in_flight, &mut None);
                    }
                });
            }
        }
    }

    /// Signs and sends a request, and records the result; returns when it is to be sent again.
    async fn attempt(&mut self, ticket: Ticket) -> Option<(Ticket, Duration)> {
        let shared = &self.shared;
        let started = shared.start.elapsed();
        // Every kind was encoded before.
        let Ok(made) = shared.generator.make(ticket.n, &mut self.scratch) else {
            return None;
        };
        let outcome = exchange(shared, &mut self.kept, made.bytes).await;
        let ended = shared.start.elapsed();
        let times = Times {
            latency: ticket.due.map(|due| ended.saturating_sub(due)),
            service: ended.saturating_sub(started),
            delay: ticket.due.map(|due| started.saturating_sub(due)),
        };
        let key = ResultKey { label: made.label, intent: made.planned.intent, outcome };
        let again = self.again(ticket, &key, ended);
        if let Some(recorder) = shared.recorders.get(self.thread) {
            let mut recorder = lock(recorder);
            recorder.time(&times);
            match again {
                Some(_) => recorder.retry(),
                None => recorder.end(Example { n: ticket.n, at: made.at, key }),
            }
        }
        if ticket.due.is_none() && outcome == Outcome::Unreachable {
            tokio::time::sleep(PAUSE).await;
        }
        again
    }

    /// The next attempt of a delivery that failed, if its sender would make one within the run.
    fn again(&self, ticket: Ticket, key: &ResultKey, now: Duration) -> Option<(Ticket, Duration)> {
        let shared = &self.shared;
        let retries = shared.options.retries.as_ref()?;
        if key.is_expected() || matches!(key.intent, Intent::Tampered(_)) || shared.is_stopped() {
            return None;
        }
        let seed = retries.schedule.seed ^ ticket.n;
        let schedule = RetrySchedule { seed, ..retries.schedule };
        let delay = schedule.delays().nth(ticket.attempts)?.as_secs_f64() / retries.time_scale;
        let delay = Duration::try_from_secs_f64(delay).ok()?;
        let at = now.checked_add(delay)?;
        let is_within = shared.options.pace.length().is_none_or(|length| at <= length);
        // Its time counts from its own schedule.
        let due = ticket.due.map(|_| at);
        is_within.then_some((Ticket { due, attempts: ticket.attempts + 1, ..ticket }, delay))
    }
}

/// Sends a request on a connection that is kept, or on a new one.
async fn exchange(
    shared: &Shared,
    kept: &mut Option<KeptConnection>,
    request: bytes::Bytes,
) -> Outcome {
    let connection = kept.take().filter(KeptConnection::is_usable);
    let connection = match connection {
        Some(connection) => Ok(connection),
        None => shared.client.keep_alive(&shared.endpoint).await,
    };
    let result = match connection {
        Ok(mut connection) => {
            let status = connection.exchange(&shared.method, request).await;
            if status.is_ok() {
                *kept = Some(connection);
            }
            status
        }
        Err(why) => Err(why),
    };
    match result {
        Ok(status) => Outcome::Status(status),
        Err(why) => match why.kind {
            SendErrorKind::Unreachable => Outcome::Unreachable,
            SendErrorKind::TimedOut => Outcome::TimedOut,
            SendErrorKind::Broken => Outcome::Broken,
        },
    }
}
