//! The requests of a run by their numbers, as bytes.

use std::sync::OnceLock;

use bytes::Bytes;
use jiff::Timestamp;

use super::plan::{Intent, Plan, Planned, Stream};
use super::template::{RequestTemplate, SignedWith, Template, Values};
use crate::error::Error;
use crate::webhook::delivery::Delivery;
use crate::webhook::signature::sign::Stamp;
use crate::webhook::signature::tamper::Tamper;

/// Makes whole requests: the encoder of the command that sends one.
pub(crate) trait Encoder: Send + Sync {
    /// The request of a kind with this body.
    fn encode(
        &self,
        kind: usize,
        body: Bytes,
        stamp: &Stamp,
        how: Option<Tamper>,
    ) -> Result<Delivery, Error>;

    /// A request as a report may show it, without secrets.
    fn shown(&self, kind: usize, delivery: &Delivery) -> Delivery;

    /// How it is signed; `None` without a signature.
    fn signed_with(&self, kind: usize) -> Result<Option<SignedWith<'_>>, Error>;
}

/// One kind of request.
pub(crate) struct Kind {
    /// Its label, by its place in the list of labels.
    pub label: usize,
    pub body: Template,
    /// Made when it is needed first; `None` within when the encoder has to make every request.
    request: OnceLock<Option<RequestTemplate>>,
}

impl Kind {
    pub fn new(label: usize, body: Template) -> Self {
        Self { label, body, request: OnceLock::new() }
    }
}

pub(crate) struct Generator {
    pub plan: Plan,
    pub kinds: Vec<Kind>,
    encoder: Box<dyn Encoder>,
    /// The time of all signatures, if not that of sending.
    pub at: Option<Timestamp>,
}

/// A request, ready to be sent.
pub(crate) struct Made {
    pub planned: Planned,
    pub label: usize,
    /// When it was signed.
    pub at: Timestamp,
    pub bytes: Bytes,
}

/// Buffers that are reused from one request to the next.
#[derive(Default)]
pub(crate) struct Scratch {
    body: Vec<u8>,
    signed: Vec<u8>,
}

impl Generator {
    /// A generator whose every kind, in every intent of the plan, was encoded once.
    pub fn new(
        plan: Plan,
        kinds: Vec<Kind>,
        encoder: Box<dyn Encoder>,
        at: Option<Timestamp>,
    ) -> Result<Self, Error> {
        let generator = Self { plan, kinds, encoder, at };
        let ways = generator.plan.shares.tamper.iter().map(|(how, _)| Some(*how));
        for how in [None].into_iter().chain(ways) {
            for kind in 0..generator.kinds.len() {
                let values = generator.values(0, generator.now());
                generator.encode(kind, &values, how)?;
            }
        }
        Ok(generator)
    }

    /// The `n`-th request, signed now.
    pub fn make(&self, n: u64, scratch: &mut Scratch) -> Result<Made, Error> {
        let planned = self.plan.request(n);
        let at = self.now();
        let Some(kind) = self.kinds.get(planned.kind) else {
            return Err(Error::usage("there is nothing to send", ""));
        };
        let bytes = match (planned.intent, self.template(planned.kind, kind)) {
            (Intent::Valid | Intent::Duplicate, Some(template)) => {
                let values = self.needed_values(planned.content, at, kind, template);
                scratch.body.clear();
                kind.body.fill(&values, &mut scratch.body);
                template.request(&values, &scratch.body, &mut scratch.signed)
            }
            (intent, _) => {
                let values = self.values(planned.content, at);
                self.encode(planned.kind, &values, intent.tamper())?.to_wire(usize::MAX).into()
            }
        };
        Ok(Made { planned, label: kind.label, at, bytes })
    }

    /// The `n`-th request, signed at a time, without its secrets.
    pub fn shown(&self, n: u64, at: Timestamp) -> Result<Delivery, Error> {
        let planned = self.plan.request(n);
        let values = self.values(planned.content, at);
        let delivery = self.encode(planned.kind, &values, planned.intent.tamper())?;
        Ok(self.encoder.shown(planned.kind, &delivery))
    }

    /// How a kind is signed.
    pub fn signed_with(&self, place: usize) -> Result<Option<SignedWith<'_>>, Error> {
        self.encoder.signed_with(place)
    }

    /// The `n`-th request as a delivery, signed now.
    pub fn delivery(&self, n: u64) -> Result<Delivery, Error> {
        let planned = self.plan.request(n);
        let values = self.values(planned.content, self.now());
        self.encode(planned.kind, &values, planned.intent.tamper())
    }

    /// The template of a kind; `None` when the encoder has to make every request.
    pub fn template<'k>(&self, place: usize, kind: &'k Kind) -> Option<&'k RequestTemplate> {
        let made = kind.request.get_or_init(|| {
            let request = self.encode(place, &Values::markers(), None).ok()?;
            let with = self.encoder.signed_with(place).ok()?;
            let template = RequestTemplate::cut(&request, with.as_ref())?;
            // It has to make the same bytes as the encoder, at different times and lengths.
            [(0, 1_700_000_000_123), (1_234_567, 1_900_000_000_004)]
                .into_iter()
                .all(|(n, ms)| {
                    let at = Timestamp::from_millisecond(ms).unwrap_or_default();
                    self.equals_encoder(place, kind, &template, &self.values(n, at))
                })
                .then_some(template)
        });
        made.as_ref().filter(|_| self.at.is_none())
    }

    fn equals_encoder(
        &self,
        place: usize,
        kind: &Kind,
        template: &RequestTemplate,
        values: &Values,
    ) -> bool {
        let mut body = Vec::new();
        kind.body.fill(values, &mut body);
        let bytes = template.request(values, &body, &mut Vec::new());
        let encoded = self.encode(place, values, None);
        encoded.is_ok_and(|delivery| delivery.to_wire(usize::MAX) == bytes)
    }

    fn encode(
        &self,
        place: usize,
        values: &Values,
        how: Option<Tamper>,
    ) -> Result<Delivery, Error> {
        let mut body = Vec::new();
        if let Some(kind) = self.kinds.get(place) {
            kind.body.fill(values, &mut body);
        }
        let stamp = Stamp {
            at: values.at,
            id: None,
            uuid: values.delivery_uuid.clone(),
            renew: self.at.is_some(),
        };
        self.encoder.encode(place, body.into(), &stamp, how)
    }

    fn values(&self, content: u64, at: Timestamp) -> Values {
        Values {
            n: content,
            body_uuid: self.plan.uuid(content, Stream::BodyId),
            delivery_uuid: self.plan.uuid(content, Stream::DeliveryId),
            at,
        }
    }

    /// The same, without the UUIDs that a template does not have.
    fn needed_values(
        &self,
        content: u64,
        at: Timestamp,
        kind: &Kind,
        template: &RequestTemplate,
    ) -> Values {
        let uuid = |is_needed: bool, stream| match is_needed {
            true => self.plan.uuid(content, stream),
            false => String::new(),
        };
        Values {
            n: content,
            body_uuid: uuid(kind.body.has_body_uuid(), Stream::BodyId),
            delivery_uuid: uuid(template.has_delivery_uuid(), Stream::DeliveryId),
            at,
        }
    }

    fn now(&self) -> Timestamp {
        self.at.unwrap_or_else(Timestamp::now)
    }
}
