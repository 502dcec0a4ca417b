//! The byte strings that may have been hashed instead of the body: a view of it, the output of a serializer, and
//! transforms of these bytes. A variant is a description; its bytes are made when it is tried, and kept in a cache.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher};

use crate::webhook::payload::json::Kind;

use super::byte_transform::{ByteTransform, Step};
use super::cause::{COMMON, Cause, RARE};
use super::runtimes::{self, Runtime, Serializer};
use super::view::BodyView;

/// The largest body whose signature is explained, in bytes.
pub const MAX_BODY: usize = 8 << 20;

/// The cost of a number that has to be rounded and written again, in plain values.
const HARD_NUMBER: usize = 8;

/// How many variants are compared for other explanations of what was found: all serializers and transforms, or
/// as many as write so many bytes.
const MAX_EQUIVALENTS: usize = 400;
const MAX_EQUIVALENT_BYTES: usize = 64 << 20;

/// The bytes that a variant of an empty body may have.
const MIN_LEN: usize = 4 << 10;

/// How many escapings are tried of what each serializer writes.
const MAX_ESCAPES: usize = 24;

/// What a variant is made from: a view, a serializer that writes it, and a transform.
type BaseVariant = (usize, usize, usize);

/// One variant of the body.
#[derive(Clone, Copy)]
pub struct BodyVariant<'v> {
    view: &'v BodyView<'v>,
    serializer: Option<&'static Serializer>,
    transforms: [Option<&'v ByteTransform>; 2],
}

