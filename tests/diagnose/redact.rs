//! `inspect --redact`: a redacted delivery has the same diagnosis under the throw-away secret, for every cause.

use std::collections::BTreeSet;
use std::fs;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use cz_hook::diagnose::{cause, runtimes};
use cz_hook::webhook::payload::json::parse;
use hmac::Hmac;
use serde_json::{Value, json};
use sha1::{Digest, Sha1};
use sha2::Sha256;

use crate::support::{Ran, hook};
use crate::{BODY, SECRET, causes, hex, hmac, sha1};

/// A body in which every serializer changes something of its own, with private values.
const RICH: &str = r#"{"eventType":"lead.submit","agentId":"a\/1", "payload":{"customerName":"Zo\u00eb Sm\u00edth <é> & 'x' \ud83d\ude00","n":1.0,"e":2e5,"10":"x","2":[1, 2.50,12345678901234567890123],"o":{},"l":[],"mail":"sarah@acme.com","u":"\u2028\u007f","t":true}}"#;

/// A delivery with a wrong signature.
#[derive(Clone)]
struct Case {
    code: &'static str,
    secret: String,
    /// Another secret, which CZ_HOOK_SECRET holds.
    other: String,
    provider: &'static str,
    public_url: Option<String>,
    target: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn case(code: &'static str, body: impl AsRef<[u8]>, signature: impl Into<String>) -> Case {
    Case {
        code,
        secret: SECRET.to_owned(),
        other: String::new(),
        provider: "chatzuri",
        public_url: None,
        target: "/hooks/zoe?user=sarah%40acme.com",
        headers: vec![("X-Chatzuri-Signature".to_owned(), signature.into())],
        body: body.as_ref().to_vec(),
    }
}

impl Case {
    fn secret(mut self, secret: &str) -> Self {
        self.secret = secret.to_owned();
        self
    }

    fn other(mut self, other: &str) -> Self {
        self.other = other.to_owned();
        self
    }

    /// Whether one run can have both.
    fn is_run_with(&self, other: &Self) -> bool {
        (&self.secret, &self.other, self.provider, &self.public_url)
            == (&other.secret, &other.other, other.provider, &other.public_url)
    }

    fn of(mut self, provider: &'static str) -> Self {
        self.provider = provider;
        self
    }

    fn header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    fn line(&self, id: usize) -> String {
        json!({
            "type": "delivery", "id": id, "method": "POST", "target": self.target,
            "headers": self.headers, "body_base64": STANDARD.encode(&self.body),
        })
        .to_string()
            + "\n"
    }
}

/// Text as .NET's `Encoding.Unicode` writes it.
fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}

/// A form whose only part is JSON.
const PARTS: &str = "--b\r\nContent-Disposition: form-data; name=\"payload\"\r\n\r\n{\"name\": \"Sarah\"}\r\n--b--\r\n";

/// A provider that signs the path before the body.
const ROUTED: &str = r#"document = "https://routed.example/docs"
name = "routed"
title = "Routed"

[[signature]]
algorithm = "hmac-sha256"
header = "X-Routed-Signature"
encoding = "hex"
signs = ["path", "body"]

[envelope]
keys = ["eventType"]
event = "/eventType"

[[event]]
name = "paid"
summary = "it was paid"
payload = "documented"
"#;

/// A delivery of that provider's, which was signed over another path.
fn signed_path(path: &str) -> Case {
    let signature = hex(hmac::<Hmac<Sha256>>(SECRET, format!("{path}{BODY}")));
    let mut case = case("request.path", BODY, signature).of("routed");
    case.headers[0].0 = "X-Routed-Signature".into();
    case.target = "/v1/api/hook?b=2";
    case
}

/// What other serializers write of a body, signed.
fn serialized() -> Vec<Case> {
    let document = parse(RICH).unwrap();
    let mut all: Vec<_> = runtimes::all().iter().collect();
    all.sort_by_key(|one| one.codes.len());
    let cases = all.into_iter().filter_map(|one| {
        let written = runtimes::write(one, document.root(), 1 << 20)?;
        let agent = match one.runtime.name() {
            "php" => "GuzzleHttp/7",
            "ruby" => "Ruby",
            "rails" => "Rails",
            "go" => "Go-http-client/1.1",
            "dotnet" => "RestSharp/1",
            "jackson" => "Java/21",
            "python" => "python-requests/2",
            _ => "curl/8",
        };
        Some(case(one.codes[0], RICH, sha1(SECRET, written)).header("User-Agent", agent))
    });
    let mut seen = BTreeSet::new();
    cases.filter(|one| seen.insert(one.code)).collect()
}

