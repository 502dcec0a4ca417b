//! The lines of `--json` match their schemas: no field is undocumented, and every documented field is printed.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::support::endpoint::{Endpoint, Reply};
use crate::support::faulty::FaultyEndpoint;
use crate::support::faulty::flaw::Flaw;
use crate::support::handshakes::Place;
use crate::support::listening::{Listening, exchange, in_time, request};
use crate::support::{BODY, SECRET, SIGNATURE, files, hook, root, signature, write_program};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};

const HEADER: &str = "x-chatzuri-signature";
const PARTS: &str = "parts.schema.json#/$defs/";

fn folder() -> PathBuf {
    root().join("docs/schema")
}

/// The schemas of lines by name, each with the shared parts in it.
fn schemas() -> BTreeMap<String, Value> {
    let parts = read("parts");
    let mut all = BTreeMap::new();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let file = entry.unwrap().file_name().into_string().unwrap();
        if file == "inspector.openapi.json" {
            continue; // tests/listen/inspector/described.rs
        }
        let name = file.strip_suffix(".schema.json").expect("only schemas are there");
        if matches!(name, "parts" | "line" | "contract") {
            continue;
        }
        let mut schema = read(name);
        schema["$defs"] = parts["$defs"].clone();
        let text = schema.to_string().replace(PARTS, "#/$defs/");
        all.insert(name.to_owned(), serde_json::from_str(&text).unwrap());
    }
    all
}

fn read(name: &str) -> Value {
    let path = folder().join(format!("{name}.schema.json"));
    let text = std::fs::read_to_string(path).unwrap();
    serde_json::from_str(&text).expect("JSON")
}

/// The same, allowing no undocumented fields.
fn strict(schema: &Value) -> Value {
    match schema {
        Value::Object(map) => map
            .iter()
            .map(|(key, value)| match key.as_str() {
                "additionalProperties" => (key.clone(), Value::Bool(false)),
                _ => (key.clone(), strict(value)),
            })
            .collect(),
        Value::Array(items) => items.iter().map(strict).collect(),
        other => other.clone(),
    }
}

