//! The answers are what `docs/schema/inspector.openapi.json` says.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{deliver, deliver_body, listening};
use crate::support::listening::request;
use crate::support::{BODY, SECRET, SIGNED, root};

fn read(name: &str) -> Value {
    let text = std::fs::read_to_string(root().join("docs/schema").join(name)).unwrap();
    serde_json::from_str(&text).unwrap()
}

/// The description, as one document: the files that it refers to are parts of it.
fn description() -> Value {
    let mut text = read("inspector.openapi.json").to_string();
    let parts = read("parts.schema.json");
    let mut files = Vec::new();
    for name in ["delivery", "case", "test-summary"] {
        let file = format!("{name}.schema.json");
        text = text.replace(&format!("\"{file}\""), &format!("\"#/components/schemas/{name}\""));
        files.push((name, read(&file)));
    }
    let mut all: Value = serde_json::from_str(&text).unwrap();
    for (name, schema) in files {
        all["components"]["schemas"][name] = schema;
    }
    all["$defs"] = parts["$defs"].clone();
    let text = all.to_string().replace("parts.schema.json#/$defs/", "#/$defs/");
    assert!(!text.contains(".schema.json\""), "a file is not a part of it");
    serde_json::from_str(&text).unwrap()
}

#[test]
fn answers_are_as_described() {
    let all = description();
    let mut seen = BTreeSet::new();
    let mut check = |name: &str, value: &Value| {
        let mut schema = all.clone();
        schema["$ref"] = json!(format!("#/components/schemas/{name}"));
        let schema = jsonschema::draft202012::new(&schema).unwrap();
        let errors: Vec<_> = schema
            .iter_errors(value)
            .map(|error| format!("{} at {}", error, error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{name}: {errors:#?}\n{value:#}");
        seen.insert(name.to_owned());
    };
    let (listening, page) = listening(["--secret", SECRET]);
    deliver(&listening);
    deliver_body(&listening, b"\xff");
    let changed = [BODY.as_bytes(), b"\n"].concat();
    listening.exchange(&request("POST", "/", &[SIGNED], &changed));
    listening.exchange(&request("GET", "/", &[], b""));
    let session = page.get("/api/v1/session").json();
    let url = session["endpoints"][0].clone();
    check("Session", &session);
    for query in ["", "?limit=1", "?q=is:rejected", "?q=sig:valid"] {
        check("Page", &page.get(&format!("/api/v1/deliveries{query}")).json());
    }
    for id in 1..=3 {
        check("Delivery", &page.get(&format!("/api/v1/deliveries/{id}")).json());
        check("Attempts", &page.get(&format!("/api/v1/deliveries/{id}/attempts")).json());
        check("Comparison", &page.get(&format!("/api/v1/compare/1/{id}")).json());
    }
    for line in page.get("/api/v1/search?text=Sarah").lines() {
        check("SearchLine", &line);
    }
    for sample in page.get("/api/v1/samples?provider=github").json().as_array().unwrap() {
        check("Sample", sample);
    }
    check("Stats", &page.get("/api/v1/stats").json());
    let mut post = |path: &str, request: &str, body: Value, answer: &str| {
        check(request, &body);
        check(answer, &page.post(&format!("/api/v1/{path}"), &body).json());
    };
    let edit = json!({"headers": [["A", "b"]], "body_base64": "e30="});
    post("replay", "ReplayRequest", json!({"id": 1, "endpoint": url}), "Exchange");
    post(
        "replay",
        "ReplayRequest",
        json!({"id": 1, "endpoint": url, "edit": edit, "dry_run": true}),
        "Exchange",
    );
    let sample = json!({"endpoint": url, "provider": "chatzuri", "event": "lead.submit", "set": [["agentId", "x"]]});
    post("send", "SendRequest", sample, "Exchange");
    post(
        "validate",
        "ValidateRequest",
        json!({"provider": "chatzuri", "body": "{}"}),
        "Violations",
    );
    let faults = json!({"respond": {"status": 500, "body": ""}, "fail_first": 0, "delay_ms": 1});
    post("behaviour", "BehaviourRequest", faults, "Behaviour");
    post("behaviour", "BehaviourRequest", json!({"respond": null}), "Behaviour");
    check("Preview", &page.post("/api/v1/deliveries/1/preview", &json!({})).json());
    check("Error", &page.get("/api/v1/deliveries/99").json());
    let test = json!({"endpoint": url, "only": ["accept/lead.submit", "refuse/missing*"]});
    check("TestRequest", &test);
    for line in page.post("/api/v1/test", &test).lines() {
        check("TestLine", &line);
    }
    let described: BTreeSet<String> = all["components"]["schemas"]
        .as_object()
        .unwrap()
        .keys()
        .filter(|name| name.starts_with(char::is_uppercase))
        .cloned()
        .collect();
    // Parts of the others.
    let parts = ["Row", "Excerpts", "Place", "Hunk", "Request", "Response"].map(str::to_owned);
    assert_eq!(described, seen.into_iter().chain(parts).collect());
}
