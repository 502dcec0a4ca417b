//! Limits the work of a user's JSON Schema on a body: a few lines of `allOf` and `$ref` can cause billions of checks.

use std::collections::{BTreeMap, HashMap};

use jsonschema::{Draft, Registry, uri};
use serde_json::{Map, Value};

/// The maximum number of checks of one value by one schema and those that it applies to the same value.
const MAX_CHECKS_OF_A_VALUE: u64 = 100_000;
/// The longest chain of schemas that apply one another to the same value.
const MAX_CHAIN: usize = 64;
/// The same from the body to its innermost value.
const MAX_NESTED: usize = 1000;
/// The maximum number of checks of a body, and how many more are allowed for each of its values.
const MAX_CHECKS: u64 = 1_000_000;
const MAX_CHECKS_FOR_EACH: u64 = 16;

/// A schema as the checks that it makes.
#[derive(Debug)]
pub(crate) struct Budget {
    /// A schema comes before those that it applies to the same value.
    schemas: Vec<Schema>,
    /// The whole schema.
    root: usize,
}

/// The subschemas are indices.
#[derive(Debug, Default)]
struct Schema {
    /// The checks that its own keywords make.
    own: u64,
    /// Those that it applies to the same value.
    same: Vec<usize>,
    properties: HashMap<String, usize>,
    /// Those for any property that is not in `properties`, and for any property at all.
    other_properties: Vec<usize>,
    all_properties: Vec<usize>,
    names: Vec<usize>,
    items: Vec<usize>,
    all_items: Vec<usize>,
    /// The checks and the longest chain with everything in `same`.
    checks: u64,
    chain: usize,
}

impl Schema {
    fn subschemas(&mut self) -> impl Iterator<Item = &mut usize> {
        let lists = [
            &mut self.same,
            &mut self.other_properties,
            &mut self.all_properties,
            &mut self.names,
            &mut self.items,
            &mut self.all_items,
        ];
        lists.into_iter().flatten().chain(self.properties.values_mut())
    }

    /// Whether it applies anything to the members of a value.
    fn has_members(&self) -> bool {
        !self.properties.is_empty()
            || ![&self.other_properties, &self.all_properties, &self.names]
                .into_iter()
                .chain([&self.items, &self.all_items])
                .all(Vec::is_empty)
    }
}

