//! The correct signature in places where the provider does not put it, a wrong one in the headers of other providers, and
//! deliveries at other spellings of the path. Several names are tried in one request, and one by one when that is
//! accepted.

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

/// A path that no endpoint has.
const NO_PATH: &str = "/cz-hook-no-such-path";

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
    let schemes = || Catalog::builtin().providers().flat_map(|provider| &provider.signatures);
    let (alike, others): (Vec<_>, Vec<_>) = schemes().partition(|other: &&Scheme| {
        other.algorithm == scheme.algorithm
            && other.format == scheme.format
            && other.signs == scheme.signs
    });
    // Several schemes of a provider may have headers of their own.
    let own_schemes = builder.provider().signatures.iter();
    let own_headers: Vec<&str> = own_schemes
        .flat_map(|scheme| scheme.header().into_iter().chain(scheme.headers_beside()))
        .collect();
    let alike: Vec<&str> = alike.into_iter().filter_map(Scheme::header).collect();
    // `authorization` is tried alone: servers themselves respond to it.
    let is_foreign =
        |name: &str| !own_headers.contains(&name) && name != "authorization" && !name.contains('_');
    let is_free = |name: &String| is_foreign(name) && !alike.contains(&name.as_str());
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
    let mut all: Vec<_> = names.chunks(40).map(|some| Candidate::several(some, with)).collect();
    // A handler may accept what it takes for a delivery of another provider.
    let foreign = schemes().filter_map(Scheme::header).filter(|name| is_foreign(name));
    let mut foreign: Vec<String> = foreign.map(str::to_owned).collect();
    foreign.sort_unstable();
    foreign.dedup();
    let wrong = |names: Vec<String>| {
        let what = match &names[..] {
            [only] => format!("a wrong signature in the header {only}"),
            _ => "a wrong signature in the headers of other providers".to_owned(),
        };
        Candidate::new(what, Forgery::None, move |builder| {
            let mut request = unsigned(builder)?.0;
            for name in &names {
                request.delivery.headers.set(name, "wrong");
            }
            Ok(request)
        })
    };
    all.extend(foreign.chunks(40).map(|some| Candidate::several(some, wrong)));
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
    let names = PARAMETERS.map(str::to_owned);
    Ok(vec![with(vec![own]), Candidate::several(&names, with)])
}

/// Deliveries with a wrong signature at other spellings of the path, which a router may send past the check. An endpoint
/// that accepts them at any path proves nothing.
pub fn paths(builder: &RequestBuilder) -> Vec<Candidate> {
    let target = builder.endpoint().target();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), format!("?{query}")),
        None => (target.clone(), String::new()),
    };
    let last = path.rfind('/').map_or("", |slash| path.get(slash + 1..).unwrap_or_default());
    let before = path.strip_suffix(last).unwrap_or(&path);
    let mut paths = vec![format!("/{path}"), format!("{path};x=1")];
    if let Some(first) = last.bytes().next() {
        paths.extend([
            format!("{path}/"),
            format!("{before}%{first:02x}{}", last.get(1..).unwrap_or_default()),
            format!("{before}{}", last.to_uppercase()),
            format!("{before}{}", last.to_lowercase()),
            format!("{path}.json"),
        ]);
    }
    paths.retain(|other| *other != path);
    let at = |path: String| {
        move |builder: &RequestBuilder| {
            let request = builder.forged(Forgery::Secret, builder.sample_body(0))?;
            let mut delivery = request.delivery;
            delivery.target.clone_from(&path);
            Ok(builder.request_of(delivery))
        }
    };
    let candidate = |path: String| {
        let what = format!("a wrong signature at the path {path}");
        let candidate = Candidate::new(what, Forgery::Secret, at(path + &query));
        Candidate { control: Some(Box::new(at(NO_PATH.to_owned()))), ..candidate }
    };
    paths.into_iter().map(candidate).collect()
}

/// A delivery without its signature, and the signature.
fn unsigned(builder: &RequestBuilder) -> Result<(Request, String), String> {
    let signing = builder.sign(builder.sample_body(0))?;
    let body = signing.request().body.clone();
    let right = signing.signature().map_err(|why| why.to_string())?;
    let request = builder.placed(&signing, body, &[] as &[&str])?;
    Ok((request, signing.write(&right)))
}

/// The request with more parameters in its query.
pub fn with_query<'q>(
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
