//! Deliveries that claim something: that they are trusted, which key they are signed with, and with which algorithm.
//! Several names are tried in one request, and one by one when that is accepted.

use bytes::Bytes;

use super::super::case::Forgery;
use super::super::request_builder::{Request, RequestBuilder};
use super::super::sample_body::with_field;
use super::keys::{UNSET, keyed};
use super::places::with_query;
use super::{Candidate, texts};

/// Headers by which requests claim to come from inside, or to need no check; each with every value.
const FLAGS: [&str; 34] = [
    "x-internal",
    "x-internal-request",
    "x-internal-token",
    "x-trusted",
    "x-admin",
    "x-debug",
    "x-debug-mode",
    "x-test",
    "x-test-mode",
    "x-dev",
    "x-development",
    "x-local",
    "x-sandbox",
    "x-dry-run",
    "x-preview",
    "x-staging",
    "x-skip-verification",
    "x-skip-signature",
    "x-skip-auth",
    "x-no-verify",
    "x-bypass",
    "x-verified",
    "x-signature-verified",
    "x-signature-valid",
    "x-authenticated",
    "x-health-check",
    "x-healthcheck",
    "x-monitoring",
    "x-cron",
    "x-vercel-cron",
    "x-appengine-cron",
    "x-replay",
    "x-client-verified",
    "x-requested-with",
];
const YES: [&str; 2] = ["true", "1"];

/// Headers in which proxies put the address of the client; each with every address of a private network.
const CLIENTS: [&str; 15] = [
    "x-forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "client-ip",
    "x-cluster-client-ip",
    "x-originating-ip",
    "x-remote-ip",
    "x-remote-addr",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
    "fly-client-ip",
    "x-azure-clientip",
    "x-envoy-external-address",
    "x-vercel-forwarded-for",
];
const ADDRESSES: [&str; 4] = ["127.0.0.1", "10.0.0.1", "192.168.0.1", "::1"];

/// Headers and parameters that name an environment; each with every name of one without checks.
const STAGES: [&str; 10] = [
    "x-environment",
    "x-env",
    "x-app-env",
    "x-node-env",
    "node-env",
    "x-rails-env",
    "x-spring-profile",
    "x-stage",
    "x-mode",
    "x-user",
];
const STAGE_PARAMETERS: [&str; 5] = ["env", "environment", "mode", "stage", "profile"];
const ENVIRONMENTS: [&str; 3] = ["test", "development", "dev"];

/// Other headers that a handler may trust, with their values.
const CLAIMS: [(&str, &str); 15] = [
    ("forwarded", "for=127.0.0.1;host=localhost;proto=https"),
    ("x-forwarded-host", "localhost"),
    ("x-forwarded-server", "localhost"),
    ("x-forwarded-proto", "http"),
    ("x-host", "localhost"),
    ("origin", "http://localhost"),
    ("referer", "http://localhost/"),
    ("x-api-key", "test"),
    ("x-user", "admin"),
    ("x-ssl-client-verify", "SUCCESS"),
    ("x-client-verify", "SUCCESS"),
    ("ssl-client-verify", "SUCCESS"),
    ("x-amzn-mtls-clientcert-subject", "CN=internal"),
    ("via", "1.1 localhost"),
    // Some readers take the first cookie of a name, others the last.
    (
        "cookie",
        "admin=true; debug=true; internal=true; bypass=true; test=true; dev=true; session=1; auth=1; token=1; \
         XDEBUG_SESSION=1; admin=1; debug=1; internal=1; bypass=1; test=1; dev=1",
    ),
];

/// Headers that servers themselves respond to: each is sent alone.
const ALONE: [(&str, &str); 4] = [
    ("authorization", "Bearer undefined"),
    ("authorization", "Basic YWRtaW46YWRtaW4="),
    ("host", "localhost"),
    // A framework may take it for a GET, which it does not verify.
    ("x-http-method-override", "GET"),
];

/// Parameters by which requests claim to be a test, or to be verified; each with every value.
const ASKING: [&str; 18] = [
    "debug",
    "test",
    "dev",
    "internal",
    "admin",
    "bypass",
    "skip",
    "force",
    "skip_verification",
    "skip_verify",
    "skip_signature",
    "skip_auth",
    "no_verify",
    "verified",
    "sandbox",
    "preview",
    "dry_run",
    "unsafe",
];
const REFUSING: [&str; 4] = ["verify", "verify_signature", "check", "validate"];

/// Fields by which an event claims to be a test.
const FIELDS: [(&str, &str); 14] = [
    ("test", "true"),
    ("is_test", "true"),
    ("isTest", "true"),
    ("test_mode", "true"),
    ("testMode", "true"),
    ("debug", "true"),
    ("dry_run", "true"),
    ("dryRun", "true"),
    ("sandbox", "true"),
    ("internal", "true"),
    ("skip_verification", "true"),
    ("skipVerification", "true"),
    ("mode", "\"test\""),
    ("env", "\"test\""),
];

