//! Why a signature does not match: every cause is found and proven, causes combine, and what is not explained
//! is not explained.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test fails by panicking"
)]

#[path = "serialisers/ask.rs"]
mod ask;
#[allow(dead_code, reason = "each test file uses its own part")]
#[path = "support/tools.rs"]
mod tools;

use std::process::Command;
use std::sync::OnceLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use cz_hook::diagnose::{Diagnosis, Effort, Question, cause};
use cz_hook::webhook::catalog::Catalog;
use cz_hook::webhook::delivery::Delivery;
use cz_hook::webhook::folder::Folder;
use cz_hook::webhook::secret::Secret;
use hmac::{Hmac, KeyInit, Mac};
use md5::Md5;
use proptest::prelude::*;
use sha1::{Digest, Sha1};
use sha2::{Sha256, Sha512};

const SECRET: &str = "it's a secret";
const BODY: &str = r#"{"eventType":"lead.submit","agentId":"a\/1","payload":{"customerName":"Zo\u00eb <é>","n":1.0,"10":"x","2":[1, 2],"o":{}}}"#;

fn hmac<M: Mac + KeyInit>(key: impl AsRef<[u8]>, message: impl AsRef<[u8]>) -> Vec<u8> {
    let mut mac = <M as KeyInit>::new_from_slice(key.as_ref()).unwrap();
    mac.update(message.as_ref());
    mac.finalize().into_bytes().to_vec()
}

fn hex(bytes: impl AsRef<[u8]>) -> String {
    bytes.as_ref().iter().map(|b| format!("{b:02x}")).collect()
}

/// The default provider's signature, of another key or message.
fn sha1(key: impl AsRef<[u8]>, message: impl AsRef<[u8]>) -> String {
    hex(hmac::<Hmac<Sha1>>(key, message))
}

struct Asked {
    provider: &'static str,
    secret: Vec<u8>,
    others: Vec<Secret>,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
    effort: Effort,
}

fn asked(body: impl AsRef<[u8]>, signature: impl Into<String>) -> Asked {
    Asked {
        provider: "chatzuri",
        secret: SECRET.into(),
        others: vec![],
        headers: vec![("x-chatzuri-signature".into(), signature.into())],
        body: body.as_ref().to_vec(),
        effort: Effort::Brief,
    }
}

/// The catalog with the provider of docs/provider-toml.md, which signs a timestamp and a full stop before the body.
fn acme() -> &'static Catalog {
    static ACME: OnceLock<Catalog> = OnceLock::new();
    ACME.get_or_init(|| {
        let page = include_str!("../docs/provider-toml.md");
        let (_, behind) = page.split_once("```toml\n").unwrap();
        let (toml, _) = behind.split_once("```").unwrap();
        let files = [
            ("provider.toml", toml),
            (
                "invoice.paid.json",
                r#"{"type":"invoice.paid","account":"a","data":{}}"#,
            ),
            (
                "message.sms.json",
                r#"{"type":"message","account":"a","data":{}}"#,
            ),
        ];
        let files = files.map(|(name, text)| (name.to_owned(), text.as_bytes().to_vec()));
        let name = "acme".to_owned();
        Catalog::with(vec![Folder {
            name,
            files: files.to_vec(),
        }])
        .unwrap()
    })
}

/// A delivery of that provider's, with this timestamp, if any, signed over `message`.
fn of_acme(time: Option<&str>, key: &str, message: String) -> Asked {
    let signature = format!("v1={}", hex(hmac::<Hmac<Sha256>>(key, message)));
    let mut asked = asked(BODY, "").of("acme");
    asked.headers = vec![("x-acme-signature".into(), signature)];
    match time {
        Some(time) => asked.header("x-acme-timestamp", time),
        None => asked,
    }
}

impl Asked {
    fn of(mut self, provider: &'static str) -> Self {
        self.provider = provider;
        self
    }

    fn secret(mut self, secret: impl AsRef<[u8]>) -> Self {
        self.secret = secret.as_ref().to_vec();
        self
    }

    fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.into(), value.into()));
        self
    }

    fn answer(&self) -> Diagnosis {
        let mut delivery = Delivery::post("/", Bytes::copy_from_slice(&self.body));
        for (name, value) in &self.headers {
            delivery.headers.push(name, value.as_bytes());
        }
        let catalog = match self.provider {
            "acme" => acme(),
            _ => Catalog::builtin(),
        };
        Question {
            delivery: &delivery,
            provider: catalog.provider(self.provider),
            catalog,
            secrets: &[Secret::new(self.secret.clone(), "--secret")],
            others: &self.others,
            effort: self.effort,
        }
        .answer()
    }

    #[track_caller]
    fn gives(&self, codes: &[&str]) -> Diagnosis {
        let answer = self.answer();
        let proof = answer.proof.as_ref().unwrap_or_else(|| {
            panic!("nothing found for {codes:?}: {:?}", answer.clues);
        });
        let explanation = &proof.explanation;
        assert_eq!(explanation.codes(), codes, "{}", explanation.formula);
        assert!(!explanation.says().is_empty() && !explanation.fix().is_empty());
        answer
    }

    #[track_caller]
    fn gives_nothing(&self) {
        let answer = self.answer();
        assert!(
            answer.proof.is_none(),
            "{:?} {:?}",
            self.headers,
            answer.proof
        );
    }
}

#[test]
fn every_form_of_the_secret_is_found() {
    for (given, used, code) in [
        ("s3cret", "s3cret\n", "secret.trailing_newline"),
        ("s3cret\n", "s3cret", "secret.trailing_newline"),
        ("s3cret", "s3cret\r\n", "secret.trailing_newline"),
        ("s3cret", " s3cret", "secret.surrounding_space"),
        ("  s3cret ", "s3cret", "secret.surrounding_space"),
        ("s3cret", "\"s3cret\"", "secret.quoted"),
        ("'s3cret'", "s3cret", "secret.quoted"),
        ("c2VjcmV0", "secret", "secret.base64_decoded"),
        ("_-8", "\u{0}", "secret.base64_decoded"),
        ("68656c6c6f", "hello", "secret.hex_decoded"),
        ("whsec_abc", "abc", "secret.prefix_stripped"),
        ("abc", "whsec_abc", "secret.prefix_stripped"),
        ("sk-live!", "live!", "secret.prefix_stripped"),
        ("a%2Fb%3D", "a/b=", "secret.url_decoded"),
        ("a/b=", "a%2Fb%3D", "secret.url_decoded"),
        ("s3cret", "", "secret.empty"),
        ("s3cret", "undefined", "secret.empty"),
        ("s3cret", "null", "secret.empty"),
        ("s3cret", "None", "secret.empty"),
    ] {
        let key = match given {
            "_-8" => vec![0xff, 0xef],
            _ => used.as_bytes().to_vec(),
        };
        asked(BODY, sha1(key, BODY)).secret(given).gives(&[code]);
    }
}

#[test]
fn another_known_secret_is_named_and_never_shown() {
    let mut asked = asked(BODY, sha1("hunter2", BODY));
    asked.others = vec![Secret::new(b"hunter2".to_vec(), "CZ_HOOK_SECRET")];
    let answer = asked.gives(&["secret.other"]);
    let shown = format!("{answer:?}");
    assert!(shown.contains("CZ_HOOK_SECRET") && !shown.contains("hunter2"));
}

#[test]
fn no_part_of_a_secret_is_ever_shown() {
    for (given, key) in [
        ("hunter2-rest", "rest"),
        ("aHVudGVyMg==", "hunter2"),
        ("68756e74657232", "hunter2"),
        ("hunter2", "hunter2\n"),
        ("'hunter2'", "hunter2"),
    ] {
        let answer = asked(BODY, sha1(key, BODY)).secret(given).answer();
        assert!(answer.proof.is_some(), "{given}");
        let shown = format!("{answer:?}");
        assert!(
            !shown.contains("hunter2") && !shown.contains("aHVu") && !shown.contains("6875"),
            "{shown}"
        );
    }
}

