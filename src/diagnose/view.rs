//! What may be seen in a body: its bytes, its JSON, what an encoding of it holds, and the parts of these.

use std::borrow::Cow;

use crate::webhook::content_coding::Decoded;
use crate::webhook::delivery::Delivery;
use crate::webhook::payload::json::{self, Document, Kind, Node, without_bom};

use super::byte_change::{from_python_bytes, gunzip, unbase64};
use super::cause::{COMMON, Cause, RARE, weight};
use super::form;

/// The most values directly below one that are looked at.
const MAX_PARTS: usize = 16;

/// The longest key that is followed, in bytes of its text.
const MAX_KEY: usize = 64;

/// The most fields of a form that may hold a body.
const MAX_FIELDS: usize = 4;

/// The texts in a body that may be JSON. Views borrow from documents, and documents from texts.
pub struct BodyTexts<'b>(Vec<Text<'b>>);

struct Text<'b> {
    /// The bytes of the view; `None` where the text itself is made up.
    bytes: Option<Cow<'b, [u8]>>,
    /// What may be JSON.
    text: Cow<'b, str>,
    formula: String,
    causes: Vec<Cause>,
}

/// The JSON in them.
pub struct BodyDocuments<'t> {
    texts: &'t [Text<'t>],
    documents: Vec<Option<Document<'t>>>,
}

impl<'b> BodyTexts<'b> {
    /// The texts in a body whose content codings were removed as `decoded`.
    pub fn new(body: &'b [u8], decoded: Option<Vec<u8>>) -> Self {
        let bare = without_bom(body);
        let mut all = Self(vec![Text {
            bytes: Some(Cow::Borrowed(body)),
            text: String::from_utf8_lossy(bare),
            formula: "body".to_owned(),
            causes: Vec::new(),
        }]);
        if !body.is_ascii() {
            let latin1: String = bare.iter().map(|b| char::from(*b)).collect();
            let cause = Cause::with("body.latin1", "read as Latin-1 and written as UTF-8");
            all.made_up(latin1, "latin1_decode(body)", cause);
        }
        let gzip = Cause::plain("body.gzip");
        all.bytes(decoded.or_else(|| gunzip(body)), "gunzip(body)", gzip);
        let says = "the content of the body, which is base64";
        let content = unbase64(body).filter(|content| !content.is_ascii() || is_text(content));
        all.bytes(content, "unbase64(body)", Cause::with("body.base64", says));
        let document = (body.first() == Some(&b'"')).then(|| json::parse_body(body).ok()).flatten();
        let string = document.and_then(|document| document.root().string().map(Cow::into_owned));
        let says = "the content of the body, which is a JSON string,";
        all.bytes(string, "JSON.parse(body)", Cause::with("body.json_string", says));
        let says = "the body without the backslashes before its quotes,";
        all.bytes(unescaped(body), "unescape(body)", Cause::with("body.json_string", says));
        let says = "the bytes that the body is the text of in Python";
        all.bytes(from_python_bytes(body), "eval(body)", Cause::with("body.python_bytes", says));
        all.forms(body);
        all
    }

    /// The texts in the body of a delivery.
    pub fn of(delivery: &'b Delivery) -> Self {
        let decoded = Decoded::new(&delivery.headers, &delivery.body);
        Self::new(&delivery.body, decoded.and_then(|decoded| decoded.body.ok()))
    }

    fn bytes(&mut self, bytes: Option<Vec<u8>>, formula: impl Into<String>, cause: Cause) {
        let Some(bytes) = bytes.filter(|bytes| !bytes.is_empty()) else {
            return;
        };
        let text = String::from_utf8_lossy(without_bom(&bytes)).into_owned();
        let (formula, causes) = (formula.into(), vec![cause]);
        self.0.push(Text { bytes: Some(Cow::Owned(bytes)), text: text.into(), formula, causes });
    }

    fn made_up(&mut self, text: String, formula: impl Into<String>, cause: Cause) {
        let (formula, causes) = (formula.into(), vec![cause]);
        self.0.push(Text { bytes: None, text: text.into(), formula, causes });
    }

    /// The fields of a form, alone and as an object.
    fn forms(&mut self, body: &[u8]) {
        if form::is_form(body) {
            let names = ["payload", "data", "body", "json", "message"];
            let fields = names.iter().filter_map(|name| Some((name, form::field(body, name)?)));
            for (name, value) in fields.take(MAX_FIELDS).collect::<Vec<_>>() {
                let cause = Cause::with(
                    "body.form_encoded",
                    format!("the value of the form's field `{name}`"),
                );
                self.bytes(Some(value), format!("form_field(body, \"{name}\")"), cause);
            }
        }
        for (is_nested, as_lists, says, formula) in [
            (false, false, "as a JSON object", "form_parse(body)"),
            (
                true,
                false,
                "as a JSON object, with the brackets in its names read",
                "form_parse(body)",
            ),
            (false, true, "as a JSON object with a list for each name", "parse_qs(body)"),
        ] {
            if let Some(text) = form::to_json(body, is_nested, as_lists) {
                self.made_up(text, formula, Cause::with("body.form_as_json", says));
            }
        }
        let Some(parts) = form::parts(body) else {
            return;
        };
        for (name, content) in
            parts.into_iter().filter(|(_, content)| content.len() > 2).take(MAX_FIELDS)
        {
            let name = name.chars().take(MAX_KEY).collect::<String>();
            let cause = Cause::with("body.multipart", format!("the content of its part `{name}`"));
            self.bytes(Some(content.to_vec()), format!("part(body, \"{name}\")"), cause);
        }
        if let Some(text) = form::parts_to_json(body) {
            let cause = Cause::with("body.multipart", "its parts as a JSON object");
            self.made_up(text, "form_parse(body)", cause);
        }
    }

