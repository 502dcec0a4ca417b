//! Other values in the place of private ones in bodies: in JSON, in forms, and in text. Nothing but the characters of
//! values changes, and a body keeps its length.

use std::rc::Rc;

use serde_json::Value;

use crate::webhook::payload::json::{Kind as JsonKind, Node, escape_step, parse, without_bom};

use super::judge::{Kind, MAX_KEY, is_small, is_time, is_word, kind};
use super::units::Coding;
use super::{At, Redactor};

/// The longest pointer that is followed, in bytes: deeper values have the pointer of what they are in.
const MAX_POINTER: usize = 1024;

/// How many times JSON may stand in a string of JSON.
const MAX_NESTED: usize = 4;

/// Words that programs print in the place of values, and that stay in a body that is not JSON.
const LITERALS: &[&str] =
    &["Infinity", "NaN", "None", "True", "False", "null", "true", "false", "undefined", "object"];

/// An object or an array whose values are looked at.
struct Frame<'d, 't> {
    children: Box<dyn Iterator<Item = Node<'d, 't>> + 'd>,
    is_object: bool,
    index: usize,
    /// The lengths of the pointers to it.
    path: usize,
    shown: usize,
    key: Rc<str>,
}

/// The pointers to a value: as the body has it, and with private keys replaced.
struct Pointers {
    path: String,
    shown: String,
}

impl Pointers {
    fn push(&mut self, step: &str, shown: &str) {
        if self.path.len() + step.len() < MAX_POINTER {
            self.path.push('/');
            self.path.push_str(&escape_step(step));
            self.shown.push('/');
            self.shown.push_str(&escape_step(shown));
        }
    }
}

impl Redactor {
    /// A body without its content coding. The text of `at` begins its pointers.
    pub(super) fn body(&mut self, body: &[u8], is_form: bool) -> Vec<u8> {
        let bom = body.len() - without_bom(body).len();
        let (bom, bare) = body.split_at(bom);
        let is_binary = bare.contains(&0) || invalid(bare) > bare.len() / 4;
        let other = match is_binary {
            true => {
                self.unsure(
                    "the body is binary: every letter, digit and byte above 127 was replaced",
                );
                self.count(Kind::Text);
                self.words.bytes(bare)
            }
            false => masked(bare, |text| self.text_body(text, is_form)),
        };
        [bom, &other].concat()
    }

    fn text_body(&mut self, text: &str, is_form: bool) -> String {
        let root = At { path: "", shown: "", key: "" };
        let error = match self.json(text, root, 0) {
            Ok(other) => return other,
            Err(error) => error,
        };
        if text.contains('=') && (is_form || !text.contains(char::is_whitespace)) {
            return self.form(text);
        }
        if let Some(other) = self.multipart(text) {
            return other;
        }
        if text.contains(char::is_alphanumeric) {
            self.unsure(&format!(
                "the body is not JSON ({error}): every word and number was replaced"
            ));
            self.count(Kind::Text);
        }
        self.words.text_but(text, |word| LITERALS.contains(&word))
    }

    /// A multipart form: the content of its parts changes, and their names where they are private.
    fn multipart(&mut self, text: &str) -> Option<String> {
        let boundary = text.split("\r\n").next().filter(|line| line.starts_with("--"))?;
        let mut is_any = false;
        let part = |part: &str| {
            let Some((head, content)) = part.split_once("\r\n\r\n") else {
                return part.to_owned();
            };
            is_any = true;
            let head = head.split('"').enumerate().map(|(at, text)| match at % 2 {
                // What is quoted: the name of the field or of a file.
                1 => self.key(text).unwrap_or_else(|| text.to_owned()),
                _ => text.to_owned(),
            });
            let head = head.collect::<Vec<_>>().join("\"");
            let (content, end) = match content.strip_suffix("\r\n") {
                Some(content) => (content, "\r\n"),
                None => (content, ""),
            };
            format!("{head}\r\n\r\n{}{end}", self.text_body(content, false))
        };
        let other = text.split(boundary).map(part).collect::<Vec<_>>().join(boundary);
        is_any.then_some(other)
    }

