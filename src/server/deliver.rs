//! A delivery's way through the hall: examined, numbered, passed on, recorded, reported, answered. The
//! answer is the last thing to happen, so what was acknowledged was done.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use jiff::Timestamp;
use tokio::sync::mpsc::{OwnedPermit, Permit};

use crate::lock::lock;
use crate::webhook::analysis::Analysis;
use crate::webhook::delivery::Delivery;
use crate::webhook::record::{DeliveryRecord, RejectReason};

use super::audience::Notice;
use super::budget::Lease;
use super::hall::Hall;
use super::head::Head;
use super::ledger::Line;
use super::policy::Answer;
use super::recording::record;
use super::scribe::{in_words, notice};
use super::stop::Stop;
use super::treatment::{own_answer, treat};

/// A request that was read whole.
#[derive(Debug)]
pub struct Arrival {
    /// Its head.
    pub head: Head,
    /// Its body.
    pub body: Bytes,
    /// The memory that the body takes.
    pub lease: Lease,
    /// Who sent it.
    pub peer: SocketAddr,
    /// When its head had been read.
    pub started: Instant,
}

impl Arrival {
    fn into_delivery(self, now: Timestamp) -> (Delivery, Lease) {
        let delivery = Delivery {
            method: self.head.method,
            target: self.head.target,
            headers: self.head.headers,
            body: self.body,
            received_at: Some(now),
            peer: Some(self.peer),
        };
        (delivery, self.lease)
    }
}

/// What is to be done with the sender.
#[derive(Debug)]
pub enum Outcome {
    /// Answer.
    Answer(Answer),
    /// Close the connection without an answer.
    HangUp,
    /// Turn the request away after all; the text says why.
    TurnAway((String, String), RejectReason, String),
}

/// Takes a delivery in where nothing has to be waited for. `permit` is the room for its report, where
/// anybody is told.
pub fn deliver_promptly(
    hall: &Hall,
    permit: Option<Permit<'_, Notice>>,
    arrival: Arrival,
) -> Outcome {
    let now = Timestamp::now();
    if hall.is_silent {
        return deliver_silently(hall, arrival, now);
    }
    let (mut received, analysis, mut lease) = analyze(hall, arrival, now);
    let answer = own_answer(hall, &analysis);
    received.analysis = Some(analysis.into());
    received.status = Some(answer.status.as_u16());
    let mut received = Box::new(received);
    // Numbered and reported under one lock, so that reports come in the order of their numbers.
    let mut ledger = lock(&hall.ledger);
    let Some(line) = ledger.enter(&received.delivery.body) else {
        return one_too_many(received.delivery);
    };
    number(&mut received, &line);
    let words = in_words(hall, &received, &mut lease);
    let (notice, spent) = notice(received, words, lease);
    if let Some(permit) = permit {
        permit.send(notice);
    }
    let is_last = ledger.settle();
    drop(ledger);
    drop(spent);
    if is_last {
        hall.shutdown.stop(Stop::Count);
    }
    Outcome::Answer(answer)
}

/// Takes a delivery in of which nobody will be told: only its answer and its being counted matter.
fn deliver_silently(hall: &Hall, arrival: Arrival, now: Timestamp) -> Outcome {
    let (delivery, _lease) = arrival.into_delivery(now);
    let answer = Answer::by_trust(hall.analyzer.trusts_unanalyzed(&delivery, now));
    if hall.options.count.is_some() {
        let mut ledger = lock(&hall.ledger);
        if !ledger.count() {
            return one_too_many(delivery);
        }
        if ledger.settle() {
            hall.shutdown.stop(Stop::Count);
        }
    }
    Outcome::Answer(answer)
}

/// Takes a delivery in. With the `permit` in hand, nothing but what was asked for (forwarding,
/// recording, a delay) has to be waited for.
pub async fn deliver(
    hall: Arc<Hall>,
    permit: Option<OwnedPermit<Notice>>,
    arrival: Arrival,
) -> Outcome {
    let started = arrival.started;
    let (mut received, analysis, mut lease) = analyze(&hall, arrival, Timestamp::now());
    let Some(line) = lock(&hall.ledger).enter(&received.delivery.body) else {
        return one_too_many(received.delivery);
    };
    number(&mut received, &line);
    let treatment = treat(&hall, &line, &received.delivery, &analysis).await;
    received.analysis = Some(analysis.into());
    received.status = treatment.answer.as_ref().map(|a| a.status.as_u16());
    received.injected = treatment.injected;
    received.forwarded = treatment.forwarded;
    received.duration = Some(started.elapsed());
    let received = match record(&hall, received).await {
        Ok(received) => received,
        Err((received, reason, why)) => {
            lock(&hall.ledger).withdraw();
            return Outcome::TurnAway(request_line(received.delivery), reason, why);
        }
    };
    let is_expected = lock(&hall.expectations).note(&received, treatment.is_failed);
    if let Some(permit) = permit {
        let words = in_words(&hall, &received, &mut lease);
        permit.send(notice(Box::new(received), words, lease).0);
    }
    if is_expected {
        hall.shutdown.stop(Stop::Expected);
    }
    if lock(&hall.ledger).settle() {
        hall.shutdown.stop(Stop::Count);
    }
    match treatment.answer {
        Some(answer) => Outcome::Answer(answer),
        None => Outcome::HangUp,
    }
}

fn analyze(hall: &Hall, arrival: Arrival, now: Timestamp) -> (DeliveryRecord, Analysis, Lease) {
    let started = arrival.started;
    let (delivery, lease) = arrival.into_delivery(now);
    let analysis = hall.analyzer.analyze(&delivery, now);
    let mut received = DeliveryRecord::new(0, delivery);
    received.duration = Some(started.elapsed());
    (received, analysis, lease)
}

fn number(received: &mut DeliveryRecord, line: &Line) {
    received.id = line.id;
    received.duplicate_of = line.duplicate_of;
}

fn one_too_many(delivery: Delivery) -> Outcome {
    Outcome::TurnAway(
        request_line(delivery),
        RejectReason::Busy,
        "all the deliveries of --count have come".to_owned(),
    )
}

fn request_line(delivery: Delivery) -> (String, String) {
    (delivery.method, delivery.target)
}