    pub fn parse(&self) -> BodyDocuments<'_> {
        let documents = self.0.iter().map(|one| json::parse(&one.text).ok()).collect();
        BodyDocuments { texts: &self.0, documents }
    }
}

/// What a text is that stands within a JSON string: its quotes have backslashes.
pub fn unescaped(body: &[u8]) -> Option<Vec<u8>> {
    let bare = body.trim_ascii();
    let is_escaped = bare.starts_with(b"{\\\"") || bare.starts_with(b"[{\\\"");
    let literal = [b"\"", bare, b"\""].concat();
    let document = is_escaped.then(|| json::parse_body(&literal).ok()).flatten()?;
    document.root().string().map(Cow::into_owned)
}

/// Whether bytes look like text, not like what base64 makes of any word.
fn is_text(bytes: &[u8]) -> bool {
    bytes.iter().all(|b| b.is_ascii_graphic() || b.is_ascii_whitespace())
}

impl<'t> BodyDocuments<'t> {
    /// What there is to hash: every text, then the parts of its JSON.
    pub fn views(&'t self) -> Vec<BodyView<'t>> {
        let texts = self.texts.iter().zip(&self.documents).enumerate();
        let whole: Vec<_> = texts
            .map(|(origin, (text, document))| BodyView {
                origin,
                bytes: text.bytes.as_deref(),
                node: document.as_ref().map(Document::root),
                formula: text.formula.clone(),
                causes: text.causes.clone(),
                path: None,
            })
            .filter(|view| view.bytes.is_some() || view.node.is_some())
            .collect();
        let parts: Vec<_> = whole.iter().flat_map(|view| view.parts(COMMON)).collect();
        let inner: Vec<_> = parts.iter().flat_map(|view| view.parts(RARE)).collect();
        [whole, parts, inner].concat()
    }

    /// The text of the first JSON.
    pub fn json(&self) -> Option<&'t str> {
        let mut all = self.texts.iter().zip(&self.documents);
        all.find_map(|(text, document)| document.as_ref().map(|_| &*text.text))
    }
}

/// What a body variant is made from.
#[derive(Clone)]
pub struct BodyView<'t> {
    /// Which of the texts it is, or is a part of.
    pub origin: usize,
    /// Its bytes, where they are not a value of JSON.
    pub bytes: Option<&'t [u8]>,
    pub node: Option<Node<'t, 't>>,
    pub formula: String,
    pub causes: Vec<Cause>,
    /// The JSON Pointer to it, for a part of a view.
    pub path: Option<String>,
}

impl BodyView<'_> {
    /// The objects, arrays and strings directly below.
    fn parts(&self, weight: usize) -> Vec<Self> {
        let Some(node) = self.node else {
            return Vec::new();
        };
        let above = self.path.as_deref().unwrap_or_default();
        let mut causes = self.causes.clone();
        causes.retain(|cause| cause.code != SUBTREE);
        node.entries()
            .filter(|(key, value)| {
                key.raw().len() <= MAX_KEY
                    && matches!(value.kind(), Kind::Object | Kind::Array | Kind::String)
            })
            .take(MAX_PARTS)
            .map(|(key, value)| {
                let key = String::from_utf8_lossy(&key.string().unwrap_or_default()).into_owned();
                let path = format!("{above}/{}", key.replace('~', "~0").replace('/', "~1"));
                let cause = Cause::with(SUBTREE, path.as_str()).weighing(weight);
                Self {
                    origin: self.origin,
                    bytes: None,
                    node: Some(value),
                    formula: format!("{}.{key}", self.formula),
                    causes: [&causes[..], &[cause]].concat(),
                    path: Some(path),
                }
            })
            .collect()
    }

    /// Whether it is a part of a part.
    pub fn is_deep(&self) -> bool {
        self.path.as_ref().is_some_and(|path| path.matches('/').count() > 1)
    }

    pub fn is_part(&self) -> bool {
        self.path.is_some()
    }

    /// How unlikely it is.
    pub fn weight(&self) -> usize {
        weight(&self.causes)
    }
}

const SUBTREE: &str = "body.subtree";
