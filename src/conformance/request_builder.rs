//! Builds the request of a case: a genuine delivery of the provider with one change. Where spelling matters the
//! body is changed as text: a value that is parsed and written again has lost it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::http::Endpoint;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::handshake::{Handshake, Probe};
use crate::webhook::payload::json::{SyntaxError, parse_body};
use crate::webhook::payload::stringify::stringify;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::{Catalog, Sample};
use crate::webhook::signature::Secret;
use crate::webhook::signature::scheme::{Part, Scheme};
use crate::webhook::signature::signature;

use super::case::{BodyChange, Change};
use super::forge::forge;
use super::handshake::{HandshakeProbe, HandshakeSender};

/// The undocumented field that is added to bodies.
const EXTRA: &str = "czHookTest";

/// A request of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The whole URL, with the query that is sent.
    pub url: String,
    /// The request; it contains the signature of its own body, never the secret.
    pub delivery: Delivery,
    /// How many bytes of it are sent before the connection is closed; `None` for all.
    pub cut_at: Option<usize>,
}

/// Builds the requests of a run.
#[derive(Clone, Debug)]
pub struct RequestBuilder {
    endpoint: Endpoint,
    provider: Provider,
    /// What the verify token of a handshake is.
    verify_token: Option<Secret>,
    scheme: Option<Scheme>,
    secret: Option<Secret>,
    bodies: Vec<Bytes>,
    sample: SampleBody,
    /// How many [`Change::Fresh`] requests were built.
    fresh: Arc<AtomicUsize>,
}

impl RequestBuilder {
    /// The error says, in a clause, that the provider has no sample, or one that is not JSON.
    pub fn new(
        catalog: &Catalog,
        provider: &Provider,
        secret: Option<Secret>,
        endpoint: Endpoint,
    ) -> Result<Self, String> {
        let samples = catalog.samples(provider);
        let parse =
            |sample: &Sample<'_>| SampleBody::new(catalog, sample).map_err(|why| why.to_string());
        let bodies = samples.iter().map(|sample| Ok(parse(sample)?.body()));
        Ok(Self {
            bodies: bodies.collect::<Result<_, String>>()?,
            sample: parse(samples.first().ok_or("it has no sample")?)?,
            endpoint,
            provider: provider.clone(),
            verify_token: None,
            scheme: provider.signature.clone(),
            secret,
            fresh: Arc::default(),
        })
    }

    /// The same with the verify token of handshakes.
    pub fn with_verify_token(self, verify_token: Option<Secret>) -> Self {
        Self { verify_token, ..self }
    }

    /// The secrets that no response may show.
    pub fn secrets(&self) -> impl Iterator<Item = &Secret> {
        self.secret.iter().chain(&self.verify_token)
    }

    /// The provider's handshake of this number.
    pub fn handshake(&self, number: usize) -> Option<&Handshake> {
        self.provider.handshakes.get(number)
    }

    /// The request of a probe of a handshake. The error says, in a clause, what it needs.
    pub fn handshake_probe(
        &self,
        handshake: &Handshake,
        probe: Probe,
    ) -> Result<HandshakeProbe, String> {
        let sender = HandshakeSender {
            provider: &self.provider,
            endpoint: &self.endpoint,
            secret: self.secret.as_ref(),
            verify_token: self.verify_token.as_ref(),
        };
        let mut built = sender.build(handshake, probe)?;
        for delivery in [&mut built.delivery, &mut built.shown] {
            // Every request has a connection of its own.
            delivery.headers.push("connection", "close");
        }
        Ok(built)
    }

    /// A delivery of the endpoint as a request of a case.
    pub fn request_of(&self, delivery: Delivery) -> Request {
        Request { url: self.endpoint.with_target(&delivery.target), delivery, cut_at: None }
    }

    /// How this provider signs, and with what; `None` when it does not.
    pub fn signing(&self) -> Option<(&Scheme, &Secret)> {
        Some((self.scheme.as_ref()?, self.secret.as_ref()?))
    }

