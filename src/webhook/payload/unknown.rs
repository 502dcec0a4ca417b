//! Fields that a provider's document does not have. They are worth a note and no error: a provider may
//! add fields at any time.

use serde_json::Value;

use super::event::Event;
use super::finding::{Finding, MOST};
use super::schema::Compiled;
use crate::webhook::provider::{EventSpec, Payload, Provider};

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
    compare(sample, json, None, skip, &mut notes);
    notes
}

/// A place in a body; only written out where there is something to say.
#[derive(Clone, Copy)]
struct Place<'p> {
    above: Option<&'p Place<'p>>,
    key: &'p str,
}

impl Place<'_> {
    fn pointer(&self) -> String {
        let mut pointer = self.above.map(Self::pointer).unwrap_or_default();
        pointer.push('/');
        pointer.push_str(&self.key.replace('~', "~0").replace('/', "~1"));
        pointer
    }
}

fn compare(
    sample: &Value,
    json: &Value,
    place: Option<&Place<'_>>,
    skip: Option<&str>,
    notes: &mut Vec<Finding>,
) {
    let (Value::Object(known), Value::Object(given)) = (sample, json) else {
        return;
    };
    if skip.is_some_and(|skip| skip == place.map(Place::pointer).unwrap_or_default()) {
        return;
    }
    // The fields of a delivery mostly come in the sample's order: looking there first saves a hash.
    let mut in_order = known.iter();
    for (key, value) in given {
        if notes.len() == MOST {
            return;
        }
        let here = Place { above: place, key };
        let next = in_order.next().filter(|(name, _)| *name == key);
        match next.map(|(_, value)| value).or_else(|| known.get(key)) {
            Some(documented) => compare(documented, value, Some(&here), skip, notes),
            None => notes.push(Finding::at(
                &here.pointer(),
                "not in the provider's document",
            )),
        }
    }
}
