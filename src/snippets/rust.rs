//! Rust with the crates `hmac` and `data-encoding`; without public keys.

use super::code::Code;
use super::dialect::{Dialect, prefix};
use super::plan::{BodyKind, Piece, Plan};
use super::text::{Quoting, fill, quote};
use crate::webhook::signature::format::Encoding;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, BodyHash, Unit};

const RUST: Dialect = Dialect {
    quoting: Quoting::Rust,
    open: "\
/// Whether the request is signed as `@provider@` signs: see the top.
fn is_genuine(settings: &Settings, headers: &HeaderMap, body: &[u8]) -> bool {
",
    list_name: "list",
    signed_name: "&signed",
    parse: "    let Ok(event) = serde_json::from_slice::<Value>(body) else {\n        return false;\n    };\n",
    header: "    let Some(@name@) = only(headers, @text@) else {\n        return false;\n    };\n",
    field: "    let Some(@name@) = text_at(&event, &[@path@]) else {\n        return false;\n    };\n    let @name@ = @name@.as_bytes();\n",
    empty: "    if @name@.is_empty() {\n        return false;\n    }\n",
    item: "    let [@name@] = items_of(list, @text@)[..] else {\n        return false;\n    };\n",
    age: "    // An old request may be a replay. The age of what is not a time is NaN.
    let age = now() - seconds(@name@)@divisor@;
    if !(age.abs() <= @tolerance@.0) {
        return false;
    }
",
    age_or_absent: "    // An old request may be a replay. The age of what is not a time is NaN.
    let age = now() - seconds(@name@)@divisor@;
    if !@name@.is_empty() && !(age.abs() <= @tolerance@.0) {
        return false;
    }
",
    milliseconds: " / 1000.0",
    form: "    let form = form_fields(body);\n",
    signed: "    let signed = @bytes@;\n",
    piece,
    join: |pieces| format!("[{}].concat()", pieces.join(", ")),
    expected,
    equal: "    given.ct_eq(expected.as_bytes()).into()\n",
    equal_any: "    items_of(list, @text@).iter().any(|given| given.ct_eq(expected.as_bytes()).into())\n",
    verify: "",
    verify_any: "",
    close: "}\n",
};

/// The code that verifies a plan's signature.
pub(super) fn write(plan: &Plan<'_>) -> Code {
    let mut parts = settings(plan);
    parts.push(RUST.function(plan));
    helpers(plan, &mut parts);
    let verify = parts.join("\n");
    let mut packages = vec!["subtle"];
    let mut imports = Vec::new();
    let encodings =
        ["BASE64", "BASE64_NOPAD", "BASE64URL_NOPAD", "HEXLOWER", "HEXLOWER_PERMISSIVE"];
    let used: Vec<_> =
        encodings.into_iter().filter(|name| verify.contains(&format!("{name}."))).collect();
    match used.as_slice() {
        [] => {}
        [one] => imports.push(format!("use data_encoding::{one};\n")),
        several => imports.push(format!("use data_encoding::{{{}}};\n", several.join(", "))),
    }
    if !used.is_empty() {
        packages.push("data-encoding");
    }
    if plan.algorithm.hmac().is_some() {
        imports.push("use hmac::{Hmac, KeyInit, Mac};\n".to_owned());
        packages.push("hmac@0.13");
    }
    if verify.contains("Sha1") {
        imports.push("use sha1::Sha1;\n".to_owned());
        packages.push("sha1@0.11");
    }
    for (mark, import) in
        [("Sha256::digest", "{Digest, Sha256}"), ("Sha256", "Sha256"), ("Sha512", "Sha512")]
    {
        if verify.contains(mark) && !packages.contains(&"sha2@0.11") {
            imports.push(format!("use sha2::{import};\n"));
            packages.push("sha2@0.11");
        }
    }
    imports.push("use subtle::ConstantTimeEq;\n".to_owned());
    if plan.body != BodyKind::Form {
        imports.push("use serde_json::value::RawValue;\n".to_owned());
    }
    if plan.age.is_some() {
        imports.push("use std::time::{SystemTime, UNIX_EPOCH};\n".to_owned());
    }
    for (mark, package) in
        [("form_urlencoded::", "form_urlencoded"), ("jiff::", "jiff"), ("crc32fast::", "crc32fast")]
    {
        if verify.contains(mark) || (mark == "form_urlencoded::" && plan.body == BodyKind::Form) {
            packages.push(package);
        }
    }
    packages.sort_unstable();
    imports.sort_unstable();
    Code { imports: imports.concat(), verify, parse: parse(plan.body).to_owned(), packages }
}

/// The function that parses the body.
pub(super) fn parse(body: BodyKind) -> &'static str {
    match body {
        BodyKind::Object => {
            "\
/// The event; nothing when the body is not a JSON object. Fields stay raw until you need them: `Value` would reject a
/// lone surrogate, which senders may write.
fn parse_event(body: &[u8]) -> Option<BTreeMap<String, &RawValue>> {
    serde_json::from_slice(body).ok()
}
"
        }
        BodyKind::Array => {
            "\
/// The events; nothing when the body is not a JSON array. Fields stay raw until you need them: `Value` would reject a
/// lone surrogate, which senders may write.
fn parse_event(body: &[u8]) -> Option<Vec<BTreeMap<String, &RawValue>>> {
    serde_json::from_slice(body).ok()
}
"
        }
        BodyKind::Form => {
            "\
/// The fields of the form.
fn parse_event(body: &[u8]) -> Option<BTreeMap<String, String>> {
    Some(form_urlencoded::parse(body).into_owned().collect())
}
"
        }
    }
}

