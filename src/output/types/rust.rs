//! Structs and enums of Rust with serde.

use std::collections::BTreeMap;

use serde_json::Value;

use super::model::{Body, Field, Model, Tagged, Type, pascal, snake};
use super::{groups, notice, quoted};

const KEYWORDS: &[&str] = &[
    "abstract", "as", "async", "await", "become", "box", "break", "const", "continue", "crate",
    "do", "dyn", "else", "enum", "extern", "false", "final", "fn", "for", "gen", "if", "impl",
    "in", "let", "loop", "macro", "match", "mod", "move", "mut", "override", "priv", "pub", "ref",
    "return", "self", "static", "struct", "super", "trait", "true", "try", "type", "typeof",
    "unsafe", "unsized", "use", "virtual", "where", "while", "yield",
];

const DERIVE: &str = "#[derive(Clone, Debug, Deserialize, PartialEq, Serialize)]\n";

pub fn write(model: &Model) -> String {
    let mut out = format!("// {}\nuse serde::{{Deserialize, Serialize}};\n", notice(model));
    let tags = tags(model);
    for object in &model.objects {
        let omitted = tags.get(&object.name).map_or(&[][..], Vec::as_slice);
        let mut enums = String::new();
        let mut text = format!(
            "\n{}{DERIVE}pub struct {} {{\n",
            comment(&object.description, ""),
            object.name
        );
        let mut names: Vec<String> = Vec::new();
        for field in object.fields.iter().filter(|field| !omitted.contains(&field.name)) {
            let mut name = snake(&field.name);
            if KEYWORDS.contains(&name.as_str()) {
                name.push('_');
            }
            while names.contains(&name) {
                name.push('_');
            }
            names.push(name.clone());
            text.push_str(&comment(&field.description, "    "));
            let mut attributes = Vec::new();
            if name != field.name {
                attributes.push(format!("rename = {}", quoted(&field.name)));
            }
            if !field.is_required {
                attributes.push("default".to_owned());
                attributes.push("skip_serializing_if = \"Option::is_none\"".to_owned());
            }
            if !attributes.is_empty() {
                text.push_str(&format!("    #[serde({})]\n", attributes.join(", ")));
            }
            let value = field_type(&object.name, field, &mut enums);
            let value = match field.is_required || value.starts_with("Option<") {
                true => value,
                false => format!("Option<{value}>"),
            };
            text.push_str(&format!("    pub {name}: {value},\n"));
        }
        out.push_str(&enums);
        out.push_str(&text);
        out.push_str("}\n");
    }
    for root in &model.roots {
        match &root.body {
            Body::Type(Type::Object(name)) if *name == root.name => {}
            Body::Type(value) => {
                out.push_str(&format!(
                    "\n{}pub type {} = {};\n",
                    comment(&root.description, ""),
                    root.name,
                    type_name(value)
                ));
            }
            Body::Variants(tagged) => {
                out.push_str(&tagged_enum(&root.name, &root.description, tagged))
            }
        }
    }
    for (name, roots) in groups(model) {
        let about = "The body of any event.";
        let name = format!("{name}Event");
        match model.tagged(&roots) {
            Some(tagged) => out.push_str(&tagged_enum(&name, about, &tagged)),
            None => {
                // Which one it is does not stand in the body: the event's name decides.
                out.push_str(&format!(
                    "\n{}{DERIVE}#[serde(untagged)]\npub enum {name} {{\n",
                    comment(about, "")
                ));
                for root in &roots {
                    out.push_str(&format!("    {}({}),\n", pascal(&root.event), root.name));
                }
                out.push_str("}\n");
            }
        }
    }
    out
}

/// The fields of each object that an enum has as its tag: serde takes them out of the object.
fn tags(model: &Model) -> BTreeMap<String, Vec<String>> {
    let mut tags: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut add = |object: &str, field: &str| {
        tags.entry(object.to_owned()).or_default().push(field.to_owned());
    };
    for root in &model.roots {
        if let Body::Variants(tagged) = &root.body {
            tagged.variants.iter().for_each(|(_, name)| add(name, &tagged.field));
        }
    }
    for (_, roots) in groups(model) {
        let Some(tagged) = model.tagged(&roots) else {
            continue;
        };
        for root in &roots {
            match &root.body {
                Body::Type(Type::Object(name)) => add(name, &tagged.field),
                Body::Type(_) => {}
                Body::Variants(own) => {
                    own.variants.iter().for_each(|(_, name)| add(name, &tagged.field));
                }
            }
        }
    }
    tags
}

fn tagged_enum(name: &str, about: &str, tagged: &Tagged) -> String {
    let field = quoted(&tagged.field);
    let mut out =
        format!("\n{}{DERIVE}#[serde(tag = {field})]\npub enum {name} {{\n", comment(about, ""));
    let values = tagged.variants.iter().map(|(value, _)| value.as_str());
    for (variant, (value, own)) in variant_names(values).into_iter().zip(&tagged.variants) {
        out.push_str(&format!("    #[serde(rename = {})]\n    {variant}({own}),\n", quoted(value)));
    }
    out + "}\n"
}

fn variant_names<'v>(values: impl Iterator<Item = &'v str>) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    for value in values {
        let mut name = pascal(value);
        while names.contains(&name) || name == "Self" {
            name.push('_');
        }
        names.push(name);
    }
    names
}

/// The type of a field; fixed words become an enum, with a variant for words that are new.
fn field_type(object: &str, field: &Field, enums: &mut String) -> String {
    let (literals, is_nullable) = match &field.value {
        Type::Literals(values) => (values, false),
        Type::Nullable(inner) => match &**inner {
            Type::Literals(values) => (values, true),
            _ => return type_name(&field.value),
        },
        other => return type_name(other),
    };
    let words: Option<Vec<&str>> = literals.iter().map(Value::as_str).collect();
    let Some(words) = words.filter(|words| words.len() > 1) else {
        return type_name(&field.value);
    };
    let name = format!("{object}{}Word", pascal(&field.name));
    enums.push_str(&format!("\n{DERIVE}pub enum {name} {{\n"));
    for (variant, word) in variant_names(words.iter().copied()).into_iter().zip(&words) {
        let variant = if variant == "Other" { "Other_".to_owned() } else { variant };
        enums.push_str(&format!("    #[serde(rename = {})]\n    {variant},\n", quoted(word)));
    }
    enums.push_str("    #[serde(untagged)]\n    Other(String),\n}\n");
    if is_nullable { format!("Option<{name}>") } else { name }
}

fn comment(text: &str, indent: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("{indent}/// {text}\n"),
    }
}

fn type_name(value: &Type) -> String {
    match value {
        Type::Any | Type::Union(_) => "serde_json::Value".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Integer => "i64".to_owned(),
        Type::Number => "f64".to_owned(),
        Type::String => "String".to_owned(),
        Type::Literals(values) => match values.as_slice() {
            all if all.iter().all(Value::is_string) => "String".to_owned(),
            all if all.iter().all(Value::is_i64) => "i64".to_owned(),
            all if all.iter().all(Value::is_boolean) => "bool".to_owned(),
            _ => "serde_json::Value".to_owned(),
        },
        Type::List(item) => format!("Vec<{}>", type_name(item)),
        Type::Map(item) => format!("std::collections::BTreeMap<String, {}>", type_name(item)),
        Type::Object(name) => name.clone(),
        Type::Nullable(inner) => format!("Option<{}>", type_name(inner)),
    }
}
