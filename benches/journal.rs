//! Measures the cost of durable recording, and of listing the newest of a million deliveries:
//! `cargo bench --bench journal`. It prints the results and has no pass or fail.
#![allow(clippy::print_stdout, reason = "a benchmark prints its results")]

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use cz_hook::capture::journal::{Filter, Journal};
use cz_hook::webhook::analysis::Analyzer;
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::record::DeliveryRecord;
use cz_hook::webhook::signature::verify::Verdict;
use jiff::Timestamp;

type Outcome<T> = Result<T, Box<dyn std::error::Error>>;

fn main() -> Outcome<()> {
    if !std::env::args().any(|arg| arg == "--bench") {
        println!("not measured: run it with `cargo bench --bench journal`");
        return Ok(());
    }
    for size in [1, 8, 64] {
        appending(size)?;
    }
    for rows in [1_000, 1_000_000] {
        listing(rows)?;
    }
    Ok(())
}

fn appending(size: u64) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("journal.db");
    let mut journal = Journal::record(&path)?;
    let batch: Vec<_> = (0..size).map(|_| typical(0)).collect();
    let batch: Vec<_> = batch.iter().collect();
    let begun = Instant::now();
    let mut count = 0;
    while begun.elapsed() < Duration::from_secs(4) {
        count += journal.append(&batch)?.len();
        journal.maintain()?;
    }
    let rate = count as f64 / begun.elapsed().as_secs_f64();
    drop(journal);
    let bytes = std::fs::metadata(&path)?.len() / count as u64;
    println!("batches of {size:>2}: {rate:>7.0} deliveries/s, {bytes} bytes each");
    Ok(())
}

fn listing(rows: u64) -> Outcome<()> {
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("journal.db");
    let mut journal = Journal::record(&path)?;
    for first in (0..rows).step_by(1000) {
        let batch: Vec<_> = (first..first + 1000).map(|n| typical(n + 1)).collect();
        journal.append(&batch.iter().collect::<Vec<_>>())?;
        journal.maintain()?;
    }
    drop(journal);
    let newest = |filter: Filter| Filter { last: Some(20), ..filter };
    for (name, filter) in [
        ("of all", Filter::default()),
        ("of an event", Filter { event: Some("message.received".to_owned()), ..Filter::default() }),
        ("of a verdict", Filter { verdict: Some(Verdict::Unchecked), ..Filter::default() }),
    ] {
        let filter = newest(filter);
        let mut times = Vec::new();
        for _ in 0..20 {
            let begun = Instant::now();
            let found = Journal::open(&path)?.list(&filter)?.len();
            times.push((begun.elapsed(), found));
        }
        times.sort_unstable();
        println!("{rows:>7} rows, newest 20 {name}: {:?}", times.get(10));
    }
    let begun = Instant::now();
    let mut bytes = 0;
    Journal::open(&path)?.each(&Filter::default(), |record| {
        bytes += record.delivery.body.len();
        ControlFlow::Continue(())
    })?;
    println!("{rows:>7} rows walked over in {:?}, {bytes} bytes of bodies", begun.elapsed());
    Ok(())
}

/// A delivery of typical size, with one of two events.
fn typical(number: u64) -> DeliveryRecord {
    let catalog = Catalog::builtin();
    let samples = catalog.providers().next().map(|p| catalog.samples(p));
    let samples = samples.unwrap_or_default();
    let which = usize::from(number.is_multiple_of(3));
    let body = samples.get(which).map_or(&b"{}"[..], |s| s.body);
    let mut delivery = Delivery::post("/hook", bytes::Bytes::from_static(body));
    for (name, value) in [
        ("Host", "hooks.example.com"),
        ("Content-Type", "application/json"),
        ("User-Agent", "axios/1.6.2"),
        ("Accept", "application/json, text/plain, */*"),
        ("X-Signature", "0123456789abcdef0123456789abcdef01234567"),
    ] {
        delivery.headers.push(name, value);
    }
    let micros = 1_700_000_000_000_000 + number.cast_signed() * 1000;
    delivery.received_at = Timestamp::from_microsecond(micros).ok();
    let analyzer = Analyzer {
        catalog,
        provider: None,
        secrets: Vec::new(),
        allow_unsigned: false,
        context: Default::default(),
    };
    DeliveryRecord {
        id: number,
        analysis: Some(analyzer.analyze(&delivery, Timestamp::UNIX_EPOCH).into()),
        delivery,
        duplicate_of: None,
        status: Some(200),
        injected: None,
        forwarded: None,
        sender_left: false,
        duration: Some(Duration::from_micros(410)),
        unread_body: None,
        losses: Vec::new(),
    }
}
