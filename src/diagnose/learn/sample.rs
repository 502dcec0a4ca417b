//! Samples that show nothing of the captured deliveries but their form: every value that may be private is replaced by
//! another one of the same type and form. The same value is replaced by the same one everywhere.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Map, Number, Value};
use url::form_urlencoded;

use crate::webhook::payload::json::escape_step;
use crate::webhook::signature::scheme::Unit;

use super::time::unit_of;

/// The time that replaces every time: 2026-01-31T12:00:00Z.
const TIME: i64 = 1_769_860_800;

/// The last words of keys whose values are words of a protocol, such as `status`.
const WORDS: &[&str] = &[
    "action",
    "algorithm",
    "category",
    "channel",
    "color",
    "country",
    "currency",
    "direction",
    "encoding",
    "environment",
    "event",
    "format",
    "gender",
    "kind",
    "lang",
    "language",
    "level",
    "locale",
    "method",
    "mode",
    "object",
    "plan",
    "platform",
    "priority",
    "protocol",
    "provider",
    "reason",
    "result",
    "role",
    "source",
    "state",
    "status",
    "timezone",
    "topic",
    "type",
    "unit",
    "version",
];

/// The longest key that is taken for a name of the provider's.
pub const MAX_KEY: usize = 64;

const NAMES: &[&str] =
    &["Amina", "Otieno", "Wanjiru", "Baraka", "Zawadi", "Juma", "Neema", "Kamau"];
const LOREM: &str = "lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor ";

/// Replaces values.
pub struct Replacer<'r> {
    /// What must not be shown in any case.
    secret: &'r [u8],
    /// Pointers whose texts stay, because they name the event.
    kept: Vec<String>,
    known: HashMap<String, String>,
    state: u64,
}

impl<'r> Replacer<'r> {
    pub fn new(secret: &'r [u8], kept: Vec<String>) -> Self {
        Self { secret, kept, known: HashMap::new(), state: 0x9E37_79B9_7F4A_7C15 }
    }

    /// A JSON body with other values.
    pub fn json(&mut self, body: &Value) -> Value {
        self.value(body, "", "")
    }

    /// A form with other values.
    pub fn form(&mut self, body: &[u8]) -> String {
        let mut out = form_urlencoded::Serializer::new(String::new());
        for (name, value) in form_urlencoded::parse(body) {
            let pointer = format!("/{}", escape_step(&name));
            let value = self.text(&value, &pointer, &name);
            out.append_pair(&self.key(&name), &value);
        }
        out.finish()
    }

    fn value(&mut self, value: &Value, path: &str, key: &str) -> Value {
        match value {
            Value::Null | Value::Bool(_) => value.clone(),
            Value::Number(number) => Value::Number(self.number(number)),
            Value::String(text) => Value::String(self.text(text, path, key)),
            Value::Array(items) => {
                let item = |(index, item)| self.value(item, &format!("{path}/{index}"), key);
                Value::Array(items.iter().enumerate().map(item).collect())
            }
            Value::Object(members) => {
                let mut out = Map::new();
                for (name, value) in members {
                    let value = self.value(value, &format!("{path}/{}", escape_step(name)), name);
                    out.insert(self.key(name), value);
                }
                Value::Object(out)
            }
        }
    }

    /// A key that is a name of the provider's stays; one that is data, such as an address, does not.
    fn key(&mut self, key: &str) -> String {
        match is_word(key, MAX_KEY) && !self.is_secret(key) {
            true => key.to_owned(),
            false => self.replaced(key, ""),
        }
    }

    fn number(&mut self, number: &Number) -> Number {
        let written = number.to_string();
        match unit_of(&[&written]) {
            Some(Unit::Seconds) => return TIME.into(),
            Some(Unit::Milliseconds) => return (TIME * 1000).into(),
            _ => {}
        }
        // Small numbers count; large ones may be ids, prices with cents and places.
        if number.as_i64().is_some_and(|number| number.unsigned_abs() < 1000) {
            return number.clone();
        }
        let other = self.replaced(&written, "");
        other.parse().unwrap_or_else(|_| 12_345.into())
    }

    fn text(&mut self, text: &str, path: &str, key: &str) -> String {
        if !self.is_secret(text)
            && (self.kept.iter().any(|kept| kept == path) || is_of_protocol(text, key))
        {
            return text.to_owned();
        }
        self.replaced(text, key)
    }

