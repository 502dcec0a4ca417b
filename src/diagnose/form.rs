//! Bodies that are forms: written again by other encoders, read as JSON, and the parts of `multipart/form-data`.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode, percent_encode};
use serde_json::{Map, Value};

/// The most fields that are looked at.
const MAX_FIELDS: usize = 512;

/// The deepest nesting of brackets in a field's name.
const MAX_DEPTH: usize = 8;

/// How a form is encoded: what stays besides letters and digits, and what a space becomes.
#[derive(Clone, Copy, Debug)]
pub struct Dialect {
    /// Who writes it.
    pub name: &'static str,
    kept: &'static AsciiSet,
    space: &'static str,
    is_lower: bool,
    is_sorted: bool,
}

const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.');
const TILDE: &AsciiSet = &PLAIN.remove(b'~');
const STAR: &AsciiSet = &PLAIN.remove(b'*');
const NODE: &AsciiSet = &TILDE.remove(b'*').remove(b'!').remove(b'\'').remove(b'(').remove(b')');
const DOTNET: &AsciiSet = &STAR.remove(b'!').remove(b'(').remove(b')');
const PARENTHESES: &AsciiSet = &TILDE.remove(b'(').remove(b')');
const BRACKETS: &AsciiSet = &TILDE.remove(b'[').remove(b']');

const fn dialect(name: &'static str, kept: &'static AsciiSet, space: &'static str) -> Dialect {
    Dialect { name, kept, space, is_lower: false, is_sorted: false }
}

/// Every dialect, the most frequent ones first.
pub const DIALECTS: &[Dialect] = &[
    dialect("URLSearchParams, Java's URLEncoder or Ruby's encode_www_form", STAR, "+"),
    dialect("Python's urlencode or .NET's FormUrlEncodedContent", TILDE, "+"),
    dialect("qs, PHP's rawurlencode or Python's quote", TILDE, "%20"),
    dialect("encodeURIComponent or Node's querystring", NODE, "%20"),
    dialect("PHP's http_build_query", PLAIN, "+"),
    Dialect { is_sorted: true, ..dialect("Go's url.Values.Encode", TILDE, "+") },
    Dialect { is_sorted: true, ..dialect("an encoder that sorts the fields", STAR, "+") },
    Dialect { is_sorted: true, ..dialect("an encoder that sorts the fields", TILDE, "%20") },
    Dialect { is_lower: true, ..dialect(".NET's HttpUtility.UrlEncode", DOTNET, "+") },
    dialect(".NET's WebUtility.UrlEncode", DOTNET, "+"),
    dialect("an encoder that keeps parentheses", PARENTHESES, "+"),
    dialect("an encoder that keeps brackets", BRACKETS, "+"),
    dialect("an encoder that keeps brackets", BRACKETS, "%20"),
    dialect("an encoder that writes spaces as %20", STAR, "%20"),
    dialect("an encoder that writes spaces as %20", PLAIN, "%20"),
    Dialect { is_lower: true, ..dialect("an encoder with lowercase digits", TILDE, "+") },
    Dialect { is_lower: true, ..dialect("an encoder with lowercase digits", TILDE, "%20") },
    Dialect { is_lower: true, ..dialect("an encoder with lowercase digits", STAR, "+") },
    Dialect { is_lower: true, ..dialect("an encoder with lowercase digits", PLAIN, "+") },
];

/// Whether a body looks like a form.
pub fn is_form(body: &[u8]) -> bool {
    let head = body.get(..body.len().min(256)).unwrap_or_default();
    let is_plain = |b: &u8| b.is_ascii_graphic() || *b == b' ';
    memchr::memchr(b'=', head).is_some_and(|at| at > 0)
        && !matches!(head.first(), Some(b'{' | b'[' | b'"' | b'<' | b'-'))
        && body.iter().all(is_plain)
}

/// The names and values of a form, decoded.
fn fields(body: &[u8]) -> Option<Vec<(Vec<u8>, Vec<u8>)>> {
    if !is_form(body) {
        return None;
    }
    let pairs = body.split(|b| *b == b'&').filter(|pair| !pair.is_empty()).take(MAX_FIELDS + 1);
    let all: Vec<_> = pairs
        .map(|pair| match memchr::memchr(b'=', pair) {
            Some(at) => (
                unform(pair.get(..at).unwrap_or_default()),
                unform(pair.get(at + 1..).unwrap_or_default()),
            ),
            None => (unform(pair), Vec::new()),
        })
        .collect();
    (all.len() <= MAX_FIELDS).then_some(all)
}

