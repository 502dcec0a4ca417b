//! The fields of a handshake's request, by name, and the templates in which they are sent back.

use std::cell::OnceCell;

use http::HeaderName;
use memchr::memmem;
use serde::Deserialize;
use serde_json::Value;
use url::form_urlencoded;

use crate::webhook::delivery::{Delivery, Headers};
use crate::webhook::payload::json::{Document, Node, parse_body};

/// The maximum length of a value that is sent back, in bytes.
const MAX_VALUE: usize = 4096;
/// The maximum length of the body of a handshake, in bytes.
const MAX_BODY: usize = 64 << 10;

/// A request whose fields are looked up.
pub struct HandshakeRequest<'r> {
    method: &'r str,
    target: &'r str,
    headers: &'r Headers,
    body: &'r [u8],
    /// Parsed when a field of it is looked up.
    json: OnceCell<Option<Document<'r>>>,
}

impl<'r> HandshakeRequest<'r> {
    /// The request line and headers of a request without a body.
    pub fn without_body(method: &'r str, target: &'r str, headers: &'r Headers) -> Self {
        Self { method, target, headers, body: &[], json: OnceCell::new() }
    }

    pub(super) fn method(&self) -> &str {
        self.method
    }

    pub fn headers(&self) -> &Headers {
        self.headers
    }

    fn json(&self) -> Option<Node<'_, 'r>> {
        let parse = || match self.body.len() <= MAX_BODY {
            true => parse_body(self.body).ok(),
            false => None,
        };
        self.json.get_or_init(parse).as_ref().map(Document::root)
    }
}

impl<'r> From<&'r Delivery> for HandshakeRequest<'r> {
    fn from(delivery: &'r Delivery) -> Self {
        let Delivery { method, target, headers, body, .. } = delivery;
        Self { body, ..Self::without_body(method, target, headers) }
    }
}

/// Where a value is in a request.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Field {
    /// The parameter of this name in the URL.
    Query(String),
    /// The header of this name.
    Header(String),
    /// The value at this pointer in the JSON body.
    Body(String),
}

impl Field {
    /// The text of the field. A field that a request has twice has no text: parsers differ in which one they use.
    pub fn text(&self, request: &HandshakeRequest<'_>) -> Option<String> {
        match self {
            Self::Query(name) => {
                let (_, query) = request.target.split_once('?')?;
                let mut values = form_urlencoded::parse(query.as_bytes());
                let value = values.find(|(own, _)| own == name)?.1.into_owned();
                values.all(|(own, _)| own != *name).then_some(value)
            }
            Self::Header(name) => {
                let mut values = request.headers.all(name);
                let value = std::str::from_utf8(values.next()?).ok()?.trim().to_owned();
                values.next().is_none().then_some(value)
            }
            Self::Body(pointer) => {
                let value = request.json()?.at_pointer(pointer)?.to_value(&mut Vec::new());
                match value {
                    Value::String(text) => Some(text),
                    Value::Number(_) | Value::Bool(_) => Some(value.to_string()),
                    _ => None,
                }
            }
        }
    }

    /// As it is written in a template, such as `query:hub.challenge`.
    pub fn label(&self) -> String {
        match self {
            Self::Query(name) => format!("query:{name}"),
            Self::Header(name) => format!("header:{name}"),
            Self::Body(pointer) => format!("body:{pointer}"),
        }
    }