    fn is_secret(&self, text: &str) -> bool {
        reveals(text.as_bytes(), self.secret)
    }

    fn replaced(&mut self, text: &str, key: &str) -> String {
        if let Some(known) = self.known.get(text) {
            return known.clone();
        }
        let other = self.other(text, key);
        self.known.insert(text.to_owned(), other.clone());
        other
    }

    fn other(&mut self, text: &str, key: &str) -> String {
        let count = self.known.len() + 1;
        let is_host = |host: &str| host.contains('.') && !host.contains(' ');
        if text.split_once('@').is_some_and(|(_, host)| is_host(host)) {
            return format!("person{count}@example.com");
        }
        if let Some((scheme, rest)) = text.split_once("://")
            && scheme.bytes().all(|b| b.is_ascii_alphabetic())
        {
            let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or_default();
            return format!("{scheme}://example.com{}", self.letters(path));
        }
        if text.parse::<Timestamp>().is_ok() {
            return moment(text);
        }
        match unit_of(&[text]) {
            Some(Unit::Seconds) => return TIME.to_string(),
            Some(Unit::Milliseconds) => return (TIME * 1000).to_string(),
            _ => {}
        }
        let is_words =
            text.chars().all(|c| c.is_alphabetic() || matches!(c, ' ' | '.' | '\'' | '-'));
        if key.to_lowercase().contains("name") && is_words && !text.is_empty() {
            let words = text.split(' ').count();
            let names = (0..words).map(|_| self.pick(NAMES)).collect::<Vec<_>>();
            return names.join(" ");
        }
        if text.contains(' ') && text.chars().any(char::is_alphabetic) {
            return LOREM
                .chars()
                .cycle()
                .take(text.chars().count())
                .collect::<String>()
                .trim_end()
                .to_owned();
        }
        // A prefix such as `cus_` is the provider's, and the `sarah_` of a user name is not.
        let prefix = text.find('_').filter(|at| {
            let word = text.get(..*at).unwrap_or_default();
            let rest = text.get(*at + 1..).unwrap_or_default();
            is_mark(word) && rest.len() >= 8 && rest.bytes().any(|b| b.is_ascii_digit())
        });
        let (prefix, rest) = text.split_at(prefix.map_or(0, |at| at + 1));
        format!("{prefix}{}", self.letters(rest))
    }

    /// Other letters and digits in the places of these; hexadecimal stays hexadecimal.
    fn letters(&mut self, text: &str) -> String {
        let is_hex = text.len() >= 8 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-');
        let (small, large) = match is_hex {
            true => ("abcdef", "ABCDEF"),
            false => ("abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"),
        };
        let mut is_first = true;
        text.chars()
            .map(|c| {
                let other = match c {
                    '0'..='9' if is_first => self.character("123456789"),
                    '0'..='9' => self.character("0123456789"),
                    'a'..='z' => self.character(small),
                    'A'..='Z' => self.character(large),
                    c if c.is_alphabetic() => 'x',
                    c => c,
                };
                is_first = false;
                other
            })
            .collect()
    }

    fn character(&mut self, among: &str) -> char {
        let index = self.random(among.len());
        among.chars().nth(index).unwrap_or('x')
    }

    fn pick(&mut self, among: &'static [&'static str]) -> &'static str {
        let index = self.random(among.len());
        among.get(index).copied().unwrap_or_default()
    }

    /// The next number of a fixed sequence: nothing of a value is left in what replaces it.
    fn random(&mut self, below: usize) -> usize {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        let bits = usize::try_from(self.state >> 33).unwrap_or_default();
        bits % below.max(1)
    }
}

/// Whether a word may be the mark before the `_` of a provider's ids or keys, such as `whsec`.
pub fn is_mark(word: &str) -> bool {
    (2..=8).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())
}

/// Whether a text shows a secret, or the password of one like `user:password`. A very short one is in any text by
/// accident.
pub fn reveals(text: &[u8], secret: &[u8]) -> bool {
    const MIN: usize = 4;
    let password = memchr::memchr(b':', secret).and_then(|at| secret.get(at + 1..));
    let mut parts = [Some(secret), password].into_iter().flatten();
    parts.any(|part| part.len() >= MIN && memchr::memmem::find(text, part).is_some())
}

