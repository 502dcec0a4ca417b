//! What a contract expects of a response, and what is wrong with one.

use std::fmt;
use std::sync::Arc;

use regex::Regex;
use serde_json::Value;

use crate::escape::clipped;
use crate::http::Response;
use crate::webhook::content_coding::Decoded;
use crate::webhook::payload::validate::BodySchema;

use super::latency::LatencyLimit;

/// At most this much of a value is quoted, in characters.
const MAX_QUOTED: usize = 80;
/// At most so many mistakes of one response are named.
const MAX_NAMED: usize = 5;

/// Which responses pass. All of it has to hold.
#[derive(Clone, Debug, Default)]
pub struct Expectation {
    /// The statuses that pass; never empty.
    pub status: Vec<StatusRange>,
    /// The rules for headers, names as they were written.
    pub headers: Vec<(String, TextRule)>,
    /// The rules for the body as text.
    pub body: Vec<TextRule>,
    /// The values at these JSON Pointers.
    pub json: Vec<(String, Value)>,
    pub schema: Option<Arc<BodySchema>>,
    pub latency: Vec<LatencyLimit>,
}

/// The statuses from one to another; both pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StatusRange {
    first: u16,
    last: u16,
}

/// A rule for a text that may be missing.
#[derive(Clone, Debug)]
pub enum TextRule {
    Equals(String),
    Contains(String),
    Matches(Regex),
    Present,
    Absent,
}

impl StatusRange {
    pub const ACCEPTED: Self = Self { first: 200, last: 299 };
    pub const REJECTED: Self = Self { first: 400, last: 499 };

    /// Reads `200`, `2xx` or `200-204`.
    pub fn parse(text: &str) -> Option<Self> {
        let status = |text: &str| {
            let is_status = text.len() == 3 && text.bytes().all(|b| b.is_ascii_digit());
            text.parse().ok().filter(|status| is_status && (100..=599).contains(status))
        };
        let class = text.strip_suffix("xx").or(text.strip_suffix("XX"));
        if let Some(class) = class.and_then(|class| status(&format!("{class}00"))) {
            return Some(Self { first: class, last: class + 99 });
        }
        match text.split_once('-') {
            None => status(text).map(|status| Self { first: status, last: status }),
            Some((first, last)) => {
                let range = Self { first: status(first.trim())?, last: status(last.trim())? };
                (range.first <= range.last).then_some(range)
            }
        }
    }

    fn admits(self, status: u16) -> bool {
        (self.first..=self.last).contains(&status)
    }
}

impl fmt::Display for StatusRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { first, last } = self;
        match (first, last) {
            _ if first == last => write!(f, "{first}"),
            _ if first % 100 == 0 && *last == first + 99 => write!(f, "{}xx", first / 100),
            _ => write!(f, "{first}-{last}"),
        }
    }
}

impl TextRule {
    /// What is wrong with a text, as the end of a sentence about it.
    fn violation(&self, text: Option<&[u8]>) -> Option<String> {
        let shown = || match text {
            None => "is missing".to_owned(),
            Some([]) => "is empty".to_owned(),
            Some(text) => format!("is `{}`", clipped(text, MAX_QUOTED)),
        };
        let is_good = match (self, text) {
            (Self::Present, text) => text.is_some(),
            (Self::Absent, text) => text.is_none(),
            (_, None) => false,
            (Self::Equals(expected), Some(text)) => expected.as_bytes() == text,
            (Self::Contains(part), Some(text)) => {
                memchr::memmem::find(text, part.as_bytes()).is_some()
            }
            (Self::Matches(pattern), Some(text)) => {
                pattern.is_match(&String::from_utf8_lossy(text))
            }
        };
        (!is_good).then(|| format!("{}, expected {self}", shown()))
    }
}

