//! `--set PATH=VALUE`: changes one value in a JSON text, leaves every other byte as it is, and refuses to change what
//! is missing.

mod form;

use std::borrow::Cow;
use std::fmt;

use super::json::{Kind, Node, SyntaxError, parse, unescape_step};
use super::stringify::string;
use crate::webhook::suggest;

/// The maximum number of steps of a path.
const MAX_STEPS: usize = 100;

/// One parsed `PATH=VALUE` or `PATH:=JSON`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    steps: Vec<String>,
    /// The path as it was given.
    path: String,
    value: NewValue,
}

#[derive(Clone, Debug, PartialEq)]
enum NewValue {
    /// After `=`: a number, a boolean, `null` or else a string.
    Text(String),
    /// After `:=`: any JSON.
    Json(String),
    /// A string, whatever it looks like.
    String(String),
}

/// Why an assignment cannot be read or made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SetError {
    /// There is no `=`.
    NoEquals,
    /// There is nothing before the `=`.
    NoPath,
    /// The path has too many steps.
    TooDeep,
    /// What follows `:=` is not JSON.
    NotJson {
        /// The path as it was given.
        path: String,
        /// What is wrong and where.
        why: SyntaxError,
    },
    /// The text to change is not JSON.
    BadDocument(SyntaxError),
    /// The document has no such path.
    NoSuchPath {
        /// The path as it was given.
        path: String,
        /// The nearest path that it has.
        nearest: Option<String>,
    },
    /// The path goes through something that is neither an object nor an array.
    NotAContainer {
        /// The part of the path that holds a plain value.
        path: String,
    },
}

impl Assignment {
    /// Reads `payload.name=Zoë`, `payload.count:=3`, `/payload/a.b=1` (a JSON Pointer when it starts with a slash).
    ///
    /// # Errors
    /// When there is no path, no `=`, or no JSON after `:=`.
    pub fn parse(text: &str) -> Result<Self, SetError> {
        let (left, right) = text.split_once('=').ok_or(SetError::NoEquals)?;
        let (path, value) = match left.strip_suffix(':') {
            Some(path) => {
                let json =
                    parse(right).map_err(|why| SetError::NotJson { path: path.to_owned(), why })?;
                (path, NewValue::Json(json.root().raw().to_owned()))
            }
            None => (left, NewValue::Text(right.to_owned())),
        };
        Self::at_path(path, value)
    }

    /// Sets a path to a string, whatever the string looks like.
    ///
    /// # Errors
    /// When there is no path.
    pub fn to_string(path: &str, text: &str) -> Result<Self, SetError> {
        Self::at_path(path, NewValue::String(text.to_owned()))
    }

    /// Sets a path to well-formed JSON.
    ///
    /// # Errors
    /// When there is no path.
    pub fn to_json(path: &str, json: &str) -> Result<Self, SetError> {
        Self::at_path(path, NewValue::Json(json.to_owned()))
    }

    fn at_path(path: &str, value: NewValue) -> Result<Self, SetError> {
        if path.is_empty() {
            return Err(SetError::NoPath);
        }
        let steps: Vec<String> = match path.strip_prefix('/') {
            Some(pointer) => {
                let steps = pointer.split('/').map(unescape_step);
                steps.map(Cow::into_owned).collect()
            }
            None => path.split('.').map(str::to_owned).collect(),
        };
        if steps.len() > MAX_STEPS {
            return Err(SetError::TooDeep);
        }
        Ok(Self { steps, path: path.to_owned(), value })
    }

    /// Sets the value at a JSON Pointer: to this string, or to `text` in the type that the value has.
    pub(crate) fn at_pointer(pointer: &str, text: &str, is_string: bool) -> Self {
        let steps = pointer.split('/').skip(1).map(unescape_step);
        Self {
            steps: steps.map(Cow::into_owned).collect(),
            path: pointer.to_owned(),
            value: match is_string {
                true => NewValue::String(text.to_owned()),
                false => NewValue::Text(text.to_owned()),
            },
        }
    }