/// A form, decoded and encoded again.
pub fn rewritten(body: &[u8], dialect: &Dialect) -> Option<Vec<u8>> {
    let mut all = fields(body)?;
    if dialect.is_sorted {
        // A stable sort: values of one name keep their order.
        all.sort_by(|a, b| a.0.cmp(&b.0));
    }
    let pairs = all
        .iter()
        .map(|(name, value)| format!("{}={}", dialect.encode(name), dialect.encode(value)));
    Some(pairs.collect::<Vec<_>>().join("&").into_bytes())
}

/// The names and values of a form, sorted, one after the other.
pub fn joined(body: &[u8]) -> Option<Vec<u8>> {
    let mut all = fields(body)?;
    all.sort();
    Some(all.into_iter().flat_map(|(name, value)| [name, value]).flatten().collect())
}

impl Dialect {
    /// Whether the fields are sorted.
    pub fn is_sorted(&self) -> bool {
        self.is_sorted
    }

    /// A text in this dialect.
    pub fn encode(&self, text: &[u8]) -> String {
        let mut out = String::with_capacity(text.len() * 2);
        for (at, word) in text.split(|b| *b == b' ').enumerate() {
            if at > 0 {
                out.push_str(self.space);
            }
            let encoded = percent_encode(word, self.kept).to_string();
            match self.is_lower {
                true => out.push_str(&lower_digits(&encoded)),
                false => out.push_str(&encoded),
            }
        }
        out
    }
}

/// With the digits after each `%` in lowercase.
fn lower_digits(text: &str) -> String {
    let mut parts = text.split('%');
    let mut out = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (digits, rest) = part.split_at_checked(2).unwrap_or((part, ""));
        out.push_str(&format!("%{}{rest}", digits.to_ascii_lowercase()));
    }
    out
}

/// `application/x-www-form-urlencoded`, decoded.
pub fn unform(body: &[u8]) -> Vec<u8> {
    let spaced = body.iter().map(|b| if *b == b'+' { b' ' } else { *b });
    percent_decode(&spaced.collect::<Vec<_>>()).collect()
}

/// The decoded value of a form's field.
pub fn field(body: &[u8], name: &str) -> Option<Vec<u8>> {
    let mut pairs = body.split(|b| *b == b'&');
    let value = pairs.find_map(|one| one.strip_prefix(name.as_bytes())?.strip_prefix(b"="))?;
    Some(unform(value))
}

/// A form as a JSON object of texts: `as_lists` has a list for every name, as Python's `parse_qs` gives it, and
/// `is_nested` reads brackets in names as PHP, Rack and qs do.
pub fn to_json(body: &[u8], is_nested: bool, as_lists: bool) -> Option<String> {
    let mut object = Map::new();
    let all = fields(body)?;
    if is_nested && !all.iter().any(|(name, _)| name.contains(&b'[')) {
        return None;
    }
    for (name, value) in all {
        let name = String::from_utf8(name).ok()?;
        let value = Value::String(String::from_utf8(value).ok()?);
        match name.split_once('[').filter(|_| is_nested) {
            Some((first, rest)) => nest(object.entry(first).or_insert(Value::Null), rest, value, 0),
            None => match object.get_mut(&name) {
                Some(Value::Array(list)) => list.push(value),
                Some(known) if is_nested => *known = value,
                Some(known) => *known = Value::Array(vec![known.take(), value]),
                None if as_lists => {
                    object.insert(name, Value::Array(vec![value]));
                }
                None => {
                    object.insert(name, value);
                }
            },
        }
    }
    serde_json::to_string(&object).ok()
}

/// Puts a value where the rest of a name in brackets says, such as `b][]`.
fn nest(into: &mut Value, path: &str, value: Value, depth: usize) {
    let (step, rest) = path.split_once(']').unwrap_or((path, ""));
    let next = rest.strip_prefix('[').filter(|_| depth < MAX_DEPTH);
    let is_list = step.is_empty() || step.parse::<usize>().is_ok() && !into.is_object();
    if into.is_null() {
        *into = if is_list { Value::Array(Vec::new()) } else { Value::Object(Map::new()) };
    }
    let place = match into {
        Value::Array(list) => {
            let at = step.parse::<usize>().unwrap_or(list.len());
            if at >= list.len() {
                list.push(Value::Null);
            }
            let last = list.len() - 1;
            list.get_mut(at.min(last))
        }
        Value::Object(object) => Some(object.entry(step).or_insert(Value::Null)),
        _ => None,
    };
    match (place, next) {
        (Some(place), Some(rest)) => nest(place, rest, value, depth + 1),
        (Some(place), None) => *place = value,
        (None, _) => {}
    }
}

