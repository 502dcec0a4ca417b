//! Reading what a command works on: a file, or standard input.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use crate::capture::raw_http;
use crate::error::Error;
use crate::report::console::Console;
use crate::webhook::delivery::Delivery;

/// The bytes of a file; `-` or nothing is standard input.
///
/// # Errors
/// When it cannot be read. Waiting for a terminal that nobody was asked to type into is one, too.
pub fn read(path: Option<&Path>) -> Result<Vec<u8>, Error> {
    match path {
        Some(path) if path != Path::new("-") => {
            std::fs::read(path).map_err(|e| Error::reading(path, &e))
        }
        _ => {
            if path.is_none() && io::stdin().is_terminal() {
                return Err(Error::usage(
                    "there is no input: no file was named, and standard input is a terminal",
                    "name a file, pipe something in, or give `-` to type it",
                ));
            }
            let mut bytes = Vec::new();
            io::stdin()
                .lock()
                .read_to_end(&mut bytes)
                .map_err(|e| Error::reading(Path::new("standard input"), &e))?;
            Ok(bytes)
        }
    }
}

/// A delivery from a raw HTTP request.
///
/// # Errors
/// When it is not one, or not whole.
pub fn request(bytes: &[u8], console: &Console) -> Result<Delivery, Error> {
    let raw = raw_http::read(bytes).map_err(|why| {
        Error::io(
            format!("the captured request cannot be read: {why}"),
            "capture it again; if the file is a body and no request, give --format body",
        )
    })?;
    if raw.left_over > 0 {
        console.note(&format!(
            "{} more bytes follow the body's end that Content-Length gives; they are left out",
            raw.left_over
        ));
    }
    Ok(raw.delivery)
}
