//! The header changes of a proxy (RFC 9110, 7.6), for forwarding and replaying: another address, the same
//! delivery.

use std::net::IpAddr;

use bytes::Bytes;

use crate::webhook::delivery::{Delivery, Headers};

use super::Endpoint;

/// Headers of one connection.
const HOP_BY_HOP: [&str; 9] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// The delivery to send to `endpoint`: the same body and the same headers in the same order, except those of the
/// old connection, `Host` and the body's length.
pub fn readdress(delivery: &Delivery, endpoint: &Endpoint) -> Delivery {
    let mut sent = delivery.clone();
    sent.target = target(delivery, endpoint);
    sent.headers = end_to_end(&delivery.headers);
    // Already handled on the old connection.
    sent.headers.remove("expect");
    sent.headers.set_value("host", endpoint.host());
    set_length(&mut sent.headers, &sent.body);
    sent
}

/// Whether a user may set this header of forwarded requests: not those of a connection, nor the body's length.
pub fn is_settable(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    !HOP_BY_HOP.contains(&name.as_str()) && !["content-length", "expect"].contains(&name.as_str())
}

/// Whether a response's body is in a coding that the response does not name any more when it is forwarded without the
/// headers of its connection.
pub fn loses_coding(headers: &Headers) -> bool {
    let codings: Vec<Vec<u8>> = headers
        .all("transfer-encoding")
        .flat_map(|value| value.split(|b| *b == b','))
        .map(|coding| coding.trim_ascii().to_ascii_lowercase())
        .filter(|coding| !coding.is_empty() && coding != b"identity")
        .collect();
    let is_decoded = codings.is_empty() || codings == [b"chunked"];
    let named = |headers: &Headers| headers.all("content-encoding").count();
    !is_decoded || named(headers) != named(&end_to_end(headers))
}

/// Adds the headers that a proxy adds: `X-Forwarded-For`, `-Host` and `-Proto`.
pub fn say_from(sent: &mut Delivery, original: &Headers, peer: Option<IpAddr>) {
    if let Some(peer) = peer {
        let before: Vec<_> = original.all("x-forwarded-for").collect();
        let mut chain = before.join(&b", "[..]);
        if !chain.is_empty() {
            chain.extend_from_slice(b", ");
        }
        chain.extend_from_slice(peer.to_string().as_bytes());
        sent.headers.set_value("x-forwarded-for", chain);
    }
    // A proxy before this one knows the original values.
    if let Some(host) = original.get("host")
        && original.get("x-forwarded-host").is_none()
    {
        sent.headers.push("x-forwarded-host", host);
    }
    if original.get("x-forwarded-proto").is_none() {
        sent.headers.push("x-forwarded-proto", "http");
    }
}

/// How many proxies a request has passed, by its X-Forwarded-For.
pub fn hops(headers: &Headers) -> usize {
    let values = headers.all("x-forwarded-for");
    values.map(|v| v.split(|b| *b == b',').count()).sum()
}

/// The headers without those of one connection: the known ones and those that `Connection` names.
pub fn end_to_end(headers: &Headers) -> Headers {
    let named: Vec<String> = headers
        .all("connection")
        .flat_map(|value| value.split(|b| *b == b','))
        .map(|name| String::from_utf8_lossy(name.trim_ascii()).to_ascii_lowercase())
        .collect();
    headers
        .iter()
        .filter(|(name, _)| {
            let name = name.to_ascii_lowercase();
            !HOP_BY_HOP.contains(&name.as_str()) && !named.contains(&name)
        })
        .collect()
}

/// Sets Content-Length, for a body that may have been chunked.
pub fn set_length(headers: &mut Headers, body: &Bytes) {
    headers.set_value("content-length", body.len().to_string());
}

/// The endpoint's path, and the original query unless the endpoint has its own. What is no POST has nothing but its
/// query, which is added then.
fn target(delivery: &Delivery, endpoint: &Endpoint) -> String {
    let own = endpoint.target();
    match delivery.target.split_once('?') {
        Some((_, query)) if !own.contains('?') => format!("{own}?{query}"),
        Some((_, query)) if delivery.method != "POST" => format!("{own}&{query}"),
        _ => own,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_connection_headers_and_the_address_change() {
        let mut delivery = Delivery::post("/in?a=b", Bytes::from_static(b"{} "));
        for (name, value) in [
            ("X-One", "1"),
            ("HOST", "old"),
            ("Connection", "keep-alive, X-Private"),
            ("x-private", "2"),
            ("Transfer-Encoding", "chunked"),
            ("x-one", "3"),
            ("X-Forwarded-For", "192.0.2.1"),
        ] {
            delivery.headers.push(name, value);
        }
        let endpoint = Endpoint::parse("http://localhost:3000/hook").unwrap();
        let mut sent = readdress(&delivery, &endpoint);
        say_from(&mut sent, &delivery.headers, Some([127, 0, 0, 1].into()));
        let shown: Vec<_> = sent
            .headers
            .iter()
            .map(|(n, v)| format!("{n}: {}", String::from_utf8_lossy(v)))
            .collect();
        assert_eq!(
            shown,
            [
                "X-One: 1",
                "HOST: localhost:3000",
                "x-one: 3",
                "X-Forwarded-For: 192.0.2.1, 127.0.0.1",
                "content-length: 3",
                "x-forwarded-host: old",
                "x-forwarded-proto: http",
            ]
        );
        assert_eq!((&*sent.target, &sent.body), ("/hook?a=b", &delivery.body));
    }
}
