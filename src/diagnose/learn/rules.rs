//! What follows from a proved scheme: which signed part is the time, which the id, and what the deliveries leave open.

use crate::webhook::delivery::Delivery;
use crate::webhook::signature::SignatureContext;
use crate::webhook::signature::format::{Encoding, Layout};
use crate::webhook::signature::request::SignedRequest;
use crate::webhook::signature::scheme::{
    IdRule, Location, Part, Scheme, TimestampRule, TimestampSource,
};

use super::place::common_headers;
use super::time::unit_of;

/// Something that the deliveries do not tell, and what would settle it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenQuestion {
    /// What is not known.
    pub what: String,
    /// What would settle it.
    pub settle: String,
}

impl OpenQuestion {
    fn new(what: impl Into<String>, settle: impl Into<String>) -> Self {
        Self { what: what.into(), settle: settle.into() }
    }
}

/// The text of each delivery at a part; `None` where one has none.
fn texts(
    part: &Part,
    scheme: &Scheme,
    deliveries: &[&Delivery],
    context: &SignatureContext,
) -> Option<Vec<Vec<u8>>> {
    let text = |delivery: &&Delivery| {
        let request = SignedRequest::new(delivery, context);
        let value = scheme.value(&request)?.into_owned();
        let items: Vec<_> = scheme.format.layout.items(&value).collect();
        let item = |name: &str| {
            let found = items.iter().find(|item| item.name == name.as_bytes());
            found.map(|item| item.text)
        };
        let bytes = request.part(part, &[], item).ok()?.into_owned();
        Some(bytes)
    };
    deliveries.iter().map(text).collect()
}

/// Adds the time and the id to a scheme: the signed parts that have the form of one.
pub fn complete(scheme: &mut Scheme, deliveries: &[&Delivery], context: &SignatureContext) {
    for part in &scheme.signs {
        let source = match part {
            Part::Header(name) => TimestampSource::Header(name.clone()),
            Part::Item(name) => TimestampSource::Item(name.clone()),
            Part::Field(pointer) => TimestampSource::Body(pointer.clone()),
            _ => continue,
        };
        let unit = texts(part, scheme, deliveries, context).and_then(|all| unit_of(&all));
        if let Some(unit) = unit {
            scheme.timestamp = Some(TimestampRule { source, unit, tolerance_seconds: None });
            break;
        }
    }
    let id = signed_headers(scheme).into_iter().find(|name| {
        let all = texts(&Part::Header(name.clone()), scheme, deliveries, context);
        all.is_some_and(|all| all.len() == 1 || !is_constant(&all))
    });
    scheme.id = id.map(|header| {
        let value = deliveries.first().and_then(|one| one.headers.get(&header));
        let make = template(value.unwrap_or_default());
        IdRule { header, make }
    });
}

/// The headers that are signed and are not the time.
pub fn signed_headers(scheme: &Scheme) -> Vec<String> {
    let time = scheme.timestamp.as_ref().map(|rule| &rule.source);
    let is_other = |name: &&String| time != Some(&TimestampSource::Header((*name).clone()));
    let headers = scheme.signs.iter().filter_map(|part| match part {
        Part::Header(name) => Some(name),
        _ => None,
    });
    headers.filter(is_other).cloned().collect()
}

/// How ids of this form are made: `msg_{uuid}` of `msg_2b1c…`.
pub fn template(value: &[u8]) -> String {
    let text = String::from_utf8_lossy(value);
    let prefix = text.find('_').and_then(|at| text.get(..=at)).filter(|prefix| {
        let word = prefix.trim_end_matches('_');
        (2..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())
    });
    format!("{}{{uuid}}", prefix.unwrap_or_default())
}

pub fn is_constant(all: &[Vec<u8>]) -> bool {
    all.windows(2).all(|two| two.first() == two.last())
}

