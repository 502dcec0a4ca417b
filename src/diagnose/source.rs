//! What a form is made of: bytes, or a JSON value in them, which may be a part of another.

use super::cause::Cause;
use crate::webhook::payload::json::{Kind, Node};

/// The most values right below one that are looked at.
const WIDEST: usize = 16;

/// The longest key that is followed, in bytes of its text.
const LONGEST_KEY: usize = 64;

/// What a form is made of.
#[derive(Clone)]
pub struct Source<'f, 't> {
    /// Which of the sources it is, or is a part of.
    pub(super) origin: usize,
    pub(super) base: Base<'f, 't>,
    pub(super) formula: String,
    pub(super) causes: Vec<Cause>,
    /// Where it stands, for a part of a source (a JSON Pointer).
    pub(super) path: Option<String>,
}

#[derive(Clone, Copy)]
pub(super) enum Base<'f, 't> {
    Bytes(&'f [u8]),
    Value(Node<'f, 't>),
}

impl<'f, 't> Source<'f, 't> {
    /// Bytes, and how they differ from the body.
    pub fn bytes(bytes: &'f [u8], formula: impl Into<String>, causes: Vec<Cause>) -> Self {
        Self {
            origin: 0,
            base: Base::Bytes(bytes),
            formula: formula.into(),
            causes,
            path: None,
        }
    }

    /// A JSON value, and how what it was read from differs from the body.
    pub fn value(node: Node<'f, 't>, formula: impl Into<String>, causes: Vec<Cause>) -> Self {
        Self {
            origin: 0,
            base: Base::Value(node),
            formula: formula.into(),
            causes,
            path: None,
        }
    }

    /// The objects, arrays and texts right below.
    pub(super) fn parts(&self) -> Vec<Self> {
        let Base::Value(node) = self.base else {
            return Vec::new();
        };
        let above = self.path.as_deref().unwrap_or_default();
        node.entries()
            .filter(|(key, value)| {
                key.raw().len() <= LONGEST_KEY
                    && matches!(value.kind(), Kind::Object | Kind::Array | Kind::String)
            })
            .take(WIDEST)
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
