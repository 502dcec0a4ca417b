//! The writes: what they are asked with, and what the commands do about it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::Incoming;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::sync::{OwnedSemaphorePermit, mpsc};

use super::actions::{ReplayRequest, SendRequest, TestRequest, ValidateRequest};
use super::failure::Failure;
use super::response::{self, Response};
use super::state::{State, blocking};

/// The most bytes of a request: a body of 16 MiB in base64, and what stands around it.
const MAX_REQUEST: usize = 24 << 20;

/// How long a request may take to arrive.
const MAX_TIME: Duration = Duration::from_secs(30);

pub(super) async fn replay(state: &Arc<State>, body: Incoming) -> Result<Response, Failure> {
    let permit = state.job()?;
    let request: ReplayRequest = read(body).await?;
    let id = request.id;
    let read = state.store.read(move |_, journal| Ok(journal.get(id)?));
    let record = read.await?.ok_or_else(|| Failure::no_delivery(id))?;
    let actions = Arc::clone(&state.actions);
    answer(permit, move || actions.replay(record, request)).await
}

pub(super) async fn send(state: &Arc<State>, body: Incoming) -> Result<Response, Failure> {
    let permit = state.job()?;
    let request: SendRequest = read(body).await?;
    let actions = Arc::clone(&state.actions);
    answer(permit, move || actions.send(request)).await
}

pub(super) async fn validate(state: &Arc<State>, body: Incoming) -> Result<Response, Failure> {
    let permit = state.job()?;
    let request: ValidateRequest = read(body).await?;
    let actions = Arc::clone(&state.actions);
    answer(permit, move || actions.validate(request)).await
}

pub(super) async fn behaviour(state: &Arc<State>, body: Incoming) -> Result<Response, Failure> {
    let permit = state.job()?;
    let request = read(body).await?;
    let actions = Arc::clone(&state.actions);
    let response = answer(permit, move || actions.set_behaviour(request)).await?;
    state.behaviour.send_replace(());
    Ok(response)
}

/// Runs the test and passes its lines on.
pub(super) async fn test(state: &Arc<State>, body: Incoming) -> Result<Response, Failure> {
    let permit = state.job()?;
    let request: TestRequest = read(body).await?;
    let actions = Arc::clone(&state.actions);
    // Not bounded: a test has few lines, and the endpoint must not wait for a page that reads slowly.
    let (lines, mut first) = mpsc::unbounded_channel::<Bytes>();
    let running = tokio::task::spawn_blocking(move || {
        let write = |line: Vec<u8>| match line.is_empty() {
            true => !lines.is_closed(),
            false => lines.send(line.into()).is_ok(),
        };
        let _permit = permit;
        actions.test(request, &write)
    });
    // An error before the first line is an answer of its own.
    let Some(line) = first.recv().await else {
        let ended = running.await.unwrap_or_else(|_| Err(Failure::crashed()));
        return ended.map(|()| response::bytes(StatusCode::OK, LINES, Bytes::new()));
    };
    let (sender, pieces) = mpsc::channel(64);
    tokio::spawn(async move {
        if sender.send(line).await.is_err() {
            return;
        }
        while let Some(line) = first.recv().await {
            if sender.send(line).await.is_err() {
                return;
            }
        }
        if let Ok(Err(failure)) = running.await {
            let line = crate::json_line::line(&failure);
            let _ = sender.send(line.into()).await;
        }
    });
    Ok(response::pieces(LINES, pieces))
}

const LINES: &str = "application/x-ndjson";

/// Reads the JSON of a request, bounded in size and time.
async fn read<T: DeserializeOwned>(body: Incoming) -> Result<T, Failure> {
    let collecting = Limited::new(body, MAX_REQUEST).collect();
    let collected = tokio::time::timeout(MAX_TIME, collecting).await.map_err(|_| {
        Failure::new(StatusCode::REQUEST_TIMEOUT, "the request did not arrive in time", "try again")
    })?;
    let bytes = collected
        .map_err(|why| match why.is::<LengthLimitError>() {
            true => Failure::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "the request is too large",
                "a body may have 16 MiB",
            ),
            false => Failure::bad_request("the request is not complete", "try again"),
        })?
        .to_bytes();
    serde_json::from_slice(&bytes).map_err(|why| {
        Failure::bad_request(
            format!("the request is not what this path takes: {why}"),
            "docs/inspector.md describes it",
        )
    })
}

async fn answer<T: Serialize + Send + 'static>(
    permit: OwnedSemaphorePermit,
    work: impl FnOnce() -> Result<T, Failure> + Send + 'static,
) -> Result<Response, Failure> {
    // Held until the work is done, also when nobody waits for it any more.
    blocking(move || {
        let _permit = permit;
        Ok(response::json(&work()?))
    })
    .await
}
