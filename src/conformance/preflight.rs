//! The first request of a run: is a genuine delivery accepted at all? If not, most cases would fail for the same
//! reason, so the usual misconfigurations are tried and named instead.

use base64::prelude::{BASE64_STANDARD, Engine};

use crate::diagnose::cause::COMMON;
use crate::diagnose::key::keys;
use crate::http::SendErrorKind;
use crate::webhook::signature::Secret;
use crate::webhook::signature::format::Malformed;
use crate::webhook::signature::key::SigningKey;
use crate::webhook::signature::scheme::{Algorithm, Part};
use crate::webhook::signature::sign::Signing;

use super::case::Change;
use super::case_result::{Stopped, StoppedBy};
use super::client::Client;
use super::exchange::{Exchange, NoResponse, TOO_MANY_REQUESTS};
use super::framework::{authentication, known_page};
use super::request_builder::RequestBuilder;
use super::results::Plan;
use super::serializer_probe::{self, SerializerProbe};

/// The result of the first request.
pub enum Preflight {
    Accepted(Box<Exchange>),
    /// It is not accepted, but deliveries with other signatures are.
    OthersAccepted(Box<Exchange>),
    Unreachable(NoResponse),
    /// The delivery is accepted when it is signed over the output of this serializer.
    Reserialized(SerializerProbe),
    /// It is not accepted, and further cases would prove nothing.
    Failed(Box<Exchange>, Stopped),
}

impl Preflight {
    fn failed(exchange: Exchange, message: String, hint: impl Into<String>) -> Self {
        let stopped = Stopped { kind: StoppedBy::Preflight, message, hint: hint.into() };
        Self::Failed(Box::new(exchange), stopped)
    }
}

/// Sends the first request. An error says, in a clause, why the provider's delivery cannot be built.
pub async fn run(client: &Client, plan: &Plan<'_>) -> Result<Preflight, String> {
    let request = client.builder().request(Change::Sample(0))?;
    let exchange = client.send(&request).await;
    if exchange.is_accepted() {
        return Ok(Preflight::Accepted(Box::new(exchange)));
    }
    if let Some(why) = exchange.no_response() {
        if why.kind == SendErrorKind::Unreachable {
            return Ok(Preflight::Unreachable(why.clone()));
        }
        let message = format!("the first valid delivery got no response: {}", why.message);
        let hint = "see the endpoint's log: did the handler throw or wait, or does it speak https?";
        return Ok(Preflight::failed(exchange, message, hint));
    }
    let status = exchange.status().unwrap_or_default();
    if status / 100 == 3 {
        let headers = exchange.received().map(|response| &response.headers);
        let to = headers.and_then(|headers| headers.get("location"));
        let to = String::from_utf8_lossy(to.unwrap_or_default());
        let message =
            format!("the response to the first valid delivery is {status}, a redirect to {to}");
        let login = exchange.received().and_then(authentication);
        let hint = match login {
            Some((what, hint)) => format!("{what}: {hint}"),
            None => "providers do not follow redirects: give the final URL with --url".to_owned(),
        };
        return Ok(Preflight::failed(exchange, message, hint));
    }
    let page = exchange.received().and_then(known_page);
    let what = page.map(|page| format!(": {}", page.name)).unwrap_or_default();
    let message = format!("the first valid delivery is refused with {status}{what}");
    if let Some(page) = page.filter(|page| page.is_before_handler) {
        return Ok(Preflight::failed(exchange, message, page.hint));
    }
    // These do not depend on the signature, so there is no use in trying hundreds of others.
    let hint = match status {
        404 | 405 => "is the path of the URL correct, and does it accept POST?",
        TOO_MANY_REQUESTS => "it limits the rate of requests: wait, or raise that limit for tests",
        _ => "",
    };
    if !hint.is_empty() {
        return Ok(Preflight::failed(exchange, message, hint));
    }
    if accepts_others(client).await {
        return Ok(Preflight::OthersAccepted(Box::new(exchange)));
    }
    if let Some(how) = accepted_instead(client, plan).await {
        let hint = format!("{how} is accepted: use that, or change the endpoint");
        return Ok(Preflight::failed(exchange, message, hint));
    }
    if let (Some(probe), _) = serializer_probe::find(client, &request).await {
        return Ok(Preflight::Reserialized(probe));
    }
    // A handler that refuses a signature may ask for authentication, too, so this comes last.
    if let Some((what, hint)) = exchange.received().and_then(authentication) {
        return Ok(Preflight::failed(exchange, message, format!("{what}: {hint}")));
    }
    let hint = match status {
        500.. => "see the endpoint's log: the handler failed, it did not refuse",
        _ => "wrong secret or wrong provider? No other provider's signature is accepted either",
    };
    Ok(Preflight::failed(exchange, message, hint))
}

