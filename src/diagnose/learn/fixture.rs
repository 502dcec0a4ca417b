//! The files of one event: a sample and a schema, from bodies whose private values are replaced.

use crate::webhook::privacy::Redactor;

use super::schema;

/// A sample of the first body, and the schema that all of them satisfy. A form has no schema. None of what is no JSON.
pub fn files(
    stem: &str,
    title: &str,
    bodies: &[&[u8]],
    is_form: bool,
    redactor: &mut Redactor,
) -> Vec<(String, Vec<u8>)> {
    if is_form {
        let form = bodies.first().map(|body| redactor.sample_form(body));
        return form.map(|form| (format!("{stem}.form"), form.into_bytes())).into_iter().collect();
    }
    let values: Vec<_> = bodies.iter().filter_map(|body| redactor.sample(body)).collect();
    let Some(first) = values.first() else {
        return Vec::new();
    };
    let all: Vec<_> = values.iter().collect();
    let schema = schema::infer(&all, title);
    let files = [("json", first), ("schema.json", &schema)];
    let file = |(end, value)| (format!("{stem}.{end}"), format!("{value:#}\n").into_bytes());
    files.map(file).to_vec()
}
