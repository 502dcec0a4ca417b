//! `cz-hook events`: the documented events, their samples and schemas, and the validation of bodies.

use crate::support::{BODY, Hook, Ran, files, hook, root};
use serde_json::{Value, json};

fn validate(body: &str, args: &[&str]) -> Hook {
    hook(["events", "validate", "-"].iter().chain(args)).stdin(body)
}

/// The findings about a body: verdict, errors as (path, message).
fn findings(body: &Value, args: &[&str]) -> (String, Vec<(String, String)>, Vec<String>) {
    let ran = validate(&body.to_string(), args).arg("--json").run();
    let line = ran.json().pop().unwrap();
    let text = |v: &Value| v.as_str().unwrap().to_owned();
    let verdict = text(&line["verdict"]);
    ran.exits(if verdict == "valid" { 0 } else { 1 });
    let list = |key: &str| line[key].as_array().unwrap().clone();
    (
        verdict,
        list("errors").iter().map(|e| (text(&e["path"]), text(&e["message"]))).collect(),
        list("notes").iter().map(|n| text(&n["path"])).collect(),
    )
}

/// The one JSON document that a run printed.
fn document(ran: &Ran) -> Value {
    serde_json::from_slice(&ran.stdout).unwrap_or_else(|why| panic!("{why}"))
}

fn body() -> Value {
    serde_json::from_str(BODY).unwrap()
}

fn one(body: &Value, args: &[&str]) -> (String, String, String) {
    let (verdict, errors, _) = findings(body, args);
    assert_eq!(errors.len(), 1, "{errors:?}");
    let (path, message) = errors.into_iter().next().unwrap();
    (verdict, path, message)
}

#[test]
fn the_list_is_a_table_of_every_event() {
    let ran = hook(["events", "list"]).run().exits(0);
    let first: Vec<_> = ran.out().lines().take_while(|line| !line.starts_with("360")).collect();
    insta::assert_snapshot!(first.join("\n"));
    assert_eq!(hook(["events"]).run().exits(0).out(), ran.out());
    let own = hook(["events", "list", "--provider", "chatbase"]).run().exits(0);
    assert_eq!(own.out().lines().count(), 2);
    let lines = hook(["events", "--json"]).run().exits(0).json();
    assert!(lines.iter().all(|l| l["type"] == "event"));
    let mut described = Vec::new();
    for (_, text) in files("fixtures", &["toml"]) {
        let provider: toml::Table = text.parse().unwrap();
        for event in provider.get("event").and_then(|all| all.as_array()).into_iter().flatten() {
            let of = |table: &toml::Table, key: &str| table[key].as_str().unwrap().to_owned();
            let event = of(event.as_table().unwrap(), "name");
            described.push([of(&provider, "name"), event, of(&provider, "document")]);
        }
    }
    let listed = lines.iter().map(|line| {
        ["provider", "event", "document"]
            .map(|key| line[key].as_str().unwrap_or_default().to_owned())
    });
    let mut listed: Vec<_> = listed.collect();
    described.sort();
    listed.sort();
    assert_eq!(listed, described);
}

#[test]
fn every_listed_event_can_be_shown_validated_and_has_a_schema() {
    let mut seen = Vec::new();
    for line in hook(["events", "--json"]).run().exits(0).json() {
        let provider = line["provider"].as_str().unwrap();
        let event = line["event"].as_str().unwrap();
        // One event of each provider, and all of the first ones.
        let is_first = line["provider"].as_str().is_some_and(|name| name.starts_with("chat"));
        if seen.contains(&provider.to_owned()) && !is_first {
            continue;
        }
        seen.push(provider.to_owned());
        let mut channels: Vec<Vec<&str>> = line["channels"]
            .as_array()
            .unwrap()
            .iter()
            .map(|c| vec!["--channel", c.as_str().unwrap()])
            .collect();
        channels.push(vec![]);
        for channel in channels {
            let shown =
                hook(["events", "show", event, "--provider", provider].iter().chain(&channel))
                    .run()
                    .exits(0);
            assert_eq!(shown.stderr.contains("illustrative"), line["payload"] == "illustrative");
            let ran = validate(shown.out().trim_end(), &["--provider", provider]).run();
            let path = root().join(format!("fixtures/{provider}/provider.toml"));
            let described: toml::Table = std::fs::read_to_string(path).unwrap().parse().unwrap();
            let expected = match described["envelope"]["event"].get("header") {
                Some(_) => Some(1),
                None => Some(0),
            };
            assert_eq!(ran.code, expected, "{provider} {event}: {}", ran.out());
            let is_elsewhere = ran.out().contains("does not name its event");
            assert_eq!(is_elsewhere, expected == Some(1), "{provider} {event}: {}", ran.out());
            if is_first {
                validate(shown.out(), &[]).run().exits(0);
            }
        }
        let schema =
            hook(["events", "schema", event, "--provider", provider, "--json"]).run().exits(0);
        assert_eq!(schema.json()[0]["$schema"], "https://json-schema.org/draft/2020-12/schema");
    }
}

