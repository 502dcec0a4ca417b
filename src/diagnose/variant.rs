//! The byte strings that may have been hashed instead of the body: a part of it, the output of a serializer, and
//! transforms of these bytes. A variant is a description; its bytes are made when it is tried.

use std::borrow::Cow;

use super::body_view::{Base, BodyView};
use super::byte_transform::{ByteTransform, TRANSFORMS};
use super::cause::Cause;
use super::runtimes::{self, Runtime, Serializer};

/// The cost of a number that has to be rounded and written again, in plain values.
const HARD_NUMBER: usize = 8;

/// How many variants are compared for other explanations of what was found: all serializers and transforms, or
/// as many as write so many bytes.
const MAX_EQUIVALENTS: usize = 240;
const MAX_EQUIVALENT_BYTES: usize = 64 << 20;

/// The bytes that a variant of an empty body may have.
const MIN_LEN: usize = 4 << 10;

/// A whole view and a serializer that writes it: other variants are transforms of the result.
pub type BaseVariant = (usize, usize);

/// One variant of the body.
#[derive(Clone)]
pub struct BodyVariant<'f, 't> {
    view: BodyView<'f, 't>,
    serializer: Option<&'static Serializer>,
    transforms: Vec<&'static ByteTransform>,
}

impl BodyVariant<'_, '_> {
    /// The bytes; `None` where the variant does not apply or has more than `limit`.
    pub fn make(&self, limit: usize) -> Option<Cow<'_, [u8]>> {
        let bytes = match (self.view.base, self.serializer) {
            (Base::Bytes(bytes), _) => Cow::Borrowed(bytes),
            (Base::Value(node), Some(serializer)) => {
                Cow::Owned(runtimes::write(serializer, node, limit)?)
            }
            (Base::Value(node), None) => match node.string() {
                Some(text) => text,
                None => Cow::Borrowed(node.raw().as_bytes()),
            },
        };
        self.transformed(bytes, limit)
    }

    /// The bytes, made from those of its base.
    pub fn make_from<'b>(&self, base: &'b [u8], limit: usize) -> Option<Cow<'b, [u8]>> {
        self.transformed(Cow::Borrowed(base), limit)
    }

    fn transformed<'b>(&self, base: Cow<'b, [u8]>, limit: usize) -> Option<Cow<'b, [u8]>> {
        let mut bytes = base;
        for transform in &self.transforms {
            bytes = Cow::Owned(transform.apply(&bytes)?);
        }
        (bytes.len() <= limit).then_some(bytes)
    }

    /// How it differs from the body. The codes of one serializer are one explanation.
    pub fn causes(&self) -> Vec<Cause> {
        let written = self.serializer.iter().flat_map(|s| s.codes.iter());
        let transforms = self.transforms.iter().map(|transform| transform.cause());
        let mut all = self.view.causes.clone();
        let part = self.view.path.as_ref();
        all.extend(part.map(|path| Cause::with("body.subtree", path.as_str())));
        all.extend(written.map(|code| Cause::plain(code)));
        all.extend(transforms);
        all
    }

    /// How many mistakes it takes.
    pub fn cost(&self) -> usize {
        self.view.causes.len()
            + usize::from(self.is_part())
            + usize::from(self.serializer.is_some())
            + self.transforms.len()
    }

    /// The variant in formulas.
    pub fn formula(&self) -> String {
        let mut formula = match self.serializer {
            Some(serializer) => written(serializer, &self.view.formula),
            None => self.view.formula.clone(),
        };
        for transform in &self.transforms {
            formula = transform.formula(&formula);
        }
        formula
    }

    /// The base that it is, or is made from.
    pub fn base(&self) -> Option<BaseVariant> {
        let address = std::ptr::from_ref(self.serializer?).addr();
        Some((self.view.origin, address))
    }

    /// Whether it is a base: a whole view as a serializer writes it.
    pub fn is_base(&self) -> bool {
        self.serializer.is_some() && self.transforms.is_empty() && !self.is_part()
    }

    /// Whether it is of a part of the body.
    pub fn is_part(&self) -> bool {
        self.view.path.is_some()
    }

    /// The work of writing it, in keys and values.
    pub fn size(&self) -> usize {
        match self.view.base {
            Base::Value(node) if self.serializer.is_some() => {
                node.size() + node.hard_numbers() * HARD_NUMBER
            }
            _ => 0,
        }
    }

    /// Whether another serializer may give the same bytes with the same steps before and after it.
    pub fn may_be_equivalent(&self, other: &Self) -> bool {
        let transforms = |variant: &Self| {
            let all = variant.transforms.iter();
            all.map(|e| std::ptr::from_ref(*e)).collect::<Vec<_>>()
        };
        self.cost() == other.cost()
            && (self.cost() == 1 && self.is_part() == other.is_part()
                || self.view.formula == other.view.formula && transforms(self) == transforms(other))
    }

    /// Whose serializer wrote it.
    pub fn runtime(&self) -> Option<Runtime> {
        self.serializer.map(|s| s.runtime)
    }
}

