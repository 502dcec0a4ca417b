//! The search for the hashed bytes: it ends, proves what can be proven, and proves nothing else.

use bytes::Bytes;
use cz_hook::diagnose::{Diagnosis, DiagnosisInput, Effort};
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::provider::Provider;
use cz_hook::webhook::provider::catalog::Catalog;
use cz_hook::webhook::signature::Secret;
use cz_hook::webhook::signature::scheme::{Algorithm, Scheme};
use cz_hook::webhook::signature::signature;

/// Larger bodies only make the search slower.
const LARGEST: usize = 4 << 10;

pub fn diagnose(data: &[u8]) {
    let [value, key, body] = super::pieces(data);
    if body.len() > LARGEST {
        return;
    }
    let secret = Secret::new(key.to_vec(), "the fuzzer");
    let providers = Catalog::builtin().providers();
    let signing = providers.filter_map(|p| Some((p, p.scheme()?)));
    let is_hmac = |scheme: &Scheme| Algorithm::HMACS.contains(&scheme.algorithm);
    let signing: Vec<_> =
        signing.filter(|(_, scheme)| is_hmac(scheme) && scheme.header().is_some()).collect();
    // Only one per input, because a search over many variants takes a while.
    let (provider, scheme) = signing[body.len() % signing.len()];
    let mut delivery = Delivery::post("/", Bytes::copy_from_slice(body));

    let Some(header) = scheme.header() else { return };
    delivery.headers.push(header, value);
    for said in words(&ask(&delivery, provider, &secret)) {
        super::assert_harmless(&said, false);
    }

    // No secret produces this signature for any reading of the body.
    let nothing = scheme.write(&vec![0; *scheme.algorithm.lengths().start()]);
    delivery.headers.set(header, nothing);
    let diagnosis = ask(&delivery, provider, &secret);
    assert!(diagnosis.proof.is_none(), "{:?}", words(&diagnosis));
    assert!(!diagnosis.hints.is_empty());

    // The same signature with another algorithm is proven for every body.
    for algorithm in Algorithm::HMACS {
        let other = Scheme { algorithm, ..scheme.clone() };
        if algorithm == scheme.algorithm {
            continue;
        }
        let Ok(value) = signature(&other, &secret, &delivery.headers, body) else {
            continue;
        };
        delivery.headers.set(header, value);
        let diagnosis = ask(&delivery, provider, &secret);
        let proof = diagnosis.proof.as_ref().expect("a proof");
        assert!(!proof.explanation.causes.is_empty());
    }
}

fn ask(delivery: &Delivery, provider: &Provider, secret: &Secret) -> Diagnosis {
    DiagnosisInput {
        delivery,
        provider: Some(provider),
        catalog: Catalog::builtin(),
        secrets: std::slice::from_ref(secret),
        others: &[],
        context: &Default::default(),
        effort: Effort::Brief,
    }
    .diagnose()
}

fn words(diagnosis: &Diagnosis) -> Vec<String> {
    let mut words = diagnosis.hints.clone();
    if let Some(proof) = &diagnosis.proof {
        for explanation in std::iter::once(&proof.explanation).chain(&proof.same) {
            words.push(explanation.says());
            words.push(explanation.fix());
            words.push(explanation.formula.clone());
        }
    }
    words
}
