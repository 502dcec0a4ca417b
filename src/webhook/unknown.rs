//! Fields that a provider's document does not have. They are worth a note and no error: a provider may
//! add fields at any time.

use serde_json::Value;

use super::event::Event;
use super::finding::{Finding, MOST};
use super::provider::{EventSpec, Payload, Provider};
use super::schema::Compiled;

/// Fields that the documented sample does not have. A sample holds every documented field; what is
/// illustrative, `null` or inside an array documents nothing and is passed over.
pub fn unknown_fields(
    provider: &Provider,
    spec: &EventSpec,
    compiled: &Compiled,
    event: &Event,
    json: &Value,
) -> Vec<Finding> {
    let channel = spec
        .channels
        .iter()
        .find(|c| Some(*c) == event.channel.as_ref());
    let Some(sample) = compiled.sample(channel.map(String::as_str)) else {
        return Vec::new();
    };
    let skip = (spec.payload == Payload::Illustrative).then_some(provider.envelope.data.as_str());
    let mut notes = Vec::new();
    compare(sample, json, &mut String::new(), skip, &mut notes);
    notes
}

fn compare(
    sample: &Value,
    json: &Value,
    path: &mut String,
    skip: Option<&str>,
    notes: &mut Vec<Finding>,
) {
    let (Value::Object(known), Value::Object(given)) = (sample, json) else {
        return;
    };
    if skip == Some(path.as_str()) {
        return;
    }
    for (key, value) in given {
        if notes.len() == MOST {
            return;
        }
        let end = path.len();
        path.push('/');
        if key.contains(['~', '/']) {
            path.push_str(&key.replace('~', "~0").replace('/', "~1"));
        } else {
            path.push_str(key);
        }
        match known.get(key) {
            Some(documented) => compare(documented, value, path, skip, notes),
            None => notes.push(Finding::at(path, "not in the provider's document")),
        }
        path.truncate(end);
    }
}
