//! PHP 8 with its extensions `hash`, `openssl` and `sodium`.

use super::code::Code;
use super::dialect::{Dialect, has_raw_key, prefix};
use super::plan::{BodyKind, Piece, Plan};
use super::text::{Quoting, fill, quote};
use crate::webhook::signature::format::Encoding;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, BodyHash, Unit};

const PHP: Dialect = Dialect {
    quoting: Quoting::PhpOrRuby,
    open: "\
// Whether the request is signed as `@provider@` signs: see the top.
function isGenuine(string $key, string $body): bool
{
",
    list_name: "list",
    signed_name: "$signed",
    parse: "    $event = parseEvent($body);\n    if ($event === null) {\n        return false;\n    }\n",
    header: "    $@name@ = headerOf(@text@);\n    if ($@name@ === null) {\n        return false;\n    }\n",
    field: "    $@name@ = textAt($event, @path@);\n    if ($@name@ === null) {\n        return false;\n    }\n",
    empty: "    if ($@name@ === '') {\n        return false;\n    }\n",
    item: "    $found = itemsOf($list, @text@);
    if (count($found) !== 1) {
        return false;
    }
    $@name@ = $found[0];
",
    age: "    // An old request may be a replay. The age of what is not a time is NaN.
    $age = time() - seconds($@name@)@divisor@;
    if (!(abs($age) <= @tolerance@)) {
        return false;
    }
",
    age_or_absent: "    // An old request may be a replay. The age of what is not a time is NaN.
    $age = time() - seconds($@name@)@divisor@;
    if ($@name@ !== '' && !(abs($age) <= @tolerance@)) {
        return false;
    }
",
    milliseconds: " / 1000",
    form: "    $form = formFields($body);\n",
    signed: "    $signed = @bytes@;\n",
    piece,
    join: |pieces| pieces.join(" . "),
    expected,
    equal: "    return hash_equals($expected, $given);\n",
    equal_any: "    foreach (itemsOf($list, @text@) as $given) {
        if (hash_equals($expected, $given)) {
            return true;
        }
    }
    return false;
",
    verify: "    return isSigned($given, @bytes@, $key);\n",
    verify_any: "    foreach (itemsOf($list, @text@) as $given) {
        if (isSigned($given, @bytes@, $key)) {
            return true;
        }
    }
    return false;
",
    close: "}\n",
};

/// The code that verifies a plan's signature.
pub(super) fn write(plan: &Plan<'_>) -> Code {
    let mut parts = settings(plan);
    parts.push(PHP.function(plan));
    helpers(plan, &mut parts);
    Code {
        imports: String::new(),
        verify: parts.join("\n"),
        parse: parse(plan.body).to_owned(),
        packages: Vec::new(),
    }
}

/// The function that parses the body.
pub(super) fn parse(body: BodyKind) -> &'static str {
    match body {
        BodyKind::Object => {
            "\
// The event; null when the body is not a JSON object.
function parseEvent(string $body): ?stdClass
{
    $value = json_decode($body);
    return $value instanceof stdClass ? $value : null;
}
"
        }
        BodyKind::Array => {
            "\
// The events; null when the body is not a JSON array.
function parseEvent(string $body): ?array
{
    $value = json_decode($body);
    return is_array($value) ? $value : null;
}
"
        }
        BodyKind::Form => {
            "\
// The fields of the form. PHP writes some characters of their names as underscores.
function parseEvent(string $body): ?array
{
    parse_str($body, $fields);
    return $fields;
}
"
        }
    }
}

fn piece(piece: &Piece, field: &str) -> String {
    match piece {
        Piece::Body => "$body".to_owned(),
        Piece::Text(text) => quote(text, Quoting::PhpOrRuby),
        Piece::Variable(name) => format!("${name}"),
        Piece::Setting(name) => format!("setting('{name}')"),
        Piece::Field(_) => format!("${field}"),
        Piece::Form => "$form".to_owned(),
        Piece::Secret => "$key".to_owned(),
        Piece::Hash(BodyHash::Crc32) => "(string) crc32($body)".to_owned(),
        Piece::Hash(BodyHash::Sha256) => "hash('sha256', $body)".to_owned(),
    }
}

