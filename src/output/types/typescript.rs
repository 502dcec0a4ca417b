//! TypeScript: interfaces, and a union of the events of each provider.

use super::model::{Body, Model, Type};
use super::{groups, notice, quoted};

pub fn write(model: &Model) -> String {
    let mut out = format!("// {}\n", notice(model));
    for object in &model.objects {
        out.push('\n');
        out.push_str(&comment(&object.description, ""));
        out.push_str(&format!("export interface {} {{\n", object.name));
        for field in &object.fields {
            out.push_str(&comment(&field.description, "  "));
            let mark = if field.is_required { "" } else { "?" };
            out.push_str(&format!("  {}{mark}: {};\n", key(&field.name), type_name(&field.value)));
        }
        out.push_str("}\n");
    }
    for root in &model.roots {
        let value = match &root.body {
            Body::Type(Type::Object(name)) if *name == root.name => continue,
            Body::Type(value) => type_name(value),
            Body::Variants(tagged) => tagged
                .variants
                .iter()
                .map(|(_, name)| name.as_str())
                .collect::<Vec<_>>()
                .join(" | "),
        };
        out.push('\n');
        out.push_str(&comment(&root.description, ""));
        out.push_str(&format!("export type {} = {value};\n", root.name));
    }
    for (name, roots) in groups(model) {
        out.push_str(&format!(
            "\n/** The body of each event, by its name. */\nexport interface {name}Events {{\n"
        ));
        for root in &roots {
            out.push_str(&format!("  {}: {};\n", quoted(&root.event), root.name));
        }
        out.push_str("}\n");
        let names: Vec<_> = roots.iter().map(|root| root.name.as_str()).collect();
        let about = match model.tagged(&roots) {
            Some(tagged) => format!("The body of any event; `{}` tells which.", tagged.field),
            None => "The body of any event.".to_owned(),
        };
        out.push_str(&comment(&about, ""));
        out.push_str(&format!("export type {name}Event = {};\n", names.join(" | ")));
    }
    out
}

pub fn comment(text: &str, indent: &str) -> String {
    match text {
        "" => String::new(),
        text => format!("{indent}/** {text} */\n"),
    }
}

/// A key as it is written in an object.
pub fn key(name: &str) -> String {
    let is_plain = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_plain { name.to_owned() } else { quoted(name) }
}

fn type_name(value: &Type) -> String {
    match value {
        Type::Any => "unknown".to_owned(),
        Type::Bool => "boolean".to_owned(),
        Type::Integer | Type::Number => "number".to_owned(),
        Type::String => "string".to_owned(),
        Type::Literals(values) => {
            values.iter().map(ToString::to_string).collect::<Vec<_>>().join(" | ")
        }
        Type::List(item) => format!("Array<{}>", type_name(item)),
        Type::Map(item) => format!("Record<string, {}>", type_name(item)),
        Type::Object(name) => name.clone(),
        Type::Union(all) => all.iter().map(type_name).collect::<Vec<_>>().join(" | "),
        Type::Nullable(inner) => format!("{} | null", type_name(inner)),
    }
}
