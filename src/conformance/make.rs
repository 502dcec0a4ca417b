//! From a case to the request that is sent: a genuine delivery of the provider, and one thing changed.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use jiff::Timestamp;

use crate::http::Endpoint;
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::{Catalog, Sample};
use crate::webhook::signature::scheme::{Part, Scheme};
use crate::webhook::signature::secret::Secret;
use crate::webhook::signature::sign::signature;

use super::body::Base;
use super::case::Change;
use super::forge::forge;
use super::outcome::Request;

/// Everything that the requests of a run have in common.
#[derive(Clone, Debug)]
pub struct Maker {
    endpoint: Endpoint,
    scheme: Option<Scheme>,
    secret: Option<Secret>,
    bodies: Vec<Bytes>,
    base: Base,
    /// How many customers there have been.
    fresh: Arc<AtomicUsize>,
}

impl Maker {
    /// A maker of this provider's deliveries.
    ///
    /// # Errors
    /// When the provider has no sample, or none that is JSON; in words.
    pub fn new(
        catalog: &Catalog,
        provider: &Provider,
        secret: Option<Secret>,
        endpoint: Endpoint,
    ) -> Result<Self, String> {
        let samples = catalog.samples(provider);
        let of = |sample: &Sample<'_>| Base::of(catalog, sample).map_err(|why| why.to_string());
        let bodies = samples.iter().map(|sample| Ok(of(sample)?.body()));
        Ok(Self {
            bodies: bodies.collect::<Result<_, String>>()?,
            base: of(samples.first().ok_or("it has no sample")?)?,
            endpoint,
            scheme: provider.signature.clone(),
            secret,
            fresh: Arc::default(),
        })
    }

    /// How this provider signs, and with what; `None` when it does not.
    pub fn signing(&self) -> Option<(&Scheme, &Secret)> {
        Some((self.scheme.as_ref()?, self.secret.as_ref()?))
    }

    /// The secret, whoever signs with it.
    pub fn secret(&self) -> Option<&Secret> {
        self.secret.as_ref()
    }

    /// The request of a case.
    ///
    /// # Errors
    /// When this provider leaves nothing to test in this way, in words.
    pub fn request(&self, change: Change) -> Result<Request, String> {
        match change {
            Change::Sample(number) => self.signed(self.sample(number)),
            Change::Fresh => self.signed(self.fresh()),
            Change::Body(change) => self.signed(self.base.changed(change)?),
            Change::Forged(how) => {
                let (scheme, secret) = self.signing().ok_or("the provider does not sign")?;
                let body = self.base.body();
                let headers = self.signed_beside();
                let forged = forge(how, scheme, secret, &headers, &body)?;
                Ok(self.with(forged.body, |delivery| {
                    extend(&mut delivery.headers, &headers);
                    for value in &forged.values {
                        delivery.headers.push(&scheme.header, value.as_slice());
                    }
                    if let Some(value) = &forged.query {
                        let mark = if delivery.target.contains('?') {
                            '&'
                        } else {
                            '?'
                        };
                        delivery
                            .target
                            .push_str(&format!("{mark}{}={value}", scheme.header));
                    }
                }))
            }
            Change::HeaderCase => {
                let header = self.scheme.as_ref().map(|scheme| &scheme.header);
                let header = header.ok_or("the provider does not sign")?;
                let mut request = self.signed(self.fresh())?;
                let headers = &mut request.delivery.headers;
                if let Some(value) = headers.get(header).map(<[u8]>::to_vec) {
                    headers.set(&header.to_ascii_uppercase(), value);
                }
                Ok(request)
            }
            Change::ContentType(value) => {
                let mut request = self.signed(self.fresh())?;
                request.delivery.headers.set("content-type", value);
                Ok(request)
            }
            Change::Chunked => {
                let mut request = self.signed(self.fresh())?;
                let headers = &mut request.delivery.headers;
                headers.remove("content-length");
                headers.push("transfer-encoding", "chunked");
                Ok(request)
            }
            Change::Method(method) => {
                let has_body = matches!(method, "PUT");
                let body = match has_body {
                    true => self.base.body(),
                    false => Bytes::new(),
                };
                Ok(self.with(body, |delivery| {
                    delivery.method = method.to_owned();
                    if !has_body {
                        delivery.headers.remove("content-type");
                        delivery.headers.remove("content-length");
                    }
                }))
            }
        }
    }

    /// A body with this header value for a signature, whatever it is worth, and the headers that were signed
    /// beside it.
    pub fn with_signature(
        &self,
        body: Bytes,
        beside: &Headers,
        header: &str,
        value: &str,
    ) -> Request {
        self.with(body, |delivery| {
            extend(&mut delivery.headers, beside);
            delivery.headers.push(header, value);
        })
    }

    /// The body of the sample of this number; the first one when there is none.
    pub fn sample(&self, number: usize) -> Bytes {
        let first = || self.base.body();
        self.bodies.get(number).cloned().unwrap_or_else(first)
    }

    /// A body that has not been sent before: a repetition may be refused for being one.
    fn fresh(&self) -> Bytes {
        let number = self.fresh.fetch_add(1, Ordering::Relaxed);
        self.base.of_customer(number)
    }

    /// A genuine delivery of a body.
    fn signed(&self, body: Bytes) -> Result<Request, String> {
        let headers = self.signed_beside();
        let value = match self.signing() {
            None => None,
            Some((scheme, secret)) => {
                let value = signature(scheme, secret, &headers, &body);
                Some((&scheme.header, value.map_err(|why| why.to_string())?))
            }
        };
        Ok(self.with(body, |delivery| {
            extend(&mut delivery.headers, &headers);
            if let Some((header, value)) = value {
                delivery.headers.push(header, value);
            }
        }))
    }

    /// The headers that the scheme signs beside the body, filled in as a provider would.
    pub fn signed_beside(&self) -> Headers {
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

    fn with(&self, body: Bytes, change: impl FnOnce(&mut Delivery)) -> Request {
        let mut delivery = self.endpoint.request(body);
        // Every request has a connection of its own.
        delivery.headers.push("connection", "close");
        change(&mut delivery);
        Request {
            url: self.endpoint.with_target(&delivery.target),
            delivery,
            cut_at: None,
        }
    }
}

fn extend(headers: &mut Headers, more: &Headers) {
    for (name, value) in more.iter() {
        headers.push(name, value);
    }
}