/// A body whose content is compressed, with the checksum that gzip has.
fn gzip(plain: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut made = Vec::new();
    let level = flate2::Compression::default();
    flate2::read::GzEncoder::new(plain, level).read_to_end(&mut made).unwrap();
    made
}

fn other_causes() -> Vec<Case> {
    let mac = hmac::<Hmac<Sha1>>(SECRET, BODY);
    let right = hex(&mac);
    let longer = hex(hmac::<Hmac<Sha256>>(SECRET, BODY));
    let latin = b"{\"name\":\"Jos\xe9 Smith\"}";
    let lossy = String::from_utf8_lossy(latin).into_owned();
    let name = "{\"name\":\"Jos\u{e9} Smith\"}";
    let lines = "{\n  \"name\": \"Sarah\u{e9}\"\n}";
    let keyed = |code, given: &str, used: &str| case(code, BODY, sha1(used, BODY)).secret(given);
    let hashed = |code, body: &str, hashed: &str| case(code, body, sha1(SECRET, hashed));
    let part = r#"{"event":"x","data":{"name": "Zoe Smith", "deep":{"n":1.0}}}"#;
    let form = "name=Sarah&payload=%7B%22name%22%3A+%22Sarah%22%7D";
    let at = "1700000000";
    let mut all = vec![
        keyed("secret.trailing_newline", "s3cret", "s3cret\n"),
        keyed("secret.surrounding_space", "  s3cret ", "s3cret"),
        keyed("secret.quoted", "'s3cret'", "s3cret"),
        keyed("secret.base64_decoded", "c2VjcmV0", "secret"),
        keyed("secret.hex_decoded", "68656c6c6f", "hello"),
        keyed("secret.prefix_stripped", "whsec_abc", "abc"),
        keyed("secret.prefix_stripped", "sk-live!", "live!"),
        keyed("secret.url_decoded", "a%2Fb%3D", "a/b="),
        keyed("secret.empty", "s3cret", "undefined"),
        keyed("secret.hex_encoded", "s3cret", "733363726574"),
        hashed("body.hex", BODY, &hex(BODY)),
        case("body.utf16", name, sha1(SECRET, utf16(name))),
        case("body.multipart", PARTS, sha1(SECRET, "{\"name\": \"Sarah\"}"))
            .header("Content-Type", "multipart/form-data; boundary=b"),
        signed_path("/api/hook"),
        keyed("secret.other", "s3cret", "hunter2-other").other("hunter2-other"),
        hashed("body.trailing_newline", BODY, &format!("{BODY}\n")),
        hashed("body.crlf", lines, &lines.replace('\n', "\r\n")),
        hashed("body.bom", &format!("\u{feff}{BODY}"), BODY),
        hashed("body.trimmed", &format!("  {BODY} \n\n"), BODY),
        hashed("body.empty", BODY, ""),
        hashed("body.empty_object", BODY, "{}"),
        hashed("body.object_object", BODY, "[object Object]"),
        hashed("body.latin1", name, &"{\"name\":\"Jos\u{e9} Smith\"}".replace('é', "\u{c3}\u{a9}")),
        case("body.latin1", name, sha1(SECRET, latin)),
        case("body.replacement_char", latin, sha1(SECRET, lossy)),
        case("body.gzip", gzip(BODY.as_bytes()), sha1(SECRET, BODY)),
        case("body.gzip", gzip(BODY.as_bytes()), sha1(SECRET, BODY))
            .header("Content-Encoding", "gzip"),
        hashed("body.form_encoded", form, "{\"name\": \"Sarah\"}"),
        hashed("body.truncated", BODY, &BODY[..100]),
        hashed("body.subtree", part, r#"{"name": "Zoe Smith", "deep":{"n":1.0}}"#),
        case("scheme.algorithm", BODY, &longer),
        case("scheme.plain_hash", BODY, hex(Sha1::digest([BODY, SECRET].concat()))),
        case("scheme.swapped", BODY, sha1(BODY, SECRET)),
        case("scheme.double_hex", BODY, sha1(SECRET, hex(Sha1::digest(BODY)))),
        case("scheme.timestamp", BODY, sha1(SECRET, format!("{at}.{BODY}")))
            .header("X-Timestamp", at),
        case("encoding.base64", BODY, STANDARD.encode(&mac)),
        case("encoding.base64url", BODY, URL_SAFE_NO_PAD.encode(&mac)),
        case("encoding.hex", BODY, "").of("shopify"),
        case("encoding.uppercase", BODY, right.to_uppercase()),
        case("prefix.extra", BODY, format!("sha1={right}")),
        case("prefix.missing", BODY, &longer).of("chatzuri-guide"),
        case("prefix.other", BODY, format!("v1={longer}")).of("chatzuri-guide"),
        case("header.other_provider", BODY, format!("sha256={longer}")),
        case("header.renamed", BODY, "").of("chatzuri-guide"),
        case("header.list", BODY, format!("t={at},v1={right}")),
        case("header.repeated", BODY, "0123456789".repeat(4))
            .header("x-chatzuri-signature", &right),
        case("header.truncated", BODY, &right[..32]),
        case("header.timestamp", BODY, "").of("slack"),
    ];
    for one in &mut all {
        match one.code {
            "header.renamed" => {
                one.headers[0] = ("X-Acme-Signature".into(), format!("sha256={longer}"))
            }
            "encoding.hex" => one.headers[0] = ("X-Shopify-Hmac-SHA256".into(), longer.clone()),
            "header.timestamp" => {
                let signed = hex(hmac::<Hmac<Sha256>>(SECRET, format!("v0:yesterday:{BODY}")));
                one.headers[0] = ("X-Slack-Signature".into(), format!("v0={signed}"));
                one.headers.push(("X-Slack-Request-Timestamp".into(), "yesterday".into()));
            }
            _ => {}
        }
    }
    all.extend(damaged());
    all
}

/// The rows of the table of causes.
fn tabled() -> Vec<Case> {
    let rows = causes::rows().into_iter().filter(|(_, _, codes)| !codes.is_empty());
    rows.map(|(_, asked, codes)| Case {
        code: codes[0],
        secret: String::from_utf8(asked.secret).unwrap(),
        other: asked.others.first().map_or_else(String::new, |secret| {
            String::from_utf8(secret.expose().to_vec()).unwrap()
        }),
        provider: asked.provider,
        public_url: asked.context.public_url,
        target: asked.target,
        headers: asked.headers,
        body: asked.body,
    })
    .collect()
}

/// Bodies that are not what was sent, and signatures that nothing explains.
fn damaged() -> Vec<Case> {
    let zeros = "0".repeat(40);
    let of = |(body, code): (&str, &'static str)| case(code, body, &zeros);
    let mut all: Vec<_> = causes::DAMAGED.into_iter().map(of).collect();
    all.push(case("capture.length", BODY, &zeros).header("Content-Length", "9"));
    let coded = case("capture.decompressed", BODY, &zeros).header("Content-Length", "9");
    all.push(coded.header("Content-Encoding", "gzip"));
    all
}

fn codes(ran: &Ran) -> Vec<(u64, Value)> {
    let of = |line: &Value| {
        let diagnosis = &line["diagnosis"];
        let evidence = diagnosis["evidence"].as_array().into_iter().flatten();
        let evidence = evidence.map(|one| one["code"].clone());
        let causes = diagnosis["causes"].as_array().into_iter().flatten().cloned();
        (line["id"].as_u64().unwrap_or_default(), causes.chain(evidence).collect())
    };
    ran.json().iter().filter(|line| line["type"] == "verdict").map(of).collect()
}

/// The throw-away secret that stands for the one of the option.
fn throwaway(ran: &Ran, what: &str) -> Option<String> {
    let start = format!("in place of {what}: ");
    let line = ran.stderr.lines().find(|line| line.contains(&start))?;
    Some(unquoted(line.split_once(&start).unwrap().1))
}

/// A word of a shell: `'…'`, `\'` and `$'…\x41'`.
fn unquoted(word: &str) -> String {
    let mut out = Vec::new();
    let mut bytes = word.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\\' => out.push(bytes.next().unwrap()),
            b'\'' => out.extend(bytes.by_ref().take_while(|b| *b != b'\'')),
            b'$' => {
                bytes.next();
                while let Some(byte) = bytes.next().filter(|b| *b != b'\'') {
                    match (byte, bytes.peek()) {
                        (b'\\', Some(b'x')) => {
                            let digits: Vec<_> = bytes.by_ref().skip(1).take(2).collect();
                            let digits = String::from_utf8(digits).unwrap();
                            out.push(u8::from_str_radix(&digits, 16).unwrap());
                        }
                        (b'\\', Some(b'n')) => {
                            bytes.next();
                            out.push(b'\n');
                        }
                        (b'\\', Some(_)) => out.push(bytes.next().unwrap()),
                        _ => out.push(byte),
                    }
                }
            }
            _ => panic!("no quoted word: {word}"),
        }
    }
    String::from_utf8(out).unwrap()
}

