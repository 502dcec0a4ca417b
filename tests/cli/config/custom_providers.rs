//! Custom providers work like built-in ones, and errors in them are named.

use std::fs;

use super::Project;
use crate::support::listening::Listening;
use crate::support::{SECRET, hook};

pub(super) const ACME: &str = r#"
name = "acme"
title = "Acme"
document = "Acme's page"

[signature]
header = "X-Acme-Signature"
algorithm = "hmac-sha256"
encoding = "base64"

[envelope]
keys = ["kind", "order"]
event = "/kind"
agent = "/shop"
data = "/order"

[[event]]
name = "order.paid"
summary = "an order was paid"
payload = "documented"
"#;

/// A provider that does not sign, with its sample.
pub(super) fn unsigned(place: &Project) {
    let (before, rest) = ACME.split_once("[signature]").unwrap();
    let (_, after) = rest.split_once("[envelope]").unwrap();
    place.write("project/providers/acme/provider.toml", format!("{before}[envelope]{after}"));
    place.write(
        "project/providers/acme/order.paid.json",
        "{\"kind\": \"order.paid\", \"shop\": \"s\", \"order\": {\"id\": 1}}",
    );
}

fn acme(place: &Project) {
    place.write("project/providers/acme/provider.toml", ACME);
    place.write(
        "project/providers/acme/order.paid.json",
        "{\"kind\": \"order.paid\", \"shop\": \"s\", \"order\": {\"id\": 1}}",
    );
}

#[test]
fn a_custom_provider_works_like_a_built_in_one() {
    let place = Project::with(&format!(
        "providers = 'providers'\n[profile.default]\nsecret = '{SECRET}'\n"
    ));
    acme(&place);
    let signed = place.run(["sign", "order.paid", "--provider", "acme", "--print", "request"]);
    let signed = signed.run().exits(0);
    assert!(String::from_utf8_lossy(&signed.stdout).contains("x-acme-signature: "));
    let request = place.write("project/request.http", &signed.stdout);
    let verified = place.run(["verify", "--json"]).arg(&request).run().exits(0);
    assert_eq!(verified.json()[0]["provider"], "acme");
    place.run(["verify", "--secret", "other"]).arg(&request).run().exits(1);
    let listed = place.run(["inspect", "--json"]).arg(&request).run().exits(0).json();
    assert_eq!(
        (&listed[0]["provider"], &listed[0]["event"]),
        (&"acme".into(), &"order.paid".into())
    );
    let validated = place.run(["events", "validate", "--json"]).arg(&request).run().exits(0);
    assert_eq!(validated.json()[0]["provider"], "acme");
    let bad = place.run(["events", "validate"]).stdin("{\"kind\": \"order.paid\"}").run();
    assert_eq!(bad.code, Some(1), "{}", bad.stderr);
    let ran = place.run(["events", "list", "--provider", "acme"]).run().exits(0);
    assert!(ran.out().contains("order.paid"));
    let schema =
        place.run(["events", "schema", "order.paid", "--provider", "acme", "--json"]).run();
    assert_eq!(schema.exits(0).json()[0]["required"], serde_json::json!(["kind", "order"]));
    let ran = place.run(["sign", "order.paid"]).run().exits(2);
    assert!(ran.stderr.contains("--provider acme"), "{}", ran.stderr);
    // The built-in ones are still there, and outside of the project acme is unknown.
    place.run(["sign", "lead.submit"]).run().exits(0);
    hook(["sign", "order.paid", "--provider", "acme", "--secret", "s"]).run().exits(2);

    let listen = place.run(["listen", "--port", "0", "--json", "--count", "1"]);
    let listening = Listening::of(listen);
    let bytes = fs::read(&request).unwrap();
    listening.exchange(&[&bytes[..]].concat());
    let line = listening.json_of("delivery");
    assert_eq!(
        (&line["provider"], &line["signature"]["verdict"]),
        (&"acme".into(), &"valid".into())
    );
}

