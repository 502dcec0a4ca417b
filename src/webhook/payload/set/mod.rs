//! `--set PATH=VALUE`: changing one field of a sample, and refusing to change one that is not there.

mod error;
mod meant;

use serde_json::Value;

pub use error::SetError;

/// The most steps of a path. JSON parsers end somewhere above, and what recurses ends in the stack.
const DEEPEST: usize = 100;

/// One parsed `PATH=VALUE` or `PATH:=JSON`.
#[derive(Clone, Debug, PartialEq)]
pub struct Assignment {
    path: Vec<String>,
    shown: String,
    value: Given,
}

#[derive(Clone, Debug, PartialEq)]
enum Given {
    /// After `=`: a number, a boolean, `null` or else a string.
    Text(String),
    /// After `:=`: any JSON.
    Json(Value),
}

impl Assignment {
    /// Reads `payload.name=Zoë`, `payload.count:=3`, `/payload/a.b=1` (a JSON Pointer when it starts
    /// with a slash).
    ///
    /// # Errors
    /// When there is no path, no `=`, or no JSON after `:=`.
    pub fn parse(text: &str) -> Result<Self, SetError> {
        let (left, right) = text.split_once('=').ok_or(SetError::NoEquals)?;
        let (shown, value) = match left.strip_suffix(':') {
            Some(path) => {
                let json = serde_json::from_str(right).map_err(|e| SetError::NotJson {
                    path: path.to_owned(),
                    why: e.to_string(),
                })?;
                (path, Given::Json(json))
            }
            None => (left, Given::Text(right.to_owned())),
        };
        if shown.is_empty() {
            return Err(SetError::NoPath);
        }
        let path: Vec<String> = match shown.strip_prefix('/') {
            Some(pointer) => pointer
                .split('/')
                .map(|s| s.replace("~1", "/").replace("~0", "~"))
                .collect(),
            None => shown.split('.').map(str::to_owned).collect(),
        };
        if path.len() > DEEPEST {
            return Err(SetError::TooDeep);
        }
        Ok(Self {
            path,
            shown: shown.to_owned(),
            value,
        })
    }

    /// Makes the change. With `add`, a path that is not there is made.
    ///
    /// # Errors
    /// When the path is not there and `add` is false, or leads through a plain value.
    pub fn apply(&self, root: &mut Value, add: bool) -> Result<(), SetError> {
        let slot = match self.slot(root, add) {
            Ok(slot) => slot,
            Err(Step::Missing) => {
                return Err(SetError::NoSuchPath {
                    path: self.shown.clone(),
                    nearest: meant::nearest_path(root, &self.shown),
                });
            }
            Err(Step::Plain(depth)) => {
                let path = self.path.get(..depth).unwrap_or_default().join(".");
                return Err(SetError::NotAContainer { path });
            }
        };
        *slot = match &self.value {
            Given::Json(value) => value.clone(),
            Given::Text(text) => typed(text, slot),
        };
        Ok(())
    }

    /// The value that the path leads to.
    fn slot<'v>(&self, root: &'v mut Value, add: bool) -> Result<&'v mut Value, Step> {
        let mut at = root;
        for (depth, step) in self.path.iter().enumerate() {
            let is_last = depth + 1 == self.path.len();
            let fresh = || match is_last {
                true => Value::Null,
                false => Value::Object(serde_json::Map::new()),
            };
            at = child(at, step, depth, add, fresh)?;
        }
        Ok(at)
    }
}

/// Why a path ends.
enum Step {
    /// Nothing is there.
    Missing,
    /// What so many steps lead to is a plain value.
    Plain(usize),
}

fn child<'v>(
    at: &'v mut Value,
    step: &str,
    depth: usize,
    add: bool,
    fresh: impl Fn() -> Value,
) -> Result<&'v mut Value, Step> {
    match at {
        Value::Object(map) => {
            if add && !map.contains_key(step) {
                map.insert(step.to_owned(), fresh());
            }
            map.get_mut(step).ok_or(Step::Missing)
        }
        Value::Array(items) => {
            let index: usize = step.parse().map_err(|_| Step::Missing)?;
            if add && index == items.len() {
                items.push(fresh());
            }
            items.get_mut(index).ok_or(Step::Missing)
        }
        _ if add => Err(Step::Plain(depth)),
        _ => Err(Step::Missing),
    }
}

/// The value of plain text: `null`, `true` and `false` are themselves; digits are a number unless the
/// sample holds a string there (a phone number stays text); everything else is a string.
fn typed(text: &str, replaced: &Value) -> Value {
    let is_string = replaced.is_string();
    match serde_json::from_str(text) {
        Ok(value @ (Value::Null | Value::Bool(_))) => value,
        Ok(value @ Value::Number(_)) if !is_string => value,
        _ => Value::String(text.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn set(text: &str, add: bool) -> Result<Value, SetError> {
        let mut root = json!({"chatId": 1, "read": false, "image": null, "payload": {"phone": "+2", "list": [1]}});
        Assignment::parse(text)?
            .apply(&mut root, add)
            .map(|()| root)
    }

    #[test]
    fn values_are_typed() {
        for (text, pointer, expected) in [
            ("chatId=42", "/chatId", json!(42)),
            ("read=true", "/read", json!(true)),
            ("payload.phone=null", "/payload/phone", json!(null)),
            ("payload.phone=0712", "/payload/phone", json!("0712")),
            ("payload.phone=712", "/payload/phone", json!("712")),
            ("payload.phone:=712", "/payload/phone", json!(712)),
            ("image=a=b", "/image", json!("a=b")),
            ("payload.list.0=x", "/payload/list/0", json!("x")),
            ("/payload/phone=x", "/payload/phone", json!("x")),
            ("payload:={\"a\":[]}", "/payload", json!({"a": []})),
        ] {
            assert_eq!(
                set(text, false).unwrap().pointer(pointer),
                Some(&expected),
                "{text}"
            );
        }
    }

    #[test]
    fn a_path_that_is_not_there_names_the_nearest_unless_added() {
        let SetError::NoSuchPath { nearest, .. } = set("payload.phnoe=1", false).unwrap_err()
        else {
            panic!("another error")
        };
        assert_eq!(nearest.as_deref(), Some("payload.phone"));
        let added = set("payload.deep.er=1", true).unwrap();
        assert_eq!(added.pointer("/payload/deep/er"), Some(&json!(1)));
        assert_eq!(
            set("chatId.x=1", true).unwrap_err(),
            SetError::NotAContainer {
                path: "chatId".into()
            }
        );
        assert_eq!(
            set("payload.phone.x.y=1", true).unwrap_err(),
            SetError::NotAContainer {
                path: "payload.phone".into()
            }
        );
        let deep = |steps| format!("{}=1", vec!["a"; steps].join("."));
        assert!(set(&deep(DEEPEST), true).is_ok());
        assert_eq!(set(&deep(DEEPEST + 1), true), Err(SetError::TooDeep));
        assert!(matches!(
            Assignment::parse("a:=nope"),
            Err(SetError::NotJson { .. })
        ));
    }
}
