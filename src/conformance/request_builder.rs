//! Builds the request of a case: a genuine delivery of the provider with one change. Where spelling matters the
//! body is changed as text: a value that is parsed and written again has lost it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

use crate::http::Endpoint;
use crate::uuid;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::handshake::{Handshake, Probe};
use crate::webhook::payload::json::{SyntaxError, parse_body};
use crate::webhook::payload::stringify::stringify;
use crate::webhook::provider::catalog::{Catalog, Sample};
use crate::webhook::provider::outgoing::add_headers;
use crate::webhook::provider::{Content, Provider};
use crate::webhook::signature::scheme::Scheme;
use crate::webhook::signature::sign::{Signing, Stamp};
use crate::webhook::signature::{Secret, SignatureContext};

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
    /// The scheme that signs, if the provider signs.
    scheme: Option<Scheme>,
    secret: Option<Secret>,
    context: SignatureContext,
    /// The samples, each with its event.
    bodies: Vec<(Bytes, String)>,
    sample: SampleBody,
    /// How many [`Change::Fresh`] requests were built.
    fresh: Arc<AtomicUsize>,
}

impl RequestBuilder {
    /// The error says, in a clause, that the provider has no sample, or one that is not JSON. `scheme` is the one of
    /// the provider's that signs.
    pub fn new(
        catalog: &Catalog,
        provider: &Provider,
        scheme: Option<&Scheme>,
        secret: Option<Secret>,
        context: SignatureContext,
        endpoint: Endpoint,
    ) -> Result<Self, String> {
        let samples = catalog.samples(provider);
        let parse =
            |sample: &Sample<'_>| SampleBody::new(catalog, sample).map_err(|why| why.to_string());
        let bodies =
            samples.iter().map(|sample| Ok((parse(sample)?.body(), sample.event.name.clone())));
        Ok(Self {
            bodies: bodies.collect::<Result<_, String>>()?,
            sample: parse(samples.first().ok_or("it has no sample")?)?,
            endpoint,
            provider: provider.clone(),
            verify_token: None,
            scheme: scheme.cloned(),
            secret,
            context,
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
            scheme: self.scheme.as_ref(),
            context: &self.context,
            stamp: stamp(),
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
                let signing = self.sign(self.sample.body())?;
                let forged = forge(how, &signing)?;
                let mut request = self.placed(&signing, forged.body, &forged.values)?;
                if let (Some(value), Some(header)) = (&forged.query, signing.scheme.header()) {
                    let target = &mut request.delivery.target;
                    let separator = if target.contains('?') { '&' } else { '?' };
                    target.push_str(&format!("{separator}{header}={value}"));
                    request.url = self.endpoint.with_target(target);
                }
                Ok(request)
            }
            Change::HeaderCase => {
                let scheme = self.scheme.as_ref().ok_or("the provider does not sign")?;
                let header = scheme.header().ok_or("the signature is in the body")?;
                self.fresh_with(|headers| {
                    if let Some(value) = headers.get(header).map(<[u8]>::to_vec) {
                        headers.set(&header.to_ascii_uppercase(), value);
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
                let mut delivery = self.unsigned(body);
                delivery.method = method.to_owned();
                if !has_body {
                    delivery.headers.remove("content-type");
                    delivery.headers.remove("content-length");
                }
                Ok(self.request_of(delivery))
            }
        }
    }

    /// A request with a body, ready to be signed. The error says, in a clause, why it cannot be.
    pub fn sign(&self, body: Bytes) -> Result<Signing<'_>, String> {
        let (scheme, secret) = self.signing().ok_or("the provider does not sign")?;
        let signing = Signing::new(scheme, secret, &self.unsigned(body), &self.context, &stamp());
        signing.map_err(|why| why.to_string())
    }

    /// The request of a signing with another body, and with these values as its signature, correct or not.
    pub fn placed(
        &self,
        signing: &Signing<'_>,
        body: Bytes,
        values: &[impl AsRef<str>],
    ) -> Result<Request, String> {
        let only = match values {
            [only] => Some(only.as_ref()),
            _ => None,
        };
        let signed = signing.place(body, only).map_err(|why| why.to_string())?;
        let mut delivery = self.unsigned(signed.body);
        for (name, value) in signed.headers {
            delivery.headers.set(&name, value);
        }
        if let [_, _, ..] = values {
            let header = signing.scheme.header().ok_or("the signature is in the body")?;
            values.iter().for_each(|value| delivery.headers.push(header, value.as_ref()));
        }
        Ok(self.request_of(delivery))
    }

    /// What the verdict on a signature depends on.
    pub fn context(&self) -> &SignatureContext {
        &self.context
    }

    /// The body of the sample of this number; the first one when there is none.
    pub fn sample_body(&self, number: usize) -> Bytes {
        let first = || self.sample.body();
        self.bodies.get(number).map_or_else(first, |(body, _)| body.clone())
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
        if self.signing().is_none() {
            return Ok(self.request_of(self.unsigned(body)));
        }
        let signing = self.sign(body)?;
        let signature = signing.signature().map_err(|why| why.to_string())?;
        let body = signing.request().body.clone();
        self.placed(&signing, body, &[signing.write(&signature)])
    }

    /// A request with a body and the provider's headers.
    fn unsigned(&self, body: Bytes) -> Delivery {
        let mut delivery = self.endpoint.request(body);
        // Every request has a connection of its own.
        delivery.headers.push("connection", "close");
        let mut headers = delivery.headers.clone();
        let json = parse_body(&delivery.body).ok();
        let content = Content::new(&delivery, &delivery.body, json.as_ref());
        let source = &self.provider.envelope.event;
        let same = self.bodies.iter().find(|(body, _)| *body == delivery.body);
        let event = same.or(self.bodies.first()).map(|(_, event)| event.clone());
        let event = source.name(&headers, &content).or(event);
        add_headers(&self.provider, event.as_deref(), &content, &stamp(), &mut headers);
        delivery.headers = headers;
        delivery
    }
}

fn stamp() -> Stamp {
    Stamp { at: Timestamp::now(), id: None, uuid: uuid::random(), renew: false }
}

/// A provider's first sample, parsed.
#[derive(Clone, Debug)]
struct SampleBody {
    /// `null` for a form.
    json: Value,
    text: String,
    data: String,
    /// Where the body names its event.
    event: Option<String>,
    other_event: Option<String>,
}

impl SampleBody {
    /// The sample as it is sent: compact, as `JSON.stringify` writes it.
    fn new(catalog: &Catalog, sample: &Sample<'_>) -> Result<Self, SyntaxError> {
        let provider = sample.provider;
        if provider.envelope.form {
            return Ok(Self {
                json: Value::Null,
                text: String::from_utf8_lossy(sample.body).into_owned(),
                data: String::new(),
                event: None,
                other_event: None,
            });
        }
        let document = parse_body(sample.body)?;
        Ok(Self {
            text: stringify(&document),
            json: document.root().to_value(&mut Vec::new()),
            data: provider.envelope.data.clone().unwrap_or_default(),
            event: provider.envelope.event.pointer().map(str::to_owned),
            other_event: other_event(catalog, provider),
        })
    }

    /// The unchanged body.
    fn body(&self) -> Bytes {
        self.text.clone().into()
    }

    /// The body with one change. The error says why this change does not apply to the sample.
    fn changed(&self, change: BodyChange) -> Result<Bytes, String> {
        if self.json.is_null() {
            return Err("the sample is a form".to_owned());
        }
        Ok(match change {
            BodyChange::Text(text) => self.with_text(text),
            BodyChange::Field(raw) => self.with_field(raw)?,
            BodyChange::OtherEvent => {
                let name = self.other_event.clone();
                let name = name.ok_or("no other provider documents another event")?;
                let mut json = self.json.clone();
                let event = self.event.as_deref().and_then(|at| json.pointer_mut(at));
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
        if self.json.is_null() {
            return format!("{}&{EXTRA}={}", self.text, text.replace(' ', "+"));
        }
        let mut json = self.json.clone();
        let data = json.pointer_mut(&self.data);
        let replaced = data.is_some_and(|data| {
            let mut words = ["name", "message", "text", ""].iter();
            words.any(|word| replace(data, word, text))
        });
        let object = match &mut json {
            Value::Array(items) => items.first_mut(),
            other => Some(other),
        };
        if let (false, Some(Value::Object(map))) = (replaced, object) {
            map.insert(EXTRA.to_owned(), Value::String(text.to_owned()));
        }
        to_text(&json)
    }

    /// With one more field at the end of the whole object, byte for byte.
    fn with_field(&self, raw: &str) -> Result<String, String> {
        let close = if self.json.is_array() { "}]" } else { "}" };
        let open = self.text.strip_suffix(close);
        let open = open.ok_or("the sample is no object")?;
        let comma = if open.ends_with('{') { "" } else { "," };
        Ok(format!("{open}{comma}\"{EXTRA}\":{raw}{close}"))
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
        catalog.providers().filter(|p| !p.envelope.form).map(first).collect()
    }

    #[test]
    fn lengths_are_exact_and_bodies_stay_json() {
        for sample in samples() {
            for bytes in [1 << 10, 64 << 10, 1 << 20] {
                if sample.text.len() + 100 > bytes {
                    continue;
                }
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
                match sample.changed(change) {
                    Ok(changed) => assert_ne!(changed, sample.body(), "{change:?}"),
                    // Some name their events in a header.
                    Err(why) => assert!(change == BodyChange::OtherEvent, "{why}"),
                }
            }
            let cut = sample.changed(BodyChange::Cut).unwrap();
            assert!(serde_json::from_slice::<Value>(&cut).is_err());
            let with_field = sample.changed(BodyChange::Field("1.0")).unwrap();
            assert!(with_field.ends_with(b":1.0}") || with_field.ends_with(b":1.0}]"));
        }
    }
}
