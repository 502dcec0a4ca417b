//! The tokio runtimes of commands, and the signals that interrupt them. A runtime that ends does not wait for blocking
//! name lookups.

use std::io;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::error::{self, Error, Exit};

/// Runs work that sends one request at a time.
pub(crate) fn sending<T>(work: impl FnOnce(&Runtime) -> Result<T, Error>) -> Result<T, Error> {
    on(&mut Builder::new_current_thread(), work)
}

/// Runs work that serves many connections.
pub(crate) fn serving<T>(work: impl FnOnce(&Runtime) -> Result<T, Error>) -> Result<T, Error> {
    on(&mut Builder::new_multi_thread(), work)
}

/// The error when the system refuses to start something.
pub(crate) fn cannot_start(why: &io::Error) -> Error {
    Error::io(
        format!("cannot start: {}", error::reason(why)),
        "the system is out of threads or descriptors",
    )
}

fn on<T>(
    builder: &mut Builder,
    work: impl FnOnce(&Runtime) -> Result<T, Error>,
) -> Result<T, Error> {
    let runtime = builder.enable_all().build();
    let runtime = runtime.map_err(|why| cannot_start(&why))?;
    let done = work(&runtime);
    // Dropping it would wait for name lookups.
    runtime.shutdown_background();
    done
}

/// How long a run may take to end after the first signal. Stuck threads are abandoned: a thread that writes to a pipe
/// that no program reads cannot be ended.
pub(crate) const TIME_TO_END: Duration = Duration::from_millis(1900);

/// The signals that end a run: Ctrl-C, and those of service managers and closed terminals.
pub(crate) struct Interrupts {
    signals: mpsc::UnboundedReceiver<()>,
    /// When the first one was received.
    pub(crate) first: Option<Instant>,
}

impl Interrupts {
    /// Handles the signals from now on, to the end of the process. By default they would end it. They have a thread of
    /// their own: the others may be stuck.
    pub(crate) fn new() -> io::Result<Self> {
        let (sender, receiver) = mpsc::unbounded_channel();
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let mut signals = {
            let _context = runtime.enter();
            Signals::new()?
        };
        std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
            runtime.block_on(async move {
                signals.next().await;
                let _ = sender.send(());
                let latest = tokio::time::sleep(TIME_TO_END);
                tokio::pin!(latest);
                loop {
                    tokio::select! {
                        () = &mut latest => std::process::exit(Exit::Interrupted as i32),
                        () = signals.next() => drop(sender.send(())),
                    }
                }
            });
        })?;
        Ok(Self { signals: receiver, first: None })
    }

    /// Waits for the next one.
    pub(crate) async fn next(&mut self) {
        if self.signals.recv().await.is_none() {
            std::future::pending().await
        }
        self.first.get_or_insert_with(Instant::now);
    }
}

struct Signals(#[cfg(unix)] [tokio::signal::unix::Signal; 3]);

impl Signals {
    fn new() -> io::Result<Self> {
        #[cfg(unix)]
        {
            use rustix::process::Signal;
            use tokio::signal::unix::{SignalKind, signal};
            // With a handler, a file that reaches the limit of file sizes is an error like that of a full disk, and
            // does not end the process.
            let _ = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()))?;
            Ok(Self([
                signal(SignalKind::interrupt())?,
                signal(SignalKind::terminate())?,
                signal(SignalKind::hangup())?,
            ]))
        }
        #[cfg(not(unix))]
        {
            Ok(Self())
        }
    }

    async fn next(&mut self) {
        #[cfg(unix)]
        {
            let [interrupt, terminate, hangup] = &mut self.0;
            tokio::select! {
                _ = interrupt.recv() => {}
                _ = terminate.recv() => {}
                _ = hangup.recv() => {}
            }
        }
        #[cfg(not(unix))]
        {
            // Without a handler the process ends at once, which is what an interrupt asks for.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending().await
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// Such as the lookup of a name without a reachable name server.
    #[test]
    fn a_blocking_call_in_the_background_is_not_waited_for() {
        for is_serving in [false, true] {
            let (release, held) = mpsc::channel::<()>();
            let (done, ended) = mpsc::channel();
            std::thread::spawn(move || {
                let work = move |runtime: &Runtime| {
                    runtime.spawn_blocking(move || held.recv());
                    Err::<(), _>(Error::interrupted("stopped"))
                };
                done.send(match is_serving {
                    true => serving(work),
                    false => sending(work),
                })
            });
            let ended = ended.recv_timeout(Duration::from_secs(60));
            drop(release);
            assert_eq!(ended, Ok(Err(Error::interrupted("stopped"))));
        }
    }
}
