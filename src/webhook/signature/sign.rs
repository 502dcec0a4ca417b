//! Signing: the time, the id and the signature that a request gets under a scheme.

use std::borrow::Cow;

use bytes::Bytes;
use jiff::Timestamp;

use super::Secret;
use super::format::{Layout, Malformed};
use super::key::{KeyError, SigningKey};
use super::mac::Algorithm;
use super::request::{SignatureContext, SignedRequest};
use super::scheme::{Location, Scheme, TimestampSource};
use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::parse_body;
use crate::webhook::payload::set::Assignment;

/// The time and the id of a request that is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The time of signing.
    pub at: Timestamp,
    /// The id; `None` makes one.
    pub id: Option<String>,
    /// A random UUID, for ids.
    pub uuid: String,
    /// Whether to replace a time that the request already has.
    pub renew: bool,
}

impl Stamp {
    /// Fills in a template of an id or a header.
    pub fn fill(&self, template: &str) -> String {
        template
            .replace("{uuid}", &self.uuid)
            .replace("{now_ms}", &self.at.as_millisecond().to_string())
            .replace("{now_rfc3339}", &format!("{:.0}", self.at))
            .replace("{now}", &self.at.as_second().to_string())
    }
}

/// Why a request cannot be signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SignError {
    /// The secret is not a key of the scheme.
    Key(KeyError),
    /// A signed part is missing.
    Needs(Malformed),
    /// A field of the body cannot be set.
    Body(String),
}

impl std::fmt::Display for SignError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Key(why) => why.fmt(f),
            Self::Needs(why) => why.fmt(f),
            Self::Body(why) => f.write_str(why),
        }
    }
}

/// What signing adds to a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    /// Headers to set, in order; the signature's is the last.
    pub headers: Vec<(String, String)>,
    /// The body, which may hold the time and the signature.
    pub body: Bytes,
}

/// A request with its time and id, ready to be signed.
pub(crate) struct Signing<'s> {
    pub scheme: &'s Scheme,
    pub key: SigningKey,
    context: &'s SignatureContext,
    request: Delivery,
    /// The headers that were added.
    headers: Vec<(String, String)>,
    /// The items next to the signature.
    items: Vec<(String, String)>,
}

impl<'s> Signing<'s> {
    /// Adds time and id to a request.
    ///
    /// # Errors
    /// When the secret is not a key of the scheme, or the body has no field for the time.
    pub fn new(
        scheme: &'s Scheme,
        secret: &Secret,
        request: &Delivery,
        context: &'s SignatureContext,
        stamp: &Stamp,
    ) -> Result<Self, SignError> {
        let key = scheme.key.signing(scheme.algorithm, secret).map_err(SignError::Key)?;
        let request = request.clone();
        let mut signing =
            Self { scheme, key, context, request, headers: Vec::new(), items: Vec::new() };
        if let Some(rule) = &scheme.timestamp {
            let now = rule.write(stamp.at);
            match &rule.source {
                TimestampSource::Header(name) => {
                    if stamp.renew || signing.request.headers.get(name).is_none() {
                        signing.set_header(name, now);
                    }
                }
                TimestampSource::Item(name) => signing.items.push((name.clone(), now)),
                TimestampSource::Body(pointer) => {
                    signing.request.body = with_field(&signing.request.body, pointer, &now, false)?;
                }
            }
        }
        if let Some(rule) = &scheme.id
            && (stamp.id.is_some() || signing.request.headers.get(&rule.header).is_none())
        {
            let id = stamp.id.clone().unwrap_or_else(|| stamp.fill(&rule.make));
            signing.set_header(&rule.header, id);
        }
        Ok(signing)
    }

    fn set_header(&mut self, name: &str, value: String) {
        self.request.headers.set_value(name, value.as_str());
        self.headers.push((name.to_owned(), value));
    }

    /// The request with its time and id.
    pub fn request(&self) -> &Delivery {
        &self.request
    }

    /// The signature, in bytes.
    ///
    /// # Errors
    /// When a signed part is missing.
    pub fn signature(&self) -> Result<Vec<u8>, Malformed> {
        self.signature_with(self.scheme.algorithm, &self.key, &self.request.body)
    }

    /// The signature of another body.
    ///
    /// # Errors
    /// When a signed part is missing.
    pub fn signature_of(&self, body: &[u8]) -> Result<Vec<u8>, Malformed> {
        self.signature_with(self.scheme.algorithm, &self.key, body)
    }

    /// The signature of another body, by another algorithm or with another key.
    ///
    /// # Errors
    /// When a signed part is missing.
    pub fn signature_with(
        &self,
        algorithm: Algorithm,
        key: &SigningKey,
        body: &[u8],
    ) -> Result<Vec<u8>, Malformed> {
        self.with_parts(key, body, |parts| key.sign(algorithm, parts))
    }

