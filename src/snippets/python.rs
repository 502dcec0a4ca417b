//! Python with its standard library, and with `cryptography` for public keys.

use std::collections::BTreeSet;

use super::code::Code;
use super::dialect::{Dialect, has_raw_key, prefix};
use super::plan::{BodyKind, Piece, Plan};
use super::text::{Quoting, fill, mentions, quote};
use crate::webhook::signature::format::Encoding;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, BodyHash, Unit};

const PYTHON: Dialect = Dialect {
    quoting: Quoting::Python,
    open: "\
def is_genuine(header, body):
    # Whether the request is signed as `@provider@` signs: see the top.
",
    list_name: "items",
    signed_name: "signed",
    parse: "    event = parse_event(body)\n    if event is None:\n        return False\n",
    header: "    @name@ = header(@text@)\n    if @name@ is None:\n        return False\n",
    field: "    @name@ = text_at(event, @path@)\n    if @name@ is None:\n        return False\n",
    empty: "    if @name@ == \"\":\n        return False\n",
    item: "    found = items_of(items, @text@)
    if len(found) != 1:
        return False
    @name@ = found[0]
",
    age: "    # An old request may be a replay. The age of what is not a time is NaN.
    age = time.time() - seconds(@name@)@divisor@
    if not abs(age) <= @tolerance@:
        return False
",
    age_or_absent: "    # An old request may be a replay. The age of what is not a time is NaN.
    age = time.time() - seconds(@name@)@divisor@
    if @name@ != \"\" and not abs(age) <= @tolerance@:
        return False
",
    milliseconds: " / 1000",
    form: "    form = form_fields(body)\n",
    signed: "    signed = @bytes@\n",
    piece,
    join: |pieces| match pieces {
        [one] => one.clone(),
        _ => format!("b\"\".join([{}])", pieces.join(", ")),
    },
    expected,
    equal: "    return is_equal(given, expected)\n",
    equal_any: "    return any([is_equal(given, expected) for given in items_of(items, @text@)])\n",
    verify: "    return is_signed(given, @bytes@)\n",
    verify_any: "    return any(is_signed(given, @bytes@) for given in items_of(items, @text@))\n",
    close: "",
};

