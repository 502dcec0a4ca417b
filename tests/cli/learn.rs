//! `learn`: a provider's description from captured deliveries, proved or not printed.

use std::path::{Path, PathBuf};

use crate::support::{BODY, SECRET, SIGNATURE, hook, sha256_signature};
use serde_json::Value;
use tempfile::TempDir;

/// A delivery of an unknown provider, signed like `time.id.body`.
fn request(time: &str, id: &str, body: &str) -> String {
    let value = sha256_signature(format!("{time}.{id}.{body}").as_bytes());
    http(
        &[("X-Acme-Sent", time), ("X-Acme-Id", id), ("X-Acme-Signature", &format!("v1={value}"))],
        body,
    )
}

fn http(headers: &[(&str, &str)], body: &str) -> String {
    let headers: String =
        headers.iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    format!(
        "POST /hooks HTTP/1.1\r\nHost: example.com\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

fn write(dir: &TempDir, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
    let path = dir.path().join(name);
    std::fs::write(&path, text).unwrap();
    path
}

const FIRST: &str = r#"{"type":"order.paid","customer":{"name":"Zoe Quill","email":"zoe@shop.example.org"},"total":4711.5}"#;
const SECOND: &str = r#"{"type":"order.sent","customer":{"name":"Tom Able","email":"tom@shop.example.org"},"parcel":"P-99817"}"#;
const THIRD: &str = r#"{"type":"order.sent","customer":{"name":"Ann Cole","email":"ann@shop.example.org"},"parcel":"P-10001"}"#;

fn two(dir: &TempDir) -> [PathBuf; 2] {
    [
        write(dir, "1.http", request("1769860800", "msg_7b0e4a4e", FIRST)),
        write(dir, "2.http", request("1769860977", "msg_91c1f2aa", SECOND)),
    ]
}

fn learn(files: &[PathBuf]) -> crate::support::Hook {
    hook(["learn"]).args(files).args(["--secret", SECRET])
}

#[test]
fn an_unknown_provider_is_learned_and_verifies_the_next_delivery() {
    let dir = tempfile::tempdir().unwrap();
    let files = two(&dir);
    let folder = dir.path().join("providers");
    let ran = learn(&files).arg("--write").arg(&folder).run().exits(0);
    for line in [
        "name = \"acme\"",
        "header = \"x-acme-signature\"",
        "prefix = \"v1=\"",
        "{ header = \"x-acme-sent\" }, { text = \".\" }, { header = \"x-acme-id\" }, { text = \".\" }, \"body\"",
        "timestamp = { header = \"x-acme-sent\" }",
        "id = { header = \"x-acme-id\", make = \"msg_{uuid}\" }",
        "event = \"/type\"",
        "name = \"order.sent\"",
    ] {
        assert!(ran.out().contains(line), "{line}: {}", ran.out());
    }
    assert!(ran.stderr.contains("tolerance"), "{}", ran.stderr);
    let own = folder.join("acme");
    assert_eq!(std::fs::read_to_string(own.join("provider.toml")).unwrap(), ran.out());
    let sample = std::fs::read_to_string(own.join("order.paid.json")).unwrap();
    for private in ["Zoe", "Quill", "zoe", "shop", "4711"] {
        assert!(!sample.contains(private), "{sample}");
    }
    assert!(sample.contains("\"type\": \"order.paid\""), "{sample}");
    let schema = std::fs::read_to_string(own.join("order.sent.schema.json")).unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert_eq!(schema["required"], serde_json::json!(["type", "customer", "parcel"]));

    let config = write(&dir, "cz-hook.toml", "providers = 'providers'\n");
    let with = |args: &[&str], file: &Path| {
        let ran = hook(args).arg(file).arg("--config").arg(&config).args(["--secret", SECRET]);
        ran.run()
    };
    let third = write(&dir, "3.http", request("1769861000", "msg_1", THIRD));
    let ran = with(&["verify", "--json"], &third).exits(0);
    assert_eq!(ran.json()[0]["provider"], "acme");
    let other = request("1769861000", "msg_1", THIRD).replace("10001", "10002");
    with(&["verify"], &write(&dir, "4.http", other)).exits(1);
    let check = hook(["config", "--check", "--config"]).arg(&config);
    check.run().exits(0);
    let signed =
        hook(["sign", "order.paid", "--provider", "acme", "--print", "request", "--config"]);
    let signed = signed.arg(&config).args(["--secret", SECRET]).run().exits(0);
    with(&["verify", "--provider", "acme"], &write(&dir, "5.http", &signed.stdout)).exits(0);

    // Nothing that exists is overwritten.
    let ran = learn(&files).arg("--write").arg(&folder).run().exits(2);
    assert!(ran.stderr.contains("already exists") && ran.stdout.is_empty(), "{}", ran.stderr);
}

#[test]
fn several_deliveries_in_one_file_and_in_other_formats_are_read() {
    let dir = tempfile::tempdir().unwrap();
    let [first, second] = two(&dir);
    let whole = hook(["inspect", "--as", "har"]).arg(&first).run().exits(0).stdout;
    let har = write(&dir, "1.har", whole);
    let apart = learn(&[first.clone(), second.clone()]).run().exits(0);
    let mixed = learn(&[har, second.clone()]).run().exits(0);
    assert_eq!(apart.out(), mixed.out());
    let both = [std::fs::read(&first).unwrap(), std::fs::read(&second).unwrap()].concat();
    let together = hook(["learn", "--secret", SECRET]).stdin(both).run().exits(0);
    assert_eq!(apart.out(), together.out());
}

#[test]
fn what_one_delivery_leaves_open_is_said() {
    let dir = tempfile::tempdir().unwrap();
    let value = sha256_signature(format!("v2:live:{FIRST}").as_bytes());
    let headers = [
        ("X-Acme-Version", "v2"),
        ("X-Acme-Mode", "live"),
        ("X-Acme-Copy", "live"),
        ("X-Acme-Hmac", &value),
    ];
    let file = write(&dir, "1.http", http(&headers, FIRST));
    let ran = learn(&[file]).run().exits(0);
    for part in ["x-acme-mode", "x-acme-copy", "fixed text", "another delivery"] {
        assert!(ran.stderr.contains(part), "{part}: {}", ran.stderr);
    }
}

#[test]
fn nothing_is_printed_that_does_not_reproduce_every_signature() {
    let dir = tempfile::tempdir().unwrap();
    let [first, second] = two(&dir);
    let changed = std::fs::read_to_string(&second).unwrap().replace("Able", "Ible");
    let changed = write(&dir, "changed.http", changed);
    let ran = learn(&[first.clone(), changed]).run().exits(1);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("1 of the 2"), "{}", ran.stderr);
    let ran = hook(["learn", "--secret", "another secret"]).arg(&first).run().exits(1);
    assert!(ran.stdout.is_empty() && ran.stderr.contains("no scheme"), "{}", ran.stderr);
    let ran = hook(["learn", "--secret", "another secret", "--json"]).arg(&first).run().exits(1);
    let line = &ran.json()[0];
    assert_eq!((&line["proved"], &line["provider_toml"]), (&Value::Bool(false), &Value::Null));
}

#[test]
fn what_provider_toml_cannot_describe_is_explained() {
    let dir = tempfile::tempdir().unwrap();
    let value = sha256_signature(FIRST.as_bytes()).to_uppercase();
    let file = write(&dir, "1.http", http(&[("X-Acme-Signature", &value)], FIRST));
    learn(&[file]).run().exits(1);
    let spaced = FIRST.replace("\":", "\": ");
    let value = sha256_signature(FIRST.as_bytes());
    let file = write(&dir, "2.http", http(&[("X-Acme-Signature", &value)], &spaced));
    let ran = learn(&[file]).run().exits(1);
    assert!(ran.stderr.contains("cannot describe"), "{}", ran.stderr);
}

#[test]
fn without_a_secret_the_form_is_told_and_nothing_is_proved() {
    let dir = tempfile::tempdir().unwrap();
    let ran = hook(["learn"]).args(two(&dir)).run().exits(1);
    for part in [
        "x-acme-signature",
        "hmac-sha256",
        "v1=<64 lowercase hex digits>",
        "x-acme-sent header (seconds",
    ] {
        assert!(ran.out().contains(part), "{part}: {}", ran.out());
    }
    assert!(ran.stderr.contains("nothing is proved"), "{}", ran.stderr);
    let jwt = "eyJhbGciOiJIUzI1NiJ9.eyJpYXQiOjE3Njk4NjA4MDB9.c2lnbmF0dXJlLW9mLWl0";
    let headers = [("X-Acme-Token", "abcdef-123456"), ("X-Acme-Proof", jwt)];
    let file = write(&dir, "token.http", http(&headers, FIRST));
    let ran = hook(["learn"]).arg(file).run().exits(1);
    for part in
        ["x-acme-token header: perhaps the secret itself", "x-acme-proof header: a JSON Web Token"]
    {
        assert!(ran.out().contains(part), "{part}: {}", ran.out());
    }
    assert!(!ran.out().contains("abcdef"), "{}", ran.out());
}

#[test]
fn a_token_is_learned_and_never_shown() {
    let dir = tempfile::tempdir().unwrap();
    let basic = data_encoding::BASE64.encode(b"hook:tops3cret-word");
    for (secret, header, value, expected) in [
        (
            "tops3cret-word",
            "X-Acme-Token",
            "tops3cret-word".to_owned(),
            "header = \"x-acme-token\"",
        ),
        (
            "tops3cret-word",
            "Authorization",
            "Bearer tops3cret-word".to_owned(),
            "prefix = \"Bearer \"",
        ),
        ("hook:tops3cret-word", "Authorization", format!("Basic {basic}"), "encoding = \"base64\""),
    ] {
        let body = r#"{"event":"ping","echo":"tops3cret-word","tops3cret-word":1}"#;
        let file = write(&dir, "1.http", http(&[(header, &value)], body));
        let folder = tempfile::tempdir().unwrap();
        let ran = hook(["learn", "--secret", secret, "--write"])
            .arg(folder.path())
            .arg(&file)
            .run()
            .exits(0);
        assert!(
            ran.out().contains("algorithm = \"token\"") && ran.out().contains(expected),
            "{}",
            ran.out()
        );
        let json = hook(["learn", "--secret", secret, "--json"]).arg(&file).run().exits(0);
        let mut shown = format!("{}{}{}{}", ran.out(), ran.stderr, json.out(), json.stderr);
        let own = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
        for entry in std::fs::read_dir(own).unwrap() {
            shown.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
        }
        assert!(!shown.contains("tops3cret-word") && !shown.contains(&basic), "{shown}");
    }
    // A short secret may be anywhere by accident.
    let file = write(&dir, "2.http", http(&[("X-Acme-Attempt", "1")], r#"{"event":"ping"}"#));
    hook(["learn", "--secret", "1"]).arg(&file).run().exits(1);
}

#[test]
fn a_known_provider_is_named_first() {
    let dir = tempfile::tempdir().unwrap();
    let file = write(&dir, "1.http", http(&[("X-Chatzuri-Signature", SIGNATURE)], BODY));
    let ran = learn(&[file]).run().exits(0);
    assert!(
        ran.stderr.starts_with(
            "note: all deliveries are valid as those of the built-in provider chatzuri"
        ),
        "{}",
        ran.stderr
    );
    assert!(ran.out().contains("name = \"chatzuri-learned\""), "{}", ran.out());
}

#[test]
fn a_signed_url_is_the_public_url_or_taken_from_the_host() {
    let dir = tempfile::tempdir().unwrap();
    let url = "https://example.com/hooks";
    let body = "To=%2B2547&Status=sent&Body=a+b";
    let value = sha256_signature(format!("{url}|{body}").as_bytes());
    let request = http(&[("X-Acme-Signature", &value)], body)
        .replace("application/json", "application/x-www-form-urlencoded");
    let elsewhere = request.replace("Host: example.com", "Host: 127.0.0.1:8080");
    let file = write(&dir, "1.http", request);
    let ran = learn(std::slice::from_ref(&file)).run().exits(0);
    assert!(ran.stderr.contains("--public-url https://example.com"), "{}", ran.stderr);
    let file = write(&dir, "2.http", elsewhere);
    learn(std::slice::from_ref(&file)).run().exits(1);
    let ran = learn(&[file]).args(["--public-url", url]).run().exits(0);
    for part in [
        "signs = [\"url\", { text = \"|\" }, \"body\"]",
        "form = true",
        "event = { form = \"Status\" }",
    ] {
        assert!(ran.out().contains(part), "{part}: {}", ran.out());
    }
}

#[test]
fn what_cannot_be_used_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let body = write(&dir, "body.json", FIRST);
    let ran = learn(&[body]).run().exits(2);
    assert!(ran.stderr.contains("without its headers"), "{}", ran.stderr);
    learn(&[dir.path().join("nothing.http")]).run().exits(3);
    for name in ["a/b", "../x", "", "chatbase"] {
        let ran = learn(&two(&dir)).args(["--name", name]).run().exits(2);
        assert!(
            ran.stdout.is_empty() && ran.stderr.contains("cannot be described"),
            "{}",
            ran.stderr
        );
    }
    hook(["learn", "--secret", ""]).args(two(&dir)).run().exits(2);
    // Hostile names and values: nothing that a terminal would obey is printed.
    let evil = "{\"type\":\"a\\u001b[2J\",\"\u{1b}[2J\":1,\"k\u{202e}\":2}";
    let value = sha256_signature(evil.as_bytes());
    let file = write(&dir, "evil.http", http(&[("X-Acme-Signature", &value)], evil));
    let ran = learn(&[file]).run();
    assert!(
        !ran.out().contains(['\u{1b}', '\u{202e}']) && !ran.stderr.contains('\u{1b}'),
        "{}",
        ran.out()
    );
}