impl<'v> BodyVariant<'v> {
    /// The bytes; `None` where the variant does not apply or has more than `limit`.
    pub fn make(&self, limit: usize) -> Option<Cow<'v, [u8]>> {
        let bytes = match (self.view.bytes, self.view.node, self.serializer) {
            (_, Some(node), Some(serializer)) => {
                Cow::Owned(runtimes::write(serializer, node, limit)?)
            }
            (Some(bytes), _, None) => Cow::Borrowed(bytes),
            (None, Some(node), None) => {
                let raw = Cow::Borrowed(node.raw().as_bytes());
                node.string().unwrap_or(raw)
            }
            _ => return None,
        };
        Self::apply(&self.transforms, bytes, limit)
    }

    fn apply<'b>(
        transforms: &[Option<&ByteTransform>],
        mut bytes: Cow<'b, [u8]>,
        limit: usize,
    ) -> Option<Cow<'b, [u8]>> {
        for transform in transforms.iter().flatten() {
            bytes = Cow::Owned(transform.apply(&bytes)?);
        }
        (bytes.len() <= limit).then_some(bytes)
    }

    fn transforms(&self) -> impl Iterator<Item = &'v ByteTransform> {
        self.transforms.into_iter().flatten()
    }

    /// How it differs from the body. The codes of one serializer are one explanation.
    pub fn causes(&self) -> Vec<Cause> {
        let written = self.serializer.iter().flat_map(|s| s.codes.iter());
        let mut all = self.view.causes.clone();
        all.extend(written.map(|code| Cause::plain(code)));
        all.extend(self.transforms().map(ByteTransform::cause));
        all
    }

    /// How many mistakes it takes.
    pub fn cost(&self) -> usize {
        self.view.causes.len() + usize::from(self.serializer.is_some()) + self.transforms().count()
    }

    /// How unlikely it is.
    pub fn weight(&self) -> usize {
        self.view.weight()
            + self.serializer.map_or(0, |s| if s.is_main { COMMON } else { RARE })
            + self.transforms().map(|transform| transform.weight).sum::<usize>()
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
        self.transforms().fold(written, |formula, transform| transform.formula(&formula))
    }

    fn key(&self) -> BaseVariant {
        let serializer = self.serializer.map_or(0, |s| std::ptr::from_ref(s).addr());
        let [first, _] = self.transforms;
        let first = first.map_or(0, |transform| std::ptr::from_ref(transform).addr());
        (std::ptr::from_ref(self.view).addr(), serializer, first)
    }

    /// What it is a transform of.
    fn base(&self) -> Option<BaseVariant> {
        let (view, serializer, first) = self.key();
        match self.transforms {
            [None, _] => None,
            [Some(_), None] => Some((view, serializer, 0)),
            [Some(_), Some(_)] => Some((view, serializer, first)),
        }
    }

    /// Which transforms of it there are: none, those of any serializer, or those of the usual ones.
    fn followers(&self) -> usize {
        match (self.transforms, self.serializer) {
            ([Some(_), _], _) => 0,
            _ if self.is_part() => 0,
            (_, Some(serializer)) if !serializer.is_main => 1,
            (_, _) => 2,
        }
    }

    fn is_part(&self) -> bool {
        self.view.is_part()
    }

    /// The work of writing it, in keys and values.
    fn size(&self) -> usize {
        match self.view.node {
            Some(node) if self.serializer.is_some() => {
                node.size() + node.hard_numbers() * HARD_NUMBER
            }
            _ => 0,
        }
    }

    /// Whether another serializer may give the same bytes with the same steps before and after it.
    fn may_be_equivalent(&self, other: &Self) -> bool {
        let same_transforms = || {
            let mut pairs = self.transforms.iter().zip(&other.transforms);
            pairs.all(|pair| match pair {
                (Some(a), Some(b)) => std::ptr::eq(*a, *b),
                (a, b) => a.is_none() && b.is_none(),
            })
        };
        self.cost() == other.cost()
            && self.is_generic() == other.is_generic()
            && (self.cost() == 1 && self.is_part() == other.is_part()
                || std::ptr::eq(self.view, other.view) && same_transforms())
    }

    /// Whether it is named after no program: what it does is one of many possibilities.
    fn is_generic(&self) -> bool {
        self.transforms().any(ByteTransform::is_escape)
            || self.serializer.is_some_and(|s| s.runtime == Runtime::ANY && !s.is_main)
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
pub fn equivalents<'a, 'v>(
    variants: &'a [BodyVariant<'v>],
    index: usize,
    bytes: &[u8],
    limit: usize,
) -> Vec<&'a BodyVariant<'v>> {
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

/// Every variant to try, the likeliest first. A `deep` search also tries each serializer on parts of parts.
pub fn variants<'v>(
    views: &'v [BodyView<'v>],
    transforms: &'v [ByteTransform],
    escapes: &'v [ByteTransform],
    deep: bool,
) -> Vec<BodyVariant<'v>> {
    let mut all = Vec::new();
    let mut add = |view: &'v BodyView<'v>, serializer: Option<&'static Serializer>, transforms| {
        all.push(BodyVariant { view, serializer, transforms });
    };
    let is_alone = |transform: &ByteTransform| transform.step == Step::Alone;
    let following = || transforms.iter().filter(|one| !is_alone(one));
    for (number, view) in views.iter().enumerate() {
        if view.is_part() || view.bytes.is_some() {
            add(view, None, [None, None]);
        }
        let is_body = number == 0;
        let is_string = view.node.is_some_and(|node| node.kind() == Kind::String);
        if view.is_part() {
            for transform in following().filter(|one| is_string && one.step == Step::Ends) {
                add(view, None, [Some(transform), None]);
            }
            if !view.is_deep() || deep {
                let tried = runtimes::all().iter().filter(|s| s.is_main || deep || !view.is_deep());
                tried.for_each(|s| add(view, Some(s), [None, None]));
            }
            continue;
        }
        if is_body {
            transforms.iter().for_each(|one| add(view, None, [Some(one), None]));
        } else if view.bytes.is_some() {
            following().for_each(|one| add(view, None, [Some(one), None]));
        }
        if view.node.is_some() {
            // The content of a string is a view of its own, and no text that a program prints.
            for serializer in runtimes::all().iter().filter(|s| !(is_string && s.is_bare())) {
                add(view, Some(serializer), [None, None]);
                for transform in following().filter(|one| fits(serializer, one)) {
                    add(view, Some(serializer), [Some(transform), None]);
                }
                if serializer.is_main || serializer.runtime == Runtime::ANY {
                    for escape in escapes.iter().take(MAX_ESCAPES) {
                        add(view, Some(serializer), [Some(escape), None]);
                    }
                }
            }
        }
        if view.bytes.is_some() {
            escapes.iter().for_each(|one| add(view, None, [Some(one), None]));
        }
        if is_body {
            for first in following().filter(|one| !one.is_framework()) {
                let later = following().filter(|second| first.step < second.step);
                later.for_each(|second| add(view, None, [Some(first), Some(second)]));
            }
            for escape in escapes {
                let later = following().filter(|second| Step::Escapes < second.step);
                later.for_each(|second| add(view, None, [Some(escape), Some(second)]));
            }
        }
    }
    all.sort_by_cached_key(BodyVariant::weight);
    all
}

