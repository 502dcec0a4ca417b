//! What may have been signed: the parts that the deliveries have, and the orders and separators in which schemes join
//! them, those of the known providers first, then others by how common they are.

use std::ops::ControlFlow;

use crate::webhook::provider::catalog::Catalog;
use crate::webhook::signature::format::Layout;
use crate::webhook::signature::scheme::{Algorithm, BodyHash, Part, Unit};

use crate::webhook::privacy::unit_of;

/// Separators between signed parts, by how common they are.
const SEPARATORS: [&str; 14] =
    [".", "", ":", "|", "\n", "_", "-", ",", ";", "&", " ", "~", "+", "#"];

/// How many of the separators are tried in rare combinations.
const FEW: usize = 5;

/// The most headers and items that are combined in twos, in threes and in fours.
const MAX_PAIRED: usize = 14;
const MAX_TRIPLED: usize = 7;
const MAX_OF_FOUR: usize = 3;

/// The most fields of the body that are combined in twos, and in threes.
const MAX_FIELDS: usize = 24;
const MAX_TRIPLED_FIELDS: usize = 10;

/// What every delivery has that may be signed.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// Headers in lower case, with their values in the deliveries.
    pub headers: Vec<(String, Vec<Vec<u8>>)>,
    /// Items next to the signature, in the same way.
    pub items: Vec<(String, Vec<Vec<u8>>)>,
    /// Fields of the bodies, by pointer.
    pub fields: Vec<(String, String)>,
    pub is_form: bool,
    pub knows_url: bool,
    /// The settings that the user gave, by name.
    pub settings: Vec<String>,
    /// Versions that a signature's prefix or name has, such as `v0`.
    pub versions: Vec<String>,
}

/// A header or an item that may be signed.
#[derive(Clone, Debug)]
struct Slot {
    part: Part,
    unit: Option<Unit>,
}

impl Sources {
    /// Headers and items: times first, then what is named like an id, then the others.
    fn slots(&self) -> Vec<Slot> {
        let slot = |part: Part, values: &[Vec<u8>]| Slot { part, unit: unit_of(values) };
        let items = self.items.iter().map(|(name, all)| slot(Part::Item(name.clone()), all));
        let headers = self.headers.iter().map(|(name, all)| slot(Part::Header(name.clone()), all));
        let mut all: Vec<_> = items.chain(headers).collect();
        all.sort_by_key(|slot| match (&slot.unit, &slot.part) {
            (Some(_), _) => 0,
            (None, Part::Header(name) | Part::Item(name)) => {
                let is_id =
                    ["id", "nonce", "delivery", "uuid"].iter().any(|word| name.contains(word));
                if is_id { 1 } else { 2 }
            }
            _ => 3,
        });
        all
    }
}

/// How many templates there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reach {
    /// What the known providers sign, and one part in addition to the body.
    Likely,
    /// Combinations of more parts.
    Rest,
}

/// What is done with a template. It can end the search.
pub type Visit<'v> = &'v mut dyn FnMut(&[Part]) -> ControlFlow<()>;

/// Hands the templates to `visit`, the likeliest first, until that breaks.
pub fn templates(
    sources: &Sources,
    algorithm: Algorithm,
    catalog: &Catalog,
    reach: Reach,
    visit: Visit<'_>,
) -> ControlFlow<()> {
    let slots = sources.slots();
    let is_keyless = algorithm == Algorithm::Sha256;
    match reach {
        Reach::Likely => of_providers(sources, &slots, catalog, visit)?,
        // A plain hash is rare enough.
        Reach::Rest if is_keyless => return ControlFlow::Continue(()),
        Reach::Rest => return rest(sources, &slots, visit),
    }
    if !is_keyless {
        return likely(sources, &slots, visit);
    }
    // A plain hash needs the secret before or after everything else.
    likely(sources, &slots, &mut |parts| {
        for between in SEPARATORS.iter().take(FEW) {
            for ends in [[&[Part::Secret], parts], [parts, &[Part::Secret]]] {
                visit(&joined_lists(ends, between))?;
            }
        }
        ControlFlow::Continue(())
    })
}