impl Budget {
    /// Reads a schema.
    ///
    /// # Errors
    /// When it would check a value without end or too many times, or a reference leads nowhere.
    pub(crate) fn new(schema: &Value) -> Result<Self, String> {
        const BASE: &str = "json-schema:///";
        let unusable = |why: jsonschema::ReferencingError| why.to_string();
        let draft = Draft::Draft202012;
        let registry = Registry::new().draft(draft).add(BASE, schema).map_err(unusable)?;
        let registry = registry.prepare().map_err(unusable)?;
        let base = registry.resolver(uri::from_str(BASE).map_err(unusable)?);
        let base = base.in_subresource(draft.create_resource_ref(schema)).map_err(unusable)?;

        let mut indices = HashMap::from([(std::ptr::from_ref(schema), 0)]);
        let mut found = vec![(schema, base)];
        let mut schemas: Vec<Schema> = Vec::new();
        let mut anchors: HashMap<&str, Vec<usize>> = HashMap::new();
        let mut dynamic: Vec<(usize, &str, usize)> = Vec::new();
        while let Some((value, resolver)) = found.get(schemas.len()).cloned() {
            let index = schemas.len();
            let mut known = Schema { own: 1, ..Schema::default() };
            for (keyword, value) in value.as_object().into_iter().flatten() {
                let mut add = |value, resolver| {
                    *indices.entry(std::ptr::from_ref(value)).or_insert_with(|| {
                        found.push((value, resolver));
                        found.len() - 1
                    })
                };
                match (keyword.as_str(), value) {
                    ("$dynamicAnchor", Value::String(name)) => {
                        anchors.entry(name).or_default().push(index);
                    }
                    ("$ref" | "$dynamicRef" | "$recursiveRef", Value::String(reference)) => {
                        let target = resolver.lookup(reference).map_err(unusable)?;
                        let added = add(target.contents(), target.resolver().clone());
                        let name = reference.rsplit('#').next().unwrap_or_default();
                        match keyword.as_str() {
                            "$dynamicRef" => dynamic.push((index, name, added)),
                            _ => known.same.push(added),
                        }
                    }
                    _ => {
                        for (place, value) in subschemas(keyword, value) {
                            let resource = draft.create_resource_ref(value);
                            let inner = resolver.in_subresource(resource).map_err(unusable)?;
                            let added = add(value, inner);
                            match place {
                                Place::Same => known.same.push(added),
                                Place::Property(name) => {
                                    known.properties.insert(name.to_owned(), added);
                                }
                                Place::OtherProperties => known.other_properties.push(added),
                                Place::AllProperties => known.all_properties.push(added),
                                Place::Names => known.names.push(added),
                                Place::Item => known.items.push(added),
                                Place::AllItems => known.all_items.push(added),
                            }
                        }
                        known.own = known.own.saturating_add(size(keyword, value));
                    }
                }
            }
            if value.get("unevaluatedProperties").or(value.get("unevaluatedItems")).is_some() {
                // What they apply to is found by applying the others once more.
                known.same.extend_from_within(..);
            }
            schemas.push(known);
        }
        for (index, name, target) in dynamic {
            // Where it leads depends on the way to it: it counts as leading to all.
            let targets = anchors.get(name).map_or(std::slice::from_ref(&target), Vec::as_slice);
            if let Some(schema) = schemas.get_mut(index) {
                schema.same.extend(targets);
            }
        }
        let (schemas, root) = sorted(schemas)?;
        let mut budget = Self { schemas, root };
        budget.count()?;
        Ok(budget)
    }

    /// Counts the checks and the chains from the last schema to the first.
    fn count(&mut self) -> Result<(), String> {
        for index in (0..self.schemas.len()).rev() {
            let (before, rest) = self.schemas.split_at_mut(index + 1);
            let Some(schema) = before.last_mut() else {
                continue;
            };
            let same = schema.same.iter().filter_map(|at| rest.get(at.checked_sub(index + 1)?));
            let checks = same.clone().fold(schema.own, |sum, one| sum.saturating_add(one.checks));
            schema.chain = 1 + same.map(|one| one.chain).max().unwrap_or(0);
            schema.checks = checks;
            if schema.checks > MAX_CHECKS_OF_A_VALUE {
                return Err(format!(
                    "it would check one value more than {MAX_CHECKS_OF_A_VALUE} times"
                ));
            }
            if schema.chain > MAX_CHAIN {
                return Err(format!(
                    "more than {MAX_CHAIN} of its schemas refer to one another in a chain"
                ));
            }
        }
        Ok(())
    }

    /// Whether the schema makes too many checks of a body. The result depends only on the two.
    pub(crate) fn is_exceeded_by(&self, body: &Value) -> bool {
        let mut walk = Walk { schemas: &self.schemas, left: MAX_CHECKS };
        walk.visit(body, Counts::from([(self.root, 1)]), 0).is_none()
    }
}

/// What a subschema applies to.
enum Place<'v> {
    Same,
    Property(&'v str),
    OtherProperties,
    AllProperties,
    Names,
    Item,
    AllItems,
}

