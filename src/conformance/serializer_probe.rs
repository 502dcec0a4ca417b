//! Finds out which serializer an endpoint hashes instead of the received bytes: a body is signed over what a
//! serializer would make of it, and the endpoint accepts the signature of the one that it uses.

use bytes::Bytes;

use crate::diagnose::runtimes::{self, Runtime, Serializer};
use crate::webhook::payload::json::parse_body;

use super::client::Client;
use super::request_builder::Request;

/// A member that the serializers write differently: spelling of characters, numbers, keys and white space.
const DISTINGUISHING: &[u8] =
    br#","probe": {"b":1.0,"10":"\u00e9\/<","2":12345678901234567890,"e":1e21,"f":1e-7,"u":"\u2028","o":{},"p":"+"}"#;

/// A serializer that belongs to a known program.
pub type SerializerProbe = &'static Serializer;

/// What a serializer makes of a body; `None` when it cannot read it, or does not change it.
fn rewritten(probe: SerializerProbe, body: &[u8]) -> Option<Vec<u8>> {
    // More than any serializer makes of a byte.
    let limit = body.len().saturating_mul(8) + 1024;
    let document = parse_body(body).ok()?;
    runtimes::write(probe, document.root(), limit).filter(|made| made != body)
}

/// Finds the serializer whose output, signed, the endpoint accepts in the place of a body, and returns it with
/// the number of requests sent. The first body that is tried is one on which the serializers disagree.
pub async fn find(client: &Client, request: &Request) -> (Option<SerializerProbe>, usize) {
    let body = &request.delivery.body;
    let bodies = distinguishing_body(body).into_iter().chain([body.clone()]);
    find_in(client, bodies).await
}

/// The same, with the body on which the serializers disagree only: the output of a serializer may be what is left of
/// another body when something else is removed from it, such as white space.
pub async fn find_certain(client: &Client, request: &Request) -> (Option<SerializerProbe>, usize) {
    find_in(client, distinguishing_body(&request.delivery.body).into_iter()).await
}

async fn find_in(
    client: &Client,
    bodies: impl Iterator<Item = Bytes>,
) -> (Option<SerializerProbe>, usize) {
    let mut sent = 0;
    for body in bodies {
        let body = &body;
        let mut tried: Vec<Vec<u8>> = Vec::new();
        let mut requests = Vec::new();
        for probe in probes() {
            if let Some(made) = rewritten(probe, body).filter(|made| !tried.contains(made)) {
                requests.extend(signed_over(client, body, &made).map(|request| (probe, request)));
                tried.push(made);
            }
        }
        let (found, count) = client.first_accepted(requests).await;
        sent += count;
        if found.is_some() {
            return (found, sent);
        }
    }
    (None, sent)
}

/// The same for this serializer only.
pub async fn is_used(
    client: &Client,
    request: &Request,
    probe: SerializerProbe,
) -> (Option<SerializerProbe>, usize) {
    let body = &request.delivery.body;
    let made = rewritten(probe, body).and_then(|made| signed_over(client, body, &made));
    client.first_accepted(made.map(|request| (probe, request))).await
}

/// A body with the signature of other bytes.
fn signed_over(client: &Client, body: &Bytes, other: &[u8]) -> Option<Request> {
    let builder = client.builder();
    let signing = builder.sign(body.clone()).ok()?;
    let signature = signing.signature_of(other).ok()?;
    builder.placed(&signing, body.clone(), &[signing.write(&signature)]).ok()
}

fn probes() -> impl Iterator<Item = SerializerProbe> {
    let all = runtimes::all().iter();
    all.filter(|serializer| serializer.runtime != Runtime::ANY)
}

/// A body on which the serializers disagree: the sample's with one more member. `None` when the sample is not
/// an object with a member.
fn distinguishing_body(sample: &[u8]) -> Option<Bytes> {
    let inner = sample.trim_ascii().strip_suffix(b"}")?;
    let is_object = inner.first() == Some(&b'{') && inner.trim_ascii() != b"{";
    is_object.then(|| [inner, DISTINGUISHING, b"}"].concat().into())
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    #[test]
    fn the_distinguishing_body_tells_the_runtimes_apart() {
        let body = distinguishing_body(br#"{"a":{"b":1}}"#).unwrap();
        let mut made: HashMap<Vec<u8>, Runtime> = HashMap::new();
        for probe in probes() {
            let Some(bytes) = rewritten(probe, &body) else {
                continue;
            };
            // In Python, both may write the same. Gson without its escapes writes what .NET's relaxed encoder writes.
            let runtime = match probe.runtime {
                Runtime::ORJSON => Runtime::PYTHON,
                Runtime::GSON => Runtime::DOTNET,
                runtime => runtime,
            };
            let first = *made.entry(bytes).or_insert(runtime);
            assert_eq!(first, runtime, "{}", probe.formula("body"));
        }
        assert!(made.len() > 20, "{}", made.len());
        assert_eq!(distinguishing_body(b"{}"), None);
        assert_eq!(distinguishing_body(b"[1]"), None);
    }
}