/// Whether any of a few other genuine deliveries is accepted: a handler may refuse some signatures, whatever is signed.
async fn accepts_others(client: &Client) -> bool {
    const OTHERS: usize = 8;
    let builder = client.builder();
    if builder.signing().is_none() {
        return false;
    }
    let requests = (0..OTHERS).filter_map(|_| Some(((), builder.request(Change::Fresh).ok()?)));
    client.first_accepted(requests).await.0.is_some()
}

/// Describes what is accepted instead: another provider's delivery, or another way to sign this one.
async fn accepted_instead(client: &Client, plan: &Plan<'_>) -> Option<String> {
    let Plan { catalog, provider, endpoint, builder, .. } = plan;
    for other in catalog.providers().filter(|p| p.name != provider.name) {
        let (secret, context) = (builder.secret().cloned(), builder.context().clone());
        let scheme = other.scheme();
        let builder =
            RequestBuilder::new(catalog, other, scheme, secret, context, (*endpoint).clone());
        let request = builder.and_then(|builder| {
            builder.with_headers(plan.builder.extra().clone()).request(Change::Sample(0))
        });
        if let Ok(request) = request
            && client.send(&request).await.is_accepted()
        {
            let how = match scheme {
                None => "unsigned".to_owned(),
                Some(scheme) => {
                    let (place, algorithm) = (scheme.header().unwrap_or("body"), scheme.algorithm);
                    format!("{place}: {algorithm}, {}", scheme.describe_format())
                }
            };
            return Some(format!("the delivery of --provider {} ({how})", other.name));
        }
    }
    let (_, secret) = builder.signing()?;
    let signing = builder.sign(builder.sample_body(0)).ok()?;
    let body = &signing.request().body;
    let values = mistaken_values(&signing, secret, body).ok()?.into_iter();
    let requests = values.filter_map(|(how, value)| {
        Some((how, builder.placed(&signing, body.clone(), &[value]).ok()?))
    });
    let (how, _) = client.first_accepted(requests).await;
    how.map(|how| format!("the same delivery, signed with {how},"))
}

/// Known mistakes of handlers, and the signature that each expects.
fn mistaken_values(
    signing: &Signing<'_>,
    secret: &Secret,
    body: &[u8],
) -> Result<Vec<(String, String)>, Malformed> {
    let scheme = signing.scheme;
    if scheme.algorithm.hmac().is_none() {
        return Ok(Vec::new());
    }
    let mut values = Vec::new();
    let key = signing.key.bytes();
    let encode = |signature: &[u8]| scheme.format.encoding.encode(signature);
    if scheme.signs != [Part::Body] {
        let mac = signing.key.sign(scheme.algorithm, &[body]);
        let how = format!("{} of the body alone", scheme.algorithm);
        values.push((how, signing.write(&mac)));
    }
    let encoded = BASE64_STANDARD.encode(body);
    let mac = signing.signature_of(encoded.as_bytes())?;
    values.push((
        "the base64 of the body in its place (API Gateway sends it with isBase64Encoded: decode it first)"
            .to_owned(),
        signing.write(&mac),
    ));
    for algorithm in Algorithm::HMACS {
        let word = algorithm.hash_name();
        let mac = signing.signature_with(algorithm, &signing.key, body)?;
        let encoded = encode(&mac);
        values.extend([
            (format!("{algorithm}, without a prefix"), encoded.clone()),
            (format!("{algorithm}, with the prefix `{word}=`"), format!("{word}={encoded}")),
        ]);
        for (how, parts) in [
            ("the hash of the body without the secret", &[body][..]),
            ("the hash of body and secret, which is no HMAC", &[body, key]),
            ("the hash of secret and body, which is no HMAC", &[key, body]),
        ] {
            if let Some(hash) = algorithm.hmac() {
                values.push((format!("{how} ({word})"), signing.write(&hash.digest(parts))));
            }
        }
    }
    let all = keys(std::slice::from_ref(secret), Some(scheme), &[]);
    for other in all.into_iter().filter(|key| key.weight() <= COMMON) {
        // The secret itself has no cause, and is signed with already.
        let Some(cause) = other.causes.first() else {
            continue;
        };
        let unset = match other.bytes.is_empty() {
            true => "an empty text",
            false => cause.detail.as_str(),
        };
        let how = match cause.code {
            "secret.empty" => {
                format!("{unset} for a secret (is its variable set where the endpoint runs?)")
            }
            _ => format!("another form of the secret: {}", cause.says()),
        };
        let other = SigningKey::Shared(other.bytes.clone());
        let mac = signing.signature_with(scheme.algorithm, &other, body)?;
        values.push((how, signing.write(&mac)));
    }
    let right = signing.write(&signing.signature()?);
    values.retain(|(_, value)| *value != right);
    Ok(values)
}
