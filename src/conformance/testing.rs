//! What the unit tests of this folder share: a builder for every provider, and the verdict on what it builds.

use jiff::Timestamp;

use super::request_builder::{Request, RequestBuilder};
use crate::http::Endpoint;
use crate::webhook::provider::Provider;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, Scheme};
use crate::webhook::signature::verify::{Verdict, check};
use crate::webhook::signature::{Secret, SignatureContext};

/// The requests of a provider, and its verifier.
pub struct Judge<'c> {
    pub provider: &'c Provider,
    pub builder: RequestBuilder,
    secret: Secret,
}

impl Judge<'_> {
    /// Whether the verifier of this tool accepts a request.
    pub fn accepts(&self, request: &Request) -> bool {
        let schemes = &self.provider.signatures;
        let secrets = std::slice::from_ref(&self.secret);
        let context = self.builder.context();
        let report = check(schemes, &request.delivery, secrets, context, Timestamp::now());
        report.verdict == Verdict::Valid
    }
}

/// Every provider that signs.
pub fn judges(catalog: &Catalog) -> impl Iterator<Item = Judge<'_>> {
    catalog.providers().filter_map(|provider| {
        let scheme = provider.scheme()?;
        let secret = Secret::new(key(scheme).to_vec(), "a test");
        let mut context = SignatureContext {
            public_url: Some("https://example.com/webhook".to_owned()),
            ..SignatureContext::default()
        };
        context.settings.insert("webhook_id".to_owned(), "1JE4291016473214C".to_owned());
        let endpoint = Endpoint::parse("http://localhost/webhook").unwrap();
        let builder = RequestBuilder::new(
            catalog,
            provider,
            Some(scheme),
            Some(secret.clone()),
            context,
            endpoint,
        );
        Some(Judge { provider, builder: builder.unwrap(), secret })
    })
}

fn key(scheme: &Scheme) -> &'static [u8] {
    match (scheme.algorithm, scheme.key.form) {
        (Algorithm::RsaSha256, _) => include_bytes!("../../tests/vectors/keys/rsa.private.pem"),
        (Algorithm::EcdsaP256Sha256, _) => {
            include_bytes!("../../tests/vectors/keys/p256.private.pem")
        }
        // The prefix says that it is a private key.
        (Algorithm::Ed25519, _) => {
            b"whsk_9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60"
        }
        (_, KeyForm::Hex) => b"44782def547aaa06c910c43932b1eb0c71fc68d9d0c057550c48ec2acf6ba056",
        (_, KeyForm::Raw) => b"test_Secret of 24 bytes!",
        _ => b"c2VjcmV0IHNlY3JldCBzZWNyZXQ=",
    }
}