/// What the known providers sign, with every header and item of the deliveries in the place of theirs.
fn of_providers(
    sources: &Sources,
    slots: &[Slot],
    catalog: &Catalog,
    visit: Visit<'_>,
) -> ControlFlow<()> {
    let mut seen: Vec<Vec<Part>> = Vec::new();
    for scheme in catalog.providers().flat_map(|provider| &provider.signatures) {
        let is_slot = |part: &Part| matches!(part, Part::Header(_) | Part::Item(_));
        let shape: Vec<_> = scheme
            .signs
            .iter()
            .map(|part| if is_slot(part) { Part::Header(String::new()) } else { part.clone() })
            .collect();
        let is_possible = |part: &Part| match part {
            Part::Url => sources.knows_url,
            Part::FormSorted => sources.is_form || sources.knows_url,
            Part::Setting(name) => sources.settings.contains(name),
            _ => true,
        };
        let mut fields = shape.iter().filter_map(|part| match part {
            Part::Field(pointer) => Some(pointer),
            _ => None,
        });
        let has_field = |pointer: &String| sources.fields.iter().any(|(own, _)| own == pointer);
        let has_fields = fields.clone().next().is_none() || fields.any(has_field);
        if shape.is_empty()
            || seen.contains(&shape)
            || !shape.iter().all(is_possible)
            || !has_fields
        {
            continue;
        }
        let count = shape.iter().filter(|part| is_slot(part)).count();
        fill(&shape, slots.get(..slots.len().min(MAX_PAIRED)).unwrap_or_default(), count, visit)?;
        seen.push(shape);
    }
    ControlFlow::Continue(())
}

/// Puts every choice of `count` different slots into the places of a shape.
fn fill(shape: &[Part], slots: &[Slot], count: usize, visit: Visit<'_>) -> ControlFlow<()> {
    if count > 3 {
        return ControlFlow::Continue(());
    }
    for choice in choices(slots.len(), count) {
        let mut chosen = choice.iter().filter_map(|index| slots.get(*index));
        let filled: Option<Vec<_>> = shape
            .iter()
            .map(|part| match part {
                Part::Header(_) => chosen.next().map(|slot| slot.part.clone()),
                other => Some(other.clone()),
            })
            .collect();
        if let Some(parts) = filled {
            visit(&parts)?;
        }
    }
    ControlFlow::Continue(())
}

/// The ordered choices of `count` different indices below `length`.
fn choices(length: usize, count: usize) -> Vec<Vec<usize>> {
    let mut all = vec![vec![]];
    for _ in 0..count {
        let longer = all.iter().flat_map(|choice: &Vec<usize>| {
            let others = (0..length).filter(|index| !choice.contains(index));
            others.map(|index| [&choice[..], &[index]].concat()).collect::<Vec<_>>()
        });
        all = longer.collect();
    }
    all
}

/// What may be signed instead of the body.
fn bodies(sources: &Sources) -> Vec<Part> {
    let mut all = vec![Part::Body];
    if sources.is_form {
        all.push(Part::FormSorted);
    }
    all.extend([BodyHash::Sha256, BodyHash::Crc32].map(Part::Hash));
    all
}

/// Slots, and what else of a request may be signed.
fn extras(sources: &Sources, slots: &[Slot], max: usize) -> Vec<Part> {
    let mut all: Vec<_> = slots.iter().map(|slot| slot.part.clone()).take(max).collect();
    all.extend([Part::Method, Part::Path]);
    if sources.knows_url {
        all.push(Part::Url);
    }
    all.extend(sources.settings.iter().cloned().map(Part::Setting));
    all
}

/// The body alone, and with one part, or a version and a time, in addition.
fn likely(sources: &Sources, slots: &[Slot], visit: Visit<'_>) -> ControlFlow<()> {
    let bodies = bodies(sources);
    for body in &bodies {
        visit(std::slice::from_ref(body))?;
    }
    let mut versions = sources.versions.clone();
    for version in ["v0", "v1", "v2"] {
        if !versions.iter().any(|own| own == version) {
            versions.push(version.to_owned());
        }
    }
    for slot in slots.iter().filter(|slot| slot.unit.is_some()) {
        for between in SEPARATORS {
            for version in &versions {
                let version = Part::Text(version.clone());
                visit(&joined(&[version, slot.part.clone(), Part::Body], between))?;
            }
        }
    }
    for one in extras(sources, slots, slots.len()) {
        for body in &bodies {
            for between in SEPARATORS {
                visit(&joined(&[one.clone(), body.clone()], between))?;
                visit(&joined(&[body.clone(), one.clone()], between))?;
            }
        }
    }
    for (pointer, _) in &sources.fields {
        visit(&[Part::Field(pointer.clone())])?;
    }
    ControlFlow::Continue(())
}

