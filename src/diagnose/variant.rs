//! The byte strings that may have been hashed instead of the body: a part of it, the output of a serializer, and
//! transforms of these bytes. A variant is a description; its bytes are made when it is tried, and kept in a cache.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher};

use crate::webhook::payload::json::{self, Document, Kind, Node, without_bom};

use super::byte_transform::{ByteTransform, TRANSFORMS, gunzip};
use super::cause::Cause;
use super::runtimes::{self, Runtime, Serializer};

/// The largest body whose signature is explained, in bytes.
pub const MAX_BODY: usize = 8 << 20;

/// The most values directly below one that are looked at.
const MAX_PARTS: usize = 16;

/// The longest key that is followed, in bytes of its text.
const MAX_KEY: usize = 64;

/// The texts in a body that may be JSON: its own, what it is when read as Latin-1, and its decompressed content.
/// Views borrow from documents, and documents from texts.
pub struct BodyTexts<'b>([Option<Cow<'b, str>>; 3]);

/// The JSON in them.
pub struct BodyDocuments<'t>([Option<Document<'t>>; 3]);

impl<'b> BodyTexts<'b> {
    pub fn new(body: &'b [u8]) -> Self {
        let bare = without_bom(body);
        let latin1 = || bare.iter().map(|b| char::from(*b)).collect();
        let decompressed = |bytes: Vec<u8>| {
            let text = String::from_utf8_lossy(without_bom(&bytes));
            Cow::Owned(text.into_owned())
        };
        Self([
            Some(String::from_utf8_lossy(bare)),
            (!body.is_ascii()).then(latin1),
            gunzip(body).map(decompressed),
        ])
    }

    pub fn parse(&self) -> BodyDocuments<'_> {
        let documents = self.0.each_ref().map(|text| json::parse(text.as_deref()?).ok());
        BodyDocuments(documents)
    }
}

impl<'t> BodyDocuments<'t> {
    /// What there is to hash: the body's bytes, and the JSON.
    pub fn views<'f>(&'f self, body: &'f [u8]) -> Vec<BodyView<'f, 't>> {
        let says = "read as Latin-1 and written as UTF-8";
        let names = [
            ("body", vec![]),
            ("latin1_decode(body)", vec![Cause::with("body.latin1", says)]),
            ("gunzip(body)", vec![Cause::plain("body.gzip")]),
        ];
        let values = self.0.iter().zip(names).filter_map(|(document, (formula, causes))| {
            Some((Base::Value(document.as_ref()?.root()), formula, causes))
        });
        std::iter::once((Base::Bytes(body), "body", vec![]))
            .chain(values)
            .enumerate()
            .map(|(origin, (base, formula, causes))| {
                let formula = formula.to_owned();
                BodyView { origin, base, formula, causes, path: None }
            })
            .collect()
    }
}

/// What a body variant is made from.
#[derive(Clone)]
pub struct BodyView<'f, 't> {
    /// Which of the views it is, or is a part of.
    origin: usize,
    base: Base<'f, 't>,
    formula: String,
    causes: Vec<Cause>,
    /// The JSON Pointer to it, for a part of a view.
    path: Option<String>,
}

