//! The event stream: each delivery once, in the order of recording, from wherever its reader was before.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::api::Asked;
use super::failure::Failure;
use super::response::{self, Response};
use super::row::Row;
use super::server::State;
use super::store::Changes;
use crate::json_line;

/// How many rows are read and written at a time.
const BATCH: usize = 500;

/// How long rows gather after some were written: the page draws no faster.
const PAUSE: Duration = Duration::from_millis(16);

/// How often another program's recording is looked for.
const POLL: Duration = Duration::from_millis(250);

/// How often something is written, so that a connection that is gone is noticed.
const ALIVE: Duration = Duration::from_secs(15);

pub(super) async fn start(state: &Arc<State>, asked: &Asked) -> Result<Response, Failure> {
    let last = asked.head.headers.get("last-event-id").and_then(|value| value.to_str().ok());
    let after = match last.and_then(|last| last.parse().ok()) {
        Some(id) => Some(id),
        None => asked.number("after")?,
    };
    let position = state.store.read(move |store, journal| store.position(journal, after)).await?;
    let (sender, pieces) = mpsc::channel(4);
    let writing = write(Arc::clone(state), position, sender);
    tokio::spawn(writing);
    Ok(response::pieces("text/event-stream", pieces))
}

async fn write(
    state: Arc<State>,
    mut position: super::order::Position,
    sender: mpsc::Sender<Bytes>,
) {
    let changes: &Changes = &state.changes;
    let mut changed = changes.subscribe();
    let mut written = Instant::now();
    if sender.send(Bytes::from_static(b": open\n\n")).await.is_err() {
        return;
    }
    loop {
        let read = state.store.read(move |store, journal| {
            let (records, next) = store.next(journal, position, BATCH)?;
            let mut text = Vec::new();
            for record in &records {
                text.extend_from_slice(format!("id: {}\nevent: row\ndata: ", record.id).as_bytes());
                text.extend_from_slice(&json_line::line(&Row::from(record)));
                text.push(b'\n');
            }
            Ok((text, next))
        });
        let text = match read.await {
            Ok((text, next)) => {
                position = next;
                text
            }
            // It is tried again: the reader still has its place.
            Err(_) => Vec::new(),
        };
        if !text.is_empty() {
            if sender.send(text.into()).await.is_err() {
                return;
            }
            written = Instant::now();
            tokio::time::sleep(PAUSE).await;
            continue;
        }
        if written.elapsed() >= ALIVE {
            if sender.send(Bytes::from_static(b": alive\n\n")).await.is_err() {
                return;
            }
            written = Instant::now();
        }
        tokio::select! {
            _ = changed.changed() => {}
            () = tokio::time::sleep(POLL) => {}
            () = sender.closed() => return,
        }
    }
}