/// The subschemas in a keyword's value.
fn subschemas<'v>(keyword: &str, value: &'v Value) -> Vec<(Place<'v>, &'v Value)> {
    let one = |place| vec![(place, value)];
    let list = |place: fn() -> Place<'v>| {
        let values = value.as_array().into_iter().flatten();
        values.map(|value| (place(), value)).collect()
    };
    let map = |place: fn(&'v str) -> Place<'v>| {
        let members = value.as_object().into_iter().flatten();
        members.map(|(name, value)| (place(name), value)).collect()
    };
    match keyword {
        "allOf" | "anyOf" | "oneOf" => list(|| Place::Same),
        "not" | "if" | "then" | "else" => one(Place::Same),
        "dependentSchemas" | "dependencies" => map(|_| Place::Same),
        "properties" => map(Place::Property),
        "patternProperties" => map(|_| Place::AllProperties),
        "additionalProperties" => one(Place::OtherProperties),
        "unevaluatedProperties" => one(Place::AllProperties),
        "propertyNames" => one(Place::Names),
        "prefixItems" => list(|| Place::Item),
        "items" if value.is_array() => list(|| Place::Item),
        "items" | "additionalItems" | "unevaluatedItems" | "contains" => one(Place::AllItems),
        _ => Vec::new(),
    }
}

/// The checks that a keyword makes by itself, such as a comparison with every value of an `enum`.
fn size(keyword: &str, value: &Value) -> u64 {
    fn values(value: &Value) -> u64 {
        let inner = match value {
            Value::Array(items) => items.iter().map(values).sum(),
            Value::Object(members) => members.values().map(values).sum(),
            _ => 0_u64,
        };
        inner.saturating_add(1)
    }
    match keyword {
        "enum" | "const" | "required" | "dependentRequired" => values(value) / 8,
        "patternProperties" => value.as_object().map_or(0, Map::len) as u64,
        _ => 0,
    }
}

/// The schemas in an order in which each comes before those that it applies to the same value, and where in it the
/// first one is.
fn sorted(mut schemas: Vec<Schema>) -> Result<(Vec<Schema>, usize), String> {
    let mut before = vec![0_u64; schemas.len()];
    for target in schemas.iter().flat_map(|schema| &schema.same) {
        if let Some(count) = before.get_mut(*target) {
            *count += 1;
        }
    }
    let is_free = |(_, count): &(usize, &u64)| **count == 0;
    let mut order: Vec<usize> = before.iter().enumerate().filter(is_free).map(|(i, _)| i).collect();
    let mut next = 0;
    while let Some(index) = order.get(next) {
        next += 1;
        for target in schemas.get(*index).map(|schema| schema.same.clone()).unwrap_or_default() {
            if let Some(count) = before.get_mut(target) {
                *count -= 1;
                if *count == 0 {
                    order.push(target);
                }
            }
        }
    }
    if order.len() < schemas.len() {
        return Err("it refers to itself endlessly".to_owned());
    }
    let mut places = vec![0; order.len()];
    for (place, index) in order.iter().enumerate() {
        if let Some(entry) = places.get_mut(*index) {
            *entry = place;
        }
    }
    for schema in &mut schemas {
        for index in schema.subschemas() {
            *index = places.get(*index).copied().unwrap_or_default();
        }
    }
    let mut schemas: Vec<_> = schemas.into_iter().map(Some).collect();
    let schemas = order.into_iter().filter_map(|index| schemas.get_mut(index)?.take()).collect();
    Ok((schemas, places.first().copied().unwrap_or_default()))
}

/// A walk through a body that counts its checks.
struct Walk<'b> {
    schemas: &'b [Schema],
    left: u64,
}

/// How many times each schema applies to a value.
type Counts = BTreeMap<usize, u64>;

