//! Handshakes: recognised before a method is rejected, then answered, rejected, or forwarded to the endpoint. They are
//! not deliveries: they are not counted and not recorded, and no fault is injected.

use http::header::{CONTENT_TYPE, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use jiff::Timestamp;
use subtle::ConstantTimeEq;

use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::handshake::{
    self, ExpectedResponse, Handshake, HandshakeRecord, HandshakeRequest, HandshakeResult,
};
use crate::webhook::payload::Event;
use crate::webhook::provider::Provider;
use crate::webhook::provider::handshakes::{self, Found};
use crate::webhook::record::Forwarded;
use crate::webhook::signature::Secret;
use crate::webhook::signature::verify::{self, Verdict};

use super::forward::Forwarding;
use super::head::Head;
use super::memory_limit::MemoryPermit;
use super::response::Response;

/// Which handshakes are answered, and with what.
#[derive(Clone, Debug, Default)]
pub struct Handshakes {
    /// The providers; the only one when one was named.
    pub providers: Vec<&'static Provider>,
    /// Whether the provider was named.
    pub is_named: bool,
    /// What the verify token of a handshake must be; `None` accepts any.
    pub verify_token: Option<Secret>,
}

impl Handshakes {
    pub(super) fn find(&self, request: &HandshakeRequest<'_>) -> Found<'static> {
        handshakes::find(self.providers.iter().copied(), self.is_named, request)
    }

    /// Why a request that is no POST is rejected, unless it is a handshake.
    pub(super) fn objection(&self, head: &Head) -> Option<&'static str> {
        let request = HandshakeRequest::without_body(&head.method, &head.target, &head.headers);
        match self.find(&request) {
            Found::One(..) => None,
            Found::None => Some("deliveries are POST requests"),
            Found::Several => Some(
                "deliveries are POST requests, and several providers have such a handshake: \
                 --provider names one",
            ),
        }
    }
}

/// What the response to a handshake depends on.
#[derive(Clone, Copy)]
pub(super) struct Context<'s> {
    pub(super) handshakes: &'s Handshakes,
    pub(super) analyzer: &'s Analyzer,
    pub(super) forwarding: &'s Forwarding,
}

