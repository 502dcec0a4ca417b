//! The bytes of the forms: made once where they are small, and never tried twice where several forms have the
//! same ones.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher};

use super::form::{Form, Stem, room};

/// What writing a byte of JSON costs, in bytes that are hashed.
const WRITING: usize = 6;

/// What writing a key or a value costs at least, in bytes that are hashed.
const VALUE: usize = 48;

/// What changing a byte costs, in bytes that are hashed.
const CHANGING: usize = 3;

/// How much is made of the forms' bytes to have them at hand, in bytes.
const CACHE: usize = 4 << 20;

/// The forms, each with its bytes when they are known.
pub struct Shelf<'s> {
    forms: &'s [Form<'s, 's>],
    /// The body's length.
    length: usize,
    made: Vec<Made>,
    /// Where the forms stand that others begin with.
    stems: HashMap<Stem, usize>,
    /// What of them is known already.
    roots: HashSet<u64>,
    cached: usize,
}

enum Made {
    NotYet,
    /// There is none, or an earlier form has the same bytes and all that is made of them.
    Not,
    /// An earlier form has the same bytes, but not all that is made of them.
    Same,
    Here(Vec<u8>),
    /// It is taken out, or was thrown away as there was no room for it.
    Away,
}

impl<'s> Shelf<'s> {
    /// An empty one for the forms of a body of this length.
    pub fn new(forms: &'s [Form<'s, 's>], length: usize) -> Self {
        Self {
            forms,
            length,
            made: forms.iter().map(|_| Made::NotYet).collect(),
            stems: (forms.iter().enumerate())
                .filter(|(_, form)| form.is_stem())
                .filter_map(|(index, form)| Some((form.stem()?, index)))
                .collect(),
            roots: HashSet::new(),
            cached: 0,
        }
    }

    /// The bytes of a form, unless another that was `seen` has them already. What it costs is taken from `left`.
    pub fn take(
        &mut self,
        index: usize,
        seen: &mut HashSet<u64>,
        left: &mut usize,
    ) -> Option<Vec<u8>> {
        let slot = self.made.get_mut(index)?;
        let bytes = match std::mem::replace(slot, Made::Away) {
            known @ (Made::Not | Made::Same) => {
                *slot = known;
                return None;
            }
            Made::Here(bytes) => {
                self.cached = self.cached.saturating_sub(bytes.len());
                bytes
            }
            Made::NotYet | Made::Away => {
                let made = self.make(index, left);
                let Some(made) = made else {
                    *self.made.get_mut(index)? = Made::Not;
                    return None;
                };
                made
            }
        };
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        let hash = hasher.finish();
        let form = self.forms.get(index)?;
        // Of the body itself and of what serialisers write the same is made further.
        let is_first = (form.is_stem() || form.cost() == 0) && self.roots.insert(hash);
        if !seen.insert(hash) {
            let slot = self.made.get_mut(index)?;
            *slot = if is_first { Made::Same } else { Made::Not };
            return None;
        }
        Some(bytes)
    }

    /// Makes the bytes of a form, from its stem's where those are at hand.
    fn make(&self, index: usize, left: &mut usize) -> Option<Vec<u8>> {
        let form = self.forms.get(index)?;
        let limit = room(self.length);
        let stem = form.stem().and_then(|stem| self.stems.get(&stem));
        let (made, cost) = match stem.and_then(|stem| self.made.get(*stem)) {
            // What was refused, or is the same as another's, is so too with something done to it.
            Some(Made::Not) if !form.is_stem() => return None,
            Some(Made::Here(stem)) if !form.is_part() => (form.make_of(stem, limit), CHANGING),
            Some(_) => (form.make(limit), WRITING),
            None => (form.make(limit), CHANGING),
        };
        let made = made.map(Cow::into_owned);
        let length = made.as_ref().map_or(self.length, Vec::len);
        let values = if cost == WRITING { form.size() } else { 0 };
        let spent = length.saturating_mul(cost).max(values * VALUE);
        *left = left.saturating_sub(spent);
        made
    }

    /// Keeps what was taken, if there is room.
    pub fn put_back(&mut self, index: usize, bytes: Vec<u8>) {
        if self.cached + bytes.len() <= CACHE
            && let Some(slot) = self.made.get_mut(index)
        {
            self.cached += bytes.len();
            *slot = Made::Here(bytes);
        }
    }
}