    /// A human-readable name, such as "the parameter hub.challenge".
    pub fn describe(&self) -> String {
        match self {
            Self::Query(name) => format!("the parameter {name}"),
            Self::Header(name) => format!("the header {name}"),
            Self::Body(pointer) => format!("the field {pointer}"),
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let (place, name) = text.split_once(':')?;
        match place {
            "query" => Some(Self::Query(name.to_owned())),
            "header" => Some(Self::Header(name.to_owned())),
            "body" => Some(Self::Body(name.to_owned())),
            _ => None,
        }
    }

    pub(super) fn mistake(&self) -> Option<String> {
        let is_right = match self {
            Self::Query(name) => !name.is_empty(),
            Self::Header(name) => HeaderName::from_bytes(name.as_bytes()).is_ok(),
            Self::Body(pointer) => pointer.starts_with('/'),
        };
        (!is_right).then(|| format!("names {}, which cannot be", self.label()))
    }
}

/// Whether a text may be sent back: it is not empty, bounded, and without control characters.
pub(super) fn is_text(text: &str) -> bool {
    (1..=MAX_VALUE).contains(&text.len()) && !text.contains(char::is_control)
}

/// A field that a request has, with one value or with any.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(try_from = "ConditionTable")]
pub struct Condition {
    pub field: Field,
    /// The value; any when absent.
    pub is: Option<Value>,
    /// What a body contains in which the condition holds.
    text: Needle,
}

/// A text to search for, prepared once: every delivery is searched.
#[derive(Clone, Debug)]
struct Needle(memmem::Finder<'static>);

impl PartialEq for Needle {
    fn eq(&self, other: &Self) -> bool {
        self.0.needle() == other.0.needle()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ConditionTable {
    query: Option<String>,
    header: Option<String>,
    body: Option<String>,
    is: Option<Value>,
}

impl TryFrom<ConditionTable> for Condition {
    type Error = &'static str;

    fn try_from(table: ConditionTable) -> Result<Self, Self::Error> {
        let field = match (table.query, table.header, table.body) {
            (Some(name), None, None) => Field::Query(name),
            (None, Some(name), None) => Field::Header(name),
            (None, None, Some(pointer)) => Field::Body(pointer),
            _ => return Err("expected one of `query`, `header` and `body`"),
        };
        let text = match &field {
            Field::Body(pointer) => {
                let key = pointer.rsplit('/').next().unwrap_or_default();
                table.is.as_ref().and_then(Value::as_str).unwrap_or(key)
            }
            Field::Query(_) | Field::Header(_) => "",
        };
        let text = Needle(memmem::Finder::new(text).into_owned());
        Ok(Self { field, is: table.is, text })
    }
}

impl Condition {
    pub(super) fn holds(&self, request: &HandshakeRequest<'_>) -> bool {
        match (&self.field, &self.is) {
            (Field::Body(pointer), wanted) => {
                let node = request.json().and_then(|root| root.at_pointer(pointer));
                node.is_some_and(|node| {
                    wanted.as_ref().is_none_or(|value| node.to_value(&mut Vec::new()) == *value)
                })
            }
            (field, None) => field.text(request).is_some(),
            (field, Some(Value::String(value))) => field.text(request).as_ref() == Some(value),
            (field, Some(value)) => field.text(request) == Some(value.to_string()),
        }
    }

    /// Whether the body can contain the searched text, without parsing it.
    pub(super) fn may_hold(&self, request: &HandshakeRequest<'_>) -> bool {
        request.body.len() <= MAX_BODY && self.text.0.find(request.body).is_some()
    }
}

/// A text with fields of the request in it, such as `{query:hub.challenge}`, or the HMAC of one under the secret:
/// `{hmac-sha256-hex:body:/payload/plainToken}`.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Template(pub(super) Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    Text(String),
    Field(Field),
    /// The HMAC-SHA256 of a field under the secret, in lower-case hexadecimal.
    Mac(Field),
}

impl TryFrom<String> for Template {
    type Error = String;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let mut pieces = Vec::new();
        let mut rest = text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) =
                after.split_once('}').ok_or_else(|| "a `{` without its `}`".to_owned())?;
            if !before.is_empty() {
                pieces.push(Piece::Text(before.to_owned()));
            }
            let piece = match name.strip_prefix("hmac-sha256-hex:") {
                Some(name) => Field::parse(name).map(Piece::Mac),
                None => Field::parse(name).map(Piece::Field),
            };
            pieces.push(piece.ok_or_else(|| {
                "expected {query:NAME}, {header:NAME}, {body:/POINTER} or \
                 {hmac-sha256-hex:…} of one of them"
                    .to_owned()
            })?);
            rest = after;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self(pieces))
    }
}

impl Template {
    pub(super) fn fields(&self) -> impl Iterator<Item = &Field> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Text(_) => None,
            Piece::Field(field) | Piece::Mac(field) => Some(field),
        })
    }
}
