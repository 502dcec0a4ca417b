//! Exports: the deliveries that match a filter in one file, and one delivery as a page.

use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::StatusCode;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::request::Asked;
use super::response::{self, Response};
use super::state::{State, blocking};
use crate::capture::journal::{Journal, JournalError};
use crate::webhook::record::DeliveryRecord;

/// How many deliveries are looked for at a time.
const BATCH: usize = 500;

pub(super) async fn start(state: &Arc<State>, asked: &Asked) -> Result<Response, Failure> {
    let filter = asked.filter()?;
    let format = asked.parameter("as").unwrap_or_else(|| "ndjson".to_owned());
    let redact = is_redacted(asked)?;
    let (sender, mut first) = mpsc::channel::<Bytes>(4);
    let (name, named) = tokio::sync::oneshot::channel();
    let (actions, store) = (Arc::clone(&state.actions), Arc::clone(&state.store));
    let permit = state.job()?;
    let running = tokio::task::spawn_blocking(move || {
        let _permit = permit;
        let mut exporter = actions.exporter(&format, redact)?;
        let _ = name.send(exporter.extension());
        let mut after = Some(0);
        while let Some(from) = after {
            let (batch, next) =
                store.read_here(|_, journal| Ok(batch(journal, &filter.terms, from)?))?;
            after = next;
            for record in batch {
                let text = exporter.entry(&record)?;
                if !text.is_empty() && sender.blocking_send(text.into()).is_err() {
                    return Ok(());
                }
            }
        }
        let _ = sender.blocking_send(exporter.end()?.into());
        Ok(())
    });
    let extension = match named.await {
        Ok(extension) => extension,
        Err(_) => {
            let failed = running.await.unwrap_or_else(|_| Err(Failure::crashed()));
            return Err(failed.err().unwrap_or_else(Failure::crashed));
        }
    };
    // An error before the first byte is an answer of its own.
    let Some(beginning) = first.recv().await else {
        let ended = running.await.unwrap_or_else(|_| Err(Failure::crashed()));
        ended?;
        return Ok(saved(response::bytes(StatusCode::OK, BYTES, Bytes::new()), extension));
    };
    let (sender, pieces) = mpsc::channel(4);
    tokio::spawn(async move {
        if sender.send(beginning).await.is_err() {
            return;
        }
        while let Some(piece) = first.recv().await {
            if sender.send(piece).await.is_err() {
                return;
            }
        }
    });
    Ok(saved(response::pieces(BYTES, pieces), extension))
}

const BYTES: &str = "application/octet-stream";

fn saved(response: Response, extension: &str) -> Response {
    response::attachment(response, &format!("deliveries.{extension}"))
}

/// The next deliveries after an id, with their bodies, and where to go on.
fn batch(
    journal: &Journal,
    terms: &[crate::capture::journal::Term],
    after: u64,
) -> Result<(Vec<DeliveryRecord>, Option<u64>), JournalError> {
    /// The bodies that are in memory at once, one delivery more than fits.
    const MAX_BYTES: usize = 16 << 20;
    let deadline = Instant::now() + Duration::from_secs(5);
    let found = journal.ids_after(terms, after, BATCH, deadline)?;
    let (mut records, mut bytes) = (Vec::new(), 0);
    for (index, id) in found.ids.iter().enumerate() {
        if let Some(record) = journal.get(*id)? {
            bytes += record.delivery.body.len();
            records.push(record);
        }
        if bytes >= MAX_BYTES && index + 1 < found.ids.len() {
            return Ok((records, Some(*id)));
        }
    }
    Ok((records, found.next))
}

/// One delivery as a page to attach to a ticket.
pub(super) async fn page(state: &Arc<State>, asked: &Asked) -> Result<Response, Failure> {
    let id = asked.id(0)?;
    let redact = is_redacted(asked)?;
    let record = state.store.read(move |_, journal| Ok(journal.get(id)?)).await?;
    let record = record.ok_or_else(|| Failure::no_delivery(id))?;
    let actions = Arc::clone(&state.actions);
    blocking(move || {
        let page = actions.page(&record, redact)?;
        let page = response::bytes(StatusCode::OK, "text/html; charset=utf-8", page);
        Ok(response::attachment(page, &format!("delivery-{id}.html")))
    })
    .await
}

/// Private values are left out unless it is said that they are wanted.
fn is_redacted(asked: &Asked) -> Result<bool, Failure> {
    match asked.parameter("redact").as_deref() {
        None | Some("" | "true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(Failure::bad_request("`redact` is not a truth value", "true or false")),
    }
}