#[derive(Clone, Copy)]
enum Base<'f, 't> {
    Bytes(&'f [u8]),
    Value(Node<'f, 't>),
}

impl<'f, 't> BodyView<'f, 't> {
    /// The objects, arrays and strings directly below.
    fn parts(&self) -> Vec<Self> {
        let Base::Value(node) = self.base else {
            return Vec::new();
        };
        let above = self.path.as_deref().unwrap_or_default();
        node.entries()
            .filter(|(key, value)| {
                key.raw().len() <= MAX_KEY
                    && matches!(value.kind(), Kind::Object | Kind::Array | Kind::String)
            })
            .take(MAX_PARTS)
            .map(|(key, value)| {
                let key = String::from_utf8_lossy(&key.string().unwrap_or_default()).into_owned();
                let path = format!("{above}/{}", key.replace('~', "~0").replace('/', "~1"));
                Self {
                    origin: self.origin,
                    base: Base::Value(value),
                    formula: format!("{}.{key}", self.formula),
                    causes: self.causes.clone(),
                    path: Some(path),
                }
            })
            .collect()
    }
}

/// The cost of a number that has to be rounded and written again, in plain values.
const HARD_NUMBER: usize = 8;

/// How many variants are compared for other explanations of what was found: all serializers and transforms, or
/// as many as write so many bytes.
const MAX_EQUIVALENTS: usize = 240;
const MAX_EQUIVALENT_BYTES: usize = 64 << 20;

/// The bytes that a variant of an empty body may have.
const MIN_LEN: usize = 4 << 10;

/// A whole view and a serializer that writes it: other variants are transforms of the result.
type BaseVariant = (usize, usize);

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
            (Base::Value(node), None) => {
                let raw = Cow::Borrowed(node.raw().as_bytes());
                node.string().unwrap_or(raw)
            }
        };
        self.make_from(bytes, limit)
    }

    /// The bytes, made from those of its base.
    fn make_from<'b>(&self, base: Cow<'b, [u8]>, limit: usize) -> Option<Cow<'b, [u8]>> {
        let mut bytes = base;
        for transform in &self.transforms {
            bytes = Cow::Owned(transform.apply(&bytes)?);
        }
        (bytes.len() <= limit).then_some(bytes)
    }

    /// How it differs from the body. The codes of one serializer are one explanation.
    pub fn causes(&self) -> Vec<Cause> {
        let written = self.serializer.iter().flat_map(|s| s.codes.iter());
        let part = self.view.path.as_ref();
        let mut all = self.view.causes.clone();
        all.extend(part.map(|path| Cause::with("body.subtree", path.as_str())));
        all.extend(written.map(|code| Cause::plain(code)));
        all.extend(self.transforms.iter().map(|transform| transform.cause()));
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
        let input = &self.view.formula;
        let written = match self.serializer {
            None => input.clone(),
            // In JavaScript the body is an object already when it is written again: its code shows no parsing.
            Some(s) if matches!(s.runtime, Runtime::NODE | Runtime::ANY) => {
                s.formula(input).replace(&format!("JSON.parse({input})"), input)
            }
            Some(s) => s.formula(input),
        };
        let transforms = self.transforms.iter();
        transforms.fold(written, |formula, transform| transform.formula(&formula))
    }

    /// The base that it is, or is made from.
    fn base(&self) -> Option<BaseVariant> {
        let address = std::ptr::from_ref(self.serializer?).addr();
        Some((self.view.origin, address))
    }

    /// Whether it is a base: a whole view as a serializer writes it.
    fn is_base(&self) -> bool {
        self.serializer.is_some() && self.transforms.is_empty() && !self.is_part()
    }

    fn is_part(&self) -> bool {
        self.view.path.is_some()
    }

    /// The work of writing it, in keys and values.
    fn size(&self) -> usize {
        match self.view.base {
            Base::Value(node) if self.serializer.is_some() => {
                node.size() + node.hard_numbers() * HARD_NUMBER
            }
            _ => 0,
        }
    }

    /// Whether another serializer may give the same bytes with the same steps before and after it.
    fn may_be_equivalent(&self, other: &Self) -> bool {
        let same_transforms = || {
            let mut pairs = self.transforms.iter().zip(&other.transforms);
            self.transforms.len() == other.transforms.len()
                && pairs.all(|(a, b)| std::ptr::eq(*a, *b))
        };
        self.cost() == other.cost()
            && (self.cost() == 1 && self.is_part() == other.is_part()
                || self.view.formula == other.view.formula && same_transforms())
    }

    /// Whose serializer wrote it.
    pub fn runtime(&self) -> Option<Runtime> {
        self.serializer.map(|s| s.runtime)
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
    let mut add = |view: &BodyView<'f, 't>, serializer, transforms| {
        let view = view.clone();
        all.push(BodyVariant { view, serializer, transforms });
    };
    let followers = || TRANSFORMS.iter().filter(|transform| transform.follows());
    for view in views {
        if matches!(view.base, Base::Bytes(_)) {
            add(view, None, vec![]);
            TRANSFORMS.iter().for_each(|first| add(view, None, vec![first]));
            for first in TRANSFORMS.iter().filter(|first| first.is_followed()) {
                followers().for_each(|second| add(view, None, vec![first, second]));
            }
            continue;
        }
        for serializer in runtimes::all() {
            add(view, Some(serializer), vec![]);
            followers().for_each(|transform| add(view, Some(serializer), vec![transform]));
        }
        let parts = view.parts();
        let parts_of_parts = parts.iter().flat_map(BodyView::parts).map(|part| (part, deep));
        let all_parts = parts.iter().map(|part| (part.clone(), true)).chain(parts_of_parts);
        for (part, is_rewritten) in all_parts {
            add(&part, None, vec![]);
            if is_rewritten {
                runtimes::all().iter().for_each(|s| add(&part, Some(s), vec![]));
            }
        }
    }
    all.sort_by_key(BodyVariant::cost);
    all
}

