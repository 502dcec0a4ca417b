//! Diagnosis of signature mismatches: every cause is found and proven, causes combine, and what has no explanation gets
//! none.
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod body;
mod causes;
mod explain;
mod header;
mod no_explanation;
mod real_programs;
mod redact;
mod scheme;
mod secret;
mod serializers;
#[path = "../support/mod.rs"]
mod support;

use std::sync::OnceLock;

use bytes::Bytes;
use cz_hook::diagnose::{Diagnosis, DiagnosisInput, Effort};
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::provider::folder::Folder;
use cz_hook::webhook::signature::{Secret, SignatureContext};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::Sha256;

const SECRET: &str = "it's a secret";
const BODY: &str = r#"{"eventType":"lead.submit","agentId":"a\/1","payload":{"customerName":"Zo\u00eb <é>","n":1.0,"10":"x","2":[1, 2],"o":{}}}"#;

fn hmac<M: Mac + KeyInit>(key: impl AsRef<[u8]>, message: impl AsRef<[u8]>) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key.as_ref()).unwrap();
    mac.update(message.as_ref());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// The default provider's signature, of another key or message.
fn sha1(key: impl AsRef<[u8]>, message: impl AsRef<[u8]>) -> String {
    hex(hmac::<Hmac<Sha1>>(key, message))
}

struct Asked {
    provider: &'static str,
    secret: Vec<u8>,
    others: Vec<Secret>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    method: &'static str,
    target: &'static str,
    /// What the profile says besides secrets.
    context: SignatureContext,
    effort: Effort,
}

fn asked(body: impl AsRef<[u8]>, signature: impl Into<String>) -> Asked {
    Asked {
        provider: "chatzuri",
        secret: SECRET.into(),
        others: vec![],
        headers: vec![("x-chatzuri-signature".into(), signature.into())],
        body: body.as_ref().to_vec(),
        method: "POST",
        target: "/",
        context: SignatureContext::default(),
        effort: Effort::Brief,
    }
}

/// The catalog with the provider of docs/provider-toml.md, which signs a timestamp and a full stop before the body.
fn acme() -> &'static Catalog {
    static ACME: OnceLock<Catalog> = OnceLock::new();
    ACME.get_or_init(|| {
        let page = include_str!("../../docs/provider-toml.md");
        let (_, behind) = page.split_once("```toml\n").unwrap();
        let (toml, _) = behind.split_once("```").unwrap();
        let files = [
            ("provider.toml", toml),
            ("invoice.paid.json", r#"{"type":"invoice.paid","account":"a","data":{}}"#),
            ("message.sms.json", r#"{"type":"message","account":"a","data":{}}"#),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let name = "acme".to_owned();
        Catalog::with(vec![Folder { name, files: files.to_vec() }]).unwrap()
    })
}

/// A delivery of that provider's, with this timestamp, if any, signed over `message`.
fn of_acme(time: Option<&str>, key: &str, message: String) -> Asked {
    let signature = format!("v1={}", hex(hmac::<Hmac<Sha256>>(key, message)));
    let mut asked = asked(BODY, "").of("acme");
    asked.headers = vec![("x-acme-signature".into(), signature)];
    match time {
        Some(time) => asked.header("x-acme-timestamp", time),
        None => asked,
    }
}

impl Asked {
    fn of(mut self, provider: &'static str) -> Self {
        self.provider = provider;
        self
    }

    fn secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secret = secret.as_ref().to_vec();
        self
    }

    fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    /// The signature is in the header of this name.
    fn named(mut self, name: &str) -> Self {
        if let Some((own, _)) = self.headers.first_mut() {
            *own = name.into();
        }
        self
    }

    fn answer(&self) -> Diagnosis {
        let mut delivery = Delivery::post(self.target, Bytes::copy_from_slice(&self.body));
        delivery.method = self.method.into();
        for (name, value) in &self.headers {
            delivery.headers.push(name, value.as_bytes());
        }
        let catalog = match self.provider {
            "acme" => acme(),
            _ => Catalog::builtin(),
        };
        DiagnosisInput {
            delivery: &delivery,
            provider: catalog.provider(self.provider),
            catalog,
            secrets: &[Secret::new(self.secret.clone(), "--secret")],
            others: &self.others,
            context: &self.context,
            effort: self.effort,
        }
        .diagnose()
    }

    #[track_caller]
    fn gives(&self, codes: &[&str]) -> Diagnosis {
        let answer = self.answer();
        let proof = answer.proof.as_ref().unwrap_or_else(|| {
            panic!("nothing found for {codes:?}: {:?}", answer.hints);
        });
        let explanation = &proof.explanation;
        assert_eq!(explanation.codes(), codes, "{}", explanation.formula);
        assert!(!explanation.says().is_empty() && !explanation.fix().is_empty());
        answer
    }

    #[track_caller]
    fn gives_nothing(&self) {
        let answer = self.answer();
        assert!(answer.proof.is_none(), "{:?} {:?}", self.headers, answer.proof);
    }
}
