//! Finds out which serializer an endpoint hashes instead of the received bytes: a body is signed over what a
//! serializer would make of it, and the endpoint accepts the signature of the one that it uses.

use std::fmt;
use std::sync::LazyLock;

use bytes::Bytes;

use crate::diagnose::runtimes::{self, Runtime, Serializer};
use crate::webhook::payload::json::parse_body;
use crate::webhook::signature::signature;

use super::client::Client;
use super::request_builder::Request;

/// A member that the serializers write differently: spelling of characters, numbers, keys and white space.
const DISTINGUISHING: &[u8] =
    br#","probe": {"b":1.0,"10":"\u00e9\/<","2":12345678901234567890,"e":1e21,"f":1e-7,"u":"\u2028","o":{},"p":"+"}"#;

/// One serializer.
pub struct SerializerProbe {
    /// Its stable codes.
    pub code: String,
    /// The expression that writes the body again.
    pub name: String,
    serializer: &'static Serializer,
}

impl fmt::Debug for SerializerProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SerializerProbe({})", self.name)
    }
}

impl SerializerProbe {
    /// What it makes of a body; `None` when it cannot read it.
    fn serialize(&self, body: &[u8]) -> Option<Vec<u8>> {
        // More than any serializer makes of a byte.
        let limit = body.len().saturating_mul(8) + 1024;
        let document = parse_body(body).ok()?;
        runtimes::write(self.serializer, document.root(), limit)
    }
}

/// Finds the serializer whose output, signed, the endpoint accepts in the place of a body, and returns it with
/// the number of requests sent. The first body that is tried is one on which the serializers disagree.
pub async fn find(client: &Client, request: &Request) -> (Option<&'static SerializerProbe>, usize) {
    let body = &request.delivery.body;
    let mut sent = 0;
    for body in distinguishing_body(body)
        .map(Bytes::from)
        .iter()
        .chain([body])
    {
        let mut tried: Vec<Vec<u8>> = Vec::new();
        let mut requests = Vec::new();
        for probe in probes() {
            let made = probe.serialize(body);
            if let Some(made) = made.filter(|made| made != body && !tried.contains(made)) {
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

/// Whether the endpoint accepts a body that is signed over the output of this serializer, and the number of
/// requests sent.
pub async fn is_used(client: &Client, body: &Bytes, probe: &SerializerProbe) -> (bool, usize) {
    let other = probe.serialize(body).filter(|other| other != body);
    match other.and_then(|other| signed_over(client, body, &other)) {
        Some(request) => (client.send(&request).await.is_accepted(), 1),
        None => (false, 0),
    }
}

/// A body with the signature of other bytes.
fn signed_over(client: &Client, body: &Bytes, other: &[u8]) -> Option<Request> {
    let builder = client.builder();
    let (scheme, secret) = builder.signing()?;
    let headers = builder.signed_headers();
    let value = signature(scheme, secret, &headers, other).ok()?;
    Some(builder.with_signature(body.clone(), &headers, &scheme.header, &value))
}

/// Every serializer that belongs to a known program.
fn probes() -> &'static [SerializerProbe] {
    static PROBES: LazyLock<Vec<SerializerProbe>> = LazyLock::new(|| {
        runtimes::all()
            .iter()
            .filter(|serializer| serializer.runtime != Runtime::ANY)
            .map(|serializer| SerializerProbe {
                code: serializer.codes.join(" + "),
                name: serializer.formula("body"),
                serializer,
            })
            .collect()
    });
    &PROBES
}

/// A body on which the serializers disagree: the sample's with one more member. `None` when the sample is not
/// an object with a member.
fn distinguishing_body(sample: &[u8]) -> Option<Vec<u8>> {
    let inner = sample.trim_ascii().strip_suffix(b"}")?;
    let is_object = inner.first() == Some(&b'{') && inner.trim_ascii() != b"{";
    is_object.then(|| [inner, DISTINGUISHING, b"}"].concat())
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
            let Some(bytes) = probe.serialize(&body) else {
                continue;
            };
            assert_ne!(bytes, body, "{}", probe.name);
            // In Python both may write the same, and the mistake is the same.
            let runtime = match probe.serializer.runtime {
                Runtime::ORJSON => Runtime::PYTHON,
                runtime => runtime,
            };
            let first = *made.entry(bytes).or_insert(runtime);
            assert_eq!(first, runtime, "{}", probe.name);
        }
        assert!(made.len() > 20, "{}", made.len());
        assert_eq!(distinguishing_body(b"{}"), None);
        assert_eq!(distinguishing_body(b"[1]"), None);
    }
}
