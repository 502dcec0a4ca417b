//! What other runtimes print for a document that they have parsed, byte for byte: the bytes that a signer hashed who
//! did not hash the body. A new serializer is one file, named below.

mod dotnet;
mod escape;
mod go;
mod jackson;
mod node;
mod number;
mod orjson;
mod php;
mod python;
mod ruby;
mod serializer;
mod writer;

use std::sync::LazyLock;

use crate::webhook::payload::json::Node;

pub use serializer::{Runtime, Serializer};

/// Every serializer, the most frequent of a runtime before its options. Where two print the same bytes for a
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

/// The bytes that a serializer's runtime prints for a value of a document. `None` where it refuses the value,
/// as its parser or its printer throws, and where the bytes would be more than `limit`.
pub fn write(serializer: &Serializer, node: Node<'_, '_>, limit: usize) -> Option<Vec<u8>> {
    writer::write(&serializer.style, node, limit)
}

#[cfg(test)]
mod tests;