fn expected(plan: &Plan<'_>, bytes: &str) -> String {
    let prefix = prefix(plan, Quoting::PhpOrRuby, ".");
    let raw = if plan.encoding == Encoding::Hex { "" } else { ", true" };
    let digest = match plan.algorithm {
        Algorithm::Token if plan.encoding == Encoding::Hex => "bin2hex($key)".to_owned(),
        Algorithm::Token => "$key".to_owned(),
        Algorithm::Sha256 => format!("hash('sha256', {bytes}{raw})"),
        _ => format!("hash_hmac('{}', {bytes}, $key{raw})", plan.hash()),
    };
    let text = match plan.encoding {
        Encoding::Hex | Encoding::Text => digest,
        Encoding::Base64 => format!("base64_encode({digest})"),
        Encoding::Base64Url => format!("rtrim(strtr(base64_encode({digest}), '+/', '-_'), '=')"),
    };
    format!("    $expected = {prefix}{text};\n")
}

fn settings(plan: &Plan<'_>) -> Vec<String> {
    let public = plan.algorithm.has_public_key();
    let secret = "setting('CZ_HOOK_SECRET')";
    let key = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => secret.to_owned(),
        _ if public && !has_raw_key(plan) => format!("publicKey({secret})"),
        _ => format!("decodeKey({secret})"),
    };
    let checks: String =
        plan.settings.iter().map(|name| format!("    setting('{name}');\n")).collect();
    let mut parts = vec![fill(
        "\
// The key, from the environment.
function readKey(): string
{
@checks@    return @key@;
}

function setting(string $name): string
{
    $value = (string) getenv($name);
    return $value !== '' ? $value : notConfigured(\"$name is not set\");
}
",
        &[("checks", &checks), ("key", &key)],
    )];
    if key.starts_with("publicKey") {
        parts.push(
            "\
// The key in PEM.
function publicKey(string $secret): string
{
    if (str_contains($secret, '-----BEGIN')) {
        return $secret;
    }
    $text = chunk_split(base64_encode(decodeKey($secret)), 64);
    return \"-----BEGIN PUBLIC KEY-----\\n{$text}-----END PUBLIC KEY-----\\n\";
}
"
            .to_owned(),
        );
    }
    let (decode, name) = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => return parts,
        KeyForm::Hex => {
            ("ctype_xdigit($text) && strlen($text) % 2 === 0 ? hex2bin($text) : ''", "hexadecimal")
        }
        KeyForm::Base64 | KeyForm::Spki => {
            ("base64_decode(strtr(rtrim($text, '='), '-_', '+/'), true)", "base64")
        }
    };
    let prefix = match plan.key_prefix {
        "" => String::new(),
        prefix => fill(
            "    if (str_starts_with($text, @text@)) {\n        $text = substr($text, @length@);\n    }\n",
            &[("text", &quote(prefix, Quoting::PhpOrRuby)), ("length", &prefix.len().to_string())],
        ),
    };
    let length = match has_raw_key(plan) && public {
        true => " && strlen($key) === 32",
        false => "",
    };
    parts.push(fill(
        "\
// The key is written in @name@.
function decodeKey(string $secret): string
{
    $text = trim($secret);
@prefix@    $key = (string) (@decode@);
    return $key !== ''@length@ ? $key : notConfigured('CZ_HOOK_SECRET is not @what@');
}
",
        &[
            ("name", name),
            ("prefix", &prefix),
            ("decode", decode),
            ("length", length),
            ("what", if length.is_empty() { name } else { "an Ed25519 public key" }),
        ],
    ));
    parts
}

