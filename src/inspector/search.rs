//! The search for text in bodies: the newest deliveries first, each hit as it is found.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::Serialize;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::request::Asked;
use super::response::{self, Response};
use super::state::State;
use crate::escape;
use crate::json_line;

const MAX_HITS: u64 = 1000;
const MAX_TIME: Duration = Duration::from_secs(30);

/// How many deliveries are searched first, so that a recent hit comes at once, and then at most.
const FIRST_STEP: u64 = 256;
const MAX_STEP: u64 = 8192;

#[derive(Serialize)]
struct Hit {
    id: u64,
    /// The offset in the body, in bytes.
    at: u64,
    excerpt: String,
}

#[derive(Serialize)]
struct End {
    done: bool,
    hits: u64,
    /// Whether all bodies were searched.
    complete: bool,
}

pub(super) async fn start(state: &Arc<State>, asked: &Asked) -> Result<Response, Failure> {
    let text = asked.parameter("text").filter(|text| !text.is_empty()).ok_or_else(|| {
        Failure::bad_request("there is nothing to search for", "give it as ?text=…")
    })?;
    let range = state.store.read(|_, journal| Ok(journal.id_range()?)).await?;
    let (sender, pieces) = mpsc::channel(4);
    tokio::spawn(search(Arc::clone(state), text, range, sender));
    Ok(response::pieces("application/x-ndjson", pieces))
}

async fn search(
    state: Arc<State>,
    text: String,
    range: Option<(u64, u64)>,
    sender: mpsc::Sender<Bytes>,
) {
    let deadline = Instant::now() + MAX_TIME;
    let (mut hits, mut step, mut complete) = (0, FIRST_STEP, true);
    let (low, mut end) = range.unwrap_or((1, 0));
    while end >= low {
        if Instant::now() >= deadline || hits >= MAX_HITS || sender.is_closed() {
            complete = false;
            break;
        }
        let start = end.saturating_sub(step - 1).max(low);
        let wanted = text.clone();
        let found = state
            .store
            .read(move |_, journal| Ok(journal.search(wanted.as_bytes(), (start, end))?));
        let Ok(found) = found.await else {
            complete = false;
            break;
        };
        let mut lines = Vec::new();
        for hit in found.into_iter().take(usize::try_from(MAX_HITS - hits).unwrap_or(0)) {
            hits += 1;
            let excerpt = escape::line(&hit.excerpt);
            lines.extend(json_line::line(&Hit { id: hit.id, at: hit.at, excerpt }));
        }
        if !lines.is_empty() && sender.send(lines.into()).await.is_err() {
            return;
        }
        step = (step * 2).min(MAX_STEP);
        match start.checked_sub(1) {
            Some(next) => end = next,
            None => break,
        }
    }
    let _ = sender.send(json_line::line(&End { done: true, hits, complete }).into()).await;
}