    /// JSON with other values.
    ///
    /// # Errors
    /// When it is not JSON.
    pub(super) fn json(&mut self, text: &str, at: At<'_>, nested: usize) -> Result<String, String> {
        let document = parse(text).map_err(|why| why.to_string())?;
        let mut out = String::with_capacity(text.len());
        let mut written = 0;
        let mut pointers = Pointers { path: at.path.to_owned(), shown: at.shown.to_owned() };
        let mut replace = |node: Node<'_, '_>, new: String| {
            let span = node.span();
            out.push_str(text.get(written..span.start).unwrap_or_default());
            out.push_str(&new);
            written = span.end;
        };
        let root = document.root();
        let mut frames: Vec<Frame<'_, '_>> = Vec::new();
        if let Some(frame) = frame(root, &pointers, &at.key.into()) {
            frames.push(frame);
        } else if let Some(new) = self.leaf(root, at, nested) {
            replace(root, new);
        }
        while let Some(top) = frames.last_mut() {
            let Some(first) = top.children.next() else {
                frames.pop();
                continue;
            };
            pointers.path.truncate(top.path);
            pointers.shown.truncate(top.shown);
            let (key, value) = match top.is_object {
                false => {
                    let step = top.index.to_string();
                    top.index += 1;
                    pointers.push(&step, &step);
                    (Rc::clone(&top.key), first)
                }
                true => {
                    let Some(value) = top.children.next() else {
                        continue;
                    };
                    let key = first.text().unwrap_or_default().into_owned();
                    let other = self.key(&key);
                    pointers.push(&key, other.as_deref().unwrap_or(&key));
                    if let Some(other) = other {
                        let raw = first.raw();
                        replace(first, Coding::Json.rewrite(raw, &format!("\"{other}\"")));
                    }
                    (judged(&key).into(), value)
                }
            };
            if let Some(frame) = frame(value, &pointers, &key) {
                frames.push(frame);
                continue;
            }
            let at = At { path: &pointers.path, shown: &pointers.shown, key: &key };
            if let Some(new) = self.leaf(value, at, nested) {
                replace(value, new);
            }
        }
        out.push_str(text.get(written..).unwrap_or_default());
        Ok(out)
    }

    /// What replaces a value that holds no others; `None` where it stays.
    fn leaf(&mut self, node: Node<'_, '_>, at: At<'_>, nested: usize) -> Option<String> {
        match node.kind() {
            JsonKind::String => {
                let raw = node.raw();
                let inner = raw.get(1..raw.len().saturating_sub(1))?;
                let new = match inner.contains('\\') {
                    false => self.value(inner, at, nested)?,
                    true => {
                        let other = self.value(&Coding::Json.decode(inner), at, nested)?;
                        Coding::Json.rewrite(inner, &other)
                    }
                };
                Some(format!("\"{new}\""))
            }
            JsonKind::Number => self.number(node.raw(), at),
            JsonKind::Bool if self.rules.forces(at.path) => {
                self.unsure(&format!("{}: `true` and `false` stay", at.shown));
                None
            }
            _ => None,
        }
    }

    fn number(&mut self, raw: &str, at: At<'_>) -> Option<String> {
        let (mantissa, exponent) = raw.split_at(raw.find(['e', 'E']).unwrap_or(raw.len()));
        if !self.is_secret(raw) {
            let is_kept =
                || is_small(raw) || exponent.bytes().filter(u8::is_ascii_digit).count() > 2;
            if self.rules.keeps(at.path) {
                return None;
            }
            if !self.rules.forces(at.path) {
                if is_time(raw, at.key) {
                    return self.time(raw);
                }
                if is_kept() {
                    return None;
                }
            }
        }
        self.count(match kind(raw, at.key) {
            Kind::Text | Kind::Name | Kind::Birthday => Kind::Number,
            other => other,
        });
        Some(self.words.text(mantissa) + exponent)
    }

