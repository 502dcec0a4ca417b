//! The response to a handshake: made from the request, and compared with the one that an endpoint gave.

use std::collections::BTreeMap;
use std::fmt;

use http::HeaderValue;
use serde_json::Value;

use super::field::{Field, HandshakeRequest, Piece, Template, is_text};
use super::{ContentType, Handshake, ResponseRule};
use crate::escape::clipped;
use crate::webhook::delivery::Headers;
use crate::webhook::signature::Secret;
use crate::webhook::signature::mac::Hash;

/// A response that the provider accepts, for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExpectedResponse {
    /// The one status; any 2xx when absent.
    pub status: Option<u16>,
    pub content_type: Option<ContentType>,
    pub headers: Vec<(String, String)>,
    pub body: ExpectedBody,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ExpectedBody {
    Any,
    Text(String),
    /// An object with these texts.
    Json(BTreeMap<String, String>),
}

/// Why there is no response to a handshake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseError {
    /// The request does not have what is to be sent back.
    Missing(Field),
    /// What is to be sent back is too long, or holds control characters.
    Unsafe(Field),
    /// The response depends on the secret, and there is none.
    NoSecret,
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing(field) => write!(f, "{} is missing", field.describe()),
            Self::Unsafe(field) => {
                write!(f, "{} is too long or holds control characters", field.describe())
            }
            Self::NoSecret => f.write_str("the response depends on the secret, and none was given"),
        }
    }
}

impl Handshake {
    /// The responses that the provider accepts to a request. The first is the one to give.
    ///
    /// # Errors
    /// When there is none.
    pub fn expected(
        &self,
        request: &HandshakeRequest<'_>,
        secret: Option<&Secret>,
    ) -> Result<Vec<ExpectedResponse>, ResponseError> {
        if let Some(key) = &self.key {
            usable_text(key, request)?;
        }
        self.responses.iter().map(|rule| rule.fill(request, secret)).collect()
    }
}

impl ResponseRule {
    fn fill(
        &self,
        request: &HandshakeRequest<'_>,
        secret: Option<&Secret>,
    ) -> Result<ExpectedResponse, ResponseError> {
        let named = |all: &BTreeMap<String, Template>| {
            let fill = |(name, template): (&String, &Template)| {
                Ok((name.clone(), template.fill(request, secret)?))
            };
            all.iter().map(fill).collect::<Result<Vec<_>, _>>()
        };
        let body = match (&self.body, &self.json) {
            (Some(template), _) => ExpectedBody::Text(template.fill(request, secret)?),
            (None, Some(json)) => ExpectedBody::Json(named(json)?.into_iter().collect()),
            (None, None) => ExpectedBody::Any,
        };
        let headers = named(&self.headers)?;
        for ((_, value), template) in headers.iter().zip(self.headers.values()) {
            // A header takes less than a body does.
            if HeaderValue::from_str(value).is_err()
                && let Some(field) = template.fields().next()
            {
                return Err(ResponseError::Unsafe(field.clone()));
            }
        }
        let content_type = self.content_type();
        Ok(ExpectedResponse { status: self.status, content_type, headers, body })
    }
}

/// The text of a field, if it may be used.
fn usable_text(field: &Field, request: &HandshakeRequest<'_>) -> Result<String, ResponseError> {
    let text = field.text(request).ok_or_else(|| ResponseError::Missing(field.clone()))?;
    let is_text = is_text(&text);
    is_text.then_some(text).ok_or_else(|| ResponseError::Unsafe(field.clone()))
}

impl Template {
    fn fill(
        &self,
        request: &HandshakeRequest<'_>,
        secret: Option<&Secret>,
    ) -> Result<String, ResponseError> {
        let value = |field: &Field| usable_text(field, request);
        let fill = |piece: &Piece| match piece {
            Piece::Text(text) => Ok(text.clone()),
            Piece::Field(field) => value(field),
            Piece::Mac(field) => {
                let secret = secret.ok_or(ResponseError::NoSecret)?;
                let mac = Hash::Sha256.keyed(secret.expose()).mac(&[value(field)?.as_bytes()]);
                Ok(data_encoding::HEXLOWER.encode(&mac))
            }
        };
        self.0.iter().map(fill).collect()
    }
}

impl ExpectedResponse {
    /// The status to respond with.
    pub fn status(&self) -> u16 {
        self.status.unwrap_or(200)
    }

