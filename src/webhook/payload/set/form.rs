//! `--set NAME=VALUE` on a form: changes one field and leaves every other byte as it is. A path can go on into a field
//! that holds JSON.

use std::borrow::Cow;
use std::ops::Range;

use url::form_urlencoded;

use super::{Assignment, MAX_LENGTH, MAX_PATHS, NewValue, SetError};
use crate::webhook::payload::json::{Kind, parse};
use crate::webhook::suggest;

/// One field of a form.
struct Field<'t> {
    name: Cow<'t, str>,
    value: Cow<'t, str>,
    /// The place of its encoded value, with the `=`.
    place: Range<usize>,
}

impl Assignment {
    /// Makes the change in a form (`application/x-www-form-urlencoded`): of equal names, in the last field. With `add`, a
    /// missing field is added at the end.
    ///
    /// # Errors
    /// When the field is missing and `add` is false, or its JSON has no such path; the text is then unchanged.
    pub fn apply_to_form(&self, text: &mut String, add: bool) -> Result<(), SetError> {
        let all = fields(text);
        let named = |name: &str| all.iter().rev().find(|field| field.name == name);
        let (place, value) = if let Some(field) = named(&self.path) {
            (field.place.clone(), self.text().to_owned())
        } else if let Some((field, inner)) = self.inner(named) {
            let mut json = field.value.clone().into_owned();
            let outer = |path: String| format!("{}.{path}", field.name);
            inner.apply(&mut json, add).map_err(|why| match why {
                SetError::NoSuchPath { path, nearest } => {
                    SetError::NoSuchPath { path: outer(path), nearest: nearest.map(outer) }
                }
                SetError::NotAContainer { path } => SetError::NotAContainer { path: outer(path) },
                other => other,
            })?;
            (field.place.clone(), json)
        } else if add {
            let separator = if text.is_empty() { "" } else { "&" };
            let (name, value) = (encoded(&self.path), encoded(self.text()));
            text.push_str(&format!("{separator}{name}={value}"));
            return Ok(());
        } else {
            let names = all.iter().map(|field| &*field.name).take(MAX_PATHS);
            let names = names.filter(|name| name.len() < MAX_LENGTH);
            let nearest = suggest::nearest(&self.path, names).map(str::to_owned);
            return Err(SetError::NoSuchPath { path: self.path.clone(), nearest });
        };
        text.replace_range(place, &format!("={}", encoded(&value)));
        Ok(())
    }

    /// The field with JSON that the path leads into, and the change in this JSON.
    fn inner<'f, 't>(
        &self,
        named: impl Fn(&str) -> Option<&'f Field<'t>>,
    ) -> Option<(&'f Field<'t>, Self)> {
        let (first, rest) = self.steps.split_first().filter(|(_, rest)| !rest.is_empty())?;
        let field = named(first)?;
        let document = parse(&field.value).ok()?;
        let is_container = matches!(document.root().kind(), Kind::Object | Kind::Array);
        let inner = Self { steps: rest.to_vec(), path: rest.join("."), value: self.value.clone() };
        is_container.then_some((field, inner))
    }

    /// The value as text, which is all that a field of a form has.
    fn text(&self) -> &str {
        match &self.value {
            NewValue::Text(text) | NewValue::Json(text) | NewValue::String(text) => text,
        }
    }
}

fn fields(text: &str) -> Vec<Field<'_>> {
    let mut start = 0;
    let mut all = Vec::new();
    for part in text.split('&') {
        let end = start + part.len();
        let equals = part.find('=').map_or(end, |at| start + at);
        if let Some((name, value)) = form_urlencoded::parse(part.as_bytes()).next() {
            all.push(Field { name, value, place: equals..end });
        }
        start = end + 1;
    }
    all
}

fn encoded(text: &str) -> String {
    form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: &str = "a=1&b+c=%20x&json=%7B%22k%22:%20%5B1%5D%7D&&empty&a=2&n=7";

    fn set(text: &str, add: bool) -> Result<String, SetError> {
        let mut form = FORM.to_owned();
        Assignment::parse(text)?.apply_to_form(&mut form, add)?;
        Ok(form)
    }

    #[test]
    fn every_other_byte_stays() {
        for (text, from, to) in [
            ("n=Zo\u{eb} & =", "n=7", "n=Zo%C3%AB+%26+%3D"),
            ("a=3", "a=2", "a=3"),
            ("b c=y", "=%20x", "=y"),
            ("empty=x", "empty", "empty=x"),
            ("n:={\"a\": 1}", "n=7", "n=%7B%22a%22%3A+1%7D"),
            ("json=x", "%7B%22k%22:%20%5B1%5D%7D", "x"),
            ("json.k.0=2", "%7B%22k%22:%20%5B1%5D%7D", "%7B%22k%22%3A+%5B2%5D%7D"),
        ] {
            assert_eq!(set(text, false).unwrap(), FORM.replace(from, to), "{text}");
        }
        assert_eq!(set("x.y=1&2", true).unwrap(), format!("{FORM}&x.y=1%262"));
        let mut empty = String::new();
        Assignment::parse("a=b").unwrap().apply_to_form(&mut empty, true).unwrap();
        assert_eq!(empty, "a=b");
    }

    #[test]
    fn a_missing_field_names_the_nearest() {
        for (text, expected) in [("emtpy=1", "empty"), ("json.kk=1", "json.k")] {
            let Err(SetError::NoSuchPath { path, nearest }) = set(text, false) else {
                panic!("{text}")
            };
            assert_eq!((path, nearest.as_deref()), (text.replace("=1", ""), Some(expected)));
        }
        let mut long = format!("{}=1", "n".repeat(200));
        let missing = Assignment::parse(&long[1..]).unwrap().apply_to_form(&mut long, false);
        assert!(matches!(missing, Err(SetError::NoSuchPath { nearest: None, .. })), "{missing:?}");
        let not_json = set("n.x=1", false);
        assert!(matches!(not_json, Err(SetError::NoSuchPath { .. })), "{not_json:?}");
    }
}