    /// What replaces a key that is data; `None` where it is a name of the provider's.
    fn key(&mut self, key: &str) -> Option<String> {
        let is_plain = |key: &str| key.is_empty() || is_small(key) || is_word(key, MAX_KEY);
        // A form may have `user[name]` or `list[]`.
        let mut parts = key.split(['[', ']']);
        if parts.all(is_plain) && !self.is_secret(key) {
            return None;
        }
        self.count(Kind::Key);
        Some(self.words.text(key))
    }

    /// A form, or the query of a URL, with other values.
    pub(super) fn form(&mut self, text: &str) -> String {
        let field = |field: &str| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            let key = Coding::Percent.decode(name);
            let other = self.key(&key);
            let path = format!("/{}", escape_step(&key));
            let shown = format!("/{}", escape_step(other.as_deref().unwrap_or(&key)));
            let at = At { path: &path, shown: &shown, key: &key };
            let new = self.value(&Coding::Percent.decode(value), at, 0);
            let name = other.map_or(name.to_owned(), |other| Coding::Percent.rewrite(name, &other));
            let value = new.map_or(value.to_owned(), |new| Coding::Percent.rewrite(value, &new));
            if field.contains('=') { format!("{name}={value}") } else { name }
        };
        text.split('&').map(field).collect::<Vec<_>>().join("&")
    }

    /// The JSON of a body with other values; `None` when it is not JSON.
    pub(crate) fn sample(&mut self, body: &[u8]) -> Option<Value> {
        let text = std::str::from_utf8(without_bom(body)).ok()?;
        let other = self.json(text, At { path: "", shown: "", key: "" }, 0).ok()?;
        Some(parse(&other).ok()?.root().to_value(&mut Vec::new()))
    }

    /// A form with other values.
    pub(crate) fn sample_form(&mut self, body: &[u8]) -> String {
        self.form(&String::from_utf8_lossy(body))
    }

    /// JSON in a text with other values; `None` where it is not JSON.
    pub(super) fn nested(&mut self, text: &str, at: At<'_>, nested: usize) -> Option<String> {
        let is_json = text.trim_start().starts_with(['{', '[']) && nested < MAX_NESTED;
        is_json.then(|| self.json(text, at, nested + 1).ok())?
    }
}

/// As much of a key as is judged: its end. It is judged again for each value of a list.
fn judged(key: &str) -> &str {
    let start = key.len().saturating_sub(MAX_KEY);
    let start = (start..key.len()).find(|at| key.is_char_boundary(*at)).unwrap_or(start);
    key.get(start..).unwrap_or_default()
}

fn frame<'d, 't: 'd>(
    node: Node<'d, 't>,
    pointers: &Pointers,
    key: &Rc<str>,
) -> Option<Frame<'d, 't>> {
    let is_object = match node.kind() {
        JsonKind::Object => true,
        JsonKind::Array => false,
        _ => return None,
    };
    Some(Frame {
        children: Box::new(node.children(node.kind())),
        is_object,
        index: 0,
        path: pointers.path.len(),
        shown: pointers.shown.len(),
        key: Rc::clone(key),
    })
}

/// How many bytes are not UTF-8.
fn invalid(bytes: &[u8]) -> usize {
    bytes.utf8_chunks().map(|chunk| chunk.invalid().len()).sum()
}

/// The bytes with the text in them changed to one of the same length. Bytes that are not UTF-8 stay.
pub(super) fn masked(bytes: &[u8], change: impl FnOnce(&str) -> String) -> Vec<u8> {
    let mut text = String::with_capacity(bytes.len());
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|_| '?'));
    }
    let mut changed = change(&text).into_bytes();
    let mut at = 0;
    for chunk in bytes.utf8_chunks() {
        at += chunk.valid().len();
        let end = at + chunk.invalid().len();
        if let Some(place) = changed.get_mut(at..end) {
            place.copy_from_slice(chunk.invalid());
        }
        at = end;
    }
    changed
}
