//! What is made of a key and a message: the scheme's own HMAC, and what people make instead of it.

mod list;

use super::cause::Cause;
use super::digest::{self, Hash, Keyed};
use super::key::Key;

pub use list::constructions;

/// What is done with key and message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Make {
    /// HMAC(key, message).
    Hmac,
    /// H(message).
    Plain,
    /// H(key + separator + message).
    KeyBefore(&'static str),
    /// H(message + separator + key).
    KeyAfter(&'static str),
    /// H(key + message + key).
    KeyAround,
    /// HMAC(message, key).
    Swapped,
    /// HMAC(key, hex(H(message))) with this hash function inside.
    OfHex(Hash),
    /// H(hex(HMAC(key, message))).
    HashOfHex,
    /// HMAC(key, hex(HMAC(key, message))).
    HmacOfHex,
}

/// What is signed beside the body.
#[derive(Clone, Debug)]
struct Piece {
    bytes: Vec<u8>,
    /// What stands for it in formulas.
    formula: String,
}

/// A way to make a signature of a key and a body.
#[derive(Clone, Debug)]
pub struct Construction {
    make: Make,
    before: Vec<Piece>,
    after: Vec<Piece>,
    is_own: bool,
    /// How it differs from the scheme's.
    pub causes: Vec<Cause>,
}

impl Construction {
    /// Whether the key has any part in it.
    pub fn is_keyed(&self) -> bool {
        self.make != Make::Plain
    }

    /// In which round it is tried: the scheme's own, what people often make, what few make.
    pub fn round(&self) -> usize {
        match self.make {
            _ if self.is_own => 0,
            Make::KeyBefore(between) | Make::KeyAfter(between) if !between.is_empty() => 2,
            Make::KeyAround | Make::OfHex(Hash::Md5 | Hash::Sha512) => 2,
            _ => 1,
        }
    }

    /// Whether it is the HMAC of the body with nothing beside it.
    pub fn is_body_alone(&self) -> bool {
        self.make == Make::Hmac && self.before.is_empty() && self.after.is_empty()
    }

    /// Whether this makes what begins with `received`. `keyed` is `key`, prepared for `hash`.
    pub fn makes(
        &self,
        hash: Hash,
        key: &Key,
        keyed: &Keyed,
        body: &[u8],
        received: &[u8],
    ) -> bool {
        let message = self.message(body);
        match self.make {
            Make::Hmac => keyed.begins_with(&message, received),
            _ => digest::begins_with(&self.digest(hash, key, keyed, body), received),
        }
    }

    /// The whole digest.
    pub fn digest(&self, hash: Hash, key: &Key, keyed: &Keyed, body: &[u8]) -> Vec<u8> {
        let message = self.message(body);
        let secret: &[u8] = &key.bytes;
        let with =
            |before: &[&[u8]], after: &[&[u8]]| hash.digest(&[before, &message, after].concat());
        let hexed = |digest: &[u8]| crate::webhook::signature::hex::encode(digest).into_bytes();
        match self.make {
            Make::Hmac => keyed.mac(&message),
            Make::Plain => with(&[], &[]),
            Make::KeyBefore(between) => with(&[secret, between.as_bytes()], &[]),
            Make::KeyAfter(between) => with(&[], &[between.as_bytes(), secret]),
            Make::KeyAround => with(&[secret], &[secret]),
            Make::Swapped => hash.keyed(&message.concat()).mac(&[secret]),
            Make::OfHex(inner) => keyed.mac(&[&hexed(&inner.digest(&message))]),
            Make::HashOfHex => hash.digest(&[&hexed(&keyed.mac(&message))]),
            Make::HmacOfHex => keyed.mac(&[&hexed(&keyed.mac(&message))]),
        }
    }

    fn message<'m>(&'m self, body: &'m [u8]) -> Vec<&'m [u8]> {
        let pieces = |list: &'m [Piece]| list.iter().map(|piece| piece.bytes.as_slice());
        pieces(&self.before)
            .chain([body])
            .chain(pieces(&self.after))
            .collect()
    }

    /// The digest's formula, for those of key and body.
    pub fn formula(&self, hash: Hash, key: &str, body: &str) -> String {
        let pieces = |list: &[Piece]| -> Vec<String> {
            list.iter().map(|piece| piece.formula.clone()).collect()
        };
        let message = [
            pieces(&self.before),
            vec![body.to_owned()],
            pieces(&self.after),
        ]
        .concat()
        .join(" + ");
        let name = hash.name();
        let between = |text: &str| match text {
            "" => " + ".to_owned(),
            text => format!(" + {} + ", quoted(text)),
        };
        match self.make {
            Make::Hmac => format!("HMAC-{name}({key}, {message})"),
            Make::Plain => format!("{name}({message})"),
            Make::KeyBefore(text) => format!("{name}({key}{}{message})", between(text)),
            Make::KeyAfter(text) => format!("{name}({message}{}{key})", between(text)),
            Make::KeyAround => format!("{name}({key} + {message} + {key})"),
            Make::Swapped => format!("HMAC-{name}({message}, {key})"),
            Make::OfHex(inner) => format!("HMAC-{name}({key}, hex({}({message})))", inner.name()),
            Make::HashOfHex => format!("{name}(hex(HMAC-{name}({key}, {message})))"),
            Make::HmacOfHex => format!("HMAC-{name}({key}, hex(HMAC-{name}({key}, {message})))"),
        }
    }
}

impl Piece {
    fn text(text: &str) -> Self {
        Self {
            bytes: text.as_bytes().to_vec(),
            formula: quoted(text),
        }
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\n', "\\n"))
}
