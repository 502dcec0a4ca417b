//! A place in a contract: it reads what is there, and its errors name the line and the key.

use std::path::Path;

use super::super::tree::{Key, Node, TreeError, Value};
use crate::error::Error;
use crate::webhook::suggest;

/// At most this much of an unknown key is quoted, in characters.
const MAX_SHOWN: usize = 80;

/// Reads a file that a contract names.
pub type ReadFile<'r> = dyn FnMut(&Path) -> Result<Vec<u8>, Error> + 'r;

/// Why a contract cannot be used.
#[derive(Debug, PartialEq, Eq)]
pub struct ContractError {
    pub line: usize,
    /// The keys that lead to the place, joined by dots; empty at the top.
    pub key: String,
    pub message: String,
    /// What to do.
    pub hint: String,
}

pub type Result<T, E = ContractError> = std::result::Result<T, E>;

impl From<TreeError> for ContractError {
    fn from(TreeError { line, message }: TreeError) -> Self {
        Self { line, key: String::new(), message, hint: "correct the line".to_owned() }
    }
}

/// A value and the keys that lead to it.
#[derive(Clone)]
pub struct At<'n> {
    pub node: &'n Node,
    key: String,
}

/// A mapping all of whose keys are known.
pub struct Table<'n> {
    pub at: At<'n>,
    entries: &'n [(Key, Node)],
}

impl<'n> Table<'n> {
    pub fn get(&self, name: &str) -> Option<At<'n>> {
        let (key, node) = self.entries.iter().find(|(key, _)| key.name == name)?;
        Some(self.at.below(key, node))
    }

    /// The value of a key; `what` says what it has, for the error.
    pub fn required(&self, name: &str, what: &str) -> Result<At<'n>> {
        self.get(name).ok_or_else(|| {
            self.at.error(format!("the key `{name}` is missing"), format!("add it: {what}"))
        })
    }
}

impl<'n> At<'n> {
    /// The whole of a contract.
    pub fn top(node: &'n Node) -> Self {
        Self { node, key: String::new() }
    }

    pub fn error(&self, message: impl Into<String>, hint: impl Into<String>) -> ContractError {
        ContractError {
            line: self.node.line,
            key: self.key.clone(),
            message: message.into(),
            hint: hint.into(),
        }
    }

    fn below(&self, key: &Key, node: &'n Node) -> Self {
        let name = &key.name;
        let key = match self.key.as_str() {
            "" => name.clone(),
            above => format!("{above}.{name}"),
        };
        Self { node, key }
    }

    /// The entries of a mapping with any keys.
    pub fn entries(&self) -> Result<Vec<(&'n Key, Self)>> {
        let Value::Mapping(entries) = &self.node.value else {
            let found = &self.node.value;
            return Err(self.error(
                format!("expected a mapping, found {found}"),
                "write `key: value` lines below it",
            ));
        };
        Ok(entries.iter().map(|(key, node)| (key, self.below(key, node))).collect())
    }

    /// A mapping with these keys only.
    pub fn table(&self, known: &[&str]) -> Result<Table<'n>> {
        for (key, at) in self.entries()? {
            let name = key.name.as_str();
            if !known.contains(&name) {
                let shown: String = name.chars().take(MAX_SHOWN).collect();
                let hint = match name {
                    "unsigned" => "write `tamper: missing`".to_owned(),
                    "<<" => "merge keys are not supported; an alias may stand for a whole value"
                        .to_owned(),
                    _ => suggest::among(name, known),
                };
                return Err(ContractError {
                    line: key.line,
                    key: self.key.clone(),
                    message: format!("there is no key `{shown}` here"),
                    hint,
                });
            }
            if at.is_nothing() {
                return Err(ContractError {
                    line: key.line,
                    ..at.error("there is no value", "add one, or leave the key out")
                });
            }
        }
        match &self.node.value {
            Value::Mapping(entries) => Ok(Table { at: self.clone(), entries }),
            _ => Ok(Table { at: self.clone(), entries: &[] }),
        }
    }

    fn is_nothing(&self) -> bool {
        matches!(&self.node.value, Value::Plain(text) if text.is_empty())
    }

    /// The items of a list, or the one value.
    pub fn one_or_more(&self) -> Result<Vec<Self>> {
        match &self.node.value {
            Value::List(items) if items.is_empty() => {
                Err(self.error("the list is empty", "add to it, or leave the key out"))
            }
            Value::List(items) => {
                Ok(items.iter().map(|node| Self { node, key: self.key.clone() }).collect())
            }
            _ => Ok(vec![self.clone()]),
        }
    }

    pub fn text(&self) -> Result<&'n str> {
        match &self.node.value {
            Value::Text(text) => Ok(text),
            Value::Plain(text) if !text.is_empty() => Ok(text),
            found => {
                Err(self.error(format!("expected a text, found {found}"), "write one line of text"))
            }
        }
    }

    pub fn flag(&self) -> Result<bool> {
        match &self.node.value {
            Value::Plain(text) if text.eq_ignore_ascii_case("true") => Ok(true),
            Value::Plain(text) if text.eq_ignore_ascii_case("false") => Ok(false),
            _ => Err(self.error("expected true or false", "write one of them, without quotes")),
        }
    }

    pub fn json(&self) -> Result<String> {
        let below = |TreeError { line, message }| ContractError {
            line,
            ..self.error(message, "correct the value")
        };
        self.node.to_json().map_err(below)
    }

    pub fn value(&self) -> Result<serde_json::Value> {
        let value = serde_json::from_str(&self.json()?);
        value.map_err(|why| self.error(format!("this is not JSON: {why}"), "correct the value"))
    }

    /// The bytes of a body: a text, or JSON.
    pub fn data(&self) -> Result<String> {
        match &self.node.value {
            Value::List(_) | Value::Mapping(_) => self.json(),
            Value::Text(text) => Ok(text.clone()),
            Value::Plain(_) => Ok(self.text()?.to_owned()),
        }
    }

    /// The contents of the file that this names.
    pub fn file(&self, files: &mut ReadFile<'_>) -> Result<Vec<u8>> {
        let read = files(Path::new(self.text()?));
        read.map_err(|why| self.error(why.message, why.hint))
    }
}
