//! Processing of a request that was read completely: analyze, number, decide the response, record, report. The response
//! is sent last: an acknowledged delivery is recorded and reported.

use std::sync::Arc;
use std::time::Instant;

use jiff::Timestamp;
use tokio::sync::mpsc::OwnedPermit;
use tokio::sync::oneshot;
use tokio::time;

use crate::lock::lock;
use crate::webhook::analysis::{Analysis, Identity};
use crate::webhook::delivery::Delivery;
use crate::webhook::handshake::HandshakeRequest;
use crate::webhook::payload::validate::Validity;
use crate::webhook::provider::handshakes::Found;
use crate::webhook::record::{DeliveryRecord, Forwarded, RecordedAnalysis, RejectReason};

use super::events::{RecordError, RecordId, RecordRequest, ServerEvent, StopReason};
use super::handshake;
use super::memory_limit::MemoryPermit;
use super::response::{Fault, Response};
use super::sequencer::Ticket;
use super::state::ServerState;
use super::tee_stream::Sender;

/// What the connection is to do.
#[derive(Debug)]
pub(super) enum Action {
    Respond(Response),
    Disconnect,
    Reject { request_line: (String, String), reason: RejectReason, detail: String },
}

impl Action {
    fn reject(delivery: &Delivery, reason: RejectReason, detail: String) -> Self {
        Self::Reject {
            request_line: (delivery.method.clone(), delivery.target.clone()),
            reason,
            detail,
        }
    }
}

/// Processes the request of a `sender`, whose head had been read when it `started`. `memory` is that of its body, and
/// `permit` the place of its event in the subscriber's queue, so that it waits for nothing but what was asked for: a
/// delay, an endpoint, the disk.
pub(super) async fn process(
    state: Arc<ServerState>,
    permit: Option<OwnedPermit<ServerEvent>>,
    mut delivery: Delivery,
    sender: Sender,
    mut memory: MemoryPermit,
    started: Instant,
) -> Action {
    let now = Timestamp::now();
    delivery.received_at = Some(now);
    let found = state.options.handshakes.find(&HandshakeRequest::from(&delivery));
    if let Found::One(handshake, providers) = found {
        let context = handshake::Context {
            handshakes: &state.options.handshakes,
            analyzer: &state.analyzer,
            forwarding: &state.options.forwarding,
        };
        let memory = state.memory.permit();
        let (response, record) =
            handshake::process(context, (handshake, providers), &delivery, memory, now).await;
        if let Some(permit) = permit {
            permit.send(ServerEvent::Handshake(Box::new(record)));
        }
        return Action::Respond(response);
    }
    let (identity, validation) = match state.validates {
        true => {
            let Analysis { identity, validation } = state.analyzer.analyze(&delivery, now);
            (identity, Some(validation))
        }
        false => (state.analyzer.identify(&delivery, now), None),
    };
    let Some(ticket) = state.sequencer.begin(&delivery.body) else {
        let detail = "all deliveries of --count have been received".to_owned();
        return Action::reject(&delivery, RejectReason::Busy, detail);
    };
    let validity = validation.as_ref().map(|validation| validation.verdict);
    let (delay, fault) = state.options.behaviour.decide(ticket.ordinal);
    if !delay.is_zero() {
        time::sleep(delay).await;
    }
    let decision = decide(&state, &ticket, fault, &delivery, &identity, validity).await;
    let injected = decision.injected.or_else(|| {
        let is_seen = !decision.is_fault && !delay.is_zero();
        is_seen.then(|| format!("delayed {delay:?}"))
    });
    let analysis = validation.map(|validation| Analysis { identity, validation });
    let mut forwarded = decision.forwarded;
    if let Some(forwarded) = &mut forwarded {
        // It is in memory as long as the delivery is.
        forwarded.response = forwarded.response.take().filter(|kept| memory.grow(kept.body.len()));
    }
    // Only a delivery that had to wait can outlast its sender.
    let has_waited = forwarded.is_some() || !delay.is_zero();
    let sender_left = has_waited && sender.has_left().await;
    let mut record = Arc::new(DeliveryRecord {
        id: ticket.id,
        delivery,
        analysis: analysis.map(RecordedAnalysis::from),
        duplicate_of: ticket.duplicate_of,
        status: decision.response.as_ref().map(|r| r.status.as_u16()),
        injected,
        forwarded,
        sender_left,
        duration: Some(started.elapsed()),
        unread_body: None,
        losses: Vec::new(),
    });
    if let Err((reason, detail)) = store(&state, &mut record).await {
        return Action::reject(&record.delivery, reason, detail);
    }
    if let Some(events) = &state.sinks.events
        && record.status.is_some_and(|status| (200..300).contains(&status))
    {
        lock(&events.unseen.deliveries).insert(record.id);
    }
    let is_expected = lock(&state.sinks.expectations).note(&record, decision.is_fault);
    let line = format_line(&state, &record, &mut memory);
    let (event, spent) = match line.zip(record.verdict()) {
        Some((line, verdict)) => {
            let event = ServerEvent::Line { id: record.id, line, verdict, memory };
            (event, Some(record))
        }
        None => (ServerEvent::Delivery(record, memory), None),
    };
    let is_last = ticket.finish(permit.map(|permit| (permit, event)));
    drop(spent);
    if is_expected {
        state.sinks.shutdown.stop(StopReason::Expected);
    }
    if is_last {
        state.sinks.shutdown.stop(StopReason::Count);
    }
    match decision.response {
        Some(response) => Action::Respond(response),
        None => Action::Disconnect,
    }
}

