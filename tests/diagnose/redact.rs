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
use crate::{BODY, SECRET, hex, hmac, sha1};

/// A body in which every serializer changes something of its own, with private values.
const RICH: &str = r#"{"eventType":"lead.submit","agentId":"a\/1", "payload":{"customerName":"Zo\u00eb Sm\u00edth <é> & 'x' \ud83d\ude00","n":1.0,"e":2e5,"10":"x","2":[1, 2.50,12345678901234567890123],"o":{},"l":[],"mail":"sarah@acme.com","u":"\u2028\u007f","t":true}}"#;

/// A delivery with a wrong signature.
#[derive(Clone)]
struct Case {
    code: &'static str,
    secret: String,
    provider: &'static str,
    headers: Vec<(String, String)>,
    body: Vec<u8>,
}

fn case(code: &'static str, body: impl AsRef<[u8]>, signature: impl Into<String>) -> Case {
    Case {
        code,
        secret: SECRET.to_owned(),
        provider: "chatzuri",
        headers: vec![("X-Chatzuri-Signature".to_owned(), signature.into())],
        body: body.as_ref().to_vec(),
    }
}

impl Case {
    fn secret(mut self, secret: &str) -> Self {
        self.secret = secret.to_owned();
        self
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
            "type": "delivery", "id": id, "method": "POST", "target": "/hooks/zoe?user=sarah%40acme.com",
            "headers": self.headers, "body_base64": STANDARD.encode(&self.body),
        })
        .to_string()
            + "\n"
    }
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

fn cases() -> Vec<Case> {
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
        keyed("secret.other", "s3cret", "hunter2-other"),
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
    all.extend(serialized());
    all
}

fn codes(ran: &Ran) -> Vec<(u64, Value)> {
    let of = |line: &Value| {
        (line["id"].as_u64().unwrap_or_default(), line["diagnosis"]["causes"].clone())
    };
    ran.json().iter().filter(|line| line["type"] == "verdict").map(of).collect()
}

/// The throw-away secret that stands for the one of the option.
fn throwaway(ran: &Ran, what: &str) -> String {
    let start = format!("in place of {what}: ");
    let line = ran.stderr.lines().find(|line| line.contains(&start));
    let line = line.unwrap_or_else(|| panic!("no secret is stated: {}", ran.stderr));
    let text = line.split_once(&start).unwrap().1;
    let text = text.trim_start_matches('$');
    text[1..text.len() - 1].replace("\\'", "'")
}

/// Redacts deliveries with one secret and provider, and compares their diagnoses with those before.
fn compare(group: &[Case]) {
    let folder = tempfile::tempdir().unwrap();
    let first = &group[0];
    let config = format!("[profile.default]\nprovider = \"{}\"\n", first.provider);
    fs::write(folder.path().join("cz-hook.toml"), config).unwrap();
    let lines: String = group.iter().enumerate().map(|(id, one)| one.line(id + 1)).collect();
    fs::write(folder.path().join("capture.ndjson"), &lines).unwrap();
    let run = |command: &[&str], secret: &str, input: &[u8], other: &str| {
        let ran = hook(command).args(["--secret", secret]).within(folder.path());
        let ran = if other.is_empty() { ran } else { ran.env("CZ_HOOK_SECRET", other) };
        ran.stdin(input).run()
    };
    let other = if first.code == "secret.other" { "hunter2-other" } else { "" };
    let verify = ["verify", "-", "--json", "--format", "ndjson", "--explain=brief"];
    let before = codes(&run(&verify, &first.secret, lines.as_bytes(), other));
    for ((_, found), one) in before.iter().zip(group) {
        assert_eq!(found[0], one.code, "before redaction: {found}");
    }
    let redact = ["inspect", "capture.ndjson", "--as", "ndjson", "--redact"];
    let redacted = run(&redact, &first.secret, b"", other).exits(0);
    let text = String::from_utf8(redacted.stdout.clone()).unwrap();
    let bodies: Vec<_> = redacted.json().iter().map(|line| line["body"].to_string()).collect();
    for private in ["Sarah", "sarah", "acme.com", "Smith", "Zo\\\\u00eb", "hunter2", "254712345678"]
    {
        assert!(!text.contains(private), "{private} is in {text}");
        assert!(bodies.iter().all(|body| !body.contains(private)), "{private}");
    }
    // A note names the deliveries whose cause could not be kept; most are.
    let changed: BTreeSet<usize> = redacted
        .stderr
        .lines()
        .filter(|line| line.contains("the cause that is found is not the same"))
        .filter_map(|line| line.split("delivery ").nth(1)?.split(':').next()?.parse().ok())
        .collect();
    assert!(changed.len() * 5 <= group.len().max(5), "{}", redacted.stderr);
    let secret = throwaway(&redacted, "the secret from --secret");
    assert_ne!(secret, first.secret);
    let other = match other {
        "" => String::new(),
        _ => throwaway(&redacted, "the secret from CZ_HOOK_SECRET"),
    };
    let after = codes(&run(&verify, &secret, text.as_bytes(), &other));
    for (number, (after, before)) in (1..).zip(after.iter().zip(&before)) {
        assert!(after == before || changed.contains(&number), "{number}: {}", redacted.stderr);
    }
    assert_eq!(after.len(), group.len());
}

/// Causes without a case here. Redaction tries to keep them as it does the others, and says where it cannot.
#[rustfmt::skip]
const WITHOUT_CASE: &[&str] = &[
    "body.base64",
    "body.buffer",
    "body.escaped",
    "body.form_as_json",
    "body.form_reencoded",
    "body.framework_fields",
    "body.hex",
    "body.json_string",
    "body.multipart",
    "body.newlines_stripped",
    "body.placeholder",
    "body.python_bytes",
    "body.split_character",
    "body.utf16",
    "body.values_changed",
    "capture.cut_off",
    "capture.decompressed",
    "capture.indented",
    "capture.length",
    "capture.printed",
    "capture.replacement_char",
    "capture.rounded",
    "capture.string",
    "header.embedded",
    "header.name_in_value",
    "header.secret",
    "header.start_missing",
    "header.stripped",
    "request.form",
    "request.method",
    "request.path",
    "request.time",
    "request.url",
    "scheme.appended",
    "secret.base64_encoded",
    "secret.case",
    "secret.cut_off",
    "secret.escaped",
    "secret.expanded",
    "secret.hashed",
    "secret.hex_encoded",
    "secret.invisible",
    "secret.undecoded",
    "secret.whole_line",
];

#[test]
fn every_cause_is_the_same_after_redaction() {
    let cases = cases();
    let tested: BTreeSet<_> = cases.iter().map(|one| one.code).collect();
    let all: BTreeSet<_> = cause::all().map(|one| one.code).collect();
    let known: BTreeSet<_> = tested.iter().chain(WITHOUT_CASE).copied().collect();
    assert_eq!(known, all, "every cause has a case, or is named as one without");
    let mut groups: Vec<Vec<Case>> = Vec::new();
    for one in cases {
        // A brief search explains twenty deliveries of a capture.
        let fits = |group: &&mut Vec<Case>| {
            group.len() < 20 && group[0].secret == one.secret && group[0].provider == one.provider
        };
        match groups.iter_mut().find(fits).filter(|_| one.code != "secret.other") {
            Some(group) => group.push(one),
            None => groups.push(vec![one]),
        }
    }
    std::thread::scope(|scope| {
        groups.iter().for_each(|group| drop(scope.spawn(|| compare(group))))
    });
}
