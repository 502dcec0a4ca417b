//! What a parsed body says of itself: event, channel and agent, at the places where its provider puts
//! them.

use serde_json::Value;

use super::provider::Provider;

/// The names in a body's envelope; `None` where a field is missing or not a string.
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
    /// Reads the envelope as `provider` lays it out.
    pub fn read(provider: &Provider, json: &Value) -> Self {
        let text = |pointer: &str| json.pointer(pointer)?.as_str().map(str::to_owned);
        let envelope = &provider.envelope;
        Self {
            name: text(&envelope.event),
            channel: envelope.channel.as_deref().and_then(text),
            agent: text(&envelope.agent),
        }
    }
}
