//! What a body may hold: its bytes, the JSON in them, and that in what they are when read as Latin-1 or
//! decompressed. Texts and documents are kept apart, as one borrows from the other.

use std::borrow::Cow;

use crate::webhook::analysis::without_bom;

use super::cause::Cause;
use super::edit;
use super::source::Source;
use crate::webhook::payload::json::{self, Document};

/// The texts in a body that may be JSON.
pub struct Texts<'b> {
    text: Cow<'b, str>,
    latin: Option<String>,
    plain: Option<String>,
}

/// The JSON in them.
pub struct Documents<'t> {
    text: Option<Document<'t>>,
    latin: Option<Document<'t>>,
    plain: Option<Document<'t>>,
}

impl<'b> Texts<'b> {
    /// Those of a body.
    pub fn of(body: &'b [u8]) -> Self {
        let bare = without_bom(body);
        let plain = edit::gunzip(body);
        Self {
            text: String::from_utf8_lossy(bare),
            latin: (!body.is_ascii()).then(|| bare.iter().map(|b| char::from(*b)).collect()),
            plain: plain.map(|plain| String::from_utf8_lossy(without_bom(&plain)).into_owned()),
        }
    }

    /// The JSON in them.
    pub fn documents(&self) -> Documents<'_> {
        Documents {
            text: json::parse(&self.text).ok(),
            latin: self
                .latin
                .as_deref()
                .and_then(|text| json::parse(text).ok()),
            plain: self
                .plain
                .as_deref()
                .and_then(|text| json::parse(text).ok()),
        }
    }
}

impl<'t> Documents<'t> {
    /// What there is to hash: the body's bytes, and the JSON.
    pub fn sources<'f>(&'f self, body: &'f [u8]) -> Vec<Source<'f, 't>> {
        let says = "read as Latin-1 and written as UTF-8";
        let latin = Cause::with("body.latin1", says);
        let plain = Cause::plain("body.gzip");
        let of = |document: &'f Option<Document<'t>>, formula: &str, causes: Vec<Cause>| {
            let root = document.as_ref().map(Document::root);
            root.map(|root| Source::value(root, formula, causes))
        };
        let mut all = vec![Source::bytes(body, "body", vec![])];
        all.extend(of(&self.text, "body", vec![]));
        all.extend(of(&self.latin, "latin1_decode(body)", vec![latin]));
        all.extend(of(&self.plain, "gunzip(body)", vec![plain]));
        all
    }
}
