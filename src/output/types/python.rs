//! Models of pydantic 2, and a union of the events of each provider.

use super::model::{Body, Model, Tagged, Type};
use super::{groups, notice, quoted};

/// Words of the language, and attributes of a model that a field must not hide.
const RESERVED: &[&str] = &[
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "construct",
    "copy",
    "def",
    "del",
    "dict",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "json",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "schema",
    "try",
    "validate",
    "while",
    "with",
    "yield",
];

pub fn write(model: &Model) -> String {
    let mut out = format!(
        "# {}\nfrom __future__ import annotations\n\nfrom typing import Annotated, Any, Literal, Union\n\n\
         from pydantic import BaseModel, ConfigDict, Field\n\n\n\
         class Payload(BaseModel):\n    model_config = ConfigDict(extra=\"allow\", populate_by_name=True)\n",
        notice(model)
    );
    for object in &model.objects {
        out.push_str(&format!("\n\nclass {}(Payload):\n", object.name));
        if !object.description.is_empty() {
            out.push_str(&format!("    {}\n\n", docstring(&object.description)));
        }
        if object.fields.is_empty() {
            out.push_str("    pass\n");
        }
        let mut names: Vec<String> = Vec::new();
        for field in &object.fields {
            let mut name = field_name(&field.name);
            while names.contains(&name) {
                name.push('_');
            }
            names.push(name.clone());
            let mut more = Vec::new();
            let value = match field.is_required {
                true => type_name(&field.value),
                false => {
                    more.push("default=None".to_owned());
                    optional(&field.value)
                }
            };
            if name != field.name {
                more.push(format!("alias={}", quoted(&field.name)));
            }
            if !field.description.is_empty() {
                out.push_str(&format!("    # {}\n", field.description));
            }
            match more.is_empty() {
                true => out.push_str(&format!("    {name}: {value}\n")),
                false => {
                    out.push_str(&format!("    {name}: {value} = Field({})\n", more.join(", ")))
                }
            }
        }
    }
    out.push('\n');
    for root in &model.roots {
        let value = match &root.body {
            Body::Type(Type::Object(name)) if *name == root.name => continue,
            Body::Type(value) => type_name(value),
            Body::Variants(tagged) => union(tagged),
        };
        out.push_str(&format!("\n{} = {value}\n", root.name));
    }
    for (name, roots) in groups(model) {
        let value = match model.tagged(&roots) {
            Some(tagged) => union(&tagged),
            None => {
                let names: Vec<_> = roots.iter().map(|root| root.name.as_str()).collect();
                format!("Union[{}]", names.join(", "))
            }
        };
        out.push_str(&format!("\n{name}Event = {value}\n"));
    }
    out
}

fn union(tagged: &Tagged) -> String {
    let names: Vec<_> = tagged.variants.iter().map(|(_, name)| name.as_str()).collect();
    match names.as_slice() {
        [only] => (*only).to_owned(),
        several => format!(
            "Annotated[Union[{}], Field(discriminator={})]",
            several.join(", "),
            quoted(&field_name(&tagged.field))
        ),
    }
}

fn docstring(text: &str) -> String {
    format!("\"\"\"{}\"\"\"", text.replace('\\', "\\\\").replace('"', "'"))
}

fn field_name(key: &str) -> String {
    let mut name: String =
        key.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if name.starts_with(|c: char| !c.is_ascii_alphabetic()) {
        name = format!("x{name}");
    }
    match RESERVED.contains(&name.as_str()) || name.starts_with("model_") {
        true => name + "_",
        false => name,
    }
}

fn optional(value: &Type) -> String {
    match value {
        Type::Any => "Any".to_owned(),
        Type::Nullable(_) => type_name(value),
        other => format!("{} | None", type_name(other)),
    }
}

fn type_name(value: &Type) -> String {
    match value {
        Type::Any => "Any".to_owned(),
        Type::Bool => "bool".to_owned(),
        Type::Integer => "int".to_owned(),
        Type::Number => "float".to_owned(),
        Type::String => "str".to_owned(),
        Type::Literals(values) => {
            let values = values.iter().map(|value| match value.as_bool() {
                Some(true) => "True".to_owned(),
                Some(false) => "False".to_owned(),
                None => value.to_string(),
            });
            format!("Literal[{}]", values.collect::<Vec<_>>().join(", "))
        }
        Type::List(item) => format!("list[{}]", type_name(item)),
        Type::Map(item) => format!("dict[str, {}]", type_name(item)),
        Type::Object(name) => name.clone(),
        Type::Union(all) => all.iter().map(type_name).collect::<Vec<_>>().join(" | "),
        Type::Nullable(_) if matches!(value, Type::Nullable(inner) if **inner == Type::Any) => {
            "Any".to_owned()
        }
        Type::Nullable(inner) => format!("{} | None", type_name(inner)),
    }
}
