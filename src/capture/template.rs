//! What saved requests of API clients have in common: variables in braces, fields that are switched off, and headers
//! that the client adds.

use std::cell::Cell;
use std::collections::HashMap;

use crate::webhook::payload::json::Node;
use crate::webhook::record::Loss;

use super::exported::{ExportedRequest, text};
use super::url;

/// The values of `{{ name }}`.
pub(super) struct Variables {
    values: HashMap<String, String>,
    /// How many bytes of values may still be filled in: a short file could name a long value often.
    left: Cell<usize>,
}

/// How many bytes of values are filled in, in all.
const MAX_FILLED: usize = 64 << 20;

impl Variables {
    pub fn new(all: impl Iterator<Item = (String, String)>) -> Self {
        Self { values: all.collect(), left: Cell::new(MAX_FILLED) }
    }

    /// The text with the values of the variables that are known; others stay. A value is not looked into: it could
    /// name itself. The error is that there is no end of it.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        /// Names are short, and text may hold braces for other reasons.
        const MAX_NAME: usize = 200;
        let mut out = String::new();
        let mut rest = text;
        while let Some((before, after)) = rest.split_once("{{") {
            out.push_str(before);
            let name =
                after.bytes().take(MAX_NAME).take_while(|b| !matches!(b, b'{' | b'}' | b'\n'));
            let end = name.count();
            let named = after.split_at_checked(end);
            let named = named.and_then(|(name, after)| Some((name, after.strip_prefix("}}")?)));
            let value = named.and_then(|(name, after)| {
                let name = name.trim();
                Some((self.values.get(name.strip_prefix("_.").unwrap_or(name))?, after))
            });
            match value {
                Some((value, after)) => {
                    let left = self.left.get().checked_sub(value.len());
                    self.left.set(left.ok_or("the values of its variables are too long")?);
                    out.push_str(value);
                    rest = after;
                }
                None => {
                    out.push_str("{{");
                    rest = after;
                }
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

/// Whether a header, a field or a body is switched off.
pub(super) fn is_disabled(node: Node<'_, '_>) -> bool {
    node.get("disabled").is_some_and(|is| is.raw() == "true")
}

/// Takes the URL; when its host is a variable without a value, only what follows.
pub(super) fn set_url(request: &mut ExportedRequest, url: &str) {
    let path = url.strip_prefix("{{").and_then(|rest| rest.split_once("}}"));
    match path {
        Some((_, path)) => {
            request.lose(Loss::Target);
            let slash = if path.starts_with('/') { "" } else { "/" };
            request.url = Some(format!("{slash}{path}"));
        }
        None => request.url = Some(url.to_owned()),
    }
}

/// Adds the Content-Type that the client adds, unless there is one.
pub(super) fn set_type(request: &mut ExportedRequest, kind: &str) {
    if request.headers.get("content-type").is_none() {
        request.header("Content-Type", kind.as_bytes());
    }
}

/// Takes fields of a form as the body.
pub(super) fn form_body<'d, 't: 'd>(
    request: &mut ExportedRequest,
    fields: impl Iterator<Item = Node<'d, 't>>,
    name: &str,
    variables: &Variables,
) -> Result<(), String> {
    let encoded = |node: Node<'_, '_>, pointer: &str| {
        let filled = variables.fill(&text(node, pointer).unwrap_or_default())?;
        Ok::<_, String>(url::form_encoded(filled.as_bytes()))
    };
    let pairs = fields
        .filter(|field| !is_disabled(*field))
        .map(|field| Ok([encoded(field, name)?, encoded(field, "/value")?].join(&b'=')))
        .collect::<Result<Vec<_>, String>>()?;
    request.body = pairs.join(&b'&');
    request.lose(Loss::BodyFormFields);
    set_type(request, "application/x-www-form-urlencoded");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_variables_are_filled_in_and_others_stay() {
        let pairs = [("a", "1"), ("b c", "{{a}}")].map(|(n, v)| (n.to_owned(), v.to_owned()));
        let variables = Variables::new(pairs.into_iter());
        for (text, filled) in [
            ("{{a}}/{{ _.a }}", "1/1"),
            ("{{b c}}", "{{a}}"),
            ("{{x}} {{{a}}} {{a", "{{x}} {{{a}}} {{a"),
            ("{{{{a}}é", "{{1é"),
        ] {
            assert_eq!(variables.fill(text).as_deref(), Ok(filled), "{text}");
        }
        let open = "{{".repeat(100_000);
        assert_eq!(variables.fill(&open), Ok(open));
        let long = Variables::new([("a".to_owned(), "x".repeat(1 << 20))].into_iter());
        assert!(long.fill(&"{{a}}".repeat(64)).is_ok() && long.fill("{{a}}").is_err());
    }
}
