//! What a parsed body says of itself: event, channel and agent, at the places where its provider puts
//! them.

use serde_json::Value;

use crate::webhook::provider::Provider;

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
        let text = |pointer: &str| at(json, pointer)?.as_str().map(str::to_owned);
        let envelope = &provider.envelope;
        Self {
            name: text(&envelope.event),
            channel: envelope.channel.as_deref().and_then(text),
            agent: text(&envelope.agent),
        }
    }
}

/// What is at a JSON Pointer: as [`Value::pointer`], which makes two strings of every step.
pub fn at<'j>(json: &'j Value, pointer: &str) -> Option<&'j Value> {
    let steps = match pointer.strip_prefix('/') {
        Some(steps) if !steps.contains('~') => steps,
        _ => return json.pointer(pointer),
    };
    let mut here = json;
    for step in steps.split('/') {
        match here {
            Value::Object(map) => here = map.get(step)?,
            Value::Array(_) => return json.pointer(pointer),
            _ => return None,
        }
    }
    Some(here)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_pointer_points_where_the_library_says() {
        let json = json!({"a": {"b": [1, {"c": 2}], "": 3, "x/y": 4}, "": 5});
        for pointer in [
            "", "/", "a", "/a", "/a/", "/a/b", "/a/b/0", "/a/b/1/c", "/a/b/01", "/a/x~1y",
            "/a/b/0/c", "/z", "/a/b/2", "//",
        ] {
            assert_eq!(at(&json, pointer), json.pointer(pointer), "{pointer:?}");
        }
    }
}