#[test]
fn every_form_of_the_body_is_found() {
    let pretty = "{\n  \"a\": \"é\"\n}";
    for (sent, hashed, code) in [
        ("{\"a\":1}", "{\"a\":1}\n", "body.trailing_newline"),
        ("{\"a\":1}\n", "{\"a\":1}", "body.trailing_newline"),
        (pretty, &pretty.replace('\n', "\r\n"), "body.crlf"),
        (&pretty.replace('\n', "\r\n"), pretty, "body.crlf"),
        ("\u{feff}{}", "{}", "body.bom"),
        ("{\"a\":1}", "\u{feff}{\"a\":1}", "body.bom"),
        ("  {\"a\":[1, 2]} \n\n", "{\"a\":[1, 2]}", "body.trimmed"),
        (BODY, "", "body.empty"),
        (BODY, "{}", "body.empty_object"),
        (BODY, "[object Object]", "body.object_object"),
        ("{\"a\":\"é\"}", "{\"a\":\"Ã©\"}", "body.latin1"),
        ("{\"a\":\"€\"}", "{\"a\":\"?\"}", "body.latin1"),
        ("{\"a\": 1}", "%7B%22a%22%3A%201%7D", "body.form_encoded"),
        (
            "{\"a\": 1}",
            "payload=%7B%22a%22%3A+1%7D",
            "body.form_encoded",
        ),
        (
            "payload=%7B%22a%22%3A+1%7D",
            "{\"a\": 1}",
            "body.form_encoded",
        ),
        (BODY, &BODY[..100], "body.truncated"),
        (BODY, &BODY[..BODY.len() - 1], "body.truncated"),
    ] {
        asked(sent, sha1(SECRET, hashed)).gives(&[code]);
    }
}

#[test]
fn bytes_that_are_no_text_are_found_too() {
    let latin = b"{\"a\":\"\xe9\"}";
    asked(latin, sha1(SECRET, "{\"a\":\"\u{fffd}\"}")).gives(&["body.replacement_char"]);
    asked("{\"a\":\"é\"}", sha1(SECRET, latin)).gives(&["body.latin1"]);
    let plain = b"{\"a\":3}";
    let stored = stored_gzip(plain);
    asked(&stored, sha1(SECRET, plain)).gives(&["body.gzip"]);
    let spaced = stored_gzip(b"{\"a\": 3.0}");
    asked(&spaced, sha1(SECRET, "{\"a\":3}")).gives(&["body.gzip", "body.reserialized.node"]);
}

/// A gzip file whose content is not compressed.
fn stored_gzip(plain: &[u8]) -> Vec<u8> {
    let length = u16::try_from(plain.len()).unwrap();
    let mut made = vec![0x1f, 0x8b, 8, 8, 0, 0, 0, 0, 0, 3];
    made.extend_from_slice(b"name\0");
    made.push(1);
    made.extend_from_slice(&length.to_le_bytes());
    made.extend_from_slice(&(!length).to_le_bytes());
    made.extend_from_slice(plain);
    made.extend_from_slice(&[0; 8]);
    made
}

