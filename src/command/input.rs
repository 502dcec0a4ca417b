//! Reading what a command works on: a file, or standard input.

use std::io::{self, IsTerminal, Read};
use std::path::Path;

use bytes::Bytes;

use crate::capture::{CaptureError, raw_http};
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

/// The deliveries in raw HTTP requests, one behind the other.
///
/// # Errors
/// When they are none, or not whole.
pub fn requests(bytes: Bytes, console: &Console) -> Result<Vec<Delivery>, Error> {
    let (deliveries, left_over) = raw_http::read_all(bytes).map_err(|why| {
        let why = CaptureError::from(why);
        Error::io(why.to_string(), why.hint())
    })?;
    if left_over > 0 {
        console.note("the line end behind the body's end that Content-Length gives is left out");
    }
    Ok(deliveries)
}