/// The response to a delivery, and where it comes from.
#[derive(Default)]
struct Decision {
    /// `None` closes the connection instead.
    response: Option<Response>,
    injected: Option<String>,
    /// Whether a fault took the place of the response, and did not only delay it.
    is_fault: bool,
    forwarded: Option<Forwarded>,
}

/// Decides the response: an injected fault first, then the listener's own rejection, then the endpoint's response.
async fn decide(
    state: &ServerState,
    ticket: &Ticket,
    fault: Fault,
    delivery: &Delivery,
    identity: &Identity,
    validity: Option<Validity>,
) -> Decision {
    match fault {
        Fault::Drop(reason) => {
            Decision { injected: Some(reason), is_fault: true, ..Decision::default() }
        }
        Fault::Respond(response, reason) => Decision {
            response: Some(Response::fixed(response)),
            injected: Some(reason),
            is_fault: true,
            ..Decision::default()
        },
        Fault::None => {
            let is_trusted = state.analyzer.trusts(identity);
            let is_payload_accepted = !state.options.strict || validity == Some(Validity::Valid);
            let own = Response::to_delivery(is_trusted, is_payload_accepted);
            let forwarding = &state.options.forwarding;
            // Only what the listener itself accepts is forwarded, except with `--forward-invalid`.
            let is_forwarded = forwarding.invalid || own.is_success();
            let route = is_forwarded.then(|| forwarding.route(&identity.event));
            let (response, forwarded) = match route.flatten() {
                Some(route) => {
                    ticket.leave_order();
                    let (response, forwarded) =
                        route.forward(delivery, state.memory.permit()).await;
                    (response, Some(forwarded))
                }
                None => (own, None),
            };
            Decision { response: Some(response), injected: None, is_fault: false, forwarded }
        }
    }
}

/// Waits until the record is durably on the disk, if it is to be stored at all, and sets the journal's number.
async fn store(
    state: &ServerState,
    record: &mut Arc<DeliveryRecord>,
) -> Result<(), (RejectReason, String)> {
    let Some(recorder) = &state.sinks.recorder else {
        return Ok(());
    };
    let (done, stored) = oneshot::channel();
    let request = RecordRequest { record: Arc::clone(record), done };
    let stopped = || RecordError::Failed("the recorder has stopped".to_owned());
    let stored = match recorder.send(request).await {
        Ok(()) => stored.await.unwrap_or_else(|_| Err(stopped())),
        Err(_) => Err(stopped()),
    };
    match stored {
        Ok(RecordId { id, duplicate_of }) => {
            // The recorder has dropped its reference by now, so nothing is copied.
            let record = Arc::make_mut(record);
            (record.id, record.duplicate_of) = (id, duplicate_of);
            Ok(())
        }
        Err(RecordError::Full) => Err((
            RejectReason::NoSpace,
            "the disk is full: the delivery is not recorded, so it is not accepted".to_owned(),
        )),
        Err(RecordError::Failed(reason)) => Err((
            RejectReason::NotRecorded,
            format!("the delivery is not recorded, so it is not accepted: {reason}"),
        )),
    }
}

/// The delivery's line, if lines are wanted and this one is not too long; the subscriber formats the others.
fn format_line(
    state: &ServerState,
    record: &DeliveryRecord,
    memory: &mut MemoryPermit,
) -> Option<Vec<u8>> {
    const MAX_BODY: usize = 16 << 10;
    let format = state.sinks.line_formatter?;
    if record.delivery.body.len() > MAX_BODY {
        return None;
    }
    let line = format(record)?;
    memory.grow(line.len()).then_some(line)
}
