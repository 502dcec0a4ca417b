//! The signals that interrupt a command, and how long it may take to end.

use std::io;
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::error::Exit;

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
