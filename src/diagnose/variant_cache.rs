//! The bytes of body variants: kept while there is memory for them, and never tried twice where several variants
//! have the same ones.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher};

use super::variant::{BaseVariant, BodyVariant, max_len};

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
    /// The body's length.
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
            Entry::NotMade | Entry::Evicted => {
                let made = self.make(index, left);
                let Some(made) = made else {
                    *self.entries.get_mut(index)? = Entry::Skip;
                    return None;
                };
                made
            }
        };
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let hash = hasher.finish();
        let variant = self.variants.get(index)?;
        // The body itself and every base have the same transforms.
        let is_first = (variant.is_base() || variant.cost() == 0) && self.base_hashes.insert(hash);
        if !seen.insert(hash) {
            let entry = self.entries.get_mut(index)?;
            *entry = if is_first {
                Entry::Duplicate
            } else {
                Entry::Skip
            };
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
                (variant.make_from(base, limit), CHANGE_COST)
            }
            Some(_) => (variant.make(limit), WRITE_COST),
            None => (variant.make(limit), CHANGE_COST),
        };
        let made = made.map(Cow::into_owned);
        let length = made.as_ref().map_or(self.length, Vec::len);
        let values = if cost == WRITE_COST {
            variant.size()
        } else {
            0
        };
        let spent = length.saturating_mul(cost).max(values * VALUE_COST);
        *left = left.saturating_sub(spent);
        made
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
