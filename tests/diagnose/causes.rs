//! A table of mistakes as people make them, alone and combined: how each is made, and the codes that must come first.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};
use cz_hook::webhook::signature::{Secret, SignatureContext};
use hmac::Hmac;
use sha1::Sha1;
use sha2::{Digest, Sha256};

use crate::support::hook;
use crate::{Asked, SECRET, asked, hex, hmac, sha1};

/// How a request was made, what it is, and the codes that explain it.
pub type Row = (&'static str, Asked, &'static [&'static str]);

const JSON: &str = r#"{"event":"paid","url":"https://x.y/a?b=1&c","name":"Zoë <é>","empty":"","o":{},"list":[],"n":1.5,"none":null,"ok":true," pad ":" x "}"#;

/// The delivery's secret is `given`, and the key was `used`.
pub fn key(given: &str, used: impl AsRef<[u8]>) -> Asked {
    asked(JSON, sha1(used, JSON)).secret(given)
}

/// The body is `kept`, and `hashed` was hashed.
pub fn body(kept: impl AsRef<[u8]>, hashed: impl AsRef<[u8]>) -> Asked {
    asked(kept, sha1(SECRET, hashed))
}

/// Secrets, as files, shells and people change them.
fn secrets() -> Vec<Row> {
    let dollar = "ab$cd12-ef$$gh";
    let sha256 = hex(Sha256::digest("s3cret"));
    vec![
        ("a shell expands $cd12", key("ab$cd12-ef", "ab-ef"), &["secret.expanded"]),
        ("dotenv expands ${cd}", key("ab${cd}-ef", "ab-ef"), &["secret.expanded"]),
        ("compose writes $ for $$", key("ab$$cd", "ab$cd"), &["secret.expanded"]),
        ("compose expands and unescapes", key(dollar, "ab-ef$gh"), &["secret.expanded"]),
        ("cut at #", key("abc#def", "abc"), &["secret.cut_off"]),
        ("cut at a space and #", key("abc #def", "abc"), &["secret.cut_off"]),
        ("cut at $", key("abc$", "abc"), &["secret.cut_off"]),
        ("split at =", key("YWJj=d=", "YWJj"), &["secret.cut_off"]),
        (r"\$ is kept", key(r"ab$cd", r"ab\$cd"), &["secret.escaped"]),
        (r"\n is kept", key("abc", r"abc\n"), &["secret.escaped"]),
        (r"\n is read as a newline", key(r"ab\ncd", "ab\ncd"), &["secret.escaped"]),
        ("the whole line", key("s3cret", "WEBHOOK_SECRET=s3cret"), &["secret.whole_line"]),
        ("the line was given", key("MY_KEY=s3cret", "s3cret"), &["secret.whole_line"]),
        (
            "the line was given, in quotes",
            key("export MY_KEY=\"s3cret\"", "s3cret"),
            &["secret.whole_line", "secret.quoted"],
        ),
        ("in double quotes", key("s3cret", "\"s3cret\""), &["secret.quoted"]),
        (
            "quotes and newline",
            key("s3cret", "\"s3cret\"\n"),
            &["secret.quoted", "secret.trailing_newline"],
        ),
        ("a no-break space", key("s3cret", "s3cret\u{a0}"), &["secret.invisible"]),
        ("given with a zero-width space", key("s3c\u{200b}ret", "s3cret"), &["secret.invisible"]),
        ("used with a zero-width space", key("s3cret", "s3c\u{200b}ret"), &["secret.invisible"]),
        ("a byte order mark", key("s3cret", "\u{feff}s3cret"), &["secret.invisible"]),
        ("in lowercase", key("S3cret", "s3cret"), &["secret.case"]),
        ("in uppercase", key("s3cret", "S3CRET"), &["secret.case"]),
        ("base64 of it", key("s3cret", "czNjcmV0"), &["secret.base64_encoded"]),
        ("base64 of it and a newline", key("s3cret", "czNjcmV0Cg=="), &["secret.base64_encoded"]),
        (
            "base64 of the whole",
            key("whsec_abcd", STANDARD.encode("whsec_abcd")),
            &["secret.base64_encoded"],
        ),
        ("its SHA-256", key("s3cret", sha256), &["secret.hashed"]),
        ("v1, before it", key("v1,whsec_abcd", "whsec_abcd"), &["secret.prefix_stripped"]),
    ]
}

/// A delivery of a scheme that decodes its secrets, signed with this key.
fn standard(given: &str, used: impl AsRef<[u8]>, signed: &str) -> Asked {
    let message = format!("msg_1.1700000000.{signed}");
    let value = STANDARD.encode(hmac::<Hmac<Sha256>>(used, message));
    let mut asked = asked(JSON, "").of("standard-webhooks").secret(given);
    asked.headers = vec![
        ("webhook-id".into(), "msg_1".into()),
        ("webhook-timestamp".into(), "1700000000".into()),
        ("webhook-signature".into(), format!("v1,{value}")),
    ];
    asked
}

/// Keys of schemes that decode their secrets.
fn undecoded() -> Vec<Row> {
    let bytes = b"\x01\x02\xfesome key bytes";
    let given = format!("whsec_{}", STANDARD.encode(bytes));
    let rest = given[6..].to_owned();
    let node = r#"{"event":"paid","url":"https:\/\/x.y\/a?b=1&c","name":"Zo\u00eb <\u00e9>","empty":"","o":{},"list":[],"n":1.5,"none":null,"ok":true," pad ":" x "}"#;
    let mut other = standard(&given, b"other bytes", JSON);
    other.others = vec![Secret::new(
        format!("whsec_{}", STANDARD.encode("other bytes")).into_bytes(),
        "CZ_HOOK_SECRET",
    )];
    vec![
        ("with its prefix", standard(&given, &given, JSON), &["secret.undecoded"]),
        ("without its prefix", standard(&given, &rest, JSON), &["secret.undecoded"]),
        (
            "undecoded and re-serialized",
            standard(&given, &given, node),
            &["secret.undecoded", "body.reserialized.php"],
        ),
        (
            "undecoded with a newline",
            standard(&given, format!("{given}\n"), JSON),
            &["secret.trailing_newline", "secret.undecoded"],
        ),
        ("the other of two", other, &["secret.other"]),
    ]
}

/// Bodies as transport, frameworks and encoders change them.
fn bodies() -> Vec<Row> {
    let base64 = STANDARD.encode(JSON);
    let lines = "{\n \"a\": 1,\r\n \"b\": 2\n}\n";
    let literal = serde_json::to_string(JSON).unwrap();
    let escaped = literal.trim_matches('"').to_owned();
    let buffer: Vec<_> = JSON.bytes().map(|b| b.to_string()).collect();
    let buffer = format!("{{\"type\":\"Buffer\",\"data\":[{}]}}", buffer.join(","));
    let split = "{\"name\":\"Zoë\",\"more\":\"é\"}";
    let emoji = "{\"a\":\"é😀\"}";
    vec![
        ("the base64 text was hashed", body(JSON, &base64), &["body.base64"]),
        ("the base64 text was kept", body(&base64, JSON), &["body.base64"]),
        (
            "decoded and re-serialized",
            body(STANDARD.encode("{\"a\": 1.0}"), "{\"a\":1}"),
            &["body.base64", "body.reserialized.node"],
        ),
        ("curl -d", body(lines, "{ \"a\": 1, \"b\": 2}"), &["body.newlines_stripped"]),
        (
            "split in two",
            body(split, split.replacen('ë', "\u{fffd}\u{fffd}", 1)),
            &["body.split_character"],
        ),
        (
            "split, one mark",
            body(split, split.replace("é\"", "\u{fffd}\"")),
            &["body.split_character"],
        ),
        ("? for a character", body(emoji, "{\"a\":\"??\"}"), &["body.latin1"]),
        ("? for a unit", body(emoji, "{\"a\":\"???\"}"), &["body.latin1"]),
        ("? for a byte", body(emoji, "{\"a\":\"??????\"}"), &["body.latin1"]),
        ("dropped", body(emoji, "{\"a\":\"\"}"), &["body.latin1"]),
        ("Windows-1252", body("{\"a\":\"€\"}", b"{\"a\":\"\x80\"}"), &["body.latin1"]),
        ("trimmed", body(JSON, JSON.replace("\" x \"", "\"x\"")), &["body.values_changed"]),
        (
            "null for empty",
            body(JSON, JSON.replace("\"empty\":\"\"", "\"empty\":null")),
            &["body.values_changed"],
        ),
        (
            "[] for {}",
            body("{\"n\":1.0,\"o\":{}}", "{\"n\":1.0,\"o\":[]}"),
            &["body.values_changed"],
        ),
        (
            "PHP's arrays",
            body(JSON, JSON.replace("{}", "[]")),
            &["body.reserialized.php_unescaped_slashes", "body.reserialized.php_unescaped_unicode"],
        ),
        (
            "all strings",
            body("{\"a\":1,\"b\":true}", "{\"a\":\"1\",\"b\":\"true\"}"),
            &["body.values_changed"],
        ),
        (
            "Laravel",
            body(
                "{\"a\": \" x \",\"u\":\"/\",\"e\":\"\"}",
                "{\"a\":\"x\",\"u\":\"\\/\",\"e\":null}",
            ),
            &["body.reserialized.php", "body.values_changed"],
        ),
        (
            "Rails",
            body(
                "{\"a\":1}",
                r#"{"a":1,"controller":"webhooks","action":"create","webhook":{"a":1}}"#,
            ),
            &["body.framework_fields"],
        ),
        ("a JSON string was kept", body(&literal, JSON), &["body.json_string"]),
        ("the inside of a string was kept", body(&escaped, JSON), &["body.json_string"]),
        ("a JSON string was hashed", body(JSON, &literal), &["body.json_string"]),
        ("a Buffer", body(JSON, buffer), &["body.buffer"]),
        (
            "str(bytes)",
            body("{\"a\":\"é'\"}", "b'{\"a\":\"\\xc3\\xa9\\'\"}'"),
            &["body.python_bytes"],
        ),
        ("undefined", body(JSON, "undefined"), &["body.placeholder"]),
        ("null", body(JSON, "null"), &["body.placeholder"]),
        ("gunzip", body(gzip(), "hello hello hello"), &["body.gzip"]),
    ]
}

/// `hello hello hello` as Python's `gzip.compress(…, mtime=0)` writes it.
fn gzip() -> Vec<u8> {
    let text = "H4sIAAAAAAACA8tIzcnJV8hAkACAiPnlEQAAAA==";
    let made = STANDARD.decode(text).unwrap_or_default();
    assert!(made.starts_with(&[0x1f, 0x8b]));
    made
}

/// Forms, encoded again by other programs or read as JSON.
fn forms() -> Vec<Row> {
    let form = "b=x+y~z%2A%28%29&a%5B%5D=1&a%5B%5D=2";
    let of = |hashed: &str| body(form, hashed);
    vec![
        ("qs", of("b=x%20y~z%2A%28%29&a%5B%5D=1&a%5B%5D=2"), &["body.form_reencoded"]),
        ("URLSearchParams", of("b=x+y%7Ez*%28%29&a%5B%5D=1&a%5B%5D=2"), &["body.form_reencoded"]),
        ("encodeURIComponent", of("b=x%20y~z*()&a%5B%5D=1&a%5B%5D=2"), &["body.form_reencoded"]),
        ("lowercase digits", of("b=x+y~z%2a%28%29&a%5b%5d=1&a%5b%5d=2"), &["body.form_reencoded"]),
        ("sorted", of("a%5B%5D=1&a%5B%5D=2&b=x+y~z%2A%28%29"), &["body.form_reencoded"]),
        (
            "PHP's $_POST as JSON",
            of(r#"{"b":"x y~z*()","a":["1","2"]}"#),
            &["body.form_as_json", "body.reserialized.node"],
        ),
        (
            "flat JSON",
            body("a=1&b=x+y", r#"{"a": "1", "b": "x y"}"#),
            &["body.form_as_json", "body.reserialized.python"],
        ),
        (
            "a field of a form",
            body("payload=%7B%22a%22%3A1%7D", "{\"a\":1}"),
            &["body.form_encoded"],
        ),
    ]
}

/// Escapes and white space, in both directions.
fn spellings() -> Vec<Row> {
    let at = r#"{"mail":"a@b.c","url":"x/y","name":"é"}"#;
    let slashes = at.replace('/', "\\/");
    let wide = slashes.replace('é', "\\u00e9").replace('@', "\\u0040");
    let mixed = r#"{"h":"<b>","name":"é"}"#;
    vec![
        ("only the slash", body(at, &slashes), &["body.reserialized.php_unescaped_unicode"]),
        ("slash, at sign and é", body(at, &wide), &["body.escaped"]),
        ("the reverse", body(&wide, at), &["body.reserialized.node"]),
        ("uppercase digits", body(mixed, mixed.replace('é', "\\u00E9")), &["body.escaped"]),
        (
            "ASCII in upper, others in lower case",
            body(mixed, r#"{"h":"\u003Cb\u003E","name":"\u00e9"}"#),
            &["body.escaped"],
        ),
        ("Go", body(mixed, r#"{"h":"\u003cb\u003e","name":"é"}"#), &["body.reserialized.go_map"]),
        (
            "numbers stay",
            body(r#"{"a":1.0,"b":[1,2]}"#, r#"{ "a": 1.0, "b": [ 1, 2 ] }"#),
            &["body.spaced"],
        ),
        ("indented by 3", body(r#"{"a":1.0}"#, "{\n   \"a\": 1.0\n}"), &["body.pretty"]),
        (
            "Jackson's printer",
            body(
                r#"{"a":1,"b":[1,{"c":[]}]}"#,
                "{\n  \"a\" : 1,\n  \"b\" : [ 1, {\n    \"c\" : [ ]\n  } ]\n}",
            ),
            &["body.reserialized.jackson", "body.pretty"],
        ),
        (
            "spaced and escaped",
            body(at, r#"{"mail": "a\u0040b.c", "url": "x\/y", "name": "\u00e9"}"#),
            &["body.reserialized.python", "body.escaped"],
        ),
    ]
}

/// Values of the header.
fn values() -> Vec<Row> {
    let mac = hmac::<Hmac<Sha1>>(SECRET, JSON);
    let right = hex(&mac);
    let nothing = hmac::<Hmac<Sha1>>(SECRET, "");
    let appended = hex([JSON.as_bytes(), &nothing].concat());
    // A digest that begins with characters of the prefix.
    let (stripped, text) = (0..200)
        .map(|n| format!("{{\"n\":{n}}}"))
        .find_map(|text| {
            let whole = hex(hmac::<Hmac<Sha256>>(SECRET, &text));
            let bare = whole.trim_start_matches(['2', '5', '6', 'a']);
            (bare.len() < whole.len()).then(|| (bare.to_owned(), text))
        })
        .unwrap();
    let of = |value: String| asked(JSON, value);
    let guide = |text: &str, value: &str| asked(text, value).of("chatzuri-guide");
    vec![
        ("cut from the left", of(right[10..].to_owned()), &["header.start_missing"]),
        ("lstrip", guide(&text, &stripped), &["header.stripped"]),
        (
            "a longer value",
            of(format!("keyId=1; signature=\"{right}\"; v=2")),
            &["header.embedded"],
        ),
        ("h.Sum(body)", of(appended), &["scheme.appended"]),
        ("hmac-sha1-", of(format!("hmac-sha1-{right}")), &["prefix.extra"]),
        (
            "the header's name",
            of(format!("X-Chatzuri-Signature: {right}")),
            &["header.name_in_value"],
        ),
        ("the secret", of(SECRET.to_owned()), &["header.secret"]),
        ("base64 of the secret", of(STANDARD.encode(SECRET)), &["header.secret"]),
        ("without padding", of(STANDARD_NO_PAD.encode(&mac)), &["encoding.base64url"]),
    ]
}

/// What is signed besides the body.
fn requests() -> Vec<Row> {
    let public = "https://h.example/hook?b=2&a=1";
    let square = |url: &str, hashed: &str| {
        let value = STANDARD.encode(hmac::<Hmac<Sha256>>(SECRET, format!("{url}{hashed}")));
        let mut asked = asked(JSON, "").of("square");
        asked.headers = vec![("x-square-hmacsha256-signature".into(), value)];
        asked.target = "/hook?b=2&a=1";
        asked.context =
            SignatureContext { public_url: Some(public.into()), ..SignatureContext::default() };
        asked
    };
    let twilio = |signed: &str| {
        let value = STANDARD.encode(hmac::<Hmac<Sha1>>(SECRET, signed));
        let mut asked = asked("To=%2B1&From=a+b", "").of("twilio");
        asked.headers = vec![
            ("content-type".into(), "application/x-www-form-urlencoded".into()),
            ("x-twilio-signature".into(), value),
        ];
        asked.target = "/hook?b=2&a=1";
        asked.context =
            SignatureContext { public_url: Some(public.into()), ..SignatureContext::default() };
        asked
    };
    let stripe = |time: &str, hashed: &str| {
        let value = hex(hmac::<Hmac<Sha256>>(SECRET, format!("{time}.{hashed}")));
        asked(JSON, format!("t=1700000000,v1={value}")).of("stripe").named("stripe-signature")
    };
    let hubspot = |method: &str| {
        let message = format!("{method}{public}{JSON}1700000000000");
        let value = STANDARD.encode(hmac::<Hmac<Sha256>>(SECRET, message));
        let mut asked = asked(JSON, "").of("hubspot");
        asked.headers = vec![
            ("x-hubspot-request-timestamp".into(), "1700000000000".into()),
            ("x-hubspot-signature-v3".into(), value),
        ];
        asked.context =
            SignatureContext { public_url: Some(public.into()), ..SignatureContext::default() };
        asked
    };
    vec![
        ("http", square("http://h.example/hook?b=2&a=1", JSON), &["request.url"]),
        ("a slash", square("https://h.example/hook/?b=2&a=1", JSON), &["request.url"]),
        ("the port", square("https://h.example:443/hook?b=2&a=1", JSON), &["request.url"]),
        ("sorted", square("https://h.example/hook?a=1&b=2", JSON), &["request.url"]),
        ("no query", square("https://h.example/hook", JSON), &["request.url"]),
        ("the path", square("/hook?b=2&a=1", JSON), &["request.url"]),
        (
            "http and a slash",
            square("http://h.example/hook/?b=2&a=1", JSON),
            &["request.url", "request.url"],
        ),
        (
            "http and minified",
            square("http://h.example/hook?b=2&a=1", &JSON.replace("1.5", "1.50")),
            &[],
        ),
        ("unsorted fields", twilio(&format!("{public}To+1Froma b")), &["request.form"]),
        ("Twilio's URL", twilio("http://h.example/hook?b=2&a=1Froma bTo+1"), &["request.url"]),
        ("milliseconds", stripe("1700000000000", JSON), &["request.time"]),
        ("a floating-point number", stripe("1700000000.0", JSON), &["request.time"]),
        ("GET", hubspot("GET"), &["request.method"]),
        ("in lowercase", hubspot("post"), &["request.method"]),
    ]
}

/// Several mistakes at once.
fn combinations() -> Vec<Row> {
    let node = JSON.replace("1.5", "1.50");
    let php = r#"{"event":"paid","url":"https:\/\/x.y\/a?b=1&c","name":"Zo\u00eb <\u00e9>","empty":"","o":{},"list":[],"n":1.5,"none":null,"ok":true," pad ":" x "}"#;
    let of = |given: &str, used: &str, kept: &str, hashed: &str| {
        asked(kept, sha1(used, hashed)).secret(given)
    };
    vec![
        (
            "trimmed secret, Node",
            of(" s3cret ", "s3cret", &node, JSON),
            &["secret.surrounding_space", "body.reserialized.node"],
        ),
        (
            "no-break space, PHP",
            of("s3cret", "s3cret\u{a0}", JSON, php),
            &["secret.invisible", "body.reserialized.php"],
        ),
        (
            "cut secret, newline",
            of("abc#d", "abc", JSON, &format!("{JSON}\n")),
            &["secret.cut_off", "body.trailing_newline"],
        ),
        (
            "whole line and base64",
            of("s3cret", "SECRET=s3cret", &STANDARD.encode(JSON), JSON),
            &["secret.whole_line", "body.base64"],
        ),
        (
            "quotes, newline and Node",
            of("s3cret", "\"s3cret\"\n", &node, JSON),
            &["secret.quoted", "secret.trailing_newline", "body.reserialized.node"],
        ),
    ]
}

/// The whole table.
pub fn rows() -> Vec<Row> {
    [secrets(), undecoded(), bodies(), forms(), spellings(), values(), requests(), combinations()]
        .into_iter()
        .flatten()
        .collect()
}

#[test]
fn every_row_of_the_table_is_explained() {
    let all = rows();
    assert!(all.len() > 90, "{}", all.len());
    let mut wrong = Vec::new();
    for (name, asked, codes) in all {
        let answer = asked.answer();
        let found = answer.proof.as_ref();
        let first = found.map(|proof| proof.explanation.codes()).unwrap_or_default();
        if first != codes {
            let formula = found.map_or("nothing", |proof| &proof.explanation.formula);
            wrong.push(format!("{name}: {first:?} in the place of {codes:?}: {formula}"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

/// The diagnosis that `verify --json` prints.
fn verified(args: &[&str], body: impl Into<Vec<u8>>) -> serde_json::Value {
    let ran = hook(["verify", "--json"]).args(args.iter().copied()).stdin(body).run().exits(1);
    ran.json().pop().unwrap()["diagnosis"].clone()
}

#[test]
fn a_secret_that_is_no_key_is_explained_by_what_is_before_it() {
    let asked = standard("", b"key bytes", JSON);
    let secret = format!("v1,whsec_{}", STANDARD.encode("key bytes"));
    let mut args = vec!["--provider", "standard-webhooks", "--secret", &secret];
    let headers: Vec<_> =
        asked.headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    for header in &headers {
        args.extend(["--header", header]);
    }
    let found = verified(&args, JSON);
    assert_eq!(found["causes"], serde_json::json!(["secret.prefix_stripped"]), "{found}");
}

/// Bodies that show that they are not what was sent.
pub const DAMAGED: [(&str, &str); 6] = [
    ("{\"a\":\"\u{fffd}\"}", "capture.replacement_char"),
    ("{\n  \"a\": 1\n}", "capture.indented"),
    ("{\"a\":Infinity}", "capture.rounded"),
    ("{'a': 1}", "capture.printed"),
    ("\"{\\\"a\\\":1}\"", "capture.string"),
    ("{\"a\":1,\"b", "capture.cut_off"),
];

#[test]
fn a_file_that_is_not_what_was_sent_is_named_first() {
    let provider = ["--provider", "chatzuri", "--secret", SECRET, "--header"];
    let php = JSON.replace('/', "\\/");
    let signature = |digest: &str| format!("x-chatzuri-signature: {digest}");
    let (signed, length) =
        (signature(&sha1(SECRET, &php)), format!("content-length: {}", php.len()));
    let sent = [&provider[..], &[&signed, "--header", &length]].concat();
    let found = verified(&sent, JSON);
    assert_eq!(found["evidence"][0]["code"], "capture.length", "{found}");
    assert_eq!(found["found"], true);
    let fix = found["fix"].as_str().unwrap();
    assert!(
        fix.contains("has the length of what was sent") && !fix.contains("json_encode"),
        "{fix}"
    );
    let zeros = signature(&"0".repeat(40));
    for (body, code) in DAMAGED {
        let found = verified(&[&provider[..], &[&zeros]].concat(), body);
        assert_eq!(found["evidence"][0]["code"], code, "{found}");
        let ran = hook(["verify"]).args(provider).arg(&zeros).stdin(body).run().exits(1);
        let out = ran.out();
        let (capture, cause) = (out.find("  capture:"), out.find("  cause:"));
        assert!(capture.is_some() && capture < cause, "{out}");
    }
}

#[test]
fn formulas_show_what_was_hashed_and_not_the_body() {
    for (hashed, formula) in [
        ("{}", "hex(HMAC-SHA1(secret, \"{}\"))"),
        ("", "hex(HMAC-SHA1(secret, \"\"))"),
        ("[object Object]", "hex(HMAC-SHA1(secret, \"[object Object]\"))"),
    ] {
        let found = body(JSON, hashed).answer().proof.unwrap();
        assert_eq!(found.explanation.formula, formula);
    }
}

#[test]
fn of_programs_that_write_the_same_bytes_all_are_named() {
    let names = |kept: &str, hashed: &str| {
        let proof = body(kept, hashed).answer().proof.unwrap();
        let all = std::iter::once(&proof.explanation).chain(&proof.same);
        all.flat_map(|one| one.codes()).collect::<Vec<_>>()
    };
    let at = |all: &[&str], code: &str| {
        all.iter().position(|one| *one == code).unwrap_or_else(|| panic!("{code}: {all:?}"))
    };
    let lined = names("{\"a\": 2, \"b\":1}", "{\"a\":2,\"b\":1}\n");
    assert!(at(&lined, "body.reserialized.go_encoder") < at(&lined, "body.reserialized.orjson"));
    let html = names("{ \"a\":\"<\"}", "{\"a\":\"\\u003c\"}");
    assert!(at(&html, "body.reserialized.go_map") < at(&html, "body.reserialized.rails"));
    assert!(!html.contains(&"body.escaped"), "{html:?}");
}
