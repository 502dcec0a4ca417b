//! What other runtimes print for a document they have parsed, byte for byte: the bytes a signer hashed
//! when it did not hash the body.

mod dotnet;
mod entries;
mod escape;
mod go;
mod jackson;
mod java_double;
mod node;
mod number;
mod orjson;
mod php;
mod python;
mod python_repr;
mod ranges;
mod ruby;
mod style;
mod write;

use std::sync::LazyLock;

use crate::webhook::payload::json::Node;
use style::Style;

/// One way to parse a body and print it again.
pub struct Serializer {
    /// The stable codes of what it does; more than one where options come together.
    pub codes: Vec<&'static str>,
    /// Whose code it is.
    pub stack: Stack,
    formula: String,
    style: Style,
}

/// The runtime or library a serialiser belongs to: what a fix has to be written for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Stack {
    /// `JSON.stringify` of Node.js and every other ECMAScript engine.
    Node,
    /// Python's own `json`, or `str` of a `dict`.
    Python,
    /// The `orjson` package of Python.
    Orjson,
    /// PHP's `json_encode`.
    Php,
    /// Ruby's `json`.
    Ruby,
    /// Rails' `to_json`.
    Rails,
    /// Go's `encoding/json`.
    Go,
    /// .NET's `System.Text.Json`.
    DotNet,
    /// Java's Jackson.
    Jackson,
    /// Any: only white space outside strings differs.
    Any,
}

impl Stack {
    /// Its name in data.
    pub fn name(self) -> &'static str {
        match self {
            Self::Node => "node",
            Self::Python => "python",
            Self::Orjson => "orjson",
            Self::Php => "php",
            Self::Ruby => "ruby",
            Self::Rails => "rails",
            Self::Go => "go",
            Self::DotNet => "dotnet",
            Self::Jackson => "jackson",
            Self::Any => "any",
        }
    }
}

impl Serializer {
    /// The expression that prints these bytes, with `input` in the place of what is parsed:
    /// `JSON.stringify(JSON.parse(body))`.
    pub fn formula(&self, input: &str) -> String {
        self.formula.replace(INPUT, input)
    }
}

/// Stands for what is parsed in a formula. No formula has this sign for anything else.
const INPUT: &str = "…";

/// Every serialiser, the commonest of a runtime before its options. Where two print the same bytes for a
/// document, the earlier one is the simpler explanation.
pub fn all() -> &'static [Serializer] {
    static ALL: LazyLock<Vec<Serializer>> = LazyLock::new(|| {
        [
            node::all(),
            python::all(),
            orjson::all(),
            php::all(),
            ruby::all(),
            go::all(),
            dotnet::all(),
            jackson::all(),
        ]
        .into_iter()
        .flatten()
        .collect()
    });
    &ALL
}

/// The bytes that a serialiser's runtime prints for a value of a document. `None` where it refuses the value,
/// as its parser or its printer throws, and where the bytes would be more than `limit`.
pub fn write(serialiser: &Serializer, node: Node<'_, '_>, limit: usize) -> Option<Vec<u8>> {
    write::write(&serialiser.style, node, limit)
}

#[cfg(test)]
mod tests;
