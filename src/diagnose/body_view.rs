//! What a body may hold: its bytes, the JSON in them, and the JSON in what they are when read as Latin-1 or
//! decompressed. Body variants are made from these views and from the parts of the JSON.

use std::borrow::Cow;

use crate::webhook::payload::json::without_bom;

use super::byte_transform::gunzip;
use super::cause::Cause;
use crate::webhook::payload::json::{self, Document, Kind, Node};

/// The largest body whose signature is explained, in bytes.
pub const MAX_BODY: usize = 8 << 20;

/// The most values directly below one that are looked at.
const MAX_PARTS: usize = 16;

/// The longest key that is followed, in bytes of its text.
const MAX_KEY: usize = 64;

/// The texts in a body that may be JSON. Views borrow from documents, and documents from texts.
pub struct BodyTexts<'b> {
    text: Cow<'b, str>,
    latin1: Option<String>,
    decompressed: Option<String>,
}

/// The JSON in them.
pub struct BodyDocuments<'t> {
    text: Option<Document<'t>>,
    latin1: Option<Document<'t>>,
    decompressed: Option<Document<'t>>,
}

impl<'b> BodyTexts<'b> {
    /// The texts in a body.
    pub fn new(body: &'b [u8]) -> Self {
        let bare = without_bom(body);
        let decompressed = gunzip(body);
        Self {
            text: String::from_utf8_lossy(bare),
            latin1: (!body.is_ascii()).then(|| bare.iter().map(|b| char::from(*b)).collect()),
            decompressed: decompressed
                .map(|bytes| String::from_utf8_lossy(without_bom(&bytes)).into_owned()),
        }
    }

    /// The JSON in them.
    pub fn parse(&self) -> BodyDocuments<'_> {
        BodyDocuments {
            text: json::parse(&self.text).ok(),
            latin1: self
                .latin1
                .as_deref()
                .and_then(|text| json::parse(text).ok()),
            decompressed: self
                .decompressed
                .as_deref()
                .and_then(|text| json::parse(text).ok()),
        }
    }
}

impl<'t> BodyDocuments<'t> {
    /// What there is to hash: the body's bytes, and the JSON.
    pub fn views<'f>(&'f self, body: &'f [u8]) -> Vec<BodyView<'f, 't>> {
        let says = "read as Latin-1 and written as UTF-8";
        let latin1 = Cause::with("body.latin1", says);
        let gzip = Cause::plain("body.gzip");
        let mut views = vec![BodyView::new(Base::Bytes(body), 0, "body", vec![])];
        for (document, formula, causes) in [
            (&self.text, "body", vec![]),
            (&self.latin1, "latin1_decode(body)", vec![latin1]),
            (&self.decompressed, "gunzip(body)", vec![gzip]),
        ] {
            if let Some(document) = document {
                let base = Base::Value(document.root());
                views.push(BodyView::new(base, views.len(), formula, causes));
            }
        }
        views
    }
}

/// What a body variant is made from.
#[derive(Clone)]
pub struct BodyView<'f, 't> {
    /// Which of the views it is, or is a part of.
    pub(super) origin: usize,
    pub(super) base: Base<'f, 't>,
    pub(super) formula: String,
    pub(super) causes: Vec<Cause>,
    /// The JSON Pointer to it, for a part of a view.
    pub(super) path: Option<String>,
}

#[derive(Clone, Copy)]
pub(super) enum Base<'f, 't> {
    Bytes(&'f [u8]),
    Value(Node<'f, 't>),
}

impl<'f, 't> BodyView<'f, 't> {
    fn new(base: Base<'f, 't>, origin: usize, formula: &str, causes: Vec<Cause>) -> Self {
        Self {
            origin,
            base,
            formula: formula.to_owned(),
            causes,
            path: None,
        }
    }

    /// The objects, arrays and strings directly below.
    pub(super) fn parts(&self) -> Vec<Self> {
        let Base::Value(node) = self.base else {
            return Vec::new();
        };
        let above = self.path.as_deref().unwrap_or_default();
        node.entries()
            .filter(|(key, value)| {
                key.raw().len() <= MAX_KEY
                    && matches!(value.kind(), Kind::Object | Kind::Array | Kind::String)
            })
            .take(MAX_PARTS)
            .map(|(key, value)| {
                let key = String::from_utf8_lossy(&key.string().unwrap_or_default()).into_owned();
                let path = format!("{above}/{}", key.replace('~', "~0").replace('/', "~1"));
                Self {
                    origin: self.origin,
                    base: Base::Value(value),
                    formula: format!("{}.{key}", self.formula),
                    causes: self.causes.clone(),
                    path: Some(path),
                }
            })
            .collect()
    }
}
