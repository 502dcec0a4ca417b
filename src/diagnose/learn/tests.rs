//! Every known provider's scheme is learned from two deliveries whose headers have other names, and verifies a third.

use bytes::Bytes;
use jiff::Timestamp;

use super::*;
use crate::webhook::payload::set::Assignment;
use crate::webhook::provider::outgoing::add_headers;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::mac::Algorithm;
use crate::webhook::signature::sign::{Stamp, sign};
use crate::webhook::signature::verify::{Verdict, check};

const RSA: [&str; 2] = [
    include_str!("../../../tests/vectors/keys/rsa.private.pem"),
    include_str!("../../../tests/vectors/keys/rsa.public.pem"),
];
const P256: [&str; 2] = [
    include_str!("../../../tests/vectors/keys/p256.private.pem"),
    include_str!("../../../tests/vectors/keys/p256.public.pem"),
];
/// The first vector of RFC 8032: seed and public key.
const ED25519: [&str; 2] = [
    "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60",
    "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a",
];

/// What signs and what verifies under a scheme.
fn secrets(scheme: &Scheme) -> [Secret; 2] {
    let texts = match (scheme.algorithm, scheme.key.form) {
        (Algorithm::Ed25519, _) => ED25519.map(str::to_owned),
        (Algorithm::EcdsaP256Sha256, KeyForm::Pem) => P256.map(str::to_owned),
        (Algorithm::EcdsaP256Sha256, _) => {
            let public = P256[1].lines().filter(|line| !line.starts_with('-')).collect();
            [P256[0].to_owned(), public]
        }
        (Algorithm::RsaSha256, _) => RSA.map(str::to_owned),
        (_, KeyForm::Hex) => [0, 1].map(|_| "00112233445566778899aabbccddeeff".repeat(2)),
        (_, KeyForm::Base64) => {
            let key = data_encoding::BASE64.encode(b"the key of the provider's MAC...");
            [0, 1].map(|_| format!("{}{key}", scheme.key.prefix))
        }
        (Algorithm::Token, _) => [0, 1].map(|_| "user:pass-4711-word".to_owned()),
        _ => [0, 1].map(|_| "a secret of the provider".to_owned()),
    };
    texts.map(|text| Secret::new(text.into_bytes(), "--secret"))
}

fn context() -> SignatureContext {
    SignatureContext {
        public_url: Some("https://example.com/hooks/acme?tenant=7".to_owned()),
        settings: [("webhook_id".to_owned(), "8PT597110X687430L".to_owned())].into(),
        ..SignatureContext::default()
    }
}

/// A body that differs from the sample, also in the fields that are signed.
fn body(sample: &[u8], scheme: &Scheme, is_form: bool, number: i64) -> Bytes {
    let text = String::from_utf8(sample.to_vec()).unwrap();
    if is_form {
        return format!("{text}&Number={number}").into();
    }
    let at = text.find('{').unwrap() + 1;
    let mut text = format!("{}\"number\":{number},{}", &text[..at], &text[at..]);
    for part in &scheme.signs {
        let Part::Field(pointer) = part else { continue };
        let old = {
            let document = parse_body(text.as_bytes()).unwrap();
            let node = document.root().at_pointer(pointer);
            node.and_then(|node| node.text()).map(|text| text.into_owned())
        };
        if let Some(old) = old {
            let new = format!("{old}{number}");
            Assignment::at_pointer(pointer, &new, true).apply(&mut text, true).unwrap();
        }
    }
    text.into()
}

/// The name of a header of an unknown provider that has the role of this one.
fn renamed(name: &str, scheme: &Scheme) -> String {
    match scheme.header() == Some(name) {
        true => "x-acme-signature".to_owned(),
        false => format!("x-acme-{}", name.rsplit('-').next().unwrap()),
    }
}

/// A delivery of a provider under one of its schemes, with other headers' names.
fn delivery(catalog: &Catalog, provider: &Provider, scheme: &Scheme, number: i64) -> Delivery {
    let samples = catalog.samples(provider);
    let index = usize::try_from(number).unwrap() % samples.len();
    let sample = samples[index];
    let body = body(sample.body, scheme, provider.envelope.form, number);
    let mut delivery = Delivery::post("/hooks/acme?tenant=7", body);
    for (name, value) in [("host", "example.com"), ("user-agent", "acme/1"), ("accept", "*/*")] {
        delivery.headers.push(name, value);
    }
    if !provider.envelope.form {
        delivery.headers.push("content-type", "application/json");
    }
    let stamp = Stamp {
        at: Timestamp::from_second(1_769_860_800 + number * 1009).unwrap(),
        id: None,
        uuid: format!("7b0e4a4e-9a3c-4d2b-8a52-0d7c5f1f6a1{number}"),
        renew: true,
    };
    let mut headers = delivery.headers.clone();
    let document = parse_body(&delivery.body).ok();
    let content = Content::new(&delivery, &delivery.body, document.as_ref());
    add_headers(provider, Some(&sample.event.name), &content, &stamp, &mut headers);
    delivery.headers = headers;
    let [private, _] = secrets(scheme);
    let signed = sign(scheme, &private, &delivery, &context(), &stamp).unwrap();
    delivery.body = signed.body;
    for (name, value) in signed.headers {
        delivery.headers.set(&name, value);
    }
    let own: Vec<_> = scheme.header().into_iter().chain(scheme.headers_beside()).collect();
    let all = delivery.headers.iter().map(|(name, value)| {
        let name = match own.contains(&name)
            || name.starts_with("x-")
            || provider.headers.contains_key(name)
        {
            true => renamed(name, scheme),
            false => name.to_owned(),
        };
        (name, value.to_vec())
    });
    delivery.headers = all.collect();
    delivery
}