    /// The secret, also of a provider that does not sign.
    pub fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// The request of a case. The error says, in a clause, why this change does not apply to the provider.
    pub fn request(&self, change: Change) -> Result<Request, String> {
        match change {
            Change::Sample(number) => self.signed(self.sample_body(number)),
            Change::Fresh => self.signed(self.fresh()),
            Change::Body(change) => self.signed(self.sample.changed(change)?),
            Change::Forged(how) => {
                let (scheme, secret) = self.signing().ok_or("the provider does not sign")?;
                let body = self.sample.body();
                let headers = self.signed_headers();
                let forged = forge(how, scheme, secret, &headers, &body)?;
                Ok(self.with(forged.body, &headers, |delivery| {
                    for value in &forged.values {
                        delivery.headers.push(&scheme.header, value.as_str());
                    }
                    if let Some(value) = &forged.query {
                        let has_query = delivery.target.contains('?');
                        let separator = if has_query { '&' } else { '?' };
                        let parameter = format!("{separator}{}={value}", scheme.header);
                        delivery.target.push_str(&parameter);
                    }
                }))
            }
            Change::HeaderCase => {
                let scheme = self.scheme.as_ref().ok_or("the provider does not sign")?;
                self.fresh_with(|headers| {
                    if let Some(value) = headers.get(&scheme.header).map(<[u8]>::to_vec) {
                        headers.set(&scheme.header.to_ascii_uppercase(), value);
                    }
                })
            }
            Change::ContentType(value) => {
                self.fresh_with(|headers| headers.set("content-type", value))
            }
            Change::Chunked => self.fresh_with(|headers| {
                headers.remove("content-length");
                headers.push("transfer-encoding", "chunked");
            }),
            Change::Method(method) => {
                let has_body = method == "PUT";
                let body = if has_body { self.sample.body() } else { Bytes::new() };
                Ok(self.with(body, &Headers::default(), |delivery| {
                    delivery.method = method.to_owned();
                    if !has_body {
                        delivery.headers.remove("content-type");
                        delivery.headers.remove("content-length");
                    }
                }))
            }
        }
    }

    /// A body with this value of the signature header, correct or not, and the headers that were signed with it.
    pub fn with_signature(
        &self,
        body: Bytes,
        headers: &Headers,
        header: &str,
        value: &str,
    ) -> Request {
        self.with(body, headers, |delivery| delivery.headers.push(header, value))
    }

    /// The body of the sample of this number; the first one when there is none.
    pub fn sample_body(&self, number: usize) -> Bytes {
        let first = || self.sample.body();
        self.bodies.get(number).cloned().unwrap_or_else(first)
    }

    /// A body that has not been sent before: an endpoint may refuse a repetition.
    fn fresh(&self) -> Bytes {
        let number = self.fresh.fetch_add(1, Ordering::Relaxed);
        self.sample.of_customer(number)
    }

    /// A genuine delivery that has not been sent before, with changed headers.
    fn fresh_with(&self, change: impl FnOnce(&mut Headers)) -> Result<Request, String> {
        let mut request = self.signed(self.fresh())?;
        change(&mut request.delivery.headers);
        Ok(request)
    }

    /// A genuine delivery of a body.
    fn signed(&self, body: Bytes) -> Result<Request, String> {
        let headers = self.signed_headers();
        let Some((scheme, secret)) = self.signing() else {
            return Ok(self.with(body, &headers, |_| {}));
        };
        let value = signature(scheme, secret, &headers, &body).map_err(|why| why.to_string())?;
        Ok(self.with_signature(body, &headers, &scheme.header, &value))
    }

    /// The headers that the scheme signs with the body, with values as a provider would send.
    pub fn signed_headers(&self) -> Headers {
        let mut headers = Headers::default();
        let Some(scheme) = &self.scheme else {
            return headers;
        };
        if let Some(rule) = &scheme.timestamp {
            headers.push(&rule.header, Timestamp::now().as_second().to_string());
        }
        for part in &scheme.signs {
            if let Part::Header(name) = part
                && headers.get(name).is_none()
            {
                headers.push(name, "cz-hook-test");
            }
        }
        headers
    }

    fn with(&self, body: Bytes, headers: &Headers, change: impl FnOnce(&mut Delivery)) -> Request {
        let mut delivery = self.endpoint.request(body);
        // Every request has a connection of its own.
        delivery.headers.push("connection", "close");
        for (name, value) in headers.iter() {
            delivery.headers.push(name, value);
        }
        change(&mut delivery);
        self.request_of(delivery)
    }
}

/// A provider's first sample, parsed.
#[derive(Clone, Debug)]
struct SampleBody {
    json: Value,
    text: String,
    data: String,
    event: String,
    other_event: Option<String>,
}

impl SampleBody {
    /// The sample as it is sent: compact, as `JSON.stringify` writes it.
    fn new(catalog: &Catalog, sample: &Sample<'_>) -> Result<Self, SyntaxError> {
        let document = parse_body(sample.json)?;
        let provider = sample.provider;
        Ok(Self {
            text: stringify(&document),
            json: document.root().to_value(&mut Vec::new()),
            data: provider.envelope.data.clone(),
            event: provider.envelope.event.clone(),
            other_event: other_event(catalog, provider),
        })
    }

    /// The unchanged body.
    fn body(&self) -> Bytes {
        self.text.clone().into()
    }