/// The key of deliveries that bring their key along.
const KEY: &str = "cz-hook-key";
/// Names by which a request may bring a key along.
const KEY_HEADERS: [&str; 12] = [
    "x-secret",
    "x-key",
    "x-webhook-secret",
    "x-webhook-key",
    "x-signing-secret",
    "x-signing-key",
    "x-signature-key",
    "x-hmac-key",
    "x-api-secret",
    "x-api-key",
    "x-shared-secret",
    "webhook-secret",
];
const KEY_NAMES: [&str; 10] = [
    "secret",
    "key",
    "token",
    "signing_secret",
    "signingSecret",
    "webhook_secret",
    "webhookSecret",
    "hmac_key",
    "shared_secret",
    "api_key",
];
/// Names by which a request may choose a key, and a name that none has.
const ID_HEADERS: [&str; 20] = [
    "x-key-id",
    "x-kid",
    "x-signature-key-id",
    "x-key-version",
    "x-tenant",
    "x-tenant-id",
    "x-account",
    "x-account-id",
    "x-customer-id",
    "x-org-id",
    "x-organization-id",
    "x-client-id",
    "x-app-id",
    "x-project-id",
    "x-user-id",
    "x-merchant-id",
    "x-workspace-id",
    "x-endpoint-id",
    "x-source",
    "x-provider",
];
const ID_NAMES: [&str; 16] = [
    "key_id",
    "kid",
    "tenant",
    "tenant_id",
    "account",
    "account_id",
    "customer",
    "org",
    "client",
    "client_id",
    "app",
    "app_id",
    "project",
    "user_id",
    "source",
    "provider",
];
const UNKNOWN: &str = "cz-hook-unknown";
/// How many of the texts of unset values are tried as the key of that name.
const UNSET_KEYS: usize = 5;

/// Names by which a request may choose an algorithm.
const ALGORITHM_HEADERS: [&str; 12] = [
    "x-signature-algorithm",
    "x-signature-alg",
    "x-signature-method",
    "x-signature-type",
    "x-signature-version",
    "x-algorithm",
    "x-alg",
    "x-hash-algorithm",
    "x-hmac-algorithm",
    "x-digest-algorithm",
    "x-hub-signature-algorithm",
    "signature-algorithm",
];
const ALGORITHM_NAMES: [&str; 6] =
    ["alg", "algo", "algorithm", "hash", "signature_method", "signature_type"];

