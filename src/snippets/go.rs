//! Go with its standard library.

use std::collections::BTreeSet;

use super::code::Code;
use super::dialect::{Dialect, has_raw_key, prefix};
use super::plan::{BodyKind, Piece, Plan};
use super::text::{Quoting, camel, fill, quote};
use crate::webhook::signature::format::Encoding;
use crate::webhook::signature::key::KeyForm;
use crate::webhook::signature::scheme::{Algorithm, BodyHash, Unit};

const GO: Dialect = Dialect {
    quoting: Quoting::Go,
    open: "\
// isGenuine reports whether the request is signed as `@provider@` signs: see the top.
func isGenuine(r *http.Request, body []byte) bool {
",
    list_name: "list",
    signed_name: "signed",
    parse: "	var event any
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	if decoder.Decode(&event) != nil {
		return false
	}
",
    header: "	@name@, ok := header(r, @text@)\n	if !ok {\n		return false\n	}\n",
    field: "	@name@, ok := textAt(event, @path@)\n	if !ok {\n		return false\n	}\n",
    empty: "	if @name@ == \"\" {\n		return false\n	}\n",
    item: "	@name@s := itemsOf(list, @text@)
	if len(@name@s) != 1 {
		return false
	}
	@name@ := @name@s[0]
",
    age: "	// An old request may be a replay. The age of what is not a time is NaN.
	age := float64(time.Now().Unix()) - seconds(@name@)@divisor@
	if !(math.Abs(age) <= @tolerance@) {
		return false
	}
",
    age_or_absent: "	// An old request may be a replay. The age of what is not a time is NaN.
	age := float64(time.Now().Unix()) - seconds(@name@)@divisor@
	if @name@ != \"\" && !(math.Abs(age) <= @tolerance@) {
		return false
	}
",
    milliseconds: "/1000",
    form: "	form, ok := formFields(body)\n	if !ok {\n		return false\n	}\n",
    signed: "	signed := @bytes@\n",
    piece,
    join: |pieces| match pieces {
        [one] => one.clone(),
        _ => format!("bytes.Join([][]byte{{{}}}, nil)", pieces.join(", ")),
    },
    expected,
    equal: "	return hmac.Equal([]byte(given), []byte(expected))\n",
    equal_any: "	for _, given := range itemsOf(list, @text@) {
		if hmac.Equal([]byte(given), []byte(expected)) {
			return true
		}
	}
	return false
",
    verify: "	return isSigned(given, @bytes@)\n",
    verify_any: "	for _, given := range itemsOf(list, @text@) {
		if isSigned(given, @bytes@) {
			return true
		}
	}
	return false
",
    close: "}\n",
};

/// The imports of the rest of the file.
const IMPORTED: [&str; 9] =
    ["encoding/json", "errors", "fmt", "io", "log", "net", "net/http", "os", "time"];

/// The packages that the code may use.
const PACKAGES: [&str; 22] = [
    "bytes",
    "crypto",
    "crypto/ecdsa",
    "crypto/ed25519",
    "crypto/hmac",
    "crypto/rsa",
    "crypto/sha1",
    "crypto/sha256",
    "crypto/sha512",
    "crypto/x509",
    "encoding/base64",
    "encoding/hex",
    "encoding/pem",
    "hash/crc32",
    "math",
    "net/url",
    "regexp",
    "sort",
    "strconv",
    "strings",
    "encoding/json",
    "time",
];

/// The code that verifies a plan's signature.
pub(super) fn write(plan: &Plan<'_>) -> Code {
    let mut parts = settings(plan);
    parts.push(GO.function(plan));
    helpers(plan, &mut parts);
    let verify = parts.join("\n");
    let parse = parse(plan.body);
    let uses = |package: &&&str| {
        let name = format!("{}.", package.rsplit('/').next().unwrap_or_default());
        let is_used = |code: &str| {
            let words = code.split(|c: char| !c.is_alphanumeric() && c != '.');
            words.into_iter().any(|word| word.starts_with(&name))
        };
        !IMPORTED.contains(package) && (is_used(&verify) || is_used(parse))
    };
    let lines: BTreeSet<_> =
        PACKAGES.iter().filter(uses).map(|package| format!("\t\"{package}\"\n")).collect();
    let imports = format!("import (\n{})\n", lines.into_iter().collect::<String>());
    Code { imports, verify, parse: parse.to_owned(), packages: Vec::new() }
}

