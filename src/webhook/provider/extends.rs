//! A description that extends a built-in provider: its values replace those of the built-in one.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{Envelope, EventSpec, Provider, Response};
use crate::webhook::handshake::Handshake;
use crate::webhook::one_or_more::one_or_more;
use crate::webhook::retry::Policy;
use crate::webhook::signature::scheme::Scheme;

/// The provider that a description starts from, if it names one.
#[derive(Deserialize)]
pub(super) struct Base {
    pub extends: Option<String>,
}

/// The keys of a `provider.toml`, all of them optional except the name.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Changes {
    name: String,
    #[serde(rename = "extends")]
    _extends: String,
    title: Option<String>,
    document: Option<String>,
    #[serde(default, rename = "signature", deserialize_with = "one_or_more")]
    signatures: Vec<Scheme>,
    headers: Option<BTreeMap<String, String>>,
    envelope: Option<Envelope>,
    remarks: Option<BTreeMap<String, String>>,
    response: Option<Response>,
    retry: Option<Policy>,
    #[serde(default, rename = "handshake")]
    handshakes: Vec<Handshake>,
    #[serde(default, rename = "event")]
    events: Vec<EventSpec>,
}

impl Changes {
    /// The provider with these changes. Events are added; one of the same name is replaced.
    pub fn apply(self, base: &Provider) -> Provider {
        let mut events = base.events.clone();
        events.retain(|event| self.events.iter().all(|own| own.name != event.name));
        events.extend(self.events);
        let or_base = |own: Vec<Scheme>| if own.is_empty() { base.signatures.clone() } else { own };
        Provider {
            name: self.name,
            title: self.title.unwrap_or_else(|| base.title.clone()),
            document: self.document.unwrap_or_else(|| base.document.clone()),
            signatures: or_base(self.signatures),
            headers: self.headers.unwrap_or_else(|| base.headers.clone()),
            envelope: self.envelope.unwrap_or_else(|| base.envelope.clone()),
            remarks: self.remarks.unwrap_or_else(|| base.remarks.clone()),
            response: self.response.unwrap_or_else(|| base.response.clone()),
            retry: self.retry.or(base.retry),
            handshakes: match self.handshakes.is_empty() {
                true => base.handshakes.clone(),
                false => self.handshakes,
            },
            events,
        }
    }
}