/// The printed lines, by the schema that they have to satisfy.
#[derive(Default)]
struct Printed(Vec<(&'static str, Value)>);

impl Printed {
    /// Every line of a run, all of one schema.
    fn all(&mut self, schema: &'static str, lines: Vec<Value>) {
        assert!(!lines.is_empty(), "nothing was printed for {schema}");
        self.0.extend(lines.into_iter().map(|line| (schema, line)));
    }

    fn run(&mut self, schema: &'static str, args: &[&str]) {
        let ran = hook(args).env("CZ_HOOK_SECRET", SECRET).run();
        assert!(!ran.stdout.is_empty(), "{args:?}: {}", ran.stderr);
        self.all(schema, ran.json());
    }

    /// Lines of several types: each has its schema by its type.
    fn mixed(&mut self, schemas: &[(&'static str, &'static str)], lines: Vec<Value>) {
        for (kind, schema) in schemas {
            let found: Vec<_> = lines.iter().filter(|l| l["type"] == *kind).cloned().collect();
            self.all(schema, found);
        }
        let known = |line: &Value| schemas.iter().any(|(kind, _)| line["type"] == *kind);
        assert!(lines.iter().all(known), "{lines:#?}");
    }
}

/// A body as Node prints it, so that several serializers give the same bytes.
const SPACED: &str = r#"{ "eventType": "lead.submit", "agentId": "a", "payload": { "conversationId": "c", "customerEmail": "e@x.com", "customerName": "N", "customerPhone": "+1" } }"#;

fn listening(dir: &Path, printed: &mut Printed) -> PathBuf {
    let endpoint = Endpoint::accepting();
    let (db, url) = (dir.join("deliveries.db"), endpoint.url("/"));
    let listen = hook([
        "listen",
        "--port",
        "0",
        "--json",
        "--path",
        "/hook",
        "--forward-invalid",
        "--forward-to",
        &url,
        "--record",
        db.to_str().unwrap(),
        "--ui",
    ]);
    let listener = Listening::of(listen.env("CZ_HOOK_SECRET", SECRET));
    let minified = serde_json::from_str::<Value>(SPACED).unwrap().to_string();
    let mut with_bytes = request("POST", "/hook", &[], b"\xff");
    let at = with_bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
    with_bytes.splice(at..at, b"X-Bytes: \xff\r\n".iter().copied());
    for bytes in [
        request("POST", "/hook", &[(HEADER, SIGNATURE)], BODY.as_bytes()),
        request("POST", "/hook", &[(HEADER, SIGNATURE)], BODY.as_bytes()),
        request("POST", "/hook", &[(HEADER, &signature(minified.as_bytes()))], SPACED.as_bytes()),
        request(
            "POST",
            "/hook",
            &[(HEADER, SIGNATURE)],
            "{\"eventType\":\"lead.submit\",\"agentId\":1,\"more\":2}".as_bytes(),
        ),
        with_bytes,
        request("GET", "/hook", &[], b""),
    ] {
        listener.exchange(&bytes);
    }
    listener.interrupt();
    let (_, lines, said) = listener.end();
    let lines: Vec<Value> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
    assert_eq!(lines.len(), 7, "{said}\n{lines:#?}");
    printed.mixed(
        &[("ready", "ready"), ("delivery", "delivery"), ("turned_away", "turned_away")],
        lines,
    );
    db
}

/// A sign that a body is not what was sent, without a length that says otherwise. On a busy machine, a listener explains
/// fewer signatures.
fn listening_to_a_changed_body(printed: &mut Printed) {
    let bytes = format!(
        "POST / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{HEADER}: {SIGNATURE}\r\n\
         Transfer-Encoding: chunked\r\n\r\nb\r\n{{\"a\":\"\u{fffd}\"}}\r\n0\r\n\r\n"
    );
    const TRIES: usize = 10;
    let line = (0..TRIES).find_map(|_| {
        let listener =
            Listening::of(hook(["listen", "--port", "0", "--json"]).env("CZ_HOOK_SECRET", SECRET));
        listener.exchange(bytes.as_bytes());
        let line = listener.json_of("delivery");
        line["diagnosis"]["evidence"].is_array().then_some(line)
    });
    printed.all("delivery", vec![line.expect("a body that was changed is explained")]);
}

/// A tunnel, injected faults, and a missing expected delivery.
fn listening_in_other_ways(dir: &Path, printed: &mut Printed) {
    let client = dir.join("client");
    write_program(&client, "echo https://abc.tunnel.example\nsleep 1000");
    let client = format!("{} {{port}}", client.display());
    let db = dir.join("faults.db");
    let args = [
        "listen",
        "--port",
        "0",
        "--json",
        "--tunnel",
        &client,
        "--fail-first",
        "1",
        "--record",
        db.to_str().unwrap(),
        "--expect",
        "message.received",
        "--timeout",
    ];
    let delivery = request("POST", "/", &[(HEADER, SIGNATURE)], BODY.as_bytes());
    let (code, lines, said) = in_time(|time| {
        let hook = hook(args).arg(time).env("CZ_HOOK_SECRET", SECRET);
        let listener = Listening::of(hook);
        let answer = exchange(listener.port, &delivery);
        (!answer.is_empty()).then(|| listener.end())
    });
    assert_eq!(code, Some(1), "{said}");
    let lines: Vec<Value> = lines.iter().map(|l| serde_json::from_str(l).unwrap()).collect();
    let known = [("ready", "ready"), ("delivery", "delivery"), ("summary", "expectation-summary")];
    printed.mixed(&known, lines);
    let inspect = ["inspect", db.to_str().unwrap(), "--as", "ndjson"];
    printed.run("delivery-captured", &inspect);
}

/// A compressed delivery whose sender does not wait for the response.
fn listening_to_impatient_senders(dir: &Path, printed: &mut Printed) {
    let listener = Listening::start(["--json", "--delay", "300ms"]);
    let mut stream = listener.connect();
    let mut body = GzEncoder::new(Vec::new(), Compression::default());
    body.write_all(BODY.as_bytes()).unwrap();
    let body = body.finish().unwrap();
    stream.write_all(&request("POST", "/", &[("Content-Encoding", "gzip")], &body)).unwrap();
    drop(stream);
    let lines = vec![listener.json_of("delivery")];
    let file = dir.join("lines.ndjson");
    let file = file.to_str().unwrap();
    std::fs::write(file, lines[0].to_string()).unwrap();
    printed.all("delivery", lines);
    printed.run("delivery-captured", &["inspect", file, "--as", "ndjson"]);
    printed.run("verdict", &["verify", file, "--json"]);
}

fn capturing(db: &Path, printed: &mut Printed) {
    let db = db.to_str().unwrap();
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/");
    printed.run("listed", &["inspect", db, "--json"]);
    printed.run("delivery-captured", &["inspect", db, "--as", "ndjson"]);
    printed.run("pruned", &["inspect", db, "--prune", "10000", "--json"]);
    printed.run("replayed", &["replay", db, "--json", "--url", &url]);
    printed.run("replayed", &["replay", db, "--id", "1", "--resign", "--json", "--url", &url]);
    // An endpoint that responds to the first request only.
    let falling = FaultyEndpoint::with(Flaw::DiesOnMalformed);
    printed.run("replayed", &["replay", db, "--json", "--url", &falling.url()]);
    printed.run("verdict", &["verify", db, "--json"]);
}

fn sending(printed: &mut Printed) {
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/");
    printed.run("sent", &["send", "--all", "--json", "--url", &url]);
    printed.run("sent", &["send", "lead.submit", "--tamper", "body", "--json", "--url", &url]);
    let refusing = Endpoint::start(|_| Reply::new(503, b"\xff".to_vec()).with("Retry-After", "1"));
    let retry = [
        "send",
        "lead.submit",
        "--json",
        "--retry",
        "--max-attempts",
        "2",
        "--time-scale",
        "1000000",
        "--url",
    ];
    for (url, known) in [
        (refusing.url("/"), &[("attempt", "attempt"), ("sent", "sent")][..]),
        ("http://127.0.0.1:1/".to_owned(), &[("attempt", "attempt")][..]),
    ] {
        let ran = hook(retry).arg(&url).env("CZ_HOOK_SECRET", SECRET).run();
        printed.mixed(known, ran.json());
    }
}

fn sending_in_bulk(printed: &mut Printed) {
    let endpoint = Endpoint::start(|_| Reply::new(200, "").with("Connection", "close"));
    let url = endpoint.url("/");
    let bulk = ["send", "lead.submit", "--count", "6", "--json", "--url", &url];
    printed.run("load", &bulk);
    printed.run("load", &[&bulk[..], &["--rate", "100", "--tamper", "signature=0.9"]].concat());
    let falling = FaultyEndpoint::with(Flaw::DiesOnMalformed);
    let url = falling.url();
    let bulk = ["send", "--data", "{", "--count", "2", "--json", "--url", &url];
    printed.run("load", &bulk);
}

fn shaking_hands(printed: &mut Printed) {
    let place = Place::new();
    let known = [("ready", "ready"), ("handshake", "handshake")];
    let endpoint = Endpoint::accepting();
    let url = endpoint.url("/");
    for args in
        [vec![], vec!["--forward-to", url.as_str()], vec!["--forward-to", "http://127.0.0.1:1"]]
    {
        let all = ["listen", "--port", "0", "--json"].into_iter().chain(args);
        let listener = Listening::of(place.run(all));
        for bytes in [
            request("GET", "/?echo=1", &[], b""),
            request("GET", "/?echo=%00", &[], b""),
            request("POST", "/", &[("x-hook-secret", "k")], b""),
        ] {
            listener.exchange(&bytes);
        }
        listener.interrupt();
        let lines = listener.end().1;
        let lines = lines.iter().map(|line| serde_json::from_str(line).unwrap());
        printed.mixed(&known, lines.collect());
    }
    let send = ["send", "--handshake", "--provider", "acme", "--verify-token", "t", "--json"];
    let ran = place.run(send.into_iter().chain(["--url", &url, "--secret", SECRET])).run();
    printed.all("sent_handshake", ran.exits(1).json());
}

fn judging(dir: &Path, printed: &mut Printed) {
    let file = |name: &str, text: &str| {
        let path = dir.join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let body = file("body.json", BODY);
    let spaced = file("spaced.json", SPACED);
    let minified =
        file("minified.json", &serde_json::from_str::<Value>(SPACED).unwrap().to_string());
    let violating = file("violating.json", r#"{"eventType":"lead.submit","agentId":1,"more":2}"#);
    printed.run("verdict", &["verify", &body, "--signature", SIGNATURE, "--json"]);
    let value = format!("{HEADER}: {SIGNATURE}");
    let headers = ["--header", &value, "--header", "content-length: 9"];
    printed.run("verdict", &[&["verify", &spaced, "--json"][..], &headers].concat());
    printed.run(
        "verdict",
        &["verify", &spaced, "--signature", SIGNATURE, "--json", "--show-expected"],
    );
    for hashed in [&minified, &body] {
        let ran =
            hook(["verify", &spaced, "--against", hashed, "--signature", SIGNATURE, "--json"])
                .env("CZ_HOOK_SECRET", SECRET)
                .run();
        printed.mixed(&[("verdict", "verdict"), ("against", "against")], ran.json());
    }
    printed.run("signature", &["sign", "lead.submit", "--json"]);
    printed.run("signature", &["sign", "--body", &body, "--json"]);
    printed.run("validation", &["events", "validate", &body, "--json"]);
    printed.run("validation", &["events", "validate", &violating, "--json"]);
    printed.run("event", &["events", "list", "--json"]);
    let signed = hook(["sign", "lead.submit", "--print", "request"]).env("CZ_HOOK_SECRET", SECRET);
    let request = dir.join("signed.http");
    std::fs::write(&request, signed.run().exits(0).stdout).unwrap();
    let folder = dir.join("learned");
    let (request, folder) = (request.to_str().unwrap(), folder.to_str().unwrap());
    printed.run("learned", &["learn", request, "--json", "--write", folder]);
    printed.run("learned", &["learn", request, "--json", "--secret", "another"]);
    let timed = file(
        "timed.http",
        "POST / HTTP/1.1\r\nHost: a\r\nX-A-Time: 1769860800\r\nX-A-Sig: v0=8cb4b6e5052a4c1b7d87f39d21424803d15c0a18\r\nContent-Length: 2\r\n\r\n{}",
    );
    printed.run("learned", &["learn", &timed, "--json"]);
    let versioned = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nX-A-Time: 1769860800\r\nX-A-Sig: {}\r\nContent-Length: 2\r\n\r\n{{}}",
        signature(b"1769860800.{}")
    );
    let versioned = file("versioned.http", &versioned);
    printed.run("learned", &["learn", &versioned, "--json"]);
    printed.run("provider", &["providers", "--json"]);
    printed.run("snippet", &["snippet", "--json"]);
    printed.run("snippet", &["snippet", "go", "--json"]);
    printed.run("explained", &["explain", "--json"]);
    printed.run("explained", &["explain", "body.crlf", "--framework", "express", "--json"]);
    printed.run("check", &["doctor", "--json", "--port", "0"]);
}

fn testing(printed: &mut Printed) {
    printed.run("case-listed", &["test", "--list", "--json"]);
    let right = FaultyEndpoint::correct();
    let falling = FaultyEndpoint::with(Flaw::DiesOnMalformed);
    let deaf = FaultyEndpoint::with(Flaw::Sha256);
    for (url, args) in [
        (
            right.url(),
            &["--only", "accept/*", "--only", "refuse/n*", "--skip", "accept/body-*"][..],
        ),
        (right.url(), &["--only", "behaviour/time"]),
        (falling.url(), &["--only", "protocol/malformed-json"]),
        (deaf.url(), &[]),
    ] {
        let args = [&["test", "--json", "--url", &url][..], args].concat();
        let ran = hook(&args).env("CZ_HOOK_SECRET", SECRET).run();
        printed.mixed(&[("case", "case"), ("summary", "test-summary")], ran.json());
    }
    let dir = tempfile::tempdir().unwrap();
    let contract = dir.path().join("contract.yaml");
    std::fs::write(&contract, "cases:\n  a:\n    send: lead.submit\n    repeat: 2\n").unwrap();
    let (contract, url) = (contract.to_str().unwrap(), right.url());
    let args = ["test", "--json", "--only", "contract/*", "--contract", contract, "--url", &url];
    let ran = hook(args).env("CZ_HOOK_SECRET", SECRET).run().exits(0);
    printed.mixed(&[("case", "case"), ("summary", "test-summary")], ran.json());
    let report = dir.path().join("report.json");
    let wanted = format!("json={}", report.display());
    let nobody = hook(["test", "--url", "http://127.0.0.1:1/", "--report", &wanted]);
    nobody.env("CZ_HOOK_SECRET", SECRET).run().exits(3);
    let text = std::fs::read_to_string(report).unwrap();
    let lines = text.lines().map(|line| serde_json::from_str(line).unwrap());
    let kinds = [("case", "case"), ("summary", "test-summary")];
    printed.mixed(&kinds, lines.collect());
}

fn configuring(dir: &Path, printed: &mut Printed) {
    let file = dir.join("cz-hook.toml");
    std::fs::write(&file, "fixtures = '.'\n[profile.a]\nurl = 'http://127.0.0.1/'\n").unwrap();
    for by in [&["--profile", "a"][..], &[]] {
        let ran =
            hook(["config", "--json"]).env("CZ_HOOK_CONFIG", &file).env("CZ_HOOK_SECRET", SECRET);
        let ran = by.iter().fold(ran, |hook, arg| hook.arg(arg)).run().exits(0);
        printed.mixed(&[("setting", "setting"), ("file", "file")], ran.json());
    }
    let own = dir.join("own");
    std::fs::create_dir(&own).unwrap();
    std::fs::write(own.join("cz-hook.toml"), "fixtures = '.'\n").unwrap();
    std::fs::write(own.join("lead.submit.vip.json"), BODY).unwrap();
    let list = ["events", "list", "--json", "--config", "cz-hook.toml"];
    let ran = hook(list).within(&own).run();
    let lines = ran.exits(0).json();
    assert!(lines.iter().any(|line| line["payload"] == "own"));
    printed.mixed(&[("event", "event")], lines);
}

#[test]
fn json_lines_match_their_schemas_and_print_every_field() {
    let dir = tempfile::tempdir().unwrap();
    let mut printed = Printed::default();
    let db = listening(dir.path(), &mut printed);
    listening_to_a_changed_body(&mut printed);
    listening_in_other_ways(dir.path(), &mut printed);
    listening_to_impatient_senders(dir.path(), &mut printed);
    capturing(&db, &mut printed);
    sending(&mut printed);
    sending_in_bulk(&mut printed);
    shaking_hands(&mut printed);
    judging(dir.path(), &mut printed);
    testing(&mut printed);
    configuring(dir.path(), &mut printed);

    let schemas = schemas();
    let mut seen: BTreeMap<&str, BTreeSet<String>> = BTreeMap::new();
    for (name, schema) in &schemas {
        let strict = jsonschema::draft202012::new(&strict(schema)).unwrap();
        let loose = jsonschema::draft202012::new(schema).unwrap();
        for (_, line) in printed.0.iter().filter(|(of, _)| of == name) {
            let wrong: Vec<_> =
                strict.iter_errors(line).map(|e| format!("{}: {e}", e.instance_path())).collect();
            assert!(wrong.is_empty(), "{name}: {wrong:#?}\n{line:#}");
            fields(line, "", seen.entry(name).or_default());
            let mut longer = line.clone();
            longer["added_later"] = json!(true);
            assert!(loose.is_valid(&longer), "{name} forbids new fields");
            for key in schema["required"].as_array().unwrap() {
                let mut without = line.clone();
                without.as_object_mut().unwrap().remove(key.as_str().unwrap());
                assert!(!loose.is_valid(&without), "{name} does not need {key}");
            }
        }
    }
    // Bytes that are not UTF-8 are printed by one function for all lines.
    let is_bytes = |field: &str| field.ends_with("base64");
    assert!(seen.values().flatten().any(|f| is_bytes(f) && f.contains("body")));
    assert!(seen.values().flatten().any(|f| is_bytes(f) && f.contains("headers")));
    // The response to a handshake may be a key, and is not shown.
    let is_key =
        |name: &str, field: &str| name == "handshake" && field.starts_with("/forwarded/response");
    let mut never = Vec::new();
    for (name, schema) in &schemas {
        let mut documented = BTreeSet::new();
        documented_fields(schema, schema, "", &mut documented);
        let seen = seen.get(name.as_str()).cloned().unwrap_or_default();
        never.extend(
            documented
                .difference(&seen)
                .filter(|field| !is_bytes(field) && !is_key(name, field))
                .map(|field| format!("{name}{field}")),
        );
    }
    assert!(never.is_empty(), "documented, and in no line that was printed here: {never:#?}");
}

/// The paths of the fields of a line; the items of a list have one path.
fn fields(value: &Value, path: &str, out: &mut BTreeSet<String>) {
    match value {
        Value::Object(map) => {
            for (key, value) in map {
                let path = format!("{path}/{key}");
                fields(value, &path, out);
                out.insert(path);
            }
        }
        Value::Array(items) => {
            items.iter().for_each(|item| fields(item, &format!("{path}/*"), out))
        }
        _ => {}
    }
}

/// The same of a schema.
fn documented_fields(schema: &Value, root: &Value, path: &str, out: &mut BTreeSet<String>) {
    if let Some(reference) = schema["$ref"].as_str() {
        let pointer = reference.trim_start_matches('#');
        let found = root.pointer(pointer).expect("a part");
        documented_fields(found, root, path, out);
    }
    for (key, of) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}/{key}");
        documented_fields(of, root, &path, out);
        out.insert(path);
    }
    for one in ["oneOf", "anyOf"] {
        for of in schema[one].as_array().into_iter().flatten() {
            documented_fields(of, root, path, out);
        }
    }
    let items = [&schema["items"]].into_iter().filter(|items| items.is_object());
    for of in items.chain(schema["prefixItems"].as_array().into_iter().flatten()) {
        documented_fields(of, root, &format!("{path}/*"), out);
    }
}

/// A line that the source can print and that has no schema.
#[test]
fn every_type_in_the_source_has_its_schema() {
    let mut printed = Vec::new();
    for (_, text) in files("src", &["rs"]) {
        for mark in [r#"tag = "type", rename = ""#, "enum Tag {\n    #[serde(rename = \""] {
            let types = text.split(mark).skip(1);
            printed.extend(types.map(|rest| rest.split('"').next().unwrap().to_owned()));
        }
    }
    let mut documented: Vec<_> = schemas()
        .values()
        .map(|schema| schema["properties"]["type"]["const"].as_str().unwrap().to_owned())
        .collect();
    // A delivery of a listener and one of a capture have two schemas and one type.
    for names in [&mut printed, &mut documented] {
        names.sort();
        names.dedup();
    }
    assert_eq!(documented, printed, "left: docs/schema, right: src");
}

#[test]
fn one_schema_includes_every_line() {
    let line = read("line");
    let mut referred: Vec<_> = line["anyOf"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["$ref"].as_str().unwrap().trim_end_matches(".schema.json").to_owned())
        .collect();
    referred.sort();
    let names: Vec<_> = schemas().into_keys().collect();
    assert_eq!(referred, names);
    for name in names.iter().map(String::as_str).chain(["parts", "line"]) {
        assert!(jsonschema::meta::is_valid(&read(name)), "{name}");
    }
}
