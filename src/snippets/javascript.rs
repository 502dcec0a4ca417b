//! JavaScript with `node:crypto`, which Node.js, Deno, Bun and Cloudflare Workers have.

use super::code::Code;
use super::dialect::{Dialect, has_raw_key, prefix};
use super::plan::{BodyKind, Piece, Plan};
use super::text::{Quoting, fill, quote};
use crate::webhook::signature::format::Encoding;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, BodyHash, Unit};

const JAVASCRIPT: Dialect = Dialect {
    quoting: Quoting::JavaScript,
    open: "\
// Whether the request is signed as `@provider@` signs: see the top.
function isGenuine({ key@settings@ }, header, body) {
",
    list_name: "list",
    signed_name: "signed",
    parse: "  const event = parseEvent(body)\n  if (!event) return false\n",
    header: "  const @name@ = header(@text@)\n  if (@name@ === null) return false\n",
    field: "  const @name@ = textAt(event, @path@)\n  if (@name@ === null) return false\n",
    empty: "  if (@name@ === '') return false\n",
    item: "  const [@name@, ...@name@s] = itemsOf(list, @text@)
  if (@name@ === undefined || @name@s.length > 0) return false
",
    age: "  // An old request may be a replay. The age of what is not a time is NaN.
  const age = Date.now() / 1000 - seconds(@name@)@divisor@
  if (!(Math.abs(age) <= @tolerance@)) return false
",
    age_or_absent: "  // An old request may be a replay. The age of what is not a time is NaN.
  const age = Date.now() / 1000 - seconds(@name@)@divisor@
  if (@name@ !== '' && !(Math.abs(age) <= @tolerance@)) return false
",
    milliseconds: " / 1000",
    form: "  const form = formFields(body)\n",
    signed: "  const signed = @bytes@\n",
    piece,
    join: |pieces| {
        // HTTP gives each byte of a header as one character.
        format!("Buffer.concat([{}].map((part) => Buffer.from(part, 'latin1')))", pieces.join(", "))
    },
    expected,
    equal: "  return isEqual(given, expected)\n",
    equal_any: "  return itemsOf(list, @text@).some((given) => isEqual(given, expected))\n",
    verify: "  return isSigned(given, @bytes@, key)\n",
    verify_any: "  return itemsOf(list, @text@).some((given) => isSigned(given, @bytes@, key))\n",
    close: "}\n",
};

/// The code that verifies a plan's signature.
pub(super) fn write(plan: &Plan<'_>) -> Code {
    let mut parts = settings(plan);
    parts.push(JAVASCRIPT.function(plan));
    helpers(plan, &mut parts);
    let verify = parts.join("\n");
    let names = ["createHash", "createHmac", "createPublicKey", "timingSafeEqual", "verify"];
    let used: Vec<_> =
        names.into_iter().filter(|name| verify.contains(&format!("{name}("))).collect();
    let imports = format!("import {{ {} }} from 'node:crypto'\n", used.join(", "));
    Code { imports, verify, parse: parse(plan.body).to_owned(), packages: Vec::new() }
}

/// The function that parses the body.
pub(super) fn parse(body: BodyKind) -> &'static str {
    match body {
        BodyKind::Object => {
            "\
// The event; null when the body is not a JSON object.
function parseEvent(body) {
  try {
    const value = JSON.parse(body.toString())
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
"
        }
        BodyKind::Array => {
            "\
// The events; null when the body is not a JSON array.
function parseEvent(body) {
  try {
    const value = JSON.parse(body.toString())
    return Array.isArray(value) ? value : null
  } catch {
    return null
  }
}
"
        }
        BodyKind::Form => {
            "\
// The fields of the form.
function parseEvent(body) {
  return new URLSearchParams(body.toString())
}
"
        }
    }
}

fn piece(piece: &Piece, field: &str) -> String {
    match piece {
        Piece::Body => "body".to_owned(),
        Piece::Text(text) if text.is_ascii() => quote(text, Quoting::JavaScript),
        Piece::Text(text) => format!("Buffer.from({})", quote(text, Quoting::JavaScript)),
        Piece::Variable(name) => name.clone(),
        Piece::Setting(name) => format!("Buffer.from({name})"),
        Piece::Field(_) => format!("Buffer.from({field})"),
        Piece::Form => "form".to_owned(),
        Piece::Secret => "key".to_owned(),
        Piece::Hash(BodyHash::Crc32) => "crc32(body)".to_owned(),
        Piece::Hash(BodyHash::Sha256) => {
            "createHash('sha256').update(body).digest('hex')".to_owned()
        }
    }
}

fn encoding(plan: &Plan<'_>) -> &'static str {
    match plan.encoding {
        Encoding::Hex => "hex",
        Encoding::Base64 => "base64",
        Encoding::Base64Url => "base64url",
        Encoding::Text => "latin1",
    }
}

fn expected(plan: &Plan<'_>, bytes: &str) -> String {
    let prefix = prefix(plan, Quoting::JavaScript, "+");
    let encoding = encoding(plan);
    let text = match plan.algorithm {
        Algorithm::Token => format!("key.toString('{encoding}')"),
        Algorithm::Sha256 => format!("createHash('sha256').update({bytes}).digest('{encoding}')"),
        _ => format!("createHmac('{}', key).update({bytes}).digest('{encoding}')", plan.hash()),
    };
    format!("  const expected = {prefix}{text}\n")
}

fn settings(plan: &Plan<'_>) -> Vec<String> {
    let key = match (plan.algorithm.has_public_key(), plan.key_form) {
        (false, KeyForm::Raw | KeyForm::Pem) => "Buffer.from(secret)",
        (false, _) => "decodeKey(secret)",
        (true, KeyForm::Raw | KeyForm::Pem) => "createPublicKey(secret)",
        (true, _) => "publicKey(secret)",
    };
    let others: String =
        plan.settings.iter().map(|name| format!(", {name}: setting('{name}')")).collect();
    let mut parts = vec![fill(
        "\
// The settings from the environment.
function readSettings() {
  const secret = setting('CZ_HOOK_SECRET')
  return { key: @key@@others@ }
}

function setting(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}
",
        &[("key", key), ("others", &others)],
    )];
    if key == "publicKey(secret)" {
        let raw = "\
function publicKey(secret) {
  if (secret.includes('-----BEGIN')) return createPublicKey(secret)
  const bytes = decodeKey(secret)
  if (bytes.length !== 32) throw new Error('CZ_HOOK_SECRET is not an Ed25519 public key')
  // The format SubjectPublicKeyInfo begins like this.
  const spki = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), bytes])
  return createPublicKey({ key: spki, format: 'der', type: 'spki' })
}
";
        let spki = "\
function publicKey(secret) {
  if (secret.includes('-----BEGIN')) return createPublicKey(secret)
  return createPublicKey({ key: decodeKey(secret), format: 'der', type: 'spki' })
}
";
        parts.push(if has_raw_key(plan) { raw } else { spki }.to_owned());
    }
    let (pattern, name) = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => return parts,
        KeyForm::Hex => ("/^([0-9a-f]{2})+$/i", "hex"),
        KeyForm::Base64 | KeyForm::Spki => ("/^[A-Za-z0-9+/_-]{2,}=*$/", "base64"),
    };
    let prefix = match plan.key_prefix {
        "" => String::new(),
        prefix => format!(
            "  if (text.startsWith({0})) text = text.slice({0}.length)\n",
            quote(prefix, Quoting::JavaScript)
        ),
    };
    let keyword = if prefix.is_empty() { "const" } else { "let" };
    parts.push(fill(
        "\
// The key is written in @name@.
function decodeKey(secret) {
  @keyword@ text = secret.trim()
@prefix@  if (!@pattern@.test(text)) throw new Error('CZ_HOOK_SECRET is not @name@')
  return Buffer.from(text, '@name@')
}
",
        &[("keyword", keyword), ("prefix", &prefix), ("pattern", pattern), ("name", name)],
    ));
    parts
}

