//! A provider as data: what its documentation says, read from its `provider.toml`.

mod built_in;
pub mod catalog;
pub mod detect;
mod envelope;
mod extends;
mod fingerprint;
pub mod folder;
pub(crate) mod handshakes;
pub mod outgoing;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::handshake::Handshake;
use super::one_or_more::one_or_more;
use super::retry::Policy;
use super::signature::scheme::Scheme;

pub use envelope::{Content, Envelope, EventSource, Root};

/// One provider, as its `provider.toml` describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name used on the command line; also the name of its folder.
    pub name: String,
    /// The human-readable name.
    pub title: String,
    /// The document that all of this is taken from.
    pub document: String,
    /// How it signs, the strongest way first: the first signs, and any one verifies. None when it does not sign.
    #[serde(default, rename = "signature", deserialize_with = "one_or_more")]
    pub signatures: Vec<Scheme>,
    /// Headers that it sends with every delivery, as templates by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// Where its requests contain each value.
    pub envelope: Envelope,
    /// What its document says about mistakes that it leads to, by the code of their cause.
    #[serde(default)]
    pub remarks: BTreeMap<String, String>,
    /// The response it asks for.
    #[serde(default)]
    pub response: Response,
    /// What it does about a failed delivery; `None` when its document does not say.
    #[serde(default)]
    pub retry: Option<Policy>,
    /// The requests by which it checks an endpoint.
    #[serde(default, rename = "handshake")]
    pub(crate) handshakes: Vec<Handshake>,
    /// The events it documents.
    #[serde(rename = "event")]
    pub events: Vec<EventSpec>,
}

/// The response that a provider's document asks for.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Response {
    /// The status, when the document asks for one; else any 2xx will do.
    #[serde(default)]
    pub status: Option<u16>,
    /// The body, when the document asks for one: JSON is compared as JSON, other text exactly.
    #[serde(default)]
    pub body: Option<String>,
}

/// One event that a provider documents.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventSpec {
    /// The name, as it stands in the body.
    pub name: String,
    /// What happened, in a clause.
    pub summary: String,
    /// Whether the document publishes the data.
    pub payload: Payload,
    /// The channels it comes on; empty when it has none.
    #[serde(default)]
    pub channels: Vec<String>,
    /// The headers of its deliveries, by name.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
}

impl EventSpec {
    /// The name of its files: slashes and colons cannot be in one.
    pub fn file_stem(&self) -> String {
        self.name.replace(['/', ':'], "__")
    }
}

/// Where the sample's data comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Payload {
    /// The provider's document publishes it.
    Documented,
    /// The document names the event and publishes no data: the sample is this project's invention, and
    /// only the envelope is validated.
    Illustrative,
}

impl Payload {
    /// The word used in every output.
    pub fn word(self) -> &'static str {
        match self {
            Self::Documented => "documented",
            Self::Illustrative => "illustrative",
        }
    }
}

impl Provider {
    /// The scheme that its deliveries are signed under; `None` when it does not sign.
    pub fn scheme(&self) -> Option<&Scheme> {
        self.signatures.first()
    }

    /// Whether it signs.
    pub fn signs(&self) -> bool {
        !self.signatures.is_empty()
    }

    /// Whether its deliveries cannot be made without a secret.
    pub fn needs_secret(&self) -> bool {
        !self.may_be_unsigned()
    }

    /// Whether it also sends deliveries without a signature.
    pub fn may_be_unsigned(&self) -> bool {
        self.signatures.iter().all(|scheme| scheme.optional)
    }

    /// What its document says about a mistake: about its code or the code's family.
    pub fn remark(&self, code: &str) -> Option<&str> {
        let family = code.split('.').next().unwrap_or(code);
        let found = self.remarks.get(code).or_else(|| self.remarks.get(family));
        found.map(String::as_str)
    }

    /// The event of this name.
    pub fn event(&self, name: &str) -> Option<&EventSpec> {
        self.events.iter().find(|e| e.name == name)
    }
}