const SETTING: &str = "\
def setting(name):
    value = os.environ.get(name, \"\")
    if not value:
        raise SystemExit(f\"{name} is not set\")
    return value
";

/// The code that verifies a plan's signature.
pub(super) fn write(plan: &Plan<'_>) -> Code {
    let mut parts = settings(plan);
    parts.push(PYTHON.function(plan));
    helpers(plan, &mut parts);
    let verify = parts.join("\n\n");
    let parse = parse(plan.body);
    let modules = ["base64", "datetime", "hashlib", "hmac", "re", "time", "urllib.parse", "zlib"];
    let used = modules.into_iter().filter(|module| {
        let name = module.split('.').next().unwrap_or_default();
        mentions(&verify, name) && verify.contains(&format!("{name}.")) || mentions(parse, name)
    });
    let mut imports: BTreeSet<_> = used.map(|module| format!("import {module}\n")).collect();
    let mut packages = Vec::new();
    if plan.algorithm.has_public_key() {
        packages.push("cryptography");
        imports.insert("from cryptography.exceptions import InvalidSignature\n".to_owned());
        imports.insert(format!(
            "from cryptography.hazmat.primitives.asymmetric import {}\n",
            match plan.algorithm {
                Algorithm::Ed25519 => "ed25519",
                Algorithm::RsaSha256 => "padding",
                _ => "ec",
            }
        ));
        let names = ["hashes", "serialization"];
        let used: Vec<_> =
            names.into_iter().filter(|name| verify.contains(&format!("{name}."))).collect();
        imports.insert(format!("from cryptography.hazmat.primitives import {}\n", used.join(", ")));
        if verify.contains("x509.") {
            imports.insert("from cryptography import x509\n".to_owned());
        }
    }
    Code { imports: imports.into_iter().collect(), verify, parse: parse.to_owned(), packages }
}

/// The function that parses the body.
pub(super) fn parse(body: BodyKind) -> &'static str {
    match body {
        BodyKind::Object => {
            "\
def parse_event(body):
    # The event; None when the body is not a JSON object.
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None
"
        }
        BodyKind::Array => {
            "\
def parse_event(body):
    # The events; None when the body is not a JSON array.
    try:
        value = json.loads(body)
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, list) else None
"
        }
        BodyKind::Form => {
            "\
def parse_event(body):
    # The fields of the form; None when it has too many.
    try:
        return dict(urllib.parse.parse_qsl(body.decode(errors=\"replace\"), keep_blank_values=True, max_num_fields=1000))
    except ValueError:
        return None
"
        }
    }
}

fn literal(text: &str) -> String {
    match text.is_ascii() {
        true => format!("b{}", quote(text, Quoting::Python).replace("\\U000000", "\\x")),
        false => format!("{}.encode()", quote(text, Quoting::Python)),
    }
}

fn piece(piece: &Piece, field: &str) -> String {
    match piece {
        Piece::Body => "body".to_owned(),
        Piece::Text(text) => literal(text),
        // HTTP gives each byte of a header as one character.
        Piece::Variable(name) => format!("{name}.encode(\"latin-1\")"),
        Piece::Setting(name) => format!("{name}.encode()"),
        Piece::Field(_) => format!("{field}.encode(errors=\"replace\")"),
        Piece::Form => "form".to_owned(),
        Piece::Secret => "KEY".to_owned(),
        Piece::Hash(BodyHash::Crc32) => "str(zlib.crc32(body)).encode()".to_owned(),
        Piece::Hash(BodyHash::Sha256) => "hashlib.sha256(body).hexdigest().encode()".to_owned(),
    }
}

fn expected(plan: &Plan<'_>, bytes: &str) -> String {
    let prefix = prefix(plan, Quoting::Python, "+");
    let digest = match plan.algorithm {
        Algorithm::Token => "KEY".to_owned(),
        Algorithm::Sha256 => format!("hashlib.sha256({bytes})"),
        _ => format!("hmac.new(KEY, {bytes}, hashlib.{})", plan.hash()),
    };
    let bytes = match plan.algorithm {
        Algorithm::Token => digest.clone(),
        _ => format!("{digest}.digest()"),
    };
    let text = match plan.encoding {
        Encoding::Hex if plan.algorithm == Algorithm::Token => "KEY.hex()".to_owned(),
        Encoding::Hex => format!("{digest}.hexdigest()"),
        Encoding::Base64 => format!("base64.b64encode({bytes}).decode()"),
        Encoding::Base64Url => format!("base64.urlsafe_b64encode({bytes}).decode().rstrip(\"=\")"),
        Encoding::Text => format!("{bytes}.decode(\"latin-1\")"),
    };
    format!("    expected = {prefix}{text}\n")
}

fn settings(plan: &Plan<'_>) -> Vec<String> {
    let secret = "setting(\"CZ_HOOK_SECRET\")";
    let key = match (plan.algorithm.has_public_key(), plan.key_form) {
        (false, KeyForm::Raw | KeyForm::Pem) => format!("{secret}.encode()"),
        (false, _) => format!("decode_key({secret})"),
        (true, _) => format!("public_key({secret})"),
    };
    let mut parts = vec![SETTING.to_owned()];
    let decoding = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => None,
        KeyForm::Hex => Some(("bytes.fromhex(text)", "hexadecimal")),
        KeyForm::Base64 | KeyForm::Spki => Some((
            "base64.b64decode(text.rstrip(\"=\") + \"=\" * (-len(text.rstrip(\"=\")) % 4), validate=True)",
            "base64",
        )),
    };
    if let Some((decode, name)) = decoding {
        let prefix = match plan.key_prefix {
            "" => String::new(),
            prefix => {
                let text = quote(prefix, Quoting::Python);
                format!(
                    "    if text.startswith({text}):\n        text = text[{} :]\n",
                    prefix.chars().count()
                )
            }
        };
        let alphabet = match name {
            "base64" => "    text = text.replace(\"-\", \"+\").replace(\"_\", \"/\")\n",
            _ => "",
        };
        parts.push(fill(
            "\
def decode_key(secret):
    # The key is written in @name@.
    text = secret.strip()
@prefix@@alphabet@    try:
        key = @decode@
    except ValueError:
        key = b\"\"
    if not key:
        raise SystemExit(\"CZ_HOOK_SECRET is not @name@\")
    return key
",
            &[("name", name), ("prefix", &prefix), ("alphabet", alphabet), ("decode", decode)],
        ));
    }
    if plan.algorithm.has_public_key() {
        let other = match (plan.key_form, has_raw_key(plan)) {
            (KeyForm::Raw | KeyForm::Pem, _) => "    raise ValueError(\"expected PEM\")\n",
            (_, true) => {
                "    return ed25519.Ed25519PublicKey.from_public_bytes(decode_key(secret))\n"
            }
            (_, false) => "    return serialization.load_der_public_key(decode_key(secret))\n",
        };
        parts.push(fill(
            "\
def public_key(secret):
    if \"-----BEGIN CERTIFICATE\" in secret:
        return x509.load_pem_x509_certificate(secret.encode()).public_key()
    if \"-----BEGIN\" in secret:
        return serialization.load_pem_public_key(secret.encode())
@other@",
            &[("other", other)],
        ));
    }
    let others = plan.settings.iter().map(|name| format!("{name} = setting(\"{name}\")\n"));
    parts.push(format!("KEY = {key}\n{}", others.collect::<String>()));
    parts
}

fn helpers(plan: &Plan<'_>, parts: &mut Vec<String>) {
    if plan.algorithm.has_public_key() {
        let arguments = match plan.algorithm {
            Algorithm::Ed25519 => "",
            Algorithm::RsaSha256 => ", padding.PKCS1v15(), hashes.SHA256()",
            _ => ", ec.ECDSA(hashes.SHA256())",
        };
        let (decode, encode) = match plan.encoding {
            Encoding::Hex => ("bytes.fromhex(text)", "signature.hex()"),
            Encoding::Base64 => ("base64.b64decode(text)", "base64.b64encode(signature).decode()"),
            _ => (
                "base64.urlsafe_b64decode(text + \"==\")",
                "base64.urlsafe_b64encode(signature).decode().rstrip(\"=\")",
            ),
        };
        let prefix = match plan.layout.prefix() {
            "" => String::new(),
            prefix => fill(
                "    if not text.startswith(@text@):\n        return False\n    text = text[@length@ :]\n",
                &[
                    ("text", &quote(prefix, Quoting::Python)),
                    ("length", &prefix.chars().count().to_string()),
                ],
            ),
        };
        parts.push(fill(
            "\
def is_signed(text, signed):
    # Whether the text is the signature of the bytes.
@prefix@    try:
        signature = @decode@
        # The decoder ignores some characters.
        if @encode@ != text:
            return False
        KEY.verify(signature, signed@arguments@)
    except (ValueError, InvalidSignature):
        return False
    return True
",
            &[
                ("prefix", &prefix),
                ("decode", decode),
                ("encode", encode),
                ("arguments", arguments),
            ],
        ));
    } else {
        parts.push(
            "\
def is_equal(given, expected):
    # Compares bytes in constant time: compare_digest raises on text that is not ASCII.
    return hmac.compare_digest(given.encode(\"latin-1\"), expected.encode(\"latin-1\"))
"
            .to_owned(),
        );
    }
    if let Some(list) = plan.items() {
        let one = |byte: u8| quote(&char::from(byte).to_string(), Quoting::Python);
        parts.push(fill(
            "\
def items_of(value, name):
    # The texts of the items with this name.
    start = name + @assign@
    items = [item.strip() for item in value.split(@separator@)]
    return [item[len(start) :].strip() for item in items if item.startswith(start)]
",
            &[("assign", &one(list.assign)), ("separator", &one(list.separator))],
        ));
    }
    match plan.age.as_ref().map(|age| age.unit) {
        None => {}
        Some(Unit::Rfc3339) => parts.push(
            "\
def seconds(text):
    # The time in seconds since 1970; NaN when it is none.
    if not re.fullmatch(r\"[0-9]{4}(-[0-9]{2}){2}T[0-9]{2}(:[0-9]{2}){2}([.][0-9]+)?Z\", text):
        return float(\"nan\")
    try:
        return datetime.datetime.fromisoformat(text[:19] + \"+00:00\").timestamp()
    except (ValueError, OverflowError):
        return float(\"nan\")
"
            .to_owned(),
        ),
        Some(_) => parts.push(
            "\
def seconds(text):
    # The number; NaN when it is none.
    return int(text) if re.fullmatch(\"[0-9]{1,15}\", text) else float(\"nan\")
"
            .to_owned(),
        ),
    }
    if plan.reads_fields() {
        parts.push(
            "\
def text_at(value, *path):
    # The text of a field that is a string, a truth value or a whole number: \"\" when it is absent or null, and None
    # when it is something else.
    for name in path:
        if isinstance(value, dict):
            value = value.get(name)
        elif isinstance(value, list) and name.isdecimal() and int(name) < len(value):
            value = value[int(name)]
        else:
            value = None
    if value is None:
        return \"\"
    if isinstance(value, bool):
        return \"true\" if value else \"false\"
    return str(value) if isinstance(value, (str, int)) else None
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Form) {
        parts.push(
            "\
def form_fields(body):
    # The names and values of the form, sorted, each pair once.
    fields = urllib.parse.parse_qsl(body.decode(errors=\"replace\"), keep_blank_values=True)
    return \"\".join(name + value for name, value in sorted(set(fields))).encode(errors=\"replace\")
"
            .to_owned(),
        );
    }
}

/// The settings of a library, which reads the secret as text.
pub(super) fn library_settings(names: &[String]) -> String {
    let others = names.iter().map(|name| format!("{name} = setting(\"{name}\")\n"));
    format!("{SETTING}\n\nSECRET = setting(\"CZ_HOOK_SECRET\")\n{}", others.collect::<String>())
}