impl Walk<'_> {
    /// `None` when there are too many checks, or they are nested too deeply.
    fn visit(&mut self, value: &Value, mut pending: Counts, nested: usize) -> Option<()> {
        self.left = self.left.saturating_add(MAX_CHECKS_FOR_EACH);
        let schemas = self.schemas;
        let chain = pending.keys().filter_map(|index| Some(schemas.get(*index)?.chain)).max();
        let nested = nested + chain.unwrap_or(0);
        if nested > MAX_NESTED {
            return None;
        }
        let length = value.as_str().map_or(0, str::len) as u64;
        let mut applied = Vec::new();
        while let Some((index, count)) = pending.pop_first() {
            let schema = schemas.get(index)?;
            self.spend(count, schema.own.saturating_add(length / 256))?;
            add(&mut pending, &schema.same, count);
            if schema.has_members() {
                applied.push((schema, count));
            }
        }
        match value {
            _ if applied.is_empty() => {}
            Value::Object(members) => {
                for (name, member) in members {
                    let mut inner = Counts::new();
                    for (schema, count) in &applied {
                        let known = schema.properties.get(name);
                        let known =
                            known.map_or(&schema.other_properties[..], std::slice::from_ref);
                        add(&mut inner, known, *count);
                        add(&mut inner, &schema.all_properties, *count);
                        for index in &schema.names {
                            self.spend(*count, schemas.get(*index)?.checks)?;
                        }
                    }
                    self.member(member, inner, applied.len(), nested)?;
                }
            }
            Value::Array(items) => {
                for (at, item) in items.iter().enumerate() {
                    let mut inner = Counts::new();
                    for (schema, count) in &applied {
                        add(&mut inner, schema.items.get(at..=at).unwrap_or_default(), *count);
                        add(&mut inner, &schema.all_items, *count);
                    }
                    self.member(item, inner, applied.len(), nested)?;
                }
            }
            _ => {}
        }
        Some(())
    }

    /// `looked_at` is how many schemas had to be asked what they apply to it.
    fn member(
        &mut self,
        value: &Value,
        counts: Counts,
        looked_at: usize,
        nested: usize,
    ) -> Option<()> {
        self.spend(1, looked_at as u64)?;
        match counts.is_empty() {
            true => Some(()),
            false => self.visit(value, counts, nested),
        }
    }

    fn spend(&mut self, count: u64, checks: u64) -> Option<()> {
        self.left = self.left.checked_sub(count.checked_mul(checks)?)?;
        Some(())
    }
}