#[test]
fn errors_in_a_custom_provider_name_file_line_and_key() {
    let place = Project::with("providers = 'providers'\n");
    let said = |file: &str, text: &str| {
        acme(&place);
        let path = place.write(&format!("project/providers/{file}"), text);
        // The others can be used.
        let ran = place.run(["events", "list", "--provider", "chatzuri"]).run().exits(0);
        place.run(["config", "--check"]).run().exits(2);
        fs::remove_file(path).unwrap();
        ran.stderr
    };
    let changed = |from: &str, to: &str| said("acme/provider.toml", &ACME.replacen(from, to, 1));
    for (said, expected) in [
        (changed("encoding", "encodin"), ["provider.toml: line 9", "did you mean `encoding`?"]),
        (changed("hmac-sha256", "hmac-sha265"), ["line 8", "hmac-sha256"]),
        (changed("\"acme\"", "\"acne\""), ["acme/provider.toml", "another name"]),
        (said("acme/order.payed.json", "{}"), ["order.payed.json", "order.paid"]),
        (
            said("acme/order.paid.schema.json", "{\n  \"type\": object\n}"),
            ["acme/order.paid.schema.json: line 2", "not JSON"],
        ),
        (
            changed("[envelope]", "signs = [{ header = \"x-time\" }]\n[envelope]"),
            ["acme/provider.toml", "without the body"],
        ),
        (
            said("chatbase/provider.toml", &ACME.replacen("acme", "chatbase", 1)),
            ["chatbase/provider.toml", "extends"],
        ),
    ] {
        let said = said.replace('\\', "/");
        for part in expected {
            assert!(said.contains(part), "{said}");
        }
    }
    fs::remove_dir_all(place.path("project/providers")).unwrap();
    acme(&place);
    place.run(["config", "--check"]).run().exits(0);
    place.write("project/providers/acme/order.paid.json", "{\"kind\": \"order.paid\"}");
    let ran = place.run(["config", "--check"]).run().exits(2);
    assert!(ran.stderr.contains("order.paid"), "{}", ran.stderr);
    fs::remove_dir_all(place.path("project/providers")).unwrap();
    fs::create_dir_all(place.path("project/providers/empty")).unwrap();
    let ran = place.run(["events"]).run().exits(0);
    assert!(ran.stderr.contains("provider.toml"), "{}", ran.stderr);
}

#[test]
fn a_broken_provider_is_disabled_and_the_others_are_not() {
    let place = Project::with("providers = 'providers'\n");
    acme(&place);
    place.write("project/providers/broken/provider.toml", "name = 'broken'\ntitel = 'x'\n");
    let ran = place.run(["sign", "order.paid", "--provider", "acme", "--secret", "s"]).run();
    let said = ran.exits(0).stderr.replace('\\', "/");
    assert!(said.contains("warning: ") && said.contains("broken/provider.toml: line 2"), "{said}");
    let ran = place.run(["sign", "x", "--provider", "broken", "--secret", "s"]).run().exits(2);
    assert!(ran.stderr.contains("there is no provider `broken`"), "{}", ran.stderr);
}

#[test]
fn a_provider_may_extend_or_replace_a_built_in_one() {
    let place = Project::with("providers = 'providers'\n");
    let own = "name = 'my-github'\nextends = 'github'\ntitle = 'Mine'\n\
        [[event]]\nname = 'deploy'\nsummary = 's'\npayload = 'documented'\n";
    place.write("project/providers/my-github/provider.toml", own);
    place.write("project/providers/my-github/deploy.json", "{}");
    let sign = |event: &str| {
        let ran = place.run(["sign", event, "--provider", "my-github", "--secret", "s"]);
        ran.args(["--print", "request"]).run().exits(0).out().to_owned()
    };
    assert!(sign("deploy").contains("x-github-event: deploy"));
    assert!(sign("push").contains("x-hub-signature-256: sha256="));
    let replaced = "name = 'github'\nextends = 'github'\n[signature]\nheader = 'x-proxy'\n\
        algorithm = 'token'\n";
    place.write("project/providers/github/provider.toml", replaced);
    let ran = place.run(["sign", "push", "--provider", "github", "--secret", "s"]).run().exits(0);
    assert_eq!(ran.out(), "x-proxy: s\n");
    place.write("project/providers/x/provider.toml", "name = 'x'\nextends = 'githib'\n");
    let ran = place.run(["providers", "--search", "github"]).run().exits(0);
    assert!(ran.stderr.contains("`githib`, which is not built in"), "{}", ran.stderr);
    assert!(ran.out().contains("my-github"), "{}", ran.out());
}

#[test]
fn event_names_of_a_custom_provider_are_escaped_or_rejected() {
    let place = Project::with("providers = 'providers'\n");
    let evil = ACME.replace("name = \"order.paid\"", "name = \"order\\u001b[2J\"");
    assert_ne!(evil, ACME);
    place.write("project/providers/acme/provider.toml", evil);
    let ran = place.run(["events"]).run().exits(0);
    assert!(ran.stderr.contains("control character"), "{}", ran.stderr);
}

#[test]
fn without_a_sample_nothing_is_sent_and_that_is_an_error() {
    let place = Project::with("providers = 'providers'\n");
    place.write("project/providers/acme/provider.toml", ACME);
    for event in [&[][..], &["order.paid"]] {
        let own = ["send", "--all", "--dry-run", "--provider", "acme", "--secret", "s"];
        let ran = place.run(own).args(["--url", "http://127.0.0.1:9/"]).args(event).run().exits(2);
        assert!(ran.stderr.contains("acme has no sample"), "{}", ran.stderr);
    }
}
