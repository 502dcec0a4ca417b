//! The body of the function that verifies, which is the same in every language but for its syntax.

use super::plan::{From, Piece, Place, Plan, TimeAt};
use super::text::{Quoting, fill, in_comment, list, quote};
use crate::webhook::signature::scheme::{Algorithm, Unit};

/// How a language writes the steps. Every step is one or more lines.
pub(super) struct Dialect {
    pub quoting: Quoting,
    /// The head of the function: `@provider@`, and the `@settings@` by name.
    pub open: &'static str,
    /// The variable of the list that the signature is in.
    pub list_name: &'static str,
    /// The variable of the signed bytes.
    pub signed_name: &'static str,
    /// Parses the body, and refuses what is not JSON.
    pub parse: &'static str,
    /// Reads the header `@text@` into `@name@`, and refuses a request that has none or several.
    pub header: &'static str,
    /// Reads the field at the `@path@` into `@name@`, and refuses one that has no text.
    pub field: &'static str,
    /// Refuses when `@name@` is empty.
    pub empty: &'static str,
    /// Reads the item `@text@` of the list into `@name@`, and refuses none or several.
    pub item: &'static str,
    /// Refuses when the time `@name@` differs by more than `@tolerance@` seconds. `@divisor@` makes seconds of its unit.
    pub age: &'static str,
    /// The same, but accepts an empty text.
    pub age_or_absent: &'static str,
    /// Divides milliseconds.
    pub milliseconds: &'static str,
    /// Reads the sorted fields of the form into `form`.
    pub form: &'static str,
    /// Puts the `@bytes@` into the variable of the signed bytes.
    pub signed: &'static str,
    /// The expression of a piece; the text is the variable of a field.
    pub piece: fn(&Piece, &str) -> String,
    /// The expression of several pieces.
    pub join: fn(&[String]) -> String,
    /// The lines that put the expected text into `expected`; the text is the expression of the signed bytes.
    pub expected: fn(&Plan<'_>, &str) -> String,
    /// Compares `given` with `expected`.
    pub equal: &'static str,
    /// Compares every item `@text@` of the list with `expected`.
    pub equal_any: &'static str,
    /// Verifies `given` as the signature of the `@bytes@`.
    pub verify: &'static str,
    /// Verifies every item `@text@` of the list as the signature of the `@bytes@`.
    pub verify_any: &'static str,
    pub close: &'static str,
}

impl Dialect {
    /// The function.
    pub fn function(&self, plan: &Plan<'_>) -> String {
        let settings: Vec<_> = plan.settings.iter().map(|name| format!(", {name}")).collect();
        let literal = |text: &str| quote(text, self.quoting);
        let step = |template: &str, name: &str, text: &str| {
            fill(template, &[("name", name), ("text", &literal(text))])
        };
        let field = |name: &str, path: &[String]| {
            fill(self.field, &[("name", name), ("path", &list(path, self.quoting))])
        };
        let mut out = fill(
            self.open,
            &[("provider", &in_comment(plan.provider)), ("settings", &settings.concat())],
        );
        if plan.reads_fields() {
            out.push_str(self.parse);
        }
        let value = if plan.items().is_some() { self.list_name } else { "given" };
        match &plan.location {
            Place::Header(name) => out.push_str(&step(self.header, value, name)),
            Place::Field(path) => {
                out.push_str(&field(value, path));
                out.push_str(&fill(self.empty, &[("name", value)]));
            }
        }
        for variable in &plan.variables {
            out.push_str(&match variable.from {
                From::Header(header) => step(self.header, &variable.name, header),
                From::Item(item) => step(self.item, &variable.name, item),
            });
        }
        if let Some(age) = &plan.age {
            let divisor = if age.unit == Unit::Milliseconds { self.milliseconds } else { "" };
            let tolerance = age.tolerance_seconds.to_string();
            let (template, name) = match &age.at {
                TimeAt::Variable(name) => (self.age, name.as_str()),
                TimeAt::Field { path, may_be_absent } => {
                    out.push_str(&field("timestamp", path));
                    (if *may_be_absent { self.age_or_absent } else { self.age }, "timestamp")
                }
            };
            let values = [("name", name), ("tolerance", &tolerance), ("divisor", divisor)];
            out.push_str(&fill(template, &values));
        }
        let mut pieces = Vec::new();
        for piece in &plan.signed {
            let name = format!("field{}", pieces.len() + 1);
            if let Piece::Field(path) = piece {
                out.push_str(&field(&name, path));
            }
            if *piece == Piece::Form {
                out.push_str(self.form);
            }
            pieces.push((self.piece)(piece, &name));
        }
        let bytes = match pieces.as_slice() {
            [body] if plan.signs_only_the_body() => body.clone(),
            [] => String::new(),
            pieces => {
                out.push_str(&fill(self.signed, &[("bytes", &(self.join)(pieces))]));
                self.signed_name.to_owned()
            }
        };
        let is_public = plan.algorithm.has_public_key();
        if !is_public {
            out.push_str(&(self.expected)(plan, &bytes));
        }
        let (template, item) = match (is_public, plan.items()) {
            (false, None) => (self.equal, ""),
            (false, Some(list)) => (self.equal_any, list.signature.as_str()),
            (true, None) => (self.verify, ""),
            (true, Some(list)) => (self.verify_any, list.signature.as_str()),
        };
        out.push_str(&fill(template, &[("text", &literal(item)), ("bytes", &bytes)]));
        out.push_str(self.close);
        out
    }
}

/// The text before the encoded signature as an operand, such as `'sha256=' + `; nothing without one.
pub(super) fn prefix(plan: &Plan<'_>, quoting: Quoting, operator: &str) -> String {
    match plan.layout.prefix() {
        "" => String::new(),
        text => format!("{} {operator} ", quote(text, quoting)),
    }
}

/// Whether the program needs the public key of an Ed25519 signature as its 32 bytes.
pub(super) fn has_raw_key(plan: &Plan<'_>) -> bool {
    use crate::webhook::signature::key::KeyForm::{Base64, Hex};
    plan.algorithm == Algorithm::Ed25519 && matches!(plan.key_form, Base64 | Hex)
}