fn piece(piece: &Piece, field: &str) -> String {
    match piece {
        Piece::Body => "body".to_owned(),
        Piece::Text(text) => format!("{}.as_bytes()", quote(text, Quoting::Rust)),
        Piece::Variable(name) => name.clone(),
        Piece::Setting(name) => format!("settings.{}.as_bytes()", name.to_ascii_lowercase()),
        Piece::Field(_) => field.to_owned(),
        Piece::Form => "form.as_bytes()".to_owned(),
        Piece::Secret => "&settings.key[..]".to_owned(),
        Piece::Hash(BodyHash::Crc32) => "crc32fast::hash(body).to_string().as_bytes()".to_owned(),
        Piece::Hash(BodyHash::Sha256) => {
            "HEXLOWER.encode(&Sha256::digest(body)).as_bytes()".to_owned()
        }
    }
}

fn hash(plan: &Plan<'_>) -> &'static str {
    match plan.algorithm {
        Algorithm::HmacSha1 => "Sha1",
        Algorithm::HmacSha512 => "Sha512",
        _ => "Sha256",
    }
}

fn expected(plan: &Plan<'_>, bytes: &str) -> String {
    let (before, digest) = match plan.algorithm {
        Algorithm::Token => (String::new(), "&settings.key".to_owned()),
        Algorithm::Sha256 => (String::new(), format!("&Sha256::digest({bytes})")),
        _ => (
            format!(
                "    let Ok(mac) = Hmac::<{}>::new_from_slice(&settings.key) else {{\n        return false;\n    }};\n",
                hash(plan)
            ),
            format!("&mac.chain_update({bytes}).finalize().into_bytes()"),
        ),
    };
    let text = match plan.encoding {
        Encoding::Hex => format!("HEXLOWER.encode({digest})"),
        Encoding::Base64 => format!("BASE64.encode({digest})"),
        Encoding::Base64Url => format!("BASE64URL_NOPAD.encode({digest})"),
        // The secret came from the environment as text.
        Encoding::Text => format!("String::from_utf8_lossy({digest}).into_owned()"),
    };
    let expected = match plan.layout.prefix() {
        "" => text,
        _ => format!("{}&{text}", prefix(plan, Quoting::Rust, ".to_owned() +")),
    };
    format!("{before}    let expected = {expected};\n")
}

fn settings(plan: &Plan<'_>) -> Vec<String> {
    let key = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => "setting(\"CZ_HOOK_SECRET\")?.into_bytes()",
        _ => "decode_key(&setting(\"CZ_HOOK_SECRET\")?)?",
    };
    let fields: String = plan
        .settings
        .iter()
        .map(|name| format!("    {}: String,\n", name.to_ascii_lowercase()))
        .collect();
    let values: String = plan
        .settings
        .iter()
        .map(|name| format!(", {}: setting(\"{name}\")?", name.to_ascii_lowercase()))
        .collect();
    let mut parts = vec![fill(
        "\
struct Settings {
    key: Vec<u8>,
@fields@}

impl Settings {
    /// The settings from the environment.
    fn read() -> Result<Self, String> {
        Ok(Self { key: @key@@values@ })
    }
}

fn setting(name: &str) -> Result<String, String> {
    match env::var(name) {
        Ok(value) if !value.is_empty() => Ok(value),
        _ => Err(format!(\"{name} is not set\")),
    }
}
",
        &[("fields", &fields), ("key", key), ("values", &values)],
    )];
    let (decode, name) = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => return parts,
        KeyForm::Hex => ("HEXLOWER_PERMISSIVE.decode(text.as_bytes())", "hexadecimal"),
        KeyForm::Base64 | KeyForm::Spki => (
            "BASE64_NOPAD.decode(text.replace('-', \"+\").replace('_', \"/\").trim_end_matches('=').as_bytes())",
            "base64",
        ),
    };
    let prefix = match plan.key_prefix {
        "" => String::new(),
        prefix => format!(
            "    let text = text.strip_prefix({}).unwrap_or(text);\n",
            quote(prefix, Quoting::Rust)
        ),
    };
    parts.push(fill(
        "\
/// The key is written in @name@.
fn decode_key(secret: &str) -> Result<Vec<u8>, String> {
    let text = secret.trim();
@prefix@    match @decode@ {
        Ok(key) if !key.is_empty() => Ok(key),
        _ => Err(\"CZ_HOOK_SECRET is not @name@\".to_owned()),
    }
}
",
        &[("name", name), ("prefix", &prefix), ("decode", decode)],
    ));
    parts
}

fn helpers(plan: &Plan<'_>, parts: &mut Vec<String>) {
    if let Some(list) = plan.items() {
        let shown = |byte: u8| match byte {
            b' '..=b'~' if !matches!(byte, b'\'' | b'\\') => format!("b'{}'", char::from(byte)),
            _ => format!("b'\\x{byte:02x}'"),
        };
        parts.push(fill(
            "\
/// The texts of the items with this name.
fn items_of<'v>(list: &'v [u8], name: &str) -> Vec<&'v [u8]> {
    let items = list.split(|byte| *byte == @separator@).map(<[u8]>::trim_ascii);
    let named = items.filter_map(|item| item.strip_prefix(name.as_bytes())?.strip_prefix(&[@assign@]));
    named.map(<[u8]>::trim_ascii).collect()
}
",
            &[("assign", &shown(list.assign)), ("separator", &shown(list.separator))],
        ));
    }
    if plan.age.is_some() {
        parts.push(
            "\
fn now() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
"
            .to_owned(),
        );
    }
    match plan.age.as_ref().map(|age| age.unit) {
        None => {}
        Some(Unit::Rfc3339) => parts.push(
            "\
/// The time in seconds since 1970; NaN when it is none.
fn seconds(text: &[u8]) -> f64 {
    let time = std::str::from_utf8(text).ok().and_then(|text| text.parse::<jiff::Timestamp>().ok());
    time.map_or(f64::NAN, |time| time.as_second() as f64)
}
"
            .to_owned(),
        ),
        Some(_) => parts.push(
            "\
/// The number; NaN when it is none.
fn seconds(text: &[u8]) -> f64 {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.parse::<u64>().ok());
    number.map_or(f64::NAN, |number| number as f64)
}
"
            .to_owned(),
        ),
    }
    if plan.reads_fields() {
        parts.push(
            "\
/// The text of a field: empty when it is absent or null, and nothing when it is an object or an array.
fn text_at(value: &Value, path: &[&str]) -> Option<String> {
    let found = path.iter().try_fold(value, |value, name| match value {
        Value::Array(list) => list.get(name.parse::<usize>().ok()?),
        other => other.get(name),
    });
    match found {
        None | Some(Value::Null) => Some(String::new()),
        Some(Value::String(text)) => Some(text.clone()),
        Some(Value::Number(number)) => Some(number.to_string()),
        Some(Value::Bool(truth)) => Some(truth.to_string()),
        Some(_) => None,
    }
}
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Form) {
        parts.push(
            "\
/// The names and values of the form, sorted, each pair once.
fn form_fields(body: &[u8]) -> String {
    let mut fields: Vec<_> = form_urlencoded::parse(body).collect();
    fields.sort_unstable();
    fields.dedup();
    fields.iter().map(|(name, value)| format!(\"{name}{value}\")).collect()
}
"
            .to_owned(),
        );
    }
}
