//! What may have been hashed instead of the body: a part of it, what a serialiser writes of it, and what was
//! done to the bytes. Described first, made when it is its turn.

use std::borrow::Cow;

use super::cause::Cause;
use super::edit::{self, EDITS, Edit};
use super::json::{Kind, Node};
use super::serialise::{self, Serialiser, Stack};

/// The most values right below one that are looked at.
const WIDEST: usize = 16;

/// How many plain values a number takes as long as that has to be rounded and written again.
const HARD: usize = 8;

/// The longest key that is followed, in bytes of its text.
const LONGEST_KEY: usize = 64;

/// The least room that a serialiser has to write in, in bytes.
const ROOM: usize = 4 << 10;

/// What a form is made of.
#[derive(Clone)]
pub struct Source<'f, 't> {
    /// Which of the sources it is, or is a part of.
    origin: usize,
    base: Base<'f, 't>,
    formula: String,
    causes: Vec<Cause>,
}

#[derive(Clone, Copy)]
enum Base<'f, 't> {
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
        }
    }

    /// A JSON value, and how what it was read from differs from the body.
    pub fn value(node: Node<'f, 't>, formula: impl Into<String>, causes: Vec<Cause>) -> Self {
        Self {
            origin: 0,
            base: Base::Value(node),
            formula: formula.into(),
            causes,
        }
    }

    /// The objects, arrays and texts right below.
    fn parts(&self) -> Vec<Self> {
        let Base::Value(node) = self.base else {
            return Vec::new();
        };
        let pointer = match self.causes.last() {
            Some(cause) if cause.code == "body.subtree" => cause.detail.clone(),
            _ => String::new(),
        };
        let mut causes = self.causes.clone();
        causes.retain(|cause| cause.code != "body.subtree");
        node.entries()
            .filter(|(key, value)| {
                key.raw().len() <= LONGEST_KEY
                    && matches!(value.kind(), Kind::Object | Kind::Array | Kind::String)
            })
            .take(WIDEST)
            .map(|(key, value)| {
                let key = String::from_utf8_lossy(&key.string().unwrap_or_default()).into_owned();
                let path = format!("{pointer}/{}", key.replace('~', "~0").replace('/', "~1"));
                let mut causes = causes.clone();
                causes.push(Cause::with("body.subtree", path));
                Self {
                    origin: self.origin,
                    ..Self::value(value, format!("{}.{key}", self.formula), causes)
                }
            })
            .collect()
    }
}

/// A serialiser at work on one of the sources.
pub type Stem = (usize, usize);

/// One form of the body.
#[derive(Clone)]
pub struct Form<'f, 't> {
    source: Source<'f, 't>,
    serialiser: Option<&'static Serialiser>,
    edits: Vec<&'static Edit>,
}

