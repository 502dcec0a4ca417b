//! Schemas of zod, with the types that TypeScript infers from them.

use super::model::{Body, Model, Type};
use super::typescript::{comment, key};
use super::{groups, notice, quoted};

pub fn write(model: &Model) -> String {
    let mut out = format!("// {}\nimport {{ z }} from \"zod\";\n", notice(model));
    let mut define = |name: &str, about: &str, value: &str| {
        out.push('\n');
        out.push_str(&comment(about, ""));
        out.push_str(&format!(
            "export const {name} = {value};\nexport type {name} = z.infer<typeof {name}>;\n"
        ));
    };
    for object in &model.objects {
        let mut value = "z.object({\n".to_owned();
        for field in &object.fields {
            value.push_str(&comment(&field.description, "  "));
            let mark = if field.is_required { "" } else { ".optional()" };
            value.push_str(&format!("  {}: {}{mark},\n", key(&field.name), schema(&field.value)));
        }
        define(&object.name, &object.description, &(value + "}).passthrough()"));
    }
    for root in &model.roots {
        let value = match &root.body {
            Body::Type(Type::Object(name)) if *name == root.name => continue,
            Body::Type(value) => schema(value),
            Body::Variants(tagged) => {
                let names: Vec<_> = tagged.variants.iter().map(|(_, name)| name.clone()).collect();
                let field = quoted(&tagged.field);
                format!("z.discriminatedUnion({field}, [{}])", names.join(", "))
            }
        };
        define(&root.name, &root.description, &value);
    }
    for (name, roots) in groups(model) {
        let names: Vec<_> = roots.iter().map(|root| root.name.clone()).collect();
        let are_objects = roots.iter().all(|root| matches!(root.body, Body::Type(Type::Object(_))));
        let value = match model.tagged(&roots).filter(|_| are_objects && names.len() > 1) {
            Some(tagged) => {
                format!("z.discriminatedUnion({}, [{}])", quoted(&tagged.field), names.join(", "))
            }
            None => union(names),
        };
        define(&format!("{name}Event"), "The body of any event.", &value);
    }
    out
}

fn union(all: Vec<String>) -> String {
    match all.as_slice() {
        [only] => only.clone(),
        several => format!("z.union([{}])", several.join(", ")),
    }
}

fn schema(value: &Type) -> String {
    match value {
        Type::Any => "z.unknown()".to_owned(),
        Type::Bool => "z.boolean()".to_owned(),
        Type::Integer => "z.number().int()".to_owned(),
        Type::Number => "z.number()".to_owned(),
        Type::String => "z.string()".to_owned(),
        Type::Literals(values) => {
            union(values.iter().map(|value| format!("z.literal({value})")).collect())
        }
        Type::List(item) => format!("z.array({})", schema(item)),
        Type::Map(item) => format!("z.record(z.string(), {})", schema(item)),
        Type::Object(name) => name.clone(),
        Type::Union(all) => union(all.iter().map(schema).collect()),
        Type::Nullable(inner) => format!("{}.nullable()", schema(inner)),
    }
}
