//! Conversion to the values that other crates know, which say what they cannot hold.

use serde_json::{Number, Value};

use super::{Kind, Node, escape_step};

/// How deep a converted value is nested at most: libraries handle such values recursively.
const MAX_CONVERTED_DEPTH: usize = 128;

/// What a converted value does not hold as it stands in the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unfaithful {
    /// A JSON Pointer.
    pub path: String,
    /// What it is.
    pub what: &'static str,
}

/// The way to a value, from the innermost step; only written out where there is something to say.
#[derive(Clone, Copy)]
pub(in crate::webhook::payload) struct Path<'p> {
    pub parent: Option<&'p Path<'p>>,
    pub step: Step<'p>,
}

#[derive(Clone, Copy)]
pub(in crate::webhook::payload) enum Step<'p> {
    Key(&'p str),
    Index(usize),
}

impl Path<'_> {
    pub fn pointer(&self) -> String {
        let mut pointer = self.parent.map(Self::pointer).unwrap_or_default();
        pointer.push('/');
        match self.step {
            Step::Key(key) => pointer.push_str(&escape_step(key)),
            Step::Index(index) => pointer.push_str(&index.to_string()),
        }
        pointer
    }
}

impl Node<'_, '_> {
    /// The value as other crates know JSON: of equal keys the last value at the first place. What cannot be
    /// converted as it stands is replaced by something of its type, and named in `unfaithful`.
    pub fn to_value(self, unfaithful: &mut Vec<Unfaithful>) -> Value {
        self.convert(None, 0, unfaithful)
    }

    fn convert(
        self,
        path: Option<&Path<'_>>,
        depth: usize,
        unfaithful: &mut Vec<Unfaithful>,
    ) -> Value {
        let mut note = |what| {
            let path = path.map(Path::pointer).unwrap_or_default();
            unfaithful.push(Unfaithful { path, what });
        };
        match self.kind() {
            Kind::Null => Value::Null,
            Kind::Bool => Value::Bool(self.raw() == "true"),
            Kind::Number => number(self.raw()).map_or_else(
                || {
                    note("a number that is too large for a double");
                    let is_negative = self.raw().starts_with('-');
                    Value::from(if is_negative { f64::MIN } else { f64::MAX })
                },
                Value::Number,
            ),
            Kind::String => {
                if self.has_lone_surrogate() {
                    note("a lone surrogate");
                }
                Value::String(self.text().unwrap_or_default().into_owned())
            }
            Kind::Array | Kind::Object if depth == MAX_CONVERTED_DEPTH => {
                note("nested deeper than 128 levels");
                if self.kind() == Kind::Array {
                    Value::Array(Vec::new())
                } else {
                    Value::Object(serde_json::Map::new())
                }
            }
            Kind::Array => {
                let items = self.items().zip(0_usize..).map(|(item, index)| {
                    let step = Step::Index(index);
                    let path = Path { parent: path, step };
                    item.convert(Some(&path), depth + 1, unfaithful)
                });
                Value::Array(items.collect())
            }
            Kind::Object => {
                let mut object = serde_json::Map::with_capacity(self.entries().count());
                for (key, value) in self.entries() {
                    if key.has_lone_surrogate() {
                        let path = path.map(Path::pointer).unwrap_or_default();
                        let what = "a key with a lone surrogate";
                        unfaithful.push(Unfaithful { path, what });
                    }
                    let key = key.text().unwrap_or_default();
                    let step = Step::Key(&key);
                    let path = Path { parent: path, step };
                    let value = value.convert(Some(&path), depth + 1, unfaithful);
                    object.insert(key.into_owned(), value);
                }
                Value::Object(object)
            }
        }
    }

    fn has_lone_surrogate(self) -> bool {
        self.entry().escaped
            && self.string().is_some_and(|text| std::str::from_utf8(&text).is_err())
    }
}

/// A number's value: an integer where it is written as one and fits 64 bits, else a double. `None` where that is
/// infinite.
fn number(text: &str) -> Option<Number> {
    match text.parse::<u64>() {
        Ok(unsigned) => Some(unsigned.into()),
        Err(_) => match text.parse::<i64>() {
            Ok(signed) if signed != 0 => Some(signed.into()),
            _ => Number::from_f64(text.parse().ok()?),
        },
    }
}
