//! Bodies: parsed without changing their bytes, validated against what the provider documents, edited and written again.

pub(crate) mod budget;
pub mod json;
pub mod set;
pub mod stringify;
pub mod validate;

use crate::webhook::delivery::Headers;
use crate::webhook::provider::{Content, Provider};

/// What a body says of itself where its provider puts it; `None` where a field is missing or not a string.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Event {
    /// The event's name.
    pub name: Option<String>,
    /// The channel, on events that have channels.
    pub channel: Option<String>,
    /// The agent's id.
    pub agent: Option<String>,
}

impl Event {
    /// Reads the envelope of a delivery of `provider`.
    pub fn read(provider: &Provider, headers: &Headers, content: &Content<'_>) -> Self {
        let envelope = &provider.envelope;
        let text = |pointer: &Option<String>| content.text(pointer.as_deref()?);
        Self {
            name: envelope.event.name(headers, content),
            channel: text(&envelope.channel),
            agent: text(&envelope.agent),
        }
    }
}