    /// The body with one change. The error says why this change does not apply to the sample.
    fn changed(&self, change: BodyChange) -> Result<Bytes, String> {
        Ok(match change {
            BodyChange::Text(text) => self.with_text(text),
            BodyChange::Field(raw) => self.with_field(raw)?,
            BodyChange::OtherEvent => {
                let name = self.other_event.clone();
                let name = name.ok_or("no other provider documents another event")?;
                let mut json = self.json.clone();
                let event = json.pointer_mut(&self.event);
                *event.ok_or("the sample has no event name")? = Value::String(name);
                to_text(&json)
            }
            BodyChange::Length(bytes) => self.with_length(bytes)?,
            BodyChange::Spaced => {
                serde_json::to_string_pretty(&self.json).map_err(|why| why.to_string())?
            }
            BodyChange::TrailingNewline => format!("{}\n", self.text),
            BodyChange::Cut => {
                let mut text = self.text.clone();
                text.pop();
                text
            }
            BodyChange::Raw(text) => text.to_owned(),
            BodyChange::Deep(levels) => {
                let nested = ["[".repeat(levels), "]".repeat(levels)].concat();
                self.with_field(&nested)?
            }
        }
        .into())
    }

    /// The body of another customer.
    fn of_customer(&self, number: usize) -> Bytes {
        self.with_text(&format!("Customer {number}")).into()
    }

    /// With another text in the place of a person's name, or of any text.
    fn with_text(&self, text: &str) -> String {
        let mut json = self.json.clone();
        let data = json.pointer_mut(&self.data);
        let replaced = data.is_some_and(|data| {
            let mut words = ["name", "message", "text", ""].iter();
            words.any(|word| replace(data, word, text))
        });
        if !replaced && let Value::Object(map) = &mut json {
            map.insert(EXTRA.to_owned(), Value::String(text.to_owned()));
        }
        to_text(&json)
    }

    /// With one more field at the end of the whole object, byte for byte.
    fn with_field(&self, raw: &str) -> Result<String, String> {
        let open = self.text.strip_suffix('}');
        let open = open.ok_or("the sample is no object")?;
        let comma = if open.ends_with('{') { "" } else { "," };
        Ok(format!("{open}{comma}\"{EXTRA}\":{raw}}}"))
    }

    fn with_length(&self, bytes: usize) -> Result<String, String> {
        let bare = self.with_field("\"\"")?.len();
        let padding = bytes.checked_sub(bare);
        let padding = padding.ok_or("the sample alone is longer")?;
        self.with_field(&format!("\"{}\"", "x".repeat(padding)))
    }
}

/// Replaces the first string whose key contains `word`, at any depth.
fn replace(value: &mut Value, word: &str, text: &str) -> bool {
    let Value::Object(map) = value else {
        return false;
    };
    let mut strings = map.iter_mut().filter(|(_, value)| value.is_string());
    if let Some((_, value)) = strings.find(|(key, _)| key.to_ascii_lowercase().contains(word)) {
        *value = text.into();
        return true;
    }
    map.values_mut().any(|value| replace(value, word, text))
}

/// An event that another provider documents, and this one does not.
fn other_event(catalog: &Catalog, provider: &Provider) -> Option<String> {
    let mut events = catalog.providers().flat_map(|other| &other.events);
    let other = events.find(|event| provider.event(&event.name).is_none());
    other.map(|event| event.name.clone())
}

/// A changed sample as `JSON.stringify` writes it.
fn to_text(json: &Value) -> String {
    let text = json.to_string();
    parse_body(text.as_bytes()).map_or_else(|_| text.clone(), |document| stringify(&document))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn samples() -> Vec<SampleBody> {
        let catalog = Catalog::builtin();
        let first = |provider| SampleBody::new(catalog, &catalog.samples(provider)[0]).unwrap();
        catalog.providers().map(first).collect()
    }

    #[test]
    fn lengths_are_exact_and_bodies_stay_json() {
        for sample in samples() {
            for bytes in [1 << 10, 64 << 10, 1 << 20] {
                let body = sample.changed(BodyChange::Length(bytes)).unwrap();
                assert_eq!(body.len(), bytes);
                serde_json::from_slice::<Value>(&body).unwrap();
            }
        }
    }

    #[test]
    fn every_change_changes_the_body() {
        for sample in samples() {
            for change in [
                BodyChange::Text("\u{2028}"),
                BodyChange::Field("1.0"),
                BodyChange::OtherEvent,
                BodyChange::Spaced,
                BodyChange::TrailingNewline,
                BodyChange::Cut,
                BodyChange::Raw("null"),
                BodyChange::Deep(5000),
            ] {
                assert_ne!(sample.changed(change).unwrap(), sample.body(), "{change:?}");
            }
            let cut = sample.changed(BodyChange::Cut).unwrap();
            assert!(serde_json::from_slice::<Value>(&cut).is_err());
            let with_field = sample.changed(BodyChange::Field("1.0")).unwrap();
            assert!(with_field.ends_with(b":1.0}"));
        }
    }
}
