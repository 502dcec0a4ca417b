//! The answers of the API.

use std::sync::Arc;
use std::time::{Duration, Instant};

use http::header::LOCATION;
use http::{HeaderValue, StatusCode};
use jiff::Timestamp;
use serde::Serialize;

use super::failure::Failure;
use super::request::Asked;
use super::response::{self, Response};
use super::routes::Operation;
use super::row::Row;
use super::state::{State, blocking};
use super::stats::Stats;
use super::tickets::Ticket;
use super::{body, compare, delivery, embedded, export, search, stream, write};

/// How long a page of the list is looked for.
const MAX_LOOKING: Duration = Duration::from_millis(800);

/// How long the deliveries that match are counted.
const MAX_COUNTING: Duration = Duration::from_millis(200);

pub(super) async fn answer(state: &Arc<State>, asked: Asked) -> Result<Response, Failure> {
    match asked.operation {
        Operation::Page => asset("index.html"),
        Operation::Asset => asset(asked.part(0)),
        Operation::Preview => body::preview(state, asked.part(0)).await,
        Operation::Open => open(state, &asked),
        Operation::Session => {
            let actions = Arc::clone(&state.actions);
            blocking(move || Ok(response::json(&actions.session()))).await
        }
        Operation::Deliveries => deliveries(state, &asked).await,
        Operation::Delivery => delivery::show(state, asked.id(0)?).await,
        Operation::Body => body::read(state, &asked).await,
        Operation::Attempts => delivery::attempts(state, asked.id(0)?).await,
        Operation::DeliveryPage => export::page(state, &asked).await,
        Operation::MakePreview => body::make_preview(state, asked.id(0)?).await,
        Operation::Compare => comparison(state, asked.id(0)?, asked.id(1)?).await,
        Operation::Search => search::start(state, &asked).await,
        Operation::Stream => stream::start(state, &asked).await,
        Operation::Samples => {
            let provider = asked.parameter("provider").unwrap_or_default();
            let actions = Arc::clone(&state.actions);
            blocking(move || Ok(response::json(&actions.samples(&provider)?))).await
        }
        Operation::Stats => statistics(state, &asked).await,
        Operation::Export => export::start(state, &asked).await,
        Operation::Replay => write::replay(state, asked.body).await,
        Operation::Send => write::send(state, asked.body).await,
        Operation::Validate => write::validate(state, asked.body).await,
        Operation::Test => write::test(state, asked.body).await,
        Operation::Behaviour => write::behaviour(state, asked.body).await,
    }
}

/// Leads the browser that was given this address to the page with its token.
fn open(state: &Arc<State>, asked: &Asked) -> Result<Response, Failure> {
    if state.tickets.redeem(asked.part(0)) != Some(Ticket::Open) {
        return Err(Failure::new(
            StatusCode::NOT_FOUND,
            "this address was used, or its time is over",
            "open the address that the terminal shows",
        ));
    }
    let mut response = response::bytes(StatusCode::SEE_OTHER, "text/plain", "");
    if let Ok(location) = HeaderValue::try_from(format!("/#{}", state.token.text())) {
        response.headers_mut().insert(LOCATION, location);
    }
    Ok(response)
}

async fn comparison(state: &Arc<State>, a: u64, b: u64) -> Result<Response, Failure> {
    let read = state.store.read(move |_, journal| {
        let get = |id| journal.get(id)?.ok_or_else(|| Failure::no_delivery(id));
        Ok(response::json(&compare::compare(&get(a)?.delivery, &get(b)?.delivery)))
    });
    read.await
}

async fn statistics(state: &Arc<State>, asked: &Asked) -> Result<Response, Failure> {
    /// About a second of work.
    const MAX_MEASURED: usize = 200_000;
    let since = asked.number("minutes")?.map(|minutes| {
        let ago = Duration::from_secs(minutes.saturating_mul(60));
        Timestamp::now().checked_sub(ago).unwrap_or(Timestamp::MIN).as_microsecond()
    });
    let read = state.store.read(move |_, journal| {
        let mut stats = Stats::default();
        journal.measure(since.unwrap_or(i64::MIN), MAX_MEASURED, |one| stats.add(one))?;
        Ok(response::json(&stats.summary(MAX_MEASURED)))
    });
    read.await
}

fn asset(path: &str) -> Result<Response, Failure> {
    let (bytes, media_type) = embedded::asset(path).ok_or_else(|| {
        Failure::new(StatusCode::NOT_FOUND, "the page has no such file", "load the page again")
    })?;
    Ok(response::deflated(media_type, bytes))
}

#[derive(Serialize)]
struct Page<'r> {
    rows: Vec<Row<'r>>,
    total: u64,
    matched: u64,
    /// Whether all deliveries were counted, and not only the newest.
    counted: bool,
    /// The id to go on from, when there may be more.
    next: Option<u64>,
    /// The delivery after which the stream goes on.
    cursor: u64,
}

async fn deliveries(state: &Arc<State>, asked: &Asked) -> Result<Response, Failure> {
    const MAX_ROWS: u64 = 500;
    let filter = asked.filter()?;
    let limit = asked.number("limit")?.unwrap_or(200).clamp(1, MAX_ROWS);
    let limit = usize::try_from(limit).unwrap_or(1);
    let (before, after) = (asked.number("before")?, asked.number("after")?);
    if before.is_some() && after.is_some() {
        return Err(Failure::bad_request("`before` and `after` exclude each other", "give one"));
    }
    if filter.is_rejected {
        return Ok(rejected(state, limit));
    }
    state
        .store
        .read(move |store, journal| {
            let terms = &filter.terms;
            let page = store.with_order(journal, |journal, cursor| {
                let deadline = Instant::now() + MAX_LOOKING;
                let found = match after {
                    Some(after) => journal.ids_after(terms, after, limit, deadline)?,
                    None => journal.ids_before(terms, before, limit, deadline)?,
                };
                let records = journal.summaries(&found.ids)?;
                let deadline = Instant::now() + MAX_COUNTING;
                let (matched, counted) = journal.count_matches(terms, deadline)?;
                let page = Page {
                    rows: records.iter().map(Row::from).collect(),
                    total: journal.total()?,
                    matched,
                    counted,
                    next: found.next,
                    cursor,
                };
                Ok(response::json(&page))
            })?;
            Ok(page)
        })
        .await
}

/// The requests that were rejected, the newest `limit`.
fn rejected(state: &Arc<State>, limit: usize) -> Response {
    let (all, last) = state.actions.rejected(0);
    let skipped = all.len().saturating_sub(limit);
    response::json(&Page {
        rows: all.iter().skip(skipped).map(|(number, one)| Row::rejected(*number, one)).collect(),
        total: last,
        matched: last,
        counted: true,
        next: None,
        cursor: 0,
    })
}