    /// Makes the change in a JSON text. With `add`, a missing path is created.
    ///
    /// # Errors
    /// When the path is missing and `add` is false, or leads through a plain value; the text is then unchanged.
    pub fn apply(&self, text: &mut String, add: bool) -> Result<(), SetError> {
        let document = parse(text).map_err(SetError::BadDocument)?;
        let mut node = document.root();
        for (depth, step) in self.steps.iter().enumerate() {
            if let Some(child) = node.step(step) {
                node = child;
                continue;
            }
            let is_container = matches!(node.kind(), Kind::Object | Kind::Array);
            if add && !is_container {
                let path = self.steps[..depth].join(".");
                return Err(SetError::NotAContainer { path });
            }
            let is_next = node.kind() == Kind::Object || *step == node.items().count().to_string();
            if !add || !is_next {
                return Err(SetError::NoSuchPath {
                    path: self.path.clone(),
                    nearest: nearest_path(document.root(), &self.path),
                });
            }
            let new = self.member(node.kind(), &self.steps[depth..]);
            let last = node.items().last();
            let last = last.or_else(|| node.entries().last().map(|(_, value)| value));
            let (at, new) = match last {
                Some(last) => (last.span().end, format!(",{new}")),
                None => (node.span().start + 1, new),
            };
            text.insert_str(at, &new);
            return Ok(());
        }
        let span = node.span();
        let value = self.json(Some(node));
        text.replace_range(span, &value);
        Ok(())
    }

    /// A new member of a container, with the objects that the remaining steps lead through.
    fn member(&self, container: Kind, steps: &[String]) -> String {
        let Some((first, rest)) = steps.split_first() else {
            return String::new();
        };
        let mut new = String::new();
        if container == Kind::Object {
            new = quoted(first) + ":";
        }
        for step in rest {
            new.push('{');
            new.push_str(&quoted(step));
            new.push(':');
        }
        new.push_str(&self.json(None));
        new + &"}".repeat(rest.len())
    }

    /// The JSON of the value. In plain text, `null`, `true` and `false` are themselves; digits are a number unless
    /// the document holds a string there (a phone number stays text); everything else is a string.
    fn json(&self, replaced: Option<Node<'_, '_>>) -> String {
        let text = match &self.value {
            NewValue::Json(json) => return json.clone(),
            NewValue::String(text) => return quoted(text),
            NewValue::Text(text) => text,
        };
        let was_string = replaced.is_some_and(|node| node.kind() == Kind::String);
        match parse(text).as_ref().map(|document| document.root()) {
            Ok(value) if matches!(value.kind(), Kind::Null | Kind::Bool) => value.raw().to_owned(),
            Ok(value) if value.kind() == Kind::Number && !was_string => value.raw().to_owned(),
            _ => quoted(text),
        }
    }
}

fn quoted(text: &str) -> String {
    let mut out = Vec::new();
    string(text.as_bytes(), &mut out);
    String::from_utf8(out).unwrap_or_default()
}

impl fmt::Display for SetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEquals => write!(f, "there is no `=` between path and value"),
            Self::NoPath => write!(f, "there is no path before the `=`"),
            Self::TooDeep => write!(f, "the path has more than {MAX_STEPS} steps"),
            Self::NotJson { path, why } => {
                write!(f, "the value for `{path}` after `:=` is not JSON: {why}")
            }
            Self::BadDocument(why) => write!(f, "the body is not JSON: {why}"),
            Self::NoSuchPath { path, .. } => write!(f, "the body has no `{path}`"),
            Self::NotAContainer { path } => {
                write!(f, "`{path}` is neither an object nor an array")
            }
        }
    }
}

/// The nearest path that a document has, to suggest it.
fn nearest_path(document: Node<'_, '_>, path: &str) -> Option<String> {
    let mut paths = Vec::new();
    list_paths(document, 0, &mut String::new(), &mut paths);
    suggest::nearest(path, paths.iter().map(String::as_str)).map(str::to_owned)
}

/// How many paths are compared for a suggestion, and how long they may be: the document may be untrusted.
const MAX_PATHS: usize = 4096;
const MAX_LENGTH: usize = 128;

