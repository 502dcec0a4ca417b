//! What an endpoint does to verify a signature, step by step: a provider's scheme without its notation. Every language
//! writes these steps in its own syntax.

use crate::webhook::provider::{Provider, Root};
use crate::webhook::signature::format::{Encoding, ItemList, Layout};
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{
    Algorithm, BodyHash, Location, Part, Scheme, TimestampSource, Unit,
};

/// The steps of verifying one signature of a provider.
#[derive(Debug)]
pub(crate) struct Plan<'p> {
    /// The name of the provider.
    pub provider: &'p str,
    /// How it signs, for a comment: one line.
    pub summary: String,
    /// Where the signature is.
    pub location: Place<'p>,
    pub layout: &'p Layout,
    pub encoding: Encoding,
    pub algorithm: Algorithm,
    pub key_form: KeyForm,
    /// The optional prefix of the secret.
    pub key_prefix: &'p str,
    /// The values that must be there exactly once.
    pub variables: Vec<Variable<'p>>,
    /// What is signed, in order.
    pub signed: Vec<Piece>,
    /// The limit of the age.
    pub age: Option<Age>,
    /// The environment variables that are signed, in addition to the secret.
    pub settings: Vec<String>,
    /// The format of the body.
    pub body: BodyKind,
    /// The requests by which the provider checks an endpoint, and which the endpoint does not answer.
    pub handshakes: Vec<&'p str>,
}

/// Where a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Place<'p> {
    Header(&'p str),
    /// In the JSON body, by the keys from the root.
    Field(Vec<String>),
}

/// A value that is read before something is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Variable<'p> {
    /// Its name in the program: a lowercase word.
    pub name: String,
    pub from: From<'p>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From<'p> {
    Header(&'p str),
    /// An item next to the signature.
    Item(&'p str),
}

/// A piece of what is signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Piece {
    Body,
    Text(String),
    /// A variable, by its name.
    Variable(String),
    /// An environment variable.
    Setting(String),
    /// A field of the JSON body.
    Field(Vec<String>),
    /// The sorted fields of a form.
    Form,
    /// The key.
    Secret,
    Hash(BodyHash),
}

/// How old a signature may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Age {
    pub at: TimeAt,
    pub unit: Unit,
    pub tolerance_seconds: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum TimeAt {
    /// The variable of this name.
    Variable(String),
    /// A field of the JSON body. May be absent when the whole body is signed.
    Field { path: Vec<String>, may_be_absent: bool },
}

/// The format of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum BodyKind {
    Object,
    Array,
    Form,
}

impl BodyKind {
    /// The format in words.
    pub fn name(self) -> &'static str {
        match self {
            Self::Object => "a JSON object",
            Self::Array => "a JSON array",
            Self::Form => "a form",
        }
    }
}

impl<'p> Plan<'p> {
    /// The steps for a signature of a provider.
    pub fn new(provider: &'p Provider, scheme: &'p Scheme) -> Self {
        let mut plan = Self {
            provider: &provider.name,
            summary: summary(scheme),
            location: match &scheme.location {
                Location::Header(name) => Place::Header(name),
                Location::Body(pointer) => Place::Field(path(pointer)),
            },
            layout: &scheme.format.layout,
            encoding: scheme.format.encoding,
            algorithm: scheme.algorithm,
            key_form: scheme.key.form,
            key_prefix: &scheme.key.prefix,
            variables: Vec::new(),
            signed: Vec::new(),
            age: None,
            settings: Vec::new(),
            body: match (provider.envelope.form, &provider.envelope.root) {
                (true, _) => BodyKind::Form,
                (false, Root::Array) => BodyKind::Array,
                (false, Root::Object) => BodyKind::Object,
            },
            handshakes: provider.handshakes.iter().map(|one| one.name.as_str()).collect(),
        };
        for part in &scheme.signs {
            let piece = plan.piece(scheme, part);
            // Adjacent texts are one.
            match (plan.signed.last_mut(), &piece) {
                (Some(Piece::Text(before)), Piece::Text(text)) => before.push_str(text),
                _ => plan.signed.push(piece),
            }
        }
        plan.age = scheme.timestamp.as_ref().and_then(|rule| {
            let tolerance_seconds = rule.tolerance_seconds?;
            let at = match &rule.source {
                TimestampSource::Header(name) => {
                    TimeAt::Variable(plan.variable(scheme, From::Header(name)))
                }
                TimestampSource::Item(name) => {
                    TimeAt::Variable(plan.variable(scheme, From::Item(name)))
                }
                TimestampSource::Body(pointer) => {
                    let may_be_absent = scheme.covers_body();
                    TimeAt::Field { path: path(pointer), may_be_absent }
                }
            };
            Some(Age { at, unit: rule.unit, tolerance_seconds })
        });
        plan
    }

