//! What an endpoint hashes instead of the bytes that came: each serialiser is a guess, and the endpoint says
//! whether it is right.

use bytes::Bytes;

use crate::webhook::signature::sign::signature;

use super::asker::Asker;
use super::outcome::Request;
use super::probes::{Probe, probes, telling};

/// The serialiser whose output, signed, the endpoint accepts in the place of a body; and how often it was
/// asked. Asked first with a body on which the serialisers disagree, so that the answer tells one from another.
pub async fn hashed_instead(asker: &Asker, request: &Request) -> (Option<&'static Probe>, usize) {
    let body = &request.delivery.body;
    let mut sent = 0;
    for body in telling(body).map(Bytes::from).iter().chain([body]) {
        let mut tried: Vec<Vec<u8>> = Vec::new();
        let mut questions = Vec::new();
        for probe in probes() {
            let made = probe.sign_over(body);
            if let Some(made) = made.filter(|made| made != body && !tried.contains(made)) {
                questions.extend(signed_over(asker, body, &made).map(|request| (probe, request)));
                tried.push(made);
            }
        }
        let (found, asked) = asker.first_accepted(questions).await;
        sent += asked;
        if found.is_some() {
            return (found, sent);
        }
    }
    (None, sent)
}

/// Whether the endpoint accepts a body that is signed over what a serialiser makes of it; and how often it was
/// asked.
pub async fn hashes(asker: &Asker, body: &Bytes, probe: &Probe) -> (bool, usize) {
    let other = probe.sign_over(body).filter(|other| other != body);
    match other.and_then(|other| signed_over(asker, body, &other)) {
        Some(request) => (asker.ask(&request).await.is_accepted(), 1),
        None => (false, 0),
    }
}

/// A body under the signature of other bytes.
fn signed_over(asker: &Asker, body: &Bytes, other: &[u8]) -> Option<Request> {
    let maker = asker.maker();
    let (scheme, secret) = maker.signing()?;
    let beside = maker.signed_beside();
    let value = signature(scheme, secret, &beside, other).ok()?;
    Some(maker.with_signature(body.clone(), &beside, &scheme.header, &value))
}