impl fmt::Display for TextRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let quoted = |text: &str| format!("`{}`", clipped(text.as_bytes(), MAX_QUOTED));
        match self {
            Self::Equals(text) if text.is_empty() => write!(f, "no text"),
            Self::Equals(text) => write!(f, "{}", quoted(text)),
            Self::Contains(text) => write!(f, "a text with {}", quoted(text)),
            Self::Matches(pattern) => write!(f, "a text that matches {}", quoted(pattern.as_str())),
            Self::Present => write!(f, "any"),
            Self::Absent => write!(f, "none"),
        }
    }
}

impl Expectation {
    /// Whether a status passes.
    pub fn admits_status(&self, status: u16) -> bool {
        self.status.iter().any(|range| range.admits(status))
    }

    /// What is wrong with a response, without its time. Clauses that may quote the endpoint: escape them.
    pub fn violation(&self, response: &Response) -> Option<String> {
        let mut found = Vec::new();
        if !self.admits_status(response.status) {
            let (status, expected) = (response.status, self.statuses());
            found.push(format!("responded with {status}, expected {expected}"));
        }
        for (name, rule) in &self.headers {
            let name = name.to_ascii_lowercase();
            let values: Vec<_> = response.headers.all(&name).collect();
            let joined = (!values.is_empty()).then(|| values.join(&b", "[..]));
            let what = rule.violation(joined.as_deref());
            found.extend(what.map(|what| format!("the header {name} {what}")));
        }
        self.body_violations(response, &mut found);
        let more = found.len().saturating_sub(MAX_NAMED);
        found.truncate(MAX_NAMED);
        if more > 0 {
            found.push(format!("and {more} more"));
        }
        (!found.is_empty()).then(|| found.join("; "))
    }

    fn body_violations(&self, response: &Response, found: &mut Vec<String>) {
        if self.body.is_empty() && self.json.is_empty() && self.schema.is_none() {
            return;
        }
        if response.clipped {
            let read = response.body.len() >> 10;
            found.push(format!("the body is longer than {read} KiB, and cannot be compared"));
            return;
        }
        let decoded = Decoded::new(&response.headers, &response.body).map(|decoded| decoded.body);
        let body = match &decoded {
            None => &response.body,
            Some(Ok(body)) => body,
            Some(Err(why)) => {
                found.push(format!("the body cannot be decoded: {why}"));
                return;
            }
        };
        for rule in &self.body {
            found.extend(rule.violation(Some(body)).map(|what| format!("the body {what}")));
        }
        if self.json.is_empty() && self.schema.is_none() {
            return;
        }
        let json = match serde_json::from_slice::<Value>(body) {
            Ok(json) => json,
            Err(_) => {
                let what = match &**body {
                    [] => "is empty".to_owned(),
                    body => format!("is `{}`", clipped(body, MAX_QUOTED)),
                };
                found.push(format!("the body {what}, expected JSON"));
                return;
            }
        };
        for (pointer, expected) in &self.json {
            let place = match pointer.as_str() {
                "" => "the body".to_owned(),
                pointer => format!("{pointer} of the body"),
            };
            match json.pointer(pointer) {
                None => found.push(format!("{place} is missing, expected {}", shown(expected))),
                Some(value) if is_same(value, expected) => {}
                Some(value) => {
                    found.push(format!(
                        "{place} is {}, expected {}",
                        shown(value),
                        shown(expected)
                    ));
                }
            }
        }
        match self.schema.as_ref().map(|schema| schema.violations(body)) {
            None => {}
            Some(Err(why)) => {
                found.push(format!("the body cannot be checked with the schema: {why}"))
            }
            Some(Ok(violations)) => {
                found.extend(violations.into_iter().map(|one| match one.path.as_str() {
                    "" => format!("the body: {}", one.message),
                    path => format!("{path} of the body: {}", one.message),
                }));
            }
        }
    }

    fn statuses(&self) -> String {
        let all: Vec<_> = self.status.iter().map(StatusRange::to_string).collect();
        all.join(" or ")
    }
}