/// The paths of a document that may be suggested.
fn list_paths(node: Node<'_, '_>, depth: usize, prefix: &mut String, out: &mut Vec<String>) {
    let mut list = |step: &str, child: Node<'_, '_>| {
        if out.len() >= MAX_PATHS || prefix.len() + step.len() >= MAX_LENGTH || depth == MAX_STEPS {
            return;
        }
        let end = prefix.len();
        if end > 0 {
            prefix.push('.');
        }
        prefix.push_str(step);
        out.push(prefix.clone());
        list_paths(child, depth + 1, prefix, out);
        prefix.truncate(end);
    };
    for (key, child) in node.entries().take(MAX_PATHS) {
        list(&key.text().unwrap_or_default(), child);
    }
    for (at, child) in node.items().take(MAX_PATHS).enumerate() {
        list(&at.to_string(), child);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    const SAMPLE: &str = r#"{ "chatId": 1.0, "read":false, "image":null,
        "payload": {"phone":"+2", "list":[1], "e":{}, "\u0041":"\ud83d", "big":1e400} }"#;

    fn set_text(text: &str, add: bool) -> Result<String, SetError> {
        let mut root = SAMPLE.to_owned();
        Assignment::parse(text)?.apply(&mut root, add)?;
        Ok(root)
    }

    fn set(text: &str, add: bool) -> Result<Value, SetError> {
        let root = set_text(text, add)?;
        Ok(parse(&root).unwrap().root().to_value(&mut Vec::new()))
    }

    #[test]
    fn every_other_byte_stays() {
        for (text, from, to) in [
            ("read=true", "false", "true"),
            ("payload.A:=1.0", r#""\ud83d""#, "1.0"),
            ("payload.big:=1e401", "1e400", "1e401"),
            ("payload.list.1=x", "[1]", r#"[1,"x"]"#),
            ("payload.e.f.g=x", "{}", r#"{"f":{"g":"x"}}"#),
            ("new:=[ ]", r#"1e400}"#, r#"1e400},"new":[ ]"#),
        ] {
            let changed = set_text(text, true).unwrap();
            assert_eq!(changed, SAMPLE.replace(from, to), "{text}");
        }
    }

    #[test]
    fn values_are_typed() {
        for (text, pointer, expected) in [
            ("chatId=42", "/chatId", json!(42)),
            ("read=true", "/read", json!(true)),
            ("payload.phone=null", "/payload/phone", json!(null)),
            ("payload.phone=0712", "/payload/phone", json!("0712")),
            ("payload.phone=712", "/payload/phone", json!("712")),
            ("payload.phone:=712", "/payload/phone", json!(712)),
            ("image=a=b", "/image", json!("a=b")),
            ("payload.list.0=x", "/payload/list/0", json!("x")),
            ("/payload/phone=x", "/payload/phone", json!("x")),
            ("payload:={\"a\":[]}", "/payload", json!({"a": []})),
        ] {
            let root = set(text, false).unwrap();
            assert_eq!(root.pointer(pointer), Some(&expected), "{text}");
        }
    }

    #[test]
    fn a_path_that_is_not_there_names_the_nearest_unless_added() {
        let SetError::NoSuchPath { nearest, .. } = set("payload.phnoe=1", false).unwrap_err()
        else {
            panic!("another error")
        };
        assert_eq!(nearest.as_deref(), Some("payload.phone"));
        let added = set("payload.deep.er=1", true).unwrap();
        assert_eq!(added.pointer("/payload/deep/er"), Some(&json!(1)));
        for (text, path) in [("chatId.x=1", "chatId"), ("payload.phone.x.y=1", "payload.phone")] {
            let path = path.to_owned();
            assert_eq!(set(text, true), Err(SetError::NotAContainer { path }));
        }
        let deep = |steps| format!("{}=1", vec!["a"; steps].join("."));
        assert!(set(&deep(MAX_STEPS), true).is_ok());
        assert_eq!(set(&deep(MAX_STEPS + 1), true), Err(SetError::TooDeep));
        let nope = Assignment::parse("a:=nope");
        assert!(matches!(nope, Err(SetError::NotJson { .. })));
    }

    #[test]
    fn only_short_and_early_paths_are_suggested() {
        let nearest =
            |document: &str, path: &str| nearest_path(parse(document).unwrap().root(), path);
        let long = "k".repeat(200);
        let document = format!(r#"{{"{long}":{{"a":1}},"b":1}}"#);
        assert_eq!(nearest(&document, "bb").as_deref(), Some("b"));
        assert_eq!(nearest(&document, &long[1..]), None);
        let many = format!("[{}0]", "0,".repeat(10_000));
        assert_eq!(nearest(&many, "10000").as_deref(), Some("1000"));
        let deep = format!(r#"{}1{}"#, r#"{"":"#.repeat(100_000), "}".repeat(100_000));
        assert_eq!(nearest(&deep, "x"), None);
    }
}
