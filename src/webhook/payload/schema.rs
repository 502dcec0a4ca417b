//! An event's JSON Schema and samples, read when first needed and kept: building a schema costs more
//! than using it a thousand times.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

use jsonschema::Validator;
use serde_json::Value;

use super::bom::without_bom;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::provider::{EventSpec, Provider};

/// A schema ready to use, with its text for looking up what it expected.
#[derive(Debug)]
pub struct Compiled {
    /// The compiled schema.
    pub validator: Validator,
    /// The schema itself.
    pub text: Value,
    /// The samples beside it, by channel.
    samples: Vec<(Option<String>, Value)>,
}

impl Compiled {
    /// The event's sample on this channel.
    pub fn sample(&self, channel: Option<&str>) -> Option<&Value> {
        let mut samples = self.samples.iter();
        let found = samples.find(|(of, _)| of.as_deref() == channel);
        found.map(|(_, sample)| sample)
    }
}

/// By the provider's name and the event's.
type Cache = RwLock<HashMap<String, HashMap<String, Arc<Compiled>>>>;

/// The compiled schema of an event.
///
/// # Errors
/// When there is none, or it is not a JSON Schema.
pub fn compiled(
    catalog: &Catalog,
    provider: &Provider,
    event: &EventSpec,
) -> Result<Arc<Compiled>, String> {
    static CACHE: OnceLock<Cache> = OnceLock::new();
    let cache = CACHE.get_or_init(Cache::default);
    if let Ok(map) = cache.read()
        && let Some(found) = map.get(&provider.name).and_then(|m| m.get(&event.name))
    {
        return Ok(Arc::clone(found));
    }
    let bytes = catalog.schema(provider, event).ok_or("there is none")?;
    let text: Value = serde_json::from_slice(without_bom(bytes)).map_err(|e| e.to_string())?;
    let validator = jsonschema::draft202012::new(&text).map_err(|e| e.to_string())?;
    let fresh = Arc::new(Compiled {
        validator,
        text,
        samples: samples(catalog, provider, event),
    });
    if let Ok(mut map) = cache.write() {
        let events = map.entry(provider.name.clone()).or_default();
        events.insert(event.name.clone(), Arc::clone(&fresh));
    }
    Ok(fresh)
}

fn samples(
    catalog: &Catalog,
    provider: &Provider,
    event: &EventSpec,
) -> Vec<(Option<String>, Value)> {
    let channels = event.channels.iter().map(|c| Some(c.as_str()));
    channels
        .chain([None])
        .filter_map(|channel| {
            let sample = catalog.sample(provider, event, channel)?;
            let json = serde_json::from_slice(without_bom(sample.json)).ok()?;
            Some((channel.map(str::to_owned), json))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::payload::validate::{Validity, validate};

    #[test]
    fn every_sample_satisfies_its_schema_and_has_no_unknown_field() {
        let catalog = Catalog::builtin();
        for provider in catalog.providers() {
            for sample in catalog.samples(provider) {
                let json = serde_json::from_slice(sample.json).unwrap();
                let found = validate(catalog, provider, &json);
                assert_eq!(
                    (found.verdict, found.errors, found.notes),
                    (Validity::Valid, vec![], vec![]),
                    "{} {}",
                    provider.name,
                    sample.event.name
                );
            }
        }
    }
}
