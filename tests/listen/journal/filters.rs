//! Every filter of the journal returns what a full scan finds.

use std::ops::ControlFlow;

use bytes::Bytes;
use cz_hook::capture::journal::{Filter, Journal, ReaderPool};
use cz_hook::webhook::delivery::Headers;
use cz_hook::webhook::record::DeliveryRecord;
use cz_hook::webhook::signature::verify::Verdict;

use super::{all, append, in_folder, received};

#[test]
fn every_filter_matches_a_full_scan() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    // Not in chronological order, as from two listeners.
    append(&mut journal, (300..600).chain(0..300).chain(600..700));
    let mut everything = all(&journal, &Filter::default());
    assert_eq!(everything.len(), 700);
    assert!(everything.is_sorted_by_key(|c| (c.delivery.received_at, c.id)));
    assert_eq!(journal.last_id().unwrap(), Some(700));
    let provider = everything[0].analysis.as_ref().unwrap().provider.clone();
    let provider = provider.map(String::from);
    let since = everything[350].delivery.received_at;
    let one = everything[20].id;
    everything.reverse();
    for bits in 0..64 {
        let when = |bit: u32| bits >> bit & 1 == 1;
        for last in [None, Some(0), Some(1), Some(7), Some(1000)] {
            let filter = Filter {
                event: when(0).then(|| "lead.submit".to_owned()),
                channel: when(1).then(|| "whatsapp".to_owned()),
                provider: provider.clone().filter(|_| when(2)),
                verdict: when(3).then_some(Verdict::Invalid),
                since: since.filter(|_| when(4)),
                id: when(5).then_some(one),
                last,
            };
            let mut expected: Vec<_> = everything
                .iter()
                .filter(|c| {
                    let found = c.analysis.as_ref().unwrap();
                    (!when(0) || found.event == filter.event)
                        && (!when(1) || found.channel == filter.channel)
                        && (!when(2) || found.provider.as_deref() == filter.provider.as_deref())
                        && (!when(3) || c.verdict() == filter.verdict)
                        && (!when(4) || c.delivery.received_at >= filter.since)
                        && (!when(5) || Some(c.id) == filter.id)
                })
                .take(last.map_or(usize::MAX, |n| usize::try_from(n).unwrap()))
                .cloned()
                .collect();
            expected.reverse();
            assert_eq!(all(&journal, &filter), expected, "{filter:?}");
            let rows = journal.list(&filter).unwrap();
            assert_eq!(rows.len(), expected.len());
            for (row, whole) in rows.into_iter().zip(expected) {
                assert_eq!(row.body_length(), whole.delivery.body.len() as u64);
                let mut summary = whole;
                summary.unread_body = row.unread_body;
                summary.delivery.headers = Headers::default();
                summary.delivery.body = Bytes::new();
                assert_eq!(row, summary);
            }
        }
    }
    let nothing = Filter { event: Some("no.such".to_owned()), ..Filter::default() };
    assert!(all(&journal, &nothing).is_empty() && journal.list(&nothing).unwrap().is_empty());
}

#[test]
fn thousands_of_event_names_do_not_break_a_listing() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    let many: Vec<_> = (0..3000)
        .map(|n| {
            let mut received = received(n);
            received.analysis.as_mut().unwrap().event = Some(format!("event.{n}"));
            received
        })
        .collect();
    journal.append(&many.iter().collect::<Vec<_>>()).unwrap();
    let filter = Filter { verdict: Some(Verdict::Missing), last: Some(20), ..Filter::default() };
    let numbers: Vec<_> = journal.list(&filter).unwrap().into_iter().map(|r| r.id - 1).collect();
    let mut expected: Vec<_> = (0..3000u64).rev().filter(|n| n / 3 % 3 == 2).take(20).collect();
    expected.reverse();
    assert_eq!(numbers, expected);
}

#[test]
fn reading_requests_alone_gives_the_same_requests() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, 0..600);
    let pool = ReaderPool::new(path.clone());
    let mut requests = Vec::new();
    let reader = Journal::open(&path).unwrap();
    let read = reader.id_batches(|batch| {
        // Deliveries that arrive meanwhile are omitted.
        if requests.is_empty() {
            append(&mut journal, 600..610);
        }
        pool.requests(&batch, |record| requests.push(record)).unwrap();
        ControlFlow::Continue(())
    });
    read.unwrap();
    let request = |record: DeliveryRecord| DeliveryRecord::new(record.id, record.delivery);
    let mut whole: Vec<_> = all(&reader, &Filter::default());
    assert_eq!(whole.len(), 610);
    whole.truncate(600);
    let whole: Vec<_> = whole.into_iter().map(request).collect();
    assert_eq!(requests, whole);
    assert!(reader.id_batches(|_| ControlFlow::Break(())).is_ok());
}

#[test]
fn a_scan_can_stop_and_omits_later_deliveries() {
    let (_folder, path) = in_folder();
    let mut journal = Journal::record(&path).unwrap();
    append(&mut journal, 0..600);
    let reader = Journal::open(&path).unwrap();
    let mut seen = 0;
    reader
        .each(&Filter::default(), |_| {
            seen += 1;
            append(&mut journal, [1000 + seen]);
            ControlFlow::Continue(())
        })
        .unwrap();
    assert_eq!(seen, 600);
    let mut some = 0;
    let stop = |_| {
        some += 1;
        if some == 3 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    };
    reader.each(&Filter::default(), stop).unwrap();
    assert_eq!(some, 3);
}