/// Redacts deliveries that one run can have, and compares their diagnoses with those before. Returns what differs.
fn compare(group: &[Case]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    let first = &group[0];
    let config =
        format!("providers = \"own\"\n[profile.default]\nprovider = \"{}\"\n", first.provider);
    fs::create_dir_all(folder.path().join("own/routed")).unwrap();
    fs::write(folder.path().join("own/routed/provider.toml"), ROUTED).unwrap();
    fs::write(folder.path().join("own/routed/paid.json"), "{\"eventType\":\"paid\"}").unwrap();
    fs::write(folder.path().join("cz-hook.toml"), config).unwrap();
    let lines: String = group.iter().enumerate().map(|(id, one)| one.line(id + 1)).collect();
    fs::write(folder.path().join("capture.ndjson"), &lines).unwrap();
    let run = |command: &[&str], secret: &str, input: &[u8], other: &str| {
        let ran = hook(command).args(["--secret", secret]).within(folder.path());
        let ran = ran.args(["--config", "cz-hook.toml"]);
        let ran = match &first.public_url {
            Some(url) => ran.args(["--public-url", url]),
            None => ran,
        };
        let ran = if other.is_empty() { ran } else { ran.env("CZ_HOOK_SECRET", other) };
        ran.stdin(input).run()
    };
    let verify = ["verify", "-", "--json", "--format", "ndjson", "--explain=brief"];
    let before = codes(&run(&verify, &first.secret, lines.as_bytes(), &first.other));
    for ((_, found), one) in before.iter().zip(group) {
        assert!(found.as_array().unwrap().contains(&json!(one.code)), "{}: {found}", one.code);
    }
    let redact = ["inspect", "capture.ndjson", "--as", "ndjson", "--redact"];
    let redacted = run(&redact, &first.secret, b"", &first.other).exits(0);
    let text = String::from_utf8(redacted.stdout.clone()).unwrap();
    let bodies: Vec<_> = redacted.json().iter().map(|line| line["body"].to_string()).collect();
    for private in ["Sarah", "sarah", "acme.com", "Smith", "Zo\\\\u00eb", "hunter2", "254712345678"]
    {
        assert!(!text.contains(private), "{private} is in {text}");
        assert!(bodies.iter().all(|body| !body.contains(private)), "{private}");
    }
    let secret = throwaway(&redacted, "the secret from --secret").unwrap_or("none".into());
    assert_ne!(secret, first.secret);
    let other = throwaway(&redacted, "the secret from CZ_HOOK_SECRET").unwrap_or_default();
    let after = codes(&run(&verify, &secret, text.as_bytes(), &other));
    assert_eq!(after.len(), group.len());
    let mut different = Vec::new();
    for ((one, before), after) in group.iter().zip(&before).zip(&after) {
        if before != after {
            let number = before.0;
            let note = format!("delivery {number}: the cause that is found is not the same");
            let is_said = redacted.stderr.contains(&note);
            // Another digest may begin with other characters, which nothing strips.
            if is_said && one.code == "header.stripped" {
                continue;
            }
            different.push(format!(
                "{} of {}: {} became {}, and that is {}said",
                one.code,
                one.provider,
                before.1,
                after.1,
                if is_said { "" } else { "not " }
            ));
        }
    }
    different
}

