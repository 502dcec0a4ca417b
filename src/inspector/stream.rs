//! The event stream: each delivery once, in the order of recording, from wherever its reader was before.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::failure::Failure;
use super::order::Position;
use super::request::Asked;
use super::response::{self, Response};
use super::row::Row;
use super::state::State;
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
    let rejected = match asked.number("rejected")? {
        Some(number) => number,
        None => state.actions.rejected(u64::MAX).1,
    };
    let (sender, pieces) = mpsc::channel(4);
    let reader = Reader { state: Arc::clone(state), position, rejected, sender };
    tokio::spawn(reader.write());
    Ok(response::pieces("text/event-stream", pieces))
}

/// One reader of the stream.
struct Reader {
    state: Arc<State>,
    position: Position,
    /// The number of the last rejected request that it got.
    rejected: u64,
    sender: mpsc::Sender<Bytes>,
}

impl Reader {
    async fn write(mut self) {
        let mut changed = self.state.changes.subscribe();
        let mut behaviour = self.state.behaviour.subscribe();
        let mut written = Instant::now();
        let mut text = b": open\n\n".to_vec();
        loop {
            if !text.is_empty() {
                if self.sender.send(std::mem::take(&mut text).into()).await.is_err() {
                    return;
                }
                written = Instant::now();
                tokio::time::sleep(PAUSE).await;
            }
            text = self.rows().await;
            self.add_rejected(&mut text);
            if behaviour.has_changed().is_ok_and(|has_changed| has_changed) {
                behaviour.mark_unchanged();
                event("behaviour", &self.state.actions.behaviour(), &mut text);
            }
            if text.is_empty() && *changed.borrow_and_update() {
                event("ended", &serde_json::json!({}), &mut text);
                let _ = self.sender.send(text.into()).await;
                // It is written before the process ends.
                tokio::time::sleep(PAUSE).await;
                return;
            }
            if text.is_empty() && written.elapsed() >= ALIVE {
                text.extend_from_slice(b": alive\n\n");
            }
            if !text.is_empty() {
                continue;
            }
            tokio::select! {
                _ = changed.changed() => {}
                _ = behaviour.changed() => behaviour.mark_changed(),
                () = tokio::time::sleep(POLL) => {}
                () = self.sender.closed() => return,
            }
        }
    }

    /// The next rows as events.
    async fn rows(&mut self) -> Vec<u8> {
        let position = self.position;
        let read = self.state.store.read(move |store, journal| {
            let (records, next) = store.next(journal, position, BATCH)?;
            let mut text = Vec::new();
            for record in &records {
                text.extend_from_slice(format!("id: {}\n", record.id).as_bytes());
                event("row", &Row::from(record), &mut text);
            }
            Ok((text, next))
        });
        match read.await {
            Ok((text, next)) => {
                self.position = next;
                text
            }
            // It is tried again: the reader still has its place.
            Err(_) => Vec::new(),
        }
    }

    fn add_rejected(&mut self, text: &mut Vec<u8>) {
        let (new, last) = self.state.actions.rejected(self.rejected);
        for (number, one) in &new {
            event("rejected", &Row::rejected(*number, one), text);
        }
        self.rejected = last;
    }
}

fn event(name: &str, data: &impl Serialize, text: &mut Vec<u8>) {
    text.extend_from_slice(format!("event: {name}\ndata: ").as_bytes());
    text.extend_from_slice(&json_line::line(data));
    text.push(b'\n');
}
