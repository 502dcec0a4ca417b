//! How a provider's deliveries are recognised, without the rest of its description.

use std::borrow::Cow;
use std::ops::RangeInclusive;

use super::{Content, EventSource, Provider, Root};
use crate::webhook::delivery::Headers;
use crate::webhook::payload::json::{FieldIndex, Kind};
use crate::webhook::signature::format::{Encoding, ItemList, Layout, SignatureFormat};
use crate::webhook::signature::scheme::{Algorithm, Location, Scheme};

type Text = Cow<'static, str>;

/// Those of the built-in providers, in their order.
pub(crate) fn built_in() -> Vec<Fingerprint> {
    include!(concat!(env!("OUT_DIR"), "/fingerprints.rs"))
}

/// How a provider's deliveries are recognised.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprint {
    pub name: Text,
    pub signatures: Vec<SignatureMark>,
    /// Headers that every delivery has in addition to its signature.
    pub headers: Vec<Text>,
    /// The keys of every body.
    pub keys: Vec<Text>,
    /// Texts that every body has, by their pointers.
    pub values: Vec<(Text, Text)>,
    pub root: Root,
    pub is_form: bool,
    pub event: EventSource,
    /// The names of its events.
    pub events: Vec<Text>,
    /// Whether it checks an endpoint before it sends deliveries.
    pub has_handshakes: bool,
}

/// How a signature looks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct SignatureMark {
    pub header: Text,
    pub algorithm: Algorithm,
    pub format: SignatureFormat,
}

/// How well an envelope fits a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fit {
    pub headers: HeadersFit,
    /// How many keys the envelope has, and how many of them the body has.
    keys: usize,
    present: usize,
    /// Whether the body names an event that the provider documents.
    knows_event: bool,
    signs: bool,
    /// Whether the body is of the provider's kind, an object, a list or a form, and has the provider's values.
    is_kind: bool,
}

/// Whether a delivery has the headers of an envelope.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum HeadersFit {
    Missing,
    /// The envelope has none.
    None,
    Present,
}

impl Fingerprint {
    pub fn new(provider: &Provider) -> Self {
        let texts = |all: &[String]| all.iter().cloned().map(Cow::Owned).collect();
        let mark = |scheme: &Scheme| match &scheme.location {
            Location::Header(header) => Some(SignatureMark {
                header: header.clone().into(),
                algorithm: scheme.algorithm,
                format: scheme.format.clone(),
            }),
            Location::Body(_) => None,
        };
        let envelope = &provider.envelope;
        Self {
            name: provider.name.clone().into(),
            signatures: provider.signatures.iter().filter_map(mark).collect(),
            headers: texts(&envelope.headers),
            keys: texts(&envelope.keys),
            values: (envelope.values.iter())
                .map(|(pointer, text)| (pointer.clone().into(), text.clone().into()))
                .collect(),
            root: envelope.root,
            is_form: envelope.form,
            event: envelope.event.clone(),
            events: provider.events.iter().map(|event| event.name.clone().into()).collect(),
            has_handshakes: !provider.handshakes.is_empty(),
        }
    }

    /// Adds the fields of a body that are looked at.
    pub fn add_fields(&self, fields: &mut FieldIndex) {
        self.event.pointers().for_each(|pointer| fields.add(pointer));
        if let EventSource::FirstKey { pointer, .. } = &self.event {
            self.events.iter().for_each(|name| fields.add_member(pointer, name));
        }
        self.values.iter().for_each(|(pointer, _)| fields.add(pointer));
        let root = if self.root == Root::Array { "/0" } else { "" };
        self.keys.iter().for_each(|key| fields.add_member(root, key));
    }

    /// `Some` when the delivery has the signature header; true when its value has the format.
    pub fn signature_fit(&self, headers: &Headers) -> Option<bool> {
        let fits = self.signatures.iter().filter_map(|mark| {
            let value = headers.get(&mark.header)?;
            Some(mark.matches(value.trim_ascii()))
        });
        fits.max()
    }

    /// Whether a signature is in the format. One of any length, such as a token, says nothing.
    pub fn fits_value(&self, value: &[u8]) -> bool {
        let has_length = |mark: &&SignatureMark| {
            let lengths = mark.algorithm.lengths();
            lengths.start() == lengths.end()
        };
        self.signatures.iter().filter(has_length).any(|mark| mark.matches(value))
    }

    /// How well the envelope fits; `present` are the known keys that the body has, in order.
    pub fn fit(&self, headers: &Headers, content: &Content<'_>, present: &[&str]) -> Fit {
        let has = |name: &Text| headers.get(name).is_some();
        let is_kind = match content {
            Content::Json(node) => {
                let is_array = node.kind() == Kind::Array;
                !self.is_form && is_array == (self.root == Root::Array)
            }
            Content::Form(_) => self.is_form,
            Content::Other => false,
        };
        let is_there = |key: &&Text| present.binary_search(&&***key).is_ok();
        let has_value = |(pointer, text): &(Text, Text)| {
            content.text(pointer).is_some_and(|found| found == **text)
        };
        let is_kind = is_kind && self.values.iter().all(has_value);
        let count = match is_kind {
            true => self.keys.iter().filter(is_there).count(),
            false => 0,
        };
        Fit {
            headers: match self.headers.is_empty() {
                true => HeadersFit::None,
                false if self.headers.iter().all(has) => HeadersFit::Present,
                false => HeadersFit::Missing,
            },
            keys: self.keys.len(),
            present: count,
            knows_event: count > 0 && self.knows_event(headers, content),
            signs: !self.signatures.is_empty(),
            is_kind,
        }
    }

    fn knows_event(&self, headers: &Headers, content: &Content<'_>) -> bool {
        let name = self.event.name(headers, content);
        name.is_some_and(|name| self.events.iter().any(|event| *event == name))
    }
}

impl SignatureMark {
    fn matches(&self, value: &[u8]) -> bool {
        self.format.matches(value, &self.lengths())
    }

    fn lengths(&self) -> RangeInclusive<usize> {
        self.algorithm.lengths()
    }
}

impl Fit {
    /// Whether the provider has headers of its own, and the delivery has them.
    pub fn has_headers(&self) -> bool {
        self.headers == HeadersFit::Present
    }

    /// Whether the body may be the provider's, when the delivery has its signature header.
    pub fn is_possible(&self) -> bool {
        self.keys == 0 || self.is_likely() || self.is_full()
    }

    /// Whether the envelope alone makes the provider likely. One key alone, such as `message`, says nothing; two keys,
    /// or a documented event's name, make it likely. A delivery of a provider that does not sign is never checked: that
    /// takes all keys.
    pub fn is_likely(&self) -> bool {
        let some = self.present >= 2 || (self.present == 1 && self.knows_event);
        some && (self.is_full() || self.signs) || self.has_headers()
    }

    /// Whether the envelope alone identifies the provider, although a header identifies another one.
    pub fn is_certain(&self) -> bool {
        self.is_full() && (self.present >= 3 || (self.present >= 2 && self.knows_event))
    }

    /// How well it fits, for comparison.
    pub fn rank(&self) -> (bool, usize, bool) {
        (self.is_full(), self.present, self.knows_event)
    }

    fn is_full(&self) -> bool {
        self.present == self.keys && self.is_kind
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::provider::catalog::Catalog;

    #[test]
    fn the_built_in_ones_are_those_of_the_descriptions() {
        let described = Catalog::builtin().providers().map(Fingerprint::new);
        for (one, described) in built_in().into_iter().zip(described) {
            assert_eq!(one, described);
        }
        assert_eq!(built_in().len(), Catalog::builtin().providers().count());
    }
}