impl Form<'_, '_> {
    /// The bytes; `None` when there are none of this form, or more than `limit`.
    pub fn make(&self, limit: usize) -> Option<Cow<'_, [u8]>> {
        let mut bytes = match (self.source.base, self.serialiser) {
            (Base::Bytes(bytes), _) => Cow::Borrowed(bytes),
            (Base::Value(node), Some(serialiser)) => {
                Cow::Owned(serialise::write(serialiser, node, limit)?)
            }
            (Base::Value(node), None) => match node.string() {
                Some(text) => text,
                None => Cow::Borrowed(node.raw().as_bytes()),
            },
        };
        for edit in &self.edits {
            bytes = Cow::Owned(edit.apply(&bytes)?);
        }
        (bytes.len() <= limit).then_some(bytes)
    }

    /// How it differs from the body. The codes of one serialiser are one explanation.
    pub fn causes(&self) -> Vec<Cause> {
        let written = self.serialiser.iter().flat_map(|s| s.codes.iter());
        let edits = self.edits.iter().map(|edit| edit.cause());
        let mut all = self.source.causes.clone();
        all.extend(written.map(|code| Cause::plain(code)));
        all.extend(edits);
        all
    }

    /// How many things have to have happened.
    pub fn cost(&self) -> usize {
        self.source.causes.len() + usize::from(self.serialiser.is_some()) + self.edits.len()
    }

    /// The form in formulas.
    pub fn formula(&self) -> String {
        let mut formula = match self.serialiser {
            Some(serialiser) => written(serialiser, &self.source.formula),
            None => self.source.formula.clone(),
        };
        for edit in &self.edits {
            formula = edit.formula(&formula);
        }
        formula
    }

    /// What wrote it, of which source: what other forms begin with.
    pub fn stem(&self) -> Option<Stem> {
        let address = std::ptr::from_ref(self.serialiser?).addr();
        Some((self.source.origin, address))
    }

    /// Whether a serialiser wrote it, of a whole source, and nothing else was done.
    pub fn is_stem(&self) -> bool {
        self.serialiser.is_some() && self.edits.is_empty() && !self.is_part()
    }

    /// Whether it is of a part of the body.
    pub fn is_part(&self) -> bool {
        let mut causes = self.source.causes.iter();
        causes.any(|cause| cause.code == "body.subtree")
    }

    /// How many keys and values there are to write.
    pub fn size(&self) -> usize {
        match self.source.base {
            Base::Value(node) if self.serialiser.is_some() => {
                node.size() + node.hard_numbers() * HARD
            }
            _ => 0,
        }
    }

    /// The bytes, when those of its stem are known already.
    pub fn make_of(&self, stem: &[u8], limit: usize) -> Option<Vec<u8>> {
        let mut bytes = Cow::Borrowed(stem);
        for edit in &self.edits {
            bytes = Cow::Owned(edit.apply(&bytes)?);
        }
        (bytes.len() <= limit).then(|| bytes.into_owned())
    }

    /// Whether another serialiser may give the same bytes with the same done before and after it.
    pub fn is_akin(&self, other: &Self) -> bool {
        let edits = |form: &Self| {
            form.edits
                .iter()
                .map(|e| std::ptr::from_ref(*e))
                .collect::<Vec<_>>()
        };
        self.cost() == other.cost()
            && (self.cost() == 1 && self.is_part() == other.is_part()
                || self.source.formula == other.source.formula && edits(self) == edits(other))
    }

    /// Whose serialiser wrote it.
    pub fn stack(&self) -> Option<Stack> {
        self.serialiser.map(|s| s.stack)
    }
}

/// A serialiser's formula. In JavaScript a body is an object by the time it is written again: nobody sees the
/// parsing in the code.
fn written(serialiser: &Serialiser, input: &str) -> String {
    let formula = serialiser.formula(input);
    match serialiser.stack {
        Stack::Node | Stack::Any => formula.replace(&format!("JSON.parse({input})"), input),
        _ => formula,
    }
}

/// The room for what is made of a body of this length.
pub fn room(length: usize) -> usize {
    ROOM + length.saturating_mul(6)
}

/// Every form to try, those that take the fewest things to happen first. `sources` are the body's bytes,
/// the JSON in them, and what else the body may hold.
pub fn forms<'f, 't>(sources: &[Source<'f, 't>], deep: bool) -> Vec<Form<'f, 't>> {
    let mut all = Vec::new();
    for (origin, source) in sources.iter().enumerate() {
        let source = Source {
            origin,
            ..source.clone()
        };
        match source.base {
            Base::Bytes(_) => of_bytes(&source, &mut all),
            Base::Value(_) => of_json(&source, deep, &mut all),
        }
    }
    all.sort_by_key(Form::cost);
    all
}

fn of_bytes<'f, 't>(source: &Source<'f, 't>, all: &mut Vec<Form<'f, 't>>) {
    let form = |edits: Vec<&'static Edit>| Form {
        source: source.clone(),
        serialiser: None,
        edits,
    };
    all.push(form(vec![]));
    for first in EDITS {
        all.push(form(vec![first]));
    }
    for first in EDITS.iter().filter(|edit| edit.is_combined()) {
        for second in edit::after_writing() {
            all.push(form(vec![first, second]));
        }
    }
}

fn of_json<'f, 't>(source: &Source<'f, 't>, deep: bool, all: &mut Vec<Form<'f, 't>>) {
    for serialiser in serialise::all() {
        let form = |edits: Vec<&'static Edit>| Form {
            source: source.clone(),
            serialiser: Some(serialiser),
            edits,
        };
        all.push(form(vec![]));
        for edit in edit::after_writing() {
            all.push(form(vec![edit]));
        }
    }
    let parts = source.parts();
    for part in &parts {
        of_part(part, true, all);
    }
    for part in parts.iter().flat_map(Source::parts) {
        of_part(&part, deep, all);
    }
}

fn of_part<'f, 't>(part: &Source<'f, 't>, is_rewritten: bool, all: &mut Vec<Form<'f, 't>>) {
    let form = |serialiser| Form {
        source: part.clone(),
        serialiser,
        edits: vec![],
    };
    all.push(form(None));
    if is_rewritten {
        all.extend(serialise::all().iter().map(|s| form(Some(s))));
    }
}
