//! A provider as data: what its documentation says, read from its `provider.toml`.

pub mod catalog;
pub mod folder;
pub(crate) mod handshakes;

use std::collections::BTreeMap;

use serde::Deserialize;

use super::handshake::Handshake;
use super::retry::Policy;
use super::signature::scheme::Scheme;

/// One provider, as its `provider.toml` describes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The name used on the command line; also the name of its folder.
    pub name: String,
    /// The name for people.
    pub title: String,
    /// The document that all of this is taken from.
    pub document: String,
    /// How it signs; `None` when it does not.
    #[serde(default)]
    pub signature: Option<Scheme>,
    /// Where things sit in its JSON.
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

/// Where a provider puts things in the body: JSON Pointers (RFC 6901).
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Envelope {
    /// The top-level keys that every body has; a body is recognised by them.
    pub keys: Vec<String>,
    /// The event's name.
    pub event: String,
    /// The messaging channel.
    #[serde(default)]
    pub channel: Option<String>,
    /// The agent's (or chatbot's) id.
    pub agent: String,
    /// The event's own data.
    pub data: String,
    /// When the event happened.
    #[serde(default)]
    pub timestamp: Option<String>,
}

impl Envelope {
    /// The pointers by their role, to name a field that has another name at another provider.
    pub fn roles(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            ("event", Some(self.event.as_str())),
            ("channel", self.channel.as_deref()),
            ("agent", Some(self.agent.as_str())),
            ("data", Some(self.data.as_str())),
            ("timestamp", self.timestamp.as_deref()),
        ]
        .into_iter()
        .filter_map(|(role, pointer)| Some((role, pointer?)))
    }
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