/// Answers a handshake, refuses it, or forwards it. `memory` is for the endpoint's response.
pub(super) async fn process(
    context: Context<'_>,
    (handshake, providers): (&'static Handshake, Vec<&'static Provider>),
    delivery: &Delivery,
    memory: MemoryPermit,
    at: Timestamp,
) -> (Response, HandshakeRecord) {
    let secrets = &context.analyzer.secrets;
    let request = HandshakeRequest::from(delivery);
    let path = delivery.target.split('?').next().unwrap_or_default();
    let mut record = HandshakeRecord {
        at,
        peer: delivery.peer,
        providers: providers.iter().map(|provider| provider.name.as_str()).collect(),
        name: &handshake.name,
        method: handshake.method.name(),
        path: path.chars().take(200).collect(),
        result: HandshakeResult::Answered,
        status: 0,
        notes: Vec::new(),
        key: None,
        forwarded: None,
    };
    let verified = judge(context, handshake, &providers, delivery, at, &mut record.notes);
    let expected = match &verified {
        Ok(secret) => handshake.expected(&request, *secret),
        Err(_) => handshake.expected(&request, secrets.first()),
    };
    let forwarding = context.forwarding;
    let may_forward = verified.is_ok() || forwarding.invalid;
    let route = may_forward.then(|| forwarding.route(&Event::default())).flatten();
    let response = if let Some(route) = route {
        let (response, forwarded) = route.forward(delivery, memory).await;
        let fits = match (&forwarded.outcome, &expected) {
            (Err(why), _) => {
                record.notes.push(why.clone());
                Some(false)
            }
            (Ok(_), Err(why)) => {
                record.notes.push(format!("the response cannot be checked: {why}"));
                None
            }
            (Ok(_), Ok(expected)) => {
                let (fits, notes) = compare(expected, &response);
                record.notes.extend(notes);
                Some(fits)
            }
        };
        // The response may be the key that the endpoint shares with the provider.
        record.forwarded = Some(Forwarded { response: None, ..forwarded });
        record.result = HandshakeResult::Forwarded(fits);
        response
    } else {
        match (verified, expected) {
            (Err((message, reason)), _) => {
                record.result = HandshakeResult::Refused(reason);
                Response::new(handshake.refusal(), message)
            }
            (Ok(_), Err(why)) => {
                record.result = HandshakeResult::Refused(why.to_string());
                Response::new(400, r#"{"message":"No response to this handshake is possible"}"#)
            }
            (Ok(_), Ok(expected)) => match expected.first() {
                Some(first) => to_response(first),
                None => Response::new(200, ""),
            },
        }
    };
    if !matches!(record.result, HandshakeResult::Refused(_)) {
        take_key(handshake, &request, secrets, &mut record);
    }
    record.status = response.status.as_u16();
    (response, record)
}

/// Why a handshake is refused: the body of the response, and the reason in a sentence.
type Refusal = (&'static str, String);

/// Checks the verify token and the signature, as far as there is something to check them with; returns the secret to
/// answer with.
fn judge<'s>(
    context: Context<'s>,
    handshake: &Handshake,
    providers: &[&Provider],
    delivery: &Delivery,
    now: Timestamp,
    notes: &mut Vec<String>,
) -> Result<Option<&'s Secret>, Refusal> {
    let request = HandshakeRequest::from(delivery);
    let secrets = &context.analyzer.secrets;
    match &context.handshakes.verify_token {
        Some(token) if handshake.has_token(&request, token) == Some(false) => {
            let reason = format!("the verify token is not the one from {}", token.origin());
            return Err((r#"{"message":"Verify token didn't match"}"#, reason));
        }
        None if handshake.check.is_some() => {
            notes.push("the verify token was not checked: --verify-token checks it".to_owned());
        }
        _ => {}
    }
    let (Some(provider), true) = (providers.first(), handshake.signed) else {
        return Ok(secrets.first());
    };
    let check = |secrets: &[Secret]| {
        let analyzer = context.analyzer;
        verify::check(&provider.signatures, delivery, secrets, &analyzer.context, now)
    };
    if secrets.is_empty() {
        notes.push("the signature was not checked: no secret was given".to_owned());
        return Ok(None);
    }
    let report = check(secrets);
    if report.verdict != Verdict::Valid {
        let reason = format!("signature {}: {}", report.verdict.word(), report.reason);
        return Err((r#"{"message":"Signature didn't match"}"#, reason));
    }
    let verifies =
        |secret: &&Secret| check(std::slice::from_ref(*secret)).verdict == Verdict::Valid;
    Ok(secrets.iter().find(verifies))
}

/// Whether an endpoint's response is the one that the provider expects, and remarks about it.
fn compare(expected: &[ExpectedResponse], response: &Response) -> (bool, Vec<String>) {
    let headers = response.headers.iter();
    let headers: Headers = headers.map(|(name, value)| (name.as_str(), value.as_bytes())).collect();
    match handshake::check(expected, response.status.as_u16(), &headers, &response.body) {
        Ok(notes) => (true, notes),
        Err(why) => {
            let first = expected.first().map(ExpectedResponse::describe).unwrap_or_default();
            (false, vec![format!("{why}; expected: {first}")])
        }
    }
}

/// The response to give. No browser executes what it returns from the request.
fn to_response(expected: &ExpectedResponse) -> Response {
    let mut headers = HeaderMap::new();
    let named = expected.headers.iter();
    let named = named.filter_map(|(name, value)| {
        Some((HeaderName::from_bytes(name.as_bytes()).ok()?, HeaderValue::from_str(value).ok()?))
    });
    headers.extend(named);
    if let Some(content_type) = expected.content_type {
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(content_type.name()));
    }
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let status = StatusCode::from_u16(expected.status()).unwrap_or(StatusCode::OK);
    Response { status, phrase: None, headers, body: expected.body().into() }
}

/// Notes the key that a handshake hands over.
fn take_key(
    handshake: &Handshake,
    request: &HandshakeRequest<'_>,
    secrets: &[Secret],
    record: &mut HandshakeRecord,
) {
    let Some(key) = handshake.handed_key(request) else {
        return;
    };
    if secrets.iter().any(|secret| secret.expose().ct_eq(key.as_bytes()).into()) {
        record.notes.push("the key is the secret that was given".to_owned());
        return;
    }
    record.notes.push(match secrets.is_empty() {
        true => "deliveries are signed with this key: give it with --secret".to_owned(),
        false => "deliveries are signed with this key, and no given secret is this key".to_owned(),
    });
    record.key = Some(key);
}
