//! The self-test: the signatures that vendors and other software publish are signed, verified and explained.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde::Deserialize;

use crate::diagnose::{DiagnosisInput, Effort};
use crate::webhook::analysis::Analyzer;
use crate::webhook::delivery::Delivery;
use crate::webhook::packed::unpack;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::sign::signature;
use crate::webhook::signature::{Secret, SignatureContext};

/// The files of `tests/vectors`: signatures of single bodies with the causes of those that are wrong, and the requests that
/// vendors publish.
const VECTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/vectors.packed"));

/// How many vectors passed.
#[derive(Debug, Default)]
pub struct Passed {
    pub signed: usize,
    pub verified: usize,
    pub explained: usize,
    pub duration: Duration,
}

/// A request with its signature, and the verdict on it.
#[derive(Deserialize)]
struct Vector {
    provider: String,
    secret: String,
    verdict: String,
    /// The signature alone, for the header of the provider.
    signature: Option<String>,
    /// The cause that a diagnosis finds.
    cause: Option<String>,
    method: Option<String>,
    url: Option<String>,
    #[serde(default)]
    headers: Vec<(String, String)>,
    body: Option<String>,
    body_base64: Option<String>,
    #[serde(default)]
    settings: BTreeMap<String, String>,
    at: Option<String>,
}

/// Runs it.
///
/// # Errors
/// The first vector that fails, in a sentence.
pub fn run() -> Result<Passed, String> {
    let started = Instant::now();
    let mut passed = Passed::default();
    for (name, text) in unpack(VECTORS) {
        let vectors: Vec<Vector> =
            serde_json::from_slice(&text).map_err(|why| format!("{name} is damaged: {why}"))?;
        for vector in &vectors {
            vector.check(&mut passed)?;
        }
    }
    if passed.verified == 0 {
        return Err("the vectors are missing".to_owned());
    }
    passed.duration = started.elapsed();
    Ok(passed)
}

impl Vector {
    fn check(&self, passed: &mut Passed) -> Result<(), String> {
        let catalog = Catalog::builtin();
        let name = &self.provider;
        let provider =
            catalog.provider(name).ok_or_else(|| format!("the provider {name} is missing"))?;
        let delivery = self.delivery(provider)?;
        let secret = Secret::new(self.secret.clone().into_bytes(), "a vector");
        let context = SignatureContext {
            public_url: self.url.clone(),
            settings: self.settings.clone(),
            ..SignatureContext::default()
        };
        let analyzer = Analyzer {
            catalog,
            provider: Some(provider),
            secrets: vec![secret.clone()],
            allow_unsigned: false,
            context: context.clone(),
        };
        let now = match &self.at {
            Some(text) => text.parse().map_err(|why: jiff::Error| why.to_string())?,
            None => Timestamp::now(),
        };
        let verdict = analyzer.identify(&delivery, now).signature.verdict;
        if verdict.word() != self.verdict {
            let word = verdict.word();
            return Err(format!("a signature of {name} is {word} instead of {}", self.verdict));
        }
        passed.verified += 1;
        if let (Some(expected), "valid") = (&self.signature, self.verdict.as_str()) {
            let scheme = provider.scheme().ok_or_else(|| format!("{name} does not sign"))?;
            let signed = signature(scheme, &secret, &delivery.headers, &delivery.body);
            if signed.as_ref() != Ok(expected) {
                return Err(format!("a body is not signed as {name} signs it"));
            }
            passed.signed += 1;
        }
        if let Some(cause) = &self.cause {
            let input = DiagnosisInput {
                delivery: &delivery,
                provider: Some(provider),
                catalog,
                secrets: &[secret],
                others: &[],
                context: &context,
                effort: Effort::Brief,
            };
            let proof = input.diagnose().proof;
            let codes = proof.map(|proof| proof.explanation.codes().join(" + "));
            if codes.as_ref() != Some(cause) {
                let found = codes.as_deref().unwrap_or("nothing");
                return Err(format!("a diagnosis finds {found} instead of {cause}"));
            }
            passed.explained += 1;
        }
        Ok(())
    }

    fn delivery(&self, provider: &Provider) -> Result<Delivery, String> {
        let body = match (&self.body_base64, &self.body) {
            (Some(text), _) => STANDARD.decode(text).map_err(|why| why.to_string())?,
            (_, Some(text)) => text.clone().into_bytes(),
            _ => Vec::new(),
        };
        let url = self.url.as_deref().unwrap_or("https://example.com/");
        let target = url.splitn(4, '/').nth(3).unwrap_or_default();
        let mut delivery = Delivery::post(&format!("/{target}"), Bytes::from(body));
        if let Some(method) = &self.method {
            delivery.method.clone_from(method);
        }
        for (name, value) in &self.headers {
            delivery.headers.push(name.as_str(), value.as_str());
        }
        if let (Some(signature), Some(scheme)) = (&self.signature, provider.scheme()) {
            let header = scheme.header().unwrap_or_default();
            delivery.headers.push(header, signature.as_str());
        }
        Ok(delivery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNATURES: &str = include_str!("../../../tests/vectors/signatures.json");

    #[test]
    fn a_vector_that_differs_fails() {
        let text = SIGNATURES.replace("\"test_secret\"", "\"another\"");
        let vectors: Vec<Vector> = serde_json::from_str(&text).unwrap();
        let mut passed = Passed::default();
        let failed = vectors.iter().filter(|vector| vector.check(&mut passed).is_err()).count();
        assert!(failed > 3, "{failed}");
        let mut all: Vec<Vector> = serde_json::from_str(SIGNATURES).unwrap();
        for vector in all.iter_mut().filter(|vector| vector.cause.is_some()) {
            vector.cause = Some("body.other".to_owned());
            assert!(vector.check(&mut passed).unwrap_err().contains("body.other"));
        }
    }
}