    fn piece(&mut self, scheme: &'p Scheme, part: &'p Part) -> Piece {
        match part {
            Part::Body => Piece::Body,
            Part::Text(text) => Piece::Text(text.clone()),
            // The endpoint accepts nothing but POST.
            Part::Method => Piece::Text("POST".to_owned()),
            Part::Header(name) => Piece::Variable(self.variable(scheme, From::Header(name))),
            Part::Item(name) => Piece::Variable(self.variable(scheme, From::Item(name))),
            Part::Field(pointer) => Piece::Field(path(pointer)),
            Part::FormSorted => Piece::Form,
            Part::Secret => Piece::Secret,
            Part::Hash(hash) => Piece::Hash(*hash),
            Part::Url => self.setting("PUBLIC_URL"),
            Part::Path => self.setting("PUBLIC_PATH"),
            Part::Setting(name) => self.setting(&environment_name(name)),
        }
    }

    fn setting(&mut self, name: &str) -> Piece {
        if !self.settings.iter().any(|known| known == name) {
            self.settings.push(name.to_owned());
        }
        Piece::Setting(name.to_owned())
    }

    /// The name of the variable with this value.
    fn variable(&mut self, scheme: &'p Scheme, from: From<'p>) -> String {
        if let Some(known) = self.variables.iter().find(|known| known.from == from) {
            return known.name.clone();
        }
        let time = scheme.timestamp.as_ref().map(|rule| &rule.source);
        let is_time = match (from, time) {
            (From::Header(name), Some(TimestampSource::Header(own)))
            | (From::Item(name), Some(TimestampSource::Item(own))) => name == own,
            _ => false,
        };
        let is_id = scheme.id.as_ref().is_some_and(|rule| from == From::Header(&rule.header));
        let name = match (is_time, is_id) {
            (true, _) => "timestamp".to_owned(),
            (_, true) => "id".to_owned(),
            _ => format!("value{}", self.variables.len() + 1),
        };
        self.variables.push(Variable { name: name.clone(), from });
        name
    }

    /// The list that the signature is in.
    pub fn items(&self) -> Option<&'p ItemList> {
        match self.layout {
            Layout::Items(list) => Some(list),
            Layout::Prefix(_) => None,
        }
    }

    /// Whether the body is parsed before the signature is verified, or for the time.
    pub fn reads_fields(&self) -> bool {
        matches!(self.location, Place::Field(_))
            || self.signed.iter().any(|piece| matches!(piece, Piece::Field(_)))
            || self.age.as_ref().is_some_and(|age| matches!(age.at, TimeAt::Field { .. }))
    }

    /// Whether a piece is signed.
    pub fn signs(&self, wanted: &Piece) -> bool {
        self.signed.contains(wanted)
    }

    /// Whether only the body is signed.
    pub fn signs_only_the_body(&self) -> bool {
        self.signed == [Piece::Body]
    }

    /// The name of the hash function in lower case, such as `sha1`, of an HMAC or a bare hash.
    pub fn hash(&self) -> &'static str {
        self.algorithm.hash_name()
    }
}

/// `HMAC-SHA256 in hexadecimal, in the header x-signature`.
fn summary(scheme: &Scheme) -> String {
    let place = match &scheme.location {
        Location::Header(name) => format!("in the header {name}"),
        Location::Body(pointer) => format!("in the field {pointer} of the body"),
    };
    match scheme.algorithm {
        Algorithm::Token => format!("the secret itself {place}"),
        algorithm => format!("{algorithm} in {}, {place}", scheme.format.encoding.name()),
    }
}

/// The keys of a JSON Pointer.
fn path(pointer: &str) -> Vec<String> {
    let keys = pointer.split('/').skip(1);
    keys.map(|key| key.replace("~1", "/").replace("~0", "~")).collect()
}

/// A setting as the name of an environment variable.
fn environment_name(setting: &str) -> String {
    let letter = |c: char| match c {
        'a'..='z' | 'A'..='Z' | '0'..='9' => c.to_ascii_uppercase(),
        _ => '_',
    };
    let name: String = setting.chars().map(letter).collect();
    match name.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => name,
        false => format!("SETTING_{name}"),
    }
}