fn helpers(plan: &Plan<'_>, parts: &mut Vec<String>) {
    if plan.algorithm.has_public_key() {
        let hash = if plan.algorithm == Algorithm::Ed25519 { "null" } else { "'sha256'" };
        let (prefix, text) = match plan.layout.prefix() {
            "" => (String::new(), "text".to_owned()),
            text => {
                let text = quote(text, Quoting::JavaScript);
                (format!("{text} + "), format!("text.slice({text}.length)"))
            }
        };
        parts.push(fill(
            "\
// Whether the text is the signature of the bytes.
function isSigned(text, bytes, key) {
  const signature = Buffer.from(@text@, '@encoding@')
  // Buffer.from ignores what it cannot read.
  return @prefix@signature.toString('@encoding@') === text && verify(@hash@, bytes, key, signature)
}
",
            &[("encoding", encoding(plan)), ("hash", hash), ("prefix", &prefix), ("text", &text)],
        ));
    } else {
        parts.push(
            "\
// Compares in constant time.
function isEqual(given, expected) {
  const [a, b] = [Buffer.from(given, 'latin1'), Buffer.from(expected, 'latin1')]
  // timingSafeEqual throws when the lengths differ.
  return a.length === b.length && timingSafeEqual(a, b)
}
"
            .to_owned(),
        );
    }
    if let Some(list) = plan.items() {
        let one = |byte: u8| quote(&char::from(byte).to_string(), Quoting::JavaScript);
        parts.push(fill(
            "\
// The texts of the items with this name.
function itemsOf(list, name) {
  const start = name + @assign@
  const items = list.split(@separator@).map((item) => item.trim())
  return items.filter((item) => item.startsWith(start)).map((item) => item.slice(start.length).trim())
}
",
            &[("assign", &one(list.assign)), ("separator", &one(list.separator))],
        ));
    }
    match plan.age.as_ref().map(|age| age.unit) {
        None => {}
        Some(Unit::Rfc3339) => parts.push(
            "\
// The time in seconds since 1970; NaN when it is none.
function seconds(text) {
  const match = /^(\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d)(\\.\\d+)?Z$/.exec(text)
  return match ? Date.parse(`${match[1]}Z`) / 1000 : NaN
}
"
            .to_owned(),
        ),
        Some(_) => parts.push(
            "\
// The number; NaN when it is none.
function seconds(text) {
  return /^\\d{1,15}$/.test(text) ? Number(text) : NaN
}
"
            .to_owned(),
        ),
    }
    if plan.reads_fields() {
        parts.push(
            "\
// The text of a field that is a string, a truth value or a whole number: '' when it is absent or null, and null when
// it is something else.
function textAt(value, ...path) {
  for (const name of path) {
    const isThere = value !== null && typeof value === 'object' && Object.hasOwn(value, name)
    value = isThere ? value[name] : null
  }
  if (value === null) return ''
  const isText = ['string', 'boolean'].includes(typeof value) || Number.isSafeInteger(value)
  return isText ? String(value) : null
}
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Form) {
        parts.push(
            "\
// The names and values of the form, sorted, each pair once.
function formFields(body) {
  const pairs = [...new URLSearchParams(body.toString())].map((pair) => JSON.stringify(pair))
  const once = [...new Set(pairs)].map((pair) => JSON.parse(pair).map((text) => Buffer.from(text)))
  once.sort((a, b) => Buffer.compare(a[0], b[0]) || Buffer.compare(a[1], b[1]))
  return Buffer.concat(once.flat())
}
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Hash(BodyHash::Crc32)) {
        parts.push(
            "\
// The CRC-32 in decimal. Node.js 22 has it in node:zlib.
function crc32(body) {
  let crc = ~0
  for (const byte of body) {
    crc ^= byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1
  }
  return String(~crc >>> 0)
}
"
            .to_owned(),
        );
    }
}

/// The settings of a library, which reads the secret as text.
pub(super) fn library_settings(names: &[String]) -> String {
    let others: String = names.iter().map(|name| format!(", {name}: setting('{name}')")).collect();
    fill(
        "\
// The settings from the environment.
function readSettings() {
  return { secret: setting('CZ_HOOK_SECRET')@others@ }
}

function setting(name) {
  const value = process.env[name]
  if (!value) throw new Error(`${name} is not set`)
  return value
}
",
        &[("others", &others)],
    )
}