/// The function that parses the body.
pub(super) fn parse(body: BodyKind) -> &'static str {
    match body {
        BodyKind::Object => {
            "\
// parseEvent returns the event, whose fields stay raw until you need them; false when the body is not a JSON object.
func parseEvent(body []byte) (map[string]json.RawMessage, bool) {
	var event map[string]json.RawMessage
	// `null` is not an error and leaves nil.
	err := json.Unmarshal(body, &event)
	return event, err == nil && event != nil
}
"
        }
        BodyKind::Array => {
            "\
// parseEvent returns the events, whose fields stay raw until you need them; false when the body is not a JSON array.
func parseEvent(body []byte) ([]map[string]json.RawMessage, bool) {
	var events []map[string]json.RawMessage
	// `null` is not an error and leaves nil.
	err := json.Unmarshal(body, &events)
	return events, err == nil && events != nil
}
"
        }
        BodyKind::Form => {
            "\
// parseEvent returns the fields of the form; false when the body is not a form.
func parseEvent(body []byte) (url.Values, bool) {
	fields, err := url.ParseQuery(string(body))
	return fields, err == nil
}
"
        }
    }
}

fn piece(piece: &Piece, field: &str) -> String {
    match piece {
        Piece::Body => "body".to_owned(),
        Piece::Text(text) => format!("[]byte({})", quote(text, Quoting::Go)),
        Piece::Variable(name) => format!("[]byte({name})"),
        Piece::Setting(name) => format!("[]byte({})", camel(name)),
        Piece::Field(_) => format!("[]byte({field})"),
        Piece::Form => "form".to_owned(),
        Piece::Secret => "key".to_owned(),
        Piece::Hash(BodyHash::Crc32) => {
            "[]byte(strconv.FormatUint(uint64(crc32.ChecksumIEEE(body)), 10))".to_owned()
        }
        Piece::Hash(BodyHash::Sha256) => "sha256Hex(body)".to_owned(),
    }
}

fn encode(plan: &Plan<'_>, bytes: &str) -> String {
    match plan.encoding {
        Encoding::Hex => format!("hex.EncodeToString({bytes})"),
        Encoding::Base64 => format!("base64.StdEncoding.EncodeToString({bytes})"),
        Encoding::Base64Url => format!("base64.RawURLEncoding.EncodeToString({bytes})"),
        Encoding::Text => format!("string({bytes})"),
    }
}

fn expected(plan: &Plan<'_>, bytes: &str) -> String {
    let prefix = prefix(plan, Quoting::Go, "+");
    let (before, digest) = match plan.algorithm {
        Algorithm::Token => (String::new(), "key"),
        Algorithm::Sha256 => (format!("\tdigest := sha256.Sum256({bytes})\n"), "digest[:]"),
        _ => {
            let hash = plan.hash();
            (format!("\tmac := hmac.New({hash}.New, key)\n\tmac.Write({bytes})\n"), "mac.Sum(nil)")
        }
    };
    format!("{before}\texpected := {prefix}{}\n", encode(plan, digest))
}

