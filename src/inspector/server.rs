//! The inspector's server: its threads, its connections, and the way of each request through the guard to its operation.

use std::convert::Infallible;
use std::net::TcpListener as StdListener;
use std::sync::Arc;
use std::time::Duration;

use http::header::ALLOW;
use http::{HeaderValue, Method, Request, StatusCode};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;

use super::api;
use super::failure::Failure;
use super::request::Asked;
use super::response::{self, Response};
use super::routes::{self, Routed};
use super::state::State;
use crate::error::{self, Error};

/// How many connections are open at once; a browser opens six.
const MAX_CONNECTIONS: usize = 64;

/// How long a head may take.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Starts the thread that serves. It is not the listener's: a page that loads much does not slow deliveries down.
pub(super) fn start(tcp: StdListener, state: Arc<State>) -> Result<(), Error> {
    let cannot_start = |why: std::io::Error| {
        Error::io(
            format!("cannot start the inspector: {}", error::reason(&why)),
            "the system is out of threads or descriptors",
        )
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .max_blocking_threads(16)
        .build()
        .map_err(cannot_start)?;
    let thread = std::thread::Builder::new().name("inspector".to_owned());
    let serving = move || {
        runtime.block_on(async {
            if let Ok(tcp) = TcpListener::from_std(tcp) {
                serve(tcp, state).await;
            }
        });
    };
    thread.spawn(serving).map(drop).map_err(cannot_start)
}

async fn serve(tcp: TcpListener, state: Arc<State>) {
    let permits = Arc::new(Semaphore::new(MAX_CONNECTIONS));
    loop {
        let permit = Arc::clone(&permits).acquire_owned().await;
        match tcp.accept().await {
            Ok((stream, peer)) if peer.ip().is_loopback() => {
                let state = Arc::clone(&state);
                tokio::spawn(async move {
                    let _permit = permit;
                    connection(stream, state).await;
                });
            }
            Ok(_) => {}
            // Out of descriptors: the pause keeps this from using all processor time.
            Err(_) => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    }
}

async fn connection(stream: TcpStream, state: Arc<State>) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let state = Arc::clone(&state);
        async move { Ok::<_, Infallible>(respond(&state, request).await) }
    });
    // What ends a connection is of no interest to anyone but its browser.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn respond(state: &Arc<State>, request: Request<Incoming>) -> Response {
    let (head, body) = request.into_parts();
    let path = head.uri.path();
    let checked = state.guard.check_sender(&head);
    let checked = checked.and_then(|()| state.guard.check_access(&head, routes::access(path)));
    if let Err(failure) = checked {
        return response::failure(&failure);
    }
    match routes::route(&head.method, path) {
        Routed::To(operation, parts) => {
            let asked = Asked { operation, parts, head, body };
            let result = api::answer(state, asked).await;
            result.unwrap_or_else(|failure| response::failure(&failure))
        }
        Routed::NotAllowed(method) => not_allowed(&method),
        Routed::Nowhere => response::failure(&Failure::new(
            StatusCode::NOT_FOUND,
            "there is nothing at this path",
            "docs/inspector.md lists the paths",
        )),
    }
}

fn not_allowed(method: &Method) -> Response {
    let mut response = response::failure(&Failure::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "this path has another method",
        format!("use {method}"),
    ));
    if let Ok(value) = HeaderValue::from_str(method.as_str()) {
        response.headers_mut().insert(ALLOW, value);
    }
    response
}