/// The cost of writing a byte of JSON, in bytes that are hashed.
const WRITE_COST: usize = 6;

/// The least cost of writing a key or a value, in bytes that are hashed.
const VALUE_COST: usize = 48;

/// The cost of changing a byte, in bytes that are hashed.
const CHANGE_COST: usize = 3;

/// The most bytes that are kept.
const MAX_CACHED: usize = 4 << 20;

/// The variants, each with its bytes when they are known.
pub struct VariantCache<'s> {
    variants: &'s [BodyVariant<'s, 's>],
    /// That of the body.
    length: usize,
    entries: Vec<Entry>,
    /// The index of each base.
    bases: HashMap<BaseVariant, usize>,
    /// The hashes of bases and of the body itself.
    base_hashes: HashSet<u64>,
    cached: usize,
}

enum Entry {
    NotMade,
    /// There are no bytes, or an earlier variant has the same ones and the same transforms of them.
    Skip,
    /// An earlier variant has the same bytes, but not the same transforms of them.
    Duplicate,
    Bytes(Vec<u8>),
    /// Taken out, or dropped because there was no memory left for it.
    Evicted,
}

impl<'s> VariantCache<'s> {
    /// An empty cache for the variants of a body of this length.
    pub fn new(variants: &'s [BodyVariant<'s, 's>], length: usize) -> Self {
        Self {
            variants,
            length,
            entries: variants.iter().map(|_| Entry::NotMade).collect(),
            bases: (variants.iter().enumerate())
                .filter(|(_, variant)| variant.is_base())
                .filter_map(|(index, variant)| Some((variant.base()?, index)))
                .collect(),
            base_hashes: HashSet::new(),
            cached: 0,
        }
    }

    /// The bytes of a variant, unless they are among the `seen` ones already. The cost is taken from `left`.
    pub fn take(
        &mut self,
        index: usize,
        seen: &mut HashSet<u64>,
        left: &mut usize,
    ) -> Option<Vec<u8>> {
        let entry = self.entries.get_mut(index)?;
        let bytes = match std::mem::replace(entry, Entry::Evicted) {
            known @ (Entry::Skip | Entry::Duplicate) => {
                *entry = known;
                return None;
            }
            Entry::Bytes(bytes) => {
                self.cached = self.cached.saturating_sub(bytes.len());
                bytes
            }
            Entry::NotMade | Entry::Evicted => match self.make(index, left) {
                Some(made) => made,
                None => {
                    *self.entries.get_mut(index)? = Entry::Skip;
                    return None;
                }
            },
        };
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let hash = hasher.finish();
        let variant = self.variants.get(index)?;
        // The body itself and every base have the same transforms.
        let is_first = (variant.is_base() || variant.cost() == 0) && self.base_hashes.insert(hash);
        if !seen.insert(hash) {
            let entry = if is_first { Entry::Duplicate } else { Entry::Skip };
            *self.entries.get_mut(index)? = entry;
            return None;
        }
        Some(bytes)
    }

    /// Makes the bytes of a variant, from those of its base where they are kept.
    fn make(&self, index: usize, left: &mut usize) -> Option<Vec<u8>> {
        let variant = self.variants.get(index)?;
        let limit = max_len(self.length);
        let base = variant.base().and_then(|base| self.bases.get(&base));
        let (made, cost) = match base.and_then(|base| self.entries.get(*base)) {
            // A transform of a skipped base is skipped too.
            Some(Entry::Skip) if !variant.is_base() => return None,
            Some(Entry::Bytes(base)) if !variant.is_part() => {
                (variant.make_from(Cow::Borrowed(base), limit), CHANGE_COST)
            }
            Some(_) => (variant.make(limit), WRITE_COST),
            None => (variant.make(limit), CHANGE_COST),
        };
        let length = made.as_ref().map_or(self.length, |made| made.len());
        let values = if cost == WRITE_COST { variant.size() } else { 0 };
        let spent = length.saturating_mul(cost).max(values * VALUE_COST);
        *left = left.saturating_sub(spent);
        made.map(Cow::into_owned)
    }

    /// Keeps what was taken, if there is memory left for it.
    pub fn put_back(&mut self, index: usize, bytes: Vec<u8>) {
        if self.cached + bytes.len() <= MAX_CACHED
            && let Some(entry) = self.entries.get_mut(index)
        {
            self.cached += bytes.len();
            *entry = Entry::Bytes(bytes);
        }
    }
}
