//! Requests with places for what changes from one to the next. A template is cut out of a request that the encoder has
//! made with recognizable values, and has to reproduce other requests of the encoder before it is used.

use std::io::Write;

use bytes::Bytes;
use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::webhook::delivery::Delivery;
use crate::webhook::signature::Secret;
use crate::webhook::signature::format::{Encoding, Layout, item_text};
use crate::webhook::signature::key::SigningKey;
use crate::webhook::signature::mac::PreparedMac;
use crate::webhook::signature::request::{SignatureContext, SignedRequest};
use crate::webhook::signature::scheme::{Algorithm, Location, Part, Scheme};

/// What a template is filled with.
#[derive(Clone, Debug)]
pub(crate) struct Values {
    pub n: u64,
    /// The UUID for the body.
    pub body_uuid: String,
    /// The UUID for the delivery's id.
    pub delivery_uuid: String,
    pub at: Timestamp,
}

impl Values {
    /// Values that no request has by chance.
    pub fn markers() -> Self {
        Self {
            n: 7_310_462_985_173_046_289,
            body_uuid: "6c1f7a90-3d52-4e8b-9a07-c5e2b41d8f63".to_owned(),
            delivery_uuid: "b8e40d27-91fa-4c36-8d15-2f7a6093e1c4".to_owned(),
            at: Timestamp::from_millisecond(248_731_905_117_642).unwrap_or(Timestamp::MAX),
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Variable {
    N,
    BodyUuid,
    DeliveryUuid,
    Milliseconds,
    Seconds,
    Rfc3339,
    /// The length of the body.
    Length,
    Signature,
}

#[derive(Clone, Debug)]
enum Piece {
    Text(Vec<u8>),
    Variable(Variable),
}

/// A text with variables.
#[derive(Clone, Debug, Default)]
pub(crate) struct Template(Vec<Piece>);

/// The name of a variable in `--unique`, and its text in a request with markers.
pub(crate) fn unique_variables(markers: &Values) -> [(&'static str, String); 4] {
    [
        ("{n}", markers.n.to_string()),
        ("{uuid}", markers.body_uuid.clone()),
        ("{now_ms}", markers.at.as_millisecond().to_string()),
        ("{now}", markers.at.as_second().to_string()),
    ]
}

impl Template {
    /// Cuts a text at its markers. `signature` is the marker of the signature, if the text has one.
    pub fn cut(text: &[u8], signature: Option<&str>) -> Self {
        let values = Values::markers();
        let mut markers = vec![
            (values.n.to_string(), Variable::N),
            (values.body_uuid.clone(), Variable::BodyUuid),
            (values.delivery_uuid.clone(), Variable::DeliveryUuid),
            // The seconds are the beginning of the milliseconds.
            (values.at.as_millisecond().to_string(), Variable::Milliseconds),
            (values.at.as_second().to_string(), Variable::Seconds),
            (format!("{:.0}", values.at), Variable::Rfc3339),
        ];
        markers.extend(signature.map(|text| (text.to_owned(), Variable::Signature)));
        let mut template = Self::default();
        let mut rest = text;
        let mut plain = Vec::new();
        while let Some(first) = rest.first() {
            let found = markers.iter().find(|(marker, _)| rest.starts_with(marker.as_bytes()));
            match found {
                Some((marker, variable)) => {
                    template.text(std::mem::take(&mut plain));
                    template.0.push(Piece::Variable(*variable));
                    rest = rest.get(marker.len()..).unwrap_or_default();
                }
                None => {
                    plain.push(*first);
                    rest = rest.get(1..).unwrap_or_default();
                }
            }
        }
        template.text(plain);
        template
    }

    fn text(&mut self, text: Vec<u8>) {
        match self.0.last_mut() {
            _ if text.is_empty() => {}
            Some(Piece::Text(before)) => before.extend_from_slice(&text),
            _ => self.0.push(Piece::Text(text)),
        }
    }

    fn append(&mut self, other: Self) {
        for piece in other.0 {
            match piece {
                Piece::Text(text) => self.text(text),
                variable => self.0.push(variable),
            }
        }
    }

    fn has(&self, wanted: Variable) -> bool {
        let mut variables = self.0.iter();
        variables.any(|piece| matches!(piece, Piece::Variable(one) if *one == wanted))
    }

    /// Its pieces: text, or the name of a variable.
    pub fn pieces(&self) -> impl Iterator<Item = Result<&[u8], &'static str>> {
        self.0.iter().map(|piece| match piece {
            Piece::Text(text) => Ok(&text[..]),
            Piece::Variable(Variable::N) => Err("n"),
            Piece::Variable(Variable::BodyUuid) => Err("uuid"),
            Piece::Variable(Variable::DeliveryUuid) => Err("delivery_uuid"),
            Piece::Variable(Variable::Milliseconds) => Err("now_ms"),
            Piece::Variable(Variable::Seconds) => Err("now"),
            Piece::Variable(Variable::Rfc3339) => Err("now_rfc3339"),
            Piece::Variable(Variable::Length) => Err("length"),
            Piece::Variable(Variable::Signature) => Err("signature"),
        })
    }

    pub fn has_body_uuid(&self) -> bool {
        self.has(Variable::BodyUuid)
    }

    /// Whether each request differs.
    pub fn is_unique(&self) -> bool {
        self.has(Variable::N) || self.has(Variable::BodyUuid)
    }

    /// Writes the text of a body.
    pub fn fill(&self, values: &Values, out: &mut Vec<u8>) {
        self.fill_request(values, 0, "", out);
    }

    fn fill_request(&self, values: &Values, length: usize, signature: &str, out: &mut Vec<u8>) {
        for piece in &self.0 {
            // Writing to a vector does not fail.
            let _ = match piece {
                Piece::Text(text) => out.write_all(text),
                Piece::Variable(variable) => match variable {
                    Variable::N => write!(out, "{}", values.n),
                    Variable::BodyUuid => out.write_all(values.body_uuid.as_bytes()),
                    Variable::DeliveryUuid => out.write_all(values.delivery_uuid.as_bytes()),
                    Variable::Milliseconds => write!(out, "{}", values.at.as_millisecond()),
                    Variable::Seconds => write!(out, "{}", values.at.as_second()),
                    Variable::Rfc3339 => write!(out, "{:.0}", values.at),
                    Variable::Length => write!(out, "{length}"),
                    Variable::Signature => out.write_all(signature.as_bytes()),
                },
            };
        }
    }
}

/// A request of one kind, ready to be filled.
pub(crate) struct RequestTemplate {
    head: Template,
    /// The headers alone.
    pub headers: Vec<(String, Template)>,
    signer: Option<Signer>,
}

/// Makes the signature over pieces of a request.
pub(crate) struct Signer {
    key: Key,
    /// Where the key itself is signed.
    secret: Zeroizing<Vec<u8>>,
    algorithm: Algorithm,
    encoding: Encoding,
    pub parts: Vec<SignedPart>,
}

pub(crate) enum SignedPart {
    Body,
    Secret,
    Text(Template),
}

enum Key {
    Mac(PreparedMac),
    Other(SigningKey),
}

/// How a request of a kind is signed.
pub(crate) struct SignedWith<'s> {
    pub scheme: &'s Scheme,
    pub secret: &'s Secret,
    pub context: &'s SignatureContext,
}

impl RequestTemplate {
    /// Cuts a request that was made with markers; `None` when its signature cannot be made from pieces.
    pub fn cut(request: &Delivery, with: Option<&SignedWith<'_>>) -> Option<Self> {
        let body = &request.body;
        let (signer, signature) = match with {
            None => (None, None),
            Some(with) => {
                let signer = Signer::new(request, with)?;
                let mut scratch = Vec::new();
                let signature = signer.sign(&Values::markers(), body, &mut scratch);
                (Some(signer), Some(signature))
            }
        };
        let signature = signature.as_deref();
        let mut head = Template::default();
        let line = format!("{} {} HTTP/1.1\r\n", request.method, request.target);
        head.append(Template::cut(line.as_bytes(), None));
        let length = body.len().to_string();
        let mut headers = Vec::new();
        for (name, value) in request.headers.iter() {
            head.text(format!("{name}: ").into_bytes());
            let is_length = name.eq_ignore_ascii_case("content-length");
            let value = match is_length && value == length.as_bytes() {
                true => Template(vec![Piece::Variable(Variable::Length)]),
                false => Template::cut(value, signature),
            };
            head.append(value.clone());
            head.text(b"\r\n".to_vec());
            headers.push((name.to_owned(), value));
        }
        head.text(b"\r\n".to_vec());
        let is_signed = signer.is_none() || head.has(Variable::Signature);
        is_signed.then_some(Self { head, headers, signer })
    }

    /// The whole request.
    pub fn request(&self, values: &Values, body: &[u8], scratch: &mut Vec<u8>) -> Bytes {
        let signature = match &self.signer {
            Some(signer) => signer.sign(values, body, scratch),
            None => String::new(),
        };
        let mut out = Vec::with_capacity(512 + body.len());
        self.head.fill_request(values, body.len(), &signature, &mut out);
        out.extend_from_slice(body);
        out.into()
    }

    pub fn has_delivery_uuid(&self) -> bool {
        let signed = self.signer.iter().flat_map(|signer| &signer.parts);
        self.head.has(Variable::DeliveryUuid)
            || signed.into_iter().any(|part| match part {
                SignedPart::Body | SignedPart::Secret => false,
                SignedPart::Text(template) => template.has(Variable::DeliveryUuid),
            })
    }

    pub fn signer(&self) -> Option<&Signer> {
        self.signer.as_ref()
    }
}

impl Signer {
    fn new(request: &Delivery, with: &SignedWith<'_>) -> Option<Self> {
        let SignedWith { scheme, secret, context } = with;
        let Location::Header(header) = &scheme.location else {
            return None;
        };
        let key = scheme.key.signing(scheme.algorithm, secret).ok()?;
        let signed = SignedRequest::new(request, context);
        // The items next to the signature are in its header.
        let value = request.headers.get(header)?;
        let items: Vec<_> = match &scheme.format.layout {
            Layout::Items(_) => scheme.format.layout.items(value).collect(),
            Layout::Prefix(_) => Vec::new(),
        };
        let item = |name: &str| item_text(&items, name);
        let mut parts = Vec::new();
        for part in &scheme.signs {
            parts.push(match part {
                Part::Body => SignedPart::Body,
                Part::Secret => SignedPart::Secret,
                // They follow from the body.
                Part::Field(_) | Part::Hash(_) | Part::FormSorted => return None,
                part => {
                    let bytes = signed.part(part, key.bytes(), item).ok()?;
                    SignedPart::Text(Template::cut(&bytes, None))
                }
            });
        }
        let secret = Zeroizing::new(key.bytes().to_vec());
        let key = match (scheme.algorithm.hmac(), key) {
            (Some(hash), key @ SigningKey::Shared(_)) => Key::Mac(hash.keyed(key.bytes())),
            (_, key) => Key::Other(key),
        };
        let (algorithm, encoding) = (scheme.algorithm, scheme.format.encoding);
        Some(Self { key, secret, algorithm, encoding, parts })
    }

    fn sign(&self, values: &Values, body: &[u8], scratch: &mut Vec<u8>) -> String {
        scratch.clear();
        let bytes = match (&self.key, &self.parts[..]) {
            (Key::Mac(mac), [SignedPart::Body]) => mac.mac(&[body]),
            (key, parts) => {
                for part in parts {
                    match part {
                        SignedPart::Body => scratch.extend_from_slice(body),
                        SignedPart::Secret => scratch.extend_from_slice(&self.secret),
                        SignedPart::Text(template) => template.fill(values, scratch),
                    }
                }
                match key {
                    Key::Mac(mac) => mac.mac(&[scratch]),
                    Key::Other(key) => key.sign(self.algorithm, &[&scratch[..]]),
                }
            }
        };
        self.encoding.encode(&bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_is_cut_at_its_markers_and_filled_again() {
        let markers = Values::markers();
        let [n, uuid, ms, now] = unique_variables(&markers).map(|(_, text)| text);
        let text = format!("a{n}b{uuid}{now},{ms}c");
        let template = Template::cut(text.as_bytes(), None);
        let fill = |values: &Values| {
            let mut out = Vec::new();
            template.fill(values, &mut out);
            String::from_utf8(out).unwrap()
        };
        assert_eq!(fill(&markers), text);
        let values = Values {
            n: 3,
            body_uuid: "U".to_owned(),
            delivery_uuid: "D".to_owned(),
            at: Timestamp::from_millisecond(1_234).unwrap(),
        };
        assert_eq!(fill(&values), "a3bU1,1234c");
        assert!(template.is_unique() && !Template::cut(b"{}", None).is_unique());
    }
}