#[test]
fn missing_and_mistyped_fields_are_errors_with_their_path() {
    let mut missing = body();
    missing["payload"].as_object_mut().unwrap().remove("customerName");
    assert_eq!(
        one(&missing, &[]),
        ("invalid".into(), "/payload/customerName".into(), "missing: expected a string".into())
    );
    let mut mistyped = body();
    mistyped["payload"]["customerPhone"] = json!(254);
    assert_eq!(
        one(&mistyped, &[]),
        (
            "invalid".into(),
            "/payload/customerPhone".into(),
            "expected a string, found an integer".into()
        )
    );
    let mut no_object = body();
    no_object["payload"] = json!([]);
    assert_eq!(one(&no_object, &[]).2, "expected an object, found an array");
    assert_eq!(
        one(&json!([1]), &["--provider", "chatzuri"]).2,
        "expected an object, found an array"
    );
    let mut no_name = body();
    no_name.as_object_mut().unwrap().remove("eventType");
    assert_eq!(one(&no_name, &[]).1, "/eventType");
    let mut channel =
        json!({"eventType": "message.received", "channel": "sms", "agentId": "a", "payload": {}});
    let (_, path, message) = one(&channel, &[]);
    assert_eq!(path, "/channel");
    assert!(message.contains("\"whatsapp\""), "{message}");
    channel["channel"] = json!("telegram");
    let (_, errors, _) = findings(&channel, &[]);
    assert!(
        errors.contains(&("/payload/chatId".into(), "missing: expected an integer".into())),
        "{errors:?}"
    );
}

#[test]
fn unknown_fields_are_notes_not_errors() {
    let mut more = body();
    more["extra"] = json!(1);
    more["payload"]["a/b~c"] = json!(null);
    let (verdict, errors, notes) = findings(&more, &[]);
    assert_eq!((&*verdict, errors.len()), ("valid", 0));
    assert_eq!(notes, ["/payload/a~1b~0c", "/extra"]);
    let guide = json!({"event": "message.sent", "timestamp": "t", "agent_id": "a", "data": {"anything": 1}, "id": 1});
    let (verdict, _, notes) = findings(&guide, &[]);
    assert_eq!((&*verdict, notes), ("valid", vec!["/id".to_owned()]));
}

#[test]
fn an_unknown_event_suggests_the_nearest_name() {
    let mut plural = body();
    plural["eventType"] = json!("leads.submit");
    let (verdict, path, message) = one(&plural, &[]);
    assert_eq!((&*verdict, &*path), ("unknown_event", "/eventType"));
    assert!(message.contains("did you mean `lead.submit`?"), "{message}");
    let singular = json!({"eventType": "lead.submit", "chatbotId": "x", "payload": {}});
    let (_, _, message) = one(&singular, &["--provider", "chatbase"]);
    assert!(message.contains("did you mean `leads.submit`?"), "{message}");
}

#[test]
fn a_field_of_another_providers_envelope_is_named() {
    let mut older = body();
    let map = older.as_object_mut().unwrap();
    let id = map.remove("agentId").unwrap();
    map.insert("chatbotId".into(), id);
    let (_, path, message) = one(&older, &["--provider", "chatzuri"]);
    assert_eq!(path, "/agentId");
    assert_eq!(
        message,
        "missing: expected a string; `chatbotId` is there, the agent field of chatbase and chatzuri-legacy"
    );
    let guide = json!({"eventType": "lead.submit", "agentId": "a", "data": {}});
    let (_, _, message) = one(&guide, &["--provider", "chatzuri"]);
    assert!(message.contains("`data` is there, the data field of chatzuri-guide"), "{message}");
}

#[test]
fn a_body_that_is_not_json_is_reported() {
    for body in ["", "{", "{'a': 1}", "\u{0}", "{} {}"] {
        let ran = validate(body, &["--json"]).run().exits(1);
        assert_eq!(ran.json()[0]["verdict"], "not_json", "{body:?}");
    }
    let with_bom = format!("\u{feff}{BODY}");
    validate(&with_bom, &[]).run().exits(0);
    let captured = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n{BODY}", BODY.len());
    validate(&captured, &[]).run().exits(0);
}

/// Verifying nothing is not a success.
#[test]
fn a_capture_without_deliveries_is_not_valid() {
    let log = "{\"type\":\"ready\",\"url\":\"http://127.0.0.1:1\"}\n";
    for gate in [&["events", "validate"][..], &["verify", "--secret", "s"]] {
        let ran = hook(gate).stdin(log).run().exits(3);
        assert!(ran.stderr.contains("no delivery"), "{}", ran.stderr);
    }
}

/// Requested data is printed in full, however long it is.
#[test]
fn a_long_sample_and_a_long_delivery_are_not_cut() {
    let dir = tempfile::tempdir().unwrap();
    let fixtures = dir.path().join("fixtures");
    std::fs::create_dir_all(&fixtures).unwrap();
    let mut long = body();
    long["payload"]["customerName"] = "Sarah ".repeat(20_000).into();
    std::fs::write(fixtures.join("long.json"), long.to_string()).unwrap();
    let config = "fixtures = 'fixtures'\n";
    std::fs::write(dir.path().join("cz-hook.toml"), config).unwrap();
    let shown = hook(["events", "show", "long", "--config", "cz-hook.toml"])
        .within(dir.path())
        .run()
        .exits(0);
    assert_eq!(document(&shown), long);
    let line = hook(["inspect", "-", "1", "--as", "json"]).stdin(long.to_string()).run().exits(0);
    assert_eq!(document(&line)["body"], long.to_string());
}

#[test]
fn illustrative_is_explained_where_it_is_used() {
    let note = |provider: &str| {
        let list = hook(["events", "list", "--provider", provider]);
        list.run().exits(0).stderr.contains("illustrative")
    };
    assert!(note("chatzuri-guide"));
    assert!(!note("chatbase"));
}

#[test]
fn verbose_explains_each_provider_name() {
    let listed = |args: &[&str]| hook(["events"].iter().chain(args)).run().exits(0).stderr;
    let more = listed(&["--verbose"]);
    for text in [
        "note: chatbase is Chatbase (chatbotId, leads.submit): ",
        "note: oneroute is OneRoute (newMessage): ",
    ] {
        assert!(more.contains(text), "{more}");
    }
    assert!(!listed(&[]).contains(" is Chatbase"));
}