/// The names and contents of the parts of `multipart/form-data`.
pub fn parts(body: &[u8]) -> Option<Vec<(String, &[u8])>> {
    let line = body.strip_prefix(b"--")?;
    let end = memchr::memmem::find(line, b"\r\n")?;
    let boundary = body.get(..end + 2).filter(|boundary| boundary.len() <= 72)?;
    let separator = [b"\r\n", boundary].concat();
    let mut all = Vec::new();
    let mut rest = line.get(end + 2..)?;
    while let Some(at) = memchr::memmem::find(rest, &separator).filter(|_| all.len() < MAX_FIELDS) {
        let part = rest.get(..at)?;
        if let Some(head) = memchr::memmem::find(part, b"\r\n\r\n") {
            let name = String::from_utf8_lossy(part.get(..head)?).into_owned();
            let name = name.split_once("name=\"").and_then(|(_, after)| after.split('"').next());
            all.push((name.unwrap_or_default().to_owned(), part.get(head + 4..)?));
        }
        rest = rest.get(at + separator.len()..)?;
        rest = rest.strip_prefix(b"\r\n").unwrap_or(rest);
    }
    (!all.is_empty()).then_some(all)
}

/// The fields of a multipart body as a JSON object.
pub fn parts_to_json(body: &[u8]) -> Option<String> {
    let mut object = Map::new();
    for (name, content) in parts(body)? {
        object.insert(name, Value::String(String::from_utf8(content.to_vec()).ok()?));
    }
    serde_json::to_string(&object).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dialects_write_what_their_programs_write() {
        let body = b"b=x+y%7E*(z)%2Fa&a%5B0%5D=1";
        let of = |at: usize| String::from_utf8(rewritten(body, &DIALECTS[at]).unwrap()).unwrap();
        assert_eq!(of(0), "b=x+y%7E*%28z%29%2Fa&a%5B0%5D=1");
        assert_eq!(of(1), "b=x+y~%2A%28z%29%2Fa&a%5B0%5D=1");
        assert_eq!(of(3), "b=x%20y~*(z)%2Fa&a%5B0%5D=1");
        assert_eq!(of(5), "a%5B0%5D=1&b=x+y~%2A%28z%29%2Fa");
        assert_eq!(of(8), "b=x+y%7e*(z)%2fa&a%5b0%5d=1");
        assert_eq!(rewritten(b"{\"a\":\"b=c\"}", &DIALECTS[0]), None);
    }

    #[test]
    fn forms_become_objects() {
        let of = |body: &str, nested, lists| to_json(body.as_bytes(), nested, lists).unwrap();
        assert_eq!(of("a=1&b=x+y&a=2", false, false), r#"{"a":["1","2"],"b":"x y"}"#);
        assert_eq!(of("a=1&b=", false, true), r#"{"a":["1"],"b":[""]}"#);
        assert_eq!(of("a[b][]=1&a[b][]=2&c=3", true, false), r#"{"a":{"b":["1","2"]},"c":"3"}"#);
        assert_eq!(of("a[0][x]=1&a[0][y]=2", true, false), r#"{"a":[{"x":"1","y":"2"}]}"#);
        let deep = format!("b=1&a{}=1", "[x]".repeat(10_000));
        assert!(to_json(deep.as_bytes(), true, false).is_some());
    }

    #[test]
    fn parts_are_found() {
        let body = b"--B\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n{}\r\n--B\r\nX: y\r\n\r\n2\r\n--B--\r\n";
        let found = parts(body).unwrap();
        assert_eq!(found, [("a".to_owned(), &b"{}"[..]), (String::new(), b"2")]);
        assert_eq!(parts_to_json(body).unwrap(), r#"{"a":"{}","":"2"}"#);
        assert!(parts(b"--").is_none() && parts(b"--B\r\n").is_none());
    }
}