fn key_type(plan: &Plan<'_>) -> &'static str {
    match plan.algorithm {
        Algorithm::Ed25519 => "ed25519.PublicKey",
        Algorithm::EcdsaP256Sha256 => "*ecdsa.PublicKey",
        Algorithm::RsaSha256 => "*rsa.PublicKey",
        _ => "[]byte",
    }
}

fn settings(plan: &Plan<'_>) -> Vec<String> {
    let public = plan.algorithm.has_public_key();
    let others: String = plan
        .settings
        .iter()
        .map(|name| format!("var {} = setting(\"{name}\")\n", camel(name)))
        .collect();
    let key = match (public, plan.key_form) {
        (false, KeyForm::Raw | KeyForm::Pem) => "[]byte(setting(\"CZ_HOOK_SECRET\"))",
        (false, _) => "decodeKey(setting(\"CZ_HOOK_SECRET\"))",
        (true, _) => "publicKey(setting(\"CZ_HOOK_SECRET\"))",
    };
    let mut parts = vec![
        format!("var key = {key}\n{others}"),
        "\
func setting(name string) string {
	value := os.Getenv(name)
	if value == \"\" {
		log.Fatal(name + \" is not set\")
	}
	return value
}
"
        .to_owned(),
    ];
    if public {
        let other = match (plan.key_form, has_raw_key(plan)) {
            (KeyForm::Raw | KeyForm::Pem, _) => {
                "	log.Fatal(\"CZ_HOOK_SECRET is not a public key in PEM\")\n	return nil\n"
            }
            (_, true) => {
                "	bytes := decodeKey(secret)
	if len(bytes) != ed25519.PublicKeySize {
		log.Fatal(\"CZ_HOOK_SECRET is not an Ed25519 public key\")
	}
	return ed25519.PublicKey(bytes)
"
            }
            (_, false) => "	return parseKey(decodeKey(secret))\n",
        };
        parts.push(fill(
            "\
func publicKey(secret string) @type@ {
	block, _ := pem.Decode([]byte(secret))
	if block != nil && block.Type == \"CERTIFICATE\" {
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			log.Fatal(\"CZ_HOOK_SECRET is not a certificate\")
		}
		return parseKey(certificate.RawSubjectPublicKeyInfo)
	}
	if block != nil {
		return parseKey(block.Bytes)
	}
@other@}

func parseKey(der []byte) @type@ {
	parsed, _ := x509.ParsePKIXPublicKey(der)
	key, ok := parsed.(@type@)
	if !ok {
		log.Fatal(\"CZ_HOOK_SECRET is not a public key of this algorithm\")
	}
	return key
}
",
            &[("type", key_type(plan)), ("other", other)],
        ));
    }
    let (decode, name) = match plan.key_form {
        KeyForm::Raw | KeyForm::Pem => return parts,
        KeyForm::Hex => ("hex.DecodeString(text)", "hexadecimal"),
        KeyForm::Base64 | KeyForm::Spki => {
            ("base64.RawStdEncoding.DecodeString(strings.TrimRight(text, \"=\"))", "base64")
        }
    };
    let prefix = match plan.key_prefix {
        "" => String::new(),
        prefix => format!("	text = strings.TrimPrefix(text, {})\n", quote(prefix, Quoting::Go)),
    };
    let alphabet = match name {
        "base64" => "	text = strings.NewReplacer(\"-\", \"+\", \"_\", \"/\").Replace(text)\n",
        _ => "",
    };
    parts.push(fill(
        "\
// decodeKey decodes the key, which is written in @name@.
func decodeKey(secret string) []byte {
	text := strings.TrimSpace(secret)
@prefix@@alphabet@	decoded, err := @decode@
	if err != nil || len(decoded) == 0 {
		log.Fatal(\"CZ_HOOK_SECRET is not @name@\")
	}
	return decoded
}
",
        &[("name", name), ("prefix", &prefix), ("alphabet", alphabet), ("decode", decode)],
    ));
    parts
}

fn helpers(plan: &Plan<'_>, parts: &mut Vec<String>) {
    if plan.algorithm.has_public_key() {
        let decode = match plan.encoding {
            Encoding::Hex => "hex.DecodeString(text)",
            Encoding::Base64 => "base64.StdEncoding.DecodeString(text)",
            _ => "base64.RawURLEncoding.DecodeString(text)",
        };
        let prefix = match plan.layout.prefix() {
            "" => String::new(),
            prefix => fill(
                "	if !strings.HasPrefix(text, @text@) {\n		return false\n	}\n	text = strings.TrimPrefix(text, @text@)\n",
                &[("text", &quote(prefix, Quoting::Go))],
            ),
        };
        let check = match plan.algorithm {
            Algorithm::Ed25519 => "	return ed25519.Verify(key, signed, signature)\n",
            Algorithm::RsaSha256 => {
                "	digest := sha256.Sum256(signed)\n	return rsa.VerifyPKCS1v15(key, crypto.SHA256, digest[:], signature) == nil\n"
            }
            _ => {
                "	digest := sha256.Sum256(signed)\n	return ecdsa.VerifyASN1(key, digest[:], signature)\n"
            }
        };
        parts.push(fill(
            "\
// isSigned reports whether the text is the signature of the bytes.
func isSigned(text string, signed []byte) bool {
@prefix@	signature, err := @decode@
	// The decoder ignores line breaks and capitals.
	if err != nil || @encode@ != text {
		return false
	}
@check@}
",
            &[
                ("prefix", &prefix),
                ("decode", decode),
                ("encode", &encode(plan, "signature")),
                ("check", check),
            ],
        ));
    }
    if let Some(list) = plan.items() {
        let one = |byte: u8| quote(&char::from(byte).to_string(), Quoting::Go);
        parts.push(fill(
            "\
// itemsOf returns the texts of the items with this name.
func itemsOf(list, name string) []string {
	var texts []string
	for _, item := range strings.Split(list, @separator@) {
		item = strings.TrimSpace(item)
		if strings.HasPrefix(item, name+@assign@) {
			texts = append(texts, strings.TrimSpace(strings.TrimPrefix(item, name+@assign@)))
		}
	}
	return texts
}
",
            &[("assign", &one(list.assign)), ("separator", &one(list.separator))],
        ));
    }
    match plan.age.as_ref().map(|age| age.unit) {
        None => {}
        Some(Unit::Rfc3339) => parts.push(
            "\
// seconds returns the time in seconds since 1970; NaN when it is none.
func seconds(text string) float64 {
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return math.NaN()
	}
	return float64(at.Unix())
}
"
            .to_owned(),
        ),
        Some(_) => parts.push(
            "\
var digits = regexp.MustCompile(`^[0-9]{1,15}$`)

// seconds returns the number; NaN when it is none.
func seconds(text string) float64 {
	if !digits.MatchString(text) {
		return math.NaN()
	}
	number, _ := strconv.ParseFloat(text, 64)
	return number
}
"
            .to_owned(),
        ),
    }
    if plan.reads_fields() {
        parts.push(
            "\
// textAt returns the text of a field: \"\" when it is absent or null, and false when it is an object or an array.
func textAt(value any, path ...string) (string, bool) {
	for _, name := range path {
		switch container := value.(type) {
		case map[string]any:
			value = container[name]
		case []any:
			at, err := strconv.Atoi(name)
			if err != nil || at < 0 || at >= len(container) {
				return \"\", true
			}
			value = container[at]
		default:
			return \"\", true
		}
	}
	switch text := value.(type) {
	case nil:
		return \"\", true
	case string:
		return text, true
	case json.Number:
		return text.String(), true
	case bool:
		return strconv.FormatBool(text), true
	}
	return \"\", false
}
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Form) {
        parts.push(
            "\
// formFields returns the names and values of the form, sorted, each pair once; false when it is not a form.
func formFields(body []byte) ([]byte, bool) {
	fields, err := url.ParseQuery(string(body))
	if err != nil {
		return nil, false
	}
	var names []string
	for name := range fields {
		names = append(names, name)
	}
	sort.Strings(names)
	var texts []byte
	for _, name := range names {
		values := fields[name]
		sort.Strings(values)
		for at, value := range values {
			if at == 0 || value != values[at-1] {
				texts = append(texts, name+value...)
			}
		}
	}
	return texts, true
}
"
            .to_owned(),
        );
    }
    if plan.signs(&Piece::Hash(BodyHash::Sha256)) {
        parts.push(
            "\
func sha256Hex(body []byte) []byte {
	digest := sha256.Sum256(body)
	return []byte(hex.EncodeToString(digest[:]))
}
"
            .to_owned(),
        );
    }
}
