//! `--port-file`: the port, for a script that waits for the listener. The file appears whole or not at
//! all, so that whoever sees it can read it.

use std::fs;
use std::path::Path;

use crate::error::{self, Error};

/// Takes away a file of an earlier run: what is there says that deliveries can come.
///
/// # Errors
/// When it is there and cannot be removed.
pub fn clear(path: &Path) -> Result<(), Error> {
    match fs::remove_file(path) {
        Err(why) if why.kind() != std::io::ErrorKind::NotFound => Err(Error::io(
            format!("cannot remove {}: {}", path.display(), error::reason(&why)),
            "check the path given with --port-file",
        )),
        _ => Ok(()),
    }
}

/// Writes the port and a line end.
///
/// # Errors
/// When the file cannot be written.
pub fn write(path: &Path, port: u16) -> Result<(), Error> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.tmp", std::process::id()));
    let temporary = path.with_file_name(name);
    fs::write(&temporary, format!("{port}\n"))
        .and_then(|()| fs::rename(&temporary, path))
        .map_err(|why| {
            // Nothing half-done is left; that it cannot be removed changes nothing about the error.
            let _ = fs::remove_file(&temporary);
            Error::io(
                format!("cannot write {}: {}", path.display(), error::reason(&why)),
                "check the path given with --port-file",
            )
        })
}
