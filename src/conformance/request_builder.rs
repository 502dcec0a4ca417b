//! Builds the request of a case: a genuine delivery of the provider with one change.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use url::form_urlencoded::byte_serialize;

use crate::http::Endpoint;
use crate::mask::{HIDDEN, without};
use crate::uuid;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::handshake::{Handshake, Probe};
use crate::webhook::payload::json::parse_body;
use crate::webhook::provider::catalog::{Catalog, Sample};
use crate::webhook::provider::outgoing::add_headers;
use crate::webhook::provider::{Content, Provider};
use crate::webhook::signature::mac::Algorithm;
use crate::webhook::signature::scheme::{Location, Scheme};
use crate::webhook::signature::sign::{Signing, Stamp};
use crate::webhook::signature::{Secret, SignatureContext};

use super::case::{Change, Forgery};
use super::forge::forge;
use super::handshake::{HandshakeProbe, HandshakeSender};
use super::sample_body::{SampleBody, with_value};

/// A request of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// The whole URL, with the query that is sent.
    pub url: String,
    /// The request; it contains the signature of its own body, never the secret.
    pub delivery: Delivery,
    /// How many bytes of it are sent before the connection is closed; `None` for all.
    pub cut_at: Option<usize>,
    /// The places in it, in bytes, before which sending pauses.
    pub pauses: Vec<usize>,
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
    /// What the samples are called: their events and channels.
    names: Vec<String>,
    sample: SampleBody,
    /// Headers that every request has in addition, such as those that let it through a proxy.
    extra: Headers,
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
        let name = |sample: &Sample<'_>| match sample.channel {
            Some(channel) => format!("{} on {channel}", sample.event.name),
            None => sample.event.name.clone(),
        };
        Ok(Self {
            names: samples.iter().map(name).collect(),
            bodies: bodies.collect::<Result<_, String>>()?,
            sample: parse(samples.first().ok_or("it has no sample")?)?,
            endpoint,
            provider: provider.clone(),
            verify_token: None,
            scheme: scheme.cloned(),
            secret,
            context,
            extra: Headers::default(),
            fresh: Arc::default(),
        })
    }

    /// The same with the verify token of handshakes.
    pub fn with_verify_token(self, verify_token: Option<Secret>) -> Self {
        Self { verify_token, ..self }
    }

    /// The same with these headers on every request, names in lower case. A scheme may sign some of them.
    pub fn with_headers(self, extra: Headers) -> Self {
        Self { extra, ..self }
    }

    /// Those headers.
    pub fn extra(&self) -> &Headers {
        &self.extra
    }

    /// A request as reports show it: without what may be a credential. Those are the values of those headers, and a
    /// signature that is the secret itself, or resembles it.
    pub fn shown(&self, mut request: Request) -> Request {
        request.delivery.headers.hide_values(&self.extra);
        let is_token = |(scheme, _): &(&Scheme, &Secret)| scheme.algorithm == Algorithm::Token;
        let Some((scheme, secret)) = self.signing().filter(is_token) else {
            return request;
        };
        let delivery = &mut request.delivery;
        match &scheme.location {
            Location::Header(name) if delivery.headers.get(name).is_some() => {
                delivery.headers.set_value(name, HIDDEN);
            }
            Location::Header(_) => {}
            Location::Body(pointer) => {
                let hidden = with_value(&delivery.body, pointer, HIDDEN);
                delivery.body = hidden.unwrap_or_else(|| delivery.body.clone());
            }
        }
        // Forgeries have it in other places, too.
        let in_url: String = byte_serialize(secret.expose()).collect();
        let encoded = scheme.format.encoding.encode(secret.expose());
        for text in [secret.expose(), in_url.as_bytes(), encoded.as_bytes()] {
            if text.is_empty() {
                continue;
            }
            let clean = |text_of: &str| {
                String::from_utf8_lossy(&without(text_of.as_bytes(), text)).into_owned()
            };
            request.url = clean(&request.url);
            delivery.target = clean(&delivery.target);
            delivery.body = without(&delivery.body, text).into();
            let headers = delivery.headers.iter();
            delivery.headers =
                headers.map(|(name, value)| (name.to_owned(), without(value, text))).collect();
        }
        request
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
            delivery.headers.replace_all(&self.extra);
        }
        Ok(built)
    }

    /// A delivery of the endpoint as a request of a case.
    pub fn request_of(&self, delivery: Delivery) -> Request {
        let url = self.endpoint.with_target(&delivery.target);
        Request { url, delivery, cut_at: None, pauses: Vec::new() }
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
            Change::Forged(how) => self.forged(how, self.sample.body()),
            Change::Aged(seconds) => self.aged(seconds),
            Change::HeaderCase => {
                let scheme = self.scheme.as_ref().ok_or("the provider does not sign")?;
                let header = scheme.header().ok_or("the signature is in the body")?;
                self.fresh_with(|headers| {
                    if let Some(value) = headers.get(header).map(<[u8]>::to_vec) {
                        headers.set(&header.to_ascii_uppercase(), value);
                    }
                })
            }
            Change::ContentType(value) => self.fresh_with(|headers| match value.split_once(';') {
                // With a parameter it stays the provider's own type.
                Some((_, parameter)) if self.provider.envelope.form => headers
                    .set("content-type", format!("application/x-www-form-urlencoded;{parameter}")),
                _ => headers.set("content-type", value),
            }),
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

    /// A forged delivery of a body. The error says, in a clause, why this forgery does not apply.
    pub fn forged(&self, how: Forgery, body: Bytes) -> Result<Request, String> {
        let signing = self.sign(body)?;
        let forged = forge(how, &signing)?;
        self.placed(&signing, forged.body, &forged.values)
    }

    /// A genuine delivery that was signed so many seconds ago.
    fn aged(&self, seconds: u64) -> Result<Request, String> {
        let (scheme, secret) = self.signing().ok_or("the provider does not sign")?;
        scheme.timestamp.as_ref().ok_or("the provider does not sign a time")?;
        let age = i64::try_from(seconds).map_err(|why| why.to_string())?;
        let at = Timestamp::now() - SignedDuration::from_secs(age);
        let stamp = Stamp { at, ..stamp() };
        let request = self.unsigned(self.fresh());
        let signing = Signing::new(scheme, secret, &request, &self.context, &stamp)
            .map_err(|why| why.to_string())?;
        let signature = signing.signature().map_err(|why| why.to_string())?;
        let body = signing.request().body.clone();
        self.placed(&signing, body, &[signing.write(&signature)])
    }

    /// The provider's first sample.
    pub fn first_sample(&self) -> &SampleBody {
        &self.sample
    }

    /// The provider whose deliveries are built.
    pub fn provider(&self) -> &Provider {
        &self.provider
    }

    /// Where requests go.
    pub fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// What the samples are called, in their order.
    pub fn sample_names(&self) -> &[String] {
        &self.names
    }

    /// The names of the events of the samples, in their order.
    pub fn events(&self) -> impl Iterator<Item = &str> {
        self.bodies.iter().map(|(_, event)| event.as_str())
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
    pub fn fresh(&self) -> Bytes {
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
    pub fn signed(&self, body: Bytes) -> Result<Request, String> {
        if self.signing().is_none() {
            return Ok(self.request_of(self.unsigned(body)));
        }
        let signing = self.sign(body)?;
        let signature = signing.signature().map_err(|why| why.to_string())?;
        let body = signing.request().body.clone();
        self.placed(&signing, body, &[signing.write(&signature)])
    }

    /// A request with a body and the provider's headers.
    pub fn unsigned(&self, body: Bytes) -> Delivery {
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
        headers.replace_all(&self.extra);
        delivery.headers = headers;
        delivery
    }
}

fn stamp() -> Stamp {
    Stamp { at: Timestamp::now(), id: None, uuid: uuid::random(), renew: false }
}
