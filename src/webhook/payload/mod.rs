//! Bodies: parsed beside their bytes, validated against what the provider documents, edited and written again.

pub(crate) mod budget;
pub mod json;
pub mod set;
pub mod stringify;
pub mod validate;

use crate::webhook::provider::Provider;
use json::Node;

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
    /// Reads the envelope of a body of `provider`.
    pub fn read(provider: &Provider, body: Node<'_, '_>) -> Self {
        let text = |pointer: &str| Some(body.at_pointer(pointer)?.text()?.into_owned());
        let envelope = &provider.envelope;
        Self {
            name: text(&envelope.event),
            channel: envelope.channel.as_deref().and_then(text),
            agent: text(&envelope.agent),
        }
    }
}
