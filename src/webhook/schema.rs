//! An event's JSON Schema, compiled when first needed and kept: building one costs more than using it
//! a thousand times.

use std::collections::HashMap;
use std::sync::{Arc, OnceLock, RwLock};

use jsonschema::Validator;
use serde_json::Value;

use super::catalog::Catalog;
use super::provider::{EventSpec, Provider};

/// A schema ready to use, with its text for looking up what it expected.
#[derive(Debug)]
pub struct Compiled {
    /// The compiled schema.
    pub validator: Validator,
    /// The schema itself.
    pub text: Value,
}

type Cache = RwLock<HashMap<(String, String), Arc<Compiled>>>;

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
    let key = (provider.name.clone(), event.name.clone());
    if let Ok(map) = cache.read()
        && let Some(found) = map.get(&key)
    {
        return Ok(Arc::clone(found));
    }
    let bytes = catalog.schema(provider, event).ok_or("there is none")?;
    let text: Value = serde_json::from_slice(bytes).map_err(|e| e.to_string())?;
    let validator = jsonschema::draft202012::new(&text).map_err(|e| e.to_string())?;
    let fresh = Arc::new(Compiled { validator, text });
    if let Ok(mut map) = cache.write() {
        map.insert(key, Arc::clone(&fresh));
    }
    Ok(fresh)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::validate::{Validity, validate};

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
