//! The tokio runtimes of commands. A runtime that ends does not wait for blocking name lookups.

use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::error::{self, Error};

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
