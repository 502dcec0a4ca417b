//! `events types`: the types of every provider's payloads are accepted by the programs of their languages, and the
//! providers' own samples have these types. `tests/types/setup` installs what is needed.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::support::programs;
use crate::support::{hook, root};
use serde_json::Value;

fn providers() -> Vec<String> {
    let lines = hook(["providers", "--json"]).run().exits(0).json();
    lines.iter().map(|line| line["name"].as_str().unwrap().to_owned()).collect()
}

fn types(language: &str, providers: &[String]) -> String {
    let named = providers.iter().flat_map(|name| ["--provider", name.as_str()]);
    let ran = hook(["events", "types", "--lang", language]).args(named).run().exits(0);
    String::from_utf8(ran.stdout).unwrap()
}

/// What `tests/types/setup` installed.
fn installed(path: &str) -> Option<PathBuf> {
    let path = root().join("target/types").join(path);
    if path.exists() {
        return Some(path);
    }
    programs::skip(&format!("{} is not there: run tests/types/setup", path.display()));
    None
}

#[track_caller]
fn accepts(command: &mut Command) {
    let output = command.output().unwrap();
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text);
    assert!(output.status.success(), "{command:?}: {}", &text[..text.len().min(4000)]);
}

#[test]
fn typescript_accepts_interfaces_and_zod_schemas() {
    let Some(modules) = installed("node_modules/installed") else {
        return;
    };
    let modules = modules.parent().unwrap();
    // Below the folder of the modules, where they are found.
    let dir = tempfile::tempdir_in(modules.parent().unwrap()).unwrap();
    let all = providers();
    for language in ["typescript", "zod"] {
        fs::write(dir.path().join(format!("{language}.ts")), types(language, &all)).unwrap();
        let one = types(language, &["chatzuri".to_owned()]);
        fs::write(dir.path().join(format!("{language}_one.ts")), one).unwrap();
    }
    let uses = r#"import type { Event } from "./typescript_one.js";
import { Event as Schema } from "./zod_one.js";
export function text(event: Event): string {
  if (event.eventType === "lead.submit") return event.payload.conversationId;
  switch (event.channel) {
    case "web": return event.payload.pageUrl;
    case "email": return event.agentId;
    default: return event.channel satisfies "whatsapp" | "telegram" | "facebook" | "instagram";
  }
}
export const parsed: string = text(Schema.parse({}));
"#;
    fs::write(dir.path().join("uses.ts"), uses).unwrap();
    let mut command = Command::new(modules.join(".bin/tsc"));
    command.args(["--noEmit", "--strict", "--target", "es2022", "--module", "nodenext"]);
    command.args(["--skipLibCheck", "--types", ""]);
    let files = ["typescript", "zod", "typescript_one", "zod_one", "uses"];
    accepts(command.args(files.map(|name| format!("{name}.ts"))).current_dir(dir.path()));
}

#[test]
fn mypy_accepts_pydantic_models_and_samples_have_these_types() {
    let Some(python) = installed("python/bin/python") else {
        return;
    };
    let dir = tempfile::tempdir().unwrap();
    let all = providers();
    fs::write(dir.path().join("payloads.py"), types("python", &all)).unwrap();
    fs::write(dir.path().join("one.py"), types("python", &["chatzuri".to_owned()])).unwrap();
    let uses = "import json, sys\nfrom pydantic import TypeAdapter\nimport one, payloads\n\
        adapter: TypeAdapter[one.Event] = TypeAdapter(one.Event)\n\
        for line in sys.stdin:\n    event = adapter.validate_python(json.loads(line))\n    print(type(event).__name__)\n";
    fs::write(dir.path().join("uses.py"), uses).unwrap();
    let mut command = Command::new(&python);
    let mypy = ["-m", "mypy", "--strict", "--no-incremental", "payloads.py", "one.py", "uses.py"];
    accepts(command.args(mypy).current_dir(dir.path()));
    let sample = |event: &[&str]| {
        let shown = hook(["events", "show", "--json"]).args(event).run().exits(0);
        String::from_utf8(shown.stdout).unwrap()
    };
    let lines = sample(&["lead.submit"]) + &sample(&["message.received", "--channel", "email"]);
    fs::write(dir.path().join("lines"), lines).unwrap();
    let input = fs::File::open(dir.path().join("lines")).unwrap();
    let ran = Command::new(&python)
        .args(["-W", "error", "uses.py"])
        .current_dir(dir.path())
        .stdin(input)
        .output()
        .unwrap();
    let out = String::from_utf8_lossy(&ran.stdout).into_owned();
    assert_eq!(out, "LeadSubmitEvent\nMessageReceivedEventEmail\n", "{ran:?}");
}

#[test]
fn go_accepts_structs() {
    if !programs::is_there("go", "it checks the types of `events types --lang go`") {
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("go.mod"), "module payloads\n\ngo 1.18\n").unwrap();
    fs::write(dir.path().join("payloads.go"), types("go", &providers())).unwrap();
    let cache = root().join("target/types/go");
    let vet = ["vet", "./..."];
    accepts(Command::new("go").args(vet).env("GOCACHE", cache).current_dir(dir.path()));
}

#[test]
fn cargo_accepts_structs_and_enums() {
    let Some(made) = installed("rust/installed") else {
        return;
    };
    let made = made.parent().unwrap();
    let dir = tempfile::tempdir().unwrap();
    for file in ["Cargo.toml", "Cargo.lock"] {
        fs::copy(made.join(file), dir.path().join(file)).unwrap();
    }
    fs::create_dir(dir.path().join("src")).unwrap();
    // Three providers: one with channels, one with fixed words, and one whose bodies do not name the event.
    let providers = ["chatzuri", "stripe", "github"].map(str::to_owned);
    // Not by RUSTFLAGS: with others, serde is compiled again.
    let text = format!("#![deny(warnings)]\n{}", types("rust", &providers));
    fs::write(dir.path().join("src/lib.rs"), text).unwrap();
    let mut command = Command::new("cargo");
    command.args(["check", "--offline", "--quiet", "--target-dir"]).arg(made.join("target"));
    accepts(command.current_dir(dir.path()));
}

#[test]
fn samples_satisfy_the_bundled_schema() {
    for provider in providers() {
        let text = types("jsonschema", std::slice::from_ref(&provider));
        let schema: Value = serde_json::from_str(&text).unwrap();
        assert!(!text.contains("\"if\""), "{provider}: no generator reads conditions");
        let validator = jsonschema::draft202012::new(&schema).unwrap();
        let listed = hook(["events", "list", "--json", "--provider", &provider]).run().exits(0);
        for line in listed.json() {
            let event = line["event"].as_str().unwrap();
            let shown =
                hook(["events", "show", event, "--json", "--provider", &provider]).run().exits(0);
            let Ok(body) = serde_json::from_slice::<Value>(&shown.stdout) else {
                continue;
            };
            assert!(
                validator.is_valid(&body),
                "{provider} {event}: {}",
                validator.validate(&body).unwrap_err()
            );
        }
    }
    let schema: Value = serde_json::from_str(&types("jsonschema", &[])).unwrap();
    let received = &schema["$defs"]["MessageReceivedEvent"];
    assert_eq!(received["discriminator"]["propertyName"], "channel");
    assert_eq!(received["oneOf"].as_array().unwrap().len(), 6);
    hook(["events", "types", "--lang", "cobol"]).run().exits(2);
    hook(["events", "types", "--lang", "go", "lead.sumbit"]).run().exits(2);
}