/// Whether a transform is likely after a serializer.
fn fits(serializer: &Serializer, transform: &ByteTransform) -> bool {
    match transform.step {
        Step::Alone => false,
        _ if transform.is_framework() => {
            serializer.is_main && matches!(serializer.runtime, Runtime::RAILS | Runtime::RUBY)
        }
        _ => serializer.is_main || transform.weight == COMMON && transform.step >= Step::Lines,
    }
}

/// The cost of writing a byte of JSON, in bytes that are hashed.
const WRITE_COST: usize = 6;

/// The least cost of writing a key or a value, in bytes that are hashed.
const VALUE_COST: usize = 48;

/// The cost of a variant in addition to that of its bytes, in bytes that are hashed.
const MAKE_COST: usize = 1024;

/// The cost of changing a byte, in bytes that are hashed.
const CHANGE_COST: usize = 3;

/// The most bytes that are kept.
const MAX_CACHED: usize = 4 << 20;

/// The variants, each with its bytes when they are known.
pub struct VariantCache<'s> {
    variants: &'s [BodyVariant<'s>],
    /// That of the body.
    length: usize,
    entries: Vec<Entry>,
    /// The index of each base.
    bases: HashMap<BaseVariant, usize>,
    /// The hashes of bases, and how many transforms of each there are.
    base_hashes: HashMap<u64, usize>,
    /// The hash of each variant that was made.
    hashes: Vec<Option<u64>>,
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
    pub fn new(variants: &'s [BodyVariant<'s>], length: usize) -> Self {
        let is_base = |variant: &BodyVariant<'_>| {
            let [_, second] = variant.transforms;
            second.is_none() && (variant.followers() > 0 || variant.serializer.is_none())
        };
        Self {
            variants,
            length,
            entries: variants.iter().map(|_| Entry::NotMade).collect(),
            bases: (variants.iter().enumerate())
                .filter(|(_, variant)| is_base(variant))
                .map(|(index, variant)| (variant.key(), index))
                .collect(),
            base_hashes: HashMap::new(),
            hashes: vec![None; variants.len()],
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
        let hash = *self.hashes.get_mut(index)?.get_or_insert_with(|| {
            let mut hasher = DefaultHasher::new();
            bytes.hash(&mut hasher);
            hasher.finish()
        });
        let variant = self.variants.get(index)?;
        // Serializers of the same kind have the same transforms, and few are made of others.
        let followers = variant.followers();
        let known = self.base_hashes.entry(hash).or_insert(0);
        let has_more =
            followers > *known || variant.base().is_some() && variant.serializer.is_none();
        *known = followers.max(*known);
        if !seen.insert(hash) {
            let entry = if has_more { Entry::Duplicate } else { Entry::Skip };
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
        let is_written = variant.serializer.is_some();
        let (made, cost) = match base.and_then(|base| self.entries.get(*base)) {
            // A transform of a skipped base is skipped too.
            Some(Entry::Skip) => return None,
            Some(Entry::Bytes(base)) => {
                let [first, second] = variant.transforms;
                let last = [second.or(first)];
                (BodyVariant::apply(&last, Cow::Borrowed(base), limit), CHANGE_COST)
            }
            _ if is_written => (variant.make(limit), WRITE_COST),
            _ => (variant.make(limit), CHANGE_COST),
        };
        let length = made.as_ref().map_or(self.length, |made| made.len());
        let values = if cost == WRITE_COST { variant.size() } else { 0 };
        let spent = MAKE_COST + length.saturating_mul(cost).max(values * VALUE_COST);
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