impl fmt::Display for Expectation {
    /// What is expected, in a few words: `200, p95 < 300 ms`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.statuses())?;
        for limit in &self.latency {
            write!(f, ", {limit}")?;
        }
        Ok(())
    }
}

fn shown(value: &Value) -> String {
    format!("`{}`", clipped(value.to_string().as_bytes(), MAX_QUOTED))
}

/// Whether two values are the same JSON: 1 and 1.0 are.
fn is_same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a == b || (a.is_f64() || b.is_f64()) && a.as_f64() == b.as_f64()
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| is_same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            let is_in_b = |(key, a)| b.get(key).is_some_and(|b| is_same(a, b));
            a.len() == b.len() && a.iter().all(is_in_b)
        }
        _ => a == b,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook::delivery::Headers;
    use serde_json::json;
    use std::time::Duration;

    fn response(status: u16, body: &str) -> Response {
        Response {
            status,
            phrase: String::new(),
            headers: [("content-type", "application/json"), ("via", "a"), ("via", "b")]
                .into_iter()
                .collect::<Headers>(),
            body: body.as_bytes().to_vec(),
            clipped: false,
            duration: Duration::ZERO,
        }
    }

    #[test]
    fn statuses_classes_and_ranges_are_read() {
        for (text, shown, admitted, refused) in [
            ("204", "204", 204, 200),
            ("2xx", "2xx", 299, 300),
            ("5XX", "5xx", 500, 499),
            ("200-204", "200-204", 203, 205),
            ("400 - 499", "4xx", 401, 399),
        ] {
            let range = StatusRange::parse(text).unwrap();
            assert_eq!(range.to_string(), shown);
            assert!(range.admits(admitted) && !range.admits(refused), "{text}");
        }
        for text in ["", "20", "2000", "6xx", "xx", "0xx", "204-200", "-", "200-", "２００", "+20"]
        {
            assert_eq!(StatusRange::parse(text), None, "{text}");
        }
    }

    #[test]
    fn every_violation_is_named_with_what_was_expected() {
        let schema = json!({ "required": ["id"], "properties": { "ok": { "const": true } } });
        let all = Expectation {
            status: vec![StatusRange::ACCEPTED],
            headers: vec![
                ("Content-Type".to_owned(), TextRule::Contains("json".to_owned())),
                ("via".to_owned(), TextRule::Equals("a, b".to_owned())),
                ("set-cookie".to_owned(), TextRule::Absent),
            ],
            body: vec![TextRule::Matches(Regex::new("^\\{").unwrap())],
            json: vec![("/ok".to_owned(), json!(true)), ("/n".to_owned(), json!(1.0))],
            schema: Some(Arc::new(BodySchema::new(schema).unwrap())),
            latency: Vec::new(),
        };
        assert_eq!(all.violation(&response(200, r#"{"ok":true,"n":1,"id":0}"#)), None);
        let wrong = all.violation(&response(500, r#" {"ok":"x"}"#)).unwrap();
        for part in [
            "responded with 500, expected 2xx",
            "expected a text that matches `^\\{`",
            "/ok of the body is `\"x\"`, expected `true`",
            "/n of the body is missing, expected `1.0`",
        ] {
            assert!(wrong.contains(part), "{wrong}");
        }
        let wrong = all.violation(&response(200, "{}")).unwrap();
        assert!(wrong.contains("/id of the body: missing"), "{wrong}");
        assert!(all.violation(&response(200, "{")).unwrap().contains("is `{`, expected JSON"));
        assert!(all.violation(&response(200, "")).unwrap().contains("is empty, expected JSON"));
        let mut long = response(200, "{}");
        long.clipped = true;
        assert!(all.violation(&long).unwrap().contains("cannot be compared"));
        let mut other = response(200, r#"{"ok":true,"n":1,"id":0}"#);
        other.headers.push("set-cookie", "a=b");
        assert_eq!(all.violation(&other).unwrap(), "the header set-cookie is `a=b`, expected none");
    }
}
