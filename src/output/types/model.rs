//! What a JSON Schema says about types, in a form that each language writes in its own way.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// How deep references, and schemas in schemas, are followed.
const MAX_DEPTH: usize = 32;

/// A type.
#[derive(Clone, Debug, PartialEq)]
pub enum Type {
    Any,
    Bool,
    Integer,
    Number,
    String,
    /// One of these values, none of which is null.
    Literals(Vec<Value>),
    List(Box<Type>),
    /// An object with any keys.
    Map(Box<Type>),
    /// The object of this name.
    Object(String),
    /// One of these, none of which is nullable.
    Union(Vec<Type>),
    /// This, or null.
    Nullable(Box<Type>),
}

/// An object with known keys; others are allowed.
#[derive(Clone, Debug)]
pub struct Object {
    pub name: String,
    pub description: String,
    pub fields: Vec<Field>,
}

#[derive(Clone, Debug)]
pub struct Field {
    pub name: String,
    pub description: String,
    pub value: Type,
    pub is_required: bool,
}

/// The body of an event.
#[derive(Clone, Debug)]
pub struct Root {
    pub name: String,
    pub provider: String,
    pub event: String,
    pub description: String,
    /// A type, or the variants of an event whose bodies differ by a field.
    pub body: Body,
}

#[derive(Clone, Debug)]
pub enum Body {
    Type(Type),
    Variants(Tagged),
}

/// Objects that differ by the value of one field: the value and the name of each.
#[derive(Clone, Debug)]
pub struct Tagged {
    pub field: String,
    pub variants: Vec<(String, String)>,
}

/// All types, those that others need first.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub objects: Vec<Object>,
    pub roots: Vec<Root>,
    names: BTreeSet<String>,
    /// The types of the references of one schema.
    references: BTreeMap<String, Type>,
}

impl Model {
    /// Adds the body of an event.
    pub fn add(&mut self, provider: &str, event: &str, prefix: &str, schema: &Value) {
        let name = self.unique(&format!("{prefix}{}Event", pascal(event)));
        self.references.clear();
        let description = text(schema, "description");
        let variants = variants(schema);
        let body = match variants {
            Some((field, variants)) => {
                let names = variants.into_iter().map(|(value, variant)| {
                    let own = self.unique(&format!("{name}{}", pascal(&value)));
                    self.references.clear();
                    self.object(&own, &variant, &variant, 0);
                    (value, own)
                });
                Body::Variants(Tagged { field, variants: names.collect() })
            }
            None => Body::Type(self.named(&name, schema, schema, 0)),
        };
        let (provider, event) = (provider.to_owned(), event.to_owned());
        self.roots.push(Root { name, provider, event, description, body });
    }

    /// The object of this name.
    pub fn object_named(&self, name: &str) -> Option<&Object> {
        self.objects.iter().find(|object| object.name == name)
    }

    /// The bodies of these events as objects that differ by one field; `None` where they do not.
    pub fn tagged(&self, roots: &[&Root]) -> Option<Tagged> {
        let candidates = roots.first().and_then(|root| self.first_object(root))?;
        candidates.fields.iter().find_map(|field| {
            let value = |root: &&Root| {
                let object = self.first_object(root)?;
                let own = object.fields.iter().find(|one| one.name == field.name)?;
                match &own.value {
                    Type::Literals(values) if own.is_required => match values.as_slice() {
                        [Value::String(text)] => Some((text.clone(), root.name.clone())),
                        _ => None,
                    },
                    _ => None,
                }
            };
            let variants: Vec<_> = roots.iter().map(value).collect::<Option<_>>()?;
            let values: BTreeSet<_> = variants.iter().map(|(value, _)| value).collect();
            let is_distinct = values.len() == variants.len();
            is_distinct.then(|| Tagged { field: field.name.clone(), variants: variants.clone() })
        })
    }

    fn first_object(&self, root: &Root) -> Option<&Object> {
        match &root.body {
            Body::Type(Type::Object(name)) => self.object_named(name),
            Body::Type(_) => None,
            Body::Variants(tagged) => self.object_named(&tagged.variants.first()?.1),
        }
    }