/// Two to four parts in addition to the body, and several fields of it.
fn rest(sources: &Sources, slots: &[Slot], visit: Visit<'_>) -> ControlFlow<()> {
    let bodies = bodies(sources);
    let all = extras(sources, slots, MAX_PAIRED);
    for choice in choices(all.len(), 2) {
        let chosen: Vec<_> = choice.iter().filter_map(|at| all.get(*at).cloned()).collect();
        let [first, second] = chosen.as_slice() else { continue };
        for body in &bodies {
            for between in SEPARATORS {
                for order in [[first, second, body], [first, body, second], [body, first, second]] {
                    visit(&joined(&order.map(Clone::clone), between))?;
                }
            }
        }
    }
    fields(sources, slots, visit)?;
    let all = extras(sources, slots, MAX_TRIPLED);
    for choice in choices(all.len(), 3) {
        let chosen: Vec<_> = choice.iter().filter_map(|at| all.get(*at).cloned()).collect();
        for body in &bodies {
            let count = if *body == Part::Body { SEPARATORS.len() } else { FEW };
            for between in SEPARATORS.iter().take(count) {
                for place in 0..=chosen.len() {
                    let mut parts = chosen.clone();
                    parts.insert(place, body.clone());
                    visit(&joined(&parts, between))?;
                }
            }
        }
    }
    let all = extras(sources, slots, MAX_OF_FOUR);
    for choice in choices(all.len(), 4) {
        let chosen: Vec<_> = choice.iter().filter_map(|at| all.get(*at).cloned()).collect();
        for body in [Part::Body, Part::Hash(BodyHash::Sha256)] {
            for between in SEPARATORS.iter().take(FEW) {
                visit(&joined(&[&chosen[..], std::slice::from_ref(&body)].concat(), between))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Several fields of the body instead of the whole body, and one with a time.
fn fields(sources: &Sources, slots: &[Slot], visit: Visit<'_>) -> ControlFlow<()> {
    let times = slots.iter().filter(|slot| slot.unit.is_some()).map(|slot| &slot.part);
    let mut all: Vec<_> =
        sources.fields.iter().map(|(name, _)| Part::Field(name.clone())).collect();
    for field in &all {
        for time in times.clone() {
            for between in SEPARATORS.iter().take(FEW) {
                visit(&joined(&[time.clone(), field.clone()], between))?;
                visit(&joined(&[field.clone(), time.clone()], between))?;
            }
        }
    }
    // All fields in a row.
    for between in SEPARATORS {
        visit(&joined(&all, between))?;
    }
    all.truncate(MAX_FIELDS);
    for (count, max) in [(2, MAX_FIELDS), (3, MAX_TRIPLED_FIELDS)] {
        for choice in choices(all.len().min(max), count) {
            let chosen: Vec<_> = choice.iter().filter_map(|at| all.get(*at).cloned()).collect();
            for between in SEPARATORS.iter().take(FEW) {
                visit(&joined(&chosen, between))?;
            }
        }
    }
    ControlFlow::Continue(())
}

/// Two lists of parts with a text between them.
fn joined_lists(lists: [&[Part]; 2], between: &str) -> Vec<Part> {
    let text = Part::Text(between.to_owned());
    let middle = if between.is_empty() { &[][..] } else { std::slice::from_ref(&text) };
    merged([lists[0], middle, lists[1]].concat())
}

/// Parts with a text between each two.
fn joined(parts: &[Part], between: &str) -> Vec<Part> {
    let mut all = Vec::with_capacity(parts.len() * 2);
    for part in parts {
        if !all.is_empty() && !between.is_empty() {
            all.push(Part::Text(between.to_owned()));
        }
        all.push(part.clone());
    }
    merged(all)
}

/// Two texts in a row are one.
fn merged(parts: Vec<Part>) -> Vec<Part> {
    let mut merged: Vec<Part> = Vec::with_capacity(parts.len());
    for part in parts {
        match (merged.last_mut(), part) {
            (Some(Part::Text(before)), Part::Text(more)) => before.push_str(&more),
            (_, part) => merged.push(part),
        }
    }
    merged
}

/// The versions that a layout names: `v0` of `v0=`, and of the item `v0`.
pub fn versions(layout: &Layout) -> Vec<String> {
    let text = match layout {
        Layout::Prefix(prefix) => prefix.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()),
        Layout::Items(list) => &list.signature,
    };
    Vec::from_iter((!text.is_empty()).then(|| text.to_owned()))
}