/// Fails unless each case has the same causes after redaction.
fn stay_the_same(cases: Vec<Case>) {
    let count = cases.len();
    let mut groups: Vec<Vec<Case>> = Vec::new();
    for one in cases {
        // A brief search explains twenty deliveries of a capture.
        let fits = |group: &&mut Vec<Case>| group.len() < 20 && group[0].is_run_with(&one);
        match groups.iter_mut().find(fits) {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    let different: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = groups.iter().map(|group| scope.spawn(|| compare(group))).collect();
        all.into_iter().flat_map(|one| one.join().unwrap()).collect()
    });
    assert!(different.is_empty(), "{} of {count}:\n{}", different.len(), different.join("\n"));
}

#[test]
fn every_cause_has_a_case() {
    let cases = [serialized(), tabled(), other_causes()].concat();
    let tested: BTreeSet<_> = cases.iter().map(|one| one.code).collect();
    let all: BTreeSet<_> = cause::all().map(|one| one.code).collect();
    let missing: Vec<_> = all.difference(&tested).collect();
    assert!(missing.is_empty(), "causes without a case: {missing:?}");
}

/// Every second case.
fn every_second(cases: Vec<Case>, first: usize) -> Vec<Case> {
    cases.into_iter().skip(first).step_by(2).collect()
}

#[test]
fn serializers_are_the_same_after_redaction_1_of_2() {
    stay_the_same(every_second(serialized(), 0));
}

#[test]
fn serializers_are_the_same_after_redaction_2_of_2() {
    stay_the_same(every_second(serialized(), 1));
}

#[test]
fn the_causes_of_the_table_are_the_same_after_redaction() {
    stay_the_same(tabled());
}

#[test]
fn other_causes_are_the_same_after_redaction() {
    stay_the_same(other_causes());
}