fn add(counts: &mut Counts, indices: &[usize], count: u64) {
    for index in indices {
        let entry = counts.entry(*index).or_default();
        *entry = entry.saturating_add(count);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::webhook::provider::catalog::Catalog;

    /// `{"a":{"a":…1…}}`
    fn nested(depth: usize, key: &str) -> Value {
        (0..depth).fold(json!(1), |inner, _| json!({key: inner}))
    }

    fn doubling(count: usize, keyword: &str) -> Value {
        let level = |n: usize| {
            let next = json!({"$ref": format!("#/$defs/s{}", n + 1)});
            (format!("s{n}"), json!({keyword: [next, next]}))
        };
        let mut levels: Map<String, Value> = (0..count).map(level).collect();
        levels.insert(format!("s{count}"), json!({"type": "object"}));
        json!({"$ref": "#/$defs/s0", "$defs": levels})
    }

    #[test]
    fn schemas_that_multiply_are_refused() {
        for keyword in ["allOf", "anyOf", "oneOf"] {
            for count in [20, 27, 100] {
                let why = Budget::new(&doubling(count, keyword)).unwrap_err();
                assert!(why.starts_with("it would check one value"), "{count}: {why}");
            }
            Budget::new(&doubling(10, keyword)).unwrap();
        }
    }

    #[test]
    fn endless_and_long_chains_are_refused() {
        for schema in [
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"$ref": "#/$defs/b"}, "b": {"not": {"$ref": "#/$defs/a"}}}}),
            json!({"$dynamicAnchor": "n", "if": {"$dynamicRef": "#n"}}),
            json!({"$recursiveRef": "#"}),
        ] {
            let why = Budget::new(&schema).unwrap_err();
            assert_eq!(why, "it refers to itself endlessly", "{schema}");
        }
        let chain = |length: usize| {
            let link = |n: usize| (format!("{n}"), json!({"$ref": format!("#/$defs/{}", n + 1)}));
            let mut links: Map<String, Value> = (0..length).map(link).collect();
            links.insert(length.to_string(), json!(true));
            Budget::new(&json!({"$ref": "#/$defs/0", "$defs": links}))
        };
        chain(60).unwrap();
        assert!(chain(100).unwrap_err().contains("chain"));
        assert!(chain(20_000).unwrap_err().contains("chain"));
        assert!(Budget::new(&json!({"$ref": "#/$defs/none"})).is_err());
    }

    #[test]
    fn schemas_that_multiply_with_the_depth_of_a_body_are_limited() {
        for schema in [
            json!({"properties": {"a": {"$ref": "#"}}, "patternProperties": {"^a": {"$ref": "#"}}}),
            json!({"oneOf": [
                {"properties": {"a": {"$ref": "#"}}, "required": ["b"]},
                {"additionalProperties": {"$ref": "#"}, "required": ["c"]},
            ]}),
            json!({"anyOf": [{"properties": {"a": {"$ref": "#"}}}], "unevaluatedProperties": false}),
            json!({"$id": "http://x/s", "properties": {"a": {"allOf": [{"$ref": "/s"}, {"$ref": "s"}]}}}),
            json!({"$dynamicAnchor": "n", "additionalProperties": {"allOf": [
                {"$dynamicRef": "#n"}, {"$dynamicRef": "#n"}
            ]}}),
        ] {
            let budget = Budget::new(&schema).unwrap();
            assert!(!budget.is_exceeded_by(&nested(10, "a")), "{schema}");
            assert!(budget.is_exceeded_by(&nested(40, "a")), "{schema}");
            assert!(budget.is_exceeded_by(&nested(120, "a")), "{schema}");
        }
        let items = json!({"items": {"$ref": "#"}, "contains": {"$ref": "#"}});
        let deep = (0..40).fold(json!([]), |inner, _| json!([inner]));
        assert!(Budget::new(&items).unwrap().is_exceeded_by(&deep));
    }

    #[test]
    fn usual_schemas_are_used_for_bodies_of_any_length() {
        let tree = json!({
            "type": "object", "required": ["v"], "properties": {
                "v": {"enum": ["a", "b"]}, "left": {"$ref": "#"}, "right": {"$ref": "#"},
                "children": {"type": "array", "items": {"$ref": "#"}},
            },
        });
        let budget = Budget::new(&tree).unwrap();
        let deep = (0..60).fold(json!({"v": "a"}), |inner, _| json!({"v": "a", "left": inner}));
        let leaves: Vec<_> = (0..50_000).map(|_| json!({"v": "a"})).collect();
        for body in [deep, json!({"v": "a", "children": leaves})] {
            assert!(!budget.is_exceeded_by(&body));
        }
        // Many comparisons for each of many values are too many.
        let names: Vec<_> = (0..10_000).collect();
        let many = Budget::new(&json!({"items": {"enum": names}})).unwrap();
        assert!(!many.is_exceeded_by(&json!([1, 2, 3])));
        assert!(many.is_exceeded_by(&json!(vec![1; 10_000])));
    }

    #[test]
    fn every_built_in_schema_and_sample_is_within_the_budget() {
        let catalog = Catalog::builtin();
        let parse = |bytes: &[u8]| -> Value { serde_json::from_slice(bytes).unwrap() };
        for provider in catalog.providers() {
            for event in &provider.events {
                let schema = parse(&catalog.schema(provider, event));
                let budget = Budget::new(&schema)
                    .unwrap_or_else(|why| panic!("{} {}: {why}", provider.name, event.name));
                let samples = catalog.samples(provider).into_iter();
                for sample in samples.filter(|_| !provider.envelope.form) {
                    assert!(!budget.is_exceeded_by(&parse(sample.body)), "{}", event.name);
                }
            }
        }
    }
}