    /// The body to respond with.
    pub fn body(&self) -> Vec<u8> {
        match &self.body {
            ExpectedBody::Any => Vec::new(),
            ExpectedBody::Text(text) => text.clone().into_bytes(),
            ExpectedBody::Json(texts) => serde_json::to_vec(texts).unwrap_or_default(),
        }
    }

    /// A human-readable description: `200 with 1158201444 as text/plain`.
    pub fn describe(&self) -> String {
        let mut text = self.status.map_or("a 2xx".to_owned(), |status| status.to_string());
        for (name, _) in &self.headers {
            text.push_str(&format!(", with the header {name} of the request"));
        }
        match &self.body {
            ExpectedBody::Any => {}
            ExpectedBody::Text(body) => text.push_str(&format!(", with the body {body}")),
            ExpectedBody::Json(_) => {
                text.push_str(&format!(", with {}", String::from_utf8_lossy(&self.body())));
            }
        }
        text
    }

    /// Why a response is not this one; `None` when it is.
    fn difference(&self, status: u16, headers: &Headers, body: &[u8]) -> Option<String> {
        let wrong_status = match self.status {
            Some(expected) => status != expected,
            None => !(200..300).contains(&status),
        };
        if wrong_status {
            // The caller says what is expected.
            return Some(format!("responded with {status}"));
        }
        for (name, expected) in &self.headers {
            match headers.get(name) {
                None => return Some(format!("the response has no header {name}")),
                Some(value) if value.trim_ascii() == expected.as_bytes() => {}
                Some(_) => {
                    return Some(format!("the header {name} is not the one of the request"));
                }
            }
        }
        match &self.body {
            ExpectedBody::Any => None,
            ExpectedBody::Text(expected) => text_difference(expected, body),
            ExpectedBody::Json(expected) => json_difference(expected, body),
        }
    }
}

fn text_difference(expected: &str, body: &[u8]) -> Option<String> {
    if body == expected.as_bytes() {
        return None;
    }
    let is_quoted = serde_json::from_slice::<String>(body).is_ok_and(|text| text == expected);
    let holds = |text: &[u8]| text.windows(expected.len().max(1)).any(|w| w == expected.as_bytes());
    Some(match () {
        () if body.is_empty() => "the body is empty".to_owned(),
        () if is_quoted => "the value is in quotes: send it as text, not as JSON".to_owned(),
        () if body.trim_ascii() == expected.as_bytes() => {
            "there is white space around the value".to_owned()
        }
        () if holds(body) => "the body contains more than the value".to_owned(),
        () => format!("the body is {}", clipped(body, 100)),
    })
}

fn json_difference(expected: &BTreeMap<String, String>, body: &[u8]) -> Option<String> {
    let Ok(Value::Object(found)) = serde_json::from_slice(body) else {
        return Some(format!("the body is not a JSON object: {}", clipped(body, 100)));
    };
    expected.iter().find_map(|(key, value)| match found.get(key) {
        None => Some(format!("the body has no `{key}`")),
        Some(Value::String(text)) if text == value => None,
        Some(_) => Some(format!("`{key}` has another value")),
    })
}

/// Compares a response with those that the provider accepts: the error says what is wrong with it, human-readable;
/// otherwise returns remarks about it.
///
/// # Errors
/// When it is none of them.
pub fn check(
    expected: &[ExpectedResponse],
    status: u16,
    headers: &Headers,
    body: &[u8],
) -> Result<Vec<String>, String> {
    let mut first = None;
    for one in expected {
        match one.difference(status, headers, body) {
            None => return Ok(notes(one, headers)),
            Some(why) => first = first.or(Some(why)),
        }
    }
    Err(first.unwrap_or_default())
}

fn notes(expected: &ExpectedResponse, headers: &Headers) -> Vec<String> {
    let value = headers.get("content-type").unwrap_or_default();
    let value = String::from_utf8_lossy(value).to_ascii_lowercase();
    let given = value.split(';').next().unwrap_or_default().trim();
    let is_text = matches!(expected.body, ExpectedBody::Text(_));
    match expected.content_type {
        Some(_) if is_text && given == "text/html" => vec![
            "the content type is text/html: a browser runs scripts in what a request brings"
                .to_owned(),
        ],
        Some(wanted) if given != wanted.name() => vec![format!(
            "the content type is {}, {} is better",
            if given.is_empty() { "missing" } else { given },
            wanted.name()
        )],
        _ => Vec::new(),
    }
}
