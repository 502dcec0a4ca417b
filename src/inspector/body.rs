//! The bytes of a body: a range of them, or all, as an attachment; and as a page that can only be looked at.

use std::sync::Arc;

use bytes::Bytes;
use http::header::{ACCEPT_RANGES, CONTENT_RANGE, RANGE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;
use tokio::sync::mpsc;

use super::failure::Failure;
use super::request::Asked;
use super::response::{self, Response};
use super::state::State;
use super::tickets::Ticket;

/// How much of a body one answer with a range has.
const MAX_RANGE: u64 = 16 << 20;

/// How much is read at a time where all of a body is asked for.
const PIECE: u64 = 1 << 20;

pub(super) async fn read(state: &Arc<State>, asked: &Asked) -> Result<Response, Failure> {
    let id = asked.id(0)?;
    match asked.parameter("part").as_deref() {
        None | Some("request") => {}
        Some("response") => {
            return Err(Failure::new(
                StatusCode::NOT_FOUND,
                "the journal does not keep the bodies of responses",
                "replay the delivery to see the response",
            ));
        }
        Some(_) => {
            return Err(Failure::bad_request("there is no such part", "the part is request"));
        }
    }
    let range = asked.head.headers.get(RANGE).map(|range| range.to_str().unwrap_or_default());
    let file = format!("delivery-{id}.body");
    let Some(range) = range else {
        return Ok(response::attachment(whole(state, id).await?, &file));
    };
    let Some(range) = Range::parse(range) else {
        return Err(Failure::bad_request(
            "the range cannot be read",
            "one range of bytes, such as bytes=0-65535",
        ));
    };
    let part = state.store.read(move |_, journal| {
        let (_, total) = journal.body_part(id, 0, 0)?.ok_or_else(|| Failure::no_delivery(id))?;
        let Some((start, length)) = range.within(total) else {
            return Ok((Vec::new(), 0, total));
        };
        let (bytes, _) =
            journal.body_part(id, start, length)?.ok_or_else(|| Failure::no_delivery(id))?;
        Ok((bytes, start, total))
    });
    let (bytes, start, total) = part.await?;
    let (status, extent) = match bytes.len() as u64 {
        0 => (StatusCode::RANGE_NOT_SATISFIABLE, format!("bytes */{total}")),
        length => {
            let end = start + length - 1;
            (StatusCode::PARTIAL_CONTENT, format!("bytes {start}-{end}/{total}"))
        }
    };
    let mut answer = response::bytes(status, BYTES, bytes);
    if let Ok(value) = HeaderValue::try_from(extent) {
        answer.headers_mut().insert(CONTENT_RANGE, value);
    }
    Ok(response::attachment(answer, &file))
}

const BYTES: &str = "application/octet-stream";

/// All of a body, piece by piece.
async fn whole(state: &Arc<State>, id: u64) -> Result<Response, Failure> {
    let first = state.store.read(move |_, journal| {
        journal.body_part(id, 0, PIECE)?.ok_or_else(|| Failure::no_delivery(id))
    });
    let (first, total) = first.await?;
    let (sender, pieces) = mpsc::channel(2);
    let state = Arc::clone(state);
    tokio::spawn(async move {
        let mut offset = first.len() as u64;
        if sender.send(Bytes::from(first)).await.is_err() {
            return;
        }
        while offset < total {
            let read = state.store.read(move |_, journal| {
                journal.body_part(id, offset, PIECE)?.ok_or_else(|| Failure::no_delivery(id))
            });
            match read.await {
                Ok((piece, _)) if !piece.is_empty() => {
                    offset += piece.len() as u64;
                    if sender.send(piece.into()).await.is_err() {
                        return;
                    }
                }
                // It was removed meanwhile: the length that was announced is not reached, which the browser notices.
                _ => return,
            }
        }
    });
    let mut answer = response::pieces(BYTES, pieces);
    let headers = answer.headers_mut();
    headers.insert(ACCEPT_RANGES, HeaderValue::from_static("bytes"));
    headers.insert(http::header::CONTENT_LENGTH, HeaderValue::from(total));
    Ok(answer)
}

/// One range of bytes, as the Range header says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Range {
    From(u64, Option<u64>),
    /// So many at the end.
    Last(u64),
}

impl Range {
    fn parse(text: &str) -> Option<Self> {
        let (start, end) = text.strip_prefix("bytes=")?.split_once('-')?;
        if start.is_empty() {
            return Some(Self::Last(end.parse().ok()?));
        }
        let start = start.parse().ok()?;
        match end {
            "" => Some(Self::From(start, None)),
            end => {
                end.parse().ok().filter(|end| *end >= start).map(|end| Self::From(start, Some(end)))
            }
        }
    }

    /// Where it begins and how long it is, in a body of this length; `None` when nothing of it is there.
    fn within(self, total: u64) -> Option<(u64, u64)> {
        let (start, end) = match self {
            Self::From(start, end) => {
                (start, end.map_or(total, |end| end.saturating_add(1)).min(total))
            }
            Self::Last(count) => (total.saturating_sub(count), total),
        };
        let length = end.checked_sub(start)?.min(MAX_RANGE);
        (length > 0).then_some((start, length))
    }
}

#[derive(Serialize)]
struct Address {
    url: String,
}

/// An address under which the body can be looked at once.
pub(super) async fn make_preview(state: &Arc<State>, id: u64) -> Result<Response, Failure> {
    state
        .store
        .read(move |_, journal| {
            journal.body_part(id, 0, 0)?.ok_or_else(|| Failure::no_delivery(id)).map(drop)
        })
        .await?;
    let ticket = state.tickets.issue(Ticket::Preview(id))?;
    Ok(response::json(&Address { url: format!("/preview/{ticket}") }))
}

pub(super) async fn preview(state: &Arc<State>, ticket: &str) -> Result<Response, Failure> {
    let Some(Ticket::Preview(id)) = state.tickets.redeem(ticket) else {
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "this preview is over",
            "an address of a preview is valid once, for 30 seconds: ask for another",
        ));
    };
    let read = state.store.read(move |_, journal| {
        let record = journal.get(id)?.ok_or_else(|| Failure::no_delivery(id))?;
        Ok(record.delivery.decoded_body().into_owned())
    });
    Ok(response::preview(read.await?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_are_read_and_bounded() {
        for (text, total, expected) in [
            ("bytes=0-9", 100, Some((0, 10))),
            ("bytes=90-200", 100, Some((90, 10))),
            ("bytes=5-", 100, Some((5, 95))),
            ("bytes=-5", 100, Some((95, 5))),
            ("bytes=-500", 100, Some((0, 100))),
            ("bytes=100-", 100, None),
            ("bytes=0-18446744073709551615", 100, Some((0, 100))),
            ("bytes=-0", 100, None),
            ("bytes=0-", u64::MAX, Some((0, MAX_RANGE))),
        ] {
            assert_eq!(Range::parse(text).unwrap().within(total), expected, "{text}");
        }
        for text in ["bytes=", "bytes=a-b", "bytes=5-4", "bytes=0-1,3-4", "0-1", "bytes=-"] {
            assert_eq!(Range::parse(text), None, "{text}");
        }
    }
}
