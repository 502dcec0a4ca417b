//! The reference pages under docs/ are generated from the causes, the conformance cases and the JSON schemas. The part
//! above the mark in each page is written by hand.

use std::fmt::Write;
use std::path::PathBuf;

use crate::support::{hook, root};
use cz_hook::diagnose::cause;
use serde_json::Value;

const MARK: &str = "<!-- Below this line the page is made by UPDATE_DOCS=1 cargo test --test project reference -->\n";

fn docs() -> PathBuf {
    root().join("docs")
}

/// Fails unless the text below the mark of a page is `fresh`; `UPDATE_DOCS=1` writes it.
fn is_fresh(page: &str, fresh: &str) {
    let path = docs().join(page);
    let text = std::fs::read_to_string(&path).unwrap();
    let (by_hand, committed) = text.split_once(MARK).expect("the mark in the page");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, format!("{by_hand}{MARK}{fresh}")).unwrap();
        return;
    }
    assert!(
        committed == fresh,
        "docs/{page} is stale: run UPDATE_DOCS=1 cargo test --test project reference"
    );
}

#[test]
fn every_cause_is_explained() {
    let mut out = String::new();
    let mut family = "";
    for entry in cause::all() {
        let of = entry.code.split('.').next().unwrap();
        if of != family {
            family = of;
            write!(out, "\n## {family}\n").unwrap();
        }
        let has_place = entry.says.contains("{}") || entry.fix.contains("{}");
        assert!(
            entry.example.is_some() == has_place,
            "{}: give an example of {{}} in causes.txt, in a line `e.g. …`",
            entry.code
        );
        let cause = entry.example();
        write!(
            out,
            "\n### `{}`\n\n{}\n\n**Fix:** {}\n",
            entry.code,
            prose(&cause.says()),
            prose(&cause.fix())
        )
        .unwrap();
    }
    is_fresh("diagnosis.md", &out);
}