/// A name and a value.
type Pair = (&'static str, String);

/// Where a claim is.
#[derive(Clone, Copy)]
enum Place {
    Header,
    Parameter,
    /// A field of the body, with JSON as its value.
    Field,
}

/// Deliveries without a correct signature that claim to be trusted.
pub fn trust(builder: &RequestBuilder) -> Vec<Candidate> {
    let word = builder.provider().name.split('-').next().unwrap_or_default().to_owned();
    let vendor: Vec<Pair> = vec![
        ("origin", format!("https://{word}.com")),
        ("referer", format!("https://{word}.com/")),
        ("x-forwarded-host", format!("{word}.com")),
        ("from", format!("webhooks@{word}.com")),
    ];
    let known = |pairs: &[(&'static str, &str)]| -> Vec<Pair> {
        pairs.iter().map(|(name, value)| (*name, (*value).to_owned())).collect()
    };
    let mut all = Vec::new();
    for base in [Forgery::None, Forgery::Secret] {
        let mut add = |place: Place, pairs: Vec<Pair>| all.push(claiming(base, place, pairs));
        YES.into_iter().for_each(|yes| add(Place::Header, each(&FLAGS, yes)));
        ADDRESSES.into_iter().for_each(|address| add(Place::Header, each(&CLIENTS, address)));
        ENVIRONMENTS.into_iter().for_each(|name| add(Place::Header, each(&STAGES, name)));
        add(Place::Header, known(&CLAIMS));
        add(Place::Header, vendor.clone());
        ALONE.into_iter().for_each(|pair| add(Place::Header, known(&[pair])));
        // Each of these goes with one name of an environment.
        let values = [("true", "false"), ("1", "0"), ("yes", "no")].into_iter().zip(ENVIRONMENTS);
        for ((yes, no), name) in values {
            let pairs = [each(&ASKING, yes), each(&REFUSING, no), each(&STAGE_PARAMETERS, name)];
            add(Place::Parameter, pairs.concat());
        }
        add(Place::Parameter, each(&["_method"], "GET"));
        add(Place::Field, known(&FIELDS));
    }
    all
}

/// Deliveries that are signed with a key that they bring along, or with what programs have for the key of an unknown
/// name. The error says, in a clause, why there are none.
pub fn keys(builder: &RequestBuilder) -> Result<Vec<Candidate>, String> {
    // The error of a scheme that has no such key.
    signed_with(builder, Place::Header, &[], KEY)?;
    let field = format!("\"{KEY}\"");
    let mut all = vec![
        bringing(Place::Header, each(&KEY_HEADERS, KEY), KEY),
        bringing(Place::Parameter, each(&KEY_NAMES, KEY), KEY),
        bringing(Place::Field, each(&KEY_NAMES, &field), KEY),
    ];
    for key in UNSET.into_iter().take(UNSET_KEYS) {
        all.push(bringing(Place::Header, each(&ID_HEADERS, UNKNOWN), key));
        all.push(bringing(Place::Parameter, each(&ID_NAMES, UNKNOWN), key));
    }
    Ok(all)
}

/// Deliveries with a wrong signature that name an algorithm which needs no key, or no algorithm at all. The error says,
/// in a clause, why there are none.
pub fn algorithms(builder: &RequestBuilder) -> Result<Vec<Candidate>, String> {
    let (scheme, _) = builder.signing().ok_or("the provider does not sign")?;
    let own = scheme.algorithm.hash_name();
    let names = ["none".to_owned(), "none=".to_owned(), "none=0".to_owned(), format!("{own}=")];
    let mut all: Vec<_> = names.into_iter().map(|text| texts::written(text, true)).collect();
    all.push(claiming(Forgery::Secret, Place::Header, each(&ALGORITHM_HEADERS, "none")));
    all.push(claiming(Forgery::Secret, Place::Parameter, each(&ALGORITHM_NAMES, "none")));
    Ok(all)
}

fn each(names: &[&'static str], value: &str) -> Vec<Pair> {
    names.iter().map(|name| (*name, value.to_owned())).collect()
}

/// What is said of these claims.
fn named(place: Place, pairs: &[Pair]) -> String {
    match (pairs, place) {
        ([(name, value)], Place::Header) => format!("the header {name}: {value}"),
        ([(name, value)], Place::Parameter) => format!("the parameter {name}={value} of the URL"),
        ([(name, value)], Place::Field) => format!("the field \"{name}\": {value}"),
        (_, Place::Header) => "several headers that claim something".to_owned(),
        (_, Place::Parameter) => "several parameters of the URL that claim something".to_owned(),
        (_, Place::Field) => "several fields that claim something".to_owned(),
    }
}

/// A forgery with these claims, and each of them alone.
fn claiming(base: Forgery, place: Place, pairs: Vec<Pair>) -> Candidate {
    Candidate::several(&pairs, |pairs| {
        Candidate::new(named(place, &pairs), base, move |builder: &RequestBuilder| {
            let body = with_claims(place, &pairs, builder.sample_body(0))?;
            let request = builder.forged(base, body)?;
            Ok(claimed(builder, place, &pairs, request))
        })
    })
}

/// A delivery with these claims that is signed with another key, and each of them alone.
fn bringing(place: Place, pairs: Vec<Pair>, key: &'static str) -> Candidate {
    Candidate::several(&pairs, |pairs| {
        let what = format!("the key \"{key}\" and {}", named(place, &pairs));
        Candidate::new(what, Forgery::Secret, move |builder: &RequestBuilder| {
            signed_with(builder, place, &pairs, key)
        })
    })
}

fn signed_with(
    builder: &RequestBuilder,
    place: Place,
    pairs: &[Pair],
    key: &str,
) -> Result<Request, String> {
    let body = with_claims(place, pairs, builder.sample_body(0))?;
    let request = keyed(builder, body, key.as_bytes())?;
    Ok(claimed(builder, place, pairs, request))
}

/// The body with the claims that are fields.
fn with_claims(place: Place, pairs: &[Pair], body: Bytes) -> Result<Bytes, String> {
    if !matches!(place, Place::Field) {
        return Ok(body);
    }
    let mut text = String::from_utf8(body.into()).map_err(|why| why.to_string())?;
    for (name, value) in pairs {
        text = with_field(&text, name, value)?;
    }
    Ok(text.into())
}

/// The request with the other claims. What the provider itself sends stays.
fn claimed(
    builder: &RequestBuilder,
    place: Place,
    pairs: &[Pair],
    mut request: Request,
) -> Request {
    match place {
        Place::Header => {
            let own = builder.signing().and_then(|(scheme, _)| scheme.header());
            for (name, value) in pairs.iter().filter(|(name, _)| Some(*name) != own) {
                request.delivery.headers.set(name, value.as_str());
            }
            request
        }
        Place::Parameter => {
            let pairs = pairs.iter().map(|(name, value)| (*name, value.as_str()));
            with_query(builder, request, pairs)
        }
        Place::Field => request,
    }
}
