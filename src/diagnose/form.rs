//! What may have been hashed instead of the body: a part of it, what a serialiser writes of it, and what was
//! done to the bytes. Described first, made when it is its turn.

use std::borrow::Cow;

use super::cause::Cause;
use super::edit::{EDITS, Edit};
use super::runtimes::{self, Serializer, Stack};
use super::source::{Base, Source};

/// How many plain values a number takes as long as that has to be rounded and written again.
const HARD: usize = 8;

/// How many forms are looked at for other explanations of what was found: all serialisers and edits, or as many
/// as make so many bytes.
const MOST_AKIN: usize = 240;
const MOST_AKIN_BYTES: usize = 64 << 20;

/// The least room that a serialiser has to write in, in bytes.
const ROOM: usize = 4 << 10;

/// A serialiser at work on one of the sources.
pub type Stem = (usize, usize);

/// One form of the body.
#[derive(Clone)]
pub struct Form<'f, 't> {
    source: Source<'f, 't>,
    serialiser: Option<&'static Serializer>,
    edits: Vec<&'static Edit>,
}

impl Form<'_, '_> {
    /// The bytes; `None` when there are none of this form, or more than `limit`.
    pub fn make(&self, limit: usize) -> Option<Cow<'_, [u8]>> {
        let bytes = match (self.source.base, self.serialiser) {
            (Base::Bytes(bytes), _) => Cow::Borrowed(bytes),
            (Base::Value(node), Some(serialiser)) => {
                Cow::Owned(runtimes::write(serialiser, node, limit)?)
            }
            (Base::Value(node), None) => match node.string() {
                Some(text) => text,
                None => Cow::Borrowed(node.raw().as_bytes()),
            },
        };
        self.edited(bytes, limit)
    }

    /// The bytes, when those of its stem are known already.
    pub fn make_of<'b>(&self, stem: &'b [u8], limit: usize) -> Option<Cow<'b, [u8]>> {
        self.edited(Cow::Borrowed(stem), limit)
    }

    fn edited<'b>(&self, base: Cow<'b, [u8]>, limit: usize) -> Option<Cow<'b, [u8]>> {
        let mut bytes = base;
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
        let part = self.source.path.as_ref();
        all.extend(part.map(|path| Cause::with("body.subtree", path.as_str())));
        all.extend(written.map(|code| Cause::plain(code)));
        all.extend(edits);
        all
    }

    /// How many things have to have happened.
    pub fn cost(&self) -> usize {
        self.source.causes.len()
            + usize::from(self.is_part())
            + usize::from(self.serialiser.is_some())
            + self.edits.len()
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
        self.source.path.is_some()
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
fn written(serialiser: &Serializer, input: &str) -> String {
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

/// The forms at and behind `index` that give the same bytes as the one there, in the same number of steps, as
/// many of them as are soon made: it stands first.
pub fn akin<'a, 'f, 't>(
    forms: &'a [Form<'f, 't>],
    index: usize,
    bytes: &[u8],
    limit: usize,
) -> Vec<&'a Form<'f, 't>> {
    let (_, rest) = forms.split_at(index.min(forms.len()));
    let Some((form, behind)) = rest.split_first() else {
        return Vec::new();
    };
    let most = (MOST_AKIN_BYTES / bytes.len().max(1)).min(MOST_AKIN);
    let others = behind
        .iter()
        .filter(|other| form.cost() > 0 && form.is_akin(other))
        .take(most)
        .filter(|other| other.make(limit).is_some_and(|made| *made == *bytes));
    std::iter::once(form).chain(others).collect()
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
    for first in EDITS.iter().filter(|edit| edit.is_followed()) {
        for second in EDITS.iter().filter(|edit| edit.follows()) {
            all.push(form(vec![first, second]));
        }
    }
}

fn of_json<'f, 't>(source: &Source<'f, 't>, deep: bool, all: &mut Vec<Form<'f, 't>>) {
    for serialiser in runtimes::all() {
        let form = |edits: Vec<&'static Edit>| Form {
            source: source.clone(),
            serialiser: Some(serialiser),
            edits,
        };
        all.push(form(vec![]));
        for edit in EDITS.iter().filter(|edit| edit.follows()) {
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
        all.extend(runtimes::all().iter().map(|s| form(Some(s))));
    }
}
