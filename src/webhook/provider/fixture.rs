//! A user's own sample: a body in some provider's envelope, named after its file. Unlike a provider's samples it
//! documents nothing, so nothing is validated against it.

use super::catalog::Catalog;
use super::detect::detect;
use crate::webhook::analysis::undetected;
use crate::webhook::delivery::Headers;
use crate::webhook::payload::event::Event;
use crate::webhook::payload::json::parse_body;
use crate::webhook::provider::Provider;

/// One of the user's own samples.
#[derive(Clone, Debug)]
pub struct Fixture {
    /// Its name: that of its file without `.json`.
    pub name: String,
    /// The provider whose envelope its body has.
    pub provider: &'static Provider,
    /// What its body says of itself.
    pub event: Event,
    /// The file's content.
    pub json: Vec<u8>,
    /// The file, to name it.
    pub path: String,
}

impl Fixture {
    /// Reads a body. It belongs to the detected provider, or to `otherwise` when none or more than one is possible.
    ///
    /// # Errors
    /// When it is not JSON, or no provider is detected.
    pub fn read(
        catalog: &'static Catalog,
        name: &str,
        path: String,
        json: Vec<u8>,
        otherwise: Option<&'static Provider>,
    ) -> Result<Self, String> {
        let body = parse_body(&json).map_err(|why| format!("it is not JSON: {why}"))?;
        let found = detect(catalog, &Headers::default(), Some(&body));
        let provider = found
            .provider
            .or(otherwise)
            .ok_or_else(|| format!("whose it is cannot be recognised: {}", undetected(&found)))?;
        let event = Event::read(provider, body.root());
        Ok(Self {
            name: name.to_owned(),
            provider,
            event,
            json,
            path,
        })
    }

    /// The one of this name.
    pub fn named<'f>(all: &'f [Self], name: &str) -> Option<&'f Self> {
        all.iter().find(|fixture| fixture.name == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fixture_belongs_to_whom_its_body_fits() {
        let catalog = Catalog::builtin();
        let read = |json: &str, otherwise| {
            Fixture::read(catalog, "vip", "vip.json".into(), json.into(), otherwise)
        };
        let found = read(
            r#"{"eventType":"lead.submit","agentId":"a","payload":{}}"#,
            None,
        );
        let found = found.unwrap();
        assert_eq!(found.provider.name, "chatzuri");
        assert_eq!(found.event.name.as_deref(), Some("lead.submit"));
        let first = catalog.providers().next();
        assert_eq!(read("{}", first).unwrap().provider.name, "chatzuri");
        assert!(read("{}", None).is_err());
        assert!(read("{", first).unwrap_err().contains("not JSON"));
    }
}