#[test]
fn a_part_of_the_body_is_found_with_its_path() {
    let body = r#"{"event":"x","data":{"name": "Z", "deep":{"n":1.0}},"text":"{\"a\":1}"}"#;
    for (hashed, path, codes) in [
        (
            r#"{"name": "Z", "deep":{"n":1.0}}"#,
            "/data",
            &["body.subtree"][..],
        ),
        (r#"{"a":1}"#, "/text", &["body.subtree"]),
        (r#"{"n":1.0}"#, "/data/deep", &["body.subtree"]),
        (
            r#"{"name":"Z","deep":{"n":1}}"#,
            "/data",
            &["body.subtree", "body.reserialized.node"],
        ),
    ] {
        let answer = asked(body, sha1(SECRET, hashed)).gives(codes);
        let says = answer.proof.unwrap().explanation.says();
        assert!(says.contains(path), "{says}");
    }
}

#[test]
fn every_other_construction_is_found() {
    let with = |parts: &[&str]| hex(Sha1::digest(parts.concat()));
    for (signature, codes) in [
        (with(&[BODY]), &["scheme.plain_hash"][..]),
        (with(&[SECRET, BODY]), &["scheme.plain_hash"]),
        (with(&[BODY, SECRET]), &["scheme.plain_hash"]),
        (with(&[SECRET, ".", BODY]), &["scheme.plain_hash"]),
        (sha1(BODY, SECRET), &["scheme.swapped"]),
        (
            sha1(SECRET, hex(Sha1::digest(BODY))),
            &["scheme.double_hex"],
        ),
        (
            sha1(SECRET, hex(Sha256::digest(BODY))),
            &["scheme.double_hex"],
        ),
        (with(&[&sha1(SECRET, BODY)]), &["scheme.double_hex"]),
        (
            hex(hmac::<Hmac<Sha256>>(SECRET, BODY)),
            &["scheme.algorithm"],
        ),
        (
            hex(hmac::<Hmac<Sha512>>(SECRET, BODY)),
            &["scheme.algorithm"],
        ),
        (hex(hmac::<Hmac<Md5>>(SECRET, BODY)), &["scheme.algorithm"]),
        (
            hex(Sha256::digest([SECRET, BODY].concat())),
            &["scheme.algorithm", "scheme.plain_hash"],
        ),
    ] {
        asked(BODY, signature).gives(codes);
    }
    for (name, value, message) in [
        ("x-timestamp", "1700000000", format!("1700000000.{BODY}")),
        ("x-timestamp", "1700000000", format!("1700000000{BODY}")),
        ("x-slack-request-timestamp", "17", format!("v0:17:{BODY}")),
        ("x-timestamp", "1700000000", format!("{BODY}1700000000")),
    ] {
        asked(BODY, sha1(SECRET, message))
            .header(name, value)
            .gives(&["scheme.timestamp"]);
    }
}

#[test]
fn a_scheme_that_signs_a_timestamp_is_explained_as_well() {
    let now = "1700000000";
    let newline = format!("{SECRET}\n");
    let node = r#"{"eventType":"lead.submit","agentId":"a/1","payload":{"2":[1,2],"10":"x","customerName":"Zoë <é>","n":1,"o":{}}}"#;
    for (time, key, message, codes) in [
        (None, SECRET, BODY.to_owned(), &["scheme.timestamp"][..]),
        (Some(now), SECRET, BODY.to_owned(), &["scheme.timestamp"]),
        (
            Some("yesterday"),
            SECRET,
            format!("yesterday.{BODY}"),
            &["header.timestamp"],
        ),
        (Some(""), SECRET, format!(".{BODY}"), &["header.timestamp"]),
        (
            Some("yesterday"),
            &newline,
            format!("yesterday.{BODY}"),
            &["header.timestamp", "secret.trailing_newline"],
        ),
        (
            Some(now),
            &newline,
            format!("{now}.{BODY}"),
            &["secret.trailing_newline"],
        ),
        (
            Some(now),
            SECRET,
            format!("{now}.{node}"),
            &["body.reserialized.node"],
        ),
        (
            Some(now),
            SECRET,
            format!("{BODY}.{now}"),
            &["scheme.timestamp"],
        ),
        (
            Some(now),
            SECRET,
            format!("{now}{BODY}"),
            &["scheme.timestamp"],
        ),
    ] {
        of_acme(time, key, message).gives(codes);
    }
}

#[test]
fn what_a_timestamp_lacks_is_said_of_the_scheme_as_it_is() {
    let says = |asked: &Asked, code: &str| {
        let proof = asked.gives(&[code]).proof.unwrap();
        let explanation = proof.explanation;
        (explanation.says(), explanation.formula)
    };
    let unreadable = of_acme(Some("yesterday"), SECRET, format!("yesterday.{BODY}"));
    let (words, formula) = says(&unreadable, "header.timestamp");
    assert!(
        words.contains("`x-acme-timestamp` does not hold whole seconds"),
        "{words}"
    );
    let own = "\"v1=\" + hex(HMAC-SHA256(secret, x-acme-timestamp + \".\" + body))";
    assert_eq!(formula, own);
    let (words, formula) = says(&of_acme(None, SECRET, BODY.to_owned()), "scheme.timestamp");
    assert!(
        words.contains("signs `x-acme-timestamp` and \".\" with it"),
        "{words}"
    );
    assert_eq!(formula, "\"v1=\" + hex(HMAC-SHA256(secret, body))");
    // What cannot be made again is no sign of another secret.
    let answer = of_acme(None, "another", format!("1.{BODY}")).answer();
    let clues = answer.clues.join("\n");
    assert!(
        answer.proof.is_none() && clues.contains("The header `x-acme-timestamp` is not there"),
        "{clues}"
    );
    assert!(!clues.contains("different secret"), "{clues}");
}

#[test]
fn a_signature_in_a_list_is_found_with_its_timestamp() {
    let time = "1700000000";
    let over = |message: String| hex(hmac::<Hmac<Sha1>>(SECRET, message));
    let (alone, dotted) = (over(BODY.to_owned()), over(format!("{time}.{BODY}")));
    let zeros = "0".repeat(40);
    for (value, codes) in [
        (format!("v1={alone},k=1"), &["header.list"][..]),
        (format!("t={time},v1={alone}"), &["header.list"]),
        (format!("t={time};h1={alone}"), &["header.list"]),
        (
            format!("t={time},v1={dotted}"),
            &["header.list", "scheme.timestamp"],
        ),
        (
            format!("ts={time}, v0={zeros}, v1={dotted}"),
            &["header.list", "scheme.timestamp"],
        ),
    ] {
        asked(BODY, value).gives(codes);
    }
    let answer = asked(BODY, format!("t={time},v1={dotted},v0={zeros}"))
        .gives(&["header.list", "scheme.timestamp"]);
    let explanation = answer.proof.unwrap().explanation;
    assert_eq!(
        explanation.formula,
        format!("\"t={time},v1=\" + hex(HMAC-SHA1(secret, t + \".\" + body)) + \",v0={zeros}\"")
    );
    for value in ["t=1,v1=2", ",,,,=", "a=,b=,c=;", &"a=1,".repeat(120)] {
        asked(BODY, value).gives_nothing();
    }
}

#[test]
fn what_is_said_together_does_not_contradict_itself() {
    let node = r#"{"a":1}"#;
    let mac = hmac::<Hmac<Sha1>>(format!("{SECRET} "), node);
    for value in [
        STANDARD.encode(&mac),
        format!("sha1={}", hex(&mac)),
        hex(&mac)[..32].to_owned(),
    ] {
        let answer = asked(r#"{"a": 1.0}"#, value).answer();
        let says = answer.proof.unwrap().explanation.says();
        assert!(!says.contains("right"), "{says}");
    }
}

#[test]
fn a_form_that_is_not_the_schemes_is_not_as_it_should_be() {
    let mac = hmac::<Hmac<Sha1>>("another", BODY);
    let clue = |value: String| asked(BODY, value).answer().clues.join(" ");
    let right = clue(hex(&mac));
    assert!(
        right.contains("in lowercase hexadecimal, as it should."),
        "{right}"
    );
    for value in [
        hex(&mac).to_uppercase(),
        STANDARD.encode(&mac),
        format!("sha1={}", hex(&mac)),
    ] {
        let clue = clue(value);
        assert!(!clue.contains("as it should"), "{clue}");
        assert!(
            clue.contains("the scheme's form is <40 lowercase hex digits>."),
            "{clue}"
        );
    }
}

#[test]
fn the_field_of_a_form_is_named() {
    for name in ["payload", "data", "body"] {
        let form = format!("token=x&{name}=%7B%22a%22%3A+1%7D");
        let answer = asked(form, sha1(SECRET, "{\"a\": 1}")).gives(&["body.form_encoded"]);
        let explanation = answer.proof.unwrap().explanation;
        let field = format!("`{name}`");
        assert!(
            explanation.says().contains(&field),
            "{}",
            explanation.says()
        );
    }
}

#[test]
fn every_other_way_to_write_the_signature_is_found() {
    let mac = hmac::<Hmac<Sha1>>(SECRET, BODY);
    let right = hex(&mac);
    let longer = hex(hmac::<Hmac<Sha256>>(SECRET, BODY));
    for (signature, codes) in [
        (STANDARD.encode(&mac), &["encoding.base64"][..]),
        (STANDARD.encode(&right), &["encoding.base64"]),
        (URL_SAFE_NO_PAD.encode(&mac), &["encoding.base64url"]),
        (right.to_uppercase(), &["encoding.uppercase"]),
        (format!("sha1={right}"), &["prefix.extra"]),
        (format!("sha256={right}"), &["prefix.extra"]),
        (right[..32].to_owned(), &["header.truncated"]),
        (right[..21].to_owned(), &["header.truncated"]),
        (format!("sha256={longer}"), &["header.other_provider"]),
        (
            longer[..33].to_owned(),
            &["scheme.algorithm", "header.truncated"],
        ),
    ] {
        asked(BODY, signature).gives(codes);
    }
    let mut guide = asked(BODY, &longer).of("chatzuri-guide");
    guide.gives(&["prefix.missing"]);
    guide.headers = vec![("x-chatzuri-signature".into(), right.clone())];
    guide.gives(&["header.other_provider"]);
    guide.headers = vec![("x-chatbase-signature".into(), right.clone())];
    guide.gives(&["header.other_provider"]);
    guide.headers = vec![("x-hub-signature-256".into(), format!("sha256={longer}"))];
    let renamed = guide.gives(&["header.renamed"]).proof.unwrap();
    let says = renamed.explanation.says();
    assert!(
        says.contains("`x-hub-signature-256`, not in `x-chatzuri-signature`"),
        "{says}"
    );
    for prefix in ["v1=", "SHA256=", "hmac-sha256=", "Bearer "] {
        guide.headers = vec![("x-chatzuri-signature".into(), format!("{prefix}{longer}"))];
        let says = guide
            .gives(&["prefix.other"])
            .proof
            .unwrap()
            .explanation
            .says();
        assert_eq!(
            says,
            format!("It has `{prefix}` before it instead of `sha256=`.")
        );
    }
    // A prefix that names the hash function that was taken is that mistake's.
    guide.headers = vec![("x-chatzuri-signature".into(), format!("SHA1={right}"))];
    guide.gives(&["scheme.algorithm"]);
    guide.headers = vec![("x-chatzuri-signature".into(), format!("v1={right}"))];
    guide.gives(&["scheme.algorithm", "prefix.other"]);
}

#[test]
fn causes_combine_and_the_shortest_explanation_wins() {
    let node = r#"{"eventType":"lead.submit","agentId":"a/1","payload":{"2":[1,2],"10":"x","customerName":"Zoë <é>","n":1,"o":{}}}"#;
    asked(BODY, sha1(format!("{SECRET}\n"), node))
        .gives(&["secret.trailing_newline", "body.reserialized.node"]);
    asked(BODY, hex(hmac::<Hmac<Sha256>>(SECRET, node)))
        .gives(&["scheme.algorithm", "body.reserialized.node"]);
    asked(BODY, sha1(SECRET, format!("{node}\n")))
        .gives(&["body.reserialized.node", "body.trailing_newline"]);
    asked(BODY, sha1(format!("{SECRET}\r\n"), format!("{node}\n"))).gives(&[
        "secret.trailing_newline",
        "body.reserialized.node",
        "body.trailing_newline",
    ]);
    asked(BODY, sha1(format!("{SECRET}\n"), &BODY[..50]))
        .gives(&["secret.trailing_newline", "body.truncated"]);
    asked(
        BODY,
        STANDARD.encode(hmac::<Hmac<Sha1>>(format!("{SECRET} "), node)),
    )
    .gives(&[
        "encoding.base64",
        "secret.surrounding_space",
        "body.reserialized.node",
    ]);
}

/// What the runtimes of this machine make of awkward bodies, signed: their serialiser is named.
#[test]
fn what_real_runtimes_hash_is_explained() {
    let documents: Vec<String> =
        serde_json::from_str(include_str!("serialisers/documents.json")).unwrap();
    let awkward = documents
        .iter()
        .filter(|one| (20..600).contains(&one.len()));
    let bodies: Vec<String> = awkward
        .step_by(6)
        .map(|one| format!("{{\"agentId\":\"a\\/1\", \"10\":{one}, \"2\":1.0}}\n"))
        .collect();
    assert!(bodies.len() > 20);
    let node: &[_] = &[("body.reserialized.node", "JSON.stringify(JSON.parse(x))")];
    let python: &[_] = &[
        ("body.reserialized.python", "json.dumps(json.loads(x))"),
        ("body.reserialized.python_repr", "str(json.loads(x))"),
        (
            "body.reserialized.python_sorted",
            "json.dumps(json.loads(x), sort_keys=True)",
        ),
    ];
    for (program, script, asked_for) in
        [("node", "node.mjs", node), ("python3", "python.py", python)]
    {
        if !tools::has(program, "it signs what it prints") {
            continue;
        }
        let mut command = Command::new(program);
        command.arg(script).current_dir("tests/serialisers");
        let formulas: Vec<_> = asked_for.iter().map(|(_, f)| (*f).to_owned()).collect();
        let (_, answers) = ask::ask(command, &formulas, &bodies);
        for (body, answers) in bodies.iter().zip(answers) {
            for ((code, _), answer) in asked_for.iter().zip(answers) {
                let ask::Answer::Printed(printed) = answer else {
                    continue;
                };
                let proof = asked(body, sha1(SECRET, printed)).answer().proof;
                let proof = proof.unwrap_or_else(|| panic!("{code}: nothing found for {body}"));
                let mut all = std::iter::once(&proof.explanation).chain(&proof.same);
                assert!(all.any(|one| one.codes().contains(code)), "{code}: {body}");
            }
        }
    }
}

#[test]
fn explanations_that_nothing_tells_apart_are_all_named() {
    let sent = r#"{"a": 1, "b": "x"}"#;
    let answer = asked(sent, sha1(SECRET, r#"{"a":1,"b":"x"}"#)).gives(&["body.reserialized.node"]);
    let same: Vec<_> = answer
        .proof
        .unwrap()
        .same
        .iter()
        .map(|e| e.codes())
        .collect();
    for code in [
        "body.minified",
        "body.reserialized.ruby",
        "body.reserialized.php",
    ] {
        assert!(same.contains(&vec![code]), "{code} is not in {same:?}");
    }
    let php = asked(sent, sha1(SECRET, r#"{"a":1,"b":"x"}"#)).header("User-Agent", "GuzzleHttp/7");
    php.gives(&["body.reserialized.php"]);
}

#[test]
fn a_repeated_header_is_explained_by_the_value_that_is_right() {
    asked(BODY, "0".repeat(40))
        .header("x-chatzuri-signature", sha1(SECRET, BODY))
        .gives(&["header.repeated"]);
}

#[test]
fn no_flipped_bit_is_ever_explained() {
    let body = r#"{"a":1.0}"#;
    let mac = hmac::<Hmac<Sha1>>(SECRET, body);
    for signature in [hex(&mac), STANDARD.encode(&mac)] {
        for bit in 0..signature.len() * 8 {
            // Every seventh one, each bit of a byte in its turn.
            if bit % 7 != 0 {
                continue;
            }
            let mut bytes = signature.clone().into_bytes();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let Ok(flipped) = String::from_utf8(bytes) else {
                continue;
            };
            asked(body, flipped).gives_nothing();
        }
    }
}

#[test]
fn a_few_right_characters_prove_nothing() {
    let right = sha1(SECRET, BODY);
    for length in [0, 1, 4, 8, 15, 37, 38, 39] {
        asked(BODY, &right[..length]).gives_nothing();
    }
}

#[test]
fn whatever_is_sent_there_is_an_answer() {
    let deep = "[".repeat(200_000);
    for body in [
        &b""[..],
        b"\xff\xfe",
        b"{",
        deep.as_bytes(),
        b"\x1f\x8b\x08\xff\xff",
        b"\x78\x9c",
    ] {
        asked(body, "0".repeat(40)).gives_nothing();
    }
    for signature in [
        "",
        " ",
        "é",
        "sha1=",
        "=",
        &"a".repeat(100_000),
        "t=1,v1=",
        "{}",
    ] {
        asked(BODY, signature).gives_nothing();
    }
    let mut many = asked(BODY, "0".repeat(40));
    for i in 0..2000 {
        many = many.header(&format!("x-{i}-timestamp-signature-delivery"), "1");
    }
    many.gives_nothing();
}

#[test]
fn every_code_of_the_table_has_words_without_holes() {
    for entry in cause::all() {
        assert!(
            entry.code.contains('.') && !entry.fix.contains("{}"),
            "{}",
            entry.code
        );
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_is_explained_that_was_made_otherwise(
        secret in "[ -~]{1,40}",
        other in "[ -~]{12,40}",
        body in prop::collection::vec(any::<u8>(), 0..200),
        name in "[a-zA-Zé\"\\\\ ]{0,20}",
    ) {
        prop_assume!(!other.contains(&secret) && !secret.contains(&other));
        asked(&body, sha1(&other, &body)).secret(&secret).gives_nothing();
        let json = serde_json::json!({ "a": name, "b": [1, 2.5, null] }).to_string();
        asked(&json, sha1(&other, &json)).secret(&secret).gives_nothing();
        asked(&json, hex(&body[..body.len().min(20)])).secret(&secret).gives_nothing();
    }
}