    /// The result of `make` for the signed bytes of a body.
    ///
    /// # Errors
    /// When a signed part is missing.
    pub fn with_parts<T>(
        &self,
        key: &SigningKey,
        body: &[u8],
        make: impl FnOnce(&[Cow<'_, [u8]>]) -> T,
    ) -> Result<T, Malformed> {
        let mut request = self.request.clone();
        if request.body != body {
            request.body = Bytes::copy_from_slice(body);
        }
        let request = SignedRequest::new(&request, self.context);
        let item = |name: &str| {
            let found = self.items.iter().find(|(own, _)| own == name);
            found.map(|(_, text)| text.as_bytes())
        };
        Ok(make(&request.signed(self.scheme, key.bytes(), item)?))
    }

    /// The value for a signature, with the items next to it.
    pub fn write(&self, signature: &[u8]) -> String {
        self.write_text(&self.scheme.format.encoding.encode(signature))
    }

    /// The same with a text instead of the encoded signature.
    pub fn write_text(&self, text: &str) -> String {
        self.scheme.format.layout.write_beside(&self.items, text)
    }

    /// The request's headers and a body with this value as its signature; `None` leaves it out.
    ///
    /// # Errors
    /// When the body has no field for it.
    pub fn place(&self, body: Bytes, value: Option<&str>) -> Result<Signed, SignError> {
        let mut signed = Signed { headers: self.headers.clone(), body };
        match (&self.scheme.location, value) {
            (_, None) => {}
            (Location::Header(name), Some(value)) => {
                signed.headers.push((name.clone(), value.to_owned()));
            }
            (Location::Body(pointer), Some(value)) => {
                signed.body = with_field(&signed.body, pointer, value, true)?;
            }
        }
        Ok(signed)
    }
}

/// Signs a request.
///
/// # Errors
/// When the secret is not a key of the scheme, or a signed part is missing.
pub(crate) fn sign(
    scheme: &Scheme,
    secret: &Secret,
    request: &Delivery,
    context: &SignatureContext,
    stamp: &Stamp,
) -> Result<Signed, SignError> {
    let signing = Signing::new(scheme, secret, request, context, stamp)?;
    let signature = signing.signature().map_err(SignError::Needs)?;
    signing.place(signing.request.body.clone(), Some(&signing.write(&signature)))
}

/// The value of the signature that a request should have, with the time and items that it has.
///
/// # Errors
/// When the secret is not a key of the scheme, or a signed part is missing.
pub(crate) fn expected(
    scheme: &Scheme,
    secret: &Secret,
    request: &Delivery,
    context: &SignatureContext,
) -> Result<String, SignError> {
    let signed = SignedRequest::new(request, context);
    let items = scheme.items(&signed);
    let signature = expected_bytes(scheme, secret, request, context)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let beside: Vec<_> = items.iter().map(|(name, value)| (text(name), text(value))).collect();
    let encoded = scheme.format.encoding.encode(&signature);
    Ok(scheme.format.layout.write_beside(&beside, &encoded))
}

/// The same in bytes.
///
/// # Errors
/// When the secret is not a key of the scheme, or a signed part is missing.
pub(crate) fn expected_bytes(
    scheme: &Scheme,
    secret: &Secret,
    request: &Delivery,
    context: &SignatureContext,
) -> Result<Vec<u8>, SignError> {
    let key = scheme.key.signing(scheme.algorithm, secret).map_err(SignError::Key)?;
    let signed = SignedRequest::new(request, context);
    let items = scheme.items(&signed);
    let item = |name: &str| {
        let found = items.iter().find(|(own, _)| own == name.as_bytes());
        found.map(|(_, text)| text.as_slice())
    };
    let parts = signed.signed(scheme, key.bytes(), item).map_err(SignError::Needs)?;
    Ok(key.sign(scheme.algorithm, &parts))
}

/// The signature's value under a scheme, for a body with these headers.
///
/// # Errors
/// When the secret is not a key of the scheme, or a signed part is missing.
pub fn signature(
    scheme: &Scheme,
    secret: &Secret,
    headers: &Headers,
    body: &[u8],
) -> Result<String, String> {
    let mut request = Delivery::post("/", Bytes::copy_from_slice(body));
    request.headers = headers.clone();
    let value = expected(scheme, secret, &request, &SignatureContext::default());
    value.map_err(|why| why.to_string())
}

impl Scheme {
    /// The items next to the signature in a request, by name.
    fn items(&self, request: &SignedRequest<'_>) -> Vec<(Vec<u8>, Vec<u8>)> {
        let Layout::Items(list) = &self.format.layout else {
            return Vec::new();
        };
        let value = self.value(request).unwrap_or_default();
        let all = self.format.layout.items(&value);
        let beside = all.filter(|item| item.name != list.signature.as_bytes());
        beside.map(|item| (item.name.to_vec(), item.text.to_vec())).collect()
    }
}

/// A body with another value in one field; all other bytes are unchanged.
fn with_field(
    body: &Bytes,
    pointer: &str,
    value: &str,
    is_string: bool,
) -> Result<Bytes, SignError> {
    let unsettable = |why: &dyn std::fmt::Display| {
        SignError::Body(format!("the body has no field for `{pointer}`: {why}"))
    };
    let mut text = parse_body(body).map_err(|why| unsettable(&why))?.text().to_owned();
    let assignment = Assignment::at_pointer(pointer, value, is_string);
    assignment.apply(&mut text, true).map_err(|why| unsettable(&why))?;
    Ok(text.into())
}
