//! From the options of every command that sends to how it connects.

use std::path::PathBuf;
use std::time::Duration;

use crate::cli::TransportArgs;
use crate::error::Error;
use crate::http::Transport;

/// How to connect, as the options ask for it.
///
/// # Errors
/// When the certificates cannot be read.
pub fn transport(args: &TransportArgs, timeout: Duration) -> Result<Transport, Error> {
    let read = |path: &PathBuf| std::fs::read(path).map_err(|why| Error::reading(path, &why));
    Ok(Transport {
        timeout,
        insecure: args.insecure,
        cacert: args.cacert.as_ref().map(read).transpose()?,
    })
}