/// What the deliveries do not tell about a scheme.
pub fn open_questions(
    scheme: &Scheme,
    deliveries: &[&Delivery],
    context: &SignatureContext,
) -> Vec<OpenQuestion> {
    let mut open = Vec::new();
    let one = match deliveries {
        [_] => "the one delivery has",
        _ => "all deliveries have",
    };
    let headers = common_headers(deliveries);
    for part in &scheme.signs {
        let Some(own) = texts(part, scheme, deliveries, context) else {
            continue;
        };
        let name = name(part);
        match part {
            Part::Header(_) | Part::Item(_) | Part::Field(_) | Part::Setting(_)
                if is_constant(&own) =>
            {
                open.push(OpenQuestion::new(
                    format!(
                        "{one} the same {name}: a fixed text of this value may be signed instead"
                    ),
                    format!("another delivery with another {name}"),
                ));
            }
            Part::Method | Part::Path | Part::Url if is_constant(&own) => {
                open.push(OpenQuestion::new(
                    format!(
                        "{one} the same {name}: a fixed text of this value may be signed instead"
                    ),
                    "a delivery with another method, path or URL",
                ));
            }
            _ => {}
        }
        // What else has the same value everywhere.
        let is_value =
            matches!(part, Part::Header(_) | Part::Item(_) | Part::Field(_) | Part::Text(_));
        let own = match part {
            // The separator after a fixed version is no part of it.
            Part::Text(text) => {
                let word = text.trim_matches(|c: char| !c.is_ascii_alphanumeric());
                vec![word.as_bytes().to_vec(); deliveries.len()]
            }
            _ => own,
        };
        if !is_value || own.iter().any(Vec::is_empty) {
            continue;
        }
        for other in &headers {
            let header = Part::Header(other.clone());
            let is_own = header == *part || scheme.header() == Some(other);
            if !is_own && texts(&header, scheme, deliveries, context).as_ref() == Some(&own) {
                open.push(OpenQuestion::new(
                    format!("{one} the same value in the header {other} as in the {name}: either may be signed"),
                    format!("another delivery in which the header {other} has another value"),
                ));
            }
        }
    }
    open.extend(layout_question(scheme, deliveries, context));
    if let Some(rule) = &scheme.timestamp
        && rule.tolerance_seconds.is_none()
    {
        open.push(OpenQuestion::new(
            format!(
                "the tolerance of the timestamp ({}) is in no delivery: its age is not judged",
                rule.place()
            ),
            "the provider's document; add it as tolerance_seconds, 300 is usual",
        ));
    }
    open
}

/// Whether the format could be another one.
fn layout_question(
    scheme: &Scheme,
    deliveries: &[&Delivery],
    context: &SignatureContext,
) -> Option<OpenQuestion> {
    let values = deliveries.iter().map(|one| {
        let request = SignedRequest::new(one, context);
        scheme.value(&request).map(std::borrow::Cow::into_owned)
    });
    let values: Vec<_> = values.collect::<Option<_>>()?;
    let place = match &scheme.location {
        Location::Header(name) => format!("header {name}"),
        Location::Body(pointer) => format!("field {pointer}"),
    };
    let has_special =
        |value: &Vec<u8>| value.iter().any(|b| matches!(b, b'+' | b'/' | b'-' | b'_'));
    let is_unpadded = |value: &Vec<u8>| value.last() != Some(&b'=');
    match &scheme.format.layout {
        Layout::Prefix(prefix) if prefix.starts_with("v") && prefix.ends_with(['=', ',']) => {
            Some(OpenQuestion::new(
                format!(
                    "whether `{prefix}` in the {place} is a fixed prefix, or the first item of a list"
                ),
                "a delivery with several signatures, such as one from a rotation of the secret",
            ))
        }
        _ if scheme.format.encoding == Encoding::Base64
            && values.iter().all(|value| is_unpadded(value) && !has_special(value)) =>
        {
            Some(OpenQuestion::new(
                format!("whether the {place} is in base64 or in URL-safe base64"),
                "a delivery whose signature has one of + / - _",
            ))
        }
        _ => None,
    }
}

/// A part, human-readable.
fn name(part: &Part) -> String {
    match part {
        Part::Header(name) => format!("header {name}"),
        Part::Item(name) => format!("item {name}"),
        Part::Field(pointer) => format!("field {pointer}"),
        Part::Setting(name) => format!("setting {name}"),
        Part::Text(text) => format!("text {text:?}"),
        Part::Url => "URL".to_owned(),
        Part::Method => "method".to_owned(),
        Part::Path => "path".to_owned(),
        Part::Body | Part::FormSorted | Part::Hash(_) => "body".to_owned(),
        Part::Secret => "secret".to_owned(),
    }
}