/// Markdown gives angle brackets and underscores a meaning.
fn prose(text: &str) -> String {
    let mut out = String::new();
    let mut is_code = false;
    for c in text.chars() {
        is_code ^= c == '`';
        if !is_code && matches!(c, '<' | '>' | '_' | '*' | '|' | '[' | ']') {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

#[test]
fn every_case_is_explained() {
    // The events of the others have cases of the same form.
    let first = std::fs::read_to_string(root().join("fixtures/first.txt")).unwrap();
    let is_first = |provider: &str| first.lines().any(|name| name == provider);
    let mut events: Vec<(String, String)> = Vec::new();
    for event in hook(["events", "list", "--json"]).run().exits(0).json() {
        let text = |key: &str| event[key].as_str().unwrap().to_owned();
        events.push((text("provider"), text("event")));
    }
    let mut providers: Vec<&str> = events.iter().map(|(provider, _)| provider.as_str()).collect();
    providers.dedup();
    assert!(providers.len() >= 60, "{}", providers.len());
    let mut ids: Vec<String> = Vec::new();
    let mut cases: Vec<(Value, Vec<&str>)> = Vec::new();
    for provider in &providers {
        let list = hook(["test", "--list", "--json", "--provider", provider]);
        let own: Vec<&str> = events
            .iter()
            .filter(|(name, _)| name == provider)
            .map(|(_, event)| event.as_str())
            .collect();
        for case in list.run().exits(0).json() {
            let id = case["id"].as_str().unwrap().to_owned();
            let name = id.strip_prefix("accept/").unwrap_or_default();
            let is_event = own.iter().any(|event| {
                name.strip_prefix(event)
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
            });
            if is_event && !is_first(provider) {
                continue;
            }
            match ids.iter().position(|known| *known == id) {
                Some(at) => {
                    assert_eq!(cases[at].0, case, "{id} differs between providers");
                    cases[at].1.push(provider);
                }
                None => {
                    ids.push(id);
                    cases.push((case, vec![provider]));
                }
            }
        }
    }
    // Those of one category together, in the order of the list.
    let mut categories: Vec<&str> = Vec::new();
    for (case, _) in &cases {
        let category = case["category"].as_str().unwrap();
        if !categories.contains(&category) {
            categories.push(category);
        }
    }
    let mut out = String::new();
    for category in categories {
        write!(out, "\n## {category}\n").unwrap();
        for (case, of) in cases.iter().filter(|(case, _)| case["category"] == category) {
            let text = |key: &str| prose(case[key].as_str().unwrap());
            let others: Vec<&str> =
                providers.iter().filter(|name| !of.contains(name)).copied().collect();
            let only = match (of.len(), others.len()) {
                (_, 0) => String::new(),
                (own, others_count) if own > others_count => {
                    format!(" (not for `{}`)", others.join("`, `"))
                }
                _ => format!(" (for `{}`)", of.join("`, `")),
            };
            write!(
                out,
                "\n### `{}`\n\n{}: {}{only}.\n\n{}\n",
                case["id"].as_str().unwrap(),
                text("severity"),
                text("title"),
                text("why"),
            )
            .unwrap();
            if !text("fix").is_empty() {
                write!(out, "\n**Fix:** {}\n", text("fix")).unwrap();
            }
        }
    }
    // The page has every case that any provider has, and no other.
    let explained = out.lines().filter(|line| line.starts_with("### ")).count();
    assert_eq!(explained, ids.len());
    is_fresh("conformance.md", &out);
}

#[test]
fn every_field_is_in_a_table() {
    let read = |name: &str| -> Value {
        let path = docs().join("schema").join(name);
        serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
    };
    let mut out = String::new();
    for one in read("line.schema.json")["anyOf"].as_array().unwrap() {
        let file = one["$ref"].as_str().unwrap();
        let schema = read(file);
        write!(
            out,
            "\n## {}\n\n{} Schema: [`{file}`](schema/{file}).\n\n{}",
            schema["title"].as_str().unwrap(),
            schema["description"].as_str().unwrap(),
            table(&schema)
        )
        .unwrap();
    }
    out.push_str("\n## Parts\n\nParts that several lines share: [`parts.schema.json`](schema/parts.schema.json).\n");
    for (name, part) in read("parts.schema.json")["$defs"].as_object().unwrap() {
        let says = part["description"].as_str().unwrap();
        write!(out, "\n### {name}\n\n{says}\n").unwrap();
        if part["properties"].is_object() {
            write!(out, "\n{}", table(part)).unwrap();
        }
    }
    is_fresh("json.md", &out);
}

fn table(schema: &Value) -> String {
    let mut out = "| field | type | meaning |\n|---|---|---|\n".to_owned();
    rows(schema, "", &mut out);
    out
}

fn rows(schema: &Value, path: &str, out: &mut String) {
    for (key, of) in schema["properties"].as_object().unwrap() {
        let says = of["description"].as_str().expect("a description");
        let words = of["enum"].as_array().map(|words| {
            let words: Vec<_> =
                words.iter().map(|w| format!("`{}`", w.as_str().unwrap())).collect();
            format!(" One of {}.", words.join(", "))
        });
        writeln!(out, "| `{path}{key}` | {} | {says}{} |", kind(of), words.unwrap_or_default())
            .unwrap();
        if of["properties"].is_object() {
            rows(of, &format!("{path}{key}."), out);
        }
    }
}

fn kind(of: &Value) -> String {
    if let Some(reference) = of["$ref"].as_str() {
        let name = reference.rsplit('/').next().unwrap();
        return format!("[{name}](#{name})");
    }
    if let Some(kinds) = of["oneOf"].as_array() {
        return kinds.iter().map(kind).collect::<Vec<_>>().join(" or ");
    }
    if of["const"].is_string() {
        return "string".to_owned();
    }
    let named = |name: &str| match name {
        "array" => format!("list of {}", kind(&of["items"])),
        other => other.to_owned(),
    };
    match &of["type"] {
        Value::String(name) => named(name),
        Value::Array(names) => {
            let names = names.iter().map(|name| named(name.as_str().unwrap()));
            names.collect::<Vec<_>>().join(" or ")
        }
        other => panic!("no type: {other}"),
    }
}

/// The keys of a file: the named fields of the structs that it is deserialized into.
fn keys_of(source: &str, structs: &[&str]) -> Vec<String> {
    let path = root().join("src").join(source);
    let text = std::fs::read_to_string(path).unwrap();
    let mut keys = Vec::new();
    for name in structs {
        let (_, body) = text.split_once(&format!("struct {name} {{\n")).expect("the struct");
        let (body, _) = body.split_once("\n}").unwrap();
        let mut renamed = None;
        for line in body.lines().map(str::trim) {
            if let Some((_, name)) = line.split_once("rename = \"") {
                renamed = Some(name.split('"').next().unwrap().to_owned());
            }
            let field = line.strip_prefix("pub ").unwrap_or(line).split_once(": ");
            if let Some((key, _)) = field.filter(|(key, _)| key.chars().all(is_part_of_name)) {
                keys.push(renamed.take().unwrap_or_else(|| key.to_owned()));
            }
        }
    }
    assert!(keys.len() >= 8, "{keys:?}");
    keys
}

fn is_part_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

#[test]
fn every_key_of_a_handshake_is_documented() {
    let page = std::fs::read_to_string(docs().join("provider-toml.md")).unwrap();
    let (_, section) = page.split_once("### `[[handshake]]`").unwrap();
    for key in keys_of("webhook/handshake/mod.rs", &["Handshake", "RequestExtras", "ResponseRule"])
    {
        assert!(section.contains(&format!("`{key}`")), "provider-toml.md does not explain {key}");
    }
}

#[test]
fn every_configuration_key_is_documented() {
    let provider = keys_of("webhook/provider/mod.rs", &["Provider", "Response", "EventSpec"]);
    let envelope = keys_of("webhook/provider/envelope.rs", &["Envelope", "EventTable"]);
    let scheme =
        keys_of("webhook/signature/scheme.rs", &["SchemeTable", "TimestampTable", "IdRule"]);
    let config = keys_of("config/file.rs", &["Contents", "Profile"]);
    for (page, keys) in
        [("provider-toml.md", [provider, envelope, scheme].concat()), ("configuration.md", config)]
    {
        let text = std::fs::read_to_string(docs().join(page)).unwrap();
        for key in keys {
            let forms = match key.as_str() {
                "profile" => vec!["[profile.NAME]".to_owned()],
                _ => vec![format!("`{key}`"), format!("[{key}]")],
            };
            assert!(forms.iter().any(|form| text.contains(form)), "`{key}` is not in docs/{page}");
        }
    }
}

/// The tool reads the files that the pages show.
#[test]
fn the_examples_in_the_documents_are_valid() {
    let block = |page: &str, name: &str| {
        let text = std::fs::read_to_string(docs().join(page)).unwrap();
        let (_, behind) = text.split_once(&format!("<!-- example: {name} -->\n```toml\n")).unwrap();
        behind.split_once("```").unwrap().0.to_owned()
    };
    let dir = tempfile::tempdir().unwrap();
    let acme = dir.path().join("providers/acme");
    std::fs::create_dir_all(&acme).unwrap();
    std::fs::create_dir(dir.path().join("fixtures")).unwrap();
    let files = [
        (dir.path().join("cz-hook.toml"), block("configuration.md", "cz-hook.toml")),
        (acme.join("provider.toml"), block("provider-toml.md", "acme/provider.toml")),
        (
            acme.join("invoice.paid.json"),
            r#"{"type":"invoice.paid","account":"a","data":{}}"#.to_owned(),
        ),
        (acme.join("message.sms.json"), r#"{"type":"message","account":"a","data":{}}"#.to_owned()),
    ];
    for (path, text) in files {
        std::fs::write(path, text).unwrap();
    }
    let run = |args: &[&str]| {
        let named = hook(args).within(dir.path()).env("CZ_HOOK_CONFIG", "cz-hook.toml");
        named.env("WEBHOOK_SECRET", "s").run().exits(0)
    };
    run(&["config", "--check"]);
    let listed = run(&["events", "list", "--provider", "acme"]);
    assert!(listed.out().contains("invoice.paid"), "{}", listed.out());
    let sent = run(&[
        "send",
        "invoice.paid",
        "--provider",
        "acme",
        "-H",
        "x-acme-timestamp: 1700000000",
        "--dry-run",
    ]);
    assert!(sent.out().contains("x-acme-signature: v1="), "{}", sent.out());
    let staging = run(&["config", "--profile", "staging"]);
    assert!(staging.out().contains("X-Environment"), "{}", staging.out());
}