/// Whether a text may be a name of the provider's: no white space, no addresses, no long numbers.
pub fn is_word(text: &str, max: usize) -> bool {
    let is_plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':' | '/' | '$');
    let mut digits = text.split(|c: char| !c.is_ascii_digit());
    let has_id = digits.any(|run| run.len() > 4);
    let hex = text.bytes().filter(|b| *b == b'-').count() == 4 && text.len() == 36;
    (1..=max).contains(&text.len())
        && text.chars().all(is_plain)
        && text.chars().any(|c| c.is_ascii_alphabetic())
        && !text.starts_with('.')
        && !text.contains("//")
        && !has_id
        && !hex
}

/// Whether a value is a word of the provider's protocol, by its key.
fn is_of_protocol(text: &str, key: &str) -> bool {
    let lower = key.to_ascii_lowercase();
    WORDS.iter().any(|word| lower.ends_with(word)) && is_word(text, 40)
}

/// The fixed time in the form of another one: the offset stays, and fractions of a second are zero.
fn moment(text: &str) -> String {
    const FIXED: &str = "2026-01-31T12:00:00";
    let mut fixed = FIXED.chars();
    let mut is_fraction = false;
    text.chars()
        .map(|c| match fixed.next() {
            Some(digit) if digit.is_ascii_digit() => digit,
            Some(_) => c,
            None => {
                is_fraction = c == '.' || (is_fraction && c.is_ascii_digit());
                if is_fraction && c != '.' { '0' } else { c }
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_replaced_by_others_of_the_same_form() {
        let body = json!({
            "type": "invoice.paid", "status": "open", "id": "in_1MtHbELkdIwHu7ix", "email": "sarah@acme.com",
            "customerName": "Sarah Miller", "phone": "+254712345678", "at": "2024-05-06T07:08:09.123Z",
            "created": 1715000000, "ms": "1715000000123", "amount": 12, "account": 987654321, "ok": true, "none": null,
            "url": "https://shop.acme.com/orders/12345?x=1", "token": "hunter2hunter2", "note": "Call Sarah tomorrow",
            "uuid": "7b0e4a4e-9a3c-4d2b-8a52-0d7c5f1f6a10", "users": {"jim@acme.com": 1}, "again": ["sarah@acme.com"],
            "link": "Call Sarah Miller at https://shop.acme.com/1", "handle": "sarah_miller", "debt": -1500.5, "big": 1.5e20,
        });
        let mut replacer = Replacer::new(b"hunter2hunter2", vec!["/type".to_owned()]);
        let other = replacer.json(&body);
        let shown = other.to_string();
        for private in [
            "sarah",
            "Sarah",
            "Miller",
            "254712345678",
            "2024",
            "1715",
            "987654321",
            "acme.com",
            "hunter2",
            "tomorrow",
            "7b0e4a4e",
            "1MtHbELkdIwHu7ix",
            "jim",
            "miller",
            "1500",
        ] {
            assert!(!shown.contains(private), "{private}: {shown}");
        }
        assert_eq!(other["type"], "invoice.paid");
        assert_eq!((&other["status"], &other["amount"]), (&json!("open"), &json!(12)));
        assert_eq!((&other["ok"], &other["none"]), (&json!(true), &Value::Null));
        assert_eq!(other["at"], "2026-01-31T12:00:00.000Z");
        assert_eq!(other["email"], other["again"][0]);
        assert!(other["id"].as_str().unwrap().starts_with("in_"));
        assert_eq!(other["id"].as_str().unwrap().len(), "in_1MtHbELkdIwHu7ix".len());
        assert_eq!(other["phone"].as_str().unwrap().len(), 13);
        assert!(other["account"].is_u64() && other["created"] == TIME);
        assert_ne!(other["big"], body["big"]);
    }

    #[test]
    fn the_secret_is_replaced_wherever_it_stands() {
        let body = json!({"type": "s3cret-word", "s3cret-word": {"status": "s3cret-word"}});
        let mut replacer = Replacer::new(b"s3cret-word", vec!["/type".to_owned()]);
        assert!(!replacer.json(&body).to_string().contains("s3cret-word"));
        let mut replacer = Replacer::new(b"s3cret-word", vec![]);
        assert!(!replacer.form(b"Status=s3cret-word&s3cret-word=1").contains("s3cret-word"));
    }
}
