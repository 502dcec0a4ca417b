//! A body read no further than recognising it takes: whether it is JSON, the keys at its top and the names
//! just below. What a delivery carries stays unread when nobody asks for it.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::de::{Read, StrRead};
use serde_json::{Map, Value};

/// The JSON of `body` down to what is `depth` steps below its top; what is deeper, and every number, is
/// `null`. `None` where reading all of it would be an error.
pub fn skim(body: &[u8], depth: usize) -> Option<Value> {
    // To look at all of it once costs less than to look at each of its strings; what is no UTF-8 is no JSON.
    skim_from(StrRead::new(std::str::from_utf8(body).ok()?), depth)
}

/// The same of a body that comes piece by piece. No more than one of its strings is held at a time.
pub fn skim_from<'de>(body: impl Read<'de>, depth: usize) -> Option<Value> {
    let mut reader = serde_json::Deserializer::new(body);
    let json = Skim(Some(depth)).deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(json)
}

/// How many steps further down there is something to keep: `Some(0)` keeps a string here, `None` nothing.
#[derive(Clone, Copy)]
struct Skim(Option<usize>);

impl Skim {
    fn below(self) -> Self {
        Self(self.0.and_then(|depth| depth.checked_sub(1)))
    }
}

impl<'de> DeserializeSeed<'de> for Skim {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Skim {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_i64<E>(self, _: i64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(self.0.map_or(Value::Null, |_| text.into()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let below = self.below();
        let mut kept = Vec::new();
        while let Some(item) = items.next_element_seed(below)? {
            if below.0.is_some() {
                kept.push(item);
            }
        }
        Ok(kept.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Value, A::Error> {
        let below = self.below();
        let mut kept = Map::new();
        if below.0.is_some() {
            while let Some(key) = entries.next_key::<String>()? {
                kept.insert(key, entries.next_value_seed(below)?);
            }
        } else {
            while entries.next_key_seed(below)?.is_some() {
                entries.next_value_seed(below)?;
            }
        }
        Ok(kept.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_top_is_kept() {
        let body =
            br#"{"a": "b", "c": {"d": "e", "f": {"g": 1}}, "h": [{"i": "j"}], "a": "z", "n": 1.5}"#;
        let one = json!({"a": "z", "c": {}, "h": [], "n": null});
        assert_eq!(skim(body, 1), Some(one));
        let two = json!({"a": "z", "c": {"d": "e", "f": {}}, "h": [{}], "n": null});
        assert_eq!(skim(body, 2), Some(two));
    }

    #[test]
    fn it_is_json_when_all_of_it_is() {
        let deep = |n: usize| format!("{{\"a\":{}1{}}}", "[".repeat(n), "]".repeat(n));
        for body in [
            r#"{"a": {"b": "\ud800"}}"#,
            r#"{"a": {"\ud800": 1}}"#,
            r#"{"a": {"b": 1e999}}"#,
            r#"{"a": {"b": -0}} "#,
            r#"{"a": [01]}"#,
            r#"{"a": 1} x"#,
            r#"{"a": {"b": "#,
            r#"{"a": {1: 2}}"#,
            "{\"a\": [\"\u{1}\"]}",
            "null",
            "",
            &deep(126),
            &deep(127),
            &deep(128),
        ] {
            let whole = serde_json::from_str::<Value>(body);
            assert_eq!(skim(body.as_bytes(), 1).is_some(), whole.is_ok(), "{body}");
        }
        assert_eq!(skim(b"{\"a\": [\"\xff\"]}", 1), None);
    }
}
