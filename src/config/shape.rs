//! The shapes of a profile's values: a text or a list, a command or a shell's line, a time, headers. What
//! may be secret is not shown.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};
use zeroize::Zeroizing;

use crate::cli::values;

/// One text, or a list of at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Texts(pub Vec<String>);

/// One secret, or a list of at least one. Not shown.
#[derive(Clone)]
pub struct Literals(pub Vec<Zeroizing<String>>);

/// A program with its arguments, or a line for the shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CommandLine {
    /// A line for the system's shell.
    Shell(String),
    /// A program and its arguments.
    Program(Vec<String>),
}

/// A time to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience(pub Duration);

/// Header lines by name.
#[derive(Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(try_from = "BTreeMap<String, String>")]
pub struct Headers(pub Vec<(String, Vec<u8>)>);

impl fmt::Debug for Literals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Literals({} redacted)", self.0.len())
    }
}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.0.iter().map(|(name, _)| name);
        f.debug_list().entries(names).finish()
    }
}

impl TryFrom<BTreeMap<String, String>> for Headers {
    type Error = String;

    fn try_from(map: BTreeMap<String, String>) -> Result<Self, String> {
        let read = map.into_iter().map(|(name, value)| {
            values::header(&format!("{name}: {value}"))
                .ok()
                .filter(|(read, _)| *read == name)
                .ok_or_else(|| "a header's name or value cannot be sent".to_owned())
        });
        read.collect::<Result<_, _>>().map(Self)
    }
}

impl<'de> Deserialize<'de> for Texts {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(OneOrMore)
            .map(|(texts, _)| Self(texts))
    }
}

impl<'de> Deserialize<'de> for Literals {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let (texts, _) = from.deserialize_any(OneOrMore)?;
        Ok(Self(texts.into_iter().map(Zeroizing::new).collect()))
    }
}

impl<'de> Deserialize<'de> for CommandLine {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Ok(match from.deserialize_any(OneOrMore)? {
            (mut texts, false) => Self::Shell(texts.pop().unwrap_or_default()),
            (texts, true) => Self::Program(texts),
        })
    }
}

impl<'de> Deserialize<'de> for Patience {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        values::duration(&text).map(Self).map_err(de::Error::custom)
    }
}

/// Reads a text or a list of texts, and says which it was.
struct OneOrMore;

impl<'de> Visitor<'de> for OneOrMore {
    type Value = (Vec<String>, bool);

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text in quotes, or a list of them")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Self::Value, E> {
        if text.is_empty() {
            return Err(E::custom("an empty text says nothing"));
        }
        Ok((vec![text.to_owned()], false))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut texts: Vec<String> = Vec::new();
        while let Some(text) = seq.next_element::<String>()? {
            if text.is_empty() && texts.is_empty() {
                return Err(de::Error::custom("an empty text says nothing"));
            }
            texts.push(text);
        }
        if texts.is_empty() {
            return Err(de::Error::custom("an empty list says nothing"));
        }
        Ok((texts, true))
    }
}
