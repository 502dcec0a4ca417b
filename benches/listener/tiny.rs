//! The same least handler on tiny_http, with as many threads as processors taking requests.

use std::io;
use std::sync::Arc;
use std::thread;

use tiny_http::{Header, Response, Server};

use crate::Outcome;
use crate::server::LIFETIME;

/// Makes the benchmark's binary be this handler.
pub const ARGUMENT: &str = "--be-the-tiny-handler";

/// Serves for a limited time, should nobody end it before.
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
    // Who went away needs no answer.
    let _ = request.respond(response);
    Ok(())
}
