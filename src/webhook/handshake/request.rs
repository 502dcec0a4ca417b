//! The request of a handshake, as its provider sends it.

use serde_json::{Map, Value};
use url::form_urlencoded;

use super::field::Field;
use super::{Handshake, HandshakeMethod};
use crate::webhook::delivery::Delivery;

/// Random texts for the values that a handshake only sends back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generated {
    /// `{text}`: letters and digits.
    pub text: String,
    /// `{digits}`: a number.
    pub digits: String,
}

impl Generated {
    fn fill(&self, template: &str) -> String {
        template.replace("{text}", &self.text).replace("{digits}", &self.digits)
    }

    fn fill_value(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => Value::String(self.fill(text)),
            Value::Array(items) => items.iter().map(|item| self.fill_value(item)).collect(),
            Value::Object(map) => Value::Object(self.fill_map(map)),
            other => other.clone(),
        }
    }

    fn fill_map(&self, map: &Map<String, Value>) -> Map<String, Value> {
        map.iter().map(|(key, value)| (key.clone(), self.fill_value(value))).collect()
    }
}

/// The values of a handshake's request.
#[derive(Clone, Copy, Debug)]
pub struct RequestValues<'v> {
    pub generated: &'v Generated,
    /// The verify token.
    pub token: &'v str,
    /// The key that is handed over.
    pub key: &'v str,
}

impl Handshake {
    /// Makes `delivery`, a request without a body to the endpoint's target, the request of this handshake, not signed.
    pub fn fill_request(&self, delivery: &mut Delivery, values: RequestValues<'_>) {
        let texts = |map: &Map<String, Value>| -> Vec<(String, String)> {
            let filled = values.generated.fill_map(map).into_iter();
            filled.map(|(name, value)| (name, text(&value))).collect()
        };
        let mut query = texts(&self.request.query);
        let mut headers = texts(&self.request.headers);
        let mut body = Value::Object(values.generated.fill_map(&self.request.json));
        // What is only sent back is random, unless the description says what it is like.
        for field in self.responses.iter().flat_map(|rule| rule.fields()) {
            let random = || values.generated.text.clone();
            match field {
                Field::Query(name) if !has(&query, name) => query.push((name.clone(), random())),
                Field::Header(name) if !has(&headers, name) => {
                    headers.push((name.clone(), random()))
                }
                Field::Body(pointer) if body.pointer(pointer).is_none() => {
                    set(&mut body, pointer, random().into());
                }
                _ => {}
            }
        }
        let conditions = self
            .when
            .iter()
            .filter_map(|condition| Some((&condition.field, condition.is.clone()?)));
        let token = self.check.iter().map(|field| (field, values.token.into()));
        let key = self.key.iter().map(|field| (field, values.key.into()));
        for (field, value) in conditions.chain(token).chain(key) {
            match field {
                Field::Query(name) => replace(&mut query, name, text(&value)),
                Field::Header(name) => replace(&mut headers, name, text(&value)),
                Field::Body(pointer) => set(&mut body, pointer, value),
            }
        }
        delivery.method = self.method.name().to_owned();
        if !query.is_empty() {
            let query =
                form_urlencoded::Serializer::new(String::new()).extend_pairs(query).finish();
            let separator = if delivery.target.contains('?') { '&' } else { '?' };
            delivery.target.push_str(&format!("{separator}{query}"));
        }
        let is_empty = body.as_object().is_none_or(Map::is_empty);
        match self.method {
            HandshakeMethod::Post => {
                let text = if is_empty { "{}".to_owned() } else { body.to_string() };
                delivery.headers.set_value("content-length", text.len().to_string());
                delivery.body = text.into();
            }
            HandshakeMethod::Get | HandshakeMethod::Head => {
                delivery.headers.remove("content-length");
                delivery.headers.remove("content-type");
            }
        }
        for (name, value) in headers {
            delivery.headers.set_value(&name, value);
        }
    }
}

/// The text of a value in a query or a header.
fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn has(texts: &[(String, String)], name: &str) -> bool {
    texts.iter().any(|(own, _)| own.eq_ignore_ascii_case(name))
}

fn replace(texts: &mut Vec<(String, String)>, name: &str, text: String) {
    match texts.iter_mut().find(|(own, _)| own.eq_ignore_ascii_case(name)) {
        Some((_, value)) => *value = text,
        None => texts.push((name.to_owned(), text)),
    }
}

/// Sets the value at a pointer; objects on the way are made.
fn set(root: &mut Value, pointer: &str, value: Value) {
    let mut place = root;
    for step in pointer.split('/').skip(1) {
        let step = step.replace("~1", "/").replace("~0", "~");
        if !place.is_object() {
            *place = Value::Object(Map::new());
        }
        let Value::Object(map) = place else {
            return;
        };
        place = map.entry(step).or_insert(Value::Null);
    }
    *place = value;
}
