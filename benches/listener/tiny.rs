//! The same minimal handler with tiny_http, with one thread per processor.

use std::io;
use std::sync::Arc;
use std::thread;

use tiny_http::{Header, Response, Server};

use crate::Outcome;
use crate::server::LIFETIME;

/// The argument that starts the benchmark binary as this handler.
pub const ARGUMENT: &str = "--be-the-tiny-handler";

/// Serves until it is killed, or for a limited time.
pub fn serve() -> Outcome<()> {
    let server = Arc::new(Server::http("127.0.0.1:0").map_err(|why| why.to_string())?);
    eprintln!("listening on http://{}", server.server_addr());
    for _ in 0..thread::available_parallelism()?.get() {
        let server = Arc::clone(&server);
        thread::spawn(move || while answer(&server).is_ok() {});
    }
    thread::sleep(LIFETIME);
    Ok(())
}

fn answer(server: &Server) -> Outcome<()> {
    let mut request = server.recv()?;
    io::copy(request.as_reader(), &mut io::sink())?;
    let json = Header::from_bytes("Content-Type", "application/json").map_err(|()| "a header")?;
    let response = Response::from_string(r#"{"status":"accepted"}"#).with_header(json);
    // A closed connection needs no response.
    let _ = request.respond(response);
    Ok(())
}
