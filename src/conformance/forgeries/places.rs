//! The correct signature in places where the provider does not put it, and unsigned deliveries that claim to be
//! trusted. Several names are tried in one request, and one by one when that is accepted.

use super::super::case::Forgery;
use super::super::request_builder::{Request, RequestBuilder};
use super::Candidate;
use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::scheme::Scheme;

/// Names of headers that handlers read a signature from. Names with `_` are left out: some servers take them for the
/// same name with `-`.
const HEADERS: [&str; 21] = [
    "signature",
    "x-signature",
    "x-signature-256",
    "x-signature-sha256",
    "x-signature-v1",
    "x-webhook-signature",
    "x-webhook-signature-256",
    "webhook-signature",
    "x-webhook-hmac",
    "x-webhook-secret",
    "x-hmac",
    "x-hmac-signature",
    "x-hmac-sha1",
    "x-hmac-sha256",
    "x-payload-signature",
    "x-request-signature",
    "x-event-signature",
    "x-body-signature",
    "x-auth-signature",
    "x-sig",
    "x-token",
];

/// Names of parameters that handlers read a signature from.
const PARAMETERS: [&str; 10] =
    ["signature", "sig", "sign", "hmac", "hash", "digest", "token", "x-signature", "auth", "s"];

/// Headers by which requests claim to come from inside; each with both values.
const FLAGS: [&str; 22] = [
    "x-internal",
    "x-internal-request",
    "x-internal-token",
    "x-trusted",
    "x-admin",
    "x-debug",
    "x-test",
    "x-test-mode",
    "x-dev",
    "x-development",
    "x-local",
    "x-skip-verification",
    "x-skip-signature",
    "x-skip-auth",
    "x-bypass",
    "x-verified",
    "x-signature-verified",
    "x-signature-valid",
    "x-health-check",
    "x-healthcheck",
    "x-monitoring",
    "x-requested-with",
];

/// Headers in which proxies put the address of the client.
const ADDRESSES: [&str; 10] = [
    "x-forwarded-for",
    "x-real-ip",
    "x-client-ip",
    "x-cluster-client-ip",
    "x-originating-ip",
    "x-remote-ip",
    "x-remote-addr",
    "true-client-ip",
    "cf-connecting-ip",
    "fastly-client-ip",
];

/// Other headers that a handler may trust, with their values.
const CLAIMS: [(&str, &str); 12] = [
    ("forwarded", "for=127.0.0.1;host=localhost;proto=https"),
    ("x-forwarded-host", "localhost"),
    ("x-forwarded-server", "localhost"),
    ("x-host", "localhost"),
    ("origin", "http://localhost"),
    ("referer", "http://localhost/"),
    ("x-api-key", "test"),
    ("x-user", "admin"),
    ("x-environment", "development"),
    ("x-env", "test"),
    ("via", "1.1 localhost"),
    ("cookie", "admin=true; debug=1; internal=1; session=1; auth=1; token=1"),
];

/// Headers that servers themselves respond to: each is sent alone.
const ALONE: [(&str, &str); 4] = [
    ("authorization", "Bearer undefined"),
    ("authorization", "Basic YWRtaW46YWRtaW4="),
    ("host", "localhost"),
    // A framework may take it for a GET, which it does not verify.
    ("x-http-method-override", "GET"),
];

/// Parameters by which requests claim to be a test, or to be verified.
const CLAIMING_PARAMETERS: [(&str, &str); 12] = [
    ("debug", "1"),
    ("test", "1"),
    ("dev", "1"),
    ("internal", "1"),
    ("admin", "1"),
    ("bypass", "1"),
    ("skip", "1"),
    ("skip_verification", "1"),
    ("skip_signature", "true"),
    ("verify", "false"),
    ("verified", "true"),
    ("env", "test"),
];

/// The correct signature in other headers.
pub fn other_headers(builder: &RequestBuilder) -> Result<Vec<Candidate>, String> {
    let (scheme, _) = builder.signing().ok_or("the provider does not sign")?;
    let own = scheme.header().ok_or("the signature is in the body")?.to_owned();
    let stem = own.strip_prefix("x-").unwrap_or(&own).to_owned();
    let variants = [
        stem.clone(),
        format!("x-{stem}"),
        format!("{own}-256"),
        format!("{own}-sha256"),
        format!("x-original-{stem}"),
        format!("x-forwarded-{stem}"),
    ];
    // An endpoint may receive deliveries of several providers, some of which sign in the same way.
    let schemes = Catalog::builtin().providers().flat_map(|provider| &provider.signatures);
    let (alike, others): (Vec<_>, Vec<_>) = schemes.partition(|other: &&Scheme| {
        other.algorithm == scheme.algorithm
            && other.format == scheme.format
            && other.signs == scheme.signs
    });
    // Several schemes of a provider may have headers of their own.
    let own_schemes = builder.provider().signatures.iter();
    let taken: Vec<&str> = own_schemes
        .flat_map(|scheme| scheme.header().into_iter().chain(scheme.headers_beside()))
        .chain(alike.into_iter().filter_map(Scheme::header))
        .collect();
    // `authorization` is tried alone: servers themselves respond to it.
    let is_free = |name: &String| {
        !taken.contains(&name.as_str()) && name != "authorization" && !name.contains('_')
    };
    let of_others = others.into_iter().filter_map(Scheme::header).map(str::to_owned);
    let names = HEADERS.map(str::to_owned).into_iter().chain(variants).chain(of_others);
    let mut names: Vec<String> = names.filter(is_free).collect();
    names.sort_unstable();
    names.dedup();
    let with = |names: Vec<String>| {
        let what = match &names[..] {
            [only] => format!("the signature in the header {only}"),
            _ => "the signature in other headers".to_owned(),
        };
        Candidate::new(what, Forgery::None, move |builder| {
            let (mut request, value) = unsigned(builder)?;
            for name in &names {
                request.delivery.headers.set(name, value.as_str());
            }
            Ok(request)
        })
    };
    // Some servers read no more than a hundred headers.
    let group = |names: &[String]| {
        let singles = names.iter().map(|name| with(vec![name.clone()])).collect();
        Candidate { singles, ..with(names.to_vec()) }
    };
    let mut all: Vec<_> = names.chunks(40).map(group).collect();
    for (name, before) in [
        ("authorization", "Bearer "),
        ("authorization", "Signature "),
        ("authorization", "HMAC "),
        ("cookie", "signature="),
    ] {
        if name == own {
            continue;
        }
        let what = format!("the signature in the header {name}, as {before}");
        all.push(Candidate::new(what.trim_end(), Forgery::None, move |builder| {
            let (mut request, value) = unsigned(builder)?;
            request.delivery.headers.set(name, format!("{before}{value}"));
            Ok(request)
        }));
    }
    Ok(all)
}