fn helpers(plan: &Plan<'_>, parts: &mut Vec<String>) {
    if plan.algorithm.has_public_key() {
        let check = match plan.algorithm {
            Algorithm::Ed25519 if has_raw_key(plan) => {
                "strlen($signature) === SODIUM_CRYPTO_SIGN_BYTES\n        && sodium_crypto_sign_verify_detached($signature, $signed, $key)"
            }
            _ => "openssl_verify($signed, $signature, $key, OPENSSL_ALGO_SHA256) === 1",
        };
        let (decode, encode) = match plan.encoding {
            Encoding::Hex => (
                "ctype_xdigit($text) && strlen($text) % 2 === 0 ? hex2bin($text) : ''",
                "bin2hex($signature)",
            ),
            Encoding::Base64 => ("base64_decode($text, true)", "base64_encode($signature)"),
            _ => (
                "base64_decode(strtr($text, '-_', '+/'), true)",
                "rtrim(strtr(base64_encode($signature), '+/', '-_'), '=')",
            ),
        };
        let prefix = match plan.layout.prefix() {
            "" => String::new(),
            prefix => fill(
                "    if (!str_starts_with($text, @text@)) {\n        return false;\n    }\n    $text = substr($text, @length@);\n",
                &[
                    ("text", &quote(prefix, Quoting::PhpOrRuby)),
                    ("length", &prefix.len().to_string()),
                ],
            ),
        };
        parts.push(fill(
            "\
// Whether the text is the signature of the bytes.
function isSigned(string $text, string $signed, string $key): bool
{
@prefix@    $signature = (string) (@decode@);
    return @encode@ === $text && $text !== ''
        && @check@;
}
",
            &[("prefix", &prefix), ("decode", decode), ("encode", encode), ("check", check)],
        ));
    }
    if let Some(list) = plan.items() {
        let one = |byte: u8| quote(&char::from(byte).to_string(), Quoting::PhpOrRuby);
        parts.push(fill(
            "\
// The texts of the items with this name.
function itemsOf(string $list, string $name): array
{
    $start = $name . @assign@;
    $items = array_map('trim', explode(@separator@, $list));
    $named = array_filter($items, fn ($item) => str_starts_with($item, $start));
    return array_values(array_map(fn ($item) => trim(substr($item, strlen($start))), $named));
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
function seconds(string $text): float
{
    $isTime = preg_match('/\\A\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d(\\.\\d+)?Z\\z/', $text);
    $time = $isTime ? strtotime(substr($text, 0, 19) . 'Z') : false;
    return $time === false ? NAN : (float) $time;
}
"
            .to_owned(),
        ),
        Some(_) => parts.push(
            "\
// The number; NaN when it is none.
function seconds(string $text): float
{
    return preg_match('/\\A\\d{1,15}\\z/', $text) ? (float) $text : NAN;
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
function textAt(mixed $value, string ...$path): ?string
{
    foreach ($path as $name) {
        $value = $value instanceof stdClass ? $value->$name ?? null : (is_array($value) ? $value[$name] ?? null : null);
    }
    return match (true) {
        $value === null => '',
        is_bool($value) => $value ? 'true' : 'false',
        is_string($value), is_int($value) => (string) $value,
        default => null,
    };
}
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Form) {
        parts.push(
            "\
// The names and values of the form, sorted, each pair once.
function formFields(string $body): string
{
    $fields = [];
    foreach (array_filter(explode('&', $body), 'strlen') as $field) {
        [$name, $value] = explode('=', $field, 2) + [1 => ''];
        $fields[] = [urldecode($name), urldecode($value)];
    }
    usort($fields, fn ($a, $b) => strcmp($a[0], $b[0]) ?: strcmp($a[1], $b[1]));
    $once = array_filter($fields, fn ($at) => $at === 0 || $fields[$at] !== $fields[$at - 1], ARRAY_FILTER_USE_KEY);
    return implode('', array_merge(...$once));
}
"
            .to_owned(),
        );
    }
}