/// A serializer's formula. In JavaScript the body is an object already when it is written again: its code shows
/// no parsing.
fn written(serializer: &Serializer, input: &str) -> String {
    let formula = serializer.formula(input);
    match serializer.runtime {
        Runtime::NODE | Runtime::ANY => formula.replace(&format!("JSON.parse({input})"), input),
        _ => formula,
    }
}

/// The most bytes that a variant of a body of this length may have.
pub fn max_len(length: usize) -> usize {
    MIN_LEN + length.saturating_mul(6)
}

/// The variant at `index`, and those after it that give the same bytes in the same number of steps, as far as they
/// are quickly made.
pub fn equivalents<'a, 'f, 't>(
    variants: &'a [BodyVariant<'f, 't>],
    index: usize,
    bytes: &[u8],
    limit: usize,
) -> Vec<&'a BodyVariant<'f, 't>> {
    let (_, rest) = variants.split_at(index.min(variants.len()));
    let Some((variant, after)) = rest.split_first() else {
        return Vec::new();
    };
    let max = (MAX_EQUIVALENT_BYTES / bytes.len().max(1)).min(MAX_EQUIVALENTS);
    let others = after
        .iter()
        .filter(|other| variant.cost() > 0 && variant.may_be_equivalent(other))
        .take(max)
        .filter(|other| other.make(limit).is_some_and(|made| *made == *bytes));
    std::iter::once(variant).chain(others).collect()
}

/// Every variant to try, those that take the fewest mistakes first. A `deep` search also tries each serializer on
/// parts of parts.
pub fn variants<'f, 't>(views: &[BodyView<'f, 't>], deep: bool) -> Vec<BodyVariant<'f, 't>> {
    let mut all = Vec::new();
    for view in views {
        match view.base {
            Base::Bytes(_) => variants_of_bytes(view, &mut all),
            Base::Value(_) => variants_of_json(view, deep, &mut all),
        }
    }
    all.sort_by_key(BodyVariant::cost);
    all
}

fn variants_of_bytes<'f, 't>(view: &BodyView<'f, 't>, all: &mut Vec<BodyVariant<'f, 't>>) {
    let variant = |transforms: Vec<&'static ByteTransform>| BodyVariant {
        view: view.clone(),
        serializer: None,
        transforms,
    };
    all.push(variant(vec![]));
    for first in TRANSFORMS {
        all.push(variant(vec![first]));
    }
    for first in TRANSFORMS
        .iter()
        .filter(|transform| transform.is_followed())
    {
        for second in TRANSFORMS.iter().filter(|transform| transform.follows()) {
            all.push(variant(vec![first, second]));
        }
    }
}

fn variants_of_json<'f, 't>(
    view: &BodyView<'f, 't>,
    deep: bool,
    all: &mut Vec<BodyVariant<'f, 't>>,
) {
    for serializer in runtimes::all() {
        let variant = |transforms: Vec<&'static ByteTransform>| BodyVariant {
            view: view.clone(),
            serializer: Some(serializer),
            transforms,
        };
        all.push(variant(vec![]));
        for transform in TRANSFORMS.iter().filter(|transform| transform.follows()) {
            all.push(variant(vec![transform]));
        }
    }
    let parts = view.parts();
    for part in &parts {
        variants_of_part(part, true, all);
    }
    for part in parts.iter().flat_map(BodyView::parts) {
        variants_of_part(&part, deep, all);
    }
}

fn variants_of_part<'f, 't>(
    part: &BodyView<'f, 't>,
    is_rewritten: bool,
    all: &mut Vec<BodyVariant<'f, 't>>,
) {
    let variant = |serializer| BodyVariant {
        view: part.clone(),
        serializer,
        transforms: vec![],
    };
    all.push(variant(None));
    if is_rewritten {
        all.extend(runtimes::all().iter().map(|s| variant(Some(s))));
    }
}
