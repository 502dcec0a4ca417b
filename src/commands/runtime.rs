//! The runtimes that commands do their work on, and their end: a name that is still being looked up must not
//! keep a run from ending when its time is up, or somebody has interrupted it.

use std::io;

use tokio::runtime::{Builder, Runtime};

use crate::error::{self, Error};

/// Does what sends one request after another.
///
/// # Errors
/// The work's own, and when the system does not let it begin.
pub fn sending<T>(work: impl FnOnce(&Runtime) -> Result<T, Error>) -> Result<T, Error> {
    on(Builder::new_current_thread(), work)
}

/// Does what serves many at once.
///
/// # Errors
/// As [`sending`].
pub fn serving<T>(work: impl FnOnce(&Runtime) -> Result<T, Error>) -> Result<T, Error> {
    on(Builder::new_multi_thread(), work)
}

/// The error of a run that the system does not let begin.
pub fn cannot_start(why: &io::Error) -> Error {
    Error::io(
        format!("cannot start: {}", error::reason(why)),
        "the system is out of threads or descriptors",
    )
}

fn on<T>(
    mut builder: Builder,
    work: impl FnOnce(&Runtime) -> Result<T, Error>,
) -> Result<T, Error> {
    let runtime = builder
        .enable_all()
        .build()
        .map_err(|why| cannot_start(&why))?;
    let done = work(&runtime);
    // Dropped, it would wait for the system to give an address up.
    runtime.shutdown_background();
    done
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;
    use std::time::Duration;

    use super::*;

    /// As a name is that no server answers for.
    #[test]
    fn what_blocks_in_the_background_is_not_waited_for() {
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