/// Learns a scheme from two deliveries, with these providers as hypotheses; `Err` says why that failed.
fn learned(known: &Catalog, provider: &Provider, scheme: &Scheme) -> Result<Learned, String> {
    let catalog = Catalog::builtin();
    let [first, second, third] =
        [0, 1, 2].map(|number| delivery(catalog, provider, scheme, number));
    let [_, secret] = secrets(scheme);
    let context = context();
    let deliveries = [&first, &second];
    let input = LearnInput {
        key: &[7; 32],
        deliveries: &deliveries,
        secret: Some(&secret),
        context: &context,
        catalog: known,
        name: Some("acme"),
    };
    let result = input.learn().map_err(|why| why.to_string())?;
    let learned = result.learned.ok_or_else(|| format!("not found: {:?}", result.hints))?;
    let folder = Folder { name: learned.name.clone(), files: learned.files.clone() };
    let (read, ..) = folder.read().map_err(|why| why.to_string())?;
    let verdict = |delivery: &Delivery| {
        let secrets = std::slice::from_ref(&secret);
        check(&read.signatures, delivery, secrets, &context, Timestamp::UNIX_EPOCH).verdict
    };
    for delivery in [&first, &second, &third] {
        if verdict(delivery) != Verdict::Valid {
            let text = String::from_utf8_lossy(&learned.files[0].1).into_owned();
            return Err(format!("{:?} under {text}", verdict(delivery)));
        }
    }
    let mut other = third.clone();
    other.body = [&other.body[..], b" "].concat().into();
    if scheme.signs.contains(&Part::Body) && verdict(&other) == Verdict::Valid {
        return Err("another body is valid too".to_owned());
    }
    for (name, bytes) in &learned.files {
        assert!(!reveals(bytes, secret.expose()), "{name} of {} shows the secret", provider.name);
    }
    Ok(learned)
}

/// Learns the first scheme of every `step`th provider; the number of successes, and what failed.
fn learn_all(known: &Catalog, step: usize) -> (usize, Vec<String>) {
    let mut failures = Vec::new();
    let mut count = 0;
    for provider in Catalog::builtin().providers().step_by(step) {
        let Some(scheme) = provider.scheme() else { continue };
        match learned(known, provider, scheme) {
            Ok(learned) => {
                count += 1;
                let rule = |scheme: &Scheme| {
                    let rule = scheme.timestamp.as_ref()?;
                    Some((rule.unit, rule.place().contains("field")))
                };
                // A time in a body that is signed as a whole is the provider's choice.
                if rule(&learned.scheme).is_none()
                    && rule(scheme).is_some_and(|(_, in_body)| !in_body)
                {
                    failures.push(format!("{}: no time", provider.name));
                }
            }
            Err(why) => failures.push(format!("{}: {why}", provider.name)),
        }
    }
    (count, failures)
}

#[test]
fn the_schemes_of_known_providers_are_learned_under_other_names() {
    let (count, failures) = learn_all(Catalog::builtin(), 1);
    assert!(failures.len() <= 3 && count >= 58, "{count} learned, not: {failures:#?}");
}

#[test]
fn most_schemes_are_learned_when_no_provider_is_known() {
    let (count, failures) = learn_all(&Catalog::default(), 2);
    assert!(count >= 29, "{count} learned, not: {failures:#?}");
}

#[test]
fn nothing_is_learned_under_another_secret_or_of_one_changed_body() {
    let catalog = Catalog::builtin();
    for provider in catalog.providers().filter(|provider| provider.signs()).step_by(20) {
        let scheme = provider.scheme().unwrap();
        if scheme.algorithm == Algorithm::Token || !scheme.covers_body() {
            continue;
        }
        let [first, second] = [0, 1].map(|number| delivery(catalog, provider, scheme, number));
        let mut changed = second.clone();
        changed.body = [&changed.body[..], b"\n"].concat().into();
        let [_, right] = secrets(scheme);
        let other = [right.expose(), b"x"].concat();
        let other = Secret::new(other, "--secret");
        let context = context();
        for (deliveries, secret) in [([&first, &second], &other), ([&first, &changed], &right)] {
            let input = LearnInput {
                key: &[7; 32],
                deliveries: &deliveries,
                secret: Some(secret),
                context: &context,
                catalog,
                name: None,
            };
            let result = input.learn().unwrap();
            assert!(result.learned.is_none(), "{}", provider.name);
            assert!(!result.hints.is_empty() && !result.candidates.is_empty(), "{}", provider.name);
        }
    }
}