/// The correct signature in the query of the URL.
pub fn query(builder: &RequestBuilder) -> Result<Vec<Candidate>, String> {
    let (scheme, _) = builder.signing().ok_or("the provider does not sign")?;
    let own = scheme.header().ok_or("the signature is in the body")?.to_owned();
    let with = |names: Vec<String>| {
        let what = match &names[..] {
            [only] => format!("the signature in the parameter {only} of the URL"),
            _ => "the signature in the query of the URL".to_owned(),
        };
        Candidate::new(what, Forgery::None, move |builder| {
            let (request, value) = unsigned(builder)?;
            let pairs = names.iter().map(|name| (name.as_str(), value.as_str()));
            Ok(with_query(builder, request, pairs))
        })
    };
    let names = PARAMETERS.map(str::to_owned).to_vec();
    let singles = names.iter().map(|name| with(vec![name.clone()])).collect();
    Ok(vec![with(vec![own]), Candidate { singles, ..with(names) }])
}

/// Deliveries without a correct signature that claim to be trusted.
pub fn claimed_trust() -> Vec<Candidate> {
    let pairs = |names: &[&'static str], value: &'static str| -> Vec<_> {
        names.iter().map(|name| (*name, value)).collect()
    };
    let groups = [
        pairs(&FLAGS, "true"),
        pairs(&FLAGS, "1"),
        pairs(&ADDRESSES, "127.0.0.1"),
        pairs(&ADDRESSES, "10.0.0.1"),
        CLAIMS.to_vec(),
    ];
    let mut all = Vec::new();
    for base in [Forgery::None, Forgery::Secret] {
        for group in &groups {
            let singles = group.iter().map(|pair| claiming(base, vec![*pair])).collect();
            all.push(Candidate { singles, ..claiming(base, group.clone()) });
        }
        all.extend(ALONE.map(|pair| claiming(base, vec![pair])));
        let singles = CLAIMING_PARAMETERS.map(|pair| asking(base, vec![pair])).into();
        all.push(Candidate { singles, ..asking(base, CLAIMING_PARAMETERS.to_vec()) });
    }
    all
}

fn claiming(base: Forgery, pairs: Vec<(&'static str, &'static str)>) -> Candidate {
    let what = match &pairs[..] {
        [(name, value)] => format!("the header {name}: {value}"),
        _ => "headers that claim trust".to_owned(),
    };
    Candidate::new(what, base, move |builder| {
        let mut request = builder.forged(base, builder.sample_body(0))?;
        let own = builder.signing().and_then(|(scheme, _)| scheme.header());
        for (name, value) in pairs.iter().filter(|(name, _)| Some(*name) != own) {
            request.delivery.headers.set(name, *value);
        }
        Ok(request)
    })
}

fn asking(base: Forgery, pairs: Vec<(&'static str, &'static str)>) -> Candidate {
    let what = match &pairs[..] {
        [(name, value)] => format!("the parameter {name}={value} of the URL"),
        _ => "parameters of the URL that claim trust".to_owned(),
    };
    Candidate::new(what, base, move |builder| {
        let request = builder.forged(base, builder.sample_body(0))?;
        Ok(with_query(builder, request, pairs.iter().copied()))
    })
}

/// A delivery without its signature, and the signature.
fn unsigned(builder: &RequestBuilder) -> Result<(Request, String), String> {
    let signing = builder.sign(builder.sample_body(0))?;
    let body = signing.request().body.clone();
    let right = signing.signature().map_err(|why| why.to_string())?;
    let request = builder.placed(&signing, body, &[] as &[&str])?;
    Ok((request, signing.write(&right)))
}

fn with_query<'q>(
    builder: &RequestBuilder,
    request: Request,
    pairs: impl Iterator<Item = (&'q str, &'q str)>,
) -> Request {
    let mut delivery = request.delivery;
    for (name, value) in pairs {
        let separator = if delivery.target.contains('?') { '&' } else { '?' };
        let value: String = url::form_urlencoded::byte_serialize(value.as_bytes()).collect();
        delivery.target.push_str(&format!("{separator}{name}={value}"));
    }
    builder.request_of(delivery)
}