    fn unique(&mut self, wanted: &str) -> String {
        let mut name = wanted.to_owned();
        let mut number = 2;
        while !self.names.insert(name.to_lowercase()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        name
    }

    /// The type of a schema; objects in it get this name, and longer ones.
    fn named(&mut self, name: &str, schema: &Value, whole: &Value, depth: usize) -> Type {
        let Value::Object(map) = schema else {
            return Type::Any;
        };
        if depth > MAX_DEPTH {
            return Type::Any;
        }
        if let Some(Value::String(pointer)) = map.get("$ref") {
            if let Some(known) = self.references.get(pointer) {
                return known.clone();
            }
            // Inside of itself it is any value, so that the types are finite.
            self.references.insert(pointer.clone(), Type::Any);
            let target = pointer.strip_prefix('#').and_then(|pointer| whole.pointer(pointer));
            let found =
                target.map_or(Type::Any, |target| self.named(name, target, whole, depth + 1));
            self.references.insert(pointer.clone(), found.clone());
            return found;
        }
        if let Some(value) = map.get("const") {
            return literals(std::slice::from_ref(value));
        }
        if let Some(Value::Array(values)) = map.get("enum") {
            return literals(values);
        }
        for keyword in ["oneOf", "anyOf"] {
            if let Some(Value::Array(all)) = map.get(keyword) {
                let all = all.iter().map(|one| self.inner(name, one, whole, depth));
                return union(all.collect());
            }
        }
        let types = match map.get("type") {
            Some(Value::String(one)) => vec![one.as_str()],
            Some(Value::Array(several)) => several.iter().filter_map(Value::as_str).collect(),
            _ if map.contains_key("properties") => vec!["object"],
            _ => return Type::Any,
        };
        let of = |one: &&str| match *one {
            "boolean" => Type::Bool,
            "integer" => Type::Integer,
            "number" => Type::Number,
            "string" => Type::String,
            "null" => Type::Nullable(Box::new(Type::Union(Vec::new()))),
            "array" => Type::List(Box::new(match map.get("items") {
                Some(items) => self.inner(&format!("{name}Item"), items, whole, depth),
                None => Type::Any,
            })),
            _ if map.contains_key("properties") => self.object(name, schema, whole, depth),
            _ => Type::Map(Box::new(match map.get("additionalProperties") {
                Some(items) => self.inner(&format!("{name}Value"), items, whole, depth),
                None => Type::Any,
            })),
        };
        union(types.iter().map(of).collect())
    }

    /// A type that may need another name than what it is in.
    fn inner(&mut self, name: &str, schema: &Value, whole: &Value, depth: usize) -> Type {
        self.named(name, schema, whole, depth + 1)
    }

    fn object(&mut self, name: &str, schema: &Value, whole: &Value, depth: usize) -> Type {
        // The name of the whole body is reserved already.
        let name = match depth {
            0 => name.to_owned(),
            _ => self.unique(name),
        };
        let properties = schema.get("properties").and_then(Value::as_object);
        let required = schema.get("required").and_then(Value::as_array);
        let is_required =
            |key: &str| required.is_some_and(|all| all.iter().any(|one| one.as_str() == Some(key)));
        let mut fields = Vec::new();
        for (key, value) in properties.into_iter().flatten() {
            let own = format!("{name}{}", pascal(key));
            fields.push(Field {
                name: key.clone(),
                description: text(value, "description"),
                value: self.inner(&own, value, whole, depth),
                is_required: is_required(key),
            });
        }
        let description = text(schema, "description");
        self.objects.push(Object { name: name.clone(), description, fields });
        Type::Object(name)
    }
}

fn text(schema: &Value, key: &str) -> String {
    let text = schema.get(key).and_then(Value::as_str).unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ").replace("*/", "* /")
}

/// Values as a type.
fn literals(values: &[Value]) -> Type {
    let is_simple = |value: &Value| value.is_string() || value.is_i64() || value.is_boolean();
    let plain: Vec<_> = values.iter().filter(|value| !value.is_null()).cloned().collect();
    if plain.is_empty() || !plain.iter().all(is_simple) {
        return Type::Any;
    }
    match plain.len() < values.len() {
        true => Type::Nullable(Box::new(Type::Literals(plain))),
        false => Type::Literals(plain),
    }
}

/// One of several types.
fn union(all: Vec<Type>) -> Type {
    let mut types = Vec::new();
    let mut is_nullable = false;
    let mut add = |one: Type| {
        if !types.contains(&one) {
            types.push(one);
        }
    };
    for one in all {
        let one = match one {
            Type::Nullable(inner) => {
                is_nullable = true;
                *inner
            }
            other => other,
        };
        match one {
            Type::Union(inner) => inner.into_iter().for_each(&mut add),
            other => add(other),
        }
    }
    let whole = match types.as_slice() {
        _ if types.contains(&Type::Any) => return Type::Any,
        [only] => only.clone(),
        [] => return Type::Any,
        _ => Type::Union(types),
    };
    if is_nullable { Type::Nullable(Box::new(whole)) } else { whole }
}

/// The variants of a schema whose `allOf` says, by the value of one field, what else holds: the field, and each value
/// with its own schema.
pub fn variants(schema: &Value) -> Option<(String, Vec<(String, Value)>)> {
    let rules = schema.get("allOf")?.as_array()?;
    let mut field: Option<&str> = None;
    let mut found = Vec::new();
    for rule in rules {
        let condition = rule.get("if")?.get("properties")?.as_object()?;
        let (key, value) = condition.iter().next()?;
        let value = value.get("const")?.as_str()?;
        if condition.len() != 1 || *field.get_or_insert(key) != key {
            return None;
        }
        let mut variant = schema.as_object()?.clone();
        variant.shift_remove("allOf");
        let then = rule.get("then")?.get("properties")?.as_object()?;
        let properties = variant.get_mut("properties")?.as_object_mut()?;
        for (name, more) in then {
            properties.insert(name.clone(), resolved(more, schema));
        }
        properties.insert(key.clone(), merged(properties.get(key), value));
        found.push((value.to_owned(), Value::Object(variant)));
    }
    let field = field?;
    // Each value that the field may have is one of them.
    let allowed = schema.get("properties")?.get(field)?.get("enum")?.as_array()?;
    let is_covered = |value: &Value| found.iter().any(|(known, _)| value.as_str() == Some(known));
    allowed.iter().all(is_covered).then(|| (field.to_owned(), found))
}

fn merged(field: Option<&Value>, value: &str) -> Value {
    let mut map = field.and_then(Value::as_object).cloned().unwrap_or_else(Map::new);
    map.shift_remove("enum");
    map.insert("const".to_owned(), value.into());
    Value::Object(map)
}

fn resolved(schema: &Value, whole: &Value) -> Value {
    let pointer = schema.get("$ref").and_then(Value::as_str);
    let target = pointer.and_then(|pointer| whole.pointer(pointer.strip_prefix('#')?));
    target.unwrap_or(schema).clone()
}

/// The words of a name.
pub fn words(name: &str) -> Vec<String> {
    let mut all: Vec<String> = Vec::new();
    let mut last = ' ';
    for c in name.chars() {
        if !c.is_ascii_alphanumeric() {
            last = ' ';
            continue;
        }
        let starts = last == ' ' || c.is_ascii_uppercase() && last.is_ascii_lowercase();
        match all.last_mut() {
            Some(word) if !starts => word.push(c),
            _ => all.push(c.to_string()),
        }
        last = c;
    }
    all
}

/// A name such as `LeadSubmit`.
pub fn pascal(name: &str) -> String {
    let mut out = String::new();
    for word in words(name) {
        let is_upper = word.len() > 1 && !word.bytes().any(|b| b.is_ascii_lowercase());
        let word = if is_upper { word.to_ascii_lowercase() } else { word };
        let (first, rest) = word.split_at(1);
        out.push_str(&first.to_ascii_uppercase());
        out.push_str(rest);
    }
    match out.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => out,
        false => format!("X{out}"),
    }
}

/// A name such as `lead_submit`.
pub fn snake(name: &str) -> String {
    let out = words(name).join("_").to_ascii_lowercase();
    match out.starts_with(|c: char| c.is_ascii_alphabetic()) {
        true => out,
        false => format!("x_{out}"),
    }
}
