//! Which serialiser an endpoint hashes instead of the bytes that came: a body is signed over what a
//! serialiser would make of it, and the endpoint that accepts that has told.

use std::fmt;
use std::sync::LazyLock;

use crate::diagnose::runtimes::{self, Serializer, Stack};
use crate::webhook::analysis::without_bom;
use crate::webhook::payload::json;

/// A member that every serialiser writes otherwise: spelling of characters, numbers, keys and white space.
const TELLING: &[u8] =
    br#","probe": {"b":1.0,"10":"\u00e9\/<","2":12345678901234567890,"e":1e21,"f":1e-7,"u":"\u2028","o":{},"p":"+"}"#;

/// One serialiser.
pub struct Probe {
    /// The stable codes.
    pub code: String,
    /// The expression that writes the body again.
    pub name: String,
    serialiser: &'static Serializer,
}

impl fmt::Debug for Probe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Probe({})", self.name)
    }
}

impl Probe {
    /// What it makes of a body; `None` when it cannot read it.
    pub fn sign_over(&self, body: &[u8]) -> Option<Vec<u8>> {
        // More than any serialiser makes of a byte.
        let limit = body.len().saturating_mul(8) + 1024;
        let text = std::str::from_utf8(without_bom(body)).ok()?;
        let document = json::parse(text).ok()?;
        runtimes::write(self.serialiser, document.root(), limit)
    }
}

/// Every serialiser that belongs to a program.
pub fn probes() -> &'static [Probe] {
    static PROBES: LazyLock<Vec<Probe>> = LazyLock::new(|| {
        runtimes::all()
            .iter()
            .filter(|serialiser| serialiser.stack != Stack::Any)
            .map(|serialiser| Probe {
                code: serialiser.codes.join(" + "),
                name: serialiser.formula("body"),
                serialiser,
            })
            .collect()
    });
    &PROBES
}

/// A body on which the serialisers disagree: the sample's with one more member. `None` when the sample is
/// not an object with a member.
pub fn telling(sample: &[u8]) -> Option<Vec<u8>> {
    let inner = sample.trim_ascii().strip_suffix(b"}")?;
    let is_object = inner.first() == Some(&b'{') && inner.trim_ascii() != b"{";
    is_object.then(|| [inner, TELLING, b"}"].concat())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_telling_body_tells_the_stacks_apart() {
        let body = telling(br#"{"a":{"b":1}}"#).unwrap();
        let mut made: HashMap<Vec<u8>, Stack> = HashMap::new();
        for probe in probes() {
            let Some(bytes) = probe.sign_over(&body) else {
                continue;
            };
            assert_ne!(bytes, body, "{}", probe.name);
            // In Python both may write the same, and the mistake is the same.
            let stack = match probe.serialiser.stack {
                Stack::Orjson => Stack::Python,
                stack => stack,
            };
            let first = *made.entry(bytes).or_insert(stack);
            assert_eq!(first, stack, "{}", probe.name);
        }
        assert!(made.len() > 20, "{}", made.len());
        assert_eq!(telling(b"{}"), None);
        assert_eq!(telling(b"[1]"), None);
    }
}
